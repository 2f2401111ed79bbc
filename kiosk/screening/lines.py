"""`kiosk watchlist screen`: queries as JSON lines in, one answer a line out, in order."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, TextIO

from kiosk.screening.births import read_birth
from kiosk.screening.countries import country_codes
from kiosk.screening.engine import Query, Screener, ScreeningResult
from kiosk.words import Words

MOST_NAMES = 20
LONGEST_LINE = 100_000
"""Characters; a longer line is answered with an error."""


class BadQuery(ValueError):
    """A query line that can't be answered; the message names the field and nothing of its content."""


def read_query(line: str) -> Query:
    """The query in one line. Raises BadQuery."""
    if len(line) > LONGEST_LINE:
        raise BadQuery("line: too long")
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        raise BadQuery("line: not JSON") from None
    if not isinstance(data, dict):
        raise BadQuery("line: not an object")
    names = data.get("names")
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadQuery("names: not a list of texts")
    born = data.get("born")
    sex = str(data.get("sex") or "").upper()[:1] or None
    return Query(
        id=str(data.get("id", "")),
        names=tuple(name for name in names if name.strip())[:MOST_NAMES],
        born=_birth(born),
        sex=sex if sex in ("M", "F", "X") else None,
        nationalities=country_codes(str(data.get("nationality") or "")),
        passport=str(data["passport"]) if data.get("passport") else None,
    )


def _birth(value: Any) -> int | None:
    if value is None or not str(value).strip():
        return None
    birth = read_birth(str(value))
    if birth is None and str(value).strip("0-X<"):
        raise BadQuery("born: not a date")
    return birth


def answer_json(result: ScreeningResult, words: Words | None = None) -> str:
    """One line of JSON. Reasons are said in `words`, or given as keys of the catalogue."""
    return json.dumps(answer(result, words) | {"elapsed_ms": result.elapsed_ms}, ensure_ascii=False)


def answer(result: ScreeningResult, words: Words | None = None) -> dict[str, Any]:
    """What the same query, list and coefficients always give: the answer without the time it took."""
    return {
        "id": result.query_id,
        "list_version": result.list_version,
        "entries": result.entries,
        "verdict": result.verdict.value,
        "candidates": [
            {
                "entry_id": candidate.entry_id,
                "score": candidate.score,
                "band": candidate.band.value,
                "channel": candidate.channel.value,
                "matched_name": candidate.matched_name,
                "contributions": candidate.contributions,
                "reasons": [reason.say(words) if words else reason.key for reason in candidate.explanation.reasons],
            }
            for candidate in result.candidates
        ],
    }


def screen_lines(
    screener: Screener | Callable[[], Screener],
    lines: Iterable[str],
    out: TextIO,
    floor: float | None = None,
    limit: int = 20,
    words: Words | None = None,
    counts: Counter[str] | None = None,
) -> int:
    """Answer every line with one line, flushed; return how many could not be read. Verdicts are counted in `counts`.

    Instead of a screener, a function that gives the current one: a new list is used from the next line on.
    """
    broken = 0
    for line in lines:
        if not line.strip():
            continue
        try:
            query = read_query(line)
        except BadQuery as error:
            broken += 1
            out.write(json.dumps({"id": _id_of(line), "error": str(error)}) + "\n")
        else:
            current = screener if isinstance(screener, Screener) else screener()
            result = current.screen(query, floor=floor, limit=limit)
            if counts is not None:
                counts[result.verdict.value] += 1
            out.write(answer_json(result, words) + "\n")
        out.flush()
    return broken


def _id_of(line: str) -> str | None:
    try:
        data = json.loads(line[:LONGEST_LINE])
    except (ValueError, RecursionError):
        return None
    return str(data["id"])[:100] if isinstance(data, dict) and "id" in data else None
