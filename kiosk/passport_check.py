"""The machine readable zone beside the visual zone: what they say of the same thing, and where they differ. Pure.

A value whose check digit fails is typed twice from the visual zone; one that differs from a sound zone is looked at
once more and confirmed, and steps 4 and 6 are told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from kiosk.applicant import Holder, Passport
from kiosk.finding_text import written
from kiosk.formats import numeric_date
from kiosk.mrz import Mrz, compare_names
from kiosk.partial_date import PartialDate
from kiosk.refusals import Code, Refusal

FIELDS = {
    "document_no": "number",
    "birth": "born",
    "sex": "sex",
    "expiry": "expires",
    "nationality": "nationality",
    "issuing_state": "issuing_state",
    "name": "name_viz",
}
"""Fields of a zone, and the fields of step 2 that say the same."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the zones differ: the field of step 2, what the machine readable one says, whether that can be trusted."""

    field: str
    in_zone: str
    sound: bool


def doubtful_fields(zone: Mrz) -> frozenset[str]:
    """The fields of step 2 whose value in the zone can't be trusted: a check digit fails or it can't be read.

    A composite digit that fails alone leaves every field in doubt that it covers.
    """
    found = {FIELDS[finding.field] for finding in zone.findings if finding.field in FIELDS}
    if not found and any(finding.field == "composite" for finding in zone.findings):
        found = {"number", "born", "expires"}
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed from the visual zone of the fields that a zone has too; None where nothing was typed yet."""

    number: str | None = None
    issuing_state: str | None = None
    expires: date | None = None
    born: PartialDate | None = None
    sex: str | None = None
    nationality: str | None = None
    name_viz: str | None = None

    @classmethod
    def of(cls, holder: Holder, passport: Passport) -> "Typed":
        return cls(
            passport.number,
            passport.issuing_state,
            passport.expires,
            holder.born,
            holder.sex,
            holder.nationality,
            holder.name_viz,
        )


def differences(zone: Mrz, typed: Typed) -> tuple[Difference, ...]:
    """Where what was typed from the visual zone differs from the machine readable one."""
    doubtful = doubtful_fields(zone)
    return tuple(Difference(field, said, field not in doubtful) for field, said in _different(zone, typed))


def in_zone(zone: Mrz) -> dict[str, str]:
    """What the zone says of each field, as it is typed."""
    return {
        "number": zone.document_no,
        "issuing_state": zone.issuing_state,
        "expires": numeric_date(zone.expiry) if zone.expiry else "-",
        "born": zone.birth.shown() if zone.birth else "-",
        "sex": zone.sex,
        "nationality": zone.nationality,
        "name_viz": zone.full_name,
    }


def _different(zone: Mrz, typed: Typed) -> Iterator[tuple[str, str]]:
    says = in_zone(zone)
    pairs = (
        ("number", typed.number, zone.document_no),
        ("issuing_state", typed.issuing_state, zone.issuing_state),
        ("expires", typed.expires, zone.expiry),
        ("born", typed.born, zone.birth or typed.born),
        ("sex", typed.sex, zone.sex),
        ("nationality", typed.nationality, zone.nationality),
    )
    for field, here, there in pairs:
        if here is not None and here != there:
            yield field, says[field]
    if typed.name_viz is not None and not compare_names(typed.name_viz, zone).agree:
        yield "name_viz", says["name_viz"]


def check_against_zone(
    zone: Mrz, holder: Holder, passport: Passport, *, retyped: Mapping[str, str], confirmed: tuple[str, ...]
) -> tuple[Refusal, ...]:
    """What is still to be typed again or to be confirmed. `retyped` holds the second typing by field of step 2."""
    refusals: list[Refusal] = []
    for field in sorted(doubtful_fields(zone)):
        if not retyped.get(field, "").strip():
            refusals.append(Refusal(Code.TYPE_AGAIN, f"{field}_again"))
        elif _folded(retyped[field]) != _folded(as_typed(field, holder, passport)):
            refusals.append(Refusal(Code.TYPED_DIFFERENTLY, f"{field}_again"))
    for difference in differences(zone, Typed.of(holder, passport)):
        if difference.sound and difference.field not in confirmed:
            refusals.append(Refusal(Code.DIFFERS_FROM_MRZ, difference.field, {"zone": difference.in_zone}))
    return tuple(refusals)


def as_typed(field: str, holder: Holder, passport: Passport) -> str:
    """The value of a field as it is typed the second time."""
    return {
        "number": passport.number,
        "born": holder.born.shown(),
        "sex": str(holder.sex),
        "expires": numeric_date(passport.expires),
        "nationality": holder.nationality,
        "issuing_state": passport.issuing_state,
        "name_viz": holder.name_viz,
    }[field]


def zone_findings(zone: Mrz, holder: Holder, passport: Passport) -> tuple[str, ...]:
    """What the steps that follow should know of."""
    failed = tuple(written("mrz_unsound", {"field": field}) for field in sorted(doubtful_fields(zone)))
    found = differences(zone, Typed.of(holder, passport))
    differs = tuple(written("mrz_differs", {"field": each.field, "zone": each.in_zone}) for each in found if each.sound)
    return failed + differs


def _folded(text: str) -> str:
    return " ".join(text.upper().split())
