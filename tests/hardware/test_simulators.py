"""What every simulator stands on: the line, its speed, its faults, its way of being told things."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hardware.control_socket import send_command
from hardware.options import OptionError, Options, parse_inline
from hardware.port import Port, PortSettings, open_port, read_exactly
from hardware.pty_host import FAULTS, PtyHost
from hardware.registry import DRIVERS, SIMULATORS, driver_names, open_device, start_simulator


class Echo(PtyHost):
    def received(self, data: bytes) -> None:
        self.send(data)


@pytest.fixture
def host() -> Iterator[Echo]:
    one = Echo()
    one.start()
    yield one
    one.stop()


@pytest.fixture
def port(host: Echo) -> Iterator[Port]:
    one = open_port(PortSettings(host.path))
    yield one
    one.close()


def ask(port: Port, data: bytes, count: int | None = None, seconds: float = 0.15) -> bytes:
    port.write(data)
    return read_exactly(port, len(data) if count is None else count, time.monotonic() + seconds)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ({"fault": "drop", "at": 1}, b"acdef"),
        ({"fault": "drop"}, b"abcef"),
        ({"fault": "duplicate"}, b"abcdefabcdef"),
        ({"fault": "garble", "at": 0}, b"\x9ebcdef"),
        ({"fault": "half"}, b"abc"),
        ({"fault": "silence"}, b""),
        ({"fault": "junk", "bytes": "5555"}, b"UUabcdef"),
        ({"fault": "dribble", "seconds": 0.001}, b"abcdef"),
        ({"fault": "drop", "direction": "in", "at": 0}, b"bcdef"),
        ({"fault": "silence", "direction": "in"}, b""),
    ],
    ids=str,
)
def test_each_fault_does_what_it_says_once(host: Echo, port: Port, command: dict[str, Any], answer: bytes) -> None:
    assert host.control(command) == {"ok": True}
    assert ask(port, b"abcdef", 13) == answer
    assert ask(port, b"abcdef") == b"abcdef"


def test_a_late_answer_comes_late(host: Echo, port: Port) -> None:
    host.control({"fault": "delay", "seconds": 0.2})
    assert ask(port, b"first", seconds=0.1) == b""
    assert read_exactly(port, 5, time.monotonic() + 1) == b"first"


def test_faults_may_wait_come_in_numbers_and_be_forgotten(host: Echo, port: Port) -> None:
    host.control({"fault": "silence", "skip": 1, "count": 2})
    assert [ask(port, b"x", seconds=0.05) for _ in range(4)] == [b"x", b"", b"", b"x"]
    host.control({"fault": "silence", "count": 5})
    host.control({"faults": "clear"})
    assert ask(port, b"x") == b"x"


@pytest.mark.parametrize(
    "command", [{"fault": "sabotage"}, {"nonsense": 1}, {}, {"send": "xyz"}, {"fault": "drop", "count": "many"}]
)
def test_an_instruction_it_does_not_know_is_answered_not_raised(host: Echo, command: dict[str, Any]) -> None:
    assert host.control(command)["ok"] is False


def test_throttled_to_its_speed() -> None:
    host = Echo(baud=9600)
    host.start()
    port = open_port(PortSettings(host.path))
    begun = time.monotonic()
    assert len(ask(port, bytes(96), seconds=2)) == 96
    assert 0.19 < time.monotonic() - begun < 0.4, "96 bytes in, 96 bytes out, ten bits each"
    port.close()
    host.stop()


def test_a_host_at_another_speed_gets_noise() -> None:
    host = Echo(strict_baud=57600)
    host.start()
    port = open_port(PortSettings(host.path, baud=9600))
    assert ask(port, b"hello") != b"hello"
    port.set_baud(57600)
    port.flush_input()
    assert ask(port, b"hello") == b"hello"
    port.close()
    host.stop()


def test_a_replug_brings_another_tty_under_the_same_link(host: Echo) -> None:
    before = os.path.realpath(host.path)
    host.control({"plug": False})
    assert not os.path.lexists(host.path)
    taken = os.openpty()
    host.control({"plug": True})
    assert os.path.realpath(host.path) != before
    for end in taken:
        os.close(end)


def test_a_host_that_does_not_read_loses_nothing(host: Echo, port: Port) -> None:
    host.send(bytes(range(256)) * 400)
    time.sleep(0.05)
    assert read_exactly(port, 102_400, time.monotonic() + 5) == bytes(range(256)) * 400


def test_stopping_twice_is_fine_and_leaves_nothing(no_leaks: None, tmp_path: Path) -> None:
    for _ in range(5):
        host = Echo(link=tmp_path / "tty")
        host.start(tmp_path / "control")
        assert send_command(tmp_path / "control", {"control": "ping"})["plugged"]
        host.stop()
        host.stop()
    assert list(tmp_path.iterdir()) == []


def test_the_control_socket_survives_nonsense(host: Echo, tmp_path: Path) -> None:
    one = Echo()
    one.start(tmp_path / "control")
    assert (tmp_path / "control").stat().st_mode & 0o777 == 0o600
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(tmp_path / "control"))
        line.sendall(b"not json\n[1,2]\n" + b'{"fault": "drop"}\n')
        with line.makefile() as answers:
            assert ['"ok": false' in answers.readline() for _ in range(3)] == [True, True, False]
    one.stop()


@pytest.mark.parametrize("role", sorted(SIMULATORS))
def test_every_role_has_a_simulator_its_default_driver_understands(role: str, device: Callable[..., Any]) -> None:
    one = device(role)
    assert one.wait_ready(5).state.value == "ready"
    assert one.role == role


def test_every_driver_in_the_table_can_be_made(tmp_path: Path) -> None:
    for role, drivers in DRIVERS.items():
        assert driver_names(role) == tuple(drivers)
        for driver in drivers:
            one = open_device(role, driver, str(tmp_path / "nothing"))
            one.stop()


@pytest.mark.parametrize(
    ("role", "driver", "port", "options"),
    [
        ("kettle", "", "simulated", {}),
        ("scanner", "kettle", "simulated", {}),
        ("scanner", "serial", "simulated", {"colour": "red"}),
        ("scanner", "serial", "simulated", {"baud": "fast"}),
        ("scanner", "serial", "simulated:colour=red", {}),
        ("fingerprint", "zfm", "simulated:model=zfm99", {}),
        ("camera", "v4l2", "/dev/video0", {"width": "wide"}),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(
    role: str, driver: str, port: str, options: dict[str, object], no_leaks: None
) -> None:
    with pytest.raises(OptionError, match=r"\w+"):
        open_device(role, driver, port, options)


def test_options_have_types_and_names() -> None:
    given = Options({"a": "0x10", "b": "2.5", "c": "yes", "d": True, "e": "x", "f": 7})
    assert (given.integer("a", 0), given.number("b", 0), given.flag("c"), given.flag("d")) == (16, 2.5, True, True)
    assert (given.choice("e", ("y", "x")), given.text("f"), given.text("g", "default")) == ("x", "7", "default")
    given.done()
    with pytest.raises(OptionError, match="surplus"):
        Options({"surplus": 1}).done()
    assert parse_inline("tray=/tmp/x, stx,baud=9600") == {"tray": "/tmp/x", "stx": True, "baud": "9600"}
    assert parse_inline("") == {}


def test_one_simulator_alone_in_a_process_of_its_own(tmp_path: Path, device: Callable[..., Any]) -> None:
    code = (
        "import sys; from pathlib import Path; from hardware.simulate import run_simulator as run;"
        "link, control = map(Path, sys.argv[1:]);"
        "run('fingerprint', link, control, {'model': 'r503'}, lambda path: print(path, flush=True))"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "tty"), str(tmp_path / "control")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == str(tmp_path / "tty")
        reader = device("fingerprint", str(tmp_path / "tty"))
        assert reader.wait_ready(5).model == "R503"
        assert send_command(tmp_path / "control", {"state": True})["ok"]
        child.send_signal(signal.SIGTERM)
        assert child.wait(5) == 0
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_role_cannot_be_simulated() -> None:
    with pytest.raises(OptionError):
        start_simulator("kettle", {})


def test_the_list_of_faults_is_the_documented_one() -> None:
    assert set(FAULTS) == {"drop", "duplicate", "delay", "garble", "half", "silence", "junk", "dribble"}
