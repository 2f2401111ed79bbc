"""From whatever a camera gives to a portrait that can be kept: upright, RGB, JPEG, without what cameras write beside
it."""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from hardware.faults import DeviceError, FaultCode

MAX_PIXELS = 60_000_000
"""More than any camera here has; a picture that claims more is a mistake or an attack on memory."""
JPEG_QUALITY = 92


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture as JPEG bytes, with its size in pixels. No EXIF: no place, no time, no serial number of the camera."""

    jpeg: bytes
    width: int
    height: int


def open_picture(data: bytes) -> Image.Image:
    """Decode completely, upright, RGB. Raises DeviceError(PICTURE_INVALID)."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise DeviceError(FaultCode.PICTURE_INVALID, f"{image.width}x{image.height}")
            upright = ImageOps.exif_transpose(image)
            return (upright or image).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DeviceError(FaultCode.PICTURE_INVALID, type(error).__name__) from error


def make_photo(data: bytes) -> Photo:
    """What a source gave, as a photo. Raises DeviceError(PICTURE_INVALID)."""
    image = open_picture(data)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=JPEG_QUALITY)
    return Photo(out.getvalue(), image.width, image.height)
