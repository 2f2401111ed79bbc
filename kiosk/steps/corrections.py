"""The controlled corrections of SOP step 11: which data are clerical, what they say now, and the data once corrected.

Clerical is what stands neither in the passport nor in the stamp. Names, the passport's number, dates and the register
number are not: they reopen the endorsement, by sending the case back. Pure.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from kiosk.applicant import ApplicantData
from kiosk.applicant_checks import check_address, check_holder, check_sponsor, check_stay
from kiosk.refusals import Refusal

CLERICAL = (
    "holder.occupation",
    "holder.marital_status",
    "holder.phone",
    "holder.email",
    "address.street",
    "address.neighbourhood",
    "address.village",
    "address.district",
    "stay.arrived_at",
    "stay.arrival_mark_no",
    "sponsor.contact",
    "sponsor.phone",
    "sponsor.email",
    "sponsor.address",
    "sponsor.relation",
)
"""Fields of ApplicantData that two officers may correct. Words: `stamp_scan.field.<field>`."""

REOPENS = ("holder.name", "passport.number", "passport.expires", "stay.permit_expires", "register_no", "valid_until")
"""What a wish to correct sends back instead."""


def value(data: ApplicantData, field: str) -> str:
    """What a clerical field says. Raises KeyError for any other."""
    part, name = _split(field)
    return str(getattr(getattr(data, part), name))


def with_value(data: ApplicantData, field: str, text: str) -> ApplicantData:
    """The data with a clerical field saying `text`. Raises KeyError for any other."""
    part, name = _split(field)
    changed: dict[str, Any] = {part: replace(getattr(data, part), **{name: text})}
    return replace(data, **changed)


def check_value(data: ApplicantData, field: str, text: str, today: date) -> tuple[Refusal, ...]:
    """What step 2's rules say of the field with this text."""
    changed = with_value(data, field, text)
    part, name = _split(field)
    found: Iterable[Refusal] = check_stay(changed.stay, changed.holder, today)
    if part == "holder":
        found = check_holder(changed.holder, today, specimens=True)
    elif part == "address":
        found = check_address(changed.address)
    elif part == "sponsor":
        found = check_sponsor(changed.sponsor)
    return tuple(refusal for refusal in found if refusal.field in (name, f"{part}_{name}"))


def _split(field: str) -> tuple[str, str]:
    if field not in CLERICAL:
        raise KeyError(field)
    part, _, name = field.partition(".")
    return part, name
