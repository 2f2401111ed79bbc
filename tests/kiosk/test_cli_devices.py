"""`kiosk device` and `kiosk doctor`: what a technician is told, in words and as JSON."""

import json
import re
import types
from pathlib import Path
from typing import Any

import pytest

from hardware.discovery import FoundPort, PortAdvice
from hardware.printer.outcome import PrintCode
from kiosk import health_devices
from kiosk.cli import devices
from kiosk.health import Finding
from kiosk.health_devices import OPTIONAL, fact_words
from kiosk.settings import DeviceSettings, Settings
from kiosk.words import Language, Words, catalogue
from tests import databases
from tests.kiosk.test_cli import Run, run

__all__ = ["run"]
ENGLISH = Words(Language.ENGLISH)


@pytest.fixture
def config(settings: Settings) -> Path:
    """An office with a reader, a printer, a terminal that is away, and no more."""
    path = settings.path("kiosk.toml")
    devices = f"""
[devices.fingerprint]
driver = "zfm"
port = "simulated:model=r503"
[devices.printer]
driver = "escpos"
port = "simulated:tray={settings.folder}/tray"
[devices.payment]
driver = "bca"
port = "{settings.folder}/nothing"
"""
    path.write_text(path.read_text() + devices)
    return path


def test_a_device_is_tested_with_what_it_says_of_itself(run: Run, config: Path) -> None:
    code, out, _ = run("device", "test", "printer", "--config", config, "--json")
    told = json.loads(out)
    assert (code, told["state"], told["model"]) == (0, "ready", "Epson TM-T20 ITK-SIM 80")
    assert told["facts"]["paper"] == {"value": "ok", "good": True}
    code, out, _ = run("device", "test", "payment", "--config", config)
    assert code == 1
    assert "port_absent" in out
    code, _, err = run("device", "test", "camera", "--config", config)
    assert code == 3
    assert "kiosk.toml" in err


def test_columns_line_up_whatever_a_device_says_of_itself(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = run("device", "list", "--config", config)
    assert code == 0
    lines = out.splitlines()
    assert [line[:18].strip() for line in lines] == ["fingerprint", "printer", "payment"]
    assert [line[19:31].strip() for line in lines] == ["ready", "ready", "absent"]
    assert [line[32:50].strip() for line in lines] == ["-", "-", "port_absent"]
    assert lines[1][51:] == "Epson TM-T20 ITK-SIM 80"
    row = {"role": "printer", "state": "failed", "code": None, "model": "A\x1b[2J     ready\n     B", "detail": ""}
    monkeypatch.setattr(devices, "_row", lambda *_: row)
    assert run("device", "list", "--config", config)[1].splitlines()[0][51:] == "A[2J ready B"


def test_the_columns_of_doctor_line_up(run: Run, config: Path) -> None:
    _, out, _ = run("doctor", "--config", config)
    found = [line for line in out.splitlines() if line]
    assert len(found) > 10
    assert {line[:3] for line in found} <= {"ok ", "X  "}
    checks = json.loads(run("doctor", "--config", config, "--json")[1])
    for line, told in zip(found, checks, strict=True):
        assert line[3:31].strip() == told["check"]
    places = {len(line) - len(line[31:].lstrip()) for line in found if line[31:].strip()}
    assert len(places) == 1, "what was found begins in one column"


def test_a_monitor_shows_states_and_the_masked_line(run: Run, config: Path) -> None:
    code, out, err = run("device", "monitor", "fingerprint", "--config", config, "--seconds", "0.8", "--json")
    assert code == 0
    shown = [json.loads(line) for line in out.splitlines()]
    assert {"> VFY_PWD 13 (hidden)", "> READ_PROD_INFO 3c"} <= {line.get("wire") for line in shown}
    assert shown[-1]["state"] == "ready"
    assert "Pembaca sidik jari" in err
    code, out, _ = run("device", "monitor", "payment", "--config", config, "--seconds", "0.3")
    assert code == 0
    assert "[port_absent] Alat tidak terhubung." in out


def test_doctor_says_what_each_device_is_and_what_to_do(run: Run, config: Path) -> None:
    code, out, _ = run("doctor", "--config", config, "--json")
    found = {finding["check"]: finding for finding in json.loads(out)}
    assert code == 1
    assert found["fingerprint"]["found"] == "R503"
    assert found["fingerprint firmware"]["found"] == "SIM 1.4 / SIM 1.4"
    assert found["printer paper"]["ok"] is True
    assert found["payment"]["ok"] is False
    assert "nothing" in found["payment"]["do"]
    assert {f"optional {name}" for name in OPTIONAL} | {"clock", "clock sync", "disk", "database"} <= set(found)


def port(tty: str, *advice: PortAdvice, usb: str = "0403:6001") -> FoundPort:
    return FoundPort(f"/dev/serial/by-id/{tty}", f"/dev/{tty}", "FT232R", usb, "0001", advice)


def found_ports(
    monkeypatch: pytest.MonkeyPatch, *ports: FoundPort, ask: bool = False, **roles: str
) -> dict[str, Finding]:
    monkeypatch.setattr(health_devices, "find_ports", lambda: list(ports))
    devices = {role: DeviceSettings("x", path) for role, path in roles.items()}
    settings: Any = types.SimpleNamespace(devices=devices)
    return {finding.check: finding for finding in health_devices.ports(settings, ENGLISH, ask=ask)}


def test_ports_are_named_with_their_use_and_their_faults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(health_devices, "RULE_FOLDERS", (tmp_path,))
    troubled = port("ttyUSB1", PortAdvice.NO_OWN_NAME, PortAdvice.NO_PERMISSION)
    found = found_ports(monkeypatch, port("ttyUSB0"), troubled, fingerprint="/dev/ttyUSB0", payment="/dev/ttyUSB1")
    assert found["port ttyUSB0"].ok
    assert "used for" in found["port ttyUSB0"].found
    assert "dialout" in found["port ttyUSB1"].do
    assert 'SYMLINK+="itk-payment"' in found["port ttyUSB1"].do
    assert found["fingerprint name"].do == "Use /dev/serial/by-id/ttyUSB0 in kiosk.toml"
    assert not found["udev"].ok
    (tmp_path / "70-itk-kiosk.rules").touch()
    assert found_ports(monkeypatch, port("ttyUSB0"))["udev"].ok


def test_a_port_that_nobody_uses_is_asked_only_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(path: str) -> tuple[str, str, str] | None:
        asked.append(path)
        return ("payment", "bri", "BRI ECR") if "USB0" in path else None

    monkeypatch.setattr(health_devices, "probe", answer)
    both = port("ttyUSB0", PortAdvice.IN_USE), port("ttyUSB1")
    quiet = found_ports(monkeypatch, *both)
    assert asked == []
    assert quiet["port ttyUSB0"].ok
    assert "another program" in quiet["port ttyUSB0"].found
    found = found_ports(monkeypatch, *both, ask=True)
    assert '[devices.payment] driver = "bri", port = "/dev/serial/by-id/ttyUSB0"' in found["port ttyUSB0"].do
    assert "no device that is known" in found["port ttyUSB1"].found


def test_everything_a_device_can_say_of_itself_has_words() -> None:
    from hardware.facts import Fact, FactName

    for language in Language:
        words = Words(language)
        assert not [name for name in FactName if not words.has(f"fact.{name}")]
        assert not [advice for advice in PortAdvice if not words.has(f"port.{advice}")]
        assert not [name for name in OPTIONAL if not words.has(f"doctor.optional.{name}")]
        for code in PrintCode:
            value, do = fact_words(Fact(FactName.PRINTER, code.value, good=False), words)
            assert value != code.value
            assert do


def test_every_phase_of_a_device_has_words_of_its_own() -> None:
    from hardware.acts import Phase
    from hardware.printer.outcome import trouble
    from hardware.printer.status import PrinterStatus

    flags = ("cover_open", "paper_out", "cutter_error", "overheated", "other_error")
    troubles = [trouble(PrinterStatus(True, **{flag: True})) for flag in flags]
    troubles.append(trouble(PrinterStatus(True, online=False)))
    wanted = [*Phase, "printing", *(code.value for code in troubles if code)]
    assert len(wanted) == len(Phase) + 7
    assert not [phase for phase in wanted if f"progress.{phase}" not in catalogue(Language.INDONESIAN)]


def test_doctor_says_that_a_database_has_tables_and_no_office(run: Run, settings: Settings) -> None:
    config = settings.path("kiosk.toml")
    address = databases.new_address() if databases.SERVER else "sqlite:empty.db"
    databases.create(address)
    config.write_text(re.sub(r"(?m)^database(_owner)? = .*$", "", config.read_text()))
    config.write_text(f'database = "{address}"\n' + config.read_text())
    try:
        assert run("migrate", "--yes", "--config", config)[0] == 0
        code, out, _ = run("doctor", "--config", config, "--json")
        found = {finding["check"]: finding for finding in json.loads(out)}
        assert (code, found["database"]["ok"], found["office"]["ok"]) == (1, True, False)
        assert "kiosk init" in found["office"]["do"]
        code, out, _ = run("doctor", "--config", config)
        assert code == 1
        assert "belum berisi kantor" in out
    finally:
        databases.drop(address)
