"""Whether scanned pages can be kept: blank, blurred, cut off, or the same page twice. Pure.

Nothing is refused here: the findings go to the officer, who sees the paper.
"""

import io
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from PIL import Image

from hardware.document_scanner.page import Page

WORKING_SIDE = 1000
"""Measures are taken with the longer side at this many pixels: about 85 dpi of an A4 page."""
BLANK_INK = 0.1
"""Per cent of dark pixels under which a page is blank; a line of text is about 0.3."""
BLUR_LIMIT = 110.0
EDGE_INK = 22.0
"""Per cent of an outermost strip that is dark when a page was laid beyond the glass; punched holes and shadows stay
below."""
TWIN_DISTANCE = 4
"""Bits of 256 in which the fingerprints of two scans of one page differ at most."""


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
    prints: list[npt.NDArray[np.bool_] | None] = []
    for number, page in enumerate(pages):
        grey = _working_copy(page)
        ink = _ink(grey)
        amount = 100.0 * float(ink[20:-20, 20:-20].mean())
        if amount < BLANK_INK:
            findings.append(Finding(number, Defect.BLANK, amount))
            prints.append(None)
            continue
        edge = _edge_steepness(grey)
        if edge < BLUR_LIMIT:
            findings.append(Finding(number, Defect.BLURRED, edge))
        touched = _touched_edge(ink)
        if touched > EDGE_INK:
            findings.append(Finding(number, Defect.CUT, touched))
        mine = _fingerprint(grey)
        for other, theirs in enumerate(prints):
            distance = 256 if theirs is None else int(np.count_nonzero(theirs != mine))
            if distance <= TWIN_DISTANCE:
                findings.append(Finding(number, Defect.SAME_PAGE, distance, other))
                break
        prints.append(mine)
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


def _fingerprint(grey: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """256 bits: where a 16 x 17 thumbnail grows brighter to the right."""
    small = Image.fromarray(grey.astype(np.uint8)).resize((17, 16), Image.Resampling.BOX)
    values = np.asarray(small, dtype=np.int16)
    return np.asarray(values[:, 1:] > values[:, :-1])
