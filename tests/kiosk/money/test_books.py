"""The cash book: a running balance over receipts, reversals and deposits, and what a spreadsheet is given."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.connection import ConstraintBroken
from db.tables import Ledger, PrintJob
from kiosk.clock import office_day
from kiosk.desk import Desk
from kiosk.money import ledger
from kiosk.money.cash_book import as_csv
from kiosk.money.deposits import Deposit
from kiosk.money.ledger import Entry, Held, Line, Source
from kiosk.money.methods import Method
from kiosk.money.payments import PaymentView
from kiosk.money.shifts import Settlement, Summary
from kiosk.office import Office
from kiosk.receipts.contents import Book, TreasurerReport
from kiosk.records import from_json
from kiosk.refusals import Code, Refused
from kiosk.reports.monthly import of_month
from kiosk.reports.period import month
from kiosk.words import Language
from tests.builders import case_at_payment, completed, given_payment
from tests.conftest import Desks
from tests.kiosk.money.conftest import Edc
from tests.kiosk.money.test_payment_life import Till, another_passport, witness_of

AT = datetime(2026, 11, 24, 3, 5, tzinfo=UTC)


def test_the_balance_runs_over_receipts_and_their_reversals(office: Office, desks: dict[str, Desk]) -> None:
    from kiosk.cases.model import Act

    case_id, ratna = case_at_payment(office, desks), desks["ratna"]
    paid = completed(ratna, case_id, "payment", given_payment())
    assert not isinstance(desks["agus"].act(case_id, Act.WITHDRAW, key="w", reason="pemohon pulang"), Refused)
    witness = ratna.witness("hendra", "223606")
    assert not isinstance(witness, Refused)
    assert not isinstance(ratna.payments.void(paid.payment_id, "pemohon pulang", witness), Refused)
    now = ratna.look().now
    with office.store.reading():
        lines = ledger.cash_book(now - timedelta(days=1), now + timedelta(days=1))
        later = ledger.cash_book(now + timedelta(days=1), now + timedelta(days=2))
    assert [(line.kind, line.debit, line.credit, line.balance) for line in lines] == [
        (Entry.RECEIPT, 500_000, 0, 500_000),
        (Entry.DIRECT, 0, 500_000, 0),
        (Entry.REVERSAL, 0, 500_000, -500_000),
        (Entry.DIRECT, 500_000, 0, 0),
    ]
    assert later == ()


def test_a_ledger_line_is_never_changed_and_never_taken_away(office: Office, desks: dict[str, Desk]) -> None:
    completed(desks["ratna"], case_at_payment(office, desks), "payment", given_payment())
    with pytest.raises(ConstraintBroken, match="ledger_append_only_update"), office.store.writing():
        Ledger.update(amount=1).execute()
    with pytest.raises(ConstraintBroken, match="ledger_append_only_delete"), office.store.writing():
        Ledger.delete().execute()


def test_a_spreadsheet_gets_plain_cells_in_both_languages() -> None:
    line = Line(1, AT, Entry.DEPOSIT, -500_000, 0, "=HYPERLINK(1)", "cash", "", None, "BRI\x1b[2J, 24-11")
    indonesian, english = as_csv([line], Language.INDONESIAN), as_csv([line], Language.ENGLISH)
    assert indonesian.splitlines()[0] == "Tanggal,No. bukti,Uraian,Debit,Kredit,Saldo"
    assert english.splitlines()[1] == '2026-11-24 10:05,\'=HYPERLINK(1),"Deposit · Cash · BRI[2J, 24-11",0,500000,0'


# money on its way to the state account


def a_deposit(amount: int, source: Source = Source.ACCOUNT, **changes: Any) -> Deposit:
    given = Deposit(source, amount, "820261124900001", "0000 1234 5678", "2a8f4c11d0e93b99")
    return replace(given, **changes)


def code_of(answer: Any) -> Code:
    assert isinstance(answer, Refused), answer
    return answer.first.code


def test_what_the_terminal_took_is_held_until_it_is_deposited(edc_office: Office, edc_desks: Desks) -> None:
    till = Till(edc_office, edc_desks)
    assert isinstance(till.charge(), PaymentView)
    ratna = till.desk.payments
    before = ratna.held()
    assert isinstance(before, Held)
    assert (before.cash, before.account) == (0, 500_000)
    assert before.oldest is not None
    for wrong, code in (
        (a_deposit(500_001), Code.DEPOSIT_TOO_MUCH),
        (a_deposit(0), Code.DEPOSIT_TOO_MUCH),
        (a_deposit(500_000, Source.CASH), Code.DEPOSIT_TOO_MUCH),
        (a_deposit(1, billing_code="1"), Code.BILLING_CODE_FORM),
        (a_deposit(1, bank_ref=""), Code.BANK_REF_FORM),
        (a_deposit(1, ntpn="X"), Code.NTPN_FORM),
    ):
        assert code_of(ratna.deposit(wrong)) is code
    assert code_of(edc_desks["sri"].payments.deposit(a_deposit(1))) is Code.NOT_YOUR_UNIT
    assert isinstance(ratna.deposit(a_deposit(200_000)), int)
    assert code_of(ratna.deposit(a_deposit(1))) is Code.BILLING_CODE_USED
    assert code_of(ratna.deposit(a_deposit(1, billing_code="820261124900002"))) is Code.NTPN_USED
    after = ratna.held()
    assert isinstance(after, Held)
    assert (after.account, after.oldest) == (300_000, before.oldest)
    now = till.desk.look().now
    book = ratna.cash_book(now - timedelta(days=1), now + timedelta(days=1))
    assert not isinstance(book, Refused)
    assert [(line.debit, line.credit, line.balance) for line in book] == [(500_000, 0, 500_000), (0, 200_000, 300_000)]
    assert "NTB 000012345678 NTPN 2A8F4C11D0E93B99" in book[1].note


def test_a_deposits_ntpn_comes_later_and_its_slip_pays_nothing_else(
    edc_office: Office, edc_desks: Desks, edc: Edc
) -> None:
    till = Till(edc_office, edc_desks)
    assert isinstance(till.charge(), PaymentView)
    ratna, now = till.desk.payments, till.desk.look().now
    line = ratna.deposit(a_deposit(500_000, ntpn=""))
    assert isinstance(line, int)
    assert [(one.id, one.amount) for one in ratna.deposits_lacking_ntpn()] == [(line, 500_000)]
    assert code_of(ratna.add_deposit_ntpn(line, "x")) is Code.NTPN_FORM
    assert code_of(ratna.add_deposit_ntpn(line + 1, "2A8F4C11D0E93B99")) is Code.PAYMENT_DECIDED
    assert ratna.add_deposit_ntpn(line, "2a8f 4c11 d0e9 3b99") == "2A8F4C11D0E93B99"
    assert ratna.deposits_lacking_ntpn() == ()
    assert code_of(ratna.add_deposit_ntpn(line, "2A8F4C11D0E93B98")) is Code.PAYMENT_DECIDED
    with edc_office.store.reading():
        report = of_month(month(f"{office_day(now):%Y-%m}"))
    assert (report.closing, report.deposited, sum(row.count for row in report.by_method)) == (0, 500_000, 1)
    slips = {
        Code.NTPN_USED: given_payment(ntpn="2A8F4C11D0E93B99"),
        Code.BANK_REF_USED: given_payment(bank_ref="000012345678"),
        Code.BILLING_CODE_USED: given_payment(billing_code="820261124900001"),
    }
    other = case_at_payment(edc_office, edc_desks, passport=another_passport())
    for code, slip in slips.items():
        assert code_of(completed(till.desk, other, "payment", slip)) is code
    paid = completed(till.desk, other, "payment", given_payment(ntpn="", bank_ref="000087654321"))
    assert code_of(ratna.add_ntpn(paid.payment_id, "2A8F4C11D0E93B99")) is Code.NTPN_USED
    reused = a_deposit(1, billing_code="820261124900003", bank_ref="000087654321", ntpn="")
    with edc_office.store.writing():
        Ledger.create(at=now, kind="receipt", amount=5, method="edc_card", officer=till.desk.look().officer.id)
    assert code_of(ratna.deposit(reused)) is Code.BANK_REF_USED


def test_a_state_receipt_is_never_held(office: Office, desks: dict[str, Desk]) -> None:
    completed(desks["ratna"], case_at_payment(office, desks), "payment", given_payment())
    assert desks["ratna"].payments.held() == Held(0, 0, None)
    used = a_deposit(1, Source.ACCOUNT, ntpn="2A8F4C11D0E93B75")
    assert code_of(desks["ratna"].payments.deposit(used)) is Code.NTPN_USED


def test_a_batch_of_two_shifts_is_compared_with_the_payments_of_both(
    edc_office: Office, edc_desks: Desks, edc: Edc
) -> None:
    first = Till(edc_office, edc_desks)
    assert isinstance(first.charge(), PaymentView)
    closed = first.desk.shifts.close(counted=None)
    assert isinstance(closed, Summary)
    assert (closed.edc_total, closed.edc_difference) == (None, None)
    second = Till(edc_office, edc_desks, passport=another_passport())
    assert isinstance(second.charge(Method.EDC_QRIS), PaymentView)
    settled = second.desk.shifts.settle()
    assert isinstance(settled, Settlement)
    assert (settled.total, settled.own, settled.difference) == (1_000_000, 1_000_000, 0)
    third = Till(edc_office, edc_desks, passport=another_passport())
    assert isinstance(third.charge(), PaymentView)
    again = third.desk.shifts.settle()
    assert isinstance(again, Settlement)
    assert (again.total, again.own) == (500_000, 500_000)
    done = third.desk.shifts.close(counted=None)
    assert isinstance(done, Summary)
    assert (len(done.settlements), done.edc_total, done.edc_difference) == (2, 1_500_000, 0)


def test_a_settlement_the_terminal_refused_is_refused_and_one_without_an_answer_is_kept(
    edc_office: Office, edc_desks: Desks, edc: Edc
) -> None:
    till = Till(edc_office, edc_desks)
    assert isinstance(till.charge(), PaymentView)
    edc.tell(next="decline")
    assert code_of(till.desk.shifts.settle()) is Code.SETTLEMENT_REFUSED
    edc.breaks("answer", "lose")
    lost = till.desk.shifts.settle()
    assert isinstance(lost, Settlement)
    assert (lost.total, lost.own, lost.difference) == (None, 500_000, None)
    done = till.desk.shifts.close(counted=None)
    assert isinstance(done, Summary)
    assert done.edc_total is None


def test_a_shift_adds_up_after_its_payments_were_taken_back(edc_office: Office, edc_desks: Desks) -> None:
    kept, gone = Till(edc_office, edc_desks), Till(edc_office, edc_desks, passport=another_passport())
    first, second = kept.charge(), gone.charge(Method.EDC_QRIS)
    assert isinstance(first, PaymentView)
    assert isinstance(second, PaymentView)
    assert not isinstance(gone.desk.payments.void(second.id, "pemohon batal", witness_of(gone.desk)), Refused)
    settled = gone.desk.shifts.settle()
    assert isinstance(settled, Settlement)
    assert settled.difference == 0
    done = gone.desk.shifts.close(counted=None)
    assert isinstance(done, Summary)
    assert [(row.name, row.count, row.amount) for row in done.by_method] == [
        ("edc_card", 1, 500_000),
        ("edc_qris", 0, 0),
    ]
    assert [(row.count, row.amount) for row in done.by_tariff] == [(1, 500_000)]
    assert [(row.reference, row.amount) for row in done.reversed] == [(second.reference, 500_000)]
    assert done.total == 500_000


@pytest.mark.parametrize("book", list(Book))
def test_the_treasurer_prints_the_cash_book_and_the_month(office: Office, desks: dict[str, Desk], book: Book) -> None:
    completed(desks["ratna"], case_at_payment(office, desks), "payment", given_payment(ntpn=""))
    now = desks["ratna"].look().now
    period = month(f"{office_day(now):%Y-%m}")
    assert code_of(desks["sri"].payments.print_book(book, period)) is Code.NOT_YOUR_UNIT
    job = desks["ratna"].payments.print_book(book, period)
    with office.store.reading():
        paper = from_json(TreasurerReport, PrintJob.get_by_id(job).content)
    assert (paper.book, paper.month, paper.treasurer.name) == (book, period.name, "Ratna Dewi")
    assert [row.right for row in paper.rows if row.left == "Saldo akhir"] == ["Rp0"]
    assert "Rp500.000" in [row.right for row in paper.rows]
    if book is Book.LPJ:
        assert "NTPN belum ada" in [row.note for row in paper.rows]
