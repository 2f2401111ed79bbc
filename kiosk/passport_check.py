"""The machine readable zone beside the visual zone: what they say of the same thing, and where they differ. Pure.

A value whose check digit fails is typed twice from the visual zone; one that differs from a sound zone is looked at
once more and confirmed, and steps 4 and 6 are told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kiosk.applicant import Holder, Passport
from kiosk.finding_text import written
from kiosk.formats import numeric_date
from kiosk.mrz import Mrz, compare_names
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


def differences(zone: Mrz, holder: Holder, passport: Passport) -> tuple[Difference, ...]:
    """Where `holder` and `passport`, as typed from the visual zone, differ from the zone."""
    doubtful = doubtful_fields(zone)
    return tuple(Difference(field, said, field not in doubtful) for field, said in _different(zone, holder, passport))


def _different(zone: Mrz, holder: Holder, passport: Passport) -> Iterator[tuple[str, str]]:
    if passport.number != zone.document_no:
        yield "number", zone.document_no
    if passport.issuing_state != zone.issuing_state:
        yield "issuing_state", zone.issuing_state
    if passport.expires != zone.expiry:
        yield "expires", numeric_date(zone.expiry) if zone.expiry else "-"
    if zone.birth is not None and holder.born != zone.birth:
        yield "born", zone.birth.shown()
    if holder.sex != zone.sex:
        yield "sex", zone.sex
    if holder.nationality != zone.nationality:
        yield "nationality", zone.nationality
    if not compare_names(holder.name_viz, zone).agree:
        yield "name_viz", zone.full_name


def check_against_zone(
    zone: Mrz, holder: Holder, passport: Passport, *, retyped: Mapping[str, str], confirmed: tuple[str, ...]
) -> tuple[Refusal, ...]:
    """What is still to be typed again or to be confirmed. `retyped` holds the second typing by field of step 2."""
    refusals: list[Refusal] = []
    for field in sorted(doubtful_fields(zone)):
        if not retyped.get(field, "").strip():
            refusals.append(Refusal(Code.TYPE_AGAIN, f"{field}_again"))
        elif _folded(retyped[field]) != _folded(typed(field, holder, passport)):
            refusals.append(Refusal(Code.TYPED_DIFFERENTLY, f"{field}_again"))
    for difference in differences(zone, holder, passport):
        if difference.sound and difference.field not in confirmed:
            refusals.append(Refusal(Code.DIFFERS_FROM_MRZ, difference.field, {"zone": difference.in_zone}))
    return tuple(refusals)


def typed(field: str, holder: Holder, passport: Passport) -> str:
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
    found = differences(zone, holder, passport)
    differs = tuple(written("mrz_differs", {"field": each.field, "zone": each.in_zone}) for each in found if each.sound)
    return failed + differs


def _folded(text: str) -> str:
    return " ".join(text.upper().split())
