"""Sheets of paper nobody wrote, for the simulator: a heading, lines, a stamp."""

import io
import random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

SYLLABLES = (
    *("sur", "at", "ke", "ter", "an", "gan", "per", "mo", "hon", "izin", "ting", "gal", "kun"),
    *("jung", "pas", "por", "ja", "min", "alam", "ne", "ga", "ra", "tang"),
)


def sheet(seed: str, kind: str = "document", dpi: int = 150, blur: float = 0.0) -> bytes:
    """One A4 page as PNG: the same seed, the same page. `kind` is `document`, `blank` or `cut`."""
    rng = random.Random(seed)  # noqa: S311 - a drawing, not a secret
    width, height = round(8.27 * dpi), round(11.69 * dpi)
    image = Image.new("L", (width, height), 244)
    if kind != "blank":
        _write(ImageDraw.Draw(image), rng, width, height, dpi)
    if kind == "cut":
        ImageDraw.Draw(image).rectangle((0, 0, width // 20, height), fill=25)
    if blur:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()


def _write(draw: ImageDraw.ImageDraw, rng: random.Random, width: int, height: int, dpi: int) -> None:
    margin = dpi * 3 // 4
    heading, text = ImageFont.load_default(dpi / 5), ImageFont.load_default(dpi / 9)
    draw.text((margin, margin), f"SPECIMEN {rng.randrange(10**6):06d}", font=heading, fill=20)
    y = margin + dpi // 2
    while y < height - margin * 2:
        words = ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 3))) for _ in range(rng.randint(3, 9))]
        if rng.random() < 0.85:
            draw.text((margin, y), " ".join(words), font=text, fill=rng.randint(20, 60))
        y += dpi // 6
    x, y, radius = width - margin - dpi, height - margin - dpi, dpi * 2 // 3
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=90, width=max(2, dpi // 50))
