"""`kiosk report flow`: the office of a day, as words, a table or a picture."""

import csv as csv_of
import io
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from kiosk import clock
from kiosk.cli.common import Config, Exit, Failure, Json, answer, opened
from kiosk.formats import moment_short, rupiah, stopwatch
from kiosk.money.cash_book import safe_cell
from kiosk.money.shifts import label
from kiosk.procedure import Procedure
from kiosk.records import plain
from kiosk.reports import flow as flow_of
from kiosk.reports import flow_picture
from kiosk.reports.flow import Flow
from kiosk.reports.period import Period
from kiosk.reports.period import day as day_of
from kiosk.words import Language, Words

COLUMNS = ("section", "name", "waiting", "held", "done", "seconds", "standard", "note")


def add_to(app: typer.Typer) -> None:
    """Add the verb to `kiosk report`."""
    app.command()(flow)


def flow(
    day: Annotated[str, typer.Option("--day", help="YYYY-MM-DD; today if not given.", show_default=False)] = "",
    config: Config = None,
    csv: Annotated[bool, typer.Option("--csv", help="A table for a spreadsheet on standard output.")] = False,
    json: Json = False,
    png: Annotated[Path | None, typer.Option("--png", help="Write a picture to this file too.")] = None,
) -> None:
    """Flow by step, load by officer, standard against real time, the promise, the money of a day."""
    period = _period(day)
    with opened(config) as office, office.store.reading():
        found = flow_of.of_day(office.procedure, office.regulations, period, clock.now())
        words, procedure = Words(Language(office.settings.language)), office.procedure
    if png is not None:
        try:
            flow_picture.write(found, procedure, words, png)
        except OSError as error:
            raise Failure(f"{png}: {type(error).__name__}", Exit.ENVIRONMENT) from None
    if csv:
        print(as_csv(found, procedure, words), end="")
        return
    answer({**plain(found), "total": found.total}, as_json=json, lines=list(lines_of(found, procedure, words)))


def _period(text: str) -> Period:
    try:
        return day_of(text or clock.office_day(clock.now()).isoformat())
    except ValueError:
        raise Failure("YYYY-MM-DD", Exit.USAGE) from None


def lines_of(found: Flow, procedure: Procedure, words: Words) -> Iterable[str]:
    """The page as lines."""
    yield words.say("flow.head", day=found.day, at=moment_short(found.at), opened=found.opened, gone=found.handed_over)
    for step in found.steps:
        title = procedure.step(step.step).title.say(words.language)
        took = "-" if step.median_seconds is None else clock_of(step.median_seconds)
        mark = "!" if step.median_seconds is not None and step.median_seconds > step.standard_seconds else " "
        yield (
            f"{mark} {step.number:>2} {title:<34} {step.waiting:>5} {step.held:>4} {step.done:>5}  "
            f"{took:>6} / {clock_of(step.standard_seconds)}"
        )
    yield words.say("flow.load", n=found.minutes_left)
    for one in found.officers:
        figures = f"{one.done:>4} {one.worked_minutes:>5} {one.waiting_minutes:>6}"
        yield f"{'!' if one.too_much else ' '} {one.name:<30} {figures}"
    promises = found.promises
    yield words.say(
        "flow.promise", kept=promises.kept, missed=promises.missed, late=promises.late, due=promises.due_today
    )
    for row in found.money:
        yield f"  {label('payment.method', row).say(words.language):<36} {row.count:>4} {rupiah(row.amount):>16}"
    yield f"{words.say('report.total')}  {rupiah(found.total)}"


def clock_of(seconds: int) -> str:
    """04:10."""
    return stopwatch(timedelta(seconds=seconds))


def as_csv(found: Flow, procedure: Procedure, words: Words) -> str:
    """The page as a table; seconds and rupiah are integers. No cell begins a formula."""
    text = io.StringIO()
    writer = csv_of.writer(text, lineterminator="\r\n")
    writer.writerow([words.say(f"flow.column.{column}") for column in COLUMNS])
    for row in _rows(found, procedure, words):
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue()


def _rows(found: Flow, procedure: Procedure, words: Words) -> Iterable[tuple[Any, ...]]:
    for s in found.steps:
        title = procedure.step(s.step).title.say(words.language)
        took = "" if s.median_seconds is None else s.median_seconds
        yield "step", f"{s.number} {title}", s.waiting, s.held, s.done, took, s.standard_seconds, s.over
    for one in found.officers:
        note = "too_much" if one.too_much else ""
        yield "officer", one.name, one.waiting_minutes * 60, "", one.done, one.worked_minutes * 60, "", note
    for hour, done in found.hours:
        yield "hour", f"{hour:02d}:00", "", "", done, "", "", ""
    promises = found.promises
    for name in ("kept", "missed", "late", "due_today"):
        yield "promise", name, "", "", getattr(promises, name), "", "", ""
    for row in found.money:
        yield "money", row.name, "", "", row.count, "", "", row.amount
