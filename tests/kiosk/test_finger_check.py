"""The collector's finger against the enrolled one, through the real reader driver and a reader made of code."""

import json
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from db.tables import AuditEvent, CaseEvent, VaultObject
from hardware.device import CancelToken, DeviceState
from hardware.fingerprint import image
from kiosk import capturing, clock
from kiosk.captures import FINGERPRINT, MINUTIAE, Capture
from kiosk.desk import Desk
from kiosk.finger_check import FingerCheck
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.settings import DeviceSettings, Settings
from kiosk.steps import biometrics
from kiosk.steps.biometrics import FingerState, FingerTaken
from kiosk.steps.handover import Produced
from tests.builders import case_at_biometrics, case_at_payment, completed, given_handover, given_payment, pretend, skip
from tests.conftest import Desks


@pytest.fixture
def office(settings: Settings) -> Iterator[Office]:
    reader = DeviceSettings("zfm", "simulated", {"finger_seconds": 1.0})
    opened = Office.open(msgspec.structs.replace(settings, devices={"fingerprint": reader}))
    device = opened.devices.get("fingerprint")
    assert device is not None
    assert device.wait_ready(5.0).state is DeviceState.READY
    yield opened
    opened.close()


def reader_of(office: Office) -> Any:
    device = office.devices.get("fingerprint")
    assert device is not None
    return device


@pytest.fixture
def case_id(office: Office) -> int:
    """A case at step 12 whose right thumb was enrolled on this reader."""
    desks = Desks(office)
    found = case_at_payment(office, desks)
    assert not isinstance(completed(desks["ratna"], found, "payment", given_payment()), Refused)
    taken = reader_of(office).capture(1).result(10)
    agus = desks["agus"].officer.id
    with office.store.writing():
        stored = office.kit.vault.put(
            case_id=found,
            step="biometrics",
            kind="fingerprint",
            content=taken.template,
            media_type="application/octet-stream",
            officer=agus,
            now=clock.now(),
        )
    fingers = (FingerTaken(1, FingerState.CAPTURED, int(stored.id), taken.quality, taken.attempts),)
    pretend(office, found, "biometrics", biometrics.Produced(0, fingers, "", ""), officer=agus)
    skip(office, found, "registration", "endorsement", "stamp_scan", officer=agus)
    return found


@pytest.fixture
def sri(office: Office) -> Desk:
    return Desks(office)["sri"]


def test_the_applicants_own_finger_opens_the_way(office: Office, sri: Desk, case_id: int) -> None:
    seen: list[str] = []
    found = sri.collection.compare_finger(case_id, 1, report=lambda progress: seen.append(progress.phase))
    assert isinstance(found, FingerCheck)
    assert found.agrees
    assert "place_finger" in seen
    assert isinstance(completed(sri, case_id, "handover", given_handover(office, case_id)), Produced)


def test_somebody_elses_finger_does_not(office: Office, sri: Desk, case_id: int) -> None:
    reader_of(office).companion.control({"person": "somebody else"})
    found = sri.collection.compare_finger(case_id, 1)
    assert isinstance(found, FingerCheck)
    assert not found.agrees
    answer = completed(sri, case_id, "handover", given_handover(office, case_id))
    assert isinstance(answer, Refused)
    assert answer.first.code is Code.FINGER_DIFFERS


def test_no_finger_is_the_readers_word_and_counts_as_no_comparison(office: Office, sri: Desk, case_id: int) -> None:
    reader_of(office).companion.control({"obliging": False, "present": False})
    answer = sri.collection.compare_finger(case_id, 1)
    assert isinstance(answer, Refused)
    assert answer.first.details["fault"] == "finger_missing"
    answer = completed(sri, case_id, "handover", given_handover(office, case_id))
    assert isinstance(answer, Refused)
    assert answer.first.code is Code.FINGER_CHECK_NEEDED


def test_a_finger_that_was_not_enrolled_is_not_compared(office: Office, sri: Desk, case_id: int) -> None:
    answer = sri.collection.compare_finger(case_id, 6)
    assert isinstance(answer, Refused)
    assert answer.first.code is Code.FINGER_NOT_ENROLLED


def of_another_family(office: Office) -> None:
    """Another reader stands on the counter: its templates have another size."""
    reader = reader_of(office)
    reader.info = replace(reader.info, template_size=498)


def with_minutiae(office: Office, case_id: int, *, of: int = 0) -> None:
    with office.store.writing():
        finger = VaultObject.get((VaultObject.case == case_id) & (VaultObject.kind == FINGERPRINT))
        office.kit.vault.put(
            case_id=case_id,
            step="biometrics",
            kind=MINUTIAE,
            content=b"minutiae of the right thumb",
            media_type=capturing.ISO_MINUTIAE,
            officer=finger.officer_id,
            now=clock.now(),
            page=1,
            meta={"of": of or int(finger.id)},
        )


def host_says(monkeypatch: pytest.MonkeyPatch, score: int | None) -> list[tuple[bytes, int]]:
    """nbis-py as it is where it is installed; what it was asked."""
    asked: list[tuple[bytes, int]] = []

    def record_score(record: bytes, picture: Any) -> int | None:
        asked.append((record, len(picture.grey)))
        return score

    monkeypatch.setattr(image, "can_assess", lambda: True)
    monkeypatch.setattr(image, "record_score", record_score)
    return asked


def test_the_hosts_score_stands_beside_the_readers_word(
    office: Office, sri: Desk, case_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_minutiae(office, case_id)
    asked = host_says(monkeypatch, 12)
    found = sri.collection.compare_finger(case_id, 1)
    assert isinstance(found, FingerCheck)
    assert (found.agrees, found.host_score, found.by_host) == (True, 12, False), "the reader's word counts"
    assert asked == [(b"minutiae of the right thumb", 256 * 288)]
    with office.store.reading():
        kept = json.loads(CaseEvent.select().order_by(CaseEvent.id.desc()).get().data)
        read = [json.loads(row.body) for row in AuditEvent.select() if "read_finger" in row.body]
    assert (kept["host_score"], kept["by_host"]) == (12, False)
    assert len(read[-1]["data"]["objects"]) == 2, "template and minutiae"


@pytest.mark.parametrize(("score", "agrees"), [(40, True), (39, False), (None, False)])
def test_where_the_reader_is_of_another_family_the_host_compares(
    office: Office, sri: Desk, case_id: int, monkeypatch: pytest.MonkeyPatch, score: int | None, agrees: bool
) -> None:
    with_minutiae(office, case_id)
    of_another_family(office)
    host_says(monkeypatch, score)
    found = sri.collection.compare_finger(case_id, 1)
    assert found == FingerCheck(1, agrees, 0, score, by_host=True)


def test_minutiae_of_an_earlier_capture_compare_nothing(
    office: Office, sri: Desk, case_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_minutiae(office, case_id, of=999)
    of_another_family(office)
    host_says(monkeypatch, 400)
    answer = sri.collection.compare_finger(case_id, 1)
    assert isinstance(answer, Refused)
    assert answer.first.details["fault"] == "template_invalid"


@pytest.mark.skipif(not image.can_assess(), reason="nbis-py is not installed")
def test_a_finger_enrolled_on_one_family_is_recognised_on_another(office: Office) -> None:
    desks = Desks(office)
    case_id = case_at_biometrics(office, desks)
    talk = SimpleNamespace(report=lambda _: None, cancel=CancelToken())
    finger = capturing.take_finger(desks["agus"], case_id, "biometrics", 1, talk)
    assert isinstance(finger, Capture)
    beside = desks["agus"].captures.list(case_id, kind=MINUTIAE)
    assert [(one.page, one.number("of")) for one in beside] == [(1, finger.id)]
    fingers = (FingerTaken(1, FingerState.CAPTURED, finger.id, 90, 2),)
    agus = desks["agus"].officer.id
    pretend(office, case_id, "biometrics", biometrics.Produced(0, fingers, "", ""), officer=agus)
    skip(office, case_id, "registration", "endorsement", "stamp_scan", officer=agus)
    of_another_family(office)
    reader_of(office).companion.control({"finger": 1})
    found = desks["sri"].collection.compare_finger(case_id, 1)
    assert isinstance(found, FingerCheck)
    assert (found.agrees, found.by_host) == (True, True)
    reader_of(office).companion.control({"finger": 2, "present": False})
    found = desks["sri"].collection.compare_finger(case_id, 1)
    assert isinstance(found, FingerCheck)
    assert not found.agrees
