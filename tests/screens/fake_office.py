"""An office of a few lines, for the framework's own tests: what the screens ask is answered from memory."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from kiosk import procedure
from kiosk.cases.model import Claim, CustodyLine, Found, HistoryLine, Moved, Outcome, Status, WorkItem
from kiosk.cases.news import News
from kiosk.cases.opening import Opened
from kiosk.cases.urgency import Urgency
from kiosk.people.model import DutyHeld, OfficerAt, Witness
from kiosk.people.staffing import Staffing
from kiosk.refusals import Code, Refusal, Refused, refused

AT = datetime(2026, 11, 24, 1, 5, tzinfo=UTC)
"""The instant of every screen in these tests: 08:05 WIB."""
PIN = "204060"
PROCEDURE = procedure.load()


@dataclass(frozen=True)
class Prepared:
    fact: str = "ADA"


def device(role: str, state: str, code: str | None = None, **more: str) -> Any:
    """What a device says of itself."""
    return SimpleNamespace(role=role, state=state, code=code, **{"model": "", "detail": "", "trouble": ""} | more)


class FakeDevices:
    def __init__(self) -> None:
        self.states: dict[str, Any] = {}
        self.listeners: list[Callable[[Any], None]] = []
        self.wires: dict[str, Callable[[str], None]] = {}

    def subscribe(self, listener: Callable[[Any], None]) -> None:
        self.listeners.append(listener)

    def status(self, role: str) -> Any:
        return self.states.get(role) or device(role, "absent")

    def statuses(self) -> tuple[Any, ...]:
        return tuple(self.status(role) for role in ("fingerprint", "payment", "printer", "scanner", "camera"))

    def get(self, role: str) -> None:
        return None

    def listen(self, role: str, listener: Callable[[str], None]) -> Callable[[], None]:
        self.wires[role] = listener
        return lambda: self.wires.pop(role, None) and None


class FakeService:
    """A step whose rules refuse the surname `TOLAK`, and complete anything else."""

    def __init__(self, desk: "FakeDesk", key: str) -> None:
        self.desk, self.key = desk, key

    def prepare(self, case_id: int | None) -> Any:
        return self.desk.office.prepared

    def open(self, case_id: int) -> Any:
        office, desk = self.desk.office, self.desk
        claim = desk.claim(case_id)
        if isinstance(claim, Refused):
            return claim
        case = desk.case(case_id)
        if case is None:
            return refused(Code.CASE_NOT_FOUND)
        if case.step != self.key:
            return refused(Code.CASE_MOVED_ON)
        return Opened(case, claim, office.news, office.worked, office.prepared)

    def check(self, case_id: int | None, given: Any) -> tuple[Refusal, ...]:
        return self.desk.office.rule(given)

    def complete(
        self, case_id: int | None, given: Any, *, key: str, witness: Any = None, claim: Any = None, worked: int = 0
    ) -> Any:
        office = self.desk.office
        office.completions.append((self.key, case_id, given, key, witness, claim))
        office.gate.wait(5)
        if office.broken is not None:
            raise office.broken
        refusals = office.rule(given)
        return Refused(refusals) if refusals else SimpleNamespace(number="2B26MRE0007-C")


class FakeSteps:
    def __init__(self, desk: "FakeDesk") -> None:
        self.desk = desk

    def __getitem__(self, key: str) -> FakeService:
        return FakeService(self.desk, key)


@dataclass
class FakeDesk:
    office: "FakeOffice"
    officer: OfficerAt

    @property
    def steps(self) -> FakeSteps:
        return FakeSteps(self)

    def sign_out(self) -> None:
        self.office.log.append("sign_out")

    def unlock(self, pin: str) -> Refused | None:
        return None if pin == PIN else refused(Code.SIGN_IN_FAILED, limit=5)

    def witness(self, login: str, pin: str) -> Witness | Refused:
        if pin != PIN:
            return refused(Code.SIGN_IN_FAILED, limit=5)
        return Witness(2, 2, "BUDI SANTOSO", ("WASDAKIM",), ("verifier",))

    def staffing(self) -> Staffing:
        return self.office.staffing

    def may(self, step: str) -> bool:
        return True

    def work_list(self, limit: int = 20, after: Any = None) -> tuple[WorkItem, ...]:
        places = [None, *(item.place for item in self.office.items)]
        first = places.index(after)
        return tuple(self.office.items[first : first + limit])

    def case(self, case_id: int) -> Any:
        item = next((item for item in self.office.items if item.case_id == case_id), None)
        if item is None:
            return None
        return SimpleNamespace(
            id=case_id,
            application_no=item.application_no,
            kind="extension",
            procedure=PROCEDURE,
            step=item.step,
            at=PROCEDURE.step(item.step),
            status=item.status,
            outcome=item.outcome,
            opened_at=AT,
            waiting_since=item.since,
            promise_due=item.due,
            ended_at=None,
            priority=item.priority,
            holder_name=item.holder_name,
            nationality=item.nationality,
            issuing_state="AUS",
            passport_no="PA1234567",
            permit_expiry=item.permit_expiry,
            attempt=1,
            runs={},
            version=1,
            output=lambda step, kind: None,
        )

    def history(self, case_id: int) -> tuple[HistoryLine, ...]:
        return self.office.history

    def custody(self, case_id: int) -> tuple[CustodyLine, ...]:
        return (CustodyLine(AT, "office", "SRI [/b] HARTATI", "diterima"),)

    def papers(self, case_id: int | None) -> tuple[Any, ...]:
        return self.office.papers

    @property
    def payments(self) -> Any:
        return SimpleNamespace(undecided=lambda: self.office.undecided)

    def search(self, text: str, limit: int = 20) -> tuple[Found, ...]:
        return tuple(
            Found(i.case_id, i.application_no, i.holder_name, "PA1234567", i.step, i.status, i.outcome)
            for i in self.office.items
            if text.casefold() in f"{i.holder_name} {i.application_no}".casefold()
        )

    def find_code(self, text: str) -> int | Refused:
        self.office.log.append(f"code {text}")
        return self.office.items[0].case_id if text.startswith("ITK1") else refused(Code.CASE_NOT_FOUND)

    def claim(self, case_id: int) -> Claim | Refused:
        self.office.log.append(f"claim {case_id}")
        return self.office.claim_answer or Claim(1, case_id, AT + timedelta(minutes=15))

    def release(self, case_id: int) -> None:
        self.office.log.append(f"release {case_id}")

    def pause(self, case_id: int, reason: str) -> None:
        self.office.log.append(f"pause {case_id} {reason}")

    def draft(self, step: str, case_id: int | None) -> dict[str, Any] | None:
        return self.office.drafts.get((self.officer.login, step, case_id))

    def save_draft(self, step: str, case_id: int | None, content: dict[str, Any]) -> Refused | None:
        if self.office.draft_answer is not None:
            return self.office.draft_answer
        self.office.drafts[self.officer.login, step, case_id] = content
        return None

    def keep_draft_here(self, step: str, case_id: int | None, content: dict[str, Any]) -> None:
        self.office.log.append("kept here")

    def bring_drafts_back(self) -> None:
        self.office.log.append("brought back")

    def drop_draft(self, step: str, case_id: int | None) -> None:
        self.office.drafts.pop((self.officer.login, step, case_id), None)

    def act(self, case_id: int, what: Any, **given: Any) -> Moved | Refused:
        self.office.log.append(f"act {case_id} {what} {given['reason']} {given.get('to', '')}".rstrip())
        return Moved(case_id, "intake", Status.ACTIVE, Outcome.IN_PROCESS)


def item(number: int, step: str = "verification", holder: str = "SMITH JOHN", **changes: Any) -> WorkItem:
    values: dict[str, Any] = {
        "case_id": number,
        "application_no": f"ITK-MRE-2026-{number:05d}",
        "step": step,
        "number": PROCEDURE.step(step).number,
        "status": Status.ACTIVE,
        "outcome": Outcome.IN_PROCESS,
        "holder_name": holder,
        "nationality": "AUS",
        "since": AT - timedelta(minutes=200 - number),
        "due": None,
        "permit_expiry": None,
        "priority": "",
        "urgency": Urgency.PRIORITY if changes.get("priority") else Urgency.NONE,
        "claimed_by": "",
        "has_draft": False,
    }
    return WorkItem(**(values | changes))


class FakeLive:
    """What other terminals do and how the database is, told from a test."""

    def __init__(self) -> None:
        self.trouble: Refused | None = None
        self.changed: list[Callable[[frozenset[int]], None]] = []
        self.troubled: list[Callable[[Refused | None], None]] = []
        self.queue: list[Callable[[], object]] = []
        self.on_change, self.on_trouble, self.on_queue = self.changed.append, self.troubled.append, self.queue.append

    def tell(self, trouble: Refused | None) -> None:
        self.trouble = trouble
        for listener in self.troubled:
            listener(trouble)


@dataclass
class FakeOffice:
    """One terminal of a demo office. Change its fields to say what happens next."""

    items: list[WorkItem] = field(default_factory=list)
    prepared: Any = field(default_factory=Prepared)
    drafts: dict[Any, dict[str, Any]] = field(default_factory=dict)
    completions: list[Any] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    history: tuple[HistoryLine, ...] = ()
    news: News = field(default_factory=News)
    claim_answer: Refused | None = None
    draft_answer: Refused | None = None
    broken: Exception | None = None
    worked: int = 61
    papers: tuple[Any, ...] = ()
    staffing: Staffing = field(default_factory=lambda: Staffing((), ()))
    undecided: tuple[Any, ...] = ()
    rule: Callable[[Any], tuple[Refusal, ...]] = lambda given: ()
    demo: bool = True
    idle_lock_seconds: float = 300
    quit_at_sign_in: bool = True
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()
        letterhead = ("KEMENTERIAN IMIGRASI DAN PEMASYARAKATAN", "KANTOR IMIGRASI KELAS II NON TPI MUARA ENIM")
        self.settings = SimpleNamespace(
            office=SimpleNamespace(place="Muara Enim", letterhead=letterhead),
            path=Path("/nowhere").joinpath,
            policy=SimpleNamespace(idle_lock_seconds=self.idle_lock_seconds, quit_at_sign_in=self.quit_at_sign_in),
        )
        self.procedure = PROCEDURE
        self.regulations = SimpleNamespace(items=())
        self.devices = FakeDevices()
        self.terminal = "loket-1"
        self.printing = SimpleNamespace()
        self.live = FakeLive()
        self.closed = False

    def demo_officers(self) -> tuple[Any, ...]:
        if not self.demo:
            return ()
        return (
            SimpleNamespace(login="sri", pin=PIN, name="SRI HARTATI", units=("LALINTUSKIM",), roles=("counter",)),
            SimpleNamespace(login="budi", pin=PIN, name="BUDI SANTOSO", units=("LALINTUSKIM",), roles=("entry",)),
        )

    def sign_in(self, login: str, pin: str) -> FakeDesk | Refused:
        if pin != PIN:
            return refused(Code.SIGN_IN_FAILED, limit=5)
        return FakeDesk(
            self,
            OfficerAt(
                1,
                1,
                login,
                "SRI HARTATI",
                "198503122010012001",
                (DutyHeld("LALINTUSKIM", "counter"), DutyHeld("LALINTUSKIM", "approver")),
            ),
        )

    def close(self) -> None:
        self.closed = True
