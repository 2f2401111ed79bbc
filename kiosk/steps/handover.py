"""Step 12, handover: the passport leaves the office against the claim receipt, once, to somebody who may have it.

SOP row 12 (loket penyerahan; tanda bukti bayar shown, bukti pengambilan out) and domain.md 3.6. The claim is verified
in the order of receipt-token.md, then the person, then the passport in the officer's hand. A lost receipt, a short code
instead of the QR and a finger that can't be compared each need a reason and a second person. A case that ended without
a permit gives the passport back here; a confirmed cekal hit passes it to Wasdakim, whose officer signs with a PIN.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from db.tables import Handover as HandoverRow
from db.tables import Officer, Payment, PrintJob
from db.turns import Hold, Turn
from kiosk import finger_check
from kiosk.applicant import Collector, SponsorBasis
from kiosk.cases.engine import REASON_MINIMUM, Refuse, refuse
from kiosk.cases.model import CaseFile, Custodian, Outcome
from kiosk.cases.work import Look, Work, void_receipts
from kiosk.clock import WIB
from kiosk.money.methods import Method
from kiosk.money.states import PAID
from kiosk.receipts import contents
from kiosk.receipts.claim import ClaimFound, Shown, examine
from kiosk.receipts.token import ReceiptType
from kiosk.records import to_json
from kiosk.refusals import Code, Refusal, Refused
from kiosk.steps import biometrics, data_entry, intake, watchlist
from kiosk.text import clean

KEY = "handover"


class Kind(StrEnum):
    """What is handed over: the permit issued, the passport given back without it, or passed to Wasdakim."""

    ISSUED = "issued"
    RETURNED = "returned"
    TO_WASDAKIM = "to_wasdakim"


class Relation(StrEnum):
    """Who takes the passport."""

    APPLICANT = "applicant"
    SPONSOR = "sponsor"
    PROXY = "proxy"
    WASDAKIM = "wasdakim"


@dataclass(frozen=True, slots=True)
class Given:
    """What the officer at the delivery counter gives.

    `claim_text` is the QR's text or the short code, empty where the receipt is lost. `passport_no` is read from the
    passport in the officer's hand. `face_agrees`: compared with the portrait, or with the collector's identity card.
    `reason` says why there is no QR, no finger, or both. `power_of_attorney` is the deed's number and date,
    `minutes_no` that of the minutes with Wasdakim.
    """

    claim: Shown
    passport_no: str
    relation: Relation
    collected_by: str = ""
    identity_kind: str = ""
    identity_no: str = ""
    claim_text: str = ""
    face_agrees: bool = False
    power_of_attorney: str = ""
    minutes_no: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Produced:
    """The hand-over that is the proof (bukti pengambilan), and what was checked before it."""

    handover_id: int
    kind: str
    relation: str
    collected_by: str
    receipt_number: str
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Permit:
    """What registration wrote into the passport: the part of its output that is shown here."""

    register_no: str = ""
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the screen shows of the person and the document. `portrait` is an id of the vault, 0 for none."""

    kind: Kind
    outcome: Outcome
    holder_name: str
    passport_no: str
    sponsor_name: str
    proxy_name: str
    filed_by: str
    portrait: int
    fingers: tuple[int, ...]
    finger_wanted: bool
    finger: finger_check.FingerCheck | None
    permit: Permit


def prepare(look: Look, case: CaseFile | None) -> Prepared:
    """The person and the document of `case`."""
    assert case is not None, "step 12 has a case"
    filed = case.output(intake.KEY, intake.Produced)
    taken = case.output(biometrics.KEY, biometrics.Produced)
    return Prepared(
        kind=kind_of(case),
        outcome=case.outcome,
        holder_name=case.holder_name,
        passport_no=case.passport_no,
        sponsor_name=sponsor_name(case),
        proxy_name=filed.proxy_name if filed else "",
        filed_by=str(filed.filed_by) if filed else Collector.APPLICANT,
        portrait=taken.portrait if taken else 0,
        fingers=tuple(finger.position for finger in finger_check.enrolled(case)),
        finger_wanted=finger_wanted(look, case),
        finger=finger_check.newest(look, case),
        permit=case.output("registration", Permit) or Permit(),
    )


def kind_of(case: CaseFile) -> Kind:
    """What becomes of the passport at this outcome."""
    if case.outcome in (Outcome.IN_PROCESS, Outcome.ISSUED):
        return Kind.ISSUED
    fate = case.procedure.ending(case.outcome).passport
    return Kind.TO_WASDAKIM if fate == "passed_to_wasdakim" else Kind.RETURNED


def sponsor_name(case: CaseFile) -> str:
    """Who guarantees the stay, "" for nobody."""
    entered = case.output(data_entry.KEY, data_entry.Produced)
    if entered is not None:
        return "" if entered.data.sponsor.basis is SponsorBasis.NONE else entered.data.sponsor.name
    filed = case.output(intake.KEY, intake.Produced)
    return filed.sponsor_name if filed else ""


def finger_wanted(look: Look, case: CaseFile) -> bool:
    """Policy asks for a finger 1:1 where one is enrolled and a permit is handed over."""
    return (
        look.kit.settings.policy.finger_check_at_handover
        and kind_of(case) is Kind.ISSUED
        and bool(finger_check.enrolled(case))
    )


def across_cases(given: Given | None) -> tuple[Hold, ...]:
    """The case must have been asked of the newest cekal list (`watchlist.recheck`)."""
    return (Hold(Turn.WATCHLIST, shared=True),)


def check(look: Look, case: CaseFile, given: Given) -> tuple[Refusal, ...]:
    """Why the passport can't leave: the claim's refusal alone, else every other one."""
    kind = kind_of(case)
    if kind is Kind.TO_WASDAKIM:
        return tuple(_to_wasdakim(case, given))
    if given.relation is Relation.WASDAKIM:
        return (Refusal(Code.NOT_TO_WASDAKIM, "relation"),)
    if (refusal := _wrong_claim(look, case, given)) is not None:
        return (refusal,)
    return (
        *watchlist.recheck(look, case),
        *_wrong_hands(look, case),
        *_wrong_collector(case, given),
        *_wrong_finger(look, case, given),
        *_missing_reason(look, case, given),
    )


def _to_wasdakim(case: CaseFile, given: Given) -> Iterator[Refusal]:
    if given.relation is not Relation.WASDAKIM:
        yield Refusal(Code.WASDAKIM_ONLY, "relation")
    if not same_passport(given.passport_no, case.passport_no):
        yield Refusal(Code.PASSPORT_IN_HAND_DIFFERS, "passport_no")
    if not given.minutes_no.strip():
        yield Refusal(Code.FIELD_REQUIRED, "minutes_no")


def _wrong_claim(look: Look, case: CaseFile, given: Given) -> Refusal | None:
    """The claim first; a passport in hand that is not the claim's is `holder_mismatch`."""
    if given.claim is Shown.LOST:
        same = same_passport(given.passport_no, case.passport_no)
        return None if same else Refusal(Code.PASSPORT_IN_HAND_DIFFERS, "passport_no")
    if not given.claim_text.strip():
        return Refusal(Code.CLAIM_NEEDED, "claim_text")
    found = examine(look, case, given.claim, given.claim_text, given.passport_no)
    return found if isinstance(found, Refusal) else None


def same_passport(read: str, kept: str) -> bool:
    """The same number, whatever stands between its characters."""
    return token_number(read) == token_number(kept)


def token_number(number: str) -> str:
    """A passport number as tokens know it: upper case, A-Z and 0-9 only."""
    return "".join(char for char in number.upper() if char.isascii() and char.isalnum())


def _wrong_hands(look: Look, case: CaseFile) -> Iterator[Refusal]:
    """Who took cash for a case does not hand its passport over (domain.md 4.1)."""
    cash = Payment.get_or_none(
        (Payment.case == case.id)
        & (Payment.method == Method.CASH)
        & (Payment.officer == look.officer.id)
        & Payment.state.in_([str(state) for state in PAID])
    )
    if cash is not None:
        yield Refusal(Code.SAME_PERSON, details={"other": case.procedure.step("payment").number})


def _wrong_collector(case: CaseFile, given: Given) -> Iterator[Refusal]:
    if not given.face_agrees:
        yield Refusal(Code.FACE_NOT_COMPARED, "face_agrees")
    if given.relation is Relation.APPLICANT:
        return
    if given.relation is Relation.SPONSOR and not sponsor_name(case):
        yield Refusal(Code.NO_SPONSOR_TO_COLLECT, "relation")
    if given.relation is Relation.PROXY and not given.power_of_attorney.strip():
        yield Refusal(Code.POWER_OF_ATTORNEY_NEEDED, "power_of_attorney")
    for name in ("collected_by", "identity_kind", "identity_no"):
        if not getattr(given, name).strip():
            yield Refusal(Code.FIELD_REQUIRED, name)


def _wrong_finger(look: Look, case: CaseFile, given: Given) -> Iterator[Refusal]:
    if not _finger_open(look, case, given) or given.reason.strip():
        return
    differs = finger_check.newest(look, case) is not None
    yield Refusal(Code.FINGER_DIFFERS if differs else Code.FINGER_CHECK_NEEDED, "reason")


def _finger_open(look: Look, case: CaseFile, given: Given) -> bool:
    """A finger is wanted of this collector and no comparison agrees."""
    if given.relation is not Relation.APPLICANT or not finger_wanted(look, case):
        return False
    done = finger_check.newest(look, case)
    return done is None or not done.agrees


def _missing_reason(look: Look, case: CaseFile, given: Given) -> Iterator[Refusal]:
    exceptional = given.claim is not Shown.QR or (_finger_open(look, case, given) and given.reason.strip())
    if exceptional and len(given.reason.strip()) < REASON_MINIMUM:
        yield Refusal(Code.REASON_NEEDED, "reason", {"minimum": REASON_MINIMUM})


def apply(work: Work, case: CaseFile, given: Given) -> Produced:
    """Redeem the claim: the hand-over row, the passport's custody and the record to sign, in the act's transaction."""
    kind, look = kind_of(case), work.look
    finger_open = kind is Kind.ISSUED and _finger_open(look, case, given)
    claim = None
    if kind is not Kind.TO_WASDAKIM and given.claim is not Shown.LOST:
        examined = examine(look, case, given.claim, given.claim_text, given.passport_no)
        if isinstance(examined, Refusal):  # it was good when it was checked, and is void by now
            raise Refuse(Refused((examined,)))
        claim = examined
    own_copy = claim is not None and _copied_by(claim.receipt, look.officer.person_id)
    _require_second_person(work, kind, given, alone=not (finger_open or own_copy))
    checks = _checks(look, case, kind, given, finger_open)
    watchlist.record_recheck(work)
    collector = _collector(work, case, kind, given)
    row = HandoverRow.create(
        case=case.id,
        receipt=claim.receipt if claim else None,
        kind=kind,
        collected_by=collector,
        relation=given.relation,
        identity_kind=clean(given.identity_kind, limit=40),
        identity_no=clean(given.identity_no, limit=60),
        officer=look.officer.id,
        terminal=work.kit.terminal,
        at=work.now,
        content=to_json({"checks": checks, "reason": clean(given.reason), "minutes_no": clean(given.minutes_no)}),
    )
    if given.claim is Shown.LOST and kind is not Kind.TO_WASDAKIM:
        void_receipts(case.id, (ReceiptType.PAYMENT, ReceiptType.APPLICATION), "lost, passport collected", work.now)
    work.custody(_custodian(given.relation), f"handover {row.id}")
    number = _record_number(work)
    work.print(_record(work, case, given, collector, number, claim))
    return Produced(int(row.id), kind, given.relation, collector, number, checks)


def _copied_by(receipt: int, person: int) -> bool:
    """Did this person print a copy of the claim? Then the copy alone proves nothing about who stands there."""
    copies = (
        PrintJob.select()
        .join(Officer)
        .where((PrintJob.receipt == receipt) & (PrintJob.copy_no > 0) & (Officer.person == person))
    )
    return bool(copies.exists())


def _require_second_person(work: Work, kind: Kind, given: Given, *, alone: bool) -> None:
    if kind is Kind.TO_WASDAKIM:
        if work.witness is None:
            raise refuse(Code.SECOND_PERSON_NEEDED)
        if "WASDAKIM" not in work.witness.units:
            raise refuse(Code.WASDAKIM_MUST_SIGN)
    elif (given.claim is not Shown.QR or not alone) and work.witness is None:
        raise refuse(Code.SECOND_PERSON_NEEDED)


def _checks(look: Look, case: CaseFile, kind: Kind, given: Given, finger_open: bool) -> tuple[str, ...]:
    """What was checked, by names that the archive keeps."""
    if kind is Kind.TO_WASDAKIM:
        return ("passport", "minutes", "signature")
    finger = "finger_exception" if finger_open else "finger"
    wanted = given.relation is Relation.APPLICANT and finger_wanted(look, case)
    return (f"claim_{given.claim}", "passport", "face", *((finger,) if wanted else ()))


def _collector(work: Work, case: CaseFile, kind: Kind, given: Given) -> str:
    """The name on the record: an officer of Wasdakim is who signed, an applicant who the passport names."""
    if kind is Kind.TO_WASDAKIM and work.witness is not None:
        return work.witness.name
    return clean(given.collected_by) or case.holder_name


def _custodian(relation: Relation) -> Custodian:
    if relation is Relation.WASDAKIM:
        return Custodian.WASDAKIM
    return Custodian.APPLICANT if relation is Relation.APPLICANT else Custodian.COLLECTOR


def _record_number(work: Work) -> str:
    year = work.now.astimezone(WIB).year
    return work.kit.settings.office.collection_no(year, work.next_number(f"collection-{year}"))


def _record(
    work: Work, case: CaseFile, given: Given, collector: str, number: str, claim: ClaimFound | None
) -> contents.CollectionRecord:
    permit = case.output("registration", Permit) or Permit()
    officer = work.look.officer
    return contents.CollectionRecord(
        number=number,
        application_no=case.application_no,
        handed_over_at=work.now,
        holder=contents.Holder(case.holder_name, nationality=case.nationality),
        passport_no=case.passport_no,
        register_no=permit.register_no,
        collector=collector,
        relation=given.relation,
        clerk=contents.Clerk(officer.name, officer.staff_no, work.kit.terminal),
        claim_no=claim.number if claim else "",
        permit_until=permit.valid_until,
        identity_kind=given.identity_kind,
        identity_no=given.identity_no,
        power_of_attorney=given.power_of_attorney or given.minutes_no,
    )
