"""Verdicts, channels, order, what an officer cleared, what is in force, and the same answer each time."""

import hashlib
import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from kiosk.screening.comparison import Channel
from kiosk.screening.engine import ENGINE_VERSION, Band, Query, Screener, Verdict
from kiosk.screening.entries import WatchlistEntry
from kiosk.screening.lines import answer
from kiosk.screening.scoring import coefficients, older_coefficients
from tests.kiosk.screening.persons import person

Build = Callable[..., Screener]
SHALLAH = Query("q", ("SHALLAH Ramadan Abdallah", "SHALLAH<<RAMADAN<ABDALLAH<<<<"), 19580101, None, ("PSE",))
TODAY = date(2026, 3, 2)
ANSWERS = {
    ("1", "1b3d2972260a3b0d"): "6b1d8adab175d2cd",
    ("2", "8fe5be7ed8f1d432"): "5eaa1adcdaa4aa15",
    ("3", "22881bd8e09def0a"): "1685bcf2ff8b7220",
}
"""Engine and coefficients as they were delivered, and the hash of what they answer to three queries."""


def ids(screener: Screener, query: Query, **options: object) -> list[str]:
    return [candidate.entry_id for candidate in screener.screen(query, **options).candidates]  # type: ignore[arg-type]


def test_a_listed_person_is_to_be_reviewed_and_a_stranger_is_clear(public: Screener) -> None:
    found = public.screen(SHALLAH)
    assert (found.verdict, found.candidates[0].entry_id) == (Verdict.REVIEW, "ofac-4257")
    assert found.candidates[0].band is Band.STRONG
    clear = public.screen(Query("q", ("WIDODO JOKO SUSANTO",), 19910612, "M", ("IDN",)))
    assert (clear.verdict, clear.candidates, clear.entries) == (Verdict.CLEAR, (), 5353)


def test_the_contributions_add_up_to_the_score(public: Screener) -> None:
    queries = [SHALLAH, Query("q", ("MUHAMMAD ALI",), 19700101), Query("q", ("KIM CHOL",), passport="J287011")]
    shown = [hit for query in queries for hit in public.screen(query, floor=-100.0, limit=50).candidates]
    assert len(shown) > 60
    for candidate in shown:
        assert round(sum(candidate.contributions.values()), 4) == candidate.score


def test_the_highest_score_comes_first_and_equals_by_id(of_persons: Build) -> None:
    twins = [person(f"w-{number}", "ZAMBRANO QUINTANA") for number in (3, 1, 2)]
    found = of_persons(*twins).screen(Query("q", ("ZAMBRANO QUINTANA",)), floor=-100.0)
    assert [candidate.entry_id for candidate in found.candidates] == ["w-1", "w-2", "w-3"]
    scores = [candidate.score for candidate in found.candidates]
    assert scores == sorted(scores, reverse=True)


def test_the_same_question_has_the_same_answer(public: Screener, sanctions: tuple[WatchlistEntry, ...]) -> None:
    from kiosk.screening.building import build_index

    again = Screener(build_index(sanctions, version="2026-02", listed_on=date(2026, 3, 1), source="x"), today=TODAY)
    for query in (SHALLAH, Query("q", ("AHMED ALI",), 19600101, None, ("YEM",))):
        assert answer(public.screen(query, floor=-50.0)) == answer(again.screen(query, floor=-50.0))
        assert answer(public.screen(query)) == answer(public.screen(query))


def test_an_answer_that_changed_has_another_scorer_version(public: Screener) -> None:
    """Records of screenings are asked again years later: answers may change only with ENGINE_VERSION."""
    queries = (SHALLAH, Query("q", ("AHMED ALI",), 19600101, None, ("YEM",)), Query("q", ("X",), passport="J287O11"))
    found = {}
    for engine, given in {**older_coefficients(), ENGINE_VERSION: coefficients()}.items():
        screener = Screener(public.index, today=TODAY, given=given)
        answers = json.dumps([answer(screener.screen(query, floor=-6.0, limit=60)) for query in queries])
        found[engine, given.hash[:16]] = hashlib.sha256(answers.encode()).hexdigest()[:16]
    assert found == ANSWERS


def test_a_passport_number_is_a_match_whatever_the_name(public: Screener) -> None:
    found = public.screen(Query("q", ("SOMEBODY ELSE",), 19900101, passport="j 287011"))
    assert (found.verdict, found.candidates[0].channel) == (Verdict.PASSPORT_MATCH, Channel.PASSPORT)
    assert found.candidates[0].contributions["passport_exact"] > 20


def test_a_number_that_may_be_misread_is_only_possible(public: Screener) -> None:
    found = public.screen(Query("q", ("SOMEBODY ELSE",), 19900101, passport="J2870II"))
    assert (found.verdict, found.candidates[0].band) == (Verdict.REVIEW, Band.PASSPORT_NEAR)
    assert found.candidates[0].contributions["passport_near"] > 0


def test_another_birth_date_does_not_hide_a_rare_name(public: Screener) -> None:
    found = public.screen(Query("q", ("RAMADAN ABDULLAH MOHAMMAD SHALLAH",), 19930615, None, ("PSE",)))
    assert found.candidates[0].entry_id == "ofac-4257"
    assert (found.candidates[0].channel, found.candidates[0].band) == (Channel.NAME, Band.NAME_ONLY)
    assert "name_alone" in found.candidates[0].contributions


@pytest.mark.parametrize(
    ("fields", "hit"),
    [
        ({}, True),
        ({"valid_until": TODAY}, True),
        ({"valid_until": TODAY - timedelta(days=1)}, False),
        ({"valid_from": TODAY}, True),
        ({"valid_from": TODAY + timedelta(days=1)}, False),
        ({"revoked_at": TODAY}, False),
        ({"revoked_at": TODAY + timedelta(days=1)}, True),
    ],
)
def test_only_what_is_in_force_hits(of_persons: Build, fields: dict[str, date], hit: bool) -> None:
    entry = person("w-1", "ZAMBRANO QUINTANA", births=(19580321,), passports=("J287011",), **fields)
    screener = of_persons(entry)
    assert bool(ids(screener, Query("q", ("ZAMBRANO QUINTANA",), 19580321))) is hit
    assert bool(ids(screener, Query("q", ("X Y",), passport="J287011"))) is hit
    assert entry.in_force(TODAY) is hit


def test_cleared_pairs_are_left_out_before_the_cut(of_persons: Build) -> None:
    twins = [person(f"w-{number}", "ZAMBRANO QUINTANA") for number in range(3)]
    screener, query = of_persons(*twins), Query("q", ("ZAMBRANO QUINTANA",), passport="A1")
    cleared = {(query.person_key, twins[0].id, twins[0].hash)}
    found = screener.screen(query, limit=1, cleared=cleared)
    assert ([candidate.entry_id for candidate in found.candidates], found.suppressed) == (["w-1"], 1)
    by_call = screener.screen(query, limit=1, cleared=lambda person, entry, digest: entry == "w-0")
    assert answer(by_call) == answer(found)


def test_a_cleared_pair_is_asked_again_when_either_side_changes(of_persons: Build) -> None:
    before, after = person("w-1", "ZAMBRANO QUINTANA"), person("w-1", "ZAMBRANO QUINTANA", births=(19580321,))
    query = Query("q", ("ZAMBRANO QUINTANA",), passport="A1")
    cleared = {(query.person_key, before.id, before.hash)}
    assert ids(of_persons(before), query, cleared=cleared) == []
    assert ids(of_persons(after), query, cleared=cleared) == ["w-1"]
    other_passport = Query("q", ("ZAMBRANO QUINTANA",), passport="A2")
    assert ids(of_persons(before), other_passport, cleared=cleared) == ["w-1"]


def test_a_list_out_of_date_never_says_clear(of_persons: Build) -> None:
    screener = of_persons(person("w-1", "ZAMBRANO QUINTANA"), longest_age_days=7)
    nobody = Query("q", ("WIDODO JOKO",))
    assert screener.screen(nobody).verdict is Verdict.CLEAR
    assert screener.on(date(2026, 3, 8)).screen(nobody).verdict is Verdict.CLEAR
    late = screener.on(date(2026, 3, 9)).screen(nobody)
    assert (late.verdict, late.list_version) == (Verdict.STALE, "1")


def test_without_a_list_nobody_is_clear() -> None:
    found = Screener(None, today=TODAY).screen(Query("q", ("ANYBODY",)))
    assert (found.verdict, found.entries, found.list_version) == (Verdict.NO_LIST, 0, None)


@pytest.mark.parametrize("names", [(), ("",), ("...",), ("<<<<",)])
def test_an_applicant_without_a_name_is_still_compared_by_passport(public: Screener, names: tuple[str, ...]) -> None:
    assert public.screen(Query("q", names)).verdict is Verdict.CLEAR
    assert public.screen(Query("q", names, passport="J287011")).verdict is Verdict.PASSPORT_MATCH


def test_the_floor_shows_what_is_under_the_threshold(public: Screener) -> None:
    stranger = Query("q", ("ALI HASAN",), 19910612, "M", ("IDN",))
    shown = public.screen(stranger, floor=-100.0, limit=7)
    assert len(shown.candidates) == 7
    assert all(candidate.score >= -100.0 for candidate in shown.candidates)
    assert {candidate.band for candidate in shown.candidates} >= {Band.BELOW}
