"""What is new in a case stands under the SOP row when it is opened; the clock is calm until its time is over."""

from datetime import timedelta

from kiosk.cases.news import Change, News, Note
from screens.widgets.sop import SopRow
from tests.screens.driving import settle, working
from tests.screens.fake_office import AT, FakeOffice, item
from tests.screens.sample_step import SampleStep
from tests.screens.snapshot import text


async def test_a_colleagues_note_and_what_changed_are_shown_in_both_languages() -> None:
    changes = tuple(
        Change(AT + timedelta(minutes=n), "WATI", "watchlist", act)
        for n, act in enumerate(("hold", "release", "send_back"))
    )
    news = News(AT, Note(AT, "BUDI [b]", "data_entry", "applicant"), changes)
    async with working(FakeOffice(items=[item(1)], news=news)) as pilot:
        pilot.app.push_screen(SampleStep(1))
        await settle(pilot)
        shown = text(pilot.app)
        assert "Catatan BUDI [b] 24-11 08:05: Menunggu pemohon" in shown
        assert "Sejak Anda lihat (1 lagi di F4): " in shown
        await pilot.press("f9")
        await settle(pilot)
        assert "Note by BUDI [b] 24-11 08:05: Waiting for the applicant" in text(pilot.app)


async def test_nothing_new_takes_no_room_and_the_clock_is_calm_until_the_standard_is_over() -> None:
    async with working(FakeOffice(items=[item(1)], worked=4 * 60)) as pilot:
        pilot.app.push_screen(SampleStep(1))
        await settle(pilot)
        assert "Catatan" not in text(pilot.app)
        row = pilot.app.screen.query_one(SopRow)
        assert "+ " not in text(pilot.app).splitlines()[1]
        row.show_clock(row.step.minutes * 60 + 1, True)
        await settle(pilot)
        assert "+ lewat 0" in text(pilot.app).splitlines()[1]
