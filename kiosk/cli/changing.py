"""What every verb that changes something shares: it says what it would change, and goes on when that is agreed.

`--dry-run` says it and changes nothing (exit 0). `--yes` is for scripts. At a terminal the verb asks; where standard
input is no terminal and `--yes` is not given, it refuses (exit 2). What would change is found by doing it: the act is
run in a transaction that is undone (`rehearsed`), and its audit events are shown; a refusal comes before the question.
A PIN is asked for after it.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from db.connection import Store
from db.tables import AuditEvent
from kiosk import audit
from kiosk.cases.transactions import unit_of_work
from kiosk.cli.common import answer, refuse
from kiosk.cli.exits import Exit, Failure, tell
from kiosk.refusals import Refused

Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be changed, and change nothing.")]


@dataclass(frozen=True, slots=True)
class Asked:
    """How the verb was called."""

    yes: bool
    dry_run: bool
    json: bool = False

    def agree(self, told: list[str], events: list[dict[str, Any]] | None = None, **more: object) -> None:
        """Say what would change. Returns when it is agreed; raises typer.Exit after a dry run, Failure otherwise."""
        lines = [*told, *(_line(event) for event in events or ())]
        if self.dry_run:
            answer({"would": told, "events": events or [], **more}, as_json=self.json, lines=lines)
            raise typer.Exit(Exit.DONE)
        if self.yes:
            return
        if not sys.stdin.isatty():
            raise Failure("\n".join([*lines, "--yes | --dry-run"]), Exit.USAGE)
        for line in lines:
            tell(line)
        if not typer.confirm("Lanjutkan / go on?", err=True):
            raise Failure("", Exit.REFUSED)


def _line(event: dict[str, Any]) -> str:
    data = json.dumps(event["data"], ensure_ascii=False, sort_keys=True) if event["data"] else ""
    return f"  audit: {event['action']} {event['subject']} {data}".rstrip()


def rehearsed(store: Store, act: Callable[[], Any]) -> list[dict[str, Any]]:
    """The audit events that `act` would write; nothing of it is kept. `act` touches the database only.

    Raises Failure where it is refused, StoreError.
    """
    events: list[dict[str, Any]] = []
    with store.rehearsing():
        before = audit.head().seq
        with unit_of_work(store) as answered:
            answered.value = act()
        rows = AuditEvent.select(AuditEvent.body).where(AuditEvent.seq > before).order_by(AuditEvent.seq)
        events = [_told(json.loads(row.body)) for row in rows]
    judged(answered.refused or answered.value)
    return events


def _told(event: dict[str, Any]) -> dict[str, Any]:
    return {name: event[name] for name in ("action", "subject", "data")}


def changed(store: Store, told: list[str], asked: Asked, act: Callable[[], Any]) -> Any:
    """What `act` returns from a unit of work, once it is agreed. Raises Failure, typer.Exit, StoreError."""
    asked.agree(told, [] if asked.yes and not asked.dry_run else rehearsed(store, act))
    return done(store, act)


def done(store: Store, act: Callable[[], Any]) -> Any:
    """What `act` returns from a unit of work. Raises Failure where it is refused, StoreError."""
    with unit_of_work(store) as answered:
        answered.value = act()
    return judged(answered.refused or answered.value)


def judged(result: Any) -> Any:
    """The result, or the Failure that says its refusal."""
    if isinstance(result, Refused):
        raise refuse(result)
    return result
