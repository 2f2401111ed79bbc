"""What each paper says: frozen records of plain values, stored with the receipt and laid out by `layout`. Pure.

A record holds numbers unmasked; the layout masks what a paper must not show (domain.md 3.1). Moments are aware,
money is integer rupiah, names are given as the visual zone and as the machine-readable zone spell them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from kiosk.bilingual import Bilingual


class OfficeData(Protocol):
    """What a letterhead is made from: the office's section of kiosk.toml."""

    @property
    def name(self) -> str: ...
    @property
    def letterhead(self) -> tuple[str, ...]: ...
    @property
    def address(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def hotline(self) -> str: ...
    @property
    def complaints(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The office as its papers name it."""

    lines: tuple[str, ...]
    office: str
    address: str
    place: str
    hotline: str
    complaints: str
    sop: str = ""
    """Number and revision of the SOP; not printed if empty."""

    @classmethod
    def of(cls, office: OfficeData, *, sop: str = "") -> "Letterhead":
        return cls(
            lines=office.letterhead,
            office=office.name,
            address=office.address,
            place=office.place,
            hotline=office.hotline,
            complaints=office.complaints,
            sop=sop,
        )


@dataclass(frozen=True, slots=True)
class Holder:
    """The person in the passport. `born` as the passport shows it, unknown parts and all."""

    name: str
    mrz_name: str = ""
    nationality: str = ""
    sex: str = ""
    born: str = ""


@dataclass(frozen=True, slots=True)
class Clerk:
    """The officer who made the paper. `place` is the counter or terminal."""

    name: str
    staff_no: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """A document handed in. `form` is original, copy or scan; 0 pages = not counted."""

    item: Bilingual
    form: str = "original"
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Appointment:
    what: Bilingual
    at: datetime


@dataclass(frozen=True, slots=True)
class ApplicationReceipt:
    """Tanda terima permohonan (SOP step 1; domain.md 3.1): what the foreigner shows while the passport is here."""

    number: str
    application_no: str
    issued_at: datetime
    service: Bilingual
    applicant: Holder
    passport_no: str
    passport_expires: date
    clerk: Clerk
    token: str
    short_code: str
    permit_expires: date | None = None
    days_left: int | None = None
    """Calendar days to the permit's expiry; negative = overstay."""
    sponsor: str = ""
    documents: tuple[Received, ...] = ()
    passport_kept: bool = True
    appointment: Appointment | None = None
    expected_ready: date | None = None
    bring: tuple[Bilingual, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """A requirement not met, and what is wrong with it in the officer's words."""

    item: Bilingual
    note: str = ""


@dataclass(frozen=True, slots=True)
class MissingList:
    """Daftar kekurangan: an incomplete file goes back with it. Nothing is registered, so there is no QR."""

    issued_at: datetime
    service: Bilingual
    applicant: Holder
    missing: tuple[Missing, ...]
    clerk: Clerk
    permit_expires: date | None = None
    days_left: int | None = None
    last_working_day: date | None = None
    """The last day on which the application can still be filed in time."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of a bill with the regulation it rests on."""

    label: Bilingual
    amount: int
    basis: str


@dataclass(frozen=True, slots=True)
class PaymentReceipt:
    """Tanda bukti bayar (SOP step 7; domain.md 2.4): the claim on the finished document."""

    number: str
    application_no: str
    paid_at: datetime
    payer: Holder
    passport_no: str
    service: Bilingual
    charges: tuple[Charge, ...]
    method: str
    """edc_card, edc_qris, state_receipt or cash."""
    treasurer: Clerk
    token: str
    short_code: str
    days: int | None = None
    """Days of stay applied for."""
    billing_code: str = ""
    bank_ref: str = ""
    """NTB or NTP."""
    ntpn: str = ""
    """Empty = to follow."""
    approval_code: str = ""
    card_last4: str = ""
    expected_ready: date | None = None
    """The promise."""
    estimated_ready: date | None = None
    """When cases of late were ready (kiosk.prediction); no promise."""
    estimates_kept: int = 0
    estimates_measured: int = 0
    """Of so many estimates of late so many came true; 0 measured: nothing is said of it."""

    @property
    def total(self) -> int:
        return sum(charge.amount for charge in self.charges)


@dataclass(frozen=True, slots=True)
class CollectionRecord:
    """Bukti pengambilan dokim (SOP step 12): signed at the counter, input of step 13. An office record."""

    number: str
    application_no: str
    handed_over_at: datetime
    holder: Holder
    passport_no: str
    register_no: str
    collector: str
    relation: str
    """applicant, sponsor or proxy."""
    clerk: Clerk
    claim_no: str = ""
    """Number of the payment receipt; empty if the document is handed back without one."""
    permit_until: date | None = None
    identity_kind: str = ""
    identity_no: str = ""
    power_of_attorney: str = ""


@dataclass(frozen=True, slots=True)
class StampGuide:
    """The exact text to stamp or write in the passport (SOP step 9; domain.md 3.5)."""

    application_no: str
    holder: Holder
    passport_no: str
    register_no: str
    valid_until: date
    stamped_on: date
    signatory_title: str
    signatory_name: str
    clerk: Clerk
    signatory_staff_no: str = ""
    valid_from: date | None = None
    extension_no: int | None = None
    """None or 0 = not an extension."""


@dataclass(frozen=True, slots=True)
class Subtotal:
    label: Bilingual
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class Voided:
    number: str
    amount: int
    reason: str


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A payment whose outcome is not known yet."""

    reference: str
    amount: int


@dataclass(frozen=True, slots=True)
class ShiftReport:
    """The treasurer's closing of a shift. `edc_total` is the device's own settlement, None if it gave none."""

    number: str
    treasurer: Clerk
    opened_at: datetime
    closed_at: datetime
    by_method: tuple[Subtotal, ...]
    by_tariff: tuple[Subtotal, ...]
    voided: tuple[Voided, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    own_edc_total: int = 0
    edc_total: int | None = None

    @property
    def total(self) -> int:
        return sum(row.amount for row in self.by_method)

    @property
    def count(self) -> int:
        return sum(row.count for row in self.by_method)

    @property
    def edc_difference(self) -> int | None:
        return None if self.edc_total is None else self.edc_total - self.own_edc_total


@dataclass(frozen=True, slots=True)
class BookRow:
    """A line of the treasurer's papers: words, a figure, and what stands small below."""

    left: str
    right: str
    note: str = ""
    bold: bool = False


class Book(StrEnum):
    """Which of the treasurer's papers; the values are stored with a print job."""

    BKU = "bku"
    LPJ = "lpj"


@dataclass(frozen=True, slots=True)
class TreasurerReport:
    """The cash book or the monthly data of a month, to be signed. An office record."""

    book: Book
    month: str
    made_at: datetime
    treasurer: Clerk
    rows: tuple[BookRow, ...]


@dataclass(frozen=True, slots=True)
class FiledCase:
    application_no: str
    register_no: str
    pages: int
    location: str


@dataclass(frozen=True, slots=True)
class HandoverList:
    """Files handed to the archive (SOP step 13): the output that the seed left blank."""

    number: str
    handed_over_at: datetime
    rows: tuple[FiledCase, ...]
    giver: Clerk
    receiver: Clerk


@dataclass(frozen=True, slots=True)
class RefusalNotice:
    """Bukti penolakan: an application that was refused, with the reason and where to complain (UU 25/2009)."""

    application_no: str
    decided_at: datetime
    service: Bilingual
    applicant: Holder
    passport_no: str
    reason: str
    clerk: Clerk
    permit_expires: date | None = None


@dataclass(frozen=True, slots=True)
class ProposedFile:
    application_no: str
    list_no: str
    location: str
    pages: int
    retention_until: date


@dataclass(frozen=True, slots=True)
class DisposalList:
    """Daftar usul musnah (domain.md 3.7): the files past their retention, for the approval of ANRI."""

    made_at: datetime
    rows: tuple[ProposedFile, ...]
    clerk: Clerk
    head_name: str = ""


@dataclass(frozen=True, slots=True)
class StockLine:
    """A passport of a stock-take: where it is recorded and where it was found, "" = with its file, or nowhere."""

    application_no: str
    passport_no: str
    recorded: str
    found: str


@dataclass(frozen=True, slots=True)
class StockTakeReport:
    """What a count of the passports in the office found. An office record."""

    number: str
    started_at: datetime
    ended_at: datetime
    expected: int
    found: int
    missing: tuple[StockLine, ...]
    misplaced: tuple[StockLine, ...]
    foreign: tuple[StockLine, ...]
    clerk: Clerk


@dataclass(frozen=True, slots=True)
class ArchiveCover:
    """The cover of a finished file, with a token of type 3."""

    number: str
    application_no: str
    register_no: str
    holder: Holder
    passport_no: str
    service: Bilingual
    outcome: Bilingual
    opened_on: date
    closed_on: date
    pages: int
    location: str
    token: str
    short_code: str
    retain_until: date | None = None


@dataclass(frozen=True, slots=True)
class QueueSlip:
    """A number of the waiting room (kiosk.queue): no name and nothing else of a person. `minutes` 0: at once."""

    number: str
    service: Bilingual
    issued_at: datetime
    ahead: int
    minutes: int
    priority: bool = False


@dataclass(frozen=True, slots=True)
class DayRow:
    """A step completed `count` times, in `minutes` of `standard` minutes."""

    step: Bilingual
    count: int
    minutes: int
    standard: int


@dataclass(frozen=True, slots=True)
class DayLeft:
    """Something unfinished: why, the `number` of a case, payment or paper, or empty, and `step`: 7/13, or nothing."""

    why: Bilingual
    number: str
    step: str


@dataclass(frozen=True, slots=True)
class DayPaper:
    """What an officer did today and leaves open (kiosk.day_list)."""

    made_at: datetime
    clerk: Clerk
    done: tuple[DayRow, ...]
    served: int
    left: tuple[DayLeft, ...]


Content = (
    ApplicationReceipt
    | MissingList
    | PaymentReceipt
    | CollectionRecord
    | StampGuide
    | ShiftReport
    | TreasurerReport
    | HandoverList
    | RefusalNotice
    | DisposalList
    | StockTakeReport
    | ArchiveCover
    | QueueSlip
    | DayPaper
)

PAPERS: Mapping[str, type[Content]] = {
    paper.__name__: paper
    for paper in (
        ApplicationReceipt,
        MissingList,
        PaymentReceipt,
        CollectionRecord,
        StampGuide,
        ShiftReport,
        TreasurerReport,
        HandoverList,
        RefusalNotice,
        DisposalList,
        StockTakeReport,
        ArchiveCover,
        QueueSlip,
        DayPaper,
    )
}
"""Every paper by the name under which a print job keeps it."""
