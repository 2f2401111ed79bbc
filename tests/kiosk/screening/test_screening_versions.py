"""Two versions of a list: what differs by content."""

from datetime import date

from kiosk.screening.building import build_index
from kiosk.screening.entries import WatchlistEntry
from kiosk.screening.versions import changed_between, difference
from tests.kiosk.screening.persons import person


def index(*entries: WatchlistEntry):  # type: ignore[no-untyped-def]
    return build_index(entries, version="1", listed_on=date(2026, 3, 1), source="test")


def test_entries_are_added_changed_and_removed_by_content() -> None:
    found = difference({"a": "1", "b": "1", "c": "1"}, {"b": "2", "c": "1", "d": "1"})
    assert (found.added, found.changed, found.removed) == (("d",), ("b",), ("a",))
    assert found.to_screen == ("b", "d")


def test_two_indexes_are_compared_whatever_the_order_of_their_entries() -> None:
    before = index(person("a", "ANNA LEE"), person("b", "BORIS MILE"), person("c", "CLARA OTT"))
    after = index(person("d", "DORA PECK"), person("c", "CLARA OTT"), person("b", "BORIS MILE", births=(19700101,)))
    found = changed_between(before, after)
    assert (found.added, found.changed, found.removed) == (("d",), ("b",), ("a",))
