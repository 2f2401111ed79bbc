"""How common names are among people at large, by sound form: what a short list can't tell.

`name_stock.tsv` counts the sound forms of made-up and public names (tests/bench/fit_screening.py writes it). With it
the words of a list of twenty entries weigh as they would on a long one.
"""

from functools import cache
from importlib.resources import files

BACKGROUND_PERSONS = 10_000
"""The counts in the table are scaled to so many persons."""


@cache
def background_counts() -> dict[str, float]:
    """Sound form -> in how many of the background persons' names it stands."""
    table = files("kiosk.screening").joinpath("name_stock.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {sound: float(count) for sound, count in rows}
