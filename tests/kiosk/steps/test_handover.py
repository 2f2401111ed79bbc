"""Step 12: who gets the passport, against what, and only once."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from db.tables import (
    AuditEvent,
    Case,
    CaseEvent,
    Custody,
    Handover,
    Part,
    Payment,
    PrintJob,
    Receipt,
    SigningKey,
    VaultObject,
)
from kiosk import clock
from kiosk.bilingual import Bilingual
from kiosk.cases.engine import record
from kiosk.cases.load import case_file
from kiosk.cases.model import Act, Outcome
from kiosk.cases.work import Issued, Work
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.people.model import Witness
from kiosk.receipts import contents, short_code, token
from kiosk.receipts.claim import ClaimFound, Shown
from kiosk.receipts.token import ReceiptType
from kiosk.refusals import Code, Refused
from kiosk.steps import biometrics, handover
from kiosk.steps.biometrics import FingerState, FingerTaken
from kiosk.steps.handover import Given, Kind, Produced, Relation
from tests.builders import (
    an_applicant,
    case_at_handover,
    case_at_payment,
    claim_token,
    completed,
    given_handover,
    pretend,
)


def hand_over(desk: Desk, case_id: int, given: Given, **more: Any) -> Any:
    return completed(desk, case_id, "handover", given, **more)


def code_of(answer: Any) -> Code:
    assert isinstance(answer, Refused), answer
    return answer.first.code


def witness_of(desk: Desk, login: str = "wati", pin: str = "161803") -> Witness:
    witness = desk.witness(login, pin)
    assert isinstance(witness, Witness)
    return witness


def another_passport() -> Any:
    return replace(an_applicant().passport, number=f"5{secrets.randbelow(10**8):08d}")


def test_the_claim_gives_the_passport_once_and_leaves_its_proof(office: Office, desks: dict[str, Desk]) -> None:
    case_id, sri = case_at_handover(office, desks), desks["sri"]
    produced = hand_over(sri, case_id, given_handover(office, case_id))
    assert isinstance(produced, Produced)
    assert (produced.kind, produced.relation) == (Kind.ISSUED, Relation.APPLICANT)
    assert produced.checks == ("claim_qr", "passport", "face")
    with office.store.reading():
        case = Case.get_by_id(case_id)
        assert (case.step, case.outcome) == ("archiving", Outcome.ISSUED)
        row = Handover.get_by_id(produced.handover_id)
        assert row.receipt.case_id == case_id
        assert row.collected_by == produced.collected_by == "MARINA KUZNETSOVA"
        assert [c.holder for c in Custody.select().where(Custody.case == case_id).order_by(Custody.id)][
            -1
        ] == "applicant"
        assert PrintJob.select().where(PrintJob.paper == "CollectionRecord").count() == 1
    again = sri.collection.seen(case_id, Shown.QR, claim_token(office, case_id))
    assert isinstance(again, Refused)
    assert again.first.code is Code.RECEIPT_ALREADY_HANDED_OVER
    assert again.first.details["terminal"] == office.terminal
    assert again.first.details["relation"] == "applicant"


Change = Callable[[Office, int], dict[str, Any]]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"claim_text": ""}, Code.CLAIM_NEEDED, "claim_text"),
        ({"claim_text": "ITK1AAAA"}, Code.RECEIPT_MALFORMED, "receipt"),
        ({"passport_no": "X1"}, Code.RECEIPT_HOLDER_MISMATCH, "receipt"),
        ({"face_agrees": False}, Code.FACE_NOT_COMPARED, "face_agrees"),
        ({"relation": Relation.WASDAKIM}, Code.NOT_TO_WASDAKIM, "relation"),
        ({"relation": Relation.SPONSOR}, Code.FIELD_REQUIRED, "collected_by"),
        (
            {"relation": Relation.PROXY, "collected_by": "A", "identity_kind": "KTP", "identity_no": "1"},
            Code.POWER_OF_ATTORNEY_NEEDED,
            "power_of_attorney",
        ),
        ({"claim": Shown.LOST}, Code.REASON_NEEDED, "reason"),
        ({"claim": Shown.LOST, "reason": "hilang di jalan"}, Code.SECOND_PERSON_NEEDED, None),
        ({"claim": Shown.LOST, "reason": "hilang", "passport_no": "X1"}, Code.PASSPORT_IN_HAND_DIFFERS, "passport_no"),
        (
            {"claim": Shown.SHORT_CODE, "claim_text": "0KZ4", "reason": "robek"},
            Code.SHORT_CODE_UNREADABLE,
            "short_code",
        ),
    ],
)
def test_what_keeps_the_passport_here(
    office: Office, desks: dict[str, Desk], changes: dict[str, Any], code: Code, field: str | None
) -> None:
    case_id = case_at_handover(office, desks)
    answer = hand_over(desks["sri"], case_id, given_handover(office, case_id, **changes))
    assert code_of(answer) is code
    assert answer.first.field == field
    with office.store.reading():
        assert Handover.select().count() == 0
        assert Case.get_by_id(case_id).step == "handover"


def test_a_sponsor_is_only_there_where_the_case_has_one(office: Office, desks: dict[str, Desk]) -> None:
    from kiosk.applicant import Sponsor, SponsorBasis

    case_id = case_at_handover(office, desks, sponsor=Sponsor(SponsorBasis.NONE, exemption="VOA"))
    who = {"collected_by": "A", "identity_kind": "KTP", "identity_no": "1"}
    given = given_handover(office, case_id, relation=Relation.SPONSOR, **who)
    assert code_of(hand_over(desks["sri"], case_id, given)) is Code.NO_SPONSOR_TO_COLLECT


def test_a_proxy_with_power_of_attorney_and_identity_collects(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_handover(office, desks)
    given = given_handover(
        office,
        case_id,
        relation=Relation.PROXY,
        collected_by="BAMBANG SUSILO",
        identity_kind="KTP",
        identity_no="1603010101800001",
        power_of_attorney="12/SK/2026, 1-11-2026",
    )
    produced = hand_over(desks["sri"], case_id, given)
    assert isinstance(produced, Produced)
    assert produced.collected_by == "BAMBANG SUSILO"
    with office.store.reading():
        assert Custody.select().order_by(Custody.id.desc()).get().holder == "collector"


def test_receipts_of_other_types_and_cases_are_refused_by_name(office: Office, desks: dict[str, Desk]) -> None:
    case_id, sri = case_at_handover(office, desks), desks["sri"]
    other = case_at_handover(office, desks, passport=another_passport())
    seen = sri.collection.seen(case_id, Shown.QR, claim_token(office, other))
    assert code_of(seen) is Code.CLAIM_OF_OTHER_CASE
    with office.store.writing():
        Receipt.update(voided_at=clock.now(), void_reason="test").where(Receipt.case == case_id).execute()
        text = Receipt.get(Receipt.case == case_id).token
    assert code_of(sri.collection.seen(case_id, Shown.QR, text)) is Code.RECEIPT_VOID


def test_a_claim_of_a_case_that_is_not_ready_says_which_step_it_waits_for(
    office: Office, desks: dict[str, Desk]
) -> None:
    case_id = case_at_handover(office, desks)
    with office.store.writing():
        Case.update(step="stamp_scan", version=Case.version + 1).where(Case.id == case_id).execute()
    seen = desks["sri"].collection.seen(case_id, Shown.QR, claim_token(office, case_id))
    assert isinstance(seen, Refused)
    assert (seen.first.code, seen.first.details["step_no"]) == (Code.RECEIPT_NOT_READY, 11)


def test_an_unpaid_claim_is_not_paid(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_handover(office, desks)
    with office.store.writing():
        Payment.update(state="reversed").where(Payment.case == case_id).execute()
    answer = hand_over(desks["sri"], case_id, given_handover(office, case_id))
    assert code_of(answer) is Code.RECEIPT_NOT_PAID


def code_for(office: Office, case_id: int) -> str:
    with office.store.reading():
        row = Receipt.get((Receipt.case == case_id) & (Receipt.type == 2))
        return short_code.make(bytes.fromhex(row.receipt_id))


def test_a_short_code_needs_a_reason_and_a_second_person(office: Office, desks: dict[str, Desk]) -> None:
    case_id, sri = case_at_handover(office, desks), desks["sri"]
    text = code_for(office, case_id)
    assert isinstance(sri.collection.seen(case_id, Shown.SHORT_CODE, text.lower()), ClaimFound)
    given = given_handover(office, case_id, claim=Shown.SHORT_CODE, claim_text=text)
    assert code_of(hand_over(sri, case_id, given)) is Code.REASON_NEEDED
    given = replace(given, reason="QR rusak")
    assert code_of(hand_over(sri, case_id, given)) is Code.SECOND_PERSON_NEEDED
    wrong = replace(given, passport_no="530012340")
    assert code_of(hand_over(sri, case_id, wrong)) is Code.RECEIPT_HOLDER_MISMATCH
    assert isinstance(hand_over(sri, case_id, given, witness=witness_of(sri)), Produced)


def test_a_lost_receipt_is_void_once_the_passport_is_gone(office: Office, desks: dict[str, Desk]) -> None:
    case_id, sri = case_at_handover(office, desks), desks["sri"]
    text = claim_token(office, case_id)
    given = given_handover(office, case_id, claim=Shown.LOST, reason="hilang di jalan")
    produced = hand_over(sri, case_id, given, witness=witness_of(sri))
    assert isinstance(produced, Produced)
    assert produced.checks[0] == "claim_lost"
    found = sri.collection.seen(case_id, Shown.QR, text)
    assert code_of(found) is Code.RECEIPT_VOID
    with office.store.reading():
        event = CaseEvent.get((CaseEvent.case == case_id) & (CaseEvent.step == "handover"))
        assert event.witness_id == desks["wati"].officer.person_id


# the finger


def with_finger(office: Office, desks: dict[str, Desk]) -> int:
    """A case at step 12 whose right thumb was enrolled; the template is made of nothing."""
    case_id = case_at_payment(office, desks)
    from tests.builders import given_payment, skip

    paid = completed(desks["ratna"], case_id, "payment", given_payment())
    assert not isinstance(paid, Refused)
    agus = desks["agus"].officer.id
    with office.store.writing():
        stored = office.kit.vault.put(
            case_id=case_id,
            step="biometrics",
            kind="fingerprint",
            content=b"\x03\x03" + bytes(510),
            media_type="application/octet-stream",
            officer=agus,
            now=clock.now(),
        )
    fingers = (FingerTaken(1, FingerState.CAPTURED, int(stored.id), 80, 1),)
    pretend(office, case_id, "biometrics", biometrics.Produced(int(stored.id), fingers, "", ""), officer=agus)
    skip(office, case_id, "registration", "endorsement", "stamp_scan", officer=agus)
    return case_id


def reader_said(office: Office, desk: Desk, case_id: int, agrees: bool) -> None:
    """What a comparison at this counter leaves in the history."""
    look = desk.look()
    with office.store.writing():
        case = case_file(case_id, office.kit.procedures)
        assert case is not None
        data = {"check": "finger", "position": 1, "agrees": agrees, "score": 90 if agrees else 3}
        record(Work(look, case, "LALINTUSKIM"), Act.RECORD, secrets.token_hex(8), data=data)


def test_where_a_finger_is_enrolled_the_applicants_is_compared(office: Office, desks: dict[str, Desk]) -> None:
    case_id, sri = with_finger(office, desks), desks["sri"]
    given = given_handover(office, case_id)
    assert code_of(hand_over(sri, case_id, given)) is Code.FINGER_CHECK_NEEDED
    reader_said(office, sri, case_id, agrees=False)
    assert code_of(hand_over(sri, case_id, given)) is Code.FINGER_DIFFERS
    reader_said(office, sri, case_id, agrees=True)
    produced = hand_over(sri, case_id, given)
    assert isinstance(produced, Produced)
    assert "finger" in produced.checks


def test_a_finger_that_can_not_be_compared_needs_a_reason_and_a_second_person(
    office: Office, desks: dict[str, Desk]
) -> None:
    case_id, sri = with_finger(office, desks), desks["sri"]
    given = given_handover(office, case_id, reason="jari diperban")
    assert code_of(hand_over(sri, case_id, given)) is Code.SECOND_PERSON_NEEDED
    produced = hand_over(sri, case_id, given, witness=witness_of(sri))
    assert isinstance(produced, Produced)
    assert "finger_exception" in produced.checks


def test_a_sponsor_has_no_finger_to_compare(office: Office, desks: dict[str, Desk]) -> None:
    case_id = with_finger(office, desks)
    who = {"collected_by": "HARTONO", "identity_kind": "KTP", "identity_no": "1603011708700001"}
    given = given_handover(office, case_id, relation=Relation.SPONSOR, **who)
    assert isinstance(hand_over(desks["sri"], case_id, given), Produced)


def test_an_old_comparison_does_not_count(
    office: Office, desks: dict[str, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, sri = with_finger(office, desks), desks["sri"]
    reader_said(office, sri, case_id, agrees=True)
    later = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert code_of(hand_over(sri, case_id, given_handover(office, case_id))) is Code.FINGER_CHECK_NEEDED


def test_the_picture_is_shown_to_the_counter_only_and_its_reading_is_kept(
    office: Office, desks: dict[str, Desk]
) -> None:
    case_id = with_finger(office, desks)
    assert desks["sri"].collection.portrait(case_id) == b"\x03\x03" + bytes(510)
    assert code_of(desks["ratna"].collection.portrait(case_id)) is Code.NOT_YOUR_UNIT
    with office.store.reading():
        assert "read_portrait" in "".join(event.body for event in AuditEvent.select())
        row = VaultObject.select().get()
    path = office.kit.vault._path(row.blob)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert code_of(desks["sri"].collection.portrait(case_id)) is Code.PORTRAIT_UNREADABLE


def test_without_a_reader_the_comparison_says_so(office: Office, desks: dict[str, Desk]) -> None:
    case_id = with_finger(office, desks)
    assert code_of(desks["sri"].collection.compare_finger(case_id, 1)) is Code.READER_NOT_READY


# cases that ended without a permit


@pytest.mark.parametrize(
    ("act", "outcome"),
    [(Act.REFUSE, Outcome.REFUSED), (Act.WITHDRAW, Outcome.WITHDRAWN), (Act.TRANSFER, Outcome.TRANSFERRED)],
)
def test_a_case_that_ended_gives_the_passport_back_unpaid(
    office: Office, desks: dict[str, Desk], act: Act, outcome: Outcome
) -> None:
    case_id, sri = case_at_payment(office, desks), desks["sri"]
    assert not isinstance(desks["hendra"].act(case_id, act, key="k", reason="alasan yang cukup"), Refused)
    prepared = sri.steps["handover"].prepare(case_id)
    assert (prepared.kind, prepared.outcome) == (Kind.RETURNED, outcome)
    given = given_handover(office, case_id, claim=Shown.LOST, reason="tanda terima hilang")
    produced = hand_over(sri, case_id, given, witness=witness_of(sri))
    assert isinstance(produced, Produced)
    assert produced.kind == Kind.RETURNED
    with office.store.reading():
        case = Case.get_by_id(case_id)
        assert (case.step, case.outcome) == ("archiving", outcome)


def test_a_confirmed_cekal_hit_goes_to_wasdakim_against_a_signature(office: Office, desks: dict[str, Desk]) -> None:
    case_id, sri = case_at_payment(office, desks), desks["sri"]
    with office.store.writing():
        Case.update(step="handover", outcome="watchlist_confirmed", version=Case.version + 1).where(
            Case.id == case_id
        ).execute()
    base = given_handover(office, case_id, claim=Shown.LOST)
    assert code_of(hand_over(sri, case_id, base)) is Code.WASDAKIM_ONLY
    to_wasdakim = replace(base, relation=Relation.WASDAKIM, face_agrees=False)
    assert code_of(hand_over(sri, case_id, to_wasdakim)) is Code.FIELD_REQUIRED
    whole = replace(to_wasdakim, minutes_no="BA-7/2026")
    wrong = replace(whole, passport_no="X1")
    assert code_of(hand_over(sri, case_id, wrong)) is Code.PASSPORT_IN_HAND_DIFFERS
    assert code_of(hand_over(sri, case_id, whole)) is Code.SECOND_PERSON_NEEDED
    agus = witness_of(sri, "agus", "141421")
    assert code_of(hand_over(sri, case_id, whole, witness=agus)) is Code.WASDAKIM_MUST_SIGN
    produced = hand_over(sri, case_id, whole, witness=witness_of(sri))
    assert isinstance(produced, Produced)
    assert (produced.kind, produced.collected_by) == (Kind.TO_WASDAKIM, "Wati Rahayu")
    with office.store.reading():
        assert Custody.select().order_by(Custody.id.desc()).get().holder == "wasdakim"


@pytest.mark.maintainer
def test_who_took_cash_for_a_case_does_not_hand_it_over(office: Office, desks: dict[str, Desk]) -> None:
    case_id, sri = case_at_handover(office, desks), desks["sri"]
    with office.store.writing():
        Payment.update(method="cash", officer=sri.officer.id).where(Payment.case == case_id).execute()
    assert code_of(hand_over(sri, case_id, given_handover(office, case_id))) is Code.SAME_PERSON


# C1: once, whoever presses at the same time


def race(work: Callable[[int], Any], hands: int) -> list[Any]:
    """What `hands` threads got that began together."""
    gate, answers = threading.Barrier(hands), list[Any]()

    def run(number: int) -> None:
        gate.wait()
        answers.append(work(number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_c1_two_presses_at_once_hand_one_passport_over_once(office: Office, desks: dict[str, Desk]) -> None:
    case_id, sri = case_at_handover(office, desks), desks["sri"]
    given = given_handover(office, case_id)
    claim = sri.claim(case_id)
    assert not isinstance(claim, Refused)

    def press(_: int) -> Any:
        return sri.steps["handover"].complete(case_id, given, key=secrets.token_hex(8), claim=claim)

    answers = race(press, 8)
    assert [isinstance(answer, Produced) for answer in answers].count(True) == 1
    assert {code_of(answer) for answer in answers if isinstance(answer, Refused)} <= {
        Code.CASE_MOVED_ON,
        Code.CLAIM_LAPSED,
    }
    with office.store.reading():
        assert Handover.select().where(Handover.case == case_id).count() == 1


def test_a_part_is_played_by_whoever_hands_over(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_handover(office, desks)
    assert isinstance(hand_over(desks["sri"], case_id, given_handover(office, case_id)), handover.Produced)
    with office.store.reading():
        part = Part.get((Part.case == case_id) & (Part.part == "handover"))
        assert part.person_id == desks["sri"].officer.person_id


def application_receipt(office: Office, desk: Desk, case_id: int) -> str:
    """The token of a tanda terima permohonan (type 1) for the case."""
    look = desk.look()
    with office.store.writing():
        case = case_file(case_id, office.kit.procedures)
        assert case is not None

        def paper(issued: Issued) -> contents.ApplicationReceipt:
            return contents.ApplicationReceipt(
                number=issued.number,
                application_no=case.application_no,
                issued_at=look.now,
                service=Bilingual("ITK", "ITK"),
                applicant=contents.Holder(case.holder_name),
                passport_no=case.passport_no,
                passport_expires=look.today,
                clerk=contents.Clerk(desk.officer.name),
                token=issued.token,
                short_code=issued.short_code,
            )

        return Work(look, case, "LALINTUSKIM").issue(ReceiptType.APPLICATION, paper).token


def test_q2_the_application_receipt_is_no_claim_on_a_permit(office: Office, desks: dict[str, Desk]) -> None:
    case_id, sri = case_at_handover(office, desks), desks["sri"]
    text = application_receipt(office, sri, case_id)
    assert code_of(sri.collection.seen(case_id, Shown.QR, text)) is Code.RECEIPT_WRONG_TYPE
    typed = short_code.make(bytes.fromhex(decoded_id(text)))
    assert code_of(sri.collection.seen(case_id, Shown.SHORT_CODE, typed)) is Code.RECEIPT_WRONG_TYPE


def decoded_id(text: str) -> str:
    parts = token.decode_text(text)
    assert parts is not None
    return parts[0][9:15].hex()


def test_the_application_receipt_fetches_the_passport_of_a_case_that_was_refused(
    office: Office, desks: dict[str, Desk]
) -> None:
    case_id, sri = case_at_payment(office, desks), desks["sri"]
    text = application_receipt(office, sri, case_id)
    assert not isinstance(desks["hendra"].act(case_id, Act.REFUSE, key="k", reason="tidak memenuhi syarat"), Refused)
    given = given_handover(office, case_id, claim=Shown.LOST)
    produced = hand_over(sri, case_id, replace(given, claim=Shown.QR, claim_text=text))
    assert isinstance(produced, Produced)
    assert produced.checks == ("claim_qr", "passport", "face")


@pytest.mark.maintainer
def test_q2_another_offices_and_a_revoked_keys_receipt_are_refused_by_name(
    office: Office, desks: dict[str, Desk]
) -> None:
    case_id, sri = case_at_handover(office, desks), desks["sri"]
    text = claim_token(office, case_id)
    with office.store.writing():
        SigningKey.update(revoked_at=clock.now() - timedelta(days=1)).execute()
    assert code_of(sri.collection.seen(case_id, Shown.QR, text)) is Code.RECEIPT_REVOKED_KEY
    answer = hand_over(sri, case_id, given_handover(office, case_id))
    assert code_of(answer) is Code.RECEIPT_REVOKED_KEY
    parts = token.decode_text(text)
    assert parts is not None
    unknown = token.sign(replace(token.decode_payload(parts[0]), key_id=99), Ed25519PrivateKey.generate())
    assert code_of(sri.collection.seen(case_id, Shown.QR, unknown)) is Code.RECEIPT_UNKNOWN_KEY
