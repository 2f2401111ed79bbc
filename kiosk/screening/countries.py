"""Countries as lists, passports and people write them, folded to ISO 3166-1 alpha-3."""

import re
from functools import cache
from importlib.resources import files


def country_code(text: str) -> str | None:
    """The alpha-3 code of an ISO alpha-2 or alpha-3 code, an ICAO code or an English name; None if it is none of them.

    ICAO's codes for British passports other than a citizen's fold to GBR, `D` to DEU.
    """
    return _known().get(_key(text))


def country_codes(text: str) -> tuple[str, ...]:
    """The codes in a field that holds several, joined by `;` or `/`; what is unknown is left out."""
    codes = (country_code(part) for part in re.split(r"[;/|]", text))
    return tuple(dict.fromkeys(code for code in codes if code))


def _key(text: str) -> str:
    return " ".join(text.replace("<", " ").replace("’", "'").replace("ü", "u").upper().split())


@cache
def _known() -> dict[str, str]:
    known: dict[str, str] = {}
    table = files("kiosk.screening").joinpath("countries.tsv").read_text(encoding="utf-8")
    for line in table.splitlines():
        if not line.startswith("#"):
            code, *others = line.split("\t")
            for other in (code, *others):
                known.setdefault(_key(other), code)
    return known
