"""Device acts through the office: real bytes on ptys, a picture file, a scanner's folder; every fault is a refusal."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from db.tables import AuditEvent
from hardware.acts import CancelToken
from hardware.camera import face
from hardware.camera.checks import Check, check_portrait
from hardware.camera.portraits import portrait
from hardware.document_scanner.sheets import sheet
from kiosk import capturing
from kiosk.captures import FINGERPRINT, PORTRAIT, STAMPED_PAGE, Capture
from kiosk.capturing import Portrait
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.settings import DeviceSettings, Settings
from kiosk.words import Language, catalogue
from tests.builders import case_at_biometrics, case_at_scanning, case_at_stamp_scan
from tests.conftest import Desks

READER = DeviceSettings(
    "zfm", "simulated:reaction=0.02", {"finger_seconds": 1.0, "poll_seconds": 0.02, "baud": 57600, "tries": 2}
)


class Listener:
    """Whoever waits for the act: hears the progress, and may want it to stop."""

    def __init__(self, stop_at: str = "") -> None:
        self.phases: list[str] = []
        self.stop_at = stop_at
        self.cancel = CancelToken()

    def report(self, progress: Any) -> None:
        self.phases.append(progress.phase)
        if progress.phase == self.stop_at:
            self.cancel.cancel()


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """The camera's picture and the scanner's folder."""
    picture, drop = tmp_path / "portrait.jpg", tmp_path / "drop"
    picture.write_bytes(portrait("somebody"))
    drop.mkdir()
    return picture, drop


@pytest.fixture
def office(settings: Settings, folders: tuple[Path, Path]) -> Iterator[Office]:
    """An office whose terminal has a reader, a camera and a scanner."""
    devices = {
        "fingerprint": READER,
        "camera": DeviceSettings("file", str(folders[0])),
        "document_scanner": DeviceSettings("folder", str(folders[1]), {"wait_seconds": 0.5, "settle_seconds": 0.05}),
    }
    opened = Office.open(msgspec.structs.replace(settings, devices=devices))
    for role in devices:
        opened.devices.get(role).wait_ready(5)
    yield opened
    opened.close()


@pytest.fixture
def desks(office: Office) -> Desks:
    return Desks(office)


def code(answer: Any) -> tuple[Code, Any]:
    assert isinstance(answer, Refused), answer
    return answer.first.code, answer.first.details.get("fault")


def drop(folder: Path, *sheets: bytes) -> None:
    for number, data in enumerate(sheets):
        part = folder / f".{number}.part"
        part.write_bytes(data)
        part.rename(folder / f"page-{number}.png")


def failures(office: Office) -> list[dict[str, Any]]:
    with office.store.reading():
        events = [json.loads(row.body) for row in AuditEvent.select()]
    return [event["data"] for event in events if event["action"] == "capture_failed"]


def test_a_finger_is_enrolled_and_kept(office: Office, desks: dict[str, Desk]) -> None:
    case_id, agus, talk = case_at_biometrics(office, desks), desks["agus"], Listener()
    finger = capturing.take_finger(agus, case_id, "biometrics", 1, talk)
    assert isinstance(finger, Capture)
    assert (finger.kind, finger.page, finger.size) == (FINGERPRINT, 1, 512)
    assert finger.number("quality") > 50
    assert finger.number("attempts") == 2
    assert {"place_finger", "place_again", "upload_template"} <= set(talk.phases)
    template = agus.captures.read(finger.id)
    assert isinstance(template, bytes)
    assert len(template) == 512


def test_a_finger_taken_again_replaces_the_first(office: Office, desks: dict[str, Desk]) -> None:
    case_id, agus = case_at_biometrics(office, desks), desks["agus"]
    capturing.take_finger(agus, case_id, "biometrics", 6, Listener())
    second = capturing.take_finger(agus, case_id, "biometrics", 6, Listener())
    assert isinstance(second, Capture)
    assert [finger.id for finger in agus.captures.list(case_id, kind=FINGERPRINT)] == [second.id]


@pytest.mark.parametrize(
    ("instruction", "fault"),
    [
        ({"obliging": False, "present": False}, "finger_missing"),
        ({"quality": 10}, "finger_unreadable"),
        ({"plug": False}, "port_lost"),
    ],
)
def test_a_finger_that_does_not_come_is_said_and_kept_on_record(
    office: Office, desks: dict[str, Desk], instruction: dict[str, Any], fault: str
) -> None:
    case_id, agus = case_at_biometrics(office, desks), desks["agus"]
    reader = office.devices.get("fingerprint")
    assert reader.companion.control(instruction)["ok"]
    refused = code(capturing.take_finger(agus, case_id, "biometrics", 3, Listener()))
    assert refused[0] is Code.DEVICE_FAULT
    assert refused[1] in {fault, "port_absent"} if fault == "port_lost" else refused[1] == fault
    assert failures(office) == [{"step": "biometrics", "kind": "fingerprint", "page": 3, "fault": refused[1]}]
    assert agus.captures.list(case_id, kind=FINGERPRINT) == ()


def test_the_officer_can_stop_a_capture(office: Office, desks: dict[str, Desk]) -> None:
    case_id, agus = case_at_biometrics(office, desks), desks["agus"]
    office.devices.get("fingerprint").companion.control({"obliging": False, "present": False})
    answer = capturing.take_finger(agus, case_id, "biometrics", 3, Listener(stop_at="place_finger"))
    assert code(answer) == (Code.DEVICE_FAULT, "cancelled")


def test_a_portrait_comes_with_advice_and_is_kept_anyway(
    office: Office, desks: dict[str, Desk], folders: tuple[Path, Path]
) -> None:
    case_id, agus = case_at_biometrics(office, desks), desks["agus"]
    good = capturing.take_portrait(agus, case_id, "biometrics", Listener())
    assert isinstance(good, Portrait)
    assert good.advice == ()
    folders[0].write_bytes(portrait("somebody", blur=8))
    poor = capturing.take_portrait(agus, case_id, "biometrics", Listener())
    assert isinstance(poor, Portrait)
    assert "sharpness_low" in poor.advice
    assert poor.capture.findings == poor.advice
    assert [kept.id for kept in agus.captures.list(case_id, kind=PORTRAIT)] == [poor.capture.id]


def test_a_camera_that_gives_no_picture_is_said(
    office: Office, desks: dict[str, Desk], folders: tuple[Path, Path]
) -> None:
    case_id, agus = case_at_biometrics(office, desks), desks["agus"]
    folders[0].write_bytes(b"no picture at all")
    assert code(capturing.take_portrait(agus, case_id, "biometrics", Listener())) == (
        Code.DEVICE_FAULT,
        "picture_invalid",
    )


def test_a_document_of_three_pages_with_what_the_gate_found(
    office: Office, desks: dict[str, Desk], folders: tuple[Path, Path]
) -> None:
    case_id, budi, talk = case_at_scanning(office, desks), desks["budi"], Listener()
    drop(folders[1], sheet("a"), sheet("a", kind="blank"), sheet("b", blur=2))
    pages = capturing.scan_documents(budi, case_id, "scanning", "passport", talk)
    assert not isinstance(pages, Refused)
    assert [(page.page, page.findings) for page in pages] == [(1, ()), (2, ("blank",)), (3, ("blurred",))]
    assert list(folders[1].iterdir()) == [], "personal papers don't stay in the folder"
    assert "page_arrived" in talk.phases
    assert budi.captures.read(pages[0].id) == sheet("a")


def test_a_page_that_was_scanned_before_is_the_same_page_twice(
    office: Office, desks: dict[str, Desk], folders: tuple[Path, Path]
) -> None:
    case_id, budi = case_at_scanning(office, desks), desks["budi"]
    findings = []
    for seed, kind in (("a", "passport"), ("b", "passport"), ("a", "passport"), ("a", "sponsor_id")):
        drop(folders[1], sheet(seed, dpi=72))
        pages = capturing.scan_documents(budi, case_id, "scanning", kind, Listener())
        assert isinstance(pages, tuple), pages
        findings.append(pages[0].findings)
    assert findings == [(), (), ("same_page",), ()]


def test_a_head_is_looked_for_where_a_detector_is_installed(
    office: Office, desks: dict[str, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(face, "find_faces", lambda _: [face.Face(0.2, 0.5, 0.1)])
    taken = capturing.take_portrait(desks["agus"], case_at_biometrics(office, desks), "biometrics", Listener())
    assert isinstance(taken, Portrait)
    assert taken.advice == ("head_size_low", "head_place_high")
    assert taken.jpeg.startswith(b"\xff\xd8")


def test_every_advice_about_a_portrait_has_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face, "find_faces", lambda _: [face.Face(0.5, 0.5, 0.5)])
    picture = Image.new("RGB", (480, 640))
    found = [*check_portrait(picture), *face.check_head(picture)]
    low = [f"{finding.check}_low" for finding in found if finding.low is not None]
    high = [f"{finding.check}_high" for finding in found if finding.high is not None]
    assert {finding.check for finding in found} == set(Check)
    assert {f"biometrics.advice.{name}" for name in (*low, *high)} <= set(catalogue(Language.ENGLISH))


def test_an_empty_scanner_is_said(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_scanning(office, desks)
    answer = capturing.scan_documents(desks["budi"], case_id, "scanning", "passport", Listener())
    assert code(answer) == (Code.DEVICE_FAULT, "no_document")


def test_a_stamped_page_goes_to_its_own_kind(
    office: Office, desks: dict[str, Desk], folders: tuple[Path, Path]
) -> None:
    case_id, budi = case_at_stamp_scan(office, desks), desks["budi"]
    drop(folders[1], sheet("stamp"))
    pages = capturing.scan_documents(budi, case_id, "stamp_scan", STAMPED_PAGE, Listener())
    assert not isinstance(pages, Refused)
    assert [(page.step, page.kind) for page in pages] == [("stamp_scan", STAMPED_PAGE)]


def test_no_device_is_troubled_for_a_capture_that_may_not_be_kept(
    office: Office, desks: dict[str, Desk], folders: tuple[Path, Path]
) -> None:
    case_id = case_at_scanning(office, desks)
    drop(folders[1], sheet("a"))
    answer = capturing.scan_documents(desks["ratna"], case_id, "scanning", "passport", Listener())
    assert code(answer)[0] is Code.NOT_YOUR_UNIT
    assert len(list(folders[1].iterdir())) == 1


def test_a_terminal_without_the_device_says_so(settings: Settings) -> None:
    with Office.open(settings, devices=False) as bare:
        desks = Desks(bare)
        case_id = case_at_scanning(bare, desks)
        answer = capturing.scan_documents(desks["budi"], case_id, "scanning", "passport", Listener())
        assert code(answer)[0] is Code.DEVICE_NOT_CONFIGURED
