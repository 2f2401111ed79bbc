"""Why an entry was found: marks on the words of both names, reasons in words of both languages."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import kiosk.screening
from kiosk.screening.births import BirthRelation, read_birth
from kiosk.screening.engine import Band, Candidate, Query, Screener, Verdict
from kiosk.screening.explain import Mark
from kiosk.screening.reading import Reason
from kiosk.screening.scoring import FEATURES
from kiosk.screening.similarity import Likeness
from kiosk.words import Language, Words, catalogue
from tests.kiosk.screening.persons import person

Build = Callable[..., Screener]


def found(screener: Screener, name: str, born: str | None = None) -> Candidate:
    query = Query("q", (name,), read_birth(born) if born else None)
    return screener.screen(query, floor=-1000.0).candidates[0]


def marked(candidate: Candidate) -> tuple[str, str]:
    sides = candidate.explanation.applicant, candidate.explanation.listed
    first, second = (" ".join(f"{word.text}:{word.mark.value}" for word in words) for words in sides)
    return first, second


@pytest.mark.parametrize(
    ("applicant", "listed", "marks"),
    [
        ("ALI ZAMBRANO", "ALI ZAMBRANO", ("ALI:same ZAMBRANO:same", "ALI:same ZAMBRANO:same")),
        ("ZAMBRANO ALI", "ALI ZAMBRANO", ("ZAMBRANO:swapped ALI:swapped", "ALI:swapped ZAMBRANO:swapped")),
        ("ALI ZAMBRANA", "ALI ZAMBRANO", ("ALI:same ZAMBRANA:near", "ALI:same ZAMBRANO:near")),
        ("ALI ZAMBRANO", "ZAMBRANO", ("ALI:missing ZAMBRANO:same", "ZAMBRANO:same")),
        ("ALI ZAMBRANO", "OSCAR ZAMBRANO", ("ALI:contradicting ZAMBRANO:same", "OSCAR:contradicting ZAMBRANO:same")),
        ("ABDULRAHMAN", "ABDUL RAHMAN", ("ABDULRAHMAN:near", "ABDUL:near RAHMAN:near")),
    ],
)
def test_words_are_marked_on_both_sides(of_persons: Build, applicant: str, listed: str, marks: tuple[str, str]) -> None:
    assert marked(found(of_persons(person("w-1", listed)), applicant)) == marks


@pytest.mark.parametrize(
    ("born", "words"),
    [
        ("1958-03-12", "Tanggal lahir sama (1958-03-12)"),
        ("1958-12-03", "Hari dan bulan lahir tertukar (1958-03-12)"),
        ("1958-03-13", "Tanggal lahir beda 1 angka (1958-03-12)"),
        ("1971-09-30", "Tanggal lahir beda 13 tahun (1958-03-12)"),
        (None, "Tanggal lahir tidak ada untuk dibandingkan"),
    ],
)
def test_the_birth_date_is_said_in_words(of_persons: Build, born: str | None, words: str) -> None:
    screener = of_persons(person("w-1", "ALI ZAMBRANO", births=(19580312,)))
    said = [
        reason.say(Words(Language.INDONESIAN)) for reason in found(screener, "ALI ZAMBRANO", born).explanation.reasons
    ]
    assert words in said


def test_the_reasons_name_the_kind_of_likeness_and_the_rarity(of_persons: Build) -> None:
    screener = of_persons(person("w-1", "OTHER PERSON", "Robert Dalziel"), person("w-2", "Robert Dalziel"))
    said = [reason.say(Words(Language.ENGLISH)) for reason in found(screener, "BOB DALZELL").explanation.reasons]
    assert "Known variant: BOB ~ ROBERT" in said
    assert "2 persons on the list have these matching words" in said


def test_every_key_has_words_in_both_languages() -> None:
    keys = {f"screening.contribution.{name}" for name in (*FEATURES, "prior", "base", "name_alone")}
    keys |= {f"screening.contribution.passport_{name}" for name in ("exact", "near")}
    keys |= {f"screening.reason.birth_{relation.value}" for relation in BirthRelation}
    keys |= {f"screening.reason.word_{likeness.value}" for likeness in Likeness if likeness is not Likeness.SAME}
    for prefix, values in (("verdict", Verdict), ("band", Band), ("mark", Mark), ("row", Reason)):
        keys |= {f"screening.{prefix}.{value.value}" for value in values}
    source = (Path(kiosk.screening.__file__).parent / "explain.py").read_text(encoding="utf-8")
    keys |= {f"screening.reason.{name}" for name in re.findall(r'_reason\("(\w+)"', source)}
    own = [{key for key in catalogue(language) if key.startswith("screening.")} for language in Language]
    assert own[0] == own[1]
    assert keys <= own[0]
