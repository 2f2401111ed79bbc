"""`kiosk watchlist screen`: one answer a line, in order, whatever comes in."""

import io
import json

import pytest

from kiosk.screening.engine import Screener
from kiosk.screening.lines import BadQuery, answer_json, read_query, screen_lines
from kiosk.words import Language, Words

FIELDS = {"id", "list_version", "entries", "verdict", "candidates", "elapsed_ms"}
CANDIDATE = {"entry_id", "score", "band", "channel", "matched_name", "contributions", "reasons"}
QUERY = {
    "id": "q1",
    "names": ["SHALLAH Ramadan Abdallah", "SHALLAH<<RAMADAN<ABDALLAH<<<<"],
    "born": "1958-00-00",
    "sex": None,
    "nationality": "PSE",
    "passport": None,
}


def answers(screener: Screener, *lines: str, **options: object) -> list[dict[str, object]]:
    out = io.StringIO()
    screen_lines(screener, [line + "\n" for line in lines], out, **options)  # type: ignore[arg-type]
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_answer_has_the_normative_fields(public: Screener) -> None:
    (found,) = answers(public, json.dumps(QUERY))
    assert set(found) == FIELDS
    assert (found["id"], found["list_version"], found["entries"], found["verdict"]) == ("q1", "2026-02", 5353, "review")
    candidates = found["candidates"]
    assert isinstance(candidates, list)
    assert set(candidates[0]) == CANDIDATE


def test_reasons_are_keys_or_words(public: Screener) -> None:
    (keys,) = answers(public, json.dumps(QUERY))
    (words,) = answers(public, json.dumps(QUERY), words=Words(Language.ENGLISH))
    assert "screening.reason.birth_year_agrees" in keys["candidates"][0]["reasons"]  # type: ignore[index]
    assert "Words in another order" not in words["candidates"][0]["reasons"]  # type: ignore[index]
    assert "Only the year of birth is known, and agrees (1958-01-01)" in words["candidates"][0]["reasons"]  # type: ignore[index]


def test_floor_and_limit_are_kept(public: Screener) -> None:
    (found,) = answers(public, json.dumps(QUERY), floor=-50.0, limit=5)
    candidates = found["candidates"]
    assert isinstance(candidates, list)
    assert len(candidates) == 5


def test_every_line_is_answered_in_order(public: Screener) -> None:
    found = answers(
        public, json.dumps(QUERY), "not json", json.dumps({"id": 7, "names": 5}), json.dumps(QUERY | {"id": "z"})
    )
    assert [each.get("id") for each in found] == ["q1", None, "7", "z"]
    assert ["error" in each for each in found] == [False, True, True, False]


@pytest.mark.parametrize(
    "line",
    ["", "5", "[]", '{"names": "A", "born": "yesterday"}', '{"names": [1]}', "x" * 200_000, "[" * 50_000],
)
def test_a_line_that_is_no_query_is_an_error(line: str) -> None:
    with pytest.raises(BadQuery):
        read_query(line)


@pytest.mark.parametrize(
    ("born", "birth"), [(None, None), ("", None), ("1958", 19580000), ("1958-00-00", 19580000), ("0000-00-00", None)]
)
def test_a_birth_date_may_be_shorter_or_missing(born: str | None, birth: int | None) -> None:
    assert read_query(json.dumps({"id": "1", "names": ["A"], "born": born})).born == birth


def test_nationalities_come_in_any_code(public: Screener) -> None:
    for code in ("AF", "AFG", "afghanistan"):
        assert read_query(json.dumps({"id": "1", "names": ["A"], "nationality": code})).nationalities == ("AFG",)
    assert read_query('{"id": "1", "names": ["A"], "nationality": "D<<"}').nationalities == ("DEU",)


def test_a_new_list_is_used_from_the_next_line_on(public: Screener) -> None:
    screeners = iter([public, Screener(None, today=public.today)])
    found = answers(lambda: next(screeners), json.dumps(QUERY), json.dumps(QUERY))  # type: ignore[arg-type]
    assert [each["verdict"] for each in found] == ["review", "no_list"]


def test_the_answer_is_one_line(public: Screener) -> None:
    assert "\n" not in answer_json(public.screen(read_query(json.dumps(QUERY | {"names": ["A\nB SHALLAH"]}))))
