"""A picture as cells of a terminal: each cell shows two pixels, one above the other. Pure."""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

Colour = tuple[int, int, int]
LARGEST_SIDE = 4_000


@dataclass(frozen=True, slots=True)
class Cells:
    """`rows` of cells, each the colour of its upper and of its lower half."""

    rows: tuple[tuple[tuple[Colour, Colour], ...], ...]


def upright(content: bytes) -> Image.Image | None:
    """The picture in `content` as it is to be looked at; None where it is none."""
    try:
        with Image.open(io.BytesIO(content)) as opened:
            if max(opened.size) > LARGEST_SIDE:
                return None
            return ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None


def smaller(content: bytes, side: int) -> bytes | None:
    """The picture in `content`, upright, with no side longer than `side` pixels, as JPEG; None where it is none."""
    try:
        with Image.open(io.BytesIO(content)) as opened:
            opened.draft("RGB", (side, side))
            picture = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None
    picture.thumbnail((side, side))
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def cells(content: bytes, width: int, height: int) -> Cells | None:
    """The picture in `content` cut to the middle and scaled to `width` x `height` cells; None where it is none."""
    whole = upright(content)
    if whole is None:
        return None
    picture = ImageOps.fit(whole, (width, height * 2))
    pixels = picture.tobytes()

    def colour(x: int, y: int) -> Colour:
        start = (y * width + x) * 3
        return pixels[start], pixels[start + 1], pixels[start + 2]

    return Cells(tuple(tuple((colour(x, y * 2), colour(x, y * 2 + 1)) for x in range(width)) for y in range(height)))


def brightness(colour: Colour) -> float:
    """0 (black) to 1 (white), as the eye weighs the colours."""
    red, green, blue = colour
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255
