"""A document as a PDF of A4 pages: Courier, which every printer has, and the codes as large as on a receipt. Pure.

Data reaches the page only through `printable`, and there only as a string of the PDF: nothing in it can be an operator.
"""

import io

import pikepdf
from PIL import Image

from hardware.printer.document import Align, Document, Feed, Qr, Rule, Text
from hardware.printer.escpos import qr_image
from hardware.printer.printable import fold, printable

WIDTH, HEIGHT = 595.28, 841.89
"""A4 in points."""
MARGIN = 56.0
FONT_POINTS, LINE_POINTS = 11.0, 13.5
ADVANCE = 0.6
"""Width of a letter of Courier in parts of its size."""
ENCODING = "cp1252"
DOT_POINTS = 72 / 203
"""A dot of a receipt printer's head."""
PAPER_DOTS = 900


def render_a4(document: Document, columns: int) -> bytes:
    """The PDF of a document laid out for `columns` letters a line. Raises ValueError as `escpos.render`."""
    writer = _Writer(columns)
    for element in document.lines:
        match element:
            case Text():
                writer.text(element)
            case Rule(character=character):
                writer.line((printable(character, ENCODING)[:1].strip() or "-") * columns, 1, False, Align.LEFT)
            case Feed(lines=lines):
                writer.down(LINE_POINTS * max(0, min(lines, 40)))
            case Qr():
                writer.code(element)
    return writer.finished()


class _Writer:
    """Goes down the page, and on to the next one."""

    def __init__(self, columns: int) -> None:
        self._block = columns * ADVANCE * FONT_POINTS
        self._left = max(MARGIN, (WIDTH - self._block) / 2)
        self._columns = columns
        self._pdf = pikepdf.new()
        self._fonts = {name: self._font(base) for name, base in (("F0", "Courier"), ("F1", "Courier-Bold"))}
        self._operators: list[bytes] = []
        self._pictures: dict[str, pikepdf.Object] = {}
        self._y = HEIGHT - MARGIN

    def text(self, element: Text) -> None:
        size = 2 if element.double else 1
        for line in fold(printable(element.line, ENCODING), self._columns // size):
            self.line(line, size, element.bold, element.align)

    def line(self, text: str, size: int, bold: bool, align: Align) -> None:
        self._room(LINE_POINTS * size)
        self._y -= LINE_POINTS * size
        x = self._left + self._indent(len(text) * ADVANCE * FONT_POINTS * size, align)
        shown = pikepdf.String(text.encode(ENCODING, "replace")).unparse()
        font = b"/F1" if bold else b"/F0"
        self._operators.append(b"BT %b %.1f Tf %.2f %.2f Td %b Tj ET" % (font, FONT_POINTS * size, x, self._y, shown))

    def code(self, element: Qr) -> None:
        picture = qr_image(element.text, element.ecc, element.module_dots, PAPER_DOTS)
        side = picture.width * DOT_POINTS
        for placement in element.placements:
            self._room(side)
            self._y -= side
            x = self._left + self._indent(side, placement)
            name = f"Q{len(self._pictures)}"
            self._pictures[name] = self._picture(picture)
            self._operators.append(b"q %.2f 0 0 %.2f %.2f %.2f cm /%b Do Q" % (side, side, x, self._y, name.encode()))

    def down(self, points: float) -> None:
        self._y -= points

    def finished(self) -> bytes:
        self._end_page()
        out = io.BytesIO()
        self._pdf.save(out, deterministic_id=True)
        return out.getvalue()

    def _indent(self, width: float, align: Align) -> float:
        return {Align.LEFT: 0.0, Align.CENTER: (self._block - width) / 2, Align.RIGHT: self._block - width}[align]

    def _room(self, points: float) -> None:
        if self._y - points < MARGIN:
            self._end_page()

    def _end_page(self) -> None:
        page = self._pdf.add_blank_page(page_size=(WIDTH, HEIGHT))
        page.Contents = self._pdf.make_stream(b"\n".join(self._operators))
        resources = {"/Font": {f"/{name}": font for name, font in self._fonts.items()}}
        if self._pictures:
            resources["/XObject"] = {f"/{name}": picture for name, picture in self._pictures.items()}
        page.Resources = pikepdf.Dictionary(resources)
        self._operators, self._pictures, self._y = [], {}, HEIGHT - MARGIN

    def _font(self, base: str) -> pikepdf.Object:
        return self._pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font,
                Subtype=pikepdf.Name.Type1,
                BaseFont=pikepdf.Name(f"/{base}"),
                Encoding=pikepdf.Name.WinAnsiEncoding,
            )
        )

    def _picture(self, picture: Image.Image) -> pikepdf.Object:
        return self._pdf.make_stream(
            picture.tobytes(),
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=picture.width,
            Height=picture.height,
            ColorSpace=pikepdf.Name.DeviceGray,
            BitsPerComponent=1,
        )
