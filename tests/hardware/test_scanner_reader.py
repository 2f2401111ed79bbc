"""A code reader at a counter: codes nobody asked for, codes on request, and lines that misbehave."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import qrcode

from hardware.control_socket import send_command
from hardware.device import CancelToken, DeviceError, DeviceState, FaultCode
from hardware.registry import start_simulator
from hardware.scanner.framing import ScannedCode

TOKEN = "ITK1" + "ABCDEFGHJKMNPQRSTVWXYZ234567" * 5
ZONE = "P<AUSCALLOWAY<<IMOGEN<RUTH<<<<<<<<<<<<<<<<<<\nX0000001<4AUS8802141F3011238<<<<<<<<<<<<<<<0"


def open_scanner(device: Callable[..., Any], dialect: str = "honeywell", more: str = "", **options: object) -> Any:
    scanner = device("scanner", f"simulated:dialect={dialect}{more}", dialect=dialect, **options)
    assert scanner.wait_ready(5).state is DeviceState.READY
    scanner.codes = []
    scanner.subscribe_codes(scanner.codes.append)
    return scanner


def refusal(future: Any) -> FaultCode:
    with pytest.raises(DeviceError) as refused:
        future.result(10)
    return refused.value.code


@pytest.mark.parametrize("suffix", ["cr", "lf", "crlf", "etx", "none"])
@pytest.mark.parametrize("stx", ["", ",stx"])
def test_a_code_nobody_asked_for_reaches_subscribers(
    device: Callable[..., Any], eventually: Callable[..., Any], suffix: str, stx: str
) -> None:
    if stx and suffix in ("lf", "none"):
        pytest.skip("a prefix without its suffix")
    scanner = open_scanner(device, more=f",suffix={suffix}{stx},aim")
    scanner.companion.control({"scan": TOKEN})
    eventually(lambda: scanner.codes == [ScannedCode(TOKEN, "qr")])


@pytest.mark.parametrize("dialect", ["honeywell", "newland"])
def test_a_trigger_reads_the_newest_code_in_the_tray(device: Callable[..., Any], dialect: str, tmp_path: Path) -> None:
    qrcode.make("ITK1OLD").save(str(tmp_path / "old.png"))
    time.sleep(0.01)
    (tmp_path / "below").mkdir()
    qrcode.make(TOKEN).save(str(tmp_path / "below" / "new.png"))
    (tmp_path / "newest.png").write_bytes(b"no picture")
    scanner = open_scanner(device, dialect, f",tray={tmp_path}")
    assert scanner.trigger().result(10).text == TOKEN
    assert scanner.codes == []


@pytest.mark.parametrize("dialect", ["honeywell", "newland", "elyctis"])
def test_documents_are_handed_over_one_for_each_trigger(device: Callable[..., Any], dialect: str) -> None:
    scanner = open_scanner(device, dialect)
    other = ZONE.replace("X0000001", "Y0000002")
    scanner.companion.control({"documents": [ZONE, other]})
    assert scanner.trigger(zone=True).result(10) == ScannedCode(ZONE, "mrz")
    assert scanner.trigger(zone=True).result(10) == ScannedCode(other, "mrz")


def test_a_newcomers_reader_is_handed_a_new_passport_each_time(device: Callable[..., Any]) -> None:
    scanner = open_scanner(device)
    zones = [scanner.trigger(zone=True).result(10).text for _ in range(6)]
    assert len({zone.split("\n")[1][:9] for zone in zones}) == 6
    assert all([len(line) for line in zone.split("\n")] == [44, 44] for zone in zones)


def test_a_picture_held_before_the_reader(
    device: Callable[..., Any], tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    scanner = open_scanner(device)
    qrcode.make(TOKEN).save(str(tmp_path / "receipt.png"))
    assert scanner.companion.control({"look_at": str(tmp_path / "receipt.png")})["ok"]
    eventually(lambda: [code.text for code in scanner.codes] == [TOKEN])
    (tmp_path / "empty.png").write_bytes(b"")
    assert not scanner.companion.control({"look_at": str(tmp_path / "empty.png")})["ok"]


def test_nothing_to_read_is_said_after_the_time(device: Callable[..., Any]) -> None:
    scanner = open_scanner(device, more=",specimens=no")
    assert refusal(scanner.trigger(timeout=0.2)) is FaultCode.SCAN_TIMEOUT
    assert scanner.status.state is DeviceState.READY
    scanner.companion.control({"next": TOKEN})
    assert scanner.trigger().result(10).text == TOKEN


def test_a_trigger_can_be_called_off(device: Callable[..., Any]) -> None:
    scanner = open_scanner(device, more=",specimens=no")
    cancel = CancelToken()
    future = scanner.trigger(cancel=cancel)
    cancel.cancel()
    assert refusal(future) is FaultCode.CANCELLED


def test_a_code_read_late_is_not_the_answer_to_the_next_question(
    device: Callable[..., Any], eventually: Callable[..., Any]
) -> None:
    scanner = open_scanner(device, more=",specimens=no")
    refusal(scanner.trigger(timeout=0.05))
    scanner.companion.control({"scan": "ITK1LATE"})
    eventually(lambda: scanner.codes)
    scanner.companion.control({"next": TOKEN})
    assert scanner.trigger().result(10).text == TOKEN


def test_a_maker_that_was_misconfigured_is_noticed(device: Callable[..., Any]) -> None:
    scanner = device("scanner", "simulated:dialect=honeywell", dialect="newland")
    assert scanner.wait_ready(5).code is FaultCode.NO_ANSWER


@pytest.mark.parametrize("fault", ["dribble", "junk", "duplicate", "delay"])
def test_lines_that_misbehave_still_bring_the_code(
    device: Callable[..., Any], eventually: Callable[..., Any], fault: str
) -> None:
    scanner = open_scanner(device)
    scanner.companion.control({"fault": fault, "seconds": 0.002 if fault == "dribble" else 0.2, "bytes": "0d0a"})
    scanner.companion.control({"scan": "ITK1ABC"})
    eventually(lambda: scanner.codes)
    assert {code.text for code in scanner.codes} == {"ITK1ABC"}


@pytest.mark.parametrize("fault", ["half", "silence", "garble"])
def test_half_a_code_is_no_code(device: Callable[..., Any], eventually: Callable[..., Any], fault: str) -> None:
    scanner = open_scanner(device)
    scanner.companion.control({"scan": "ITK1FIRST"})
    eventually(lambda: len(scanner.codes) == 1)
    scanner.companion.control({"fault": fault})
    scanner.companion.control({"scan": "ITK1SECOND"})
    time.sleep(0.02)
    scanner.companion.control({"scan": "\r"})
    scanner.companion.control({"scan": "ITK1THIRD"})
    eventually(lambda: scanner.codes[-1].text == "ITK1THIRD")
    assert "ITK1SECOND" not in {code.text for code in scanner.codes}


def test_a_listener_that_fails_does_not_stop_the_reader(
    device: Callable[..., Any], eventually: Callable[..., Any]
) -> None:
    scanner = open_scanner(device)

    def broken(_: ScannedCode) -> None:
        raise RuntimeError

    unsubscribe = scanner.subscribe_codes(broken)
    for text in ("one", "two"):
        scanner.companion.control({"scan": text})
    eventually(lambda: [code.text for code in scanner.codes] == ["one", "two"])
    unsubscribe()
    unsubscribe()


def test_unplugged_during_a_trigger(device: Callable[..., Any], eventually: Callable[..., Any]) -> None:
    scanner = open_scanner(device, more=",specimens=no")
    told: list[object] = []
    future = scanner.trigger(progress=told.append)
    eventually(lambda: told)
    scanner.companion.control({"plug": False})
    assert refusal(future) is FaultCode.PORT_LOST
    scanner.companion.control({"plug": True})
    scanner.companion.control({"next": TOKEN})
    assert scanner.trigger().result(10).text == TOKEN


def test_a_simulator_alone_takes_json_lines_on_its_socket(device: Callable[..., Any], tmp_path: Path) -> None:
    simulator = start_simulator("scanner", {}, tmp_path / "tty", tmp_path / "control")
    scanner = device("scanner", str(tmp_path / "tty"))
    assert send_command(tmp_path / "control", {"documents": [ZONE]}) == {
        "ok": True, "documents": 1, "zones": False, "lit": False,
    }  # fmt: skip
    assert scanner.trigger(zone=True).result(10).text == ZONE
    assert send_command(tmp_path / "control", {"nonsense": 1})["ok"] is False
    assert json.dumps(send_command(tmp_path / "control", {"control": "ping"}))
    simulator.stop()
    assert not (tmp_path / "tty").exists()
    assert not (tmp_path / "control").exists()
