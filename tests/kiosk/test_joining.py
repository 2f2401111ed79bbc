"""A second machine joins an office on a server: two folders that share a database and the scans, nothing else."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from db import roles
from db.connection import Store
from db.tables import AuditEvent, Case, VaultObject
from kiosk import clock
from kiosk.applicant import Passport
from kiosk.demo.office import found_demo
from kiosk.joining import JoiningError, for_terminal
from kiosk.office import Office, OfficeUnavailable
from kiosk.refusals import Code
from kiosk.settings import Settings, load
from kiosk.steps import intake
from tests import builders, databases
from tests.conftest import Desks
from tests.kiosk.test_cli import Run, run

__all__ = ["run"]

pytestmark = pytest.mark.skipif(not databases.CAN_SERVE, reason=databases.NO_SERVER)
PASSPHRASE = "kata sandi yang panjang"
ADMINISTRATOR = ("tuti", "331662")


@dataclass(frozen=True)
class Machines:
    """The maintainer's machine of an office on a server, and the place of another."""

    first: Settings
    second: Path
    invitation: Path
    passphrase: Path
    run: Run

    @property
    def config(self) -> Path:
        return self.first.path("kiosk.toml")

    def invite(self, name: str = "loket-9", *more: object) -> tuple[int, str, str]:
        given = ("--to", self.invitation, "--passphrase-file", self.passphrase, "--yes", "--config", self.config)
        return self.run("terminal", "invite", name, *given, *more)

    def join(self) -> tuple[int, str, str]:
        given = ("--dir", self.second, "--passphrase-file", self.passphrase, "--yes", "--json")
        return self.run("terminal", "join", self.invitation, *given)


@pytest.fixture
def machines(tmp_path: Path, run: Run) -> Machines:
    owner = databases.passing_address(server=True)
    settings = found_demo(tmp_path / "first" / "office", database=owner)
    config, shared = settings.path("kiosk.toml"), tmp_path / "mounted"
    shared.mkdir()
    shutil.move(settings.path("vault"), shared / "vault")
    own = f'database = "{databases.as_counter(owner)}"\ndatabase_owner = "{owner}"\nshared = "{shared}"'
    config.write_text(config.read_text().replace(f'database = "{owner}"', own))
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE + "\n")
    passphrase.chmod(0o600)
    return Machines(load(config), tmp_path / "second" / "office", tmp_path / "loket-9.invitation", passphrase, run)


def test_a_second_machine_joins_waits_for_approval_and_works(machines: Machines) -> None:
    assert machines.invite()[0] == 0
    assert oct(machines.invitation.stat().st_mode & 0o777) == "0o600"
    code, out, err = machines.join()
    assert code == 0, err
    joined = json.loads(out)
    second = load(machines.second / "kiosk.toml")
    with pytest.raises(OfficeUnavailable) as unavailable:
        Office.open(second, devices=False)
    assert unavailable.value.refusal.code is Code.KEY_NOT_APPROVED
    login, pin = ADMINISTRATOR
    approving = ("key", "approve", joined["key_id"], "--login", login, "--yes", "--config", machines.config)
    assert machines.run(*approving, stdin=f"{pin}\n")[0] == 0

    with Office.open(second, devices=False) as there:
        passport = Passport(
            "P", "530099001", "RUS", expires=clock.office_day(clock.now()).replace(year=2032), issued=None
        )
        applicant = builders.an_applicant(passport=passport)
        taken = Desks(there)["sri"].steps.intake.complete(None, builders.given_intake(applicant), key="second-1")
        assert isinstance(taken, intake.Produced), taken
        with there.store.writing():
            case_id = Case.get(Case.passport_no == "530099001").id
            row = there.kit.vault.put(
                case_id=case_id, step="scanning", kind="passport", content=b"a scan", media_type="image/png",
                officer=1, now=clock.now(),
            )  # fmt: skip
        scan = row.id
    with Office.open(machines.first, devices=False) as here:
        desk = Desks(here)["budi"]
        (found,) = desk.search("530099001")
        assert found.case_id == case_id
        with here.store.reading():
            assert here.kit.vault.get(VaultObject.get_by_id(scan)) == b"a scan"
            bodies = [json.loads(body)["action"] for (body,) in AuditEvent.select(AuditEvent.body).tuples()]
    assert [each for each in bodies if each.startswith("terminal_")] == ["terminal_invited", "terminal_joined"]


def test_no_more_travels_than_the_new_machine_needs(machines: Machines) -> None:
    machines.invite()
    sealed = machines.invitation.read_bytes()
    for secret in (machines.first.path("keys/pepper").read_bytes(), b"loket", b"postgresql"):
        assert secret.strip() not in sealed
    machines.join()
    second = load(machines.second / "kiosk.toml")
    assert (second.terminal, second.database) == ("loket-9", machines.first.database)
    assert (second.database_owner, second.devices) == ("", {})
    assert (second.office, second.policy, second.shared) == (
        machines.first.office, machines.first.policy, machines.first.shared,
    )  # fmt: skip
    assert sorted(path.name for path in second.path("keys").iterdir()) == ["loket-9.key", "pepper", "vault.key"]
    for path in second.path("keys").iterdir():
        assert oct(path.stat().st_mode & 0o777) == "0o600"
    for shared in ("pepper", "vault.key"):
        assert second.path(f"keys/{shared}").read_bytes() == machines.first.path(f"keys/{shared}").read_bytes()
    assert not (machines.second / "vault").exists(), "scans lie where all machines see them"
    store = Store(second.database_url)
    assert roles.excess(store) == []
    store.close()


def test_an_invitation_is_refused_in_words_and_leaves_nothing(machines: Machines, tmp_path: Path) -> None:
    code, _, err = machines.invite("loket-1")
    assert (code, machines.invitation.exists()) == (1, False)
    assert "[terminal_name_taken]" in err
    code, _, err = machines.invite("../loket")
    assert (code, machines.invitation.exists()) == (1, False)
    text = machines.config.read_text()
    machines.config.write_text("\n".join(line for line in text.splitlines() if not line.startswith("shared")))
    code, _, err = machines.invite()
    assert (code, machines.invitation.exists()) == (1, False)
    assert "shared" in err


def test_joining_is_refused_in_words_and_can_be_repeated(machines: Machines) -> None:
    machines.invite()
    machines.passphrase.write_text("eine andere, auch lang genug\n")
    code, _, err = machines.join()
    assert (code, machines.second.exists()) == (1, False)
    assert "wrong passphrase" in err
    machines.passphrase.write_text(PASSPHRASE)
    place = Path(machines.first.shared)
    place.rename(place.with_name("not mounted"))
    code, _, err = machines.join()
    assert (code, (machines.second / "kiosk.toml").exists()) == (1, False)
    assert "is not mounted" in err
    place.with_name("not mounted").rename(place)
    assert machines.join()[0] == 0
    code, _, err = machines.join()
    assert code == 1
    assert "exists already" in err


def test_an_office_in_a_file_invites_nobody(settings: Settings, machines: Machines) -> None:
    if databases.SERVER:
        pytest.skip("this office is on a server")
    given = ("--to", machines.invitation, "--passphrase-file", machines.passphrase, "--yes")
    code, _, err = machines.run("terminal", "invite", "loket-9", *given, "--config", settings.path("kiosk.toml"))
    assert code == 1
    assert "kiosk db move" in err


def test_the_new_kiosk_toml_is_the_old_one_but_for_what_is_a_terminals_own() -> None:
    old = """\
# ours
terminal = "loket-1"
database = "postgresql://a@b/c"
database_owner = "postgresql://owner@b/c"
shared = "/srv/kiosk"
[office]
short = "MRE"  # terminal = "x"
terminal_note = "x"
[devices.printer]
driver = "escpos"
[devices.printer.options]
terminal = "x"
[policy]
cash = true
"""
    old = old.replace('terminal_note = "x"\n', "")
    assert for_terminal(old, 'lo"ket', "postgresql://d@b/c") == (
        'terminal = "lo\\"ket"\ndatabase = "postgresql://d@b/c"\n# ours\nshared = "/srv/kiosk"\n[office]\n'
        'short = "MRE"  # terminal = "x"\n[policy]\ncash = true\n'
    )
    with pytest.raises(JoiningError):
        for_terminal('terminal = """\nloket-1\n"""\n', "loket-2", "postgresql://d@b/c")
