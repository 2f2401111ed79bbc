"""Contrast as WCAG 2.1 counts it (1.4.3: relative luminance, (L1 + 0.05) / (L2 + 0.05)), of what is really drawn."""

from collections.abc import Iterator
from typing import Any

from rich.color import Color, ColorType
from rich.segment import Segment

from tests.screens.snapshot import segments

CONSOLE = ((0, 0, 0), (170, 0, 0), (0, 170, 0), (170, 85, 0), (0, 0, 170), (170, 0, 170), (0, 170, 170), (170,) * 3)
"""The Linux console's own palette (drivers/tty/vt/vt.c, default_red ...); bold makes it bright. (Bright brown is
yellow there, 255 255 85.)"""
BRIGHT = tuple(tuple(255 if part else 85 for part in color) for color in CONSOLE)
WHITE, BLACK = CONSOLE[7], CONSOLE[0]
Rgb = tuple[int, ...]


def luminance(color: Rgb) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: Rgb, other: Rgb) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def drawn(app: Any) -> Iterator[tuple[str, float]]:
    """Each piece of text on the screen in front, with its contrast."""
    for row in segments(app):
        for segment in row:
            if segment.text.strip():
                yield segment.text.strip(), _contrast(segment)


def _contrast(segment: Segment) -> float:
    style = segment.style
    if style is None:
        return ratio(WHITE, BLACK)
    front = _rgb(style.color, WHITE, bright=bool(style.bold))
    back = _rgb(style.bgcolor, BLACK, bright=False)
    return ratio(front, back)


def _rgb(color: Color | None, default: Rgb, *, bright: bool) -> Rgb:
    if color is None or color.type is ColorType.DEFAULT:
        return default
    if color.type is ColorType.STANDARD and color.number is not None:
        number = color.number % 8
        return BRIGHT[number] if bright or color.number > 7 else CONSOLE[number]
    return tuple(color.get_truecolor())
