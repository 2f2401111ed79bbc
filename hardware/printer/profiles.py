"""Models of receipt printers: what python-escpos knows of each, and what it does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """One class of printers.

    `library` is python-escpos's name for it; `dots` and `columns` the width of its paper; `encoding` the code
    page its text is sent in; `answers` whether it is known to answer status requests; `confirms` whether it
    answers GS r in print order; `clears` whether DLE DC4 empties its buffer; `band_rows` how many rows of dots
    one raster command carries (large ones time out on cheap printers).
    """

    name: str
    library: str
    dots: int
    columns: int
    encoding: str = "CP858"
    cutter: bool = True
    answers: bool = True
    confirms: bool = True
    clears: bool = False
    native_qr: bool = False
    band_rows: int = 48


PROFILES: Mapping[str, PrinterProfile] = MappingProxyType(
    {
        "tm-t20": PrinterProfile("Epson TM-T20", "TM-T20II", 576, 48, clears=True),
        "tm-t88": PrinterProfile("Epson TM-T88", "TM-T88V", 512, 42, clears=True),
        "generic80": PrinterProfile("80 mm ESC/POS", "NT-80-V-UL", 576, 48),
        "pos58": PrinterProfile("58 mm ESC/POS", "POS-5890", 384, 32, cutter=False, answers=False, band_rows=24),
        "tm58": PrinterProfile("58 mm ESC/POS with status", "POS-5890", 384, 32, cutter=False),
    }
)
