"""The sRGB colour profile in ICC version 2, which PDF/A-1 asks for (Pillow's own is version 4). Pure.

Colours after IEC 61966-2-1, adapted to the white of the ICC's connection space (D50); ICC.1:2001-04 for the bytes.
"""

import struct
from functools import lru_cache

HEADER_BYTES = 128
STEPS = 1024
D50 = (0.9642, 1.0, 0.8249)
PRIMARIES = {"rXYZ": (0.4360, 0.2225, 0.0139), "gXYZ": (0.3851, 0.7169, 0.0971), "bXYZ": (0.1431, 0.0606, 0.7141)}


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """The profile as a file."""
    curve = _curve()
    tags = {
        "desc": _description("sRGB IEC61966-2.1"),
        "cprt": b"text\0\0\0\0" + b"No rights reserved.\0",
        "wtpt": _xyz(D50),
        **{name: _xyz(colour) for name, colour in PRIMARIES.items()},
        "rTRC": curve,
        "gTRC": curve,
        "bTRC": curve,
    }
    at = HEADER_BYTES + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += struct.pack(">4sII", name.encode("ascii"), at + len(data), len(value))
        data += value.ljust(-(-len(value) // 4) * 4, b"\0")
    return _header(at + len(data)) + table + data


def _header(size: int) -> bytes:
    """Version 2.1, a display's profile, made on a fixed day so that equal pages give equal files."""
    day = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    head = struct.pack(">I4sI4s4s4s12s4s", size, b"", 0x02100000, b"mntr", b"RGB ", b"XYZ ", day, b"acsp")
    return (head.ljust(68, b"\0") + _fixed(D50)).ljust(HEADER_BYTES, b"\0")


def _fixed(values: tuple[float, ...]) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(values)


def _description(text: str) -> bytes:
    """textDescriptionType: the ASCII text, and no Unicode or Macintosh one."""
    ascii_text = text.encode("ascii") + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(ascii_text)) + ascii_text + bytes(4 + 4 + 2 + 1 + 67)


def _curve() -> bytes:
    values = [step / (STEPS - 1) for step in range(STEPS)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values]
    return b"curv\0\0\0\0" + struct.pack(">I", STEPS) + b"".join(struct.pack(">H", round(v * 65535)) for v in linear)
