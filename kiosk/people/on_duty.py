"""Who is on duty on a day, and whether they can finish a case: said at the start of a shift."""

from datetime import date

from db.connection import Store
from db.tables import Officer, Session
from kiosk.people.sign_in import officer_at
from kiosk.people.staffing import Staffing, staffing
from kiosk.procedure import Procedure
from kiosk.words import Words


def staffing_on(store: Store, procedure: Procedure, day: date, *, signed_in: bool = False) -> Staffing:
    """Of the accounts with a duty on that day, or of those that are signed in now. Raises StoreError."""
    with store.reading():
        rows = Officer.select().where(Officer.active)
        if signed_in:
            rows = rows.where(Officer.id.in_(Session.select(Session.officer).where(Session.ended_at.is_null())))
        return staffing(procedure, [officer_at(row, day) for row in rows])


def missing_words(found: Staffing, procedure: Procedure, words: Words) -> str:
    """One line of what is missing, `` if nothing is: first the steps that nobody may do."""
    if found.unstaffed:
        steps = [procedure.step(key) for key in found.unstaffed]
        named = ", ".join(f"{step.number} {step.title.say(words.language)}" for step in steps[:2])
        return words.say("staffing.unstaffed", steps=named + (f" +{len(steps) - 2}" if len(steps) > 2 else ""))
    if found.one_person:
        first, second = (procedure.step(name.partition(":")[0]).number for name in found.one_person[0])
        return words.say("staffing.one_person", first=first, second=second)
    return ""
