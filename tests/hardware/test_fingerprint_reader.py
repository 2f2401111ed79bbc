"""What an officer does with a fingerprint reader, and everything the line may do meanwhile."""

import itertools
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from hardware.device import CancelToken, DeviceError, DeviceState, FaultCode, Progress
from hardware.fingerprint import driver as driver_module
from hardware.fingerprint.acts import Enrolment
from hardware.pty_host import PtyHost

QUICK = "simulated:reaction=0.02"
FAST: dict[str, object] = {"poll_seconds": 0.02, "patience": 0.12}


def open_reader(device: Callable[..., Any], more: str = "", **options: object) -> Any:
    reader = device("fingerprint", QUICK + more, **{**FAST, **options})
    assert reader.wait_ready(5).state is DeviceState.READY
    return reader


def outcome(future: "Future[Any]") -> Any:
    """The value or the fault's code."""
    try:
        return future.result(20)
    except DeviceError as error:
        return error.code


@pytest.mark.parametrize(
    ("model", "name", "geometry", "template", "capacity"),
    [
        ("zfm20", "ZFM", (256, 288), 512, 162),
        ("r307", "ZFM", (256, 288), 512, 1000),
        ("r308", "R308", (256, 288), 512, 0),
        ("r503", "R503", (192, 192), 1536, 200),
    ],
)
def test_each_model_says_what_it_is(
    device: Callable[..., Any], model: str, name: str, geometry: tuple[int, int], template: int, capacity: int
) -> None:
    reader = open_reader(device, f",model={model}")
    assert reader.status.model == name
    assert (reader.info.width, reader.info.height) == geometry
    assert (reader.info.template_size, reader.info.capacity) == (template, capacity)


@pytest.mark.parametrize("baud", [9600, 19200, 38400, 57600, 115200])
def test_the_line_speed_is_found(device: Callable[..., Any], baud: int) -> None:
    reader = device("fingerprint", f"simulated:strict_baud,baud={baud}", patience=0.3)
    assert reader.wait_ready(5).state is DeviceState.READY
    assert reader.info.baud == baud


def test_a_speed_that_was_given_is_the_only_one_tried(device: Callable[..., Any]) -> None:
    reader = device("fingerprint", "simulated:strict_baud,baud=9600", baud=57600, patience=0.1)
    assert reader.wait_ready(5).state is DeviceState.FAILED
    assert reader.status.code in (FaultCode.WRONG_DEVICE, FaultCode.NO_ANSWER)


def test_a_module_that_is_still_booting_is_waited_for(device: Callable[..., Any]) -> None:
    reader = device("fingerprint", "simulated:boot=0.4")
    assert reader.wait_ready(5).state is DeviceState.READY


@pytest.mark.parametrize("model", ["zfm20", "r503"])
def test_enrolling_takes_two_captures_with_a_lift_between(device: Callable[..., Any], model: str) -> None:
    reader = open_reader(device, f",model={model}")
    told: list[Progress] = []
    enrolment: Enrolment = reader.capture(2, told.append).result(10)
    assert (enrolment.finger, enrolment.attempts) == (2, 2)
    assert len(enrolment.template) == reader.info.template_size
    assert enrolment.quality == 100
    phases = [name for name, _ in itertools.groupby(progress.phase for progress in told)]
    assert phases == ["place_finger", "lift_finger", "place_again", "upload_template"]


def test_ten_fingers_one_after_another(device: Callable[..., Any]) -> None:
    reader = open_reader(device)
    templates = [reader.capture(finger).result(10).template for finger in range(1, 11)]
    assert len(set(templates)) == 10
    assert all(reader.match(template).result(10).matched for template in templates[::3])


def test_a_poor_capture_is_repeated_and_costs_quality(device: Callable[..., Any]) -> None:
    reader = open_reader(device)
    reader.companion.control({"poor": [10, 12]})
    told: list[Progress] = []
    enrolment = reader.capture(1, told.append).result(10)
    assert enrolment.attempts == 4
    assert enrolment.quality == 80
    assert [p.done for p in told if p.phase == "poor_capture"] == [1, 2]


def test_a_finger_that_stays_unreadable_is_given_up_with_a_reason(device: Callable[..., Any]) -> None:
    reader = open_reader(device)
    reader.companion.control({"quality": 10})
    assert outcome(reader.capture(1)) is FaultCode.FINGER_UNREADABLE
    assert reader.status.state is DeviceState.READY


def test_another_finger_at_the_second_capture_is_noticed_and_forgiven(device: Callable[..., Any]) -> None:
    reader = open_reader(device)
    reader.companion.control({"clumsy": [1, 7]})
    told: list[Progress] = []
    enrolment = reader.capture(1, told.append).result(10)
    assert enrolment.attempts == 4
    assert "different_finger" in {progress.phase for progress in told}


def test_always_another_finger_is_refused(device: Callable[..., Any]) -> None:
    reader = open_reader(device)
    reader.companion.control({"clumsy": [1, 2, 3, 4, 5, 6]})
    assert outcome(reader.capture(1)) is FaultCode.FINGER_DIFFERENT


def test_no_finger_within_the_time(device: Callable[..., Any]) -> None:
    reader = open_reader(device, finger_seconds=0.1)
    reader.companion.control({"obliging": False})
    assert outcome(reader.capture(1)) is FaultCode.FINGER_MISSING


def test_a_finger_that_never_lifts(device: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.fingerprint.acts.FingerActs._wait_lifted.__defaults__", (0.1,), raising=False)
    reader = open_reader(device)
    reader.companion.control({"obliging": False, "present": True})
    told: list[Progress] = []
    cancel = CancelToken()
    future = reader.capture(1, lambda progress: (told.append(progress), cancel.cancel()), cancel)
    assert outcome(future) in (FaultCode.CANCELLED, FaultCode.FINGER_NOT_LIFTED)
    assert told == [Progress("lift_finger")]


def test_stopping_a_capture_that_waits_is_quick(device: Callable[..., Any]) -> None:
    reader = open_reader(device)
    reader.companion.control({"obliging": False})
    cancel = CancelToken()
    future = reader.capture(1, cancel=cancel)
    cancel.cancel()
    begun = time.monotonic()
    assert outcome(future) is FaultCode.CANCELLED
    assert time.monotonic() - begun < 1
    assert reader.status.state is DeviceState.READY


def test_the_right_finger_matches_and_others_do_not(device: Callable[..., Any]) -> None:
    reader = open_reader(device)
    template = reader.capture(1).result(10).template
    assert reader.match(template).result(10).matched
    reader.companion.control({"person": "somebody else"})
    result = reader.match(template).result(10)
    assert (result.matched, result.score) == (False, 0)


def test_a_match_asks_for_a_clear_glass_first(device: Callable[..., Any]) -> None:
    """The finger of whoever was here before must not answer for the one who collects."""
    reader = open_reader(device)
    template = reader.capture(1).result(10).template
    reader.companion.control({"obliging": False, "present": True, "finger": 1})
    told: list[Progress] = []
    cancel = CancelToken()
    future = reader.match(template, lambda progress: (told.append(progress), cancel.cancel()), cancel)
    assert outcome(future) is FaultCode.CANCELLED
    assert told == [Progress("lift_finger")]


@pytest.mark.parametrize("size", [0, 511, 513, 1536])
def test_a_template_of_another_family_is_refused_before_anything_is_sent(device: Callable[..., Any], size: int) -> None:
    assert outcome(open_reader(device).match(bytes(size))) is FaultCode.TEMPLATE_INVALID


def test_a_template_damaged_on_its_way_down_is_sent_again(device: Callable[..., Any]) -> None:
    reader = open_reader(device)
    template = reader.capture(1).result(10).template
    reader.capture(2).result(10)
    reader.companion.control({"fault": "drop", "direction": "in", "skip": 1, "at": 200})
    assert reader.match(template).result(10).matched


@pytest.mark.parametrize(("model", "size"), [("zfm20", 256 * 288), ("r503", 192 * 192)])
def test_the_picture_has_the_modules_size_and_ridges(device: Callable[..., Any], model: str, size: int) -> None:
    reader = open_reader(device, f",model={model}")
    told: list[Progress] = []
    picture = reader.image(told.append).result(10)
    assert len(picture.grey) == size == picture.width * picture.height
    assert all(level % 17 == 0 for level in picture.grey)
    assert len(set(picture.grey)) > 8
    uploads = [progress for progress in told if progress.phase == "upload_image"]
    assert uploads[-1].done == uploads[-1].total == size // 2
    assert len(uploads) > 100


@pytest.mark.parametrize("baud", [115200])
def test_the_picture_comes_at_the_speed_of_the_wire(device: Callable[..., Any], baud: int) -> None:
    reader = device("fingerprint", f"simulated:reaction=0,model=r503,throttle,baud={baud}", poll_seconds=0.02)
    reader.wait_ready(5)
    marks: list[float] = []
    reader.image(lambda progress: marks.append(time.monotonic()) if progress.phase == "upload_image" else None).result(
        10
    )
    wire = (len(marks) - 1) * (128 + 11) * 10 / baud
    assert wire / (marks[-1] - marks[0]) > 0.95


def test_password_protected_modules(device: Callable[..., Any]) -> None:
    reader = device("fingerprint", "simulated:password=0x1234")
    assert reader.wait_ready(5).code is FaultCode.PASSWORD_WRONG
    assert open_reader(device, ",password=0x1234", password=0x1234).info.capacity == 162


def test_technicians_reach_library_and_settings(device: Callable[..., Any]) -> None:
    reader = open_reader(device)
    reader.image().result(10)

    def work(module: Any) -> Any:
        assert module.extract(1).name == "OK"
        module.store(1, 5)
        module.store(1, 161)
        assert module.count() == 2
        assert module.occupied(162) == [5, 161]
        assert module.search(1, 0, 162) == (5, 180)
        assert module.search(1, 6, 100) is None
        module.load(2, 5)
        assert module.match() == (True, 180)
        module.delete(5)
        module.set_security(4)
        module.set_packet_size(32)
        module.light(True, is_r503=False)
        module.write_notepad(3, b"counter 2")
        assert module.read_notepad(3).startswith(b"counter 2")
        module.empty()
        assert module.count() == 0
        return module.parameters()

    told = reader.maintain(work).result(10)
    assert (told.security, told.packet_size) == (4, 32)
    assert outcome(reader.maintain(lambda module: module.store(1, 9999))) is FaultCode.REFUSED
    assert outcome(reader.maintain(lambda module: module.check_sensor())) is FaultCode.UNSUPPORTED


FAULTS = ("drop", "duplicate", "delay", "garble", "half", "silence", "junk", "dribble")
STAGES = 9
"""Answers of an enrolment from the first capture's GenImg to the template's data packets."""


def enrol_through(reader: Any, fault: str, stage: int) -> Any:
    """One enrolment with one fault at one answer; afterwards the reader works as if nothing had been."""
    reader.companion.control({"fault": fault, "skip": stage, "seconds": 0.03 if fault == "dribble" else 0.4})
    result = outcome(reader.capture(1))
    assert isinstance(result, Enrolment) or result in (
        FaultCode.NO_ANSWER,
        FaultCode.GARBLED,
        FaultCode.UNEXPECTED_ANSWER,
        FaultCode.REFUSED,
        FaultCode.FINGER_DIFFERENT,
        FaultCode.FINGER_UNREADABLE,
    )
    reader.companion.control({"faults": "clear"})
    assert isinstance(outcome(reader.capture(1)), Enrolment)
    return result


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_during_enrolment_ends_well_or_with_its_name(device: Callable[..., Any], fault: str) -> None:
    reader = open_reader(device)
    results = [enrol_through(reader, fault, stage) for stage in (1, 5)]
    if fault in ("junk", "duplicate"):
        assert all(isinstance(result, Enrolment) for result in results)


@pytest.mark.long
@pytest.mark.parametrize("stage", range(STAGES))
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_at_every_answer(device: Callable[..., Any], fault: str, stage: int) -> None:
    enrol_through(open_reader(device), fault, stage)


def test_no_damaged_answer_ever_makes_a_wrong_finger_match(device: Callable[..., Any]) -> None:
    reader = open_reader(device)
    template = reader.capture(1).result(10).template
    reader.companion.control({"person": "somebody else"})
    for fault, stage in itertools.product(("garble", "duplicate", "drop"), (8, 10)):
        reader.companion.control({"fault": fault, "skip": stage})
        result = outcome(reader.match(template))
        assert isinstance(result, FaultCode) or not result.matched
        reader.companion.control({"faults": "clear"})


@pytest.mark.parametrize("fault", ["garble", "half", "drop", "silence"])
def test_a_packet_lost_from_the_template_is_fetched_again(device: Callable[..., Any], fault: str) -> None:
    reader = open_reader(device)
    reader.image().result(10)

    def fetch(module: Any) -> bytes:
        module.extract(1)
        whole = module.upload_template(1, 512)
        reader.companion.control({"fault": fault, "skip": 2})
        assert module.upload_template(1, 512) == whole
        return bytes(whole)

    assert len(reader.maintain(fetch).result(10)) == 512


def test_a_silent_module_is_a_failed_device_with_a_code(device: Callable[..., Any]) -> None:
    reader = device("fingerprint", "simulated:boot=60", patience=0.1)
    status = reader.wait_ready(5)
    assert (status.state, status.code) == (DeviceState.FAILED, FaultCode.NO_ANSWER)


class Echo(PtyHost):
    """A cable with a loop instead of a device."""

    def received(self, data: bytes) -> None:
        self.send(data)


def test_something_else_on_the_port_is_the_wrong_device(device: Callable[..., Any]) -> None:
    echo = Echo()
    echo.start()
    reader = device("fingerprint", echo.path, patience=0.1)
    status = reader.wait_ready(5)
    assert (status.state, status.code) == (DeviceState.FAILED, FaultCode.WRONG_DEVICE)
    echo.stop()


def test_two_devices_swapped_are_both_noticed(device: Callable[..., Any]) -> None:
    reader = open_reader(device)
    scanner = device("scanner", "simulated:dialect=newland", dialect="newland")
    scanner.wait_ready(5)
    ports = reader.companion.path, scanner.companion.path
    swapped_reader = device("fingerprint", ports[1], patience=0.1)
    assert swapped_reader.wait_ready(5).code is FaultCode.PORT_LOCKED
    reader.companion, first = None, reader.companion
    scanner.companion, second = None, scanner.companion
    reader.stop()
    scanner.stop()
    swapped_scanner = device("scanner", ports[0], dialect="newland")
    swapped_reader.retry_now()
    assert swapped_scanner.wait_ready(5).code is FaultCode.NO_ANSWER
    assert swapped_reader.submit(lambda *_: None).exception(5).code in (FaultCode.NO_ANSWER, FaultCode.WRONG_DEVICE)
    first.stop()
    second.stop()


def test_unplugged_while_a_finger_is_awaited(device: Callable[..., Any], eventually: Callable[..., Any]) -> None:
    reader = open_reader(device)
    reader.companion.control({"obliging": False})
    told: list[Progress] = []
    future = reader.capture(1, told.append)
    eventually(lambda: told)
    reader.companion.control({"plug": False})
    assert outcome(future) is FaultCode.PORT_LOST
    reader.companion.control({"plug": True, "obliging": True})
    reader.companion.control({"obliging": True})
    assert isinstance(outcome(reader.capture(1)), Enrolment)


def test_a_module_that_dies_quietly_is_noticed_while_idle(
    device: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, eventually: Callable[..., Any]
) -> None:
    monkeypatch.setattr(driver_module, "HEARTBEAT_S", 0.05)
    reader = open_reader(device)
    reader.companion.control({"mute": [0x13]})
    eventually(lambda: reader.status.state is DeviceState.FAILED)
    assert reader.status.code is FaultCode.NO_ANSWER
    reader.companion.control({"mute": []})
    reader.retry_now()
    eventually(lambda: reader.status.state is DeviceState.READY)


def test_nothing_is_left_behind(no_leaks: None, device: Callable[..., Any]) -> None:
    reader = open_reader(device)
    reader.capture(1).result(10)
    reader.stop()
