"""Drawings that have the proportions of a passport portrait, of people who don't exist, for the simulator."""

import io
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SKINS = ((244, 214, 188), (226, 186, 152), (198, 150, 112), (158, 108, 76), (112, 74, 52))
HAIR = ((28, 24, 22), (62, 42, 28), (120, 82, 44), (172, 138, 84), (140, 140, 144))
CLOTHES = ((38, 52, 88), (88, 30, 36), (44, 70, 54), (60, 60, 66), (122, 92, 52))
GROUND = (176, 38, 44)
"""Indonesian papers show a red ground."""


def portrait(seed: str, width: int = 1280, height: int = 960, blur: float = 0.0, light: float = 1.0) -> bytes:
    """One person as JPEG: the same seed, the same face. `blur` in pixels, `light` 1.0 for a well-lit picture."""
    rng = random.Random(seed)  # noqa: S311 - a drawing, not a secret
    image = Image.new("RGB", (width, height), GROUND)
    draw = ImageDraw.Draw(image)
    unit = height / 100
    cx, cy = width / 2, height * 0.44
    skin, hair, clothes = rng.choice(SKINS), rng.choice(HAIR), rng.choice(CLOTHES)
    face_w, face_h = unit * rng.uniform(15.5, 18.5), unit * rng.uniform(21, 24)

    def ellipse(x: float, y: float, w: float, h: float, fill: tuple[int, ...]) -> None:
        draw.ellipse((cx + x - w, cy + y - h, cx + x + w, cy + y + h), fill=fill)

    ellipse(0, unit * 62, unit * rng.uniform(36, 42), unit * 36, clothes)
    shade = tuple(int(value * 0.86) for value in skin)
    draw.rectangle((cx - unit * 7, cy + unit * 12, cx + unit * 7, cy + unit * 32), fill=shade)
    long_hair = rng.random() < 0.45
    ellipse(0, -unit * 5 if not long_hair else unit * 3, face_w * 1.17, face_h * (0.95 if not long_hair else 1.3), hair)
    ellipse(0, 0, face_w, face_h, skin)
    ellipse(0, -face_h * 0.92, face_w * 0.86, face_h * 0.3, hair)
    for side in (-1, 1):
        ellipse(side * face_w, unit * 1, unit * 2.2, unit * 4, shade)
        ellipse(side * face_w * 0.42, -unit * 2, unit * 2.9, unit * 1.5, (248, 246, 242))
        ellipse(side * face_w * 0.42, -unit * 2, unit * 1.3, unit * 1.3, rng.choice(((60, 40, 24), (50, 80, 110))))
        x, y = cx + side * face_w * 0.42, cy - unit * 5.6
        draw.line((x - unit * 3.4, y, x + unit * 3.4, y - unit * 0.5), fill=hair, width=max(2, int(unit * 0.9)))
    draw.line(
        (cx, cy, cx - unit * 1.6, cy + unit * 6, cx + unit * 1.4, cy + unit * 6), fill=shade, width=int(unit * 0.8)
    )
    draw.arc(
        (cx - unit * 5, cy + unit * 7, cx + unit * 5, cy + unit * 13), 25, 155, fill=(150, 70, 66), width=int(unit)
    )
    for _ in range(260):  # hair and cloth have texture, which is what sharpness is measured on
        x, y = cx + rng.uniform(-face_w, face_w), cy - face_h * rng.uniform(0.72, 1.15)
        tone = tuple(max(0, value + rng.randint(-25, 40)) for value in hair)
        draw.line((x, y, x + rng.uniform(-6, 6), y + unit * 3), fill=tone, width=2)
    grain = np.random.default_rng(rng.randrange(2**32)).normal(0, 2.2, (height, width, 1))
    lit = np.clip(np.asarray(image, dtype=np.float64) * light + grain, 0, 255).astype(np.uint8)
    finished = Image.fromarray(lit).filter(ImageFilter.GaussianBlur(max(0.8, blur)))
    out = io.BytesIO()
    finished.save(out, "JPEG", quality=90)
    return out.getvalue()
