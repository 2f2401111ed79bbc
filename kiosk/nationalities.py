"""Nationalities and issuing states as passports write them: ISO 3166-1 alpha-3 and the codes ICAO Doc 9303-3 adds."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from kiosk.bilingual import Bilingual

Kind = Literal["iso", "icao", "specimen"]


@dataclass(frozen=True, slots=True)
class Nationality:
    """One code. A `specimen` code is on sample documents only and is no person's nationality."""

    code: str
    kind: Kind
    name: Bilingual


@cache
def nationalities() -> Mapping[str, Nationality]:
    """Every code, in alphabetical order."""
    text = files("kiosk").joinpath("nationalities.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {
        code: Nationality(code, cast(Kind, kind), Bilingual(indonesian, english))
        for code, kind, indonesian, english in rows
    }


def nationality(code: str) -> Nationality | None:
    """The nationality with `code` (any case, MRZ fillers allowed), or None if there is none."""
    return nationalities().get(code.strip().strip("<").upper())
