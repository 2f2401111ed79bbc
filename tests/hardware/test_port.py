"""Ports: exclusive, deadlines kept, and one event for everything that means the line is gone."""

import fcntl
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hardware import port as port_module
from hardware.faults import FaultCode, PortLost
from hardware.port import PortLock, PortSettings, open_port, read_exactly
from hardware.pty_host import PtyHost


class Echo(PtyHost):
    """Says what it hears."""

    def received(self, data: bytes) -> None:
        self.send(data)


@pytest.fixture
def echo() -> Iterator[Echo]:
    host = Echo()
    host.start()
    yield host
    host.stop()


def test_bytes_go_out_and_come_back(echo: Echo) -> None:
    port = open_port(PortSettings(echo.path))
    port.write(b"abc")
    assert read_exactly(port, 3, time.monotonic() + 1) == b"abc"
    port.close()


def test_read_gives_up_at_its_deadline(echo: Echo) -> None:
    port = open_port(PortSettings(echo.path))
    begun = time.monotonic()
    assert port.read(1, begun + 0.1) == b""
    assert 0.09 < time.monotonic() - begun < 0.5
    port.close()


def test_wait_can_be_interrupted_and_read_cannot(echo: Echo) -> None:
    port = open_port(PortSettings(echo.path))
    threading.Timer(0.05, port.interrupt).start()
    begun = time.monotonic()
    assert port.wait(begun + 5) is False
    assert time.monotonic() - begun < 2
    port.interrupt()
    port.write(b"x")
    assert port.read(1, time.monotonic() + 1) == b"x"
    port.close()


def test_a_second_opener_is_refused(echo: Echo) -> None:
    port = open_port(PortSettings(echo.path))
    with pytest.raises(PortLost) as refused:
        open_port(PortSettings(echo.path))
    assert refused.value.code is FaultCode.PORT_LOCKED
    port.close()
    open_port(PortSettings(echo.path)).close()


def test_another_programs_lock_is_respected(echo: Echo) -> None:
    foreign = os.open(echo.path, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(foreign, fcntl.LOCK_EX)
    with pytest.raises(PortLost) as refused:
        open_port(PortSettings(echo.path))
    assert refused.value.code is FaultCode.PORT_LOCKED
    os.close(foreign)


def test_a_missing_path_is_absent(tmp_path: Path) -> None:
    with pytest.raises(PortLost) as missing:
        open_port(PortSettings(str(tmp_path / "ttyUSB0")))
    assert missing.value.code is FaultCode.PORT_ABSENT


@pytest.mark.parametrize(
    "use",
    [
        lambda port: port.read(1, time.monotonic() + 1),
        lambda port: port.wait(time.monotonic() + 1) and port.read(1, 0),
        lambda port: port.flush_input(),
        lambda port: port.write(b"x"),
        lambda port: port.set_baud(115200),
    ],
    ids=["read", "wait", "flush", "write", "baud"],
)
def test_a_pulled_cable_is_one_event_whatever_was_being_done(echo: Echo, use: Callable[[Any], object]) -> None:
    port = open_port(PortSettings(echo.path))
    echo.control({"plug": False})
    with pytest.raises(PortLost) as lost:
        use(port)
    assert lost.value.code is FaultCode.PORT_LOST
    port.close()
    port.close()


@pytest.mark.parametrize("use", ["read", "write", "flush_input", "wait"])
def test_use_after_close_is_the_same_event(echo: Echo, use: str) -> None:
    port = open_port(PortSettings(echo.path))
    port.close()
    arguments: dict[str, tuple[Any, ...]] = {"read": (1, 0.0), "write": (b"x",), "flush_input": (), "wait": (0.0,)}
    with pytest.raises(PortLost):
        getattr(port, use)(*arguments[use])


def test_a_peer_that_takes_nothing_stalls_the_write() -> None:
    master, slave = os.openpty()
    port = open_port(PortSettings(os.ttyname(slave), write_timeout=0.2))
    with pytest.raises(PortLost) as stalled:
        port.write(bytes(200_000))
    assert stalled.value.code is FaultCode.WRITE_STALLED
    port.close()
    os.close(master)
    os.close(slave)


def test_a_terminal_server_is_a_port_too() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port = open_port(PortSettings(f"socket://127.0.0.1:{server.getsockname()[1]}"))
    peer, _ = server.accept()
    port.write(b"hello")
    assert peer.recv(10) == b"hello"
    peer.sendall(b"there")
    assert read_exactly(port, 5, time.monotonic() + 1) == b"there"
    peer.close()
    with pytest.raises(PortLost):
        port.read(1, time.monotonic() + 1)
    port.close()
    server.close()


def test_a_terminal_server_that_refuses_is_no_traceback() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    number = server.getsockname()[1]
    server.close()
    with pytest.raises(PortLost):
        open_port(PortSettings(f"socket://127.0.0.1:{number}"))


class TestLockFile:
    """The UUCP lock, for programs that know no flock."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(port_module, "LOCK_DIRECTORIES", (tmp_path,))
        self.file = tmp_path / "LCK..ttyKiosk7"

    def test_holds_our_process_id_while_taken(self) -> None:
        lock = PortLock.take("/dev/ttyKiosk7")
        assert int(self.file.read_text()) == os.getpid()
        assert len(self.file.read_text()) == 11
        lock.release()
        assert not self.file.exists()

    def test_of_a_living_process_refuses(self) -> None:
        self.file.write_text(f"{os.getppid():10d}\n")
        with pytest.raises(PortLost) as refused:
            PortLock.take("/dev/ttyKiosk7")
        assert refused.value.code is FaultCode.PORT_LOCKED

    @pytest.mark.parametrize("left", [f"{2**22 - 3:10d}\n", "rubbish", ""])
    def test_left_by_a_dead_one_is_taken_over(self, left: str) -> None:
        self.file.write_text(left)
        PortLock.take("/dev/ttyKiosk7").release()
        assert not self.file.exists()
