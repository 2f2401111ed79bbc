"""D6, D7: a full disk, a read-only one, a database that is gone or of another version: words, a code, nothing half."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db import schema
from db.connection import Store, StoreError
from db.tables import Case, CaseEvent, Draft, Payment, Receipt, StepRun, VaultObject
from hardware.registry import Simulator, start_simulator
from kiosk import audit
from kiosk.money.cashier import Cashier
from kiosk.money.methods import Method
from kiosk.money.payments import PaymentView
from kiosk.money.states import State
from kiosk.office import Office, OfficeUnavailable
from kiosk.refusals import Code, Refused
from kiosk.settings import DeviceSettings, Settings, load
from kiosk.steps import intake
from kiosk.words import Language, say
from tests import builders, databases
from tests.conftest import Desks
from tests.faults.disks import SmallDisk, small_disk
from tests.faults.thirteen import with_devices
from tests.kiosk.money.conftest import SHORT
from tests.screens.terminal_pty import Console

pytestmark = pytest.mark.skipif(bool(databases.SERVER), reason="the office's own file is what fails here")
PROJECT = Path(__file__).parents[2]
F5 = "\x1b[[E"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as mounted:
        if mounted is None:
            pytest.skip("this user may not mount a disk")
        yield mounted


@pytest.fixture
def on_disk(founded: Path, disk: SmallDisk) -> Settings:
    """An office on a small disk."""
    shutil.copytree(founded, disk.folder / "office")
    return load(disk.folder / "office" / "kiosk.toml")


def code(answer: Any) -> Code:
    assert isinstance(answer, Refused), answer
    refusal = answer.first
    for language in Language:
        assert say(language, refusal.key(), **refusal.details)
        assert say(language, refusal.next_key(), **refusal.details)
    return refusal.code


def let_go(office: Office) -> None:
    """Before a disk fills or is remounted: no room is left in the log, no file is open."""
    office.live.stop()
    office.store.close()


def rows(office: Office) -> dict[str, int]:
    with office.store.reading():
        return {t._meta.table_name: t.select().count() for t in (Case, CaseEvent, StepRun, Receipt, Draft, VaultObject)}


def check_whole(office: Office) -> None:
    with office.store.reading():
        assert office.store.database.execute_sql("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert audit.verify().verified


# a full disk


def test_d6_a_full_disk_refuses_the_counter_and_keeps_nothing_half(on_disk: Settings, disk: SmallDisk) -> None:
    with Office.open(on_disk, devices=False) as office:
        desk = Desks(office)["sri"]
        before = rows(office)
        let_go(office)
        disk.fill()
        answer = desk.steps.intake.complete(None, builders.given_intake(), key="full")
        assert code(answer) is Code.DISK_FULL
        typed = {f"field_{number}": "y" * 900 for number in range(20)}
        assert code(desk.save_draft("intake", None, {"typed": typed})) is Code.DISK_FULL
        disk.empty()
        assert rows(office) == before
        check_whole(office)
        done = desk.steps.intake.complete(None, builders.given_intake(), key="full")
        assert isinstance(done, intake.Produced), done
        check_whole(office)


def test_a_full_database_refuses_the_counter_where_no_disk_can_be_mounted(settings: Settings) -> None:
    with Office.open(settings, devices=False) as office:
        desk = Desks(office)["sri"]
        before = rows(office)
        with office.store.reading():
            pages = office.store.database.execute_sql("PRAGMA page_count").fetchone()[0]
        office.store.database.pragma("max_page_count", pages, permanent=True)
        answer = desk.steps.intake.complete(None, builders.given_intake(), key="full")
        assert code(answer) is Code.DISK_FULL
        assert rows(office) == before
        office.store.database.pragma("max_page_count", 1_000_000, permanent=True)
        done = desk.steps.intake.complete(None, builders.given_intake(), key="full")
        assert isinstance(done, intake.Produced), done
        check_whole(office)


@pytest.mark.parametrize("page", [*range(0, 24, 3), *(pytest.param(n, marks=pytest.mark.long) for n in range(24, 200))])
def test_d6_a_disk_that_gets_full_at_any_page_leaves_before_or_after(settings: Settings, page: int) -> None:
    with Office.open(settings, devices=False) as office:
        desk = Desks(office)["sri"]
        before = rows(office)
        with office.store.reading():
            pages = office.store.database.execute_sql("PRAGMA page_count").fetchone()[0]
        office.store.database.pragma("max_page_count", pages + page, permanent=True)
        answer = desk.steps.intake.complete(None, builders.given_intake(), key="full")
        office.store.database.pragma("max_page_count", 1_000_000, permanent=True)
        if isinstance(answer, Refused):
            assert code(answer) is Code.DISK_FULL
            assert rows(office) == before
        else:
            assert rows(office)["step_run"] == before["step_run"] + 1
        check_whole(office)


@pytest.fixture
def terminal() -> Iterator[Simulator]:
    simulator = start_simulator("payment", {"polls": 1})
    yield simulator
    simulator.stop()


def paying(settings: Settings, terminal: Simulator) -> Settings:
    return with_devices(settings, payment=DeviceSettings("bca", terminal.path, {**SHORT, "echo_on_open": False}))


def charged(terminal: Simulator) -> list[Any]:
    return list(terminal.control({"attempts": True})["attempts"])


def charge(office: Office, case_id: int, key: str) -> PaymentView | Refused:
    desk = Desks(office)["ratna"]
    claim = desk.claim(case_id)
    assert not isinstance(claim, Refused), claim
    return desk.payments.charge(case_id, Method.EDC_CARD, key=key, claim=claim)


@pytest.mark.parametrize("after_intent", [False, True])
def test_d6_a_full_disk_refuses_a_payment_before_the_terminal_hears_of_it(
    on_disk: Settings, disk: SmallDisk, terminal: Simulator, monkeypatch: pytest.MonkeyPatch, after_intent: bool
) -> None:
    """`after_intent`: the intent is still written, and the disk is full when "sent" should be."""
    with Office.open(paying(on_disk, terminal)) as office:
        office.devices.get("payment").wait_ready(10.0)
        desks = Desks(office)
        case_id = builders.case_at_payment(office, desks)
        ratna = desks["ratna"]
        claim = ratna.claim(case_id)
        begin = Cashier._begin

        def fill(cashier: Cashier, payment_id: int) -> bool:
            let_go(office)
            disk.fill()
            return begin(cashier, payment_id)

        if after_intent:
            monkeypatch.setattr(Cashier, "_begin", fill)
        else:
            let_go(office)
            disk.fill()
        answer = ratna.payments.charge(case_id, Method.EDC_CARD, key="full", claim=claim)
        assert code(answer) is Code.DISK_FULL
        assert charged(terminal) == []
        monkeypatch.undo()
        disk.empty()
        check_whole(office)
        waiting = ratna.payments.of_case(case_id)
        assert [payment.state for payment in waiting] in ([], [State.INTENT], [State.CANCELLED])
    with Office.open(paying(on_disk, terminal)) as office:
        office.devices.get("payment").wait_ready(10.0)
        paid = charge(office, case_id, "again")
        assert isinstance(paid, PaymentView), paid
        assert paid.state is State.APPROVED
        assert len(charged(terminal)) == 1


def test_d6_a_payment_can_go_on_without_a_restart_once_there_is_room(
    on_disk: Settings, disk: SmallDisk, terminal: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Office.open(paying(on_disk, terminal)) as office:
        office.devices.get("payment").wait_ready(10.0)
        case_id = builders.case_at_payment(office, Desks(office))
        begin = Cashier._begin

        def fill(cashier: Cashier, payment_id: int) -> bool:
            let_go(office)
            disk.fill()
            return begin(cashier, payment_id)

        monkeypatch.setattr(Cashier, "_begin", fill)
        with pytest.MonkeyPatch.context():
            desk = Desks(office)["ratna"]
            claim = desk.claim(case_id)
            assert code(desk.payments.charge(case_id, Method.EDC_CARD, key="full", claim=claim)) is Code.DISK_FULL
        monkeypatch.setattr(Cashier, "_begin", begin)
        disk.empty()
        again = desk.payments.charge(case_id, Method.EDC_CARD, key="full", claim=claim)
        assert isinstance(again, PaymentView), again
        if again.state is not State.APPROVED:
            assert again.state is State.CANCELLED
            again = desk.payments.charge(case_id, Method.EDC_CARD, key="new", claim=claim)
            assert isinstance(again, PaymentView), again
        assert again.state is State.APPROVED
        assert len(charged(terminal)) == 1


def test_d6_pages_that_do_not_fit_on_the_disk_are_refused_whole(on_disk: Settings, disk: SmallDisk) -> None:
    with Office.open(on_disk, devices=False) as office:
        desks = Desks(office)
        case_id = builders.case_at_scanning(office, desks)
        before = rows(office)
        disk.fill()
        answer = desks["budi"].captures.store(case_id, "scanning", "passport", [builders.PAGE])
        assert code(answer) is Code.DISK_FULL
        disk.empty()
        assert rows(office) == before
        assert not isinstance(desks["budi"].captures.store(case_id, "scanning", "passport", [builders.PAGE]), Refused)


# read-only


def test_d7_a_disk_that_became_read_only_refuses_in_words_and_goes_on_afterwards(
    on_disk: Settings, disk: SmallDisk
) -> None:
    with Office.open(on_disk, devices=False) as office:
        desk = Desks(office)["sri"]
        let_go(office)
        disk.read_only()
        answer = desk.steps.intake.complete(None, builders.given_intake(), key="ro")
        assert code(answer) is Code.DATABASE_READ_ONLY
        assert code(desk.save_draft("intake", None, {"typed": {}})) is Code.DATABASE_READ_ONLY
        assert code(office.sign_in("budi", "314159")) is Code.DATABASE_READ_ONLY
        disk.read_only(False)
        done = desk.steps.intake.complete(None, builders.given_intake(), key="ro")
        assert isinstance(done, intake.Produced), done


def test_d7_an_office_on_a_read_only_disk_does_not_open_and_says_why(on_disk: Settings, disk: SmallDisk) -> None:
    disk.read_only()
    with pytest.raises(OfficeUnavailable) as unavailable:
        Office.open(on_disk, devices=False)
    assert unavailable.value.refusal.code is Code.DATABASE_READ_ONLY
    disk.read_only(False)
    Office.open(on_disk, devices=False).close()


# the vault


def test_d7_a_vault_that_can_not_be_written_refuses_the_scan(office: Office, desks: Desks) -> None:
    case_id = builders.case_at_scanning(office, desks)
    vault = office.settings.path("vault")
    shutil.rmtree(vault)
    vault.write_bytes(b"in the way")
    before = rows(office)
    answer = desks["budi"].captures.store(case_id, "scanning", "passport", [builders.PAGE])
    assert code(answer) is Code.VAULT_NOT_WRITABLE
    assert rows(office) == before
    vault.unlink()
    vault.mkdir()
    assert not isinstance(desks["budi"].captures.store(case_id, "scanning", "passport", [builders.PAGE]), Refused)


def test_d7_a_blob_that_is_gone_is_said_and_is_no_crash(office: Office, desks: Desks) -> None:
    case_id = builders.case_at_scanning(office, desks)
    stored = desks["budi"].captures.store(case_id, "scanning", "passport", [builders.PAGE])
    assert not isinstance(stored, Refused)
    shutil.rmtree(office.settings.path("vault"))
    assert code(desks["budi"].captures.read(stored[0].id)) is Code.CAPTURE_UNREADABLE


# another database, or none


def of_the_future(settings: Settings) -> None:
    """The database was migrated by a newer program."""
    store = Store(settings.database_url)
    with store.writing():
        store.database.execute_sql(
            "INSERT INTO schema_migration (name, applied) VALUES (?, ?)", ("9999_tomorrow", "2030-01-01 00:00:00")
        )
        store.database.execute_sql("UPDATE schema_floor SET name = '9999_tomorrow'")
    assert schema.found(store) == "9999_tomorrow"
    store.close()


def kiosk(settings: Settings, *arguments: str) -> "subprocess.CompletedProcess[str]":
    config = str(Path(settings.folder) / "kiosk.toml")
    return subprocess.run(
        [sys.executable, "-m", "kiosk", *arguments, "--config", config],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


def run_on_a_console(settings: Settings) -> Console:
    return Console("-m", "kiosk", "run", "--config", str(Path(settings.folder) / "kiosk.toml"))


def test_d7_a_database_of_another_version_is_said_at_the_start_and_left_alone(settings: Settings) -> None:
    of_the_future(settings)
    database = settings.path("office.db")
    before = database.read_bytes()
    with pytest.raises(OfficeUnavailable) as unavailable:
        Office.open(settings, devices=False)
    refusal = unavailable.value.refusal
    assert refusal.code is Code.PROGRAM_TOO_OLD
    assert refusal.details == {"found": "9999_tomorrow", "expected": schema.expected()}
    told = kiosk(settings, "case", "list")
    assert told.returncode == 3
    assert "[program_too_old]" in told.stderr
    assert "9999_tomorrow" in told.stderr
    assert "Traceback" not in told.stderr
    console = run_on_a_console(settings)
    try:
        console.until("program_too_old", 40)
        console.until("Perbarui program", 40)
        assert "Traceback" not in console.shown()
        console.type(F5)
        console.until("program_too_old", 40)
        assert console.process.poll() is None
    finally:
        console.close()
    assert database.read_bytes() == before


def test_d7_a_database_that_is_deleted_while_the_terminal_runs_is_said_and_not_made_anew(settings: Settings) -> None:
    with Office.open(settings, devices=False) as office:
        desk = Desks(office)["sri"]
        for path in Path(settings.folder).glob("office.db*"):
            path.unlink()
        answer = desk.steps.intake.complete(None, builders.given_intake(), key="gone")
        assert code(answer) is Code.DATABASE_UNREACHABLE
        with pytest.raises(StoreError):
            desk.work_list()
        assert code(desk.save_draft("intake", None, {"typed": {}})) is Code.DRAFT_KEPT_HERE
        assert not settings.path("office.db").exists(), "an empty database would look like an office without cases"
    with pytest.raises(OfficeUnavailable) as unavailable:
        Office.open(settings, devices=False)
    assert unavailable.value.refusal.code is Code.DATABASE_UNREACHABLE
    assert not settings.path("office.db").exists()


def test_d7_a_folder_that_is_gone_is_said(settings: Settings) -> None:
    with Office.open(settings, devices=False) as office:
        desk = Desks(office)["sri"]
        Path(settings.folder).rename(Path(settings.folder).with_name("elsewhere"))
        assert code(desk.steps.intake.complete(None, builders.given_intake(), key="gone")) is Code.DATABASE_UNREACHABLE
        Path(settings.folder).with_name("elsewhere").rename(settings.folder)
        done = desk.steps.intake.complete(None, builders.given_intake(), key="gone")
        assert isinstance(done, intake.Produced), done


def test_d7_a_damaged_database_is_said(settings: Settings) -> None:
    settings.path("office.db").write_bytes(b"no database at all" * 500)
    with pytest.raises(OfficeUnavailable) as unavailable:
        Office.open(settings, devices=False)
    refusal = unavailable.value.refusal
    assert say(Language.INDONESIAN, refusal.key(), **refusal.details)
    told = kiosk(settings, "audit", "verify")
    assert told.returncode == 3
    assert "Traceback" not in told.stderr


def test_a_payment_row_is_never_in_doubt_about_money_that_was_not_sent(office: Office) -> None:
    with office.store.reading():
        assert Payment.select().count() == 0
