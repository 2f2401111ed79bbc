"""The print queue: papers are rows of committed transactions; this thread is the only way to the printer.

queued -> sent (committed before the first byte) -> confirmed, failed or unknown. What a crash left `sent` is
`unknown` and never printed again by itself: an officer asks for a copy, marked SALINAN n / COPY n.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from db.connection import Store, StoreError
from db.tables import PrintJob, Receipt
from kiosk import clock
from kiosk.devices import Devices, DeviceState
from kiosk.records import from_json
from kiosk.settings import Settings
from kiosk.words import Language, catalogue

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
SERVER_IDLE_SECONDS = 5.0
"""On a server, which tells of new papers: twenty terminals that look twice a second would be its whole work."""
SEND_SECONDS = 90.0
STALE = timedelta(hours=12)
"""A paper that waited so long is of a day that has passed: nobody stands there to take it."""
EXPIRED, UNREADABLE = "expired", "unreadable"
"""Codes of a job beside the printer's own: it waited too long; its content can't be laid out."""
OPEN_STATES = ("queued", "sent", "unknown", "failed")


@dataclass(frozen=True, slots=True)
class Job:
    """A paper and how far it is."""

    id: int
    case_id: int | None
    paper: str
    state: str
    code: str
    copy_no: int
    created_at: datetime


class PrintQueue:
    """The printer thread of one terminal."""

    def __init__(self, store: Store, settings: Settings, devices: Devices, sop_number: str) -> None:
        self._store = store
        self._settings = settings
        self._devices = devices
        self._sop_number = sop_number
        self._wake = threading.Event()
        self._stopping = False
        self._listeners: list[Callable[[Job], None]] = []
        self._thread = threading.Thread(target=self._live, name="print-queue", daemon=True)

    def start(self) -> None:
        """What a crash left between sent and answered is unknown from here on; what waited since another day is not
        printed into an empty room, but told to an officer. Raises StoreError."""
        here = PrintJob.terminal == self._settings.terminal
        with self._store.writing():
            PrintJob.update(state="unknown", code="interrupted").where(here & (PrintJob.state == "sent")).execute()
            stale = here & (PrintJob.state == "queued") & (PrintJob.created_at < clock.now() - STALE)
            PrintJob.update(state="failed", code=EXPIRED).where(stale).execute()
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def poke(self) -> None:
        """Look for new jobs now."""
        self._wake.set()

    def subscribe(self, listener: Callable[[Job], None]) -> None:
        """Be told each job's change, from the printer thread."""
        self._listeners.append(listener)

    def jobs(self, *, case_id: int | None = None, limit: int = 20) -> tuple[Job, ...]:
        """The newest papers of this terminal, or of a case wherever they were printed. Raises StoreError."""
        with self._store.reading():
            of = PrintJob.terminal == self._settings.terminal if case_id is None else PrintJob.case == case_id
            query = PrintJob.select().where(of)
            return tuple(_job(row) for row in query.order_by(PrintJob.id.desc()).limit(limit))

    def leftovers(self) -> tuple[Job, ...]:
        """Papers of this terminal that are not known to be printed. Raises StoreError."""
        with self._store.reading():
            query = PrintJob.select().where(
                (PrintJob.terminal == self._settings.terminal) & PrintJob.state.in_(OPEN_STATES)
            )
            return tuple(_job(row) for row in query.order_by(PrintJob.id).limit(50))

    def settled(self) -> bool:
        """True when nothing waits or is under way. Raises StoreError."""
        with self._store.reading():
            return (
                not PrintJob.select()
                .where((PrintJob.terminal == self._settings.terminal) & PrintJob.state.in_(("queued", "sent")))
                .exists()
            )

    def _live(self) -> None:
        idle = IDLE_SECONDS if self._store.path is not None else SERVER_IDLE_SECONDS
        self._wake.wait(idle)
        for language in Language:
            # papers are in both: read before the first act that makes one, not within it
            catalogue(language)
        while not self._stopping:
            self._wake.wait(idle)
            self._wake.clear()
            try:
                while not self._stopping and self._print_next():
                    pass
            except StoreError as error:
                log.warning("print queue: %s", error.trouble)
            except Exception as error:
                log.error("print queue defect", exc_info=error)

    def _print_next(self) -> bool:
        printer = self._devices.get("printer")
        if printer is None or printer.status.state is not DeviceState.READY:
            return False
        with self._store.reading():
            row = (
                PrintJob.select()
                .where((PrintJob.terminal == self._settings.terminal) & (PrintJob.state == "queued"))
                .order_by(PrintJob.id)
                .first()
            )
        if row is None:
            return False
        try:
            document = self._document(row)
        except Exception as error:
            # one paper that can't be laid out must not keep the others from being printed
            log.error("print job %d can't be laid out", row.id, exc_info=error)
            self._set(row.id, state="failed", code=UNREADABLE, ended_at=clock.now())
            return True
        self._set(row.id, state="sent", code="", sent_at=clock.now())
        state, code, sent = _send(printer, document)
        if state == "failed" and sent == 0:
            # nothing reached the paper: it waits for the printer, unmarked
            self._set(row.id, state="queued", code=code, sent_at=None)
            self._wake.wait(2.0)
            return False
        self._set(row.id, state=state, code=code, ended_at=clock.now())
        return True

    def _document(self, row: PrintJob) -> Any:
        from kiosk.receipts import contents, layout

        content = from_json(contents.PAPERS[row.paper], row.content)
        return layout.lay_out(
            content,
            self._settings.policy.paper_columns,
            contents.Letterhead.of(self._settings.office, sop=self._sop_number),
            copy_no=row.copy_no,
        )

    def _set(self, job_id: int, **changes: Any) -> None:
        with self._store.writing():
            PrintJob.update(**changes).where(PrintJob.id == job_id).execute()
        with self._store.reading():
            job = _job(PrintJob.get_by_id(job_id))
        for listener in self._listeners:
            listener(job)


def _send(printer: Any, document: Any) -> tuple[str, str, int]:
    """Send one document; (state, code, bytes sent)."""
    from hardware.faults import DeviceError

    try:
        outcome = printer.print(document).result(timeout=SEND_SECONDS)
    except DeviceError as error:
        return "unknown", str(error.code), 1
    except TimeoutError:
        return "unknown", "no_answer", 1
    return str(outcome.state), str(outcome.code or ""), int(outcome.bytes_sent)


def voided_receipt(job_id: int) -> datetime | None:
    """When the receipt of a paper was voided; None for a good one and for other papers. Within a unit of work."""
    row = PrintJob.get_or_none(PrintJob.id == job_id)
    receipt = Receipt.get_or_none(Receipt.id == row.receipt_id) if row and row.receipt_id else None
    return receipt.voided_at if receipt else None


def reprint(look: Any, job_id: int, reason: str) -> Job | None:
    """Queue a copy of a paper: same token, SALINAN n. Within a writing unit of work. None for an unknown job.

    A paper that waited too long to be printed by itself is queued again as it is.
    """
    row = PrintJob.get_or_none(PrintJob.id == job_id)
    if row is None:
        return None
    if row.state == "failed" and row.code == EXPIRED and row.sent_at is None:
        # not a byte of it ever went out: this is the paper itself, not a copy
        PrintJob.update(state="queued", code="", reason=reason, created_at=look.now).where(
            PrintJob.id == row.id
        ).execute()
        return _job(PrintJob.get_by_id(row.id))
    copy_no = row.copy_no + 1
    if row.receipt_id is not None:
        Receipt.update(copies=Receipt.copies + 1).where(Receipt.id == row.receipt_id).execute()
        copy_no = Receipt.get_by_id(row.receipt_id).copies
    PrintJob.update(state="replaced").where(
        (PrintJob.id == row.id) & PrintJob.state.in_(("failed", "unknown"))
    ).execute()
    again = PrintJob.create(
        case=row.case_id,
        receipt=row.receipt_id,
        paper=row.paper,
        content=row.content,
        copy_no=copy_no,
        reason=reason,
        state="queued",
        terminal=look.kit.terminal,
        officer=look.officer.id,
        created_at=look.now,
        replaces=row.id,
    )
    return _job(again)


def _job(row: PrintJob) -> Job:
    return Job(row.id, row.case_id, row.paper, row.state, row.code, row.copy_no, row.created_at)
