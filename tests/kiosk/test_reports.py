"""The treasurer's reports through the command line: they say what was taken, and exit 1 where something differs."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db.tables import MODELS, Ledger, Payment, Shift
from hardware.payment.terminal import Method as Charged
from kiosk.clock import office_day
from kiosk.desk import Desk
from kiosk.money.deposits import Deposit
from kiosk.money.ledger import Source
from kiosk.money.methods import Method
from kiosk.money.payments import PaymentView
from kiosk.office import Office
from kiosk.refusals import Refused
from kiosk.reports import edc_file, monthly, pages, period, reconciliation
from kiosk.reports.edc_file import DayFileError
from kiosk.settings import Settings
from tests.builders import case_at_payment, completed, given_payment
from tests.conftest import Desks
from tests.faults.thirteen import passport
from tests.kiosk.money.conftest import Edc, open_with_terminal
from tests.kiosk.test_cli import Run, config, run

__all__ = ["run"]

HOLDER = "KUZNETSOVA"


@pytest.fixture
def edc_office(settings: Settings) -> Iterator[Office]:
    office = open_with_terminal(settings)
    yield office
    office.close()


def charged(office: Office, desks: Any, *, key: str = "k1") -> PaymentView:
    case_id = case_at_payment(office, desks)
    desk = desks["ratna"]
    done = desk.payments.charge(case_id, Method.EDC_CARD, key=key, claim=desk.claim(case_id))
    assert isinstance(done, PaymentView), done
    return done


def test_the_shift_report_counts_by_method_and_tariff(run: Run, office: Office, desks: dict[str, Desk]) -> None:
    completed(desks["ratna"], case_at_payment(office, desks), "payment", given_payment())
    where = ("--config", config(office.settings))
    code, out, _ = run("report", "shift", "--json", *where)
    report = json.loads(out)
    assert (code, report["total"], report["adds_up"], report["closed_at"]) == (0, 500_000, True, None)
    (method,), (tariff,) = report["summary"]["by_method"], report["summary"]["by_tariff"]
    assert (method["name"], method["count"], method["amount"]) == ("state_receipt", 1, 500_000)
    assert (tariff["name"], tariff["days"], tariff["basis"]) == ("itk", 30, "PP 45/2024")
    code, out, _ = run("report", "shift", "--csv", *where)
    assert ["method", "state_receipt", "1", "500000", ""] in list(csv.reader(io.StringIO(out)))
    code, out, _ = run("report", "shift", *where)
    assert "Bukti" in out or "Rp500.000" in out
    assert run("report", "shift", "--shift", 99, *where)[0] == 1


def test_a_settlement_that_differs_is_said_and_exits_1(run: Run, edc_office: Office) -> None:
    desks = Desks(edc_office)
    charged(edc_office, desks)
    device = edc_office.devices.get("payment")
    assert device is not None
    device.submit(lambda terminal, _: terminal.sale(500_000, Charged.CARD, "OTHERS1", lambda *_: None)).result()
    settled = desks["ratna"].shifts.settle()
    assert (settled.total, settled.own) == (1_000_000, 500_000)  # type: ignore[union-attr]
    assert desks["ratna"].shifts.close(counted=None).total == 500_000  # type: ignore[union-attr]
    where = ("--config", config(edc_office.settings))
    code, out, _ = run("report", "shift", "--json", *where)
    assert (code, json.loads(out)["edc_difference"]) == (1, 500_000)
    assert "selisih Rp500.000" in run("report", "shift", *where)[1]


def test_an_unknown_payment_is_a_difference_of_the_shift_and_of_the_month(run: Run, edc_office: Office) -> None:
    Edc(edc_office).breaks("answer", "lose", times=9)
    desks = Desks(edc_office)
    case_id, desk = case_at_payment(edc_office, desks), desks["ratna"]
    claim = desk.claim(case_id)
    assert not isinstance(claim, Refused)
    desk.payments.charge(case_id, Method.EDC_CARD, key="k", claim=claim)
    where = ("--config", config(edc_office.settings))
    for verb in ("shift", "lpj", "reconcile"):
        code, out, _ = run("report", verb, *where)
        assert code == 1, verb
        assert "belum jelas" in out, verb


def test_the_cash_book_has_a_running_balance_and_says_nothing_of_people(
    run: Run, office: Office, desks: dict[str, Desk]
) -> None:
    completed(desks["ratna"], case_at_payment(office, desks), "payment", given_payment())
    where = ("--config", config(office.settings))
    code, out, _ = run("report", "bku", "--json", *where)
    book = json.loads(out)
    assert code == 0
    assert (book["opening"], book["closing"]) == (0, 0)
    assert [(line["debit"], line["credit"], line["balance"]) for line in book["lines"]] == [
        (500_000, 0, 500_000),
        (0, 500_000, 0),
    ]
    code, text, _ = run("report", "bku", *where)
    assert HOLDER not in text.upper()
    assert "500000 0 500000 Penerimaan" in " ".join(text.split())
    assert run("report", "bku", "--csv", *where)[1].startswith("Tanggal,No. bukti,Uraian,Debit,Kredit,Saldo\r\n")
    code, out, _ = run("report", "bku", "--month", "2019-05", "--json", *where)
    assert json.loads(out)["lines"] == []


def test_the_month_sums_up_and_is_due_on_the_tenth(run: Run, office: Office, desks: dict[str, Desk]) -> None:
    completed(desks["ratna"], case_at_payment(office, desks), "payment", given_payment())
    code, out, _ = run("report", "lpj", "--json", "--config", config(office.settings))
    month = json.loads(out)
    assert code == 0
    assert (month["received"], month["direct"], month["closing"], month["cash_in_hand"]) == (500_000, 500_000, 0, 0)
    assert month["due"].endswith("-10")
    gone = month["reversed_sum"] + month["deposited"] + month["direct"]
    assert month["opening"] + month["received"] - gone == month["closing"]
    with office.store.reading():
        later = monthly.of_month(period.month("2099-12"))
    assert (later.opening, later.received, str(later.due)) == (0, 0, "2100-01-10")
    code, out, _ = run("report", "lpj", "--csv", "--config", config(office.settings))
    assert ["sum", "received", "", "500000", ""] in list(csv.reader(io.StringIO(out)))


def test_a_missing_ntpn_stands_in_the_reconciliation(run: Run, office: Office, desks: dict[str, Desk]) -> None:
    completed(desks["ratna"], case_at_payment(office, desks), "payment", given_payment(ntpn=""))
    where = ("--config", config(office.settings))
    code, out, _ = run("report", "reconcile", "--json", *where)
    found = json.loads(out)
    assert (code, found["agrees"], found["payments"][0]["findings"]) == (1, False, ["no_ntpn"])
    payment = found["payments"][0]["reference"]
    office.store.database.bind(list(MODELS))  # the command opened an office of its own in this process
    with office.store.reading():
        number = Payment.get(Payment.reference == payment).id
    assert isinstance(desks["ratna"].payments.add_ntpn(number, "2A8F4C11D0E93B75"), PaymentView)
    code, out, _ = run("report", "reconcile", "--json", *where)
    assert (code, json.loads(out)["payments"][0]["findings"]) == (0, [])


def test_a_billing_code_for_another_amount_or_unpaid_stands_there(
    run: Run, office: Office, desks: dict[str, Desk]
) -> None:
    case_id = case_at_payment(office, desks)
    today = office_day(desks["ratna"].look().now)
    first, second = (f"8{today:%Y%m%d}{number:06d}" for number in (1, 2))
    desks["ratna"].payments.record_billing(case_id, first, 500_000)
    desks["ratna"].payments.record_billing(case_id, second, 500_000)
    with office.store.reading():
        found = reconciliation.of_period(period.day(today.isoformat()))
    assert [(line.code, line.replaced, line.paid_by) for line in found.billing] == [
        (first, True, ""),
        (second, False, ""),
    ]
    out = run("report", "reconcile", "--config", config(office.settings))[1]
    assert "diganti kode lain" in out
    assert "belum dibayar" in out


def test_an_ntb_that_two_cases_were_paid_with_is_for_the_treasurer_to_look_at(
    run: Run, office: Office, desks: dict[str, Desk]
) -> None:
    """It is a bank's own number: another bank may give the same, so that no applicant is turned away for it."""
    where = ("--config", config(office.settings))
    for number, bank_ref in ((1, "000012345678"), (2, "000012345678"), (3, "000087654321")):
        case_id = case_at_payment(office, desks, passport=passport(f"53002000{number}"))
        slip = given_payment(ntpn=f"2A8F4C11D0E93B7{number}", billing_code=f"82026112446562{number}", bank_ref=bank_ref)
        assert not isinstance(completed(desks["ratna"], case_id, "payment", slip), Refused)
    code, out, _ = run("report", "reconcile", "--json", *where)
    found = {line["ntpn"][-1]: line["findings"] for line in json.loads(out)["payments"]}
    assert (code, found) == (1, {"1": ["bank_ref_twice"], "2": ["bank_ref_twice"], "3": []})
    assert "NTB juga ada pada pembayaran lain" in run("report", "reconcile", *where)[1]


def test_the_treasurys_list_is_compared_line_by_line(
    run: Run, office: Office, desks: dict[str, Desk], tmp_path: Path
) -> None:
    """Step 7's state receipt and the treasurer's own deposit, whose NTPN came later."""
    completed(desks["ratna"], case_at_payment(office, desks), "payment", given_payment(billing_code="820261124465628"))
    look = desks["ratna"].look()
    with office.store.writing():
        Ledger.create(at=look.now, kind="receipt", amount=90_000, method="edc_card", officer=look.officer.id)
    line = desks["ratna"].payments.deposit(Deposit(Source.ACCOUNT, 90_000, "820261124900001", "000087654321"))
    assert isinstance(line, int)
    where, file = ("--config", config(office.settings)), tmp_path / "bpn.csv"
    file.write_text(
        "NTPN,Kode Billing,Nominal\n2A8F4C11D0E93B75,820261124465628,500000\n3B9F4C11D0E93B75,820261124900001,90000\n"
    )
    code, out, err = run("report", "reconcile", "--treasury", file, *where)
    assert (code, err) == (0, "")
    assert "2 baris dibandingkan, 0 berbeda" in out
    file.write_text("NTPN;Nominal\n2A8F4C11D0E93B75;5.000\nFFFF4C11D0E93B75;1\n")
    code, out, _ = run("report", "reconcile", "--treasury", file, "--json", *where)
    assert code == 1
    assert [one["how"] for one in json.loads(out)["treasury"]] == ["amount", "missing_there", "missing_here"]
    assert "FFFF4C11D0E93B75" in run("report", "reconcile", "--treasury", file, "--csv", *where)[1]
    file.write_text("invoice,amount\n999,500000\n")
    assert run("report", "reconcile", "--treasury", file, *where)[0] == 3


def test_the_edc_day_file_is_compared_line_by_line(run: Run, edc_office: Office, tmp_path: Path) -> None:
    paid = charged(edc_office, Desks(edc_office))
    where = ("--config", config(edc_office.settings))
    file = tmp_path / "batch.csv"
    file.write_text(f"TID;Invoice;Nominal\n{paid.device_terminal};{paid.invoice_no.zfill(8)};Rp500.000,00\n")
    code, out, err = run("report", "reconcile", "--edc", file, *where)
    assert (code, err) == (0, "")
    assert "1 baris dibandingkan, 0 berbeda" in out
    file.write_text("invoice,amount\n999,500000\n")
    code, out, _ = run("report", "reconcile", "--edc", file, "--json", *where)
    assert code == 1
    assert [one["how"] for one in json.loads(out)["edc"]] == ["missing_there", "missing_here"]
    assert run("report", "reconcile", "--edc", file, "--csv", "--shift", 1, *where)[0] == 1
    file.write_text("no head\n")
    assert run("report", "reconcile", "--edc", file, *where)[0] == 3
    assert run("report", "reconcile", "--edc", tmp_path / "absent", *where)[0] == 3
    assert run("report", "reconcile", "--day", "24-11-2026", *where)[0] == 2


@pytest.mark.parametrize("amount", ["500000", "500.000", "500,000.00", "Rp500.000,00", "Rp 500.000", '"500,000"'])
def test_amounts_are_read_as_banks_write_them(amount: str) -> None:
    entries, by_terminal = edc_file.read(
        f"Invoice No,Amount\n000012,{amount if ',' not in amount else _quoted(amount)}\n"
    )
    assert [(entry.key, entry.amount) for entry in entries] == [("12", 500_000)]
    assert by_terminal is False


def _quoted(cell: str) -> str:
    return f'"{cell.strip(chr(34))}"'


def test_a_void_takes_its_own_line_away_and_no_other() -> None:
    entries, _ = edc_file.read("invoice,amount\n12,500000\n13,500000\n12,-500000\n14,(500000)\n")
    assert [(entry.key, entry.amount) for entry in entries] == [("13", 500_000), ("14", 0)]


@pytest.mark.parametrize("text", ["", "invoice,amount\n12\n", "invoice,amount\n12,x\n", "a,b\n1,2\n"])
def test_what_is_no_day_file_is_said_without_its_content(text: str) -> None:
    with pytest.raises(DayFileError, match=r"line \d"):
        edc_file.read(text)


@pytest.mark.parametrize("text", ["2026-13", "2026", "x", "2026-11-24"])
def test_a_month_is_year_and_month(run: Run, office: Office, text: str) -> None:
    assert run("report", "bku", "--month", text, "--config", config(office.settings))[0] == 2


@pytest.mark.parametrize("verb", ["shift", "bku", "lpj", "reconcile"])
def test_every_report_comes_as_pages_to_sign(run: Run, office: Office, desks: dict[str, Desk], verb: str) -> None:
    completed(desks["ratna"], case_at_payment(office, desks), "payment", given_payment())
    code, out, _ = run("report", verb, "--pages", "--config", config(office.settings))
    assert code == 0
    assert out.endswith("\n\f")
    (sheet,) = out.split("\f")[:-1]
    lines = sheet.split("\n")
    assert len(lines) == pages.LINES + 1
    assert max(map(len, lines)) <= pages.COLUMNS
    assert "KEMENTERIAN IMIGRASI" in lines[0]
    assert "Halaman 1 dari 1" in lines[pages.LINES - 1]
    assert "Bendahara Penerimaan" in sheet
    assert "500" in sheet
    assert HOLDER not in sheet.upper()


def test_a_long_report_goes_on_on_further_pages_and_its_signatures_stay_together() -> None:
    head = pages.Head(("KANTOR",), "Judul", "Dicetak")
    for count in range(40, 120):
        text = pages.paged(head, [f"baris {n}" for n in range(count)], (pages.Signature("A", "B"),), "{page}/{pages}")
        sheets = text.split("\f")[:-1]
        assert all(sheet.count("\n") == pages.LINES for sheet in sheets)
        assert sum(sheet.count("baris") for sheet in sheets) == count
        assert "\nA\n\n\n\n\nB\n" in sheets[-1]
        assert sheets[-1].rstrip().endswith(f"{len(sheets)}/{len(sheets)}")
    assert "\x1b" not in pages.paged(head, ["\x1b[2Jx" + "y" * 200], (), "")


def test_an_edited_summary_of_a_closed_shift_is_seen(run: Run, office: Office, desks: dict[str, Desk]) -> None:
    completed(desks["ratna"], case_at_payment(office, desks), "payment", given_payment())
    assert not isinstance(desks["ratna"].shifts.close(counted=None), Refused)
    where = ("--config", config(office.settings))
    code, out, _ = run("report", "shift", "--json", *where)
    assert (code, json.loads(out)["sealed"]) == (0, True)
    office.store.database.bind(list(MODELS))
    with office.store.writing():
        stored = Shift.get().summary
        Shift.update(summary=stored.replace("500000", "400000")).execute()
    code, out, _ = run("report", "shift", *where)
    assert code == 1
    assert "disegel" in out
