"""D1: the terminal is killed (kill -9) at every commit of every step, before and after a device and the printer.

Afterwards nothing that was acknowledged is missing, no step is half done, and the officer finishes what was begun.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db.tables import AuditEvent, Case, CaseEvent, Claim, Draft, Part, PrintJob, Receipt, StepRun, VaultObject
from hardware.registry import Simulator, start_simulator
from kiosk import audit, clock
from kiosk.demo.office import found_demo
from kiosk.money import cashier, sale
from kiosk.money.methods import Method
from kiosk.money.payments import PaymentView
from kiosk.money.states import State
from kiosk.office import Office
from kiosk.receipts import print_queue
from kiosk.receipts.token import decode_text
from kiosk.settings import DeviceSettings, Settings
from tests import databases
from tests.conftest import Desks
from tests.faults.killing import Child, Death, Place, after, before, run
from tests.faults.thirteen import KEY, LOGIN, STEPS, Waiting, carry_out, found_waiting, given, with_devices
from tests.kiosk.money.conftest import SHORT

COMMITS = (Place.BEFORE_COMMIT, Place.AFTER_COMMIT)


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Waiting:
    """An office in which a case waits at every step."""
    folder = tmp_path_factory.mktemp("waiting")
    return found_waiting(found_demo(folder / "office", devices=False, database=databases.passing_address()), folder)


def next_step(step: str) -> str | None:
    place = STEPS.index(step)
    return STEPS[place + 1] if place + 1 < len(STEPS) else None


def the_case(step: str, waiting: Waiting) -> int | None:
    return waiting.cases.get(step)


def rows_of_the_act(office: Office, step: str) -> list[CaseEvent]:
    with office.store.reading():
        return list(CaseEvent.select().where((CaseEvent.key == KEY) & (CaseEvent.step == step)))


def witness(token: str) -> str:
    """The head of the audit chain that a receipt carries."""
    parts = decode_text(token)
    assert parts is not None
    return parts[0][22:30].hex()


def check_whole(office: Office, step: str, case_id: int | None) -> bool:
    """Assert that the office holds the step whole or not at all; whether it holds it."""
    events = rows_of_the_act(office, step)
    with office.store.reading():
        if not databases.SERVER:
            assert office.store.database.execute_sql("PRAGMA integrity_check").fetchone()[0] == "ok"
        chain = audit.verify(tuple(witness(row.token) for row in Receipt.select()))
        assert chain.verified, chain.broken
        assert len(events) <= 1
        if case_id is None:
            case_id = events[0].case_id if events else None
            if case_id is None:
                assert Case.select().where(Case.passport_no == "530099999").count() == 0
                return False
        row = Case.get_by_id(case_id)
        runs = StepRun.select().where((StepRun.case == case_id) & (StepRun.step == step)).count()
        parts = Part.select().where((Part.case == case_id) & (Part.part == step)).count()
        told = [json.loads(event.body) for event in AuditEvent.select()]
        completed = [
            event
            for event in told
            if event["action"] == "complete" and event["subject"] == f"case:{case_id}" and event["data"]["step"] == step
        ]
        done = bool(events)
        assert (runs, parts, len(completed)) == ((1, 1, 1) if done else (0, 0, 0))
        assert row.step == ((next_step(step) or step) if done else step)
        assert Claim.select().where((Claim.case == case_id) & Claim.released_at.is_null()).count() <= 1
        if done:
            assert not Draft.select().where((Draft.case_ref == case_id) & (Draft.step == step)).exists()
        numbers = [receipt.number for receipt in Receipt.select()]
        assert len(set(numbers)) == len(numbers)
        papers = {job.receipt_id for job in PrintJob.select() if job.receipt_id is not None}
        assert {receipt.id for receipt in Receipt.select()} <= papers, "a receipt whose paper was never queued"
        states = {job.state for job in PrintJob.select()}
        assert states <= {"queued"}, "nothing was printed, and nothing is taken for printed"
    return done


def check_acknowledged(office: Office, step: str, case_id: int | None, death: Death, done: bool) -> None:
    """What the officer was told stands."""
    if "complete" in death.acknowledged:
        assert done
    with office.store.reading():
        drafts = Draft.select().where((Draft.case_ref == (case_id or 0)) & (Draft.step == step)).count()
        if "draft" in death.acknowledged:
            assert done or drafts == 1
        if "claim" in death.acknowledged and not done:
            assert Claim.select().where((Claim.case == case_id) & Claim.released_at.is_null()).count() == 1
        if "captures" in death.acknowledged and step in ("scanning", "biometrics", "stamp_scan"):
            kept = VaultObject.select().where((VaultObject.case == case_id) & (VaultObject.step == step))
            assert kept.count() >= 1


def finish(settings: Settings, step: str, case_id: int | None) -> None:
    """After the restart the officer does it again with the key of the draft: it is done, once."""
    again = run(lambda child: carry_out(settings, step, case_id, child))
    assert not again.killed
    with Office.open(settings, devices=False) as office:
        assert check_whole(office, step, case_id)


def ask_again(settings: Settings, step: str, case_id: int | None) -> None:
    """Where the answer was lost, the same key gives it again: nothing is done twice."""
    with Office.open(settings, devices=False) as office:
        desk = Desks(office)[LOGIN[step]]
        before_asking = counts(office)
        typed = given(desk, step, None)[0] if case_id is None else None
        answer = desk.steps[step].complete(case_id, typed, key=KEY)
        assert isinstance(answer, desk.steps[step].rules.Produced), answer
        assert counts(office) == before_asking


def counts(office: Office) -> dict[str, int]:
    with office.store.reading():
        tables = (CaseEvent, StepRun, Receipt, PrintJob, Part, VaultObject)
        return {table._meta.table_name: table.select().count() for table in tables}


def transactions(waiting: Waiting, step: str, folder: Path) -> int:
    """How many transactions the officer's whole act at `step` has."""
    settings = waiting.copy(folder)
    quiet = run(lambda child: carry_out(settings, step, the_case(step, waiting), child))
    assert quiet.acknowledged[-2:] == ("complete", "end")
    return quiet.commits


def kill_and_look(waiting: Waiting, step: str, place: Place, at: int, folder: Path) -> bool:
    """One death and the restart after it; whether the step had been completed by then."""
    settings, case_id = waiting.copy(folder), the_case(step, waiting)
    death = run(lambda child: carry_out(settings, step, case_id, child), place=place, at=at)
    assert death.killed
    with Office.open(settings, devices=False) as office:
        done = check_whole(office, step, case_id)
        check_acknowledged(office, step, case_id, death, done)
    if done:
        ask_again(settings, step, case_id)
    else:
        finish(settings, step, case_id)
    return done


@pytest.mark.parametrize("step", STEPS)
def test_d1_a_kill_at_a_commit_leaves_a_step_done_or_not_begun(waiting: Waiting, step: str, tmp_path: Path) -> None:
    commits = transactions(waiting, step, tmp_path / "count")
    assert commits >= 3
    # the office's opening, sign-in, claim, draft, captures; the step's own commit is the last one
    wanted = {(place, commits) for place in COMMITS} | {(Place.AFTER_COMMIT, commits - 1)}
    done = {
        (place, at): kill_and_look(waiting, step, place, at, tmp_path / f"{place}-{at}") for place, at in sorted(wanted)
    }
    assert done[Place.AFTER_COMMIT, commits] is True
    assert not any(was for at, was in done.items() if at != (Place.AFTER_COMMIT, commits))


@pytest.mark.long
@pytest.mark.parametrize("turn", range(5))
@pytest.mark.parametrize("step", STEPS)
def test_d1_a_kill_at_every_commit(waiting: Waiting, step: str, turn: int, tmp_path: Path) -> None:
    for at in range(1, transactions(waiting, step, tmp_path / "count") + 1):
        for place in COMMITS:
            kill_and_look(waiting, step, place, at, tmp_path / f"{place}-{at}")


# the printer


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[Simulator]:
    """A printer that outlives the program; its papers lie in `tmp_path/tray`."""
    simulator = start_simulator("printer", {"tray": str(tmp_path / "tray")})
    yield simulator
    simulator.stop()


def printing(settings: Settings, printer: Simulator) -> Settings:
    return with_devices(settings, printer=DeviceSettings("escpos", printer.path))


def print_all(settings: Settings, *, place: Place = Place.NOWHERE) -> None:
    """In a child: open the terminal and let the queue print."""
    if place is Place.AFTER_PRINT_SEND:
        after(print_queue, "_send")
    elif place is Place.AFTER_DEVICE_SEND:
        before(print_queue, "_send")
    with Office.open(settings) as office:
        office.devices.get("printer").wait_ready(10.0)
        office.printing.poke()
        wait_for(office.printing.settled)


def wait_for(what: Any, seconds: float = 20.0) -> None:
    import time

    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def jobs(settings: Settings) -> dict[int, str]:
    with Office.open(settings, devices=False) as office, office.store.reading():
        return {row.id: row.state for row in PrintJob.select().order_by(PrintJob.id)}


@pytest.mark.parametrize("place", [Place.AFTER_DEVICE_SEND, Place.AFTER_PRINT_SEND, Place.BEFORE_COMMIT])
def test_a_paper_whose_printing_was_cut_off_is_unknown_and_never_printed_again_by_itself(
    settings: Settings, printer: Simulator, tmp_path: Path, place: Place
) -> None:
    carry_out(settings, "intake", None)
    (paper,) = jobs(settings)
    ready = printing(settings, printer)
    if place is Place.BEFORE_COMMIT:
        # the queue's start, then "sent", then "confirmed": the paper is out, its confirmation is lost
        run(lambda child: open_only(ready))  # it ends the sign-in that `carry_out` left open
        opening = run(lambda child: open_only(ready)).commits
        death = run(lambda child: print_all(ready), place=place, at=opening + 2)
    else:
        death = run(lambda child: print_all(ready, place=place))
    assert death.killed
    assert jobs(settings) == {paper: "sent"}
    assert not run(lambda child: print_all(ready)).killed
    assert jobs(settings) == {paper: "unknown"}
    came_out = len(list((tmp_path / "tray").glob("*.png")))
    assert came_out == (0 if place is Place.AFTER_DEVICE_SEND else 1)
    with Office.open(settings, devices=False) as office:
        desk = Desks(office)["sri"]
        (left,) = office.printing.leftovers()
        copy = desk.print_again(left.id, "Kertas pertama hilang.")
        assert copy.copy_no == 1
    assert not run(lambda child: print_all(ready)).killed
    assert jobs(settings) == {paper: "replaced", copy.id: "confirmed"}
    assert len(list((tmp_path / "tray").glob("*.png"))) == came_out + 1
    assert "SALINAN 1" in max((tmp_path / "tray").glob("*.txt")).read_text("utf-8")


def open_only(settings: Settings) -> None:
    """In a child: open the terminal and print nothing, however long it takes."""
    print_queue.PrintQueue._print_next = lambda queue: False  # type: ignore[method-assign]
    with Office.open(settings) as office:
        office.printing.stop()


def test_a_paper_that_never_reached_the_printer_is_printed_after_the_restart(
    settings: Settings, printer: Simulator, tmp_path: Path
) -> None:
    ready = printing(settings, printer)
    count = transactions_of_intake(settings, tmp_path)
    death = run(lambda child: carry_out(settings, "intake", None, child), place=Place.AFTER_COMMIT, at=count)
    assert death.killed
    (paper,) = jobs(settings)
    assert not run(lambda child: print_all(ready)).killed
    assert jobs(settings) == {paper: "confirmed"}
    assert len(list((tmp_path / "tray").glob("*.png"))) == 1


def transactions_of_intake(settings: Settings, folder: Path) -> int:
    return transactions(Waiting(Path(settings.folder) / "kiosk.toml", {}), "intake", folder / "count")


# the payment terminal


@pytest.fixture
def terminal() -> Iterator[Simulator]:
    """A payment terminal that outlives the program."""
    simulator = start_simulator("payment", {"polls": 1})
    yield simulator
    simulator.stop()


def paying(settings: Settings, terminal: Simulator) -> Settings:
    return with_devices(settings, payment=DeviceSettings("bca", terminal.path, {**SHORT, "echo_on_open": False}))


def charge(settings: Settings, case_id: int, place: Place) -> None:
    """In a child: charge the case by card, and die at `place`."""
    if place is Place.AFTER_DEVICE_SEND:
        after(sale.Sale, "on_stage")
    elif place is Place.AFTER_DEVICE_REPLY:
        before(cashier.Cashier, "_decide")
    with Office.open(settings) as office:
        office.devices.get("payment").wait_ready(10.0)
        desk = Desks(office)["ratna"]
        claim = desk.claim(case_id)
        desk.payments.charge(case_id, Method.EDC_CARD, key="cut", claim=claim)


@pytest.mark.parametrize("place", [Place.AFTER_DEVICE_SEND, Place.AFTER_DEVICE_REPLY])
def test_a_sale_cut_off_between_send_and_answer_is_unknown_and_then_what_the_terminal_says(
    waiting: Waiting, terminal: Simulator, tmp_path: Path, place: Place
) -> None:
    settings, case_id = paying(waiting.copy(tmp_path / "office"), terminal), waiting.cases["payment"]
    assert run(lambda child: charge(settings, case_id, place)).killed
    wait_for(lambda: not terminal.control({"line": True})["busy"])
    truth = [entry for entry in terminal.control({"transactions": True})["transactions"] if not entry["voided"]]
    with Office.open(settings) as office:
        office.devices.get("payment").wait_ready(10.0)
        ratna = Desks(office)["ratna"]
        (payment,) = ratna.payments.of_case(case_id)
        assert payment.state is State.UNKNOWN
        claim = ratna.claim(case_id)
        second = ratna.payments.charge(case_id, Method.EDC_CARD, key="another", claim=claim)
        assert hasattr(second, "refusals"), "an undecided payment blocks the next one"
        found = ratna.payments.ask(payment.id)
        assert isinstance(found, PaymentView), found
        assert (found.state is State.APPROVED) == bool(truth)
        if not truth:
            assert found.state in (State.UNKNOWN, State.DECLINED)
    assert len(terminal.control({"transactions": True})["transactions"]) == len(truth), "asking charges nothing"
    if place is Place.AFTER_DEVICE_REPLY:
        assert len(truth) == 1


@pytest.mark.parametrize("at", [0, 1])
def test_a_sale_cut_off_before_it_was_sent_was_never_sent(
    waiting: Waiting, terminal: Simulator, tmp_path: Path, at: int
) -> None:
    """The intent is committed, SENT is not: nothing left this program, so nothing was charged."""
    settings, case_id = paying(waiting.copy(tmp_path / "office"), terminal), waiting.cases["payment"]

    def cut(child: Child) -> None:
        before(sale.Sale, "_send" if at == 0 else "on_stage")
        charge(settings, case_id, Place.NOWHERE)

    assert run(cut).killed
    assert terminal.control({"attempts": True})["attempts"] == []
    with Office.open(settings) as office:
        (payment,) = Desks(office)["ratna"].payments.of_case(case_id)
        assert (payment.state, payment.reason) == (State.CANCELLED, "never_sent")


def test_the_children_really_die_where_they_are_told_to(settings: Settings) -> None:
    def work(child: Child) -> None:
        with Office.open(settings, devices=False) as office, office.store.writing():
            Draft.create(officer=1, case_ref=0, step="intake", content="{}", saved_at=clock.now())

    def kept() -> int:
        with Office.open(settings, devices=False) as office, office.store.reading():
            return Draft.select().count()

    assert run(work, place=Place.BEFORE_COMMIT, at=2) == Death(True, (), 0)
    assert kept() == 0
    assert run(work, place=Place.AFTER_COMMIT, at=2).killed
    assert kept() == 1
