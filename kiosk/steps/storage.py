"""SOP Penyimpanan Berkas Permohonan Selesai: what becomes of a filed case after step 13.

A file lies at lemari-rak-boks until its retention date (three years on paper; electronic copies are kept). Then Tata
Usaha proposes it for destruction, and it is destroyed with minutes (berita acara) and ANRI's approval, never while a
legal hold lies on it. Basis: JRA Permenkumham 35/2013 jo. 54/2016.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from db.tables import ArchiveRecord, Case
from kiosk import audit
from kiosk.cases import engine
from kiosk.cases.engine import unit_of_work
from kiosk.clock import office_day
from kiosk.refusals import Code, Refused, refused
from kiosk.steps.archiving import PLACE, place_of
from kiosk.text import clean

if TYPE_CHECKING:
    from kiosk.desk import Desk

PROPOSED = "proposed"
DESTROYED = "destroyed"
UNITS = frozenset({"INSARKOM", "TATA_USAHA"})


@dataclass(frozen=True, slots=True)
class Filed:
    """A file in the archive."""

    case_id: int
    application_no: str
    location: str
    pages: int
    retention_until: date
    legal_hold: bool
    disposal: str
    minutes_no: str


def listed(desk: "Desk", *, due_only: bool = False, limit: int = 20, after: int = 0) -> tuple[Filed, ...]:
    """Files in the archive, in the order they came; with `due_only` those past their retention date and not held.

    Raises StoreError.
    """
    today = office_day(desk.look().now)
    with desk.office.store.reading():
        query = ArchiveRecord.select(ArchiveRecord, Case).join(Case).where(ArchiveRecord.id > after)
        if due_only:
            query = query.where(
                (ArchiveRecord.retention_until < today)
                & (ArchiveRecord.legal_hold == False)  # noqa: E712 - a column, not a bool
                & (ArchiveRecord.disposal != DESTROYED)
            )
        return tuple(_filed(row) for row in query.order_by(ArchiveRecord.id).limit(limit))


def move(desk: "Desk", case_id: int, location: str) -> Filed | Refused:
    """The file lies elsewhere from now on."""

    def change(row: ArchiveRecord) -> dict[str, object]:
        place = place_of(location)
        if PLACE.fullmatch(place) is None:
            raise engine.refuse(Code.ARCHIVE_PLACE, "location")
        return {"location": place}

    return _changed(desk, case_id, "archive_moved", change)


def hold(desk: "Desk", case_id: int, *, held: bool, reason: str) -> Filed | Refused:
    """Lay or lift a legal hold, with a reason."""

    def change(row: ArchiveRecord) -> dict[str, object]:
        if len(clean(reason)) < engine.REASON_MINIMUM:
            raise engine.refuse(Code.REASON_NEEDED, "reason", minimum=engine.REASON_MINIMUM)
        return {"legal_hold": held, "disposal": "" if held and row.disposal == PROPOSED else row.disposal}

    return _changed(desk, case_id, "archive_held" if held else "archive_hold_lifted", change)


def propose(desk: "Desk", case_id: int) -> Filed | Refused:
    """Put a file on the disposal list (usul musnah): only past its retention date and without a hold."""
    today = office_day(desk.look().now)

    def change(row: ArchiveRecord) -> dict[str, object]:
        if row.legal_hold:
            raise engine.refuse(Code.ARCHIVE_ON_LEGAL_HOLD)
        if row.retention_until >= today:
            raise engine.refuse(Code.ARCHIVE_KEPT_LONGER, until=f"{row.retention_until:%d-%m-%Y}")
        return {"disposal": PROPOSED}

    return _changed(desk, case_id, "archive_proposed", change)


def destroy(desk: "Desk", case_id: int, *, minutes_no: str, approval_no: str) -> Filed | Refused:
    """Record a destruction with the number of its minutes and of ANRI's approval. The electronic record stays."""
    now = desk.look().now

    def change(row: ArchiveRecord) -> dict[str, object]:
        if row.legal_hold:
            raise engine.refuse(Code.ARCHIVE_ON_LEGAL_HOLD)
        if row.disposal != PROPOSED:
            raise engine.refuse(Code.ARCHIVE_NOT_PROPOSED)
        for name, value in (("minutes_no", minutes_no), ("approval_no", approval_no)):
            if not clean(value):
                raise engine.refuse(Code.FIELD_REQUIRED, name)
        return {
            "disposal": DESTROYED,
            "minutes_no": clean(minutes_no, limit=60),
            "approval_no": clean(approval_no, limit=60),
            "disposed_at": now,
        }

    return _changed(desk, case_id, "archive_destroyed", change)


def _changed(desk: "Desk", case_id: int, action: str, change: object) -> Filed | Refused:
    look = desk.look()
    if not UNITS & set(look.officer.units):
        return refused(Code.NOT_YOUR_UNIT, unit="Insarkom / Tata Usaha")
    assert callable(change)
    with unit_of_work(desk.office.store) as answer:
        row = ArchiveRecord.get_or_none(ArchiveRecord.case == case_id)
        if row is None:
            raise engine.refuse(Code.CASE_NOT_FOUND)
        if row.disposal == DESTROYED:
            raise engine.refuse(Code.CASE_ENDED)
        ArchiveRecord.update(**change(row)).where(ArchiveRecord.id == row.id).execute()
        audit.append(look.now, look.signer, action, f"case:{case_id}")
        answer.value = _filed(ArchiveRecord.get_by_id(row.id))
    found: Filed | Refused = answer.refused or answer.value
    return found


def _filed(row: ArchiveRecord) -> Filed:
    return Filed(
        case_id=row.case_id,
        application_no=row.case.application_no,
        location=row.location,
        pages=row.pages,
        retention_until=row.retention_until,
        legal_hold=row.legal_hold,
        disposal=row.disposal,
        minutes_no=row.minutes_no,
    )
