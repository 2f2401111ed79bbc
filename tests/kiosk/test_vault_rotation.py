"""The vault's master key is replaced while terminals work, is killed at every commit, and takes old backups with it."""

import contextlib
import io
import json
import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from db.connection import ConstraintBroken
from db.tables import MODELS, AuditEvent, CaseKey, VaultMaster, VaultObject
from kiosk import audit, backup, clock, vault_keys, vault_rotation
from kiosk.audit import Signer
from kiosk.cli import main
from kiosk.office import Office, OfficeUnavailable
from kiosk.refusals import Code, Refused
from kiosk.screening_files import open_index
from kiosk.screening_lists import current
from kiosk.settings import Settings, load
from kiosk.vault import OtherKey, VaultError
from tests import builders, databases
from tests.conftest import Desks
from tests.faults.killing import Child, Place
from tests.faults.killing import run as in_child
from tests.faults.thirteen import passport

Run = Callable[..., tuple[int, str, str]]
CASES = 5


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `kiosk key rotate-vault ...` in this process: (exit code, standard output, standard error)."""

    def call(settings: Settings, *arguments: object) -> tuple[int, str, str]:
        command = ["kiosk", "key", "rotate-vault", *map(str, arguments), "--config", str(settings.path("kiosk.toml"))]
        monkeypatch.setattr(sys, "argv", command)
        monkeypatch.setattr(sys, "stdin", io.StringIO(""))
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


@pytest.fixture
def scanned(office: Office, desks: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office with a cekal list and CASES cases with a scan each; two keys are wrapped in one transaction."""
    monkeypatch.setattr(vault_rotation, "BATCH", 2)
    monkeypatch.setattr(vault_rotation, "SETTLED", timedelta(0))
    builders.import_watchlist(office, tmp_path, {"id": "a-1", "names": [{"name": "PERSON LISTED"}]})
    for number in range(CASES):
        case_id = builders.pretend_intake(
            office, desks["sri"], builders.an_applicant(passport=passport(f"53001{number:04}"))
        )
        stored(office, desks, case_id)
    return office


def stored(office: Office, desks: Desks, case_id: int) -> None:
    officer = desks["budi"].officer.id
    with office.store.writing():
        office.kit.vault.put(
            case_id=case_id, step="scanning", kind="passport", content=f"page of {case_id}".encode(),
            media_type="image/png", officer=officer, now=clock.now(),
        )  # fmt: skip


def bound(office: Office) -> Office:
    """A command is a program of its own: the models speak to this office again."""
    office.store.database.bind(list(MODELS))
    return office


def readable(office: Office) -> int:
    """How many scans this terminal opens, each with its own case's content."""
    with bound(office).store.reading():
        rows = list(VaultObject.select())
        assert all(office.kit.vault.get(row) == f"page of {row.case_id}".encode() for row in rows)
        return len(rows)


def under(office: Office) -> set[str]:
    with bound(office).store.reading():
        return {row.wrapped.partition(":")[0] for row in CaseKey.select().where(CaseKey.erased_at.is_null())}


def test_every_key_is_wrapped_again_while_a_terminal_works_and_the_old_one_goes(
    scanned: Office, desks: Desks, run: Run, tmp_path: Path
) -> None:
    folder = scanned.settings.path("keys")
    before = (folder / "vault.key").read_bytes()
    code, out, _ = run(scanned.settings, "--dry-run", "--json")
    assert (code, json.loads(out)["left"]) == (0, CASES)
    assert [path.name for path in folder.glob("vault*")] == ["vault.key"]
    assert run(scanned.settings)[0] == 2, "nobody to ask, no --yes"
    code, out, err = run(scanned.settings, "--yes", "--json")
    assert code == 0, err
    name = json.loads(out)["key"]
    assert json.loads(out) == {"key": name, "wrapped": CASES, "left": 0}
    assert under(scanned) == {name}
    assert readable(scanned) == CASES, "the open terminal takes the new key up by itself"
    case_id = builders.pretend_intake(scanned, desks["sri"], builders.an_applicant(passport=passport("530019999")))
    stored(scanned, desks, case_id)
    assert under(scanned) == {name}
    assert run(scanned.settings, "--retire", "--dry-run")[0] == 0
    assert (folder / "vault.key").read_bytes() == before
    elsewhere = vault_keys.VaultKeys.load(folder)
    code, _, err = run(scanned.settings, "--retire", "--yes")
    assert code == 0, err
    lists = scanned.settings.path("watchlist")
    (digest,) = (path.name for path in lists.iterdir() if (path / "index.bin").exists())
    for masters in (elsewhere.candidates(), elsewhere.candidates()[::-1]):
        assert open_index(lists, digest, masters).entries == 1, "a terminal that still has both keys opens it too"
    assert [path.name for path in folder.glob("vault*")] == ["vault.key"]
    assert vault_keys.VaultKeys.load(folder).main == name
    builders.import_watchlist(
        bound(scanned), tmp_path, {"id": "a-2", "names": [{"name": "OTHER LISTED"}]}, version="v2"
    )
    fresh = next(path.name for path in lists.iterdir() if (path / "index.bin").exists() and path.name != digest)
    assert open_index(lists, fresh, elsewhere.candidates()).entries == 1, "and one that came since"
    with Office.open(load(scanned.settings.path("kiosk.toml")), devices=False) as again:
        assert readable(again) == CASES + 1
        with again.store.reading():
            assert not isinstance(current(again.kit, clock.office_day(clock.now())), Refused), "the cekal list opens"
            assert audit.verify().verified
            acts = [json.loads(row.body)["action"] for row in AuditEvent.select().order_by(AuditEvent.seq)]
            assert [bool(row.retired_at) for row in VaultMaster.select().order_by(VaultMaster.since)] == [True, False]
    assert {"vault_key_current", "vault_keys_wrapped", "vault_key_retired"} <= set(acts)
    assert "[vault_rotation_none]" in run(scanned.settings, "--retire", "--yes")[2]
    code, out, _ = run(scanned.settings, "--yes", "--json")
    assert (code, json.loads(out)["wrapped"]) == (0, CASES + 1), "and once more"


def rotate(settings: Settings) -> None:
    """In a child, which reports what it raises."""
    sys.argv = ["kiosk", "key", "rotate-vault", "--yes", "--config", str(settings.path("kiosk.toml"))]
    with contextlib.suppress(SystemExit):
        main()


@pytest.mark.parametrize("place", [Place.BEFORE_COMMIT, Place.AFTER_COMMIT])
def test_a_rotation_that_is_killed_at_any_commit_is_taken_up_by_the_next(
    scanned: Office, run: Run, tmp_path: Path, place: Place
) -> None:
    scanned.close()
    deaths = 0
    for at in range(1, 10):
        settings = load(databases.copy(Path(scanned.settings.folder), tmp_path / f"{place}-{at}"))

        def work(child: Child, settings: Settings = settings) -> None:
            rotate(settings)

        death = in_child(work, place=place, at=at)
        deaths += death.killed
        with Office.open(settings, devices=False) as office:
            assert readable(office) == CASES, "nothing is lost in between"
        code, out, err = run(settings, "--yes", "--json")
        assert (code, json.loads(out)["left"]) == (0, 0), err
        with Office.open(settings, devices=False) as office:
            assert readable(office) == CASES
            assert under(office) == {json.loads(out)["key"]}
            with office.store.reading():
                assert audit.verify().verified
        if not death.killed:
            break
    assert deaths == 2 + -(-CASES // 2), "the beginning, each batch, and the look that finds nothing left"


def test_a_terminal_without_the_new_key_is_told_which_one_it_lacks(
    scanned: Office, desks: Desks, run: Run, tmp_path: Path
) -> None:
    other = tmp_path / "keys"
    shutil.copytree(scanned.settings.path("keys"), other)
    assert run(scanned.settings, "--prepare", "--yes")[0] == 0
    assert readable(scanned) == CASES
    assert run(scanned.settings, "--yes")[0] == 0
    held = scanned.settings.path("keys")
    fresh = next(held.glob("vault-*.key"))
    away = tmp_path / fresh.name
    fresh.rename(away)
    ring = vault_keys.VaultKeys.load(other)
    scanned.kit.vault._ring = ring  # the same office from another machine's folder
    with bound(scanned).store.reading(), pytest.raises(OtherKey, match=fresh.stem.removeprefix("vault-")):
        scanned.kit.vault.get(VaultObject.select().first())
    kept = desks["budi"].captures.read(1)
    assert isinstance(kept, Refused)
    assert kept.first.code is Code.VAULT_KEY_ROTATED
    assert kept.first.details["key"] == fresh.stem.removeprefix("vault-")
    with pytest.raises(OfficeUnavailable) as closed:
        Office.open(scanned.settings, devices=False)
    assert closed.value.refusal.code is Code.VAULT_KEY_ROTATED
    assert run(scanned.settings, "--yes")[0] == 1, "it can't go on there either"
    shutil.copy(away, other)
    assert readable(scanned) == CASES, "copied, it works without a restart"


def test_the_old_key_stays_until_nothing_is_left_under_it(
    scanned: Office, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, signer = scanned.settings.path("keys"), Signer(0, 0, "loket-1")
    name = vault_rotation.new_key(folder)
    ring = vault_keys.VaultKeys.load(folder)
    with scanned.store.writing():
        vault_rotation.begin(ring, name, now=clock.now(), signer=signer)
        vault_rotation.wrap_again(ring, after=0, now=clock.now(), signer=signer)
    assert "[vault_rotation_open]" in run(scanned.settings, "--retire", "--yes")[2]
    assert run(scanned.settings, "--yes")[0] == 0
    monkeypatch.setattr(vault_rotation, "SETTLED", timedelta(minutes=2))
    assert "[vault_rotation_open]" in run(scanned.settings, "--retire", "--yes")[2]
    assert len(list(folder.glob("vault*"))) == 2


def test_what_is_erased_meanwhile_stays_erased(scanned: Office, run: Run) -> None:
    with scanned.store.writing():
        scanned.kit.vault.erase(1, clock.now())
    assert run(scanned.settings, "--yes")[0] == 0
    with bound(scanned).store.reading():
        assert CaseKey.get_by_id(1).wrapped == ""
    with pytest.raises(ConstraintBroken, match="erased_key_stays_erased"), scanned.store.writing():
        CaseKey.update(wrapped="00").where(CaseKey.case == 1).execute()


def test_after_an_erasure_and_a_rotation_the_backup_from_before_is_opened_by_nobody(
    scanned: Office, run: Run, tmp_path: Path
) -> None:
    old = tmp_path / "old-keys"
    shutil.copytree(scanned.settings.path("keys"), old)
    made = backup.make(scanned.settings, tmp_path / "backups", now=clock.now(), passphrase=None)
    with bound(scanned).store.writing():
        scanned.kit.vault.erase(1, clock.now())
    assert run(scanned.settings, "--yes")[0] == 0
    assert run(scanned.settings, "--retire", "--yes")[0] == 0

    def opened_with(keys: Path, name: str) -> list[Any]:
        """What a restored backup gives back with these keys, by case."""
        folder = tmp_path / name
        shutil.copytree(keys, folder / "keys")
        address = databases.passing_address() if databases.SERVER else None
        done = backup.restore(
            made.folder, folder, database=address, passphrase=None, outside=(), now=clock.now(),
            signer=Signer(0, 0, "cli"),
        )  # fmt: skip
        found = []
        with Office.open(done.settings, devices=False) as again:
            bound(again)
            with again.store.reading():
                for row in VaultObject.select().order_by(VaultObject.case):
                    try:
                        found.append(again.kit.vault.get(row))
                    except VaultError as error:
                        found.append(str(error))
        return found

    assert opened_with(old, "with-the-old-key")[0] == b"page of 1", "why the old key must go"
    with_the_new = opened_with(scanned.settings.path("keys"), "with-the-new-key")
    assert [str(found)[:10] for found in with_the_new] == ["master key"] * CASES
