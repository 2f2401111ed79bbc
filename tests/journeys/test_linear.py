"""The whole SOP line by line on a terminal, straight and over SSH: thirteen steps, nine officers, simulated devices, no
screen anywhere."""

import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pexpect
import pytest

from kiosk.cli.auto.world import World
from kiosk.demo.applicants import DemoApplicant
from kiosk.demo.office import found_demo
from kiosk.demo.officers import OFFICERS
from kiosk.settings import Settings
from tests import databases
from tests.journeys.counter_work import (
    APPLICATION_NO,
    REGISTER_NO,
    VALID_UNTIL,
    applicant,
    found_with_devices,
    on_paper,
)
from tests.journeys.line import program
from tests.journeys.ssh_server import needs_sshd, serving
from tests.journeys.talker import SLOW_S, Talker

pytestmark = pytest.mark.skipif(bool(databases.SERVER), reason="the office of a folder of its own")
PINS = {officer.login: officer.pin for officer in OFFICERS}


@pytest.fixture
def office(tmp_path: Path) -> Settings:
    """A founded office with its devices, where nobody waits."""
    return found_with_devices(tmp_path / "office")


@pytest.fixture(params=[pytest.param("straight"), pytest.param("ssh", marks=needs_sshd)])
def talker(request: pytest.FixtureRequest, office: Settings, tmp_path: Path) -> Iterator[Talker]:
    config = office.path("kiosk.toml")
    with serving(tmp_path / "ssh", config) if request.param == "ssh" else nullcontext() as server:
        opened = Talker(server.command(linear=True) if server else program(config, "--linear"))
        yield opened
        opened.child.close(force=True)


def test_the_demo_office_opens_line_by_line_and_a_broken_off_program_leaves_no_core(tmp_path: Path) -> None:
    settings = found_demo(tmp_path / "office", devices=False)
    talker = Talker([sys.executable, "-m", "kiosk", "demo", "--linear", "--dir", str(settings.path("."))])
    try:
        talker.sign_in("sri", PINS["sri"])
        talker.child.send("\x1c")  # Ctrl-\ on a terminal
        talker.child.expect(pexpect.EOF, timeout=SLOW_S)
    finally:
        talker.child.close(force=True)
    assert (talker.child.exitstatus, talker.child.signalstatus) == (128 + signal.SIGQUIT, None)


@pytest.mark.long
def test_the_thirteen_steps_are_done_line_by_line(talker: Talker, office: Settings) -> None:
    who = applicant(30)
    tray = World(None, office.path("tray"))
    talker.sign_in("sri", PINS["sri"])
    number = intake(talker, who)
    talker.sign_out()
    at(talker, "budi", number, "2/13", lambda: data_entry(talker, who))
    at(talker, "wati", number, "3/13", lambda: talker.answer("f10"))
    at(talker, "agus", number, "4/13", lambda: verification(talker))
    at(talker, "budi", number, "5/13", lambda: scanning(talker))
    at(talker, "hendra", number, "6/13", lambda: approval(talker))
    at(talker, "ratna", number, "7/13", lambda: payment(talker))
    at(talker, "agus", number, "8/13", lambda: biometrics(talker))
    stamp: list[str] = []
    at(talker, "yusuf", number, "9/13", lambda: stamp.extend(registration(talker)))
    at(talker, "made", number, "10/13", lambda: endorsement(talker))
    at(talker, "budi", number, "11/13", lambda: stamp_scan(talker, *stamp))
    at(talker, "sri", number, "12/13", lambda: handover(talker, who, tray.read_claim(number)))
    at(talker, "eko", number, "13/13", lambda: archiving(talker))
    talker.sign_in("sri", PINS["sri"])
    talker.answer("/f3", number, "1")
    talker.hears("13/13 Pengarsipan")
    talker.hears("izin diterbitkan")
    assert talker.close() == 0
    assert "\x1b" not in talker.all
    assert PINS["sri"] not in talker.all.replace(f"{PINS['sri']};", "")


def at(talker: Talker, login: str, number: str, step: str, work: Callable[[], object]) -> None:
    """An officer signs in, opens the case that waits, works, sees that it left, and signs out."""
    talker.sign_in(login, PINS[login])
    talker.answer(talker.row(number))
    talker.hears(f"== {step}")
    work()
    talker.hears("== Daftar kerja ==")
    assert not re.search(rf"^\d+\. .*{number}", talker.heard, re.MULTILINE)
    talker.sign_out()


def intake(talker: Talker, who: DemoApplicant) -> str:
    """Step 1: the zone is scanned, the rest typed, a wrong date refused at once, the documents counted."""
    data = who.data
    talker.answer(talker.row("Permohonan baru"))
    talker.answer(*data.passport.mrz)
    talker.fill(
        {
            "Jenis permohonan": "Perpanjangan dari visa kunjungan",
            "Indeks visa": "C1",
            "Izin berlaku sampai": on_paper(data.stay.permit_expires),
            "Lama dimohon": "30",
            "Kabupaten/kota": "kabupaten muara enim",
            "Dasar penjamin": "Perorangan",
            "Nama penjamin": "rina marlina",
        }
    )
    for line in [line for line in talker.all.splitlines() if re.match(r"\d+\. \[ \] \*", line)]:
        talker.answer(line.split(".")[0])
    talker.answer("/f10")
    talker.hears("Daftarkan berkas ini")
    talker.confirm()
    found = APPLICATION_NO.search(talker.heard)
    assert found is not None, talker.heard
    return found.group()


def data_entry(talker: Talker, who: DemoApplicant) -> None:
    data = who.data
    talker.answer("/naik")
    talker.fill(
        {
            "Tempat lahir": data.holder.birth_place,
            "Tanggal terbit": on_paper(data.passport.issued),
            "Halaman kosong ada": "y",
            "Tanggal tiba": on_paper(data.stay.arrived),
            "Jalan dan nomor": "Jalan Pramuka 31",
            "Maksud kunjungan": "Kunjungan keluarga",
            "NIK/NIB": "1603011708700001",
            "Alamat penjamin": "Jalan Pramuka 31",
        }
    )
    talker.answer("f10")


def verification(talker: Talker) -> None:
    """Ya to every question."""
    while not talker.question.startswith("Perintah"):
        note = talker.question.startswith("Catatan verifikator")
        talker.answer("Temuan diperiksa pada dokumen asli." if note else "1" if "1 Ya" in talker.question else "")
    talker.answer("f10")
    talker.confirm()


def each_open_row(talker: Talker, words: str) -> None:
    """F8 for each row with these words."""
    while rows := [line for line in _rows(talker) if words in line]:
        talker.answer(f"/f8 {rows[0].split('.')[0]}")


def _rows(talker: Talker) -> list[str]:
    """The list as it stands: a row that was read out again counts as it was read last."""
    last: dict[str, str] = {}
    for line in talker.all[talker.all.rindex("Kelengkapan: ") :].splitlines():
        if re.match(r"\d+\. ", line):
            last[line.split(".")[0]] = line
    return list(last.values())


def scanning(talker: Talker) -> None:
    each_open_row(talker, "belum dipindai")
    talker.answer("/f10")


def approval(talker: Talker) -> None:
    talker.fill({"Masalah?": "Tidak", "Paraf": "hg"})
    talker.answer("f10")
    talker.confirm()


def payment(talker: Talker) -> None:
    talker.fill({"Cara bayar": "Kartu"})
    talker.answer("f8")
    talker.hears("LUNAS")
    talker.answer("/f10")


def biometrics(talker: Talker) -> None:
    each_open_row(talker, "belum diambil")
    talker.fill({"Pemberitahuan dibacakan": "ya", "Wajah sesuai paspor": "ya", "Catatan wawancara": "Tujuan sesuai."})
    talker.answer("f10")


def registration(talker: Talker) -> tuple[str, str]:
    talker.fill({"Halaman paspor": "12", "Ada halaman kosong?": "ya"})
    talker.answer("f8")
    talker.confirm()
    number, until = REGISTER_NO.search(talker.heard), VALID_UNTIL.search(talker.heard)
    assert number is not None, talker.heard
    assert until is not None
    talker.fill({"Cap diterakan tepat?": "ya"})
    talker.answer("f10")
    return number.group(1), until.group(1)


def endorsement(talker: Talker) -> None:
    talker.fill({"Cap sama dengan teks?": "ya", "Paspor ditandatangani?": "ya"})
    talker.answer("f10")
    talker.confirm()


def stamp_scan(talker: Talker, register_no: str, valid_until: str) -> None:
    talker.answer("/f8")
    talker.fill({"Nomor register (cap)": register_no, "Berlaku sampai (cap)": valid_until})
    talker.answer("f10")


def handover(talker: Talker, who: DemoApplicant, claim: str) -> None:
    talker.answer(claim)
    talker.hears("sah dan belum dipakai")
    talker.answer("/f8")
    talker.fill({"Paspor di tangan": who.data.passport.number, "Wajah cocok": "ya"})
    talker.answer("f10")
    talker.confirm()
    talker.hears("kembali ke daftar kerja")
    talker.answer("")


def archiving(talker: Talker) -> None:
    talker.fill({"Lemari-rak-boks": "L1-R1-B2", "Jumlah lembar": "24", "Berkas lengkap?": "ya"})
    talker.answer("f10")
