"""What the office knows of an applicant: the data fields of SOP step 2, in parts that other steps read.

Names stand as in the passport. Dates of the permit are calendar days of the office. All text is cleaned.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kiosk.partial_date import PartialDate


class Sex(StrEnum):
    """ICAO 9303: unspecified is X."""

    M = "M"
    F = "F"
    X = "X"


class Collector(StrEnum):
    """Who acts for the application at the counter, and who may collect the passport."""

    APPLICANT = "applicant"
    SPONSOR = "sponsor"
    PROXY = "proxy"


class SponsorBasis(StrEnum):
    """On what the stay is guaranteed (domain: penjamin, penanggung jawab, jaminan keimigrasian)."""

    INDIVIDUAL = "individual"
    CORPORATE = "corporate"
    FAMILY_GUARANTOR = "family_guarantor"
    DEPOSIT = "deposit"
    NONE = "none"


class Priority(StrEnum):
    """Groups served first (SE IMI-417.GR.01.01/2025); empty for none."""

    NONE = ""
    ELDERLY = "elderly"
    DISABLED = "disabled"
    PREGNANT = "pregnant"
    BREASTFEEDING = "breastfeeding"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Holder:
    """The person. `surname` is empty for a single-name holder; `name_viz` is the visual zone's writing."""

    surname: str
    given_names: str
    name_viz: str
    sex: Sex
    born: PartialDate
    birth_place: str
    nationality: str
    occupation: str = ""
    marital_status: str = ""
    email: str = ""
    phone: str = ""
    former_names: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name as lists and papers show it."""
        return " ".join(part for part in (self.given_names, self.surname) if part) or self.name_viz


@dataclass(frozen=True, slots=True)
class Passport:
    """The travel document. `mrz` holds its machine-readable lines, empty where there are none."""

    type: str
    number: str
    issuing_state: str
    expires: date
    issued: date | None = None
    issued_at: str = ""
    mrz: tuple[str, ...] = ()
    previous_number: str = ""
    free_page: bool = True


@dataclass(frozen=True, slots=True)
class Stay:
    """The entry and the permit held now. Counts are of this stay."""

    visa_index: str
    arrived: date
    permit_expires: date
    visa_no: str = ""
    visa_date: date | None = None
    arrived_at: str = ""
    arrival_mark_no: str = ""
    granted_days: int = 0
    permit_no: str = ""
    extensions_before: int = 0
    niora: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the applicant lives in Indonesia; `regency` is a kabupaten or kota."""

    street: str
    regency: str
    neighbourhood: str = ""
    village: str = ""
    district: str = ""


@dataclass(frozen=True, slots=True)
class Sponsor:
    """Who guarantees the stay. `identity_no` is a NIK, NIB or NPWP by basis."""

    basis: SponsorBasis
    name: str = ""
    identity_no: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    relation: str = ""
    guarantee_no: str = ""
    guarantee_date: date | None = None
    exemption: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for, by whom."""

    days: int
    purpose: str
    filed_by: Collector = Collector.APPLICANT
    proxy_name: str = ""
    proxy_identity_no: str = ""
    ticket_date: date | None = None
    guardian_name: str = ""
    guardian_relation: str = ""


@dataclass(frozen=True, slots=True)
class ApplicantData:
    """All of step 2."""

    holder: Holder
    passport: Passport
    stay: Stay
    address: Address
    sponsor: Sponsor
    request: Request
