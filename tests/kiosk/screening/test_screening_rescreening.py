"""A new list version: open cases are screened against what changed, with the answer a full screening gives."""

import random
from dataclasses import replace
from datetime import date

from kiosk.screening.building import build_index
from kiosk.screening.engine import Query, Screener
from kiosk.screening.entries import WatchlistEntry
from kiosk.screening.lines import answer
from kiosk.screening.rescreening import rescreen
from tests.kiosk.screening.persons import person


def test_rescreening_finds_what_a_full_screening_finds(public: Screener, sanctions: tuple[WatchlistEntry, ...]) -> None:
    rng = random.Random(3)
    changed = rng.sample(sanctions, 400)
    queries = []
    for number, entry in enumerate(rng.sample(changed, 60) + rng.sample(sanctions, 60)):
        words = entry.names[0].name.upper().replace(",", "").split()
        rng.shuffle(words)
        born = entry.births[0] if entry.births and number % 2 else None
        queries.append(Query(str(number), (" ".join(words),), born, None, entry.countries[:1]))
    ids = {entry.id for entry in changed}
    expected = {}
    for query in queries:
        result = public.screen(query)
        if touched := [candidate.entry_id for candidate in result.candidates if candidate.entry_id in ids]:
            expected[query.id] = (answer(result), touched)
    places = [place for place, entry in enumerate(sanctions) if entry.id in ids]
    found = {
        each.result.query_id: (answer(each.result), list(each.touched)) for each in rescreen(public, queries, places)
    }
    assert len(expected) > 50
    assert found == expected


def test_a_changed_entry_touches_only_whom_it_resembles() -> None:
    entries = [person("w-1", "ZAMBRANO QUINTANA"), person("w-2", "PEREIRA LOPES")]
    changed = replace(entries[1], births=(19580321,))
    day = date(2026, 3, 2)
    screener = Screener(build_index([entries[0], changed], version="2", listed_on=day, source=""), today=day)
    cases = [Query("a", ("ZAMBRANO QUINTANA",)), Query("b", ("PEREIRA LOPES",), 19580321), Query("c", ("SUHARTO",))]
    assert [each.result.query_id for each in rescreen(screener, cases, [1])] == ["b"]
    assert list(rescreen(screener, cases, [])) == []
