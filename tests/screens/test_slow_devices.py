"""V4: devices that bring one byte a second leave the time from key to paint as it is."""

import shutil
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.pty_host import PtyHost
from tests.bench.pty_session import Session, quantile

KEYS = 150
BYTE_A_SECOND = 10
"""Bits a second: ten are one byte."""
DRIVERS = {"fingerprint": "zfm", "payment": "bca", "printer": "escpos", "scanner": "serial"}


class Dribbler(PtyHost):
    """Says bytes that mean nothing, one a second, and answers nothing."""

    def received(self, data: bytes) -> None:
        pass


@pytest.fixture
def slow_ports(tmp_path: Path) -> Iterator[dict[str, str]]:
    hosts = {role: Dribbler(baud=BYTE_A_SECOND, link=tmp_path / role) for role in DRIVERS}
    for host in hosts.values():
        host.start()
        host.send(b"\xef\x01\x02\x01\x50\x12\x16M" * 40)
    yield {role: host.path for role, host in hosts.items()}
    for host in hosts.values():
        host.stop()


def terminal(founded: Path, folder: Path, ports: dict[str, str]) -> Session:
    shutil.copytree(founded, folder)
    lines = [f'[devices.{role}]\ndriver = "{DRIVERS[role]}"\nport = "{port}"\n' for role, port in ports.items()]
    config = folder / "kiosk.toml"
    config.write_text(config.read_text() + "\n" + "".join(lines))
    return Session([sys.executable, "-m", "kiosk", "run", "--config", str(config)])


@pytest.mark.long
def test_one_byte_a_second_leaves_key_to_paint_as_it_is(
    founded: Path, tmp_path: Path, slow_ports: dict[str, str]
) -> None:
    quiet = terminal(founded, tmp_path / "quiet", {})
    slow = terminal(founded, tmp_path / "slow", slow_ports)
    found: dict[str, list[float]] = {"quiet": [], "slow": []}
    try:
        for session in (quiet, slow):
            session.wait_for(b"PIN")
            session.drain(1.5)
        for number in range(KEYS):
            for name, session in (("quiet", quiet), ("slow", slow)):
                found[name].append(session.key(b"\x7f" if number % 2 else b"a") * 1000)
    finally:
        quiet.end()
        slow.end()
    middle = {name: statistics.median(times) for name, times in found.items()}
    high = {name: quantile(times, 0.99) for name, times in found.items()}
    print(f"V4: key to paint p50 {middle}, p99 {high} ms, {KEYS} keys each in turn, 4 devices at 1 byte a second")
    assert middle["slow"] <= middle["quiet"] * 1.3 + 1.0
    assert high["slow"] <= max(100.0, high["quiet"] * 1.5)
