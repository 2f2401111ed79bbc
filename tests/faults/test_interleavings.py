"""C5: two acts that exclude each other, interleaved at each statement: the end is that of one after the other.

Approve and refuse; pay and withdraw; hand over and void the claim or shelve the passport; archive and hold. On both
databases: SQLite and PostgreSQL.
"""

import itertools
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from peewee import fn

from db.tables import ArchiveRecord, Case, CaseEvent, Claim, Custody, Handover, Payment, Receipt, StepRun
from kiosk import audit, clock, passports
from kiosk.cases import engine, load
from kiosk.cases.model import Act, Status
from kiosk.cases.work import void_receipts
from kiosk.demo.office import found_demo
from kiosk.office import Office
from kiosk.receipts.token import ReceiptType
from kiosk.refusals import Code, Refused
from tests import builders, databases
from tests.conftest import Desks
from tests.faults.interleaving import interleave
from tests.faults.thirteen import passport

Doing = Callable[[], Any]
NUMBERS = itertools.count(1)
REASON = "Uji dua petugas bersamaan."


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An open office on either database, for all cases of this module."""
    address = databases.new_address(server=request.param == "postgresql")
    if request.param == "postgresql" and not databases.CAN_SERVE:
        pytest.skip(databases.NO_SERVER)
    if request.param == "sqlite" and databases.SERVER:
        pytest.skip("the other tests are on a server")
    databases.create(address)
    settings = found_demo(tmp_path_factory.mktemp("c5") / "office", devices=False, database=address)
    with Office.open(settings, devices=False) as office:
        yield office
    databases.drop(address)


class Pairs:
    """Makes a fresh case for each run, and the two acts that compete for it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.desks = Desks(office)

    def _passport(self) -> Any:
        return passport(f"57{next(NUMBERS):07d}")

    def _completing(self, login: str, step: str, case_id: int, given: Any, **more: Any) -> Doing:
        desk, key = self.desks[login], secrets.token_hex(16)
        claim = desk.claim(case_id)
        assert not isinstance(claim, Refused), claim
        return lambda: desk.steps[step].complete(case_id, given, key=key, claim=claim, **more)

    def _acting(self, login: str, case_id: int, what: Act, **more: Any) -> Doing:
        desk, key = self.desks[login], secrets.token_hex(16)
        return lambda: desk.act(case_id, what, key=key, reason=REASON, **more)

    def approve_refuse(self) -> tuple[int, Doing, Doing]:
        case_id = builders.case_at_approval(self.office, self.desks, passport=self._passport())
        approving = self._completing("hendra", "approval", case_id, builders.given_approval())
        return case_id, approving, self._acting("hendra", case_id, Act.REFUSE)

    def pay_withdraw(self) -> tuple[int, Doing, Doing]:
        case_id = builders.case_at_payment(self.office, self.desks, passport=self._passport())
        slip = builders.given_payment(ntpn=secrets.token_hex(8).upper(), billing_code=f"{case_id:015d}")
        paying = self._completing("ratna", "payment", case_id, slip)
        return case_id, paying, self._acting("sri", case_id, Act.WITHDRAW)

    def hand_over_void(self) -> tuple[int, Doing, Doing]:
        case_id = builders.case_at_handover(self.office, self.desks, passport=self._passport())
        witness = self.desks["sri"].witness("agus", "141421")
        given = builders.given_handover(self.office, case_id, reason="Alat sidik jari belum terpasang.")
        handing = self._completing("sri", "handover", case_id, given, witness=witness)

        def void() -> int:
            with self.office.store.writing():
                return void_receipts(case_id, (ReceiptType.PAYMENT,), REASON, clock.now())

        return case_id, handing, void

    def hand_over_shelve(self) -> tuple[int, Doing, Doing]:
        case_id, handing, _ = self.hand_over_void()
        desk, key = self.desks["sri"], secrets.token_hex(16)
        return case_id, handing, lambda: passports.shelve(desk, case_id, "A-12", key=key)

    def archive_hold(self) -> tuple[int, Doing, Doing]:
        case_id = builders.case_at_archiving(self.office, self.desks, passport=self._passport())
        archiving = self._completing("eko", "archiving", case_id, builders.given_archiving())
        return case_id, archiving, self._acting("eko", case_id, Act.HOLD, hold=Status.WAITING_SUPERIOR)


PAIRS = ("approve_refuse", "pay_withdraw", "hand_over_void", "archive_hold", "hand_over_shelve")


@dataclass(frozen=True)
class End:
    """What both were told (done or not) and what the office holds of the case afterwards."""

    answers: tuple[bool, bool]
    position: tuple[str, str, str]
    rows: tuple[tuple[str, int], ...]


def end(office: Office, case_id: int, answers: tuple[Any, Any], *, turned: bool = False) -> End:
    for answer in answers:
        # a deadlock, a lost connection or a defect is no refusal of an officer's
        assert not isinstance(answer, Refused) or answer.first.code is not Code.DATABASE_UNREACHABLE, answer
    told = tuple(not isinstance(answer, Refused) for answer in answers)
    with office.store.reading():
        row = Case.get_by_id(case_id)
        last = Custody.select(fn.MAX(Custody.id)).where(Custody.case == case_id).scalar()
        mine = {
            "runs": StepRun.select().where(StepRun.case == case_id),
            "events": CaseEvent.select().where(CaseEvent.case == case_id),
            "paid": Payment.select().where((Payment.case == case_id) & (Payment.state == "approved")),
            "handed": Handover.select().where(Handover.case == case_id),
            "filed": ArchiveRecord.select().where(ArchiveRecord.case == case_id),
            "good": Receipt.select().where((Receipt.case == case_id) & Receipt.voided_at.is_null()),
            "passport away": Custody.select().where(
                (Custody.case == case_id) & (Custody.id == last) & (Custody.holder != "office")
            ),
            "claims": Claim.select().where((Claim.case == case_id) & Claim.released_at.is_null()),
        }
        rows = tuple((name, query.count()) for name, query in mine.items())
    one, two = told[::-1] if turned else told
    return End((one, two), (row.step, row.status, row.outcome), rows)


def serial(pairs: Pairs, name: str) -> set[End]:
    """How it ends one after the other, in both orders."""
    ends = set()
    for turned in (False, True):
        case_id, one, other = getattr(pairs, name)()
        answers = (other(), one()) if turned else (one(), other())
        ends.add(end(pairs.office, case_id, answers, turned=turned))
    return ends


def differing(pairs: Pairs, name: str, *, every: int, start: int = 1) -> tuple[list[str], int, int]:
    """Interleavings whose end is neither; how many were tried, and in how many the second ended inside the first."""
    allowed = serial(pairs, name)
    wrong, tried, inside = [], 0, 0
    for turned in (False, True):
        at = start
        while True:
            case_id, one, other = getattr(pairs, name)()
            first, second = (other, one) if turned else (one, other)
            ran = interleave(pairs.office.store, first, second, at)
            tried, inside = tried + 1, inside + ran.inside
            found = end(pairs.office, case_id, (ran.first, ran.second), turned=turned)
            if found not in allowed:
                wrong.append(f"{name}, turned {turned}, before statement {at}: {found}")
            if ran.statements < at:
                break
            at += every
    return wrong, tried, inside


@pytest.mark.parametrize("name", [*PAIRS[:3], *(pytest.param(each, marks=pytest.mark.long) for each in PAIRS[3:])])
def test_c5_two_acts_interleaved_end_as_one_after_the_other(shared: Office, name: str) -> None:
    wrong, _, _ = differing(Pairs(shared), name, every=31, start=9)
    assert wrong == []
    with shared.store.reading():
        assert audit.verify().verified


@pytest.mark.long
@pytest.mark.parametrize("name", PAIRS)
def test_c5_two_acts_interleaved_at_every_statement(shared: Office, name: str) -> None:
    wrong, tried, inside = differing(Pairs(shared), name, every=1)
    print(f"\n{name}: {tried} interleavings, in {inside} the second ended inside the first, {len(wrong)} wrong")
    assert wrong == []
    with shared.store.reading():
        assert audit.verify().verified


def test_c5_without_the_lock_and_the_condition_it_would_end_otherwise(
    shared: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: a case is moved whoever moved it meanwhile. SQLite's one writer at a time hides it."""
    if shared.store.path is not None:
        pytest.skip("on SQLite two acts never overlap")

    def move(case: Any, to: Any, now: Any, changes: Any) -> None:
        Case.update(version=Case.version + 1, step=to.step, status=to.status, outcome=to.outcome, **changes).where(
            Case.id == case.id
        ).execute()

    monkeypatch.setattr(engine, "move_case", move)
    monkeypatch.setattr(load, "held_row", lambda query: query)
    monkeypatch.setattr(engine, "require_claim", lambda look, case, token: None)
    wrong, _, inside = differing(Pairs(shared), "approve_refuse", every=9, start=5)
    assert inside > 0
    assert wrong != []
