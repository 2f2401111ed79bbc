"""Whether a portrait is good enough to keep, said by name and measure. Pure.

No face is looked for here: the checks are of size, sharpness, light and ground, which spoil most counter portraits. The
limits are the office's to lower; they were set so that an even studio picture passes and the same picture blurred by
3 pixels does not.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from PIL import Image

WORKING_WIDTH = 480
"""Measures are taken at this width, so that they don't depend on the camera's resolution."""


class Check(StrEnum):
    """What is looked at."""

    SIZE = "size"
    """Shorter side in pixels."""
    SHARPNESS = "sharpness"
    """Variance of the Laplacian over the middle of the picture."""
    BRIGHTNESS = "brightness"
    """Mean grey of the middle, 0 to 255."""
    CLIPPED = "clipped"
    """Share of the middle that is pure black or pure white, in per cent."""
    CONTRAST = "contrast"
    """Grey levels from the 5th to the 95th percentile of the middle."""
    BACKGROUND = "background"
    """Unevenness of the ground left and right above the shoulders, in grey levels."""

    FACES = "faces"
    """How many faces are seen (only with a detector, see `face`)."""
    HEAD_SIZE = "head_size"
    """Height of the face in per cent of the picture's."""
    HEAD_PLACE = "head_place"
    """How far the face lies from the middle, in per cent of the width."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From where to where each measure is good."""

    smallest_side: float = 480
    sharpness: float = 25.0
    darkest: float = 60.0
    brightest: float = 205.0
    clipped: float = 12.0
    contrast: float = 35.0
    background: float = 28.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: the measure, the limits it was held against (None: no limit on that side), and whether it is good."""

    check: Check
    measure: float
    low: float | None
    high: float | None

    @property
    def good(self) -> bool:
        """Within the limits."""
        return (self.low is None or self.measure >= self.low) and (self.high is None or self.measure <= self.high)

    @property
    def advice(self) -> str:
        """A name for what to say: the check's, with `_low` or `_high`, or `good`."""
        if self.good:
            return "good"
        return f"{self.check.value}_{'low' if self.low is not None and self.measure < self.low else 'high'}"


def check_portrait(image: Image.Image, limits: Limits | None = None) -> list[Finding]:
    """All findings that need no detector, good or not, in the order of `Check`."""
    limits = limits or Limits()
    grey = _working_copy(image)
    height, width = grey.shape
    middle = grey[height // 8 : height * 7 // 8, width // 4 : width * 3 // 4]
    clipped = 100.0 * float(np.mean((middle <= 2) | (middle >= 253)))
    low, high = np.percentile(middle, (5, 95))
    return [
        Finding(Check.SIZE, float(min(image.size)), limits.smallest_side, None),
        Finding(Check.SHARPNESS, sharpness(middle), limits.sharpness, None),
        Finding(Check.BRIGHTNESS, float(middle.mean()), limits.darkest, limits.brightest),
        Finding(Check.CLIPPED, clipped, None, limits.clipped),
        Finding(Check.CONTRAST, float(high - low), limits.contrast, None),
        Finding(Check.BACKGROUND, _unevenness(grey), None, limits.background),
    ]


def sharpness(grey: npt.NDArray[np.float64]) -> float:
    """Variance of the Laplacian: high where there are edges, low where everything is smeared."""
    centre = grey[1:-1, 1:-1] * 4
    laplacian = centre - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    return float(laplacian.var())


def _unevenness(grey: npt.NDArray[np.float64]) -> float:
    """Spread of block means in the two upper side strips, where a portrait has only ground."""
    height, width = grey.shape
    strips = [grey[: height * 45 // 100, : width * 14 // 100], grey[: height * 45 // 100, -(width * 14 // 100) :]]
    means = [float(block.mean()) for strip in strips for block in np.array_split(strip, 6, axis=0)]
    texture = [float(block.std()) for strip in strips for block in np.array_split(strip, 6, axis=0)]
    return max(float(np.std(means)) * 2, float(np.median(texture)))


def _working_copy(image: Image.Image) -> npt.NDArray[np.float64]:
    grey = image.convert("L")
    if grey.width != WORKING_WIDTH:
        height = max(32, round(grey.height * WORKING_WIDTH / grey.width))
        grey = grey.resize((WORKING_WIDTH, height), Image.Resampling.BILINEAR)
    return np.asarray(grey, dtype=np.float64)
