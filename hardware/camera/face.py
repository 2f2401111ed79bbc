"""Where the head is in a portrait, when OpenCV 4 is installed (`opencv-python-headless<5`: version 5 ships no
cascades).

An aid for the officer, not a judge: the cascade misses faces that are turned, covered or poorly lit, and says so as
"no face seen".
"""

import importlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from hardware.camera.checks import WORKING_WIDTH, Check, Finding

CASCADE = "haarcascade_frontalface_default.xml"
SMALLEST_SHARE = 0.15
"""A face narrower than this share of the picture is somebody in the background."""


@dataclass(frozen=True, slots=True)
class HeadLimits:
    """Height of the face (chin to forehead, as the cascade frames it) in per cent of the picture's, and how far its
    middle may lie from the picture's, in per cent of the width."""

    smallest: float = 25.0
    largest: float = 62.0
    off_centre: float = 10.0


@dataclass(frozen=True, slots=True)
class Face:
    """A face in parts of the picture: middle (0 to 1 from the left and top) and height (0 to 1)."""

    x: float
    y: float
    height: float


def can_find_faces() -> bool:
    """Whether a detector is installed."""
    return _detector() is not None


def find_faces(image: Image.Image) -> list[Face] | None:
    """The faces in a picture, the largest first; None without a detector."""
    detector = _detector()
    if detector is None:
        return None
    scale = WORKING_WIDTH / image.width
    grey = image.convert("L").resize((WORKING_WIDTH, max(32, round(image.height * scale))), Image.Resampling.BILINEAR)
    smallest = round(WORKING_WIDTH * SMALLEST_SHARE)
    boxes = detector.detectMultiScale(np.asarray(grey), 1.1, 4, minSize=(smallest, smallest))
    faces = [Face((x + w / 2) / grey.width, (y + h / 2) / grey.height, h / grey.height) for x, y, w, h in boxes]
    return sorted(faces, key=lambda face: -face.height)


def check_head(image: Image.Image, limits: HeadLimits | None = None) -> list[Finding]:
    """One face, of the right size, in the middle: findings as of `check_portrait`; none without a detector."""
    limits = limits or HeadLimits()
    faces = find_faces(image)
    if faces is None:
        return []
    found = [Finding(Check.FACES, float(len(faces)), 1.0, 1.0)]
    if faces:
        size, off = 100.0 * faces[0].height, 100.0 * abs(faces[0].x - 0.5)
        found.append(Finding(Check.HEAD_SIZE, size, limits.smallest, limits.largest))
        found.append(Finding(Check.HEAD_PLACE, off, None, limits.off_centre))
    return found


@lru_cache(maxsize=1)
def _detector() -> Any:
    try:
        cv2 = importlib.import_module("cv2")
        cascade = cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / CASCADE))
    except (ImportError, AttributeError, OSError):
        return None
    return None if cascade.empty() else cascade
