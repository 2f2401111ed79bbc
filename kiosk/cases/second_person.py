"""The second officer of a two-person act inside a step: signed in beside the first, of a unit that may act there."""

from kiosk.cases.engine import refuse
from kiosk.cases.work import Work
from kiosk.people.model import OFFICE_HEAD, Witness
from kiosk.refusals import Code


def second_person(work: Work, step: str) -> Witness:
    """Who signed as second person at `step`. Raises Refuse: nobody did, or an officer of another unit."""
    witness, row = work.witness, work.case.procedure.step(step)
    if witness is None or witness.person_id == work.look.officer.person_id:
        raise refuse(Code.SECOND_PERSON_NEEDED)
    if not {row.unit, *row.other_units, OFFICE_HEAD} & set(witness.units):
        labels = (work.case.procedure.unit(unit).label for unit in (row.unit, *row.other_units))
        raise refuse(Code.SECOND_PERSON_OTHER_UNIT, units=", ".join(labels))
    return witness
