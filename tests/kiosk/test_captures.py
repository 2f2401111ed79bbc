"""Captures: in the vault at once, bound to the case, marked instead of deleted, and every reading on record."""

import errno
from datetime import timedelta
from typing import Any

import pytest

from db.tables import AuditEvent, Case, Claim, VaultObject
from kiosk import audit
from kiosk.captures import FINGERPRINT, PORTRAIT, Capture, Item
from kiosk.cases.model import Act
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from tests.builders import PAGE, case_at_approval, case_at_biometrics, case_at_scanning, case_at_watchlist


def code(answer: Any) -> Code:
    assert isinstance(answer, Refused), answer
    return answer.first.code


def actions(office: Office) -> list[str]:
    import json

    with office.store.reading():
        return [json.loads(row.body)["action"] for row in AuditEvent.select().order_by(AuditEvent.seq)]


def kept(desk: Desk, case_id: int, *items: Item, kind: str = "passport") -> tuple[Capture, ...]:
    stored = desk.captures.store(case_id, "scanning", kind, items or [PAGE])
    assert not isinstance(stored, Refused), stored
    return stored


def test_pages_are_numbered_in_their_kind_and_survive_without_the_step(office: Office, desks: dict[str, Desk]) -> None:
    case_id, budi = case_at_scanning(office, desks), desks["budi"]
    kept(budi, case_id, PAGE, PAGE)
    kept(budi, case_id)
    kept(budi, case_id, kind="sponsor_id")
    found = [(capture.kind, capture.page) for capture in budi.captures.list(case_id)]
    assert found == [("passport", 1), ("passport", 2), ("passport", 3), ("sponsor_id", 1)]
    with office.store.reading():
        assert Case.get_by_id(case_id).step == "scanning"
        assert audit.verify().verified
    assert actions(office).count("captured") == 3


def test_what_is_kept_reads_back_and_the_reading_is_on_record(office: Office, desks: dict[str, Desk]) -> None:
    case_id, budi = case_at_scanning(office, desks), desks["budi"]
    (page,) = kept(budi, case_id, Item(b"the page itself", "image/png"))
    assert budi.captures.read(page.id) == b"the page itself"
    assert actions(office)[-1] == "read_capture"
    assert not any(
        b"the page itself" in path.read_bytes() for path in office.settings.path("vault").rglob("*") if path.is_file()
    )


def test_an_officer_of_another_step_reads_nothing(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_scanning(office, desks)
    (page,) = kept(desks["budi"], case_id)
    assert code(desks["ratna"].captures.read(page.id)) is Code.NOT_YOUR_UNIT
    assert "read_capture" not in actions(office)
    assert desks["made"].captures.read(page.id) == PAGE.content, "the Kakanim may"


def test_a_discarded_page_no_longer_counts_and_is_still_there(office: Office, desks: dict[str, Desk]) -> None:
    case_id, budi = case_at_scanning(office, desks), desks["budi"]
    first, second = kept(budi, case_id, PAGE, PAGE)
    assert code(budi.captures.discard(first.id, "x")) is Code.REASON_NEEDED
    discarded = budi.captures.discard(first.id, "halaman terbalik")
    assert isinstance(discarded, Capture)
    assert discarded.discarded
    assert [capture.id for capture in budi.captures.list(case_id)] == [second.id]
    assert code(budi.captures.discard(first.id, "sekali lagi")) is Code.CAPTURES_CHANGED
    with office.store.reading():
        assert VaultObject.get_by_id(first.id).discard_reason == "halaman terbalik"
    with pytest.raises(Exception, match="append_only"), office.store.writing():
        VaultObject.delete().where(VaultObject.id == first.id).execute()


def test_a_portrait_taken_again_replaces_the_one_before(office: Office, desks: dict[str, Desk]) -> None:
    case_id, agus = case_at_biometrics(office, desks), desks["agus"]
    for content in (b"one", b"two"):
        agus.captures.store(case_id, "biometrics", PORTRAIT, [Item(content, "image/jpeg", 1)], replaces=True)
    agus.captures.store(case_id, "biometrics", FINGERPRINT, [Item(b"f", "x", 1), Item(b"g", "x", 6)], replaces=True)
    agus.captures.store(case_id, "biometrics", FINGERPRINT, [Item(b"h", "x", 6)], replaces=True)
    (portrait,) = agus.captures.list(case_id, kind=PORTRAIT)
    assert agus.captures.read(portrait.id) == b"two"
    fingers = agus.captures.list(case_id, kind=FINGERPRINT)
    assert [(finger.page, agus.captures.read(finger.id)) for finger in fingers] == [(1, b"f"), (6, b"h")]


def test_only_who_may_act_at_the_step_captures_for_it(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_scanning(office, desks)
    assert code(desks["ratna"].captures.store(case_id, "scanning", "passport", [PAGE])) is Code.NOT_YOUR_UNIT
    assert code(desks["budi"].captures.store(case_id, "biometrics", PORTRAIT, [PAGE])) is Code.CASE_MOVED_ON
    assert code(desks["budi"].captures.store(999, "scanning", "passport", [PAGE])) is Code.CASE_NOT_FOUND


def test_nothing_is_captured_before_its_step(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_watchlist(office, desks)
    assert code(desks["budi"].captures.store(case_id, "scanning", "passport", [PAGE])) is Code.CASE_MOVED_ON


def test_nobody_captures_on_a_case_that_a_colleague_has(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_scanning(office, desks)
    assert not isinstance(desks["eko"].claim(case_id), Refused)
    assert code(desks["budi"].captures.store(case_id, "scanning", "passport", [PAGE])) is Code.CLAIMED_BY_OTHER
    with office.store.writing():
        Claim.update(lease_until=desks["budi"].look().now - timedelta(minutes=1)).execute()
    assert kept(desks["budi"], case_id)


def test_a_held_case_takes_no_captures(office: Office, desks: dict[str, Desk]) -> None:
    from kiosk.cases.model import Status

    case_id, budi = case_at_scanning(office, desks), desks["budi"]
    budi.act(case_id, Act.HOLD, key="h", reason="menunggu pemohon", hold=Status.WAITING_APPLICANT)
    assert code(budi.captures.store(case_id, "scanning", "passport", [PAGE])) is Code.CASE_ON_HOLD


def test_a_scan_that_was_put_off_can_be_made_good_at_any_later_step(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_approval(office, desks)
    assert not isinstance(desks["hendra"].claim(case_id), Refused)
    assert kept(desks["budi"], case_id)


def test_a_full_disk_is_a_refusal_and_keeps_nothing(
    office: Office, desks: dict[str, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, budi = case_at_scanning(office, desks), desks["budi"]

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr("kiosk.vault.durable.write", full)
    assert code(budi.captures.store(case_id, "scanning", "passport", [PAGE])) is Code.DISK_FULL
    assert budi.captures.list(case_id) == ()


def test_an_altered_blob_is_never_shown(office: Office, desks: dict[str, Desk]) -> None:
    case_id, budi = case_at_scanning(office, desks), desks["budi"]
    (page,) = kept(budi, case_id)
    (blob,) = (path for path in office.settings.path("vault").rglob("*") if path.is_file())
    blob.write_bytes(blob.read_bytes()[:-1] + b"!")
    assert code(budi.captures.read(page.id)) is Code.CAPTURE_UNREADABLE
