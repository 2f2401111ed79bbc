"""Pictures of fingers nobody has: ridge patterns made from a seed, for the simulator.

The ridges are the cosine of a phase that grows with the distance from a core; each minutia is a vortex added to that
phase, which is what makes a ridge end or fork there (the amplitude and frequency modulation model of Larkin and
Fletcher, 2007).
"""

import random
from functools import lru_cache

import numpy as np
import numpy.typing as npt

RIDGE_PERIOD = 9.0
"""Pixels from ridge to ridge at 500 dpi: about half a millimetre."""
MINUTIAE = 38

Grey = npt.NDArray[np.float64]


@lru_cache(maxsize=16)
def _phase(seed: str, width: int, height: int) -> Grey:
    rng = random.Random(seed)  # noqa: S311 - a picture, not a secret
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    core_x, core_y = width * rng.uniform(0.42, 0.58), height * rng.uniform(0.38, 0.55)
    stretch, tilt = rng.uniform(0.75, 1.3), rng.uniform(-0.5, 0.5)
    dx, dy = x - core_x, y - core_y
    u, v = dx * np.cos(tilt) + dy * np.sin(tilt), (dy * np.cos(tilt) - dx * np.sin(tilt)) * stretch
    distance = np.sqrt(u * u + np.where(v > 0, v * v * rng.uniform(0.35, 0.7), v * v) + 60.0)
    phase = 2 * np.pi * distance / RIDGE_PERIOD
    for _ in range(3):
        kx, ky, at = rng.uniform(-0.03, 0.03), rng.uniform(-0.03, 0.03), rng.uniform(0, 6.3)
        phase += rng.uniform(0.8, 2.2) * np.sin(kx * x + ky * y + at)
    for _ in range(MINUTIAE):
        mx, my = rng.uniform(0.12, 0.88) * width, rng.uniform(0.1, 0.9) * height
        phase += rng.choice((-1, 1)) * np.arctan2(y - my, x - mx)
    return np.asarray(phase)


def ridge_image(seed: str, width: int, height: int, quality: int = 90, press: int = 0) -> bytes:
    """One press of the finger `seed`: a byte a pixel, dark ridges on a light ground, in an oval.

    `quality` 0 to 100 fades and smudges; `press` varies the place on the glass and the grain, not the finger.
    """
    rng = np.random.default_rng((press, width))
    phase = np.roll(_phase(seed, width, height), tuple(rng.integers(-6, 7, 2)), (0, 1))
    ridges = 0.5 + 0.5 * np.cos(phase)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    oval = ((x - width / 2) / (width * 0.47)) ** 2 + ((y - height / 2) / (height * 0.49)) ** 2
    edge = np.clip((1.0 - oval) * 6, 0, 1)
    contrast = 0.25 + 0.7 * quality / 100
    grain = rng.normal(0, 0.02 + 0.25 * (100 - quality) / 100, (height, width))
    ink = np.clip(0.5 + (ridges - 0.5) * contrast * 1.6 + grain, 0, 1) * edge
    return bytes((245 - ink * 215).astype(np.uint8).tobytes())
