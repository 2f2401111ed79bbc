"""What a technician is told about the ports of a machine, and what passes on their lines."""

import os
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from serial.tools import list_ports

from hardware import discovery
from hardware.discovery import PortAdvice, find_ports, probe, udev_rule
from hardware.facts import FactName
from hardware.options import parse_inline
from hardware.payment.bca import BcaProfile
from hardware.payment.bri import BriProfile
from hardware.payment.frames import encode
from hardware.payment.terminal import Method, Purpose
from hardware.payment.wire import FrameLines
from hardware.printer.document import Cut, Document, Text
from hardware.registry import start_simulator


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A machine with adapters: `add` plugs one in, `run` starts a process."""
    ports: list[types.SimpleNamespace] = []
    dev, proc = tmp_path / "dev", tmp_path / "proc"
    for folder in (dev / "serial/by-id", dev / "serial/by-path", proc):
        folder.mkdir(parents=True)
    monkeypatch.setattr(discovery, "DEV", dev)
    monkeypatch.setattr(discovery, "PROC", proc)
    monkeypatch.setattr(list_ports, "comports", lambda: ports)

    def add(tty: str, usb: tuple[int, int] | None, serial_number: str = "", names: tuple[str, ...] = ()) -> str:
        path = dev / tty
        path.touch()
        for name in names:
            (dev / "serial" / name).symlink_to(path)
        vid, pid = usb or (None, None)
        ports.append(
            types.SimpleNamespace(device=str(path), vid=vid, pid=pid, serial_number=serial_number, product="Adapter")
        )
        return str(path)

    def run(number: int, name: str, opened: str = "") -> None:
        (proc / str(number) / "fd").mkdir(parents=True)
        (proc / str(number) / "comm").write_text(name + "\n")
        if opened:
            (proc / str(number) / "fd" / "3").symlink_to(opened)

    return types.SimpleNamespace(add=add, run=run, dev=dev)


def test_an_adapter_with_its_own_number_is_named_by_id(machine: Any) -> None:
    machine.add("ttyUSB0", (0x0403, 0x6001), "A5XK3RJT", ("by-id/usb-FTDI_A5XK3RJT", "by-path/pci-1.2"))
    (found,) = find_ports()
    assert found.path.endswith("serial/by-id/usb-FTDI_A5XK3RJT")
    assert (found.usb, found.advice) == ("0403:6001", ())
    rule = udev_rule(found, "itk-fingerprint")
    assert 'ATTRS{serial}=="A5XK3RJT"' in rule
    assert 'SYMLINK+="itk-fingerprint"' in rule


@pytest.mark.parametrize("number", ["", "0001"])
def test_adapters_that_all_have_one_name_are_named_by_their_place(machine: Any, number: str) -> None:
    machine.add("ttyUSB0", (0x1A86, 0x7523), number, ("by-id/usb-1a86", "by-path/pci-1.3"))
    (found,) = find_ports()
    assert found.path.endswith("by-path/pci-1.3")
    assert PortAdvice.NO_OWN_NAME in found.advice
    assert "ATTRS{serial}" not in udev_rule(found, "x")


def test_programs_that_hold_or_probe_ports_are_named(machine: Any) -> None:
    tty = machine.add("ttyACM0", (0x1234, 0x0001), "X1")
    machine.run(10, "ModemManager")
    machine.run(11, "minicom", tty)
    (found,) = find_ports()
    assert set(found.advice) == {PortAdvice.MODEM_MANAGER, PortAdvice.IN_USE, PortAdvice.NO_STABLE_NAME}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_a_port_this_account_may_not_open(machine: Any) -> None:
    os.chmod(machine.add("ttyACM0", (0x1234, 0x0001), "X1"), 0)
    assert PortAdvice.NO_PERMISSION in find_ports()[0].advice


def test_ports_on_the_board_that_nobody_named_are_left_out(machine: Any) -> None:
    machine.add("ttyS0", None)
    assert find_ports() == []


@pytest.mark.parametrize(
    ("port", "role"),
    [("simulated", "fingerprint"), ("simulated:dialect=newland", "scanner")],
)
def test_an_unknown_device_is_asked_who_it_is(port: str, role: str) -> None:
    simulator = start_simulator(role, parse_inline(port.partition(":")[2]))
    found = probe(simulator.path)
    simulator.stop()
    assert found is not None
    assert found[0] == role


def test_the_wire_is_shown_without_templates_and_passwords(device: Callable[..., Any]) -> None:
    reader = device("fingerprint", "simulated:reaction=0.02", poll_seconds=0.02)
    reader.wait_ready(5)
    lines: list[str] = []
    stop = reader.wire.listen(lines.append)
    template = reader.capture(1).result(10).template
    reader.maintain(lambda module: module.verify_password(0)).result(5)
    stop()
    reader.maintain(lambda module: module.count()).result(5)
    assert {"> GEN_IMG 01", "< ACK 02 NO_FINGER", "< ACK 00 OK", "> IMG_2_TZ 02 01", "< DATA 128 bytes"} <= set(lines)
    assert "> VFY_PWD 13 (hidden)" in lines
    assert template[:8].hex(" ") not in "\n".join(lines)
    assert not any("TEMPLATE_NUM" in line for line in lines)


def test_what_a_scanner_reads_is_not_shown(device: Callable[..., Any], eventually: Callable[..., Any]) -> None:
    scanner = device("scanner")
    scanner.wait_ready(5)
    lines: list[str] = []
    scanner.wire.listen(lines.append)
    scanner.companion.control({"scan": "P<AUSSECRET"})
    eventually(lambda: lines)
    assert lines[0].startswith("< 12 bytes: .. ..")
    assert lines[0].endswith("0d")


def test_a_payment_line_is_shown_without_cards_and_names(device: Callable[..., Any]) -> None:
    terminal = device("payment", card=4.0)
    terminal.wait_ready(5)
    lines: list[str] = []
    terminal.wire.listen(lines.append)
    sold = terminal.submit(lambda t, _: t.sale(500_000, Method.CARD, "SECRETREF", lambda *_: None)).result(10)
    assert lines == [
        "> sale_card 01, 150 bytes",
        "< ACK 06",
        "< sale_card 01, 200 bytes, code 00, Rp500000",
        "> ACK 06",
    ]
    assert sold.masked_pan[-4:] not in "".join(lines)


@pytest.mark.parametrize("bank", ["bca", "bri"])
def test_half_a_payment_frame_shows_once_its_rest_will_not_come(bank: str) -> None:
    profile = BriProfile() if bank == "bri" else BcaProfile()
    shown = FrameLines(profile)
    frame = encode(profile.request(Purpose.ECHO), profile.lrc_rule)
    assert shown.lines(">", frame[:90]) == []
    assert shown.lines("<", b"\x15") == ["> 90 bytes of no frame (cut)", "< NAK 15"]
    (line,) = shown.lines(">", frame)
    assert line.startswith("> echo ")


def test_a_printers_line_shows_questions_and_answers_and_nothing_printed(
    device: Callable[..., Any], tmp_path: Path
) -> None:
    printer = device("printer", f"simulated:tray={tmp_path}")
    printer.wait_ready(5)
    lines: list[str] = []
    printer.wire.listen(lines.append)
    printer.companion.control({"paper": "near_end"})
    printer.print(Document((Text("SECRET NAME"), Cut()), "test")).result(20)
    assert {"> paper?", "< 1e paper_near_end", "> everything so far processed?", "< 03 processed"} <= set(lines)
    assert any(line.endswith("bytes of a job") for line in lines)
    assert "SECRET" not in "".join(lines)


def test_a_listener_that_fails_does_not_stop_what_passes(
    device: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: str) -> None:
        raise RuntimeError("no screen")

    terminal = device("payment")
    terminal.wait_ready(5)
    lines: list[str] = []
    terminal.wire.listen(broken)
    terminal.wire.listen(lines.append)
    assert terminal.submit(lambda t, _: t.echo()).result(10).answered
    assert len(lines) == 4
    assert caplog.text.count("a listener to a line failed") == 1


@pytest.mark.parametrize(
    ("role", "port", "told"),
    [
        (
            "fingerprint",
            "simulated:model=r503",
            {"speed": "57600", "firmware": "SIM 1.4 / SIM 1.4", "sensor": "ok", "stored": "0"},
        ),
        ("payment", "simulated", {"terminal": "SIMTID01"}),
        ("printer", "simulated", {"paper": "ok", "printer": "ok", "firmware": "1.04"}),
        ("camera", "simulated", {"picture": "1280x960"}),
        ("scanner", "simulated", {}),
        ("document_scanner", "simulated", {}),
    ],
)
def test_devices_tell_about_themselves(device: Callable[..., Any], role: str, port: str, told: dict[str, str]) -> None:
    one = device(role, port)
    one.wait_ready(5)
    facts = {fact.name.value: fact for fact in one.facts().result(10)}
    assert {name: facts[name].value for name in told} == told
    assert all(fact.good for fact in facts.values())


def test_what_needs_hands_is_not_good(device: Callable[..., Any], tmp_path: Path) -> None:
    printer = device("printer", f"simulated:tray={tmp_path}")
    printer.companion.control({"paper": "out"})
    reader = device("fingerprint", "simulated:model=r503")
    reader.companion.control({"answer": [0x36, 0x29]})
    wrong = [fact for one in (printer, reader) for fact in one.facts().result(10) if not fact.good]
    assert [(fact.name, fact.value) for fact in wrong] == [
        (FactName.PAPER, "out"),
        (FactName.PRINTER, "paper_out"),
        (FactName.SENSOR, "fault"),
    ]
