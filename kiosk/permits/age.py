"""What depends on the applicant's age. Where a date of birth isn't wholly known, the careful side holds."""

from datetime import date

from kiosk.partial_date import PartialDate
from kiosk.regulations.model import Regulations


def needs_guardian(regulations: Regulations, birth: PartialDate, on: date) -> bool:
    """True for one who is, or may be, under age: a parent or guardian signs."""
    return birth.age_on(on)[0] < regulations.adult_age


def priority_by_age(regulations: Regulations, birth: PartialDate, on: date) -> str:
    """The code of the priority group that age alone makes one a member of; empty for none."""
    oldest = birth.age_on(on)[1]
    groups = (group for group in regulations.priorities if group.from_age is not None and oldest >= group.from_age)
    return next((group.code for group in groups), "")
