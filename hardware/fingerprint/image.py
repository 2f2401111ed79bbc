"""The picture of a finger, and what the host can say about it when nbis-py is installed (MIT; NIST's NBIS and NFIQ 2).

Comparing pictures on the host does not depend on the reader's maker, but a picture of 16 grey levels from a small
sensor stays a local record: it is no capture for a national system (AFIS), whatever its score.
"""

import atexit
import importlib
import io
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from PIL import Image

from hardware.fingerprint.minutiae import COORDINATE, MAGIC, POINT, Minutia, MinutiaeRecord

LIKELY_MATCH = 40
"""BOZORTH3 score from which two pictures show one finger: presses of one finger score over 100, different fingers
under 25."""
LIBRARY_HEAD, LIBRARY_BEST = struct.Struct(">8sIHHHHBxxxH"), 63
"""nbis-py 0.1.3 calls its own layout ISO 19794-2 too, but leaves out the resolution and the extended data, and rates a
minutia from 0 to 63."""


@dataclass(frozen=True, slots=True)
class FingerImage:
    """A capture as the module gives it: 16 grey levels in one byte a pixel (`grey`), dark ridges. Not an AFIS
    capture."""

    width: int
    height: int
    dpi: int
    grey: bytes

    def png(self) -> bytes:
        """As a PNG file that knows its resolution."""
        out = io.BytesIO()
        picture = Image.frombytes("L", (self.width, self.height), self.grey)
        picture.save(out, "PNG", dpi=(self.dpi, self.dpi))
        return out.getvalue()


def can_assess() -> bool:
    """Whether nbis-py is installed."""
    return _extractor(500) is not None


def nfiq2_score(image: FingerImage) -> int | None:
    """NFIQ 2 quality, 0 (useless) to 100; None when nbis-py is not installed or finds no finger in the picture."""
    minutiae = _minutiae(image)
    return None if minutiae is None else int(minutiae.quality().score)


def bozorth3_score(one: FingerImage, other: FingerImage) -> int | None:
    """How alike two pictures are, see LIKELY_MATCH; None as above."""
    minutiae = _minutiae(one), _minutiae(other)
    return None if None in minutiae else int(minutiae[0].compare(minutiae[1]))


def iso_record(image: FingerImage, finger: int = 0) -> bytes | None:
    """The minutiae as an ISO/IEC 19794-2:2005 record, which other makers' matchers read; None as above."""
    found = _minutiae(image)
    if found is None:
        return None
    library = bytes(found.to_iso_19794_2_2005())
    points = tuple(
        Minutia(x >> 14, x & COORDINATE, y, angle, round(quality * 100 / LIBRARY_BEST))
        for x, y, angle, quality in POINT.iter_unpack(library[LIBRARY_HEAD.size :])
    )
    quality = max(0, min(100, int(found.quality().score)))
    return MinutiaeRecord(finger, quality, image.width, image.height, image.dpi, points).encode()


def record_score(record: bytes, image: FingerImage) -> int | None:
    """How alike a record of `iso_record` and a picture are, see LIKELY_MATCH; None as above, and for what is no
    record."""
    found, extractor = _minutiae(image), _extractor(image.dpi)
    if found is None:
        return None
    try:
        enrolled = MinutiaeRecord.decode(record)
        return int(extractor.load_iso_19794_2_2005(_for_library(enrolled)).compare(found))
    except Exception:  # as in `_minutiae`
        return None


def _for_library(record: MinutiaeRecord) -> bytes:
    points = b"".join(
        POINT.pack(p.kind << 14 | p.x, p.y, p.angle, round(p.quality * LIBRARY_BEST / 100)) for p in record.minutiae
    )
    size, count = LIBRARY_HEAD.size + len(points), len(record.minutiae)
    return LIBRARY_HEAD.pack(MAGIC, size, 0, record.width, record.height, 0, record.quality, count) + points


def _minutiae(image: FingerImage) -> Any:
    extractor = _extractor(image.dpi)
    if extractor is None:
        return None
    try:
        found = extractor.extract_minutiae(image.png())
    except Exception:  # the library's own errors are a moving family; none of them stops an enrolment
        return None
    return found if found.get() else None


@lru_cache(maxsize=4)
def _extractor(dpi: int) -> Any:
    try:
        nbis = importlib.import_module("nbis")
    except (ImportError, OSError):
        return None
    settings = nbis.NbisExtractorSettings(
        min_quality=0.0, get_center=False, check_fingerprint=False, compute_nfiq2=True, ppi=float(dpi)
    )
    return nbis.new_nbis_extractor(settings)


atexit.register(_extractor.cache_clear)  # while the library that must free it is still loaded
