"""The queue at a counter: draw a number, call the next, call again, absent, begin, served, back after an absence.

Never two officers for one number: a call takes the ticket by a conditional update on its state, and the database has at
most one open call for a ticket and one for an officer (constraints.PARTIAL_UNIQUE). Every act is an audit event: the
order of calls can be looked at afterwards.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from db.tables import QueueCall, QueueTicket
from kiosk import audit
from kiosk.cases.engine import require_present
from kiosk.cases.transactions import Refuse, refuse, refusing, unit_of_work
from kiosk.cases.work import Look, next_number, queue_paper
from kiosk.people.model import OfficerAt, sees
from kiosk.procedure import Procedure
from kiosk.queue import line
from kiosk.queue.model import Called, Overview, State, Ticket, number
from kiosk.queue.plan import Plan, Service, plan
from kiosk.receipts.contents import QueueSlip
from kiosk.refusals import Code, Refused, refused
from kiosk.settings import Settings
from kiosk.toml_file import FileRefused

if TYPE_CHECKING:
    from kiosk.desk import Desk

ATTEMPTS = 5
"""How often the next number is chosen anew where another counter was quicker."""


def plan_of(desk: Desk) -> Plan:
    """The office's plan. Raises FileRefused."""
    return plan(desk.office.settings.path(""))


def serves(desk: Desk) -> tuple[Service, ...]:
    """The services that this officer may serve at this terminal; none where queue.toml can't be read."""
    try:
        return line.served_by(desk.look(), plan_of(desk))
    except (FileRefused, OSError):
        return ()


def has_counter(officer: OfficerAt, procedure: Procedure, settings: Settings) -> bool:
    """Does this officer serve people who wait? No question to the database."""
    try:
        services = plan(settings.path("")).services
    except (FileRefused, OSError):
        return False
    return any(sees(officer, procedure, step) for service in services for step in service.steps)


def overview(desk: Desk) -> Overview | Refused:
    """The queue as this counter sees it. Raises StoreError."""
    try:
        the_plan = plan_of(desk)
    except (FileRefused, OSError) as error:
        return refused(Code.RULES_UNREADABLE, detail=str(error))
    with desk.office.store.reading():
        return line.overview(desk.look(), the_plan)


@refusing
def issue(desk: Desk, service: str, priority: str = "") -> Ticket | Refused:
    """Draw the next number of a service for somebody (of a priority group), and print the slip."""
    look = desk.look()
    groups = {group.code for group in look.regulations.priorities}
    with unit_of_work(desk.office.store) as answer:
        the_plan, services = _here(desk, look)
        chosen = next((one for one in services if one.key == service), None)
        if chosen is None:
            raise refuse(Code.FIELD_NOT_A_CHOICE, "service")
        if priority and priority not in groups:
            raise refuse(Code.FIELD_NOT_A_CHOICE, "priority")
        row = QueueTicket.create(
            day=look.today,
            series=chosen.series,
            serial=next_number(f"queue-{chosen.series}-{look.today.isoformat()}"),
            priority=priority,
            state=State.WAITING,
            issued_at=look.now,
            terminal=look.kit.terminal,
            officer=look.officer.id,
        )
        ahead, expected = line.wait_of(row, look.now, the_plan, look.kit.procedure)
        slip = QueueSlip(
            number=number(row.series, row.serial),
            service=chosen.name,
            issued_at=look.now,
            ahead=ahead,
            minutes=int(expected / timedelta(minutes=1)),
            priority=bool(priority),
        )
        queue_paper(look, slip)
        _audit(look, "queue_drawn", row.id, {"number": slip.number, "priority": priority})
        answer.value = line.ticket(row, the_plan, ahead, expected)
    desk.office.printing.poke()
    found: Ticket | Refused = answer.refused or answer.value
    return found


@refusing
def call_next(desk: Desk) -> Called | Refused:
    """Call whose turn it is; who was being served before is served now."""
    answer: Called | Refused = refused(Code.QUEUE_TICKET_TAKEN)
    for _ in range(ATTEMPTS):
        look = desk.look()
        with desk.office.store.reading():
            try:
                chosen = _choose(desk, look)
            except Refuse as given_up:
                return given_up.answer
        answer = _call(desk, look, chosen)
        if not isinstance(answer, Refused) or answer.first.code is not Code.QUEUE_TICKET_TAKEN:
            break
    return answer


def _choose(desk: Desk, look: Look) -> int | None:
    the_plan, services = _here(desk, look)
    order = line.called_order(look.today, the_plan, [service.series for service in services])
    return order[0].id if order else None


def _call(desk: Desk, look: Look, chosen: int | None) -> Called | Refused:
    with unit_of_work(desk.office.store) as answer:
        the_plan, _ = _here(desk, look)
        if (open_one := _mine(look)) is not None:
            _end_before_next(look, open_one)
        if chosen is None:
            raise refuse(Code.QUEUE_EMPTY)
        if not take(chosen):
            raise refuse(Code.QUEUE_TICKET_TAKEN)
        row = QueueCall.create(
            ticket=chosen,
            officer=look.officer.id,
            terminal=look.kit.terminal,
            counter=the_plan.counter(look.kit.terminal).shown,
            called_at=look.now,
            last_called_at=look.now,
        )
        _audit(look, "queue_called", chosen)
        answer.value = line.open_calls(QueueCall.id == row.id)[0]
    found: Called | Refused = answer.refused or answer.value
    return found


def take(ticket: int) -> bool:
    """Take a waiting number for a call. False if another counter has taken it. Within a writing unit of work."""
    waits = (QueueTicket.id == ticket) & (QueueTicket.state == State.WAITING)
    return bool(QueueTicket.update(state=State.CALLED).where(waits).execute())


def _end_before_next(look: Look, open_one: QueueCall) -> None:
    """Whoever was served is done; a call of an earlier day that nobody ended was one nobody came to."""
    if open_one.started_at is not None:
        _end(look, open_one, State.SERVED)
    elif open_one.ticket.day != look.today:
        _end(look, open_one, State.VOID)
    else:
        raise refuse(Code.QUEUE_CALL_OPEN, number=number(open_one.ticket.series, open_one.ticket.serial))


@refusing
def recall(desk: Desk) -> Called | Refused:
    """Call the called number once more."""
    look = desk.look()
    with unit_of_work(desk.office.store) as answer:
        row = _open_call(desk, look)
        QueueCall.update(times=QueueCall.times + 1, last_called_at=look.now).where(QueueCall.id == row.id).execute()
        _audit(look, "queue_recalled", row.ticket_id)
        answer.value = line.open_calls(QueueCall.id == row.id)[0]
    found: Called | Refused = answer.refused or answer.value
    return found


@refusing
def start(desk: Desk) -> Called | Refused:
    """The person came: serving begins."""
    look = desk.look()
    with unit_of_work(desk.office.store) as answer:
        row = _open_call(desk, look)
        if row.started_at is None:
            QueueCall.update(started_at=look.now).where(QueueCall.id == row.id).execute()
            QueueTicket.update(state=State.SERVING).where(QueueTicket.id == row.ticket_id).execute()
            _audit(look, "queue_began", row.ticket_id)
        answer.value = line.open_calls(QueueCall.id == row.id)[0]
    found: Called | Refused = answer.refused or answer.value
    return found


@refusing
def absent(desk: Desk) -> Ticket | Refused:
    """Nobody came: the number may come back and keeps its place, until it was absent too often."""
    look = desk.look()
    with unit_of_work(desk.office.store) as answer:
        row = _open_call(desk, look)
        if row.started_at is not None:
            raise refuse(Code.QUEUE_BEGUN)
        last = row.ticket.absences + 1 >= plan_of(desk).absences
        _end(look, row, State.VOID if last else State.ABSENT)
        answer.value = line.ticket(QueueTicket.get_by_id(row.ticket_id), plan_of(desk))
    found: Ticket | Refused = answer.refused or answer.value
    return found


@refusing
def served(desk: Desk) -> Ticket | Refused:
    """The person at the counter is done, and no other is called."""
    look = desk.look()
    with unit_of_work(desk.office.store) as answer:
        row = _open_call(desk, look)
        if row.started_at is None:
            raise refuse(Code.QUEUE_NOT_BEGUN)
        _end(look, row, State.SERVED)
        answer.value = line.ticket(QueueTicket.get_by_id(row.ticket_id), plan_of(desk))
    found: Ticket | Refused = answer.refused or answer.value
    return found


@refusing
def back(desk: Desk, ticket: int) -> Ticket | Refused:
    """Who was absent is here: the number waits again, in its old place."""
    look = desk.look()
    with unit_of_work(desk.office.store) as answer:
        the_plan, services = _here(desk, look)
        was_absent = (
            (QueueTicket.id == ticket)
            & (QueueTicket.day == look.today)
            & (QueueTicket.state == State.ABSENT)
            & QueueTicket.series.in_([service.series for service in services])
        )
        if not QueueTicket.update(state=State.WAITING).where(was_absent).execute():
            raise refuse(Code.QUEUE_NOT_ABSENT)
        _audit(look, "queue_back", ticket)
        answer.value = line.ticket(QueueTicket.get_by_id(ticket), the_plan)
    found: Ticket | Refused = answer.refused or answer.value
    return found


def _here(desk: Desk, look: Look) -> tuple[Plan, tuple[Service, ...]]:
    """The plan and what is served here. Raises Refuse for who serves nothing."""
    require_present(look)
    try:
        the_plan = plan_of(desk)
    except (FileRefused, OSError) as error:
        raise refuse(Code.RULES_UNREADABLE, detail=str(error)) from None
    services = line.served_by(look, the_plan)
    if not services:
        procedure = look.kit.procedure
        raise refuse(Code.NOT_YOUR_UNIT, unit=procedure.unit(procedure.steps[0].unit).label)
    return the_plan, services


def _mine(look: Look) -> QueueCall | None:
    found: QueueCall | None = QueueCall.get_or_none(
        (QueueCall.officer == look.officer.id) & QueueCall.ended_at.is_null()
    )
    return found


def _open_call(desk: Desk, look: Look) -> QueueCall:
    """This officer's open call, held until the commit. Raises Refuse if there is none."""
    _here(desk, look)
    row = _mine(look)
    if row is None:
        raise refuse(Code.QUEUE_NO_CALL)
    return row


def _end(look: Look, row: QueueCall, as_state: State) -> None:
    ended = QueueCall.update(ended_at=look.now, ended_as=as_state).where(
        (QueueCall.id == row.id) & QueueCall.ended_at.is_null()
    )
    if not ended.execute():
        raise refuse(Code.QUEUE_NO_CALL)
    changes: dict[str, Any] = {"state": as_state}
    if as_state is not State.SERVED:
        changes["absences"] = QueueTicket.absences + 1
    if as_state is not State.ABSENT:
        changes["ended_at"] = look.now
    QueueTicket.update(**changes).where(QueueTicket.id == row.ticket_id).execute()
    _audit(look, f"queue_{as_state}", row.ticket_id)


def _audit(look: Look, action: str, ticket: int, data: dict[str, Any] | None = None) -> None:
    audit.append(look.now, look.signer, action, f"ticket:{ticket}", data)
