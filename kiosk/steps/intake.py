"""Step 1, intake: the file is checked, the passport is taken into custody and a tanda terima is given."""

from dataclasses import dataclass
from datetime import date

from kiosk.applicant import Collector, Priority, Sex, SponsorBasis
from kiosk.partial_date import PartialDate

KEY = "intake"


@dataclass(frozen=True, slots=True)
class ItemReceived:
    """A document of the checklist as it lies on the counter. `pages` counts sheets as received."""

    key: str
    original: bool = False
    copy: bool = False
    pages: int = 0
    note: str = ""

    @property
    def received(self) -> bool:
        return self.original or self.copy


@dataclass(frozen=True, slots=True)
class Given:
    """What the counter officer gives. `mrz` is empty where the passport was typed."""

    kind: str
    sponsor_basis: SponsorBasis
    filed_by: Collector
    holder_name: str
    nationality: str
    sex: Sex
    born: PartialDate
    issuing_state: str
    passport_no: str
    passport_expires: date
    permit_expires: date
    days_requested: int
    visa_index: str
    regency: str
    items: tuple[ItemReceived, ...] = ()
    sponsor_name: str = ""
    proxy_name: str = ""
    guardian_name: str = ""
    priority: Priority = Priority.NONE
    mrz: tuple[str, ...] = ()
    overstay_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Produced:
    """The opened case's first facts. `findings` are codes with words under `intake.finding.<code>`."""

    application_no: str
    kind: str
    sponsor_basis: str
    filed_by: str
    holder_name: str
    nationality: str
    sex: str
    born: PartialDate
    issuing_state: str
    passport_no: str
    passport_expires: date
    permit_expires: date
    days_requested: int
    sponsor_name: str
    proxy_name: str
    items: tuple[ItemReceived, ...]
    findings: tuple[str, ...]
    overstay_days: int
    mrz: tuple[str, ...]
    receipt_number: str
    visa_index: str = ""
    regency: str = ""
    guardian_name: str = ""
