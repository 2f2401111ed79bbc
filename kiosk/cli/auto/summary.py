"""What a day left: every receipt as a picture, and summary.json."""

import json
import shutil
from pathlib import Path
from typing import Any

from peewee import JOIN

from db.connection import Store
from db.tables import Case, CaseEvent, Officer, Payment, PrintJob, Receipt
from kiosk import audit
from kiosk.cases.model import Act, Status
from kiosk.cli.auto.world import World
from kiosk.formats import iso_utc
from kiosk.receipts.token import decode_text
from kiosk.settings import Settings

STEPS = 13


def write_summary(settings: Settings, numbers: list[str], out: Path) -> bool:
    """Write DIR/summary.json and DIR/receipts/*.png. True if every case was archived and everything agrees."""
    papers = _collect(World(None, settings.path("tray")), out)
    store = Store(settings.database_url)
    with store.reading():
        cases = [_case(number, papers) for number in numbers]
        witnesses = tuple(_witness(row.token) for row in Receipt.select(Receipt.token))
        chain = audit.verify(witnesses)
        unprinted = PrintJob.select().where(PrintJob.state != "confirmed").count()
    store.close()
    document = {
        "config": str(settings.path("kiosk.toml").absolute()),
        "cases": cases,
        "audit": {"head": chain.head, "events": chain.events, "verified": chain.verified},
    }
    (out / "summary.json").write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return chain.verified and unprinted == 0 and all(_finished(case) for case in cases)


def _collect(world: World, out: Path) -> dict[str, tuple[str, str]]:
    """Copy the printed papers out; token -> (picture relative to DIR, its words), the first print of each."""
    folder = out / "receipts"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    found: dict[str, tuple[str, str]] = {}
    for picture in world.papers():
        shutil.copy(picture, folder / picture.name)
        for token in world.tokens_on(picture):
            found.setdefault(token, (f"receipts/{picture.name}", world.text_of(picture)))
    return found


def _case(number: str, papers: dict[str, tuple[str, str]]) -> dict[str, Any]:
    row = Case.get(Case.application_no == number)
    receipts = Receipt.select().where(Receipt.case == row.id).order_by(Receipt.id)
    payments = Payment.select().where(Payment.case == row.id).order_by(Payment.id)
    return {
        "number": number,
        "kind": row.kind,
        "outcome": "archived" if row.status == Status.ENDED and row.outcome == "issued" else row.outcome,
        "events": _events(row),
        "payments": [{"method": p.method, "amount": p.amount, "state": p.state} for p in payments],
        "receipts": [_receipt(receipt, papers) for receipt in receipts],
    }


def _events(row: Case) -> list[dict[str, Any]]:
    query = CaseEvent.select(CaseEvent, Officer).join(Officer, JOIN.LEFT_OUTER).where(CaseEvent.case == row.id)
    query = query.order_by(CaseEvent.id)
    return [
        {
            "step": event.step,
            "act": event.act,
            "officer": event.officer.login if event.officer else "",
            "unit": event.unit,
            "terminal": event.terminal,
            "at": iso_utc(event.at),
        }
        for event in query
    ]


def _receipt(row: Receipt, papers: dict[str, tuple[str, str]]) -> dict[str, Any]:
    picture, text = papers.get(row.token, ("", ""))
    return {"type": row.type, "number": row.number, "token": row.token, "text": text, "png": picture}


def _finished(case: dict[str, Any]) -> bool:
    completed = {event["step"] for event in case["events"] if event["act"] == Act.COMPLETE}
    return case["outcome"] == "archived" and len(completed) == STEPS and all(r["png"] for r in case["receipts"])


def _witness(text: str) -> str:
    parts = decode_text(text)
    assert parts is not None, "a receipt's own token"
    return parts[0][22:30].hex()
