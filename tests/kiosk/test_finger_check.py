"""The collector's finger against the enrolled one, through the real reader driver and a reader made of code."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from hardware.device import DeviceState
from kiosk import clock
from kiosk.desk import Desk
from kiosk.finger_check import FingerCheck
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.settings import DeviceSettings, Settings
from kiosk.steps import biometrics
from kiosk.steps.biometrics import FingerState, FingerTaken
from kiosk.steps.handover import Produced
from tests.builders import case_at_payment, completed, given_handover, given_payment, pretend, skip
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
