"""`kiosk receipt reprint`: a copy with the same token, a reason and an officer; refused where it must be."""

import json

import pytest

from db.tables import MODELS, AuditEvent, PrintJob, Receipt
from kiosk import clock
from kiosk.desk import Desk
from kiosk.office import Office
from tests.builders import case_at_payment, completed, given_payment
from tests.kiosk.test_cli import Run, config, run

__all__ = ["run"]
WHY = ("--reason", "pemohon menghilangkan bukti")


@pytest.fixture
def number(office: Office, desks: dict[str, Desk]) -> str:
    completed(desks["ratna"], case_at_payment(office, desks), "payment", given_payment())
    with office.store.reading():
        return str(Receipt.get(Receipt.type == 2).number)


def pin_of(login: str) -> str:
    from kiosk.demo.officers import OFFICERS

    return next(person.pin for person in OFFICERS if person.login == login) + "\n"


def test_a_copy_carries_the_same_token_and_its_number(run: Run, office: Office, number: str) -> None:
    call = ("receipt", "reprint", "--yes", number.lower(), *WHY, "--login", "agus", "--config", config(office.settings))
    code, out, err = run(*call, "--json", stdin=pin_of("agus"))
    assert (code, json.loads(out)["copy_no"], json.loads(out)["state"]) == (0, 1, "queued"), err
    assert run(*call, stdin=pin_of("agus"))[1] == f"{number}: SALINAN / COPY 2\n"
    office.store.database.bind(list(MODELS))
    with office.store.reading():
        receipt = Receipt.get(Receipt.number == number)
        jobs = list(PrintJob.select().where(PrintJob.receipt == receipt.id).order_by(PrintJob.id))
        assert receipt.copies == 2
        assert [job.copy_no for job in jobs] == [0, 1, 2]
        assert {job.content for job in jobs} == {jobs[0].content}
        assert jobs[1].reason == "pemohon menghilangkan bukti"
        assert AuditEvent.select().where(AuditEvent.body.contains("paper_reprinted")).count() == 2


def test_a_copy_needs_an_officer_a_reason_and_a_receipt(run: Run, office: Office, number: str) -> None:
    where = ("--login", "agus", "--config", config(office.settings))
    pin = pin_of("agus")
    code, out, err = run("receipt", "reprint", "--yes", number, *WHY, *where, stdin="000000\n")
    assert (code, out) == (1, "")
    assert "[sign_in_failed]" in err
    assert "[reason_needed]" in run("receipt", "reprint", "--yes", number, "--reason", "ya", *where, stdin=pin)[2]
    assert "[receipt_unknown_receipt]" in run("receipt", "reprint", "--yes", "TBB-X", *WHY, *where, stdin=pin)[2]
    assert run("receipt", "reprint", "--yes", number, *where, stdin=pin)[0] == 2


def test_a_voided_receipt_has_no_copies(run: Run, office: Office, number: str) -> None:
    with office.store.writing():
        Receipt.update(voided_at=clock.now(), void_reason="batal").where(Receipt.number == number).execute()
    where = ("--login", "agus", "--config", config(office.settings))
    code, _, err = run("receipt", "reprint", "--yes", number, *WHY, *where, stdin=pin_of("agus"))
    assert code == 1
    assert "[receipt_void]" in err
    office.store.database.bind(list(MODELS))
    with office.store.reading():
        assert PrintJob.select().where(PrintJob.copy_no > 0).count() == 0
