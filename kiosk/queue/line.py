"""Reading the queue: who waits, in which order, for how long. Within a reading or writing unit of work."""

from collections import Counter as Tally
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from peewee import JOIN, fn

from db.tables import QueueCall, QueueTicket
from kiosk.cases.work import Look
from kiosk.people.model import sees
from kiosk.procedure import Procedure
from kiosk.queue.model import Board, Called, Overview, State, Ticket, number
from kiosk.queue.order import Waiting, expected_wait, in_order
from kiosk.queue.plan import Plan, Service

RECENT = 30
"""Of so many people served last the time that one takes is the mean."""
LONGEST = timedelta(hours=1)
"""Whoever is served for longer was forgotten at the counter."""


def served_by(look: Look, plan: Plan) -> tuple[Service, ...]:
    """The services that this officer may serve at this terminal."""
    only = plan.counter(look.kit.terminal).services
    return tuple(
        service
        for service in plan.services
        if (not only or service.key in only)
        and any(sees(look.officer, look.kit.procedure, step) for step in service.steps)
    )


def waiting(day: date, series: Iterable[str]) -> list[QueueTicket]:
    """The numbers of a day that wait."""
    return list(
        QueueTicket.select().where(
            (QueueTicket.day == day) & (QueueTicket.state == State.WAITING) & QueueTicket.series.in_(list(series))
        )
    )


def called_order(day: date, plan: Plan, series: Iterable[str]) -> tuple[Waiting, ...]:
    """Who waits in some series, in the order of their calls."""
    names = list(series)
    line = [Waiting(row.id, bool(row.priority), row.issued_at) for row in waiting(day, names)]
    return in_order(line, _streak(day, names, plan.priority_in_a_row), plan.priority_in_a_row)


def _streak(day: date, series: list[str], most: int) -> int:
    """How many priority numbers of these series were called since the last ordinary one; no more than `most`."""
    rows = (
        QueueTicket.select(QueueTicket.priority)
        .join(QueueCall)
        .where((QueueTicket.day == day) & QueueTicket.series.in_(series))
        .order_by(QueueCall.id.desc())
        .limit(most)
    )
    found = [row.priority for row in rows]
    return next((place for place, priority in enumerate(found) if not priority), len(found))


def wait_of(ticket: QueueTicket, now: datetime, plan: Plan, procedure: Procedure) -> tuple[int, timedelta]:
    """How many numbers of its series are called before a ticket, and how long that takes."""
    order = called_order(ticket.day, plan, [ticket.series])
    ahead = next((place for place, one in enumerate(order) if one.id == ticket.id), len(order))
    return ahead, _expected(ticket.series, ahead, now, plan, procedure)


def _expected(series: str, ahead: int, now: datetime, plan: Plan, procedure: Procedure) -> timedelta:
    return expected_wait(ahead, one_takes(series, plan, procedure), _open_counters(series, now, plan))


def one_takes(series: str, plan: Plan, procedure: Procedure) -> timedelta:
    """How long a number of a series is at the counter: the mean of the last ones, else the SOP's standard minutes."""
    rows = (
        QueueCall.select(QueueCall.called_at, QueueCall.ended_at)
        .join(QueueTicket)
        .where((QueueTicket.series == series) & (QueueCall.ended_as == State.SERVED))
        .order_by(QueueCall.id.desc())
        .limit(RECENT)
    )
    took = [min(LONGEST, max(timedelta(0), row.ended_at - row.called_at)) for row in rows]
    if took:
        return sum(took, timedelta(0)) / len(took)
    service = plan.of_series(series)
    minutes = sum(procedure.step(step).minutes for step in service.steps) if service else 5
    return timedelta(minutes=minutes)


def _open_counters(series: str, now: datetime, plan: Plan) -> int:
    since = now - timedelta(minutes=plan.counter_idle)
    query = (
        QueueCall.select(fn.COUNT(QueueCall.terminal.distinct()))
        .join(QueueTicket)
        .where(
            (QueueTicket.series == series)
            & (QueueCall.called_at > now - timedelta(days=1))
            & ((QueueCall.called_at >= since) | (QueueCall.ended_at >= since) | QueueCall.ended_at.is_null())
        )
    )
    return int(query.scalar() or 0)


def open_calls(*where: Any) -> tuple[Called, ...]:
    """The open calls, the last called first."""
    query = QueueCall.select(QueueCall, QueueTicket).join(QueueTicket, JOIN.INNER).where(QueueCall.ended_at.is_null())
    for condition in where:
        query = query.where(condition)
    return tuple(_called(row) for row in query.order_by(QueueCall.last_called_at.desc(), QueueCall.id.desc()))


def _called(row: QueueCall) -> Called:
    ticket = row.ticket
    return Called(
        call=row.id,
        ticket=ticket.id,
        number=number(ticket.series, ticket.serial),
        service=ticket.series,
        priority=ticket.priority,
        counter=row.counter,
        times=row.times,
        called_at=row.called_at,
        last_called_at=row.last_called_at,
        started_at=row.started_at,
    )


def overview(look: Look, plan: Plan) -> Overview:
    """The queue as this officer at this terminal sees it."""
    services = served_by(look, plan)
    series = [service.series for service in services]
    order = {one.id: place for place, one in enumerate(called_order(look.today, plan, series))}
    rows = sorted(waiting(look.today, series), key=lambda row: order.get(row.id, len(order)))
    absent = QueueTicket.select().where(
        (QueueTicket.day == look.today) & (QueueTicket.state == State.ABSENT) & QueueTicket.series.in_(series)
    )
    served = QueueCall.select().where(
        (QueueCall.officer == look.officer.id)
        & (QueueCall.ended_as == State.SERVED)
        & (QueueCall.called_at >= look.now - timedelta(hours=14))
    )
    own = {name: called_order(look.today, plan, [name]) for name in series}
    return Overview(
        counter=plan.counter(look.kit.terminal).shown,
        services=tuple(service.key for service in services),
        mine=next(iter(open_calls(QueueCall.officer == look.officer.id)), None),
        waiting=tuple(_ticket(row, look, plan, own[row.series]) for row in rows),
        absent=tuple(ticket(row, plan) for row in absent.order_by(QueueTicket.id)),
        served_today=served.count(),
    )


def _ticket(row: QueueTicket, look: Look, plan: Plan, order: tuple[Waiting, ...]) -> Ticket:
    ahead = next((place for place, one in enumerate(order) if one.id == row.id), len(order))
    return ticket(row, plan, ahead, _expected(row.series, ahead, look.now, plan, look.kit.procedure))


def ticket(row: QueueTicket, plan: Plan, ahead: int = 0, expected: timedelta | None = None) -> Ticket:
    """A row as a value."""
    service = plan.of_series(row.series)
    return Ticket(
        id=row.id,
        number=number(row.series, row.serial),
        service=service.key if service else row.series,
        priority=row.priority,
        state=State(row.state),
        issued_at=row.issued_at,
        absences=row.absences,
        ahead=ahead,
        expected=expected,
    )


def board(day: date, plan: Plan) -> Board:
    """What the display shows."""
    tally = Tally(row.series for row in waiting(day, [service.series for service in plan.services]))
    return Board(
        calls=open_calls(QueueTicket.day == day),
        waiting=tuple((service.series, tally[service.series]) for service in plan.services),
    )
