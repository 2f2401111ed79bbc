"""The day as a picture (PNG): what waits and what was done at each step, what waits for each officer."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from kiosk.procedure import Procedure
from kiosk.reports.flow import Flow
from kiosk.text import clean
from kiosk.words import Words

WIDTH, LABEL, ROW, MARGIN = 1000, 360, 26, 24
WAITING, DONE, TOO_MUCH, INK, GROUND = "#c8791a", "#2f6f9f", "#b3261e", "#1b1b1b", "#ffffff"

Bar = tuple[str, Sequence[tuple[int, str]]]
"""A label, and its figures with their colours."""


def write(flow: Flow, procedure: Procedure, words: Words, path: Path) -> None:
    """Write the picture. Raises OSError."""
    steps: list[Bar] = [
        (
            f"{one.number} {procedure.step(one.step).title.say(words.language)}",
            ((one.waiting, WAITING), (one.done, DONE)),
        )
        for one in flow.steps
    ]
    officers: list[Bar] = [
        (clean(one.name), ((one.waiting_minutes, TOO_MUCH if one.too_much else WAITING),)) for one in flow.officers
    ]
    height = MARGIN * 2 + ROW * (len(steps) * 2 + len(officers) + 6)
    image = Image.new("RGB", (WIDTH, height), GROUND)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=16)
    top = _bars(draw, font, MARGIN, words.say("flow.picture.steps", day=flow.day), steps)
    _bars(draw, font, top + ROW, words.say("flow.picture.officers", n=flow.minutes_left), officers)
    image.save(path, format="PNG")


def _bars(
    draw: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    top: int,
    title: str,
    bars: Sequence[Bar],
) -> int:
    draw.text((MARGIN, top), title, fill=INK, font=font)
    top += ROW + ROW // 2
    most = max((value for _, figures in bars for value, _ in figures), default=0) or 1
    room = WIDTH - LABEL - 2 * MARGIN - 60
    for label, figures in bars:
        draw.text((MARGIN, top), label[:40], fill=INK, font=font)
        for value, colour in figures:
            length = round(room * value / most)
            draw.rectangle((LABEL, top + 4, LABEL + length, top + ROW - 8), fill=colour)
            draw.text((LABEL + length + 8, top), str(value), fill=INK, font=font)
            top += ROW
    return top
