"""SOP Penyimpanan Berkas Permohonan Selesai: what becomes of a filed case after step 13.

A file lies at lemari-rak-boks until its retention date (three years on paper; electronic copies are kept). Then it is
proposed for destruction, and destroyed with minutes (berita acara) and ANRI's approval, never while a legal hold lies
on it. The procedure's outcomes say which of these acts want a reason and a second person. Each stands in the case's
history. Who keeps the archive may do them: the archivists of step 13. Basis: JRA Permenkumham 35/2013 jo. 54/2016.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from db.tables import ArchiveRecord, Case, CaseEvent
from kiosk import audit
from kiosk.cases import engine
from kiosk.cases.engine import REASON_MINIMUM, unit_of_work
from kiosk.cases.load import case_file
from kiosk.cases.model import Act
from kiosk.cases.requirements import lock
from kiosk.cases.transactions import refusing
from kiosk.cases.work import Look, Work, queue_paper
from kiosk.clock import office_day
from kiosk.formats import numeric_date
from kiosk.people.model import OfficerAt, Witness, acting_unit
from kiosk.procedure import Procedure
from kiosk.receipts import contents
from kiosk.refusals import Code, Refused
from kiosk.steps import archiving
from kiosk.text import clean

if TYPE_CHECKING:
    from kiosk.desk import Desk

SIDE = "archive_storage"


class Disposal(StrEnum):
    """How far a file is on its way out of the archive."""

    KEPT = ""
    PROPOSED = "proposed"
    DESTROYED = "destroyed"


class Shelf(StrEnum):
    """Which files of the archive are looked at. Words: `storage.shelf.<value>`."""

    ALL = "all"
    DUE = "due"
    PROPOSED = "proposed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Filed:
    """A file in the archive. `place` is its position in the list, for the page after it."""

    place: int
    case_id: int
    application_no: str
    holder_name: str
    list_no: str
    location: str
    pages: int
    retention_until: date
    legal_hold: bool
    disposal: Disposal
    minutes_no: str


Change = Callable[[ArchiveRecord, Look], Mapping[str, Any]]


def keeps_archive(officer: OfficerAt, procedure: Procedure) -> bool:
    """May this officer do the acts of this module?"""
    return acting_unit(officer, procedure, archiving.KEY) is not None


def listed(desk: "Desk", shelf: Shelf = Shelf.ALL, *, limit: int = 20, after: int = 0) -> tuple[Filed, ...]:
    """Files in the order they came, those after the place `after`. DUE: past their retention date, neither held nor
    proposed. Raises StoreError.
    """
    today = office_day(desk.look().now)
    with desk.office.store.reading():
        query = ArchiveRecord.select(ArchiveRecord, Case).join(Case).where(ArchiveRecord.id > after)
        if shelf is Shelf.DUE:
            query = query.where(
                (ArchiveRecord.retention_until < today)
                & ~ArchiveRecord.legal_hold
                & (ArchiveRecord.disposal == Disposal.KEPT)
            )
        elif shelf is Shelf.PROPOSED:
            query = query.where(ArchiveRecord.disposal == Disposal.PROPOSED)
        elif shelf is Shelf.HELD:
            query = query.where(ArchiveRecord.legal_hold)
        return tuple(_filed(row) for row in query.order_by(ArchiveRecord.id).limit(limit))


def move(desk: "Desk", case_id: int, location: str, *, key: str) -> Filed | Refused:
    """The file lies elsewhere from now on."""
    place = archiving.place_of(location)

    def change(row: ArchiveRecord, look: Look) -> Mapping[str, Any]:
        if not place:
            raise engine.refuse(Code.ARCHIVE_PLACE, "location")
        return {"location": place}

    return _changed(desk, case_id, "stored", change, key=key, note=place)


def hold(
    desk: "Desk", case_id: int, *, held: bool, reason: str, key: str, witness: Witness | None = None
) -> Filed | Refused:
    """Lay or lift a legal hold. A file on hold leaves the disposal list."""

    def change(row: ArchiveRecord, look: Look) -> Mapping[str, Any]:
        if row.legal_hold == held:
            raise engine.refuse(Code.ARCHIVE_ON_LEGAL_HOLD if held else Code.ARCHIVE_NOT_ON_HOLD)
        return {"legal_hold": held, "disposal": Disposal.KEPT}

    outcome = "legal_hold" if held else "hold_released"
    return _changed(desk, case_id, outcome, change, key=key, note=reason, witness=witness)


def propose(desk: "Desk", case_id: int, *, key: str) -> Filed | Refused:
    """Put a file on the disposal list (usul musnah): only past its retention date and without a hold."""

    def change(row: ArchiveRecord, look: Look) -> Mapping[str, Any]:
        _require_disposable(row, look)
        return {"disposal": Disposal.PROPOSED}

    return _changed(desk, case_id, "proposed_for_destruction", change, key=key, note="")


def destroy(
    desk: "Desk", case_id: int, *, minutes_no: str, approval_no: str, key: str, witness: Witness | None = None
) -> Filed | Refused:
    """Record a destruction with the number of its minutes and of ANRI's approval. The electronic record stays."""
    minutes, approval = clean(minutes_no, limit=60), clean(approval_no, limit=60)

    def change(row: ArchiveRecord, look: Look) -> Mapping[str, Any]:
        _require_disposable(row, look)
        if row.disposal != Disposal.PROPOSED:
            raise engine.refuse(Code.ARCHIVE_NOT_PROPOSED)
        for name, value in (("minutes_no", minutes), ("approval_no", approval)):
            if not value:
                raise engine.refuse(Code.FIELD_REQUIRED, name)
        return {
            "disposal": Disposal.DESTROYED,
            "minutes_no": minutes,
            "approval_no": approval,
            "disposed_at": look.now,
        }

    return _changed(desk, case_id, "destroyed", change, key=key, note=f"{minutes} / {approval}", witness=witness)


@refusing
def print_disposal_list(desk: "Desk") -> int | Refused:
    """Queue the daftar usul musnah: every file now proposed. How many it names; it is signed and sent to ANRI."""
    look = desk.look()
    with unit_of_work(desk.office.store) as answer:
        engine.require_present(look)
        procedure = look.kit.procedure
        if not keeps_archive(look.officer, procedure):
            raise engine.refuse(Code.NOT_YOUR_UNIT, unit=procedure.unit(procedure.side(SIDE).unit).label)
        query = ArchiveRecord.select(ArchiveRecord, Case).join(Case)
        rows = query.where(ArchiveRecord.disposal == Disposal.PROPOSED).order_by(ArchiveRecord.id)
        files = tuple(
            contents.ProposedFile(row.case.application_no, row.list_no, row.location, row.pages, row.retention_until)
            for row in rows
        )
        if not files:
            raise engine.refuse(Code.ARCHIVE_NOT_PROPOSED)
        clerk = contents.Clerk(look.officer.name, look.officer.staff_no, look.kit.terminal)
        head = look.kit.settings.office.head_name
        job = queue_paper(look, contents.DisposalList(look.now, files, clerk, head))
        audit.append(look.now, look.signer, "disposal_list_printed", f"job:{job}", {"files": len(files)})
        answer.value = len(files)
    desk.office.printing.poke()
    count: int | Refused = answer.refused or answer.value
    return count


def _require_disposable(row: ArchiveRecord, look: Look) -> None:
    if row.legal_hold:
        raise engine.refuse(Code.ARCHIVE_ON_LEGAL_HOLD)
    if row.retention_until >= look.today:
        raise engine.refuse(Code.ARCHIVE_KEPT_LONGER, until=numeric_date(row.retention_until))


@refusing
def _changed(
    desk: "Desk", case_id: int, code: str, change: Change, *, key: str, note: str, witness: Witness | None = None
) -> Filed | Refused:
    """One act on a file, in one transaction: the row, the case's history, the audit chain. Done once for its key."""
    look = desk.look()
    with unit_of_work(desk.office.store) as answer:
        lock(case_id)
        row = ArchiveRecord.get_or_none(ArchiveRecord.case == case_id)
        case = case_file(case_id, look.kit.procedures)
        if row is None or case is None:
            raise engine.refuse(Code.CASE_NOT_FOUND)
        engine.require_present(look, witness)
        unit = acting_unit(look.officer, case.procedure, archiving.KEY)
        if unit is None:
            raise engine.refuse(Code.NOT_YOUR_UNIT, unit=case.procedure.unit(case.procedure.side(SIDE).unit).label)
        if CaseEvent.get_or_none(CaseEvent.key == key) is None:
            if row.disposal == Disposal.DESTROYED:
                raise engine.refuse(Code.ARCHIVE_DESTROYED, minutes=row.minutes_no)
            changes = change(row, look)
            work = Work(look, case, unit, witness)
            reason = _demanded(work, code, clean(note))
            ArchiveRecord.update(**changes).where(ArchiveRecord.id == row.id).execute()
            engine.record(work, Act.RECORD, key, reason=reason, data={"archive": code})
        answer.value = _filed(ArchiveRecord.get_by_id(row.id))
    found: Filed | Refused = answer.refused or answer.value
    return found


def _demanded(work: Work, code: str, note: str) -> str:
    """The history's words for the act. Raises Refuse where the procedure wants a reason or a second person."""
    outcome = work.case.procedure.side(SIDE).outcome(code)
    if outcome.reason_required and len(note) < REASON_MINIMUM:
        raise engine.refuse(Code.REASON_NEEDED, "reason", minimum=REASON_MINIMUM)
    if outcome.second_person and (work.witness is None or work.witness.person_id == work.look.officer.person_id):
        raise engine.refuse(Code.SECOND_PERSON_NEEDED)
    return f"{outcome.name.indonesian}: {note}" if note else outcome.name.indonesian


def _filed(row: ArchiveRecord) -> Filed:
    return Filed(
        place=int(row.id),
        case_id=row.case_id,
        application_no=row.case.application_no,
        holder_name=row.case.holder_name,
        list_no=row.list_no,
        location=row.location,
        pages=row.pages,
        retention_until=row.retention_until,
        legal_hold=bool(row.legal_hold),
        disposal=Disposal(row.disposal),
        minutes_no=row.minutes_no,
    )
