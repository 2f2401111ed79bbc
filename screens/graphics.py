"""Pictures in full detail, where the terminal can draw them and `textual-image` is installed (the extra `preview`).

Everywhere else `screens.widgets.picture` draws half cells.
"""

import importlib
import importlib.util
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def picture_class() -> Any | None:
    """The widget for pictures (made from a PIL image), None where half cells are the best there is.

    The first call asks the terminal, whose answer comes through standard input: it is made before Textual takes that.
    """
    if importlib.util.find_spec("textual_image") is None:
        return None
    try:
        best = importlib.import_module("textual_image.renderable")
        if best.Image not in (best.SixelImage, best.TGPImage):
            return None
        return importlib.import_module("textual_image.widget").Image
    except Exception:  # whatever a terminal answers, a counter without fine pictures opens
        return None
