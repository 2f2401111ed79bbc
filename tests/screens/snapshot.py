"""Text snapshots: what stands on the screen, character by character, and in which style. Readable in a diff.

A snapshot file holds the rows of characters, then the same rows as letters of styles, then what each letter is.
`SNAPSHOT_UPDATE=1 pytest tests/screens` writes them anew.
"""

import os
import string
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Any

from rich.segment import Segment

FOLDER = Path(__file__).with_name("snapshots")


def segments(app: Any) -> list[list[Segment]]:
    """The rows of the screen in front, as segments."""
    return [list(strip) for strip in app.screen._compositor.render_strips()]


def text(app: Any) -> str:
    """The screen in front as rows of characters."""
    return "\n".join("".join(segment.text for segment in row).rstrip() for row in segments(app))


def _style_name(segment: Segment) -> str:
    style = segment.style
    if style is None:
        return "plain"
    marks = [name for name in ("bold", "underline", "reverse", "italic", "dim") if getattr(style, name)]
    color = style.color.name if style.color else "-"
    ground = style.bgcolor.name if style.bgcolor else "-"
    return " ".join([color, "on", ground, *marks])


def _letters() -> Iterator[str]:
    yield from string.ascii_lowercase + string.ascii_uppercase


def drawn(app: Any) -> str:
    """The whole snapshot of the screen in front."""
    letters, legend, rows = _letters(), {}, []
    for row in segments(app):
        line = ""
        for segment in row:
            name = _style_name(segment)
            if name not in legend:
                legend[name] = next(letters)
            line += legend[name] * segment.cell_length
        rows.append(line)
    words = "\n".join(f"{letter}: {name}" for name, letter in legend.items())
    return f"{text(app)}\n{'-' * 80}\n" + "\n".join(rows) + f"\n{'-' * 80}\n{words}\n"


def check(app: Any, name: str) -> None:
    """Compare the screen in front with `snapshots/<name>.txt`."""
    path, found = FOLDER / f"{name}.txt", drawn(app)
    if os.environ.get("SNAPSHOT_UPDATE"):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert path.exists(), f"no snapshot {path}; write it with SNAPSHOT_UPDATE=1"
    wanted = path.read_text(encoding="utf-8")
    assert found == wanted, "\n".join(unified_diff(wanted.split("\n"), found.split("\n"), "wanted", "found", n=1))
