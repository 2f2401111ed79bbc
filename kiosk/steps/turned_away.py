"""Step 1's other end: an incomplete file goes back with the printed list of what is missing, and nothing is registered.

Only a print job and an audit event are written. What isn't known yet may be missing too: a file without a passport.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from kiosk import audit
from kiosk.applicant import Collector, SponsorBasis
from kiosk.bilingual import Bilingual
from kiosk.cases import engine
from kiosk.cases.transactions import refusing
from kiosk.cases.work import Look, queue_paper
from kiosk.partial_date import PartialDate
from kiosk.permits import Filing, Finding, assess_filing, filing_window
from kiosk.permits.documents import checklist, missing
from kiosk.receipts import contents
from kiosk.refusals import Code, Refused, refused
from kiosk.regulations import RequirementItem
from kiosk.steps.intake import ItemReceived, clerk
from kiosk.text import clean
from kiosk.words import Language, say

if TYPE_CHECKING:
    from kiosk.desk import Desk


@dataclass(frozen=True, slots=True)
class Attempt:
    """A file as far as it could be looked at. `notes` are the officer's words for a document, by its key."""

    kind: str
    sponsor_basis: SponsorBasis
    filed_by: Collector
    items: tuple[ItemReceived, ...] = ()
    holder_name: str = ""
    nationality: str = ""
    born: PartialDate | None = None
    passport_expires: date | None = None
    permit_expires: date | None = None
    days_requested: int | None = None
    visa_index: str = ""
    regency: str = ""
    guardian_name: str = ""


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """What went back: keys of the missing documents, codes of what stands against the filing, and the print job."""

    missing: tuple[str, ...]
    against: tuple[str, ...]
    print_job: int


@refusing
def turn_away(desk: "Desk", attempt: Attempt) -> TurnedAway | Refused:
    """Print what is missing and give the file back. Refused where nothing is missing."""
    look = desk.look()
    known = {kind.code: kind for kind in look.regulations.kinds}
    if attempt.kind not in known:
        return refused(Code.FIELD_REQUIRED, "kind")
    lacking, against = what_is_missing(look, attempt)
    if not lacking and not against:
        return refused(Code.NOTHING_MISSING)
    paper = contents.MissingList(
        issued_at=look.now,
        service=known[attempt.kind].name,
        applicant=contents.Holder(clean(attempt.holder_name), nationality=attempt.nationality),
        missing=(*_missing_documents(attempt, lacking), *_reasons(against)),
        clerk=clerk(look),
        permit_expires=attempt.permit_expires,
        days_left=(attempt.permit_expires - look.today).days if attempt.permit_expires else None,
        last_working_day=_last_day(look, attempt),
    )
    keys = tuple(item.key for item in lacking)
    codes = tuple(str(found.code) for found in against)
    with engine.unit_of_work(desk.office.store) as answer:
        job = queue_paper(look, paper)
        data = {"kind": attempt.kind, "missing": keys, "against": codes, "print_job": job}
        audit.append(look.now, look.signer, "turned_away", "", data)
        answer.value = TurnedAway(keys, codes, job)
    desk.office.printing.poke()
    found_or_not: TurnedAway | Refused = answer.refused or answer.value
    return found_or_not


def what_is_missing(look: Look, attempt: Attempt) -> tuple[tuple[RequirementItem, ...], tuple[Finding, ...]]:
    """The documents that are lacking, and what else stands against taking the file today."""
    items = checklist(
        look.regulations,
        attempt.kind,
        attempt.sponsor_basis,
        attempt.filed_by,
        birth=attempt.born,
        on=look.today,
    )
    wanted = {item.key: item for item in items}
    here = [item.key for item in attempt.items if item.key in wanted and item.meets(wanted[item.key])]
    return missing(items, here), _against(look, attempt)


def _against(look: Look, attempt: Attempt) -> tuple[Finding, ...]:
    if attempt.permit_expires is None or attempt.passport_expires is None or attempt.days_requested is None:
        return ()
    filing = Filing(
        kind=attempt.kind,
        on=look.today,
        permit_expires=attempt.permit_expires,
        passport_expires=attempt.passport_expires,
        days=attempt.days_requested,
        visa_index=attempt.visa_index,
        nationality=attempt.nationality,
        birth=attempt.born,
        has_guardian=bool(attempt.guardian_name.strip()),
        sponsor=attempt.sponsor_basis,
        regency=attempt.regency,
    )
    return tuple(found for found in assess_filing(look.regulations, filing) if found.blocks)


def _missing_documents(attempt: Attempt, lacking: tuple[RequirementItem, ...]) -> tuple[contents.Missing, ...]:
    notes = {item.key: clean(item.note) for item in attempt.items}
    return tuple(contents.Missing(item.name, notes.get(item.key, "") or _form(item)) for item in lacking)


def _form(item: RequirementItem) -> str:
    return say(Language.INDONESIAN, f"intake.form.{item.form}")


def _reasons(against: tuple[Finding, ...]) -> tuple[contents.Missing, ...]:
    said = ((found.refusal.key(), found.refusal.details) for found in against)
    return tuple(
        contents.Missing(Bilingual(*(say(language, key, **details) for language in Language))) for key, details in said
    )


def _last_day(look: Look, attempt: Attempt) -> date | None:
    if attempt.permit_expires is None:
        return None
    window = filing_window(look.regulations, attempt.kind, attempt.permit_expires, look.today)
    return window.last_working_day if window else None
