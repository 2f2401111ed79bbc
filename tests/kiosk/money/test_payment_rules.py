"""Step 7: what completes it, what is refused, and what it leaves behind in one transaction."""

import secrets
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from db.connection import ConstraintBroken
from db.tables import AuditEvent, Case, Ledger, Payment, PrintJob, Receipt, StepRun
from kiosk import clock
from kiosk.cases.model import Act
from kiosk.desk import Desk
from kiosk.money.methods import Method
from kiosk.money.states import State
from kiosk.office import Office
from kiosk.receipts import contents, token
from kiosk.records import from_json, to_json
from kiosk.refusals import Code, Refused
from kiosk.steps import payment
from kiosk.steps.payment import Given, Produced
from kiosk.working_calendar import Calendar
from tests.builders import bill_of, case_at_payment, completed, given_payment, pretend, produced_approval, skip

BILLING = "820261120465999"
NTPN = "3B9F4C11D0E93B75"


def pay(desk: Desk, case_id: int, given: Given) -> Any:
    return completed(desk, case_id, "payment", given)


def code_of(answer: Any) -> Code:
    assert isinstance(answer, Refused), answer
    return answer.first.code


def test_a_state_receipt_pays_the_bill_and_gives_the_claim(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_payment(office, desks)
    produced = pay(desks["ratna"], case_id, given_payment())
    assert isinstance(produced, Produced)
    assert (produced.method, produced.amount, produced.ntpn) == (Method.STATE_RECEIPT, 500_000, "2A8F4C11D0E93B75")
    with office.store.reading():
        row = Payment.get_by_id(produced.payment_id)
        assert (row.state, row.case_id) == (State.SETTLED, case_id)
        case = Case.get_by_id(case_id)
        assert (case.step, case.promise_due) == ("biometrics", produced.promise_due)
        assert Calendar(office.regulations).due(produced.paid_at, 2) == produced.promise_due
        lines = list(Ledger.select().where(Ledger.payment == row.id))
        assert [(line.amount, line.tariff_kind, line.shift_id) for line in lines] == [(500_000, "itk", row.shift_id)]
        receipt = Receipt.get(Receipt.receipt_id == produced.receipt_id)
        paper = from_json(contents.PaymentReceipt, receipt.content)
        assert (paper.total, paper.charges[0].basis, paper.token) == (500_000, "PP 45/2024", receipt.token)
        assert (paper.ntpn, paper.days, paper.treasurer.name) == (produced.ntpn, 30, "Ratna Dewi")
        assert PrintJob.select().where(PrintJob.receipt == receipt.id).count() == 1
        assert '"payment"' in "".join(event.body for event in AuditEvent.select())
    payload = token.decode_text(receipt.token)
    assert payload is not None
    assert payload[0][0] & 15 == 2


def test_without_an_ntpn_it_is_paid_and_settled_when_the_ntpn_comes(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_payment(office, desks)
    produced = pay(desks["ratna"], case_id, given_payment(ntpn=""))
    assert isinstance(produced, Produced)
    (before,) = desks["ratna"].payments.of_case(case_id)
    assert before.state is State.PAID_PENDING_NTPN
    assert code_of(desks["ratna"].payments.add_ntpn(before.id, "short")) is Code.NTPN_FORM
    after = desks["ratna"].payments.add_ntpn(before.id, "2a8f 4c11 d0e9 3b75")
    assert not isinstance(after, Refused)
    assert (after.state, after.ntpn) == (State.SETTLED, "2A8F4C11D0E93B75")
    assert after.decided_at == before.decided_at
    assert code_of(desks["ratna"].payments.add_ntpn(before.id, NTPN)) is Code.PAYMENT_DECIDED
    with office.store.reading():
        assert Ledger.select().count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": 499_000}, Code.PAID_AMOUNT_DIFFERS),
        ({"billing_code": "12"}, Code.BILLING_CODE_FORM),
        ({"ntpn": "X"}, Code.NTPN_FORM),
        ({"bank_ref": ""}, Code.BANK_REF_FORM),
        ({"paid_on": date(2100, 1, 1)}, Code.PAID_IN_FUTURE),
    ],
)
def test_a_wrong_state_receipt_is_refused_and_leaves_nothing(
    office: Office, desks: dict[str, Desk], changes: dict[str, Any], code: Code
) -> None:
    case_id = case_at_payment(office, desks)
    assert code_of(pay(desks["ratna"], case_id, given_payment(**changes))) is code
    with office.store.reading():
        assert Payment.select().count() == Ledger.select().count() == PrintJob.select().count() == 0


def test_nothing_paid_completes_nothing(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_payment(office, desks)
    assert code_of(pay(desks["ratna"], case_id, Given())) is Code.PAYMENT_NEEDED


def test_one_ntpn_and_one_billing_code_pay_one_case(office: Office, desks: dict[str, Desk]) -> None:
    first = case_at_payment(office, desks)
    second = case_at_payment(office, desks, passport=other_passport())
    assert isinstance(pay(desks["ratna"], first, given_payment(billing_code=BILLING, ntpn=NTPN)), Produced)
    again = given_payment(billing_code="820261120465111", ntpn=NTPN)
    assert code_of(pay(desks["ratna"], second, again)) is Code.NTPN_USED
    assert code_of(pay(desks["ratna"], second, given_payment(billing_code=BILLING, ntpn=""))) is Code.BILLING_CODE_USED


def other_passport() -> Any:
    from tests.builders import an_applicant

    return replace(an_applicant().passport, number=f"5{secrets.randbelow(10**8):08d}")


def test_a_billing_code_of_ours_is_good_until_it_expires_or_is_reissued(office: Office, desks: dict[str, Desk]) -> None:
    case_id, ratna = case_at_payment(office, desks), desks["ratna"]
    old = clock.now() - timedelta(days=9)
    assert not isinstance(ratna.payments.record_billing(case_id, BILLING, 500_000, old), Refused)
    given = given_payment(billing_code=BILLING, ntpn=NTPN)
    assert code_of(pay(ratna, case_id, given)) is Code.BILLING_EXPIRED
    newer = ratna.payments.record_billing(case_id, "820261120465111", 500_000)
    assert not isinstance(newer, Refused)
    assert code_of(ratna.payments.record_billing(case_id, BILLING, 500_000)) is Code.BILLING_CODE_USED
    prepared = ratna.steps["payment"].prepare(case_id)
    assert [(code.code[-3:], code.replaced) for code in prepared.billing] == [("111", False), ("999", True)]
    assert isinstance(pay(ratna, case_id, given_payment(billing_code="820261120465111", ntpn=NTPN)), Produced)


def test_a_billing_code_of_another_case_is_refused(office: Office, desks: dict[str, Desk]) -> None:
    first = case_at_payment(office, desks)
    second = case_at_payment(office, desks, passport=other_passport())
    assert not isinstance(desks["ratna"].payments.record_billing(first, BILLING, 500_000), Refused)
    given = given_payment(billing_code=BILLING, ntpn=NTPN)
    assert code_of(pay(desks["ratna"], second, given)) is Code.BILLING_CODE_USED


def test_the_approver_is_never_the_cashier(office: Office, desks: dict[str, Desk]) -> None:
    from db.tables import Part

    case_id, ratna = case_at_payment(office, desks), desks["ratna"]
    with office.store.writing():
        Part.create(case=case_id, part="approval", person=ratna.officer.person_id, at=clock.now())
    assert code_of(pay(ratna, case_id, given_payment())) is Code.SAME_PERSON


def test_only_the_treasurer_takes_money(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_payment(office, desks)
    assert code_of(desks["sri"].claim(case_id)) is Code.NOT_YOUR_UNIT
    assert code_of(desks["sri"].payments.add_ntpn(1, NTPN)) is Code.NOT_YOUR_UNIT


# a case sent back keeps its payment


def sent_back(office: Office, desks: dict[str, Desk], case_id: int, charges: Any) -> None:
    """Back to data entry from step 8 and forward again, with these charges in the new approval."""
    with office.store.writing():
        Case.update(step="data_entry", attempt=2, version=Case.version + 1).where(Case.id == case_id).execute()
    skip(office, case_id, "data_entry", "watchlist", "verification", "scanning")
    pretend(office, case_id, "approval", produced_approval(charges))


def test_a_payment_kept_after_a_send_back_completes_without_a_new_charge(
    office: Office, desks: dict[str, Desk]
) -> None:
    case_id, ratna = case_at_payment(office, desks), desks["ratna"]
    first = pay(ratna, case_id, given_payment())
    sent_back(office, desks, case_id, bill_of())
    assert ratna.steps["payment"].prepare(case_id).payment.id == first.payment_id
    assert code_of(pay(ratna, case_id, given_payment())) is Code.PAYMENT_ALREADY_PAID
    second = pay(ratna, case_id, Given(payment_id=first.payment_id))
    assert isinstance(second, Produced)
    assert (second.payment_id, second.receipt_id, second.paid_at) == (first.payment_id, first.receipt_id, first.paid_at)
    with office.store.reading():
        assert Payment.select().count() == Ledger.select().count() == 1
        assert StepRun.select().where((StepRun.case == case_id) & (StepRun.step == "payment")).count() == 2


def test_a_corrected_passport_number_makes_a_new_claim_and_voids_the_old(
    office: Office, desks: dict[str, Desk]
) -> None:
    case_id, ratna = case_at_payment(office, desks), desks["ratna"]
    first = pay(ratna, case_id, given_payment())
    sent_back(office, desks, case_id, bill_of())
    with office.store.writing():
        Case.update(passport_no="530012346", version=Case.version + 1).where(Case.id == case_id).execute()
    second = pay(ratna, case_id, Given(payment_id=first.payment_id))
    assert second.receipt_id != first.receipt_id
    with office.store.reading():
        assert Receipt.get(Receipt.receipt_id == first.receipt_id).voided_at is not None


def test_another_amount_after_a_send_back_needs_a_reversal_by_two_and_a_new_charge(
    office: Office, desks: dict[str, Desk]
) -> None:
    case_id, ratna = case_at_payment(office, desks), desks["ratna"]
    first = pay(ratna, case_id, given_payment())
    sent_back(office, desks, case_id, bill_of(1_000_000, 60))
    kept = Given(payment_id=first.payment_id)
    assert code_of(pay(ratna, case_id, kept)) is Code.PAYMENT_AMOUNT_CHANGED
    void = ratna.payments.void
    assert code_of(void(first.payment_id, "salah hitung", None)) is Code.SECOND_PERSON_NEEDED
    witness = ratna.witness("hendra", "223606")
    assert not isinstance(witness, Refused)
    assert code_of(void(first.payment_id, "x", witness)) is Code.REASON_NEEDED
    gone = void(first.payment_id, "salah hitung", witness)
    assert not isinstance(gone, Refused)
    assert gone.state is State.REVERSED
    with office.store.reading():
        assert [line.amount for line in Ledger.select().order_by(Ledger.id)] == [500_000, -500_000]
        assert Receipt.get(Receipt.receipt_id == first.receipt_id).voided_at is not None
    assert code_of(void(first.payment_id, "salah hitung", witness)) is Code.PAYMENT_DECIDED
    again = pay(ratna, case_id, given_payment(amount=1_000_000, billing_code="820261120465111", ntpn=NTPN))
    assert isinstance(again, Produced)
    assert again.receipt_id != first.receipt_id


def test_money_of_a_case_that_went_on_is_not_given_back(office: Office, desks: dict[str, Desk]) -> None:
    case_id, ratna = case_at_payment(office, desks), desks["ratna"]
    first = pay(ratna, case_id, given_payment())
    witness = ratna.witness("hendra", "223606")
    assert not isinstance(witness, Refused)
    assert code_of(ratna.payments.void(first.payment_id, "salah hitung", witness)) is Code.REVERSAL_NOT_NOW
    moved = desks["agus"].act(case_id, Act.WITHDRAW, key="k1", reason="pemohon pulang")
    assert not isinstance(moved, Refused)
    assert not isinstance(ratna.payments.void(first.payment_id, "pemohon pulang", witness), Refused)


# cash


@pytest.fixture
def cash_office(settings: Any) -> Any:
    policy = msgspec.structs.replace(settings.policy, cash=True)
    opened = Office.open(msgspec.structs.replace(settings, policy=policy), devices=False)
    yield opened
    opened.close()


def test_cash_is_off_by_default(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_payment(office, desks)
    assert Method.CASH not in desks["ratna"].steps["payment"].prepare(case_id).methods
    assert code_of(pay(desks["ratna"], case_id, Given(cash_received=500_000))) is Code.CASH_OFF
    assert code_of(desks["ratna"].shifts.open(cash=True)) is Code.CASH_OFF


def test_cash_is_taken_only_in_a_cash_session_and_never_too_little(cash_office: Office) -> None:
    from tests.conftest import Desks

    desks = Desks(cash_office)
    case_id, ratna = case_at_payment(cash_office, desks), desks["ratna"]
    assert code_of(pay(ratna, case_id, Given(cash_received=500_000))) is Code.CASH_SESSION_NEEDED
    assert not isinstance(ratna.shifts.open(cash=True), Refused)
    assert code_of(pay(ratna, case_id, Given(cash_received=499_999))) is Code.CASH_TOO_LITTLE
    produced = pay(ratna, case_id, Given(cash_received=600_000))
    assert isinstance(produced, Produced)
    assert produced.method == Method.CASH
    assert code_of(ratna.shifts.close(counted=None)) is Code.FIELD_REQUIRED
    assert not isinstance(ratna.shifts.close(counted=500_000), Refused)


# what the database holds whatever the code does


def test_the_database_completes_no_step_while_a_payment_is_undecided(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_payment(office, desks)
    ratna = desks["ratna"]
    with office.store.writing():
        raw_payment(case_id, ratna, State.UNKNOWN)
    assert code_of(pay(desks["ratna"], case_id, given_payment())) is Code.PAYMENT_PENDING
    with pytest.raises(ConstraintBroken, match="payment_pending_blocks_step"):
        pretend(office, case_id, "payment", {})


def test_the_database_lets_a_case_have_one_live_payment_and_a_device_one_undecided(
    office: Office, desks: dict[str, Desk]
) -> None:
    first = case_at_payment(office, desks)
    second = case_at_payment(office, desks, passport=other_passport())
    ratna = desks["ratna"]
    with office.store.writing():
        raw_payment(first, ratna, State.UNKNOWN)
    with pytest.raises(ConstraintBroken, match="one_live_payment_for_a_case"), office.store.writing():
        raw_payment(first, ratna, State.INTENT)
    with pytest.raises(ConstraintBroken, match="one_unanswered_sale_for_a_device"), office.store.writing():
        raw_payment(second, ratna, State.SENT)


def raw_payment(case_id: int, desk: Desk, state: State) -> Payment:
    return Payment.create(
        case=case_id,
        key=secrets.token_hex(8),
        reference=secrets.token_hex(6).upper(),
        method=Method.EDC_CARD,
        amount=500_000,
        state=state,
        charge=to_json(bill_of()),
        officer=desk.officer.id,
        terminal=desk.office.terminal,
        device="loket-1/payment",
        created_at=clock.now(),
    )


def test_everything_step_7_makes_is_made_in_one_transaction(
    office: Office, desks: dict[str, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = case_at_payment(office, desks)

    def fails(*_: Any) -> Any:
        raise RuntimeError("no paper")

    monkeypatch.setattr(payment, "_new_claim", fails)
    with pytest.raises(RuntimeError, match="no paper"):
        pay(desks["ratna"], case_id, given_payment())
    with office.store.reading():
        assert Payment.select().count() == Ledger.select().count() == PrintJob.select().count() == 0
        assert Case.get_by_id(case_id).step == "payment"
