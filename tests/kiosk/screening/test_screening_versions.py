"""Two versions of a list: what differs, and which new list is not believed."""

from datetime import date

import pytest

from kiosk.screening.index import ListVersion
from kiosk.screening.reading import ReadList, read_json_lines
from kiosk.screening.versions import Objection, difference, objections

CURRENT = ListVersion("5", date(2026, 2, 1), "test", "0" * 64, 4)


def read(*ids: str, broken: int = 0) -> ReadList:
    rows = [b'{"id": "%s", "names": ["A B"]}\n' % each.encode() for each in ids]
    return read_json_lines(rows + [b"{}\n"] * broken)


def test_entries_are_added_changed_and_removed_by_content() -> None:
    found = difference({"a": "1", "b": "1", "c": "1"}, {"b": "2", "c": "1", "d": "1"})
    assert (found.added, found.changed, found.removed) == (("d",), ("b",), ("a",))
    assert found.to_screen == ("b", "d")


@pytest.mark.parametrize(
    ("new", "options", "objection"),
    [
        (read("a", "b", "c", "d"), {}, ()),
        (read("a", "b", "c", "d"), {"signed": False}, (Objection.BAD_SIGNATURE,)),
        (read("a", "b", "c", "d"), {"listed_on": date(2026, 1, 1)}, (Objection.OLDER,)),
        (read("a", "b", "c", "d"), {"version": "5"}, (Objection.SAME_VERSION,)),
        (read("a", "b", "c", broken=1), {"removed": 1}, (Objection.LOST_SHARE,)),
        (read("a", "b", "c"), {"removed": 1, "largest_lost_share": 0.3}, ()),
        (read(), {}, (Objection.EMPTY,)),
    ],
)
def test_a_list_that_cannot_be_right_is_not_taken_over(
    new: ReadList, options: dict[str, object], objection: tuple[Objection, ...]
) -> None:
    given = {"version": "6", "listed_on": date(2026, 3, 1), "removed": 0} | options
    assert objections(new, current=CURRENT, **given) == objection  # type: ignore[arg-type]


def test_the_first_list_is_judged_by_its_own_rows() -> None:
    first = {"version": "1", "listed_on": date(2026, 3, 1), "removed": 0, "current": None}
    assert objections(read("a", broken=1), **first) == (Objection.LOST_SHARE,)  # type: ignore[arg-type]
    assert objections(read("a", "b"), **first) == ()  # type: ignore[arg-type]
