"""A scanned page, checked to be a picture from its first byte to its last."""

import io
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from hardware.faults import DeviceError, FaultCode

MAX_PIXELS = 150_000_000
"""A4 in colour at 600 dpi has 35 million; A3 at 1200 dpi 278 million, which no file here needs."""
A4_INCHES = 8.27
PNG, JPEG = "image/png", "image/jpeg"
_TYPES = {"PNG": PNG, "JPEG": JPEG}


@dataclass(frozen=True, slots=True)
class Page:
    """One page as PNG or JPEG bytes, with its size in pixels and dots an inch (guessed for A4 when the file does not
    say)."""

    data: bytes
    media_type: str
    width: int
    height: int
    dpi: int


def make_page(data: bytes, dpi: int = 0) -> Page:
    """PNG and JPEG stay byte for byte; other pictures become PNG. Raises DeviceError(PICTURE_INVALID)."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise DeviceError(FaultCode.PICTURE_INVALID, f"{image.width}x{image.height}")
            image.load()
            told = round(float(image.info.get("dpi", (0, 0))[0]))
            width, height = image.size
            media_type = _TYPES.get(image.format or "")
            if media_type is None:
                out = io.BytesIO()
                image.convert("RGB" if image.mode not in ("1", "L", "RGB") else image.mode).save(out, "PNG")
                data, media_type = out.getvalue(), PNG
    except (
        UnidentifiedImageError, OSError, ValueError, SyntaxError, IndexError, TypeError, Image.DecompressionBombError
    ) as error:  # fmt: skip
        raise DeviceError(FaultCode.PICTURE_INVALID, type(error).__name__) from error
    return Page(data, media_type, width, height, dpi or told or round(min(width, height) / A4_INCHES))
