"""A part of a list: the same entries, words and rarities as in the whole."""

from datetime import date

import numpy as np

from kiosk.screening.engine import Query, Screener
from kiosk.screening.entries import WatchlistEntry
from kiosk.screening.index import ListIndex
from kiosk.screening.part import part_of
from kiosk.screening.passports import exact_number, number_key
from kiosk.screening.rescreening import changed_index

PLACES = [4, 7, 900, 901, 2500, 5352]
DAY = date(2026, 3, 2)


def test_a_part_is_what_indexing_its_records_gives(
    public_index: ListIndex, sanctions: tuple[WatchlistEntry, ...]
) -> None:
    part = part_of(public_index, PLACES[::-1])
    indexed = changed_index(public_index, [sanctions[place] for place in PLACES])
    assert part.arrays.keys() == indexed.arrays.keys()
    # the countries are numbered anew where records are indexed, and its names weigh as in the part alone
    for name in part.arrays.keys() - {"entry_countries", "name_weight"}:
        assert np.array_equal(part.arrays[name], indexed.arrays[name]), name
    for place, number in enumerate(PLACES):
        assert part.countries_of(place) == sanctions[number].countries[:4]
        assert part.entry_id(place) == sanctions[number].id
        assert part.entry_hash(place) == sanctions[number].hash
    assert np.array_equal(part.name_weight[:1], public_index.name_weight[public_index.entry_names[4] :][:1])


def test_a_part_holds_the_passports_of_its_entries_alone(
    public_index: ListIndex, sanctions: tuple[WatchlistEntry, ...]
) -> None:
    holders = [place for place, entry in enumerate(sanctions) if entry.passports]
    inside, outside = holders[:3], sanctions[holders[3]]
    part = part_of(public_index, inside)
    for place, number in enumerate(inside):
        for passport in sanctions[number].passports:
            assert place in part.with_passport(number_key(exact_number(passport)), misread=False)
    assert part.with_passport(number_key(exact_number(outside.passports[0])), misread=False) == []


def test_a_part_is_asked_like_a_list(public_index: ListIndex, sanctions: tuple[WatchlistEntry, ...]) -> None:
    screener = Screener(part_of(public_index, PLACES), today=DAY)
    for number in PLACES:
        entry = sanctions[number]
        born = entry.births[0] if entry.births else None
        found = screener.screen(Query("q", (entry.names[0].name,), born, None, entry.countries), floor=-50.0)
        assert found.candidates[0].entry_id == entry.id
