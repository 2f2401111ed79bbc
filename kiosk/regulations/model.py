"""The regulations as values. Each row that a law or decree decides is dated and names its basis."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Literal, Protocol, TypeVar

from kiosk.bilingual import Bilingual

Source = Literal[
    "single_entry",
    "multiple_entry",
    "visa_on_arrival",
    "visa_exempt",
    "birth",
    "bridging",
    "limited_stay",
    "permanent_stay",
]
"""How the permit that is held came about."""

ItemForm = Literal["original", "copy", "original_and_copy"]
Approver = Literal["office_head", "regional_office", "directorate"]
Strictness = Literal["block", "warn"]
Closing = Literal["working_day_before", "days_before"]
Interview = Literal["required", "optional", "none"]
Report = Literal["new", "extension", "status_change"]
HolidayKind = Literal["national", "joint_leave"]


@dataclass(frozen=True, slots=True)
class ApplicationKind:
    """What can be applied for. `grants_as` names the stay rule of the new permit, None where it is the old one's."""

    code: str
    name: Bilingual
    sources: tuple[Source, ...]
    grants_as: Source | None
    tariff_kind: str
    report: Report
    form: str
    sponsor_bases: tuple[str, ...]
    valid_from: date
    basis: str
    note: str


@dataclass(frozen=True, slots=True)
class PriorityGroup:
    """People served first; `from_age` where age alone makes one a member."""

    code: str
    name: Bilingual
    from_age: int | None


@dataclass(frozen=True, slots=True)
class RequirementItem:
    """A document of the checklist. An empty tuple of kinds, sponsor bases or persons means all of them."""

    key: str
    name: Bilingual
    kinds: tuple[str, ...]
    sponsor_bases: tuple[str, ...]
    persons: tuple[str, ...]
    below_age: int | None
    form: ItemForm
    required: bool
    basis: str


@dataclass(frozen=True, slots=True)
class StayRule:
    """The stay of one source from `valid_from` on. `max_extensions` None: only the ceiling limits them.

    `offered` are the lengths in days that may be asked for; `ceiling_days` is the whole stay since arrival.
    """

    source: Source
    first_days: int
    offered: tuple[int, ...]
    max_extensions: int | None
    ceiling_days: int
    approvers: tuple[Approver, ...]
    valid_from: date
    basis: str
    note: str

    def approver(self, extension_no: int) -> Approver:
        """Who decides on the extension of that number (from 1)."""
        return self.approvers[min(max(extension_no, 1), len(self.approvers)) - 1]


@dataclass(frozen=True, slots=True)
class WindowRule:
    """When one may file. `closes_days_before` goes with closing "days_before"."""

    kinds: tuple[str, ...]
    opens_days_before: int
    closes: Closing
    closes_days_before: int
    early: Strictness
    late: Strictness
    valid_from: date
    basis: str


@dataclass(frozen=True, slots=True)
class Counting:
    """How days of stay are counted: is the day of arrival the first, is the permit's last day still legal?"""

    arrival_day_counts: bool
    permit_day_is_legal: bool
    note: str


@dataclass(frozen=True, slots=True)
class PassportRule:
    """What the passport's expiry means for a filing."""

    warn_months: int
    shorter_than_permit: Strictness
    basis: str


@dataclass(frozen=True, slots=True)
class SponsorRule:
    """How many foreigners one guarantor stands for before steps 4 and 6 are told."""

    most_foreigners: int
    basis: str


@dataclass(frozen=True, slots=True)
class NewbornRule:
    file_within_days: int
    basis: str


@dataclass(frozen=True, slots=True)
class CallingVisa:
    """Nationalities whose extensions a higher office approves."""

    nationalities: tuple[str, ...]
    approver: Approver
    basis: str


@dataclass(frozen=True, slots=True)
class TariffRow:
    """Integer rupiah for an application of `kind` and length; both dates are inclusive, None: until further notice."""

    kind: str
    days: int
    amount: int
    valid_from: date
    valid_until: date | None
    basis: str
    note: str


@dataclass(frozen=True, slots=True)
class OverstayRate:
    """Integer rupiah for each calendar day; from `payable_below_days` on it can't be paid at the counter."""

    amount_each_day: int
    payable_below_days: int
    valid_from: date
    basis: str


@dataclass(frozen=True, slots=True)
class BiometricPolicy:
    """What step 8 takes, from the extension `from_extension` on. Finger codes are those of ISO/IEC 19794 (1 to 10)."""

    kinds: tuple[str, ...]
    from_extension: int
    photo: bool
    fingers_wanted: tuple[int, ...]
    fingers_required: tuple[int, ...]
    fingers_from_age: int
    interview: Interview
    valid_from: date
    basis: str


@dataclass(frozen=True, slots=True)
class VisaIndex:
    """An index code of a visa. `listed` is false where only its first letter is known."""

    index: str
    source: Source
    name: Bilingual
    listed: bool = True


@dataclass(frozen=True, slots=True)
class Holiday:
    day: date
    name: Bilingual
    kind: HolidayKind


@dataclass(frozen=True, slots=True)
class HolidayYear:
    """A year whose holidays are known. `certain` is false until it was checked against the ministers' decree."""

    year: int
    basis: str
    certain: bool


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Office time on some weekdays (1 Monday ... 7 Sunday), in WIB."""

    weekdays: tuple[int, ...]
    opens: time
    break_from: time
    break_until: time
    closes: time


@dataclass(frozen=True, slots=True)
class Territory:
    """The kabupaten and kota of this office, and what the counter does about an address outside."""

    regencies: tuple[str, ...]
    outside: Strictness
    basis: str


@dataclass(frozen=True, slots=True)
class RegisterTemplate:
    """How register numbers are written; see `kiosk.permits.register_number`."""

    template: str
    permit_class: str
    office: str
    serial_digits: int
    first_year: int
    year_letters: str
    kinds: Mapping[str, str]
    basis: str


@dataclass(frozen=True, slots=True)
class Retention:
    """Paper files are proposed for destruction after `paper_years`; electronic copies are kept."""

    paper_years: int
    electronic: Literal["keep"]
    basis: str


class _Dated(Protocol):
    @property
    def valid_from(self) -> date: ...


_T = TypeVar("_T", bound=_Dated)


def in_force(rows: Iterable[_T], on: date) -> _T | None:
    """The row that began last on or before `on`; the first of those that began the same day."""
    begun = [row for row in rows if row.valid_from <= on]
    return max(begun, key=lambda row: row.valid_from) if begun else None


@dataclass(frozen=True, slots=True)
class Regulations:
    """Every table. `hash` (SHA-256, hex) changes with any value in them."""

    kinds: tuple[ApplicationKind, ...]
    priorities: tuple[PriorityGroup, ...]
    adult_age: int
    items: tuple[RequirementItem, ...]
    counting: Counting
    stays: tuple[StayRule, ...]
    windows: tuple[WindowRule, ...]
    newborn: NewbornRule
    passport: PassportRule
    sponsor: SponsorRule
    calling_visa: CallingVisa
    tariffs: tuple[TariffRow, ...]
    overstays: tuple[OverstayRate, ...]
    biometrics: tuple[BiometricPolicy, ...]
    visas: tuple[VisaIndex, ...]
    visa_letters: Mapping[str, Source]
    years: tuple[HolidayYear, ...]
    holidays: Mapping[date, Holiday]
    hours: tuple[OfficeHours, ...]
    territory: Territory
    register: RegisterTemplate
    retention: Retention
    hash: str

    def kind(self, code: str) -> ApplicationKind:
        """Raises KeyError."""
        for kind in self.kinds:
            if kind.code == code:
                return kind
        raise KeyError(code)

    def stay(self, source: Source, on: date) -> StayRule | None:
        """The stay rule of `source` on that day, None if there is none."""
        return in_force((row for row in self.stays if row.source == source), on)

    def window(self, kind: str, on: date) -> WindowRule | None:
        """The filing window of `kind`, None if it has none."""
        return in_force((row for row in self.windows if kind in row.kinds), on)

    def tariff(self, kind: str, days: int, on: date) -> TariffRow | None:
        """The tariff row of that kind and length on that day, None if there is none."""
        rows = (row for row in self.tariffs if row.kind == kind and row.days == days)
        row = in_force(rows, on)
        return row if row and (row.valid_until is None or on <= row.valid_until) else None

    def overstay(self, on: date) -> OverstayRate | None:
        return in_force(self.overstays, on)

    def visa(self, index: str) -> VisaIndex | None:
        """The visa of that index code (any case, blanks and dashes ignored); by its first letter if it isn't listed."""
        code = "".join(char for char in index.upper() if char.isalnum())
        for visa in self.visas:
            if visa.index == code:
                return visa
        source = self.visa_letters.get(code[:1]) if code[1:2].isdigit() else None
        return VisaIndex(code, source, Bilingual(code, code), listed=False) if source else None
