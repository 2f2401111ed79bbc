"""The checklist of a file (SOP step 1) and what is missing in it."""

from collections.abc import Collection
from datetime import date

from kiosk.applicant import Collector, SponsorBasis
from kiosk.partial_date import PartialDate
from kiosk.regulations.model import Regulations, RequirementItem


def checklist(
    regulations: Regulations,
    kind: str,
    sponsor: SponsorBasis,
    person: Collector,
    *,
    birth: PartialDate | None = None,
    on: date | None = None,
) -> tuple[RequirementItem, ...]:
    """The documents that a file of this kind, sponsor basis and person at the counter needs, in the table's order.

    With `birth` and the day `on` also what only the young need; where the age isn't certain, as for the younger.
    """
    age = birth.age_on(on)[0] if birth and on else None
    return tuple(
        item
        for item in regulations.items
        if (not item.kinds or kind in item.kinds)
        and (not item.sponsor_bases or sponsor in item.sponsor_bases)
        and (not item.persons or person in item.persons)
        and (item.below_age is None or (age is not None and age < item.below_age))
    )


def missing(items: Collection[RequirementItem], received: Collection[str]) -> tuple[RequirementItem, ...]:
    """The required documents whose keys are not among `received`."""
    return tuple(item for item in items if item.required and item.key not in received)
