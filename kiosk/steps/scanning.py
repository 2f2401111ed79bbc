"""Step 5, scanning: the documents of the file are scanned and bound to the case, or owed with a reason.

SOP row 5 (Lalintuskim or Insarkom; berkas and dokim in, scans out). Regulations: the checklist of the kind, sponsor and
person at the counter. Pages are in the vault before the step is completed (kiosk.captures); a page that the quality
gate doubts is scanned again or accepted by the officer who sees the paper. What is put off blocks step 9.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.applicant import Collector, SponsorBasis
from kiosk.bilingual import Bilingual
from kiosk.captures import Capture, live
from kiosk.cases.engine import REASON_MINIMUM, record
from kiosk.cases.load import case_file
from kiosk.cases.model import Act, CaseFile
from kiosk.cases.work import Look, Work
from kiosk.clock import office_day
from kiosk.permits import checklist
from kiosk.refusals import Code, Refusal, Refused, refused
from kiosk.steps import intake
from kiosk.text import clean

if TYPE_CHECKING:
    from kiosk.desk import Desk

KEY = "scanning"


@dataclass(frozen=True, slots=True)
class Scanned:
    """One page in the vault; `page` counts from 1 within its kind of document."""

    kind: str
    object_id: int
    page: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ScanLater:
    """A document that can't be scanned now, and why. The debt blocks step 9."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Given:
    """The pages the officer saw (ids of the vault), those kept although the quality gate had a finding, and debts.

    `accepted` are ids of pages with a finding that the officer compared with the paper.
    """

    pages: tuple[int, ...]
    accepted: tuple[int, ...] = ()
    later: tuple[ScanLater, ...] = ()


@dataclass(frozen=True, slots=True)
class Produced:
    """The scans of the file. `later` are the kinds of document put off; see `debt` for what is still owed."""

    scans: tuple[Scanned, ...]
    later: tuple[str, ...]
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document to scan. `sheets` were counted at the counter, 0 where they were not."""

    kind: str
    name: Bilingual
    sheets: int


@dataclass(frozen=True, slots=True)
class Owed:
    """The documents of a case that were put off and not scanned since."""

    application_no: str
    holder_name: str
    documents: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the screen shows: the documents of the file, and the pages that are in the vault."""

    documents: tuple[Wanted, ...]
    pages: tuple[Capture, ...]


def prepare(look: Look, case: CaseFile) -> Prepared:
    return Prepared(wanted(look, case), live(case.id, step=KEY))


def check(look: Look, case: CaseFile, given: Given) -> tuple[Refusal, ...]:
    pages = live(case.id, step=KEY)
    if {page.id for page in pages} != set(given.pages):
        return (Refusal(Code.CAPTURES_CHANGED),)
    return (*_missing(wanted(look, case), pages, given), *_doubtful(pages, given))


def apply(work: Work, case: CaseFile, given: Given) -> Produced:
    pages = live(case.id, step=KEY)
    scanned = {page.kind for page in pages}
    missing = {document.kind for document in wanted(work.look, case)} - scanned
    put_off = [owed for owed in given.later if owed.kind in missing]
    for owed in put_off:
        work.audit("scan_put_off", {"document": owed.kind})
        record(work, Act.RECORD, secrets.token_hex(16), reason=clean(owed.reason), data={"scan_put_off": owed.kind})
    return Produced(
        scans=tuple(Scanned(page.kind, page.id, page.page, page.sha256) for page in pages),
        later=tuple(owed.kind for owed in put_off),
        operator=work.look.officer.name,
    )


def wanted(look: Look, case: CaseFile) -> tuple[Wanted, ...]:
    """The documents to scan: what the checklist requires, and whatever else was handed in."""
    received = case.need(intake.KEY, intake.Produced)
    sheets = {item.key: item.pages for item in received.items if item.original or item.copy}
    items = checklist(
        look.regulations,
        case.kind,
        SponsorBasis(received.sponsor_basis),
        Collector(received.filed_by),
        birth=received.born,
        on=office_day(case.opened_at),
    )
    return tuple(
        Wanted(item.key, item.name, sheets.get(item.key, 0)) for item in items if item.required or item.key in sheets
    )


def debt(case: CaseFile) -> tuple[str, ...]:
    """The kinds of document put off at step 5 and not scanned since: for step 9. Within a unit of work."""
    done = case.output(KEY, Produced)
    if done is None or not done.later:
        return ()
    scanned = {page.kind for page in live(case.id, step=KEY)}
    return tuple(kind for kind in done.later if kind not in scanned)


def owed(desk: "Desk", case_id: int) -> Owed | Refused:
    """What a case still owes, for the screen that makes it good. Raises StoreError."""
    look = desk.look()
    with desk.office.store.reading():
        case = case_file(case_id, look.kit.procedures)
        if case is None:
            return refused(Code.CASE_NOT_FOUND)
        kinds = debt(case)
        documents = tuple(document for document in wanted(look, case) if document.kind in kinds) if kinds else ()
        return Owed(case.application_no, case.holder_name, documents)


def _missing(documents: tuple[Wanted, ...], pages: tuple[Capture, ...], given: Given) -> Iterator[Refusal]:
    scanned = {page.kind for page in pages}
    reasons = {owed.kind: clean(owed.reason) for owed in given.later}
    for document in documents:
        if document.kind in scanned:
            continue
        if document.kind not in reasons:
            yield Refusal(Code.SCAN_MISSING, document.kind)
        elif len(reasons[document.kind]) < REASON_MINIMUM:
            yield Refusal(Code.REASON_NEEDED, document.kind, {"minimum": REASON_MINIMUM})


def _doubtful(pages: tuple[Capture, ...], given: Given) -> Iterator[Refusal]:
    for page in pages:
        if page.findings and page.id not in given.accepted:
            yield Refusal(Code.SCAN_DOUBTFUL, page.kind, {"page": page.page, "finding": ", ".join(page.findings)})
