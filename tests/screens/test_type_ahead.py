"""What is typed in a list leads to its row: the work list, search results, checklists, the documents of a file."""

import pytest

from screens.widgets import rows
from screens.widgets.rows import RowList
from screens.widgets.type_ahead import place_of
from tests.screens.driving import settle, working
from tests.screens.fake_office import FakeOffice, item
from tests.screens.sample_step import SampleStep
from tests.screens.snapshot import text

NAMES = ("SMITH JOHN", "GARCÍA MARÍA", "LI WEI", "LIND ÅSA")


@pytest.mark.parametrize(
    ("typed", "at", "place"),
    [
        ("li", 0, 2),
        ("li", 3, 3),
        ("lin", 2, 3),
        ("wei", 0, 2),
        ("maría", 0, 1),
        ("garcia", 0, 1),
        ("asa", 0, 3),
        ("LI W", 0, 2),
        ("mit", 0, None),
        ("x", 0, None),
    ],
)
def test_a_row_is_found_by_how_a_word_begins(typed: str, at: int, place: int | None) -> None:
    assert place_of([(name,) for name in NAMES], typed, at) == place


@pytest.fixture
def office() -> FakeOffice:
    return FakeOffice(items=[item(n + 1, holder=name) for n, name in enumerate(NAMES)])


async def test_letters_lead_through_the_work_list(office: FakeOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(rows, "monotonic", lambda: now[0])
    async with working(office) as pilot:
        listed = pilot.app.screen.query_one(RowList)
        await pilot.press("l", "i", "n")
        await settle(pilot)
        assert listed.current is not None
        assert listed.current.key == 4
        assert "[lin]" in text(pilot.app)
        await pilot.press("x")
        await settle(pilot)
        assert listed.current.key == 4
        assert "[linx ?]" in text(pilot.app)
        await pilot.press("backspace", "backspace")
        assert listed.typed == "li"
        now[0] += rows.REST_S
        await pilot.press("g")
        assert listed.current.key == 2
        await pilot.press("down", "s")
        assert listed.current.key == 1


async def test_a_digit_still_goes_to_its_row_and_counts_after_letters(office: FakeOffice) -> None:
    async with working(office) as pilot:
        listed = pilot.app.screen.query_one(RowList)
        await pilot.press("3")
        first = listed.cursor
        await pilot.press("i", "t", "k", "minus", "m", "r", "e", "minus", "2", "0", "2", "6", "minus", "0", "0", "0")
        await pilot.press("0", "2")
        await settle(pilot)
        assert first == 2
        assert listed.current is not None
        assert listed.current.key == 2


async def test_a_letter_goes_to_the_next_such_line_of_a_checklist() -> None:
    async with working(FakeOffice(items=[item(1)])) as pilot:
        pilot.app.push_screen(SampleStep(1))
        await settle(pilot)
        pilot.app.screen.form.go_to("papers")
        editor = pilot.app.screen.form._editors["papers"]
        labels = editor.labels()
        await pilot.press(labels[-1][0].lower())
        assert editor.cursor == len(labels) - 1 or labels[editor.cursor][0] == labels[-1][0]
