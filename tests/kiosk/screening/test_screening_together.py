"""Words of a name that often stand together say less than as many that don't."""

from collections.abc import Callable

import pytest

from kiosk.screening.engine import Candidate, Query, Screener
from kiosk.screening.scoring import NATS
from kiosk.screening.together import together
from tests.kiosk.screening.persons import person

Build = Callable[..., Screener]
FAMILIES = ("SOEKARNA", "WIBISANA", "KUSNADI", "HALIM", "PRAYOGA", "TANUJAYA", "GINTING", "LUBIS")
GIVEN = ("BRATA", "LESMANA", "DHARMA", "SAKTI", "WULAN", "RATNA", "MEGA", "PUSPA")
SYLLABLES = ("QO", "FI", "NU", "EK", "DRU", "VIX", "JAB", "XE", "PLO", "WYM")
LISTED = [
    *(person(f"pair-{n}", f"ZULKARNAEN OKTAVIAN {family}") for n, family in enumerate(FAMILIES)),
    *(person(f"one-{n}", f"YUDHISTIRA {given}") for n, given in enumerate(GIVEN[:-1])),
    *(person(f"other-{n}", f"BIMASENA {given}") for n, given in enumerate(GIVEN[1:])),
    person("apart", "YUDHISTIRA BIMASENA HARTONO"),
]


def top(screener: Screener, name: str) -> Candidate:
    return screener.screen(Query("q", (name,)), floor=-1000.0).candidates[0]


def nats(screener: Screener, name: str) -> float:
    """What `together` takes from the best entry for the name."""
    assert screener.index is not None
    hits = screener._hits(screener.index, Query("q", (name,)), -1000.0, 1)
    return together(screener.index, max(hits, key=lambda hit: hit.score).comparison.alignment)


def test_a_pair_that_many_entries_have_takes_from_the_score(of_persons: Build) -> None:
    screener = of_persons(*LISTED)
    pair, apart = top(screener, "ZULKARNAEN OKTAVIAN HALIM"), top(screener, "YUDHISTIRA BIMASENA HARTONO")
    assert (pair.entry_id, apart.entry_id) == ("pair-3", "apart")
    assert pair.contributions["name_together"] < 0
    assert "name_together" not in apart.contributions
    assert pair.score < apart.score
    for each in (pair, apart):
        assert round(sum(each.contributions.values()), 4) == each.score


def test_a_pair_counts_by_how_many_other_entries_have_it(of_persons: Build) -> None:
    unlike = [person(f"unlike-{n}", f"{SYLLABLES[n // 10] * 3} {SYLLABLES[n % 10] * 2}") for n in range(100)]
    few, many = of_persons(*LISTED[4:], *unlike), of_persons(*LISTED, *unlike)
    assert 0.0 < nats(few, "ZULKARNAEN OKTAVIAN LUBIS") < nats(many, "ZULKARNAEN OKTAVIAN LUBIS")
    assert nats(of_persons(LISTED[0], *LISTED[8:]), "ZULKARNAEN OKTAVIAN SOEKARNA") == 0.0


def test_a_word_of_the_applicant_that_only_sounds_like_the_listed_one_counts_as_listed(of_persons: Build) -> None:
    screener = of_persons(*LISTED)
    assert nats(screener, "ZULKARNAIN OKTAFIAN HALIM") == nats(screener, "ZULKARNAEN OKTAVIAN HALIM")
    assert nats(screener, "HALIM") == 0.0


def test_a_score_under_the_floor_stays_under_it_and_one_over_it_is_whole(of_persons: Build) -> None:
    """Pairs are counted only for what may be shown: the floor decides what is shown, never its score."""
    screener = of_persons(*LISTED)
    query = Query("q", ("ZULKARNAEN OKTAVIAN HALIM",))
    every = {hit.entry_id: hit for hit in screener.screen(query, floor=-1000.0, limit=50).candidates}
    for floor in (-12.0, -8.0, -6.0, every["pair-3"].score):
        shown = screener.screen(query, floor=floor, limit=50).candidates
        assert {hit.entry_id: hit.score for hit in shown} == {
            entry: hit.score for entry, hit in every.items() if hit.score >= floor
        }
        assert all(every[hit.entry_id].contributions == hit.contributions for hit in shown)


def test_it_enters_in_tens_of_nats(of_persons: Build) -> None:
    screener = of_persons(*LISTED)
    found = top(screener, "ZULKARNAEN OKTAVIAN HALIM").contributions["name_together"]
    worth = screener.coefficients.values["name_together"]
    assert found == pytest.approx(worth * nats(screener, "ZULKARNAEN OKTAVIAN HALIM") / NATS, abs=1e-4)
