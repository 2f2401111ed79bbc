"""Made-up applicants: the same seed gives the same people. Nobody here exists."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from kiosk.applicant import (
    Address,
    ApplicantData,
    Collector,
    Holder,
    Passport,
    Priority,
    Request,
    Sex,
    Sponsor,
    SponsorBasis,
    Stay,
)
from kiosk.mrz import compose_td3
from kiosk.partial_date import PartialDate

# nationality, surname, given names, sex, birth place
_PEOPLE = (
    ("NLD", "VAN DER BERG", "ANNA MARIA", Sex.F, "UTRECHT"),
    ("DEU", "KRUGER", "JONAS", Sex.M, "BREMEN"),
    ("JPN", "TANAKA", "HARUTO", Sex.M, "OSAKA"),
    ("AUS", "WALKER", "CHLOE GRACE", Sex.F, "PERTH"),
    ("IND", "SHARMA", "PRIYA", Sex.F, "PUNE"),
    ("FRA", "LEFEVRE", "LUC", Sex.M, "LYON"),
    ("KOR", "KIM", "MINSEO", Sex.F, "BUSAN"),
    ("GBR", "HUGHES", "OWEN", Sex.M, "CARDIFF"),
    ("MYS", "", "SURYANI", Sex.F, "IPOH"),
    ("USA", "CARTER", "EMILY ROSE", Sex.F, "PORTLAND"),
    ("CHN", "LI", "XIAOMING", Sex.M, "WUHAN"),
    ("ITA", "ROSSI", "PAOLO", Sex.M, "TORINO"),
)
_LETTER: dict[Sex, Literal["M", "F", "X"]] = {Sex.M: "M", Sex.F: "F", Sex.X: "X"}
_STREETS = ("Jalan Jenderal Sudirman 12", "Jalan Lematang 4", "Jalan Pramuka 31", "Jalan Kapten Tendean 8")
_REGENCIES = ("Kabupaten Muara Enim", "Kota Prabumulih", "Kabupaten Lahat", "Kota Pagar Alam")


@dataclass(frozen=True, slots=True)
class DemoApplicant:
    """One applicant with everything that is typed for them."""

    number: int
    kind: str
    data: ApplicantData
    priority: Priority

    @property
    def mrz_text(self) -> str:
        return "\n".join(self.data.passport.mrz)


def make(seed: int, number: int, today: date, *, sponsor: SponsorBasis | None = None) -> DemoApplicant:
    """Applicant `number` of `seed`, filing on `today` within the filing window."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - made-up people, not secrets
    nationality, surname, given, sex, birth_place = _PEOPLE[(number + seed) % len(_PEOPLE)]
    born = date(1960, 1, 1) + timedelta(days=chance.randrange(14_000))
    expires = today + timedelta(days=chance.randrange(500, 2500))
    passport_no = f"{chance.choice('ABCDEFGHKLMNPRTX')}{chance.randrange(10_000_000, 99_999_999)}"
    permit_expires = today + timedelta(days=chance.randrange(8, 13))
    voa = number % 3 == 2
    lines = compose_td3(
        issuing_state=nationality,
        surname=surname or given,
        given_names=given if surname else "",
        document_no=passport_no,
        nationality=nationality,
        birth=born,
        sex=_LETTER[sex],
        expiry=expires,
    )
    basis = SponsorBasis.NONE if voa else (sponsor or SponsorBasis.INDIVIDUAL)
    data = ApplicantData(
        holder=Holder(
            surname=surname,
            given_names=given,
            name_viz=f"{given} {surname}".strip(),
            sex=sex,
            born=PartialDate.of(born),
            birth_place=birth_place,
            nationality=nationality,
            occupation="ENGINEER",
            email=f"pemohon{number}@example.org",
            phone=f"+62812{chance.randrange(10_000_000, 99_999_999)}",
        ),
        passport=Passport(
            type="P",
            number=passport_no,
            issuing_state=nationality,
            expires=expires,
            issued=expires - timedelta(days=3650),
            issued_at=birth_place,
            mrz=tuple(lines),
        ),
        stay=Stay(
            visa_index="B1" if voa else "C1",
            arrived=permit_expires - timedelta(days=30 if voa else 60),
            permit_expires=permit_expires,
            visa_no=f"V{chance.randrange(1_000_000, 9_999_999)}",
            visa_date=permit_expires - timedelta(days=80),
            arrived_at="SOEKARNO-HATTA",
            arrival_mark_no=f"{chance.randrange(100_000, 999_999)}",
            granted_days=30 if voa else 60,
        ),
        address=Address(
            street=chance.choice(_STREETS),
            regency=chance.choice(_REGENCIES),
            neighbourhood="002/005",
            village="Pasar I",
            district="Muara Enim",
        ),
        sponsor=_sponsor(basis, chance, today),
        request=Request(days=30, purpose="Kunjungan keluarga", filed_by=Collector.APPLICANT),
    )
    priority = Priority.ELDERLY if (today - born).days > 60 * 366 else Priority.NONE
    return DemoApplicant(number, "voa_extension" if voa else "visit_visa_extension", data, priority)


def _sponsor(basis: SponsorBasis, chance: random.Random, today: date) -> Sponsor:
    if basis is SponsorBasis.NONE:
        return Sponsor(basis, exemption="VOA")
    return Sponsor(
        basis=basis,
        name=chance.choice(("Rina Marlina", "Andi Saputra", "Yanti Kusuma", "Dedi Irawan")),
        identity_no=_national_id(chance),
        contact="",
        phone=f"+62813{chance.randrange(10_000_000, 99_999_999)}",
        address=chance.choice(_STREETS),
        relation="Teman",
        guarantee_no=f"PJ-{chance.randrange(100, 999)}",
        guarantee_date=today - timedelta(days=3),
    )


def _national_id(chance: random.Random) -> str:
    """A NIK: district, day, month and year of birth, serial."""
    day, month = chance.randrange(1, 28), chance.randrange(1, 12)
    return f"16030{chance.randrange(1, 8)}{day:02d}{month:02d}85{chance.randrange(1, 9999):04d}"
