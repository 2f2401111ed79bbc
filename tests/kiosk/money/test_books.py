"""The cash book: a running balance over receipts, reversals and deposits, and what a spreadsheet is given."""

from datetime import UTC, datetime, timedelta

import pytest

from db.connection import ConstraintBroken
from db.tables import Ledger
from kiosk.desk import Desk
from kiosk.money import ledger
from kiosk.money.cash_book import as_csv
from kiosk.money.ledger import Entry, Line
from kiosk.office import Office
from kiosk.refusals import Refused
from kiosk.words import Language
from tests.builders import case_at_payment, completed, given_payment

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
        (Entry.REVERSAL, 0, 500_000, 0),
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
