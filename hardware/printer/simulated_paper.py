"""The paper of the simulated printer: strips of dots and the text on them, torn off into numbered files."""

import unicodedata
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

CELL_WIDTH = 12
CELL_HEIGHT = 24
LINE_HEIGHT = 30


class Paper:
    """A roll `width` dots wide. Pieces go to `tray` as NNNN.png and NNNN.txt: names without anybody's data."""

    def __init__(self, width: int, tray: Path | None) -> None:
        self.width = width
        self.torn: list[str] = []
        self._tray = tray
        self._strips: list[Image.Image] = []
        self._text: list[str] = []

    @property
    def is_blank(self) -> bool:
        """Whether nothing hangs out of the printer."""
        return not self._strips

    def feed(self, dots: int) -> None:
        """White paper."""
        if dots > 0:
            self._strips.append(Image.new("1", (self.width, dots), 1))

    def line(self, text: str, align: int, bold: bool, wide: int, high: int) -> None:
        """One printed line; what is wider than the paper is lost, as on paper."""
        cell = CELL_WIDTH * wide
        fits = text[: self.width // cell]
        strip = Image.new("1", (self.width, max(LINE_HEIGHT, (LINE_HEIGHT - 6) * high + 6)), 1)
        at = (0, (self.width - cell * len(fits)) // 2, self.width - cell * len(fits))[align]
        for letter in fits:
            glyph = _glyph(letter, bold)
            strip.paste(glyph.resize((cell, CELL_HEIGHT * high)) if wide > 1 or high > 1 else glyph, (at, 0))
            at += cell
        self._strips.append(strip)
        self._text.append(fits)

    def picture(self, picture: Image.Image, align: int) -> None:
        """A raster; dots beyond the paper's edge are lost."""
        strip = Image.new("1", (self.width, picture.height), 1)
        room = max(0, self.width - picture.width)
        strip.paste(picture, ((0, room // 2, room)[align], 0))
        self._strips.append(strip)

    def tear(self) -> str | None:
        """Cut the paper here; the name of the piece, None when nothing was on it."""
        if not self._strips:
            return None
        height = sum(strip.height for strip in self._strips)
        piece = Image.new("1", (self.width, height), 1)
        at = 0
        for strip in self._strips:
            piece.paste(strip, (0, at))
            at += strip.height
        name = f"{self._next_number():04d}"
        if self._tray is not None:
            self._tray.mkdir(parents=True, exist_ok=True)
            piece.save(self._tray / f"{name}.png.new", "PNG")
            (self._tray / f"{name}.txt").write_text("\n".join(self._text) + "\n", encoding="utf-8")
            (self._tray / f"{name}.png.new").replace(self._tray / f"{name}.png")
        self.torn.append(name)
        self._strips.clear()
        self._text.clear()
        return name

    def _next_number(self) -> int:
        if self._tray is None or not self._tray.is_dir():
            return len(self.torn) + 1
        numbers = [int(path.stem) for path in self._tray.glob("*.txt") if path.stem.isdecimal()]
        return max(numbers, default=0) + 1


@lru_cache(maxsize=512)
def _glyph(letter: str, bold: bool) -> Image.Image:
    """One cell; the font at hand has no marks, so a marked letter is drawn as the letter. The text file has it
    right.
    """
    letter = unicodedata.normalize("NFKD", letter)[:1]
    cell = Image.new("1", (CELL_WIDTH, CELL_HEIGHT), 1)
    drawn = ImageDraw.Draw(cell)
    drawn.fontmode = "1"
    font = ImageFont.load_default(size=18)
    left = (CELL_WIDTH - font.getlength(letter)) / 2
    drawn.text((left, 0), letter, font=font, fill=0)
    if bold:
        drawn.text((left + 1, 0), letter, font=font, fill=0)
    return cell
