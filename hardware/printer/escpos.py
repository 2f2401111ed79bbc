"""A document as ESC/POS bytes, built by python-escpos's `Dummy` with a profile; nothing here does I/O.

Every job begins with initialise and a code page, because a printer keeps the last job's state. Data reaches the
stream only through `printable`, so no byte below a space comes from it. QR codes are rasters of exactly square
modules unless the profile's native command is asked for.
"""

import logging
import os
import shutil
from functools import lru_cache
from typing import Any

import qrcode
import qrcode.constants
from PIL import Image

from hardware.printer.document import Align, Cut, Document, Element, Feed, Qr, Rule, Text
from hardware.printer.printable import fold, printable
from hardware.printer.profiles import PrinterProfile

QUIET_MODULES = 4
LEAST_MODULE_DOTS = 3
"""Below 2.5 dots a module nothing decodes."""
FEED_TO_KNIFE = 3
_ECC = {
    "L": qrcode.constants.ERROR_CORRECT_L,
    "M": qrcode.constants.ERROR_CORRECT_M,
    "Q": qrcode.constants.ERROR_CORRECT_Q,
    "H": qrcode.constants.ERROR_CORRECT_H,
}
_NATIVE_ECC = {"L": 0, "M": 1, "Q": 2, "H": 3}


def render(document: Document, profile: PrinterProfile) -> tuple[bytes, ...]:
    """The job as whole commands: between any two of them a status request may be sent, inside one it would become data.

    Raises ValueError for a QR code that does not fit the paper even with the smallest modules, or an unknown ECC level.
    """
    printer = _dummy(profile.library)
    printer.hw("INIT")
    printer.magic.force_encoding(profile.encoding)
    for element in document.lines:
        _add(printer, element, profile)
    return tuple(printer._output_list)


def qr_image(text: str, ecc: str, module_dots: int, paper_dots: int) -> Image.Image:
    """The code with its quiet zone, one bit a dot, black on white.

    Raises ValueError as `render`.
    """
    if ecc not in _ECC:
        raise ValueError(f"unknown error correction level {ecc}")
    code = qrcode.QRCode(error_correction=_ECC[ecc], border=QUIET_MODULES)
    code.add_data(text, optimize=0)
    code.make(fit=True)
    rows = code.get_matrix()
    dots = min(module_dots, paper_dots // len(rows))
    if dots < LEAST_MODULE_DOTS:
        raise ValueError(f"a QR code of {len(rows)} modules does not fit {paper_dots} dots")
    picture = Image.new("1", (len(rows), len(rows)), 1)
    picture.putdata([0 if dark else 1 for row in rows for dark in row])
    return picture.resize((len(rows) * dots, len(rows) * dots), Image.Resampling.NEAREST)


def _add(printer: Any, element: Element, profile: PrinterProfile) -> None:
    match element:
        case Text():
            _add_text(printer, element, profile)
        case Rule(character=character):
            shown = printable(character, profile.encoding)[:1].strip() or "-"
            printer.textln(shown * profile.columns)
        case Feed(lines=lines):
            printer.print_and_feed(max(0, min(lines, 255)))
        case Cut(partial=partial):
            if profile.cutter:
                printer.cut(mode="PART" if partial else "FULL")
            else:
                printer.print_and_feed(FEED_TO_KNIFE)
        case Qr():
            _add_qr(printer, element, profile)


def _add_text(printer: Any, text: Text, profile: PrinterProfile) -> None:
    columns = profile.columns // 2 if text.double else profile.columns
    printer.set(align=text.align.value, bold=text.bold)
    if text.double:
        printer.set(custom_size=True, width=2, height=2)
    for line in fold(printable(text.line, profile.encoding), columns):
        printer.textln(line)
    if text.double:
        printer.set(custom_size=True, width=1, height=1)
    if text.bold or text.align is not Align.LEFT:
        printer.set(align="left", bold=False)


def _add_qr(printer: Any, code: Qr, profile: PrinterProfile) -> None:
    for placement in code.placements:
        if profile.native_qr:
            printer.set(align=placement.value)
            printer.qr(
                printable(code.text, "ascii"), native=True, ec=_NATIVE_ECC[code.ecc], size=min(code.module_dots, 16)
            )
            printer.ln()
            printer.set(align="left")
            continue
        picture = _placed(qr_image(code.text, code.ecc, code.module_dots, profile.dots), placement, profile.dots)
        printer.image(picture, impl="bitImageRaster", fragment_height=profile.band_rows)


def _placed(picture: Image.Image, placement: Align, paper_dots: int) -> Image.Image:
    """White added on the left, so that the place does not depend on whether the printer aligns rasters."""
    room = paper_dots - picture.width
    left = {Align.LEFT: 0, Align.CENTER: room // 2, Align.RIGHT: room}[placement]
    placed = Image.new("1", (left + picture.width, picture.height), 1)
    placed.paste(picture, (left, 0))
    return placed


def _dummy(library: str) -> Any:
    return _dummy_class()(profile=library)


@lru_cache(maxsize=1)
def _dummy_class() -> Any:
    """python-escpos, imported on first use: it takes 0.4 s, and leaves a handler on the root logger and a folder
    in /tmp.
    """
    before = list(logging.root.handlers)
    from escpos import capabilities
    from escpos.printer import Dummy

    if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
        shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    for handler in logging.root.handlers[:]:
        if handler not in before:
            logging.root.removeHandler(handler)
    return Dummy
