"""SOP Penyimpanan Berkas: moved, held, proposed, destroyed; nothing goes before its time or under a hold."""

import secrets
from datetime import timedelta
from typing import Any

import pytest

from db.tables import ArchiveRecord, Case, StepRun
from kiosk import audit, clock
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.people.model import Witness
from kiosk.refusals import Code, Refused
from kiosk.steps import storage
from kiosk.steps.storage import Disposal, Filed, Shelf
from tests.builders import case_at_watchlist, case_in_archive


def code(answer: Any) -> Code:
    assert isinstance(answer, Refused), answer
    return answer.first.code


def key() -> str:
    return secrets.token_hex(16)


@pytest.fixture
def case_id(office: Office, desks: dict[str, Desk]) -> int:
    """A case filed today."""
    return case_in_archive(office, desks)


@pytest.fixture
def second(desks: dict[str, Desk]) -> Witness:
    """The second person of a destruction."""
    witness = desks["eko"].witness("tuti", "331662")
    assert isinstance(witness, Witness)
    return witness


@pytest.fixture
def years_later(case_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The day after the retention of a file of today has ended."""
    then = clock.now() + timedelta(days=3 * 366)
    monkeypatch.setattr(clock, "now", lambda: then)


def destroy(desk: Desk, case_id: int, second: Witness | None, **changes: Any) -> Filed | Refused:
    given = {"minutes_no": "BA-7/2029", "approval_no": "ANRI-31", "key": key(), **changes}
    return storage.destroy(desk, case_id, witness=second, **given)


def test_a_file_is_moved_and_its_history_says_where(desks: dict[str, Desk], case_id: int) -> None:
    moved = storage.move(desks["eko"], case_id, "l9 r8 b7", key=key())
    assert isinstance(moved, Filed)
    assert moved.location == "L9-R8-B7"
    assert desks["eko"].history(case_id)[-1].reason == "Disimpan di lemari-rak-boks: L9-R8-B7"
    assert code(storage.move(desks["eko"], case_id, "gudang", key=key())) is Code.ARCHIVE_PLACE


def test_only_archivists_change_the_archive(desks: dict[str, Desk], case_id: int) -> None:
    answer = storage.move(desks["sri"], case_id, "L1-R1-B1", key=key())
    assert code(answer) is Code.NOT_YOUR_UNIT
    assert isinstance(answer, Refused)
    assert answer.first.details["unit"] == "Insarkom"
    assert not storage.keeps_archive(desks["budi"].officer, desks["budi"].office.procedure)
    assert storage.keeps_archive(desks["eko"].officer, desks["eko"].office.procedure)


def test_a_case_that_was_never_filed_is_not_there(office: Office, desks: dict[str, Desk]) -> None:
    open_case = case_at_watchlist(office, desks)
    assert code(storage.move(desks["eko"], open_case, "L1-R1-B1", key=key())) is Code.CASE_NOT_FOUND
    assert code(storage.move(desks["eko"], 999, "L1-R1-B1", key=key())) is Code.CASE_NOT_FOUND


def test_a_file_is_proposed_only_after_its_retention(desks: dict[str, Desk], case_id: int) -> None:
    answer = storage.propose(desks["eko"], case_id, key=key())
    assert code(answer) is Code.ARCHIVE_KEPT_LONGER
    assert isinstance(answer, Refused)
    assert str(answer.first.details["until"]).endswith(str(clock.office_day(clock.now()).year + 3))
    assert storage.listed(desks["eko"], Shelf.DUE) == ()


@pytest.mark.parametrize(("days", "due"), [(0, False), (1, True)])
def test_the_last_day_of_the_retention_still_keeps_the_file(
    desks: dict[str, Desk], case_id: int, monkeypatch: pytest.MonkeyPatch, days: int, due: bool
) -> None:
    until = storage.listed(desks["eko"])[0].retention_until
    then = clock.now() + (until - clock.office_day(clock.now())) + timedelta(days=days)
    monkeypatch.setattr(clock, "now", lambda: then)
    assert [filed.case_id for filed in storage.listed(desks["eko"], Shelf.DUE)] == ([case_id] if due else [])
    assert isinstance(storage.propose(desks["eko"], case_id, key=key()), Filed) is due


@pytest.mark.usefixtures("years_later")
def test_a_file_is_destroyed_with_minutes_and_its_record_stays(
    office: Office, desks: dict[str, Desk], case_id: int, second: Witness
) -> None:
    eko = desks["eko"]
    assert code(destroy(eko, case_id, second)) is Code.ARCHIVE_NOT_PROPOSED
    proposed = storage.propose(eko, case_id, key=key())
    assert isinstance(proposed, Filed)
    assert proposed.disposal is Disposal.PROPOSED
    assert [one.case_id for one in storage.listed(eko, Shelf.PROPOSED)] == [case_id]
    assert storage.listed(eko, Shelf.DUE) == ()
    gone = destroy(eko, case_id, second)
    assert isinstance(gone, Filed)
    assert (gone.disposal, gone.minutes_no) == (Disposal.DESTROYED, "BA-7/2029")
    assert eko.history(case_id)[-1].reason == "Dimusnahkan dengan berita acara: BA-7/2029 / ANRI-31"
    with office.store.reading():
        row = ArchiveRecord.get(ArchiveRecord.case == case_id)
        assert (row.approval_no, row.disposed_at) == ("ANRI-31", clock.now())
        assert Case.get_by_id(case_id).holder_name
        assert StepRun.select().where(StepRun.case == case_id).count() == 13
        assert audit.verify().verified


@pytest.mark.usefixtures("years_later")
@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"minutes_no": " "}, Code.FIELD_REQUIRED), ({"approval_no": ""}, Code.FIELD_REQUIRED)],
)
def test_a_destruction_names_its_minutes_and_its_approval(
    desks: dict[str, Desk], case_id: int, second: Witness, changes: dict[str, Any], refusal: Code
) -> None:
    storage.propose(desks["eko"], case_id, key=key())
    assert code(destroy(desks["eko"], case_id, second, **changes)) is refusal


@pytest.mark.usefixtures("years_later")
def test_a_destruction_needs_a_second_person(desks: dict[str, Desk], case_id: int) -> None:
    storage.propose(desks["eko"], case_id, key=key())
    assert code(destroy(desks["eko"], case_id, None)) is Code.SECOND_PERSON_NEEDED


@pytest.mark.usefixtures("years_later")
def test_nothing_is_destroyed_under_a_legal_hold(desks: dict[str, Desk], case_id: int, second: Witness) -> None:
    eko = desks["eko"]
    storage.propose(eko, case_id, key=key())
    held = storage.hold(eko, case_id, held=True, reason="Perkara 12/Pid", key=key())
    assert isinstance(held, Filed)
    assert (held.legal_hold, held.disposal) == (True, Disposal.KEPT)
    assert code(destroy(eko, case_id, second)) is Code.ARCHIVE_ON_LEGAL_HOLD
    assert code(storage.propose(eko, case_id, key=key())) is Code.ARCHIVE_ON_LEGAL_HOLD
    assert storage.listed(eko, Shelf.DUE) == ()
    assert [one.case_id for one in storage.listed(eko, Shelf.HELD)] == [case_id]
    assert eko.history(case_id)[-1].reason == "Ditahan karena perkara hukum: Perkara 12/Pid"


def test_a_hold_is_laid_with_a_reason_and_lifted_by_two(desks: dict[str, Desk], case_id: int, second: Witness) -> None:
    eko = desks["eko"]
    assert code(storage.hold(eko, case_id, held=True, reason="-", key=key())) is Code.REASON_NEEDED
    assert code(storage.hold(eko, case_id, held=False, reason="selesai", key=key())) is Code.ARCHIVE_NOT_ON_HOLD
    storage.hold(eko, case_id, held=True, reason="Perkara 12/Pid", key=key())
    assert code(storage.hold(eko, case_id, held=True, reason="sekali lagi", key=key())) is Code.ARCHIVE_ON_LEGAL_HOLD
    alone = storage.hold(eko, case_id, held=False, reason="Perkara putus", key=key())
    assert code(alone) is Code.SECOND_PERSON_NEEDED
    lifted = storage.hold(eko, case_id, held=False, reason="Perkara putus", key=key(), witness=second)
    assert isinstance(lifted, Filed)
    assert not lifted.legal_hold


@pytest.mark.usefixtures("years_later")
def test_what_is_destroyed_stays_destroyed(desks: dict[str, Desk], case_id: int, second: Witness) -> None:
    eko = desks["eko"]
    storage.propose(eko, case_id, key=key())
    destroy(eko, case_id, second)
    for answer in (
        storage.move(eko, case_id, "L1-R1-B1", key=key()),
        storage.hold(eko, case_id, held=True, reason="terlambat", key=key()),
        storage.propose(eko, case_id, key=key()),
        destroy(eko, case_id, second),
    ):
        assert code(answer) is Code.ARCHIVE_DESTROYED


def test_an_act_asked_twice_is_done_once(desks: dict[str, Desk], case_id: int) -> None:
    lines = len(desks["eko"].history(case_id))
    first = storage.move(desks["eko"], case_id, "L5-R5-B5", key="once")
    again = storage.move(desks["eko"], case_id, "L6-R6-B6", key="once")
    assert first == again
    assert len(desks["eko"].history(case_id)) == lines + 1


def test_the_list_is_read_page_by_page(office: Office, desks: dict[str, Desk], case_id: int) -> None:
    more = [case_in_archive(office, desks) for _ in range(2)]
    eko = desks["eko"]
    first = storage.listed(eko, limit=2)
    rest = storage.listed(eko, limit=2, after=first[-1].place)
    assert [filed.case_id for filed in (*first, *rest)] == [case_id, *more]
