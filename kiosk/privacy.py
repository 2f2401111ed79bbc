"""What UU 27/2022 asks of the office: what it holds about an applicant, who looked, erasing, an incident's events.

The sheet is for the applicant (answered within 3 x 24 hours): it names kinds of data with counts and dates, and never
the watchlist's business (excepted by article 15). Electronic copies are erased by destroying the case's key, only after
the paper file was destroyed under the archive law (JRA Permenkumham 35/2013 jo. 54/2016), by two people.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from db.tables import (
    ArchiveRecord,
    AuditEvent,
    Case,
    CaseEvent,
    CaseKey,
    Handover,
    Payment,
    Receipt,
    StepRun,
    VaultObject,
)
from kiosk import audit
from kiosk.captures import FINGERPRINT, MINUTIAE, PORTRAIT, STAMPED_PAGE
from kiosk.cases import engine
from kiosk.cases.engine import REASON_MINIMUM, unit_of_work
from kiosk.cases.load import case_file
from kiosk.cases.model import Act
from kiosk.cases.requirements import lock
from kiosk.cases.transactions import refusing
from kiosk.cases.work import Work
from kiosk.clock import office_day
from kiosk.people.model import Witness, acting_unit
from kiosk.refusals import Code, Refused
from kiosk.steps import archiving
from kiosk.steps.storage import Disposal
from kiosk.text import clean

if TYPE_CHECKING:
    from kiosk.desk import Desk

_BY_KIND = {PORTRAIT: "portrait", FINGERPRINT: "finger", MINUTIAE: "minutiae", STAMPED_PAGE: "stamp"}
_UNNAMED = frozenset({"read_watchlist"})
"""Readings that the sheet does not count: they would tell of the watchlist."""


@dataclass(frozen=True, slots=True)
class Held:
    """One kind of data: `what` is of `privacy.what.<what>`; `erased_at` where its key was destroyed."""

    what: str
    count: int
    since: datetime
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the office holds about the applicant of one case. `paper_until` is None before the file is archived."""

    application_no: str
    held: tuple[Held, ...]
    reads: int
    last_read: datetime | None
    paper_until: date | None


def sheet(case: Case) -> Sheet:
    """Within a unit of work."""
    key = CaseKey.get_or_none(CaseKey.case == case.id)
    erased = None if key is None else key.erased_at
    reads = [json.loads(body)["at"] for body in _reads(case.id)]
    filed = ArchiveRecord.get_or_none(ArchiveRecord.case == case.id)
    tables: tuple[tuple[str, Any, Any], ...] = (
        ("application", StepRun, StepRun.completed_at),
        ("payment", Payment, Payment.created_at),
        ("receipt", Receipt, Receipt.issued_at),
        ("handover", Handover, Handover.at),
        ("history", CaseEvent, CaseEvent.at),
    )
    held = [
        _counted(what, [row[0] for row in table.select(at).where(table.case == case.id).tuples()])
        for what, table, at in tables
    ]
    objects: dict[str, list[datetime]] = {}
    for row in VaultObject.select(VaultObject.kind, VaultObject.created_at).where(VaultObject.case == case.id):
        objects.setdefault(_BY_KIND.get(row.kind, "scan"), []).append(row.created_at)
    held += [_counted(what, times, erased) for what, times in sorted(objects.items())]
    return Sheet(
        case.application_no,
        tuple(one for one in held if one is not None),
        len(reads),
        datetime.fromisoformat(reads[-1]) if reads else None,
        None if filed is None else filed.retention_until,
    )


def _counted(what: str, times: list[datetime], erased: datetime | None = None) -> Held | None:
    return Held(what, len(times), min(times), erased) if times else None


def _reads(case_id: int) -> Iterator[str]:
    """Bodies of the events in which somebody looked at a case, in order."""
    subject = f"case:{case_id}"
    named = AuditEvent.body.contains(f'"subject":"{subject}"')
    for row in AuditEvent.select(AuditEvent.body).where(named).order_by(AuditEvent.seq):
        event = json.loads(row.body)
        looked = event["action"].startswith("read_") and event["action"] not in _UNNAMED
        if event["subject"] == subject and looked:
            yield row.body


def incident(
    first: date,
    last: date,
    *,
    case_id: int | None = None,
    officer: int | None = None,
    terminal: str = "",
    action: str = "",
) -> Iterator[dict[str, Any]]:
    """The audit events of these office days, with their hashes, narrowed as asked. Within a unit of work."""
    for seq, body, digest in audit.events():
        event = json.loads(body)
        if not first <= office_day(datetime.fromisoformat(event["at"])) <= last:
            continue
        if case_id is not None and not _concerns(event, case_id):
            continue
        if officer is not None and event["officer"] != officer:
            continue
        if terminal and event["terminal"] != terminal:
            continue
        if action and not event["action"].startswith(action):
            continue
        yield {**event, "seq": seq, "hash": digest}


def _concerns(event: dict[str, Any], case_id: int) -> bool:
    """A case is an event's subject, or among those a search found."""
    return event["subject"] == f"case:{case_id}" or case_id in event["data"].get("cases", ())


@refusing
def erase(desk: "Desk", case_id: int, *, reason: str, key: str, witness: Witness | None) -> bool | Refused:
    """Destroy the key of a case's scans, portrait and prints; the sealed files that stay can't be opened by anybody.

    A backup made before still holds the key: it goes when its own period ends.
    """
    look, reason = desk.look(), clean(reason)
    with unit_of_work(desk.office.store) as answer:
        lock(case_id)
        case = case_file(case_id, look.kit.procedures)
        filed = ArchiveRecord.get_or_none(ArchiveRecord.case == case_id)
        if case is None or filed is None:
            raise engine.refuse(Code.CASE_NOT_FOUND)
        engine.require_present(look, witness)
        unit = acting_unit(look.officer, case.procedure, archiving.KEY)
        if unit is None:
            raise engine.refuse(Code.NOT_YOUR_UNIT, unit=case.procedure.unit(case.at.unit).label)
        if filed.legal_hold:
            raise engine.refuse(Code.ARCHIVE_ON_LEGAL_HOLD)
        if filed.disposal != Disposal.DESTROYED:
            raise engine.refuse(Code.ARCHIVE_NOT_DESTROYED)
        if witness is None or witness.person_id == look.officer.person_id:
            raise engine.refuse(Code.SECOND_PERSON_NEEDED)
        if len(reason) < REASON_MINIMUM:
            raise engine.refuse(Code.REASON_NEEDED, "reason", minimum=REASON_MINIMUM)
        if CaseEvent.get_or_none(CaseEvent.key == key) is None:
            look.kit.vault.erase(case_id, look.now)
            engine.record(Work(look, case, unit, witness), Act.RECORD, key, reason=reason, data={"erased": "vault"})
        answer.value = True
    done: bool | Refused = answer.refused or answer.value
    return done
