"""SSH to this machine as an office has it: the sshd_config fragment that comes with the program, on our own server."""

import getpass
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import kiosk
from tests.screens.terminal_pty import FOLDER

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
FRAGMENT = Path(kiosk.__file__).parent / "terminal_files" / "ssh" / "itk-kiosk.conf"
PRIVILEGE_SEPARATION = Path("/run/sshd")
TERMINAL = "loket-1"
START_S = 10.0
CAN_SERVE = bool(SSHD and shutil.which("ssh"))
needs_sshd = pytest.mark.skipif(not CAN_SERVE, reason="no OpenSSH server and client here")


@dataclass(frozen=True, slots=True)
class SshServer:
    """A server on a port of 127.0.0.1 whose only program is the terminal of one office."""

    folder: Path
    port: int

    def command(self, *options: str, linear: bool = False) -> list[str]:
        """How a thin client calls the counter, with a terminal."""
        key = self.folder / ("linear" if linear else "screen")
        return [
            *("ssh", "-tt", "-F", "/dev/null", "-e", "none", "-i", str(key), "-p", str(self.port)),
            *("-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"),
            *("-o", "StrictHostKeyChecking=yes", "-o", f"UserKnownHostsFile={self.folder / 'known_hosts'}"),
            *("-o", "LogLevel=ERROR", *options, f"{getpass.getuser()}@127.0.0.1"),
        ]


@contextmanager
def serving(folder: Path, config: Path) -> Iterator[SshServer]:
    """A server for the office of `config`, its files in `folder`; gone at the end with all its sessions."""
    folder.mkdir()
    for name in ("host", "screen", "linear"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    host = (folder / "host.pub").read_text()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host}")
    options = f'restrict,pty,environment="KIOSK_TERMINAL={TERMINAL}"'
    lines = f'{options},environment="KIOSK_LINES=--linear"'
    keys = f"{options} {(folder / 'screen.pub').read_text()}{lines} {(folder / 'linear.pub').read_text()}"
    (folder / "keys").write_text(keys)
    (folder / "sshd_config").write_text(_settings(folder, config, port))
    if os.geteuid() == 0:
        PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
    assert SSHD is not None
    server = subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "sshd_config"], stderr=(folder / "log").open("w"))
    try:
        _wait(port, server, folder)
        yield SshServer(folder, port)
    finally:
        server.terminate()
        server.wait(START_S)


def _settings(folder: Path, config: Path, port: int) -> str:
    """The fragment as it comes, but for account, places and the patience with a silent line."""
    program = f"/usr/bin/env PYTHONPATH={FOLDER} {sys.executable} -m kiosk"
    fragment = FRAGMENT.read_text()
    for shipped, here in (
        ("Match User itk-kiosk", f"Match User {getpass.getuser()}"),
        ("/etc/ssh/itk-kiosk.keys\n    F", f"{folder / 'keys'}\n    F"),
        ("/var/lib/itk-kiosk/kiosk.toml", str(config)),
        ("/opt/itk-kiosk/bin/kiosk run", f"{program} run"),
        ("ClientAliveInterval 5", "ClientAliveInterval 1"),
        ("ClientAliveCountMax 3", "ClientAliveCountMax 1"),
    ):
        assert len(re.findall(re.escape(shipped), fragment)) == 1, shipped
        fragment = fragment.replace(shipped, here)
    return (
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder / 'host'}\nPidFile none\nUsePAM no\n"
        f"PasswordAuthentication no\nStrictModes no\nPrintMotd no\nSubsystem sftp internal-sftp\n{fragment}"
    )


def _wait(port: int, server: "subprocess.Popen[bytes]", folder: Path) -> None:
    end = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            alive = server.poll() is None and time.monotonic() < end
            assert alive, f"no server: {(folder / 'log').read_text()}"
            time.sleep(0.02)
        else:
            return
