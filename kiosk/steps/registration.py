"""Step 9, registration: a register number is drawn, gapless, and the permit is stamped in the passport.

SOP row 9 (Lalintuskim, Tata Usaha for the register book; berkas and dokim in, register number in the system out). Rows
used: the office's register template, the approval's dates. First the number is drawn and its guide slip printed
(`draw`), then the clerk stamps what the slip says, then the step is completed. A spoiled page voids the number with its
reason (`spoil`), and the next one is drawn; so does a case that goes back. No number is used twice.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from db.turns import Hold, Turn
from kiosk.cases import engine
from kiosk.cases.engine import REASON_MINIMUM
from kiosk.cases.model import CaseFile, Claim
from kiosk.cases.transactions import refusing
from kiosk.cases.work import Look, Work
from kiosk.people.model import acting_unit
from kiosk.refusals import Code, Refusal, Refused
from kiosk.steps import approval, biometrics, register_book, rules, scanning, watchlist
from kiosk.steps.register_book import Drawn, Signatory
from kiosk.text import clean

if TYPE_CHECKING:
    from kiosk.desk import Desk

KEY = "registration"
PAGE_LENGTH = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given:
    """What the register clerk gives: the page that takes the stamp, that it has room, that it is stamped.

    `signatory` is the officer whose name stands under the stamp; 0 is the head of the office.
    """

    passport_page: str
    page_is_free: bool
    stamped: bool
    signatory: int = 0


@dataclass(frozen=True, slots=True)
class Produced:
    """The number and the permit as it stands in the passport, and whose name stands under it."""

    register_no: str
    serial: int
    valid_from: date
    valid_until: date
    extension_no: int
    stamp_text: tuple[str, ...]
    passport_page: str
    signatory: str = ""
    signatory_staff_no: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the screen shows. `number` is "" until one is drawn; `stamp_text` is then what would be stamped."""

    holder_name: str
    passport_no: str
    valid_from: date
    valid_until: date
    extension_no: int
    number: str
    next_number: str
    stamp_text: tuple[str, ...]
    signatories: tuple[Signatory, ...]
    scans_owed: tuple[str, ...]


def prepare(look: Look, case: CaseFile | None) -> Prepared:
    """The stamp as it was printed, or as it would be if the number were drawn now."""
    assert case is not None, "step 9 has a case"
    granted = case.need(approval.KEY, approval.Produced)
    live, choices = register_book.drawn(case), register_book.signatories(look)
    guide = live.guide if live else register_book.preview(look, case, choices[0])
    return Prepared(
        holder_name=case.holder_name,
        passport_no=case.passport_no,
        valid_from=granted.valid_from,
        valid_until=granted.valid_until,
        extension_no=register_book.extension_no(case),
        number=live.number if live else "",
        next_number=guide.register_no,
        stamp_text=register_book.stamp_text(look, guide),
        signatories=choices,
        scans_owed=scanning.debt(case),
    )


def across_cases(given: Given | None) -> tuple[Hold, ...]:
    """The case must have been asked of the newest cekal list (`watchlist.recheck`)."""
    return (Hold(Turn.WATCHLIST, shared=True),)


def check(look: Look, case: CaseFile, given: Given) -> tuple[Refusal, ...]:
    """Why the registration can't be completed."""
    drawn = register_book.drawn(case)
    return (
        *_not_ready(look, case, given),
        *(() if drawn else (Refusal(Code.REGISTER_NUMBER_NEEDED),)),
        *(() if given.stamped else (Refusal(Code.STAMP_NOT_CONFIRMED, "stamped"),)),
        *watchlist.recheck(look, case),
    )


def apply(work: Work, case: CaseFile, given: Given) -> Produced:
    """Keep what was stamped under the number drawn before."""
    watchlist.record_recheck(work)
    granted, drawn = case.need(approval.KEY, approval.Produced), register_book.drawn(case)
    assert drawn is not None, "check asks for the number"
    return Produced(
        register_no=drawn.number,
        serial=drawn.serial,
        valid_from=granted.valid_from,
        valid_until=granted.valid_until,
        extension_no=drawn.guide.extension_no or 0,
        stamp_text=register_book.stamp_text(work.look, drawn.guide),
        passport_page=clean(given.passport_page),
        signatory=drawn.guide.signatory_name,
        signatory_staff_no=drawn.guide.signatory_staff_no,
    )


def _not_ready(look: Look, case: CaseFile, given: Given) -> Iterator[Refusal]:
    """Why no number may be drawn for this case, whoever asks."""
    if owed := scanning.debt(case):
        yield Refusal(Code.SCANS_OWED, details={"documents": ", ".join(owed)})
    if case.output(biometrics.KEY, biometrics.Produced) is None:
        yield Refusal(Code.CASE_MOVED_ON)
    if not clean(given.passport_page):
        yield Refusal(Code.FIELD_REQUIRED, "passport_page")
    elif len(clean(given.passport_page)) > PAGE_LENGTH:
        yield Refusal(Code.FIELD_TOO_LONG, "passport_page", {"limit": PAGE_LENGTH})
    if not given.page_is_free:
        yield Refusal(Code.PASSPORT_FULL, "page_is_free")
    if given.signatory not in {one.officer for one in register_book.signatories(look)}:
        yield Refusal(Code.NO_AUTHORITY_TO_ENDORSE, "signatory")


def draw(desk: "Desk", case_id: int, given: Given, *, claim: Claim, key: str) -> Drawn | Refused:
    """Draw the register number and print the guide slip. Drawn once: asked again, the same number comes back."""

    def act(work: Work) -> Drawn:
        look, case = work.look, work.case
        if found := (*_not_ready(look, case, given), *watchlist.recheck(look, case)):
            raise engine.Refuse(Refused(found))
        signatory = next(one for one in register_book.signatories(look) if one.officer == given.signatory)
        return register_book.draw(work, signatory, key=key)

    answer = _in_hand(desk, case_id, claim, act)
    if isinstance(answer, Refused) and answer.first.code is Code.WATCHLIST_POSSIBLE_HIT:
        from kiosk.steps import cekal

        cekal.refer(desk, case_id, key=f"{key}:hold")
    desk.office.printing.poke()
    return answer


def spoil(desk: "Desk", case_id: int, reason: str, *, claim: Claim, key: str) -> str | Refused:
    """The page was spoiled: the live number is void with `reason`; the number that is void now."""

    def act(work: Work) -> str:
        said, live = clean(reason), register_book.drawn(work.case)
        if live is None:
            raise engine.refuse(Code.REGISTER_NUMBER_NEEDED)
        if len(said) < REASON_MINIMUM:
            raise engine.refuse(Code.REASON_NEEDED, "reason", minimum=REASON_MINIMUM)
        register_book.void(work, live, said, key=key)
        return live.number

    return _in_hand(desk, case_id, claim, act)


@refusing
def _in_hand(desk: "Desk", case_id: int, claim: Claim, act: Callable[[Work], T]) -> T | Refused:
    """Do `act` for an officer who has the case at step 9 in hand, in one transaction."""
    look = desk.look()
    with engine.unit_of_work(desk.office.store) as answer:
        case = engine.require_may_complete(look, case_id, rules(KEY), claim.token)
        unit = acting_unit(look.officer, case.procedure, KEY) or ""
        answer.value = act(Work(look, case, unit))
    done: T | Refused = answer.refused or answer.value
    return done
