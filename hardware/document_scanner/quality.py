"""Whether scanned pages can be kept: blank, blurred, cut off, or the same page twice. Pure.

Nothing is refused here: the findings go to the officer, who sees the paper.
"""

import io
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from hardware.document_scanner.page import Page

WORKING_SIDE = 1000
"""Measures are taken with the longer side at this many pixels: about 85 dpi of an A4 page."""
BLANK_INK = 0.1
"""Per cent of dark pixels under which a page is blank; a line of text is about 0.3."""
BLUR_LIMIT = 110.0
EDGE_INK = 22.0
"""Per cent of an outermost strip that is dark when a page was laid beyond the glass; punched holes and shadows stay
below."""
TWIN_LIKENESS = 0.93
"""Correlation of two thumbnails from which they show one page: a second scan, a little moved or turned, has 0.96 and
more; two pages of one form 0.81 at most."""
THUMBNAIL = (120, 168)
SHIFTS = range(0, 9, 2)
"""Places of one thumbnail's middle on the other, in its pixels: a page may lie a centimetre off."""


class Defect(StrEnum):
    """What is wrong with a page."""

    BLANK = "blank"
    BLURRED = "blurred"
    CUT = "cut"
    SAME_PAGE = "same_page"


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect of page number `page` (0-based) with its measure; `other` is the page it repeats."""

    page: int
    defect: Defect
    measure: float
    other: int | None = None


def check_pages(pages: list[Page]) -> list[Finding]:
    """The findings of a document, page by page."""
    findings: list[Finding] = []
    seen: list[npt.NDArray[np.float64] | None] = []
    for number, page in enumerate(pages):
        grey = _working_copy(page)
        ink = _ink(grey)
        amount = 100.0 * float(ink[20:-20, 20:-20].mean())
        if amount < BLANK_INK:
            findings.append(Finding(number, Defect.BLANK, amount))
            seen.append(None)
            continue
        edge = _edge_steepness(grey)
        if edge < BLUR_LIMIT:
            findings.append(Finding(number, Defect.BLURRED, edge))
        touched = _touched_edge(ink)
        if touched > EDGE_INK:
            findings.append(Finding(number, Defect.CUT, touched))
        mine = _thumbnail(grey)
        for other, theirs in enumerate(seen):
            likeness = 0.0 if theirs is None else _likeness(theirs, mine)
            if likeness >= TWIN_LIKENESS:
                findings.append(Finding(number, Defect.SAME_PAGE, likeness, other))
                break
        seen.append(mine)
    return findings


def _working_copy(page: Page) -> npt.NDArray[np.float64]:
    with Image.open(io.BytesIO(page.data)) as image:
        grey = image.convert("L")
    scale = min(1.0, WORKING_SIDE / max(grey.size))
    size = (max(64, round(grey.width * scale)), max(64, round(grey.height * scale)))
    return np.asarray(grey.resize(size, Image.Resampling.BOX), np.float64)


def _ink(grey: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Pixels clearly darker than the paper, whatever the paper's own shade."""
    paper = float(np.percentile(grey, 90))
    return np.asarray(grey < paper - 60)


def _edge_steepness(grey: npt.NDArray[np.float64]) -> float:
    """The strongest steps from pixel to pixel, 99.8th percentile: print has steps of more than 100 grey levels."""
    across = np.abs(np.diff(grey, n=1, axis=1))[:-1]
    down = np.abs(np.diff(grey, n=1, axis=0))[:, :-1]
    paper, dark = np.percentile(grey, 90), np.percentile(grey, 0.2)
    span = max(40.0, float(paper - dark))
    return float(np.percentile(np.maximum(across, down), 99.8)) * 255.0 / span


def _touched_edge(ink: npt.NDArray[np.bool_]) -> float:
    """The darkest of the four outermost strips, in per cent."""
    strips = (ink[:6], ink[-6:], ink[:, :6], ink[:, -6:])
    return max(100.0 * float(strip.mean()) for strip in strips)


def _thumbnail(grey: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    small = Image.fromarray(grey.astype(np.uint8)).resize(THUMBNAIL, Image.Resampling.BOX)
    return np.asarray(small.filter(ImageFilter.GaussianBlur(1.2)), dtype=np.float64)


def _likeness(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """The best correlation of one thumbnail's middle with the other, over small shifts: -1 to 1."""
    edge = SHIFTS[-1] // 2
    middle = _centred(one[edge:-edge, edge:-edge])
    height, width = middle.shape
    windows = (_centred(other[y : y + height, x : x + width]) for y in SHIFTS for x in SHIFTS)
    return max(float((middle * window).sum()) for window in windows)


def _centred(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    values = values - values.mean()
    return values / max(1e-9, float(np.sqrt((values * values).sum())))
