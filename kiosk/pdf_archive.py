"""Scanned pages as one PDF/A-1b file (ISO 19005-1): pictures as they were scanned, nothing lossy done to them. Pure.

What the standard forbids is taken out first: transparency, CMYK without a profile of its own, encryption (the vault
encrypts the file as a whole).
"""

import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import img2pdf
from PIL import Image

from kiosk.srgb import srgb_profile

POINTS = 72.0
PLAIN_MODES = ("1", "L", "RGB")
GUESSED_DPI = 200


def pdf_a(pages: Sequence[tuple[bytes, int]]) -> bytes:
    """The file of pages, each a PNG or JPEG with its dots an inch. It has no title: nothing in it names a person.

    Raises ValueError when there is no page, OSError for bytes that are no picture.
    """
    if not pages:
        raise ValueError("a document without a page")
    pictures = [_allowed(content) for content, _ in pages]
    sizes = iter([dpi or GUESSED_DPI for _, dpi in pages])
    with tempfile.TemporaryDirectory(prefix="kiosk-icc-") as folder:
        profile = Path(folder) / "srgb.icc"
        profile.write_bytes(srgb_profile())
        made = img2pdf.convert(
            pictures, pdfa=str(profile), producer="itk-kiosk", layout_fun=lambda *size: _layout(size, sizes)
        )
    return bytes(made)


def _layout(size: tuple[int, ...], sizes: Iterator[int]) -> tuple[float, float, float, float]:
    """Width and height of page and picture, in points: the paper's own size."""
    dpi = next(sizes)
    width, height = size[0] * POINTS / dpi, size[1] * POINTS / dpi
    return width, height, width, height


def _allowed(content: bytes) -> bytes:
    """The same bytes where the standard takes them, else the picture as plain RGB."""
    with Image.open(io.BytesIO(content)) as picture:
        if picture.mode in PLAIN_MODES and "transparency" not in picture.info:
            return content
        out = io.BytesIO()
        picture.convert("RGBA" if "A" in picture.mode or "transparency" in picture.info else "RGB").convert("RGB").save(
            out, "PNG"
        )
    return out.getvalue()
