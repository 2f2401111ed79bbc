"""D9: a backup made while the counter works is whole, comes back whole, and says what came after it."""

import json
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from db.tables import MODELS, Case, Receipt, VaultObject
from kiosk import audit, backup, clock, sealing
from kiosk.audit import Signer
from kiosk.cases.engine import Refused
from kiosk.office import Office
from kiosk.settings import Settings
from tests import builders, databases
from tests.conftest import Desks
from tests.faults.thirteen import passport

SIGNER = Signer(0, 0, "cli")
PASSPHRASE = "sandi yang panjang"
SECOND = 1.0
COUNTERS = 20


@dataclass(slots=True)
class Saved:
    """An office with a scan, its backup, and a receipt that was issued after it."""

    office: Office
    made: backup.Made
    cases: int
    later: str


@pytest.fixture
def saved(office: Office, desks: Desks, tmp_path: Path) -> Saved:
    case_id = builders.case_at_scanning(office, desks)
    desks["budi"].captures.store(case_id, "scanning", "passport", [builders.PAGE])
    made = backup.make(office.settings, tmp_path / "backups", now=clock.now(), passphrase=PASSPHRASE)
    backup.note(office.settings, made, now=clock.now(), signer=SIGNER)
    office.store.database.bind(list(MODELS))  # a command is a program of its own
    with office.store.reading():
        cases = Case.select().count()
    given = builders.given_intake(builders.an_applicant(passport=passport("530777777")))
    assert not isinstance(desks["sri"].steps.intake.complete(None, given, key="later"), Refused)
    with office.store.reading():
        later = str(Receipt.select().order_by(Receipt.id.desc()).get().token)
    return Saved(office, made, cases, later)


def back(saved: Saved, folder: Path, **more: Any) -> backup.Restored:
    given = {"passphrase": PASSPHRASE, "outside": (), "now": clock.now(), "signer": SIGNER, **more}
    address = databases.passing_address() if databases.SERVER else None
    try:
        return backup.restore(saved.made.folder, folder, database=address, **given)
    finally:
        saved.office.store.database.bind(list(MODELS))


def test_d9_a_restored_office_is_the_office_of_that_moment(saved: Saved, tmp_path: Path) -> None:
    done = back(saved, tmp_path / "again")
    assert done.chain.verified
    assert (done.head.seq, done.head.hash) == (saved.made.head.seq, saved.made.head.hash)
    assert set(done.keys) == {"pepper", "vault.key"}
    assert done.rpo_seconds >= 0
    for key in saved.office.settings.path("keys").glob("loket-1*"):
        shutil.copy(key, tmp_path / "again" / "keys")
    with Office.open(done.settings, devices=False) as again:
        with again.store.reading():
            assert Case.select().count() == saved.cases
            page = VaultObject.select().get()
            assert again.kit.vault.get(page), "the scan is read with the restored key"
            last = json.loads(list(audit.events())[-1][1])
            assert (last["action"], last["data"]["event"]) == ("office_restored", saved.made.head.seq)
        given = builders.given_intake(builders.an_applicant(passport=passport("530777777")))
        assert not isinstance(Desks(again)["sri"].steps.intake.complete(None, given, key="again"), Refused)


def test_d9_a_receipt_from_the_field_shows_what_is_lost(saved: Saved, tmp_path: Path) -> None:
    done = back(saved, tmp_path / "again", outside=(saved.later,))
    assert len(done.missing) == 1
    assert done.chain.broken is not None
    assert done.chain.broken.reason == "witness"


def test_a_backup_holds_no_signing_key_and_no_address(saved: Saved) -> None:
    files = {path.name: path.read_bytes() for path in saved.made.folder.iterdir()}
    private = next(saved.office.settings.path("keys").glob("loket-1*.key")).read_bytes()
    pepper = (saved.office.settings.path("keys") / "pepper").read_bytes().strip()
    for content in files.values():
        assert private.splitlines()[1] not in content
        assert pepper not in content
    assert b"database =" not in files["kiosk.toml"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in saved.made.folder.iterdir())


@pytest.mark.parametrize("name", ["kiosk.toml", "keys.sealed"])
def test_an_altered_backup_is_refused(saved: Saved, tmp_path: Path, name: str) -> None:
    path = saved.made.folder / name
    path.write_bytes(path.read_bytes()[:-1] + b"~")
    with pytest.raises(backup.BackupError, match="altered"):
        back(saved, tmp_path / "again")
    assert not (tmp_path / "again" / "kiosk.toml").exists()


def test_secrets_open_with_their_passphrase_only(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "pepper").write_text("ab" * 32)
    (tmp_path / "keys" / "loket-1.key").write_text("-----BEGIN PRIVATE KEY-----")
    sealed = sealing.seal(tmp_path / "keys", PASSPHRASE)
    (tmp_path / "new").mkdir()
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(sealed, "sandi yang lain!", tmp_path / "new")
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), PASSPHRASE, tmp_path / "new")
    assert sealing.unseal(sealed, PASSPHRASE, tmp_path / "new") == ("pepper",)
    assert (tmp_path / "new" / "pepper").stat().st_mode & 0o777 == 0o600
    with pytest.raises(sealing.PassphraseTooShort):
        sealing.seal(tmp_path / "keys", "pendek")


def kiosk(*arguments: object, keys: Office | None = None) -> str:
    """A command as a program of its own; what it answered. `keys`: an office whose terminal's keys it is to have."""
    if keys is not None:
        for key in keys.settings.path("keys").iterdir():
            shutil.copy(key, Path(str(arguments[-1])).parent / "keys")
    command = [sys.executable, "-m", "kiosk", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.long
def test_d9_backups_under_load_are_whole_and_hold_all_that_was_done_before_them(
    office: Office, desks: Desks, tmp_path: Path
) -> None:
    """Twenty counters open cases without pause; each of ten backups holds every act acknowledged before it began."""
    acknowledged: list[int] = []
    stop = threading.Event()

    def work(counter: int) -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            number = passport(f"53{counter:02d}{turn:05d}")
            given = builders.given_intake(builders.an_applicant(passport=number))
            done = desks["sri"].steps.intake.complete(None, given, key=f"{counter}-{turn}")
            if not isinstance(done, Refused):
                acknowledged.append(1)

    assert desks["sri"]
    threads = [threading.Thread(target=work, args=(counter,)) for counter in range(COUNTERS)]
    for thread in threads:
        thread.start()
    try:
        for turn in range(10):
            time.sleep(SECOND)
            before = len(acknowledged)
            saved_at = tmp_path / "backups" / str(turn)
            kiosk("backup", saved_at, "--config", office.settings.path("kiosk.toml"))
            (made,) = saved_at.glob("itk-*")
            into = ["--database", databases.passing_address()] if databases.SERVER else []
            told = kiosk("restore", "--yes", made, "--dir", tmp_path / f"again{turn}", *into, "--json")
            assert json.loads(told)["audit"]["whole"] is True
            listed = kiosk(
                "audit", "verify", "--json", "--config", tmp_path / f"again{turn}" / "kiosk.toml", keys=office
            )
            assert json.loads(listed)["witnesses"] >= before, "every receipt that was given out before is in it"
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert len(acknowledged) > 20


def test_a_settings_file_is_restored_with_another_address(saved: Saved, tmp_path: Path) -> None:
    done: Settings = back(saved, tmp_path / "again").settings
    assert done.office == saved.office.settings.office
    assert done.folder == str(tmp_path / "again")
