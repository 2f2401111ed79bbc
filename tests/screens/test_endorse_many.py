"""A pile of passports is signed with one act: each one seen, each a transaction of its own."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.tables import Case, CaseEvent, Draft, StepRun
from kiosk.cases.model import Act
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.steps import endorsing_many
from kiosk.steps.endorsing_many import Seen
from tests.builders import case_at_endorsement
from tests.conftest import Desks
from tests.faults.thirteen import passport
from tests.screens import counter
from tests.screens.counter import at_work, press
from tests.screens.snapshot import text


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A demo office on a standing clock."""
    counter.stop_the_clock(monkeypatch)
    opened = counter.found(tmp_path / "office")
    yield opened
    opened.close()


def signed(office: Office) -> list[int]:
    with office.store.reading():
        return [row.case_id for row in StepRun.select().where(StepRun.step == "endorsement").order_by(StepRun.id)]


async def test_only_what_was_seen_is_signed_and_one_refusal_holds_up_nobody(office: Office) -> None:
    desks = Desks(office)
    cases = [case_at_endorsement(office, desks, passport=passport(f"53000000{n}")) for n in (1, 2, 3)]
    async with at_work(office, "made") as pilot:
        assert "F10 Sahkan" in text(pilot.app)
        await press(pilot, "f10", "f10")
        assert "Belum ada cap yang dilihat" in text(pilot.app)
        await press(pilot, "enter")
        assert "MARINA KUZNETSOVA" in text(pilot.app)
        await press(pilot, "f10", "enter", "f10")
        assert "3 menunggu · 2 sudah dilihat" in text(pilot.app)
        with office.store.writing():
            Case.update(status="nonconformity").where(Case.id == cases[0]).execute()
        await press(pilot, "f10")
        assert signed(office) == []
        await press(pilot, "f10")
        assert "1 ditandatangani, 1 ditolak" in text(pilot.app)
    assert signed(office) == [cases[1]], "the refused one and the unseen one are not"
    with office.store.reading():
        acts = CaseEvent.select().where((CaseEvent.step == "endorsement") & (CaseEvent.act == Act.COMPLETE))
        assert [row.case_id for row in acts] == [cases[1]]


def test_a_stamp_that_changed_after_it_was_seen_and_a_person_who_registered_sign_nothing(office: Office) -> None:
    desks = Desks(office)
    cases = [case_at_endorsement(office, desks, passport=passport(f"53000000{n}")) for n in (1, 2)]
    seen = [one for case_id in cases if isinstance(one := endorsing_many.look_at(desks["made"], case_id), Seen)]
    answers = endorsing_many.sign(desks["yusuf"], [one.tick for one in seen])
    assert [one.case_id for one in answers if isinstance(one.answer, Refused)] == cases
    other = dataclasses.replace(seen[0], prepared=dataclasses.replace(seen[0].prepared, stamp_text=("OTHER",)))
    answers = endorsing_many.sign(desks["made"], [other.tick, seen[1].tick])
    assert [one.answer.first.code for one in answers if isinstance(one.answer, Refused)] == [Code.STAMP_NOT_CONFIRMED]
    assert signed(office) == cases[1:]


async def test_what_was_seen_stays_seen_after_the_screen_is_left_while_its_case_is_unchanged(office: Office) -> None:
    desks = Desks(office)
    cases = [case_at_endorsement(office, desks, passport=passport(f"53000000{n}")) for n in (1, 2, 3)]
    async with at_work(office, "made") as pilot:
        await press(pilot, "f10", "enter", "f10", "enter", "f10")
        assert "3 menunggu · 2 sudah dilihat" in text(pilot.app)
        await press(pilot, "escape")
        await press(pilot, "f10")
        assert "3 menunggu · 2 sudah dilihat" in text(pilot.app)
    with office.store.writing():
        Case.update(version=Case.version + 1).where(Case.id == cases[0]).execute()
    with office.store.reading():
        kept = [(row.case_ref, row.content) for row in Draft.select().where(Draft.step == endorsing_many.SEEN)]
    assert sorted(case_id for case_id, _ in kept) == cases[:2]
    assert not [content for _, content in kept if "KUZNETSOVA" in content or "5300" in content]
    async with at_work(office, "made") as pilot:
        await press(pilot, "f10")
        assert "3 menunggu · 1 sudah dilihat" in text(pilot.app), "the other case changed"
        await press(pilot, "f10")
        await press(pilot, "f10")
        assert "1 paspor ditandatangani" in text(pilot.app)
    assert signed(office) == [cases[1]]
    with office.store.reading():
        assert not Draft.select().where(Draft.step == endorsing_many.SEEN).exists()
