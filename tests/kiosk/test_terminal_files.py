"""The files that make a machine a counter terminal: judged by systemd's own tools where they are installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import kiosk
from tests.kiosk.test_cli import Run, run

__all__ = ["run"]
FILES = Path(kiosk.__file__).parent / "terminal_files"
needs_analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
needs_sysusers = pytest.mark.skipif(
    shutil.which("systemd-sysusers") is None, reason="systemd-sysusers is not installed"
)


def verify(folder: Path, unit: str) -> str:
    """What systemd-analyze says of the unit on tty1; its exit code is 0 whatever it finds."""
    target = folder / "itk-kiosk@tty1.service"
    target.write_text(unit)
    done = subprocess.run(["systemd-analyze", "verify", target], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@needs_analyze
def test_the_unit_pleases_systemd_without_a_word(tmp_path: Path) -> None:
    unit = (FILES / "systemd/itk-kiosk@.service").read_text()
    assert verify(tmp_path, unit) == ""
    assert "ProtectSistem" in verify(tmp_path, unit.replace("ProtectSystem", "ProtectSistem"))


@needs_sysusers
def test_the_account_has_no_shell_and_the_groups_of_the_devices(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    rules = FILES / "sysusers.d/itk-kiosk.conf"
    subprocess.run(["systemd-sysusers", f"--root={tmp_path}", rules], check=True, capture_output=True)
    account = (tmp_path / "etc/passwd").read_text().strip().split(":")
    assert (account[0], account[5:]) == ("itk-kiosk", ["/var/lib/itk-kiosk", "/usr/sbin/nologin"])
    groups = [line.split(":") for line in (tmp_path / "etc/group").read_text().split()]
    assert {name for name, _, _, members in groups if members == "itk-kiosk"} == {"dialout", "lp", "video", "scanner"}


def test_every_udev_rule_is_a_list_of_keys_and_values() -> None:
    lines = (FILES / "udev/70-itk-kiosk.rules").read_text().splitlines()
    part = r'[A-Z_]+(\{\w+\})?(==|!=|=|\+=)"[^"]*"'
    assert not [line for line in lines if not re.fullmatch(rf"|#.*|{part}(, {part})*", line)]
    assert sum('ENV{ID_MM_DEVICE_IGNORE}="1"' in line for line in lines) == 1


def test_the_files_are_written_where_one_wants_them(run: Run, tmp_path: Path) -> None:
    code, _, told = run("device", "files", "--to", tmp_path / "files")
    assert code == 0
    written = sorted(str(path.relative_to(tmp_path / "files")) for path in tmp_path.rglob("*") if path.is_file())
    wanted = [
        "ssh/itk-kiosk.conf",
        "systemd/itk-kiosk@.service",
        "sysusers.d/itk-kiosk.conf",
        "udev/70-itk-kiosk.rules",
    ]
    assert written == wanted
    assert all(name in told for name in written)
    assert run("device", "files", "--to", "/proc/nowhere")[0] == 3
