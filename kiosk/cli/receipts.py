"""`kiosk receipt`: judge a token, print a copy."""

from pathlib import Path
from typing import Annotated, Any

import typer

from db.tables import PrintJob, Receipt
from kiosk import clock
from kiosk.cli.changing import Asked, DryRun, Yes
from kiosk.cli.common import Config, Exit, Failure, Json, answer, opened, refuse
from kiosk.cli.people import by_officer
from kiosk.formats import moment_short
from kiosk.receipts import facts
from kiosk.receipts.keys import KeyExportError, verify_with_export
from kiosk.receipts.token import ReceiptType
from kiosk.receipts.verify import as_json
from kiosk.refusals import Code, refused
from kiosk.words import Language, say

app = typer.Typer(no_args_is_help=True, help="Receipts.")


@app.command()
def verify(
    text: Annotated[str, typer.Argument(help="The QR's text (ITK1...).")],
    keys: Annotated[Path | None, typer.Option(help="Published keys (`kiosk key export --json`): no database.")] = None,
    claim: Annotated[bool, typer.Option("--claim", help="Judge it as the claim at hand-over.")] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Is this receipt ours, and still good? Exit 0 if so, 1 with the verdict if not."""
    wanted = ReceiptType.PAYMENT if claim else None
    if keys is not None:
        document = as_json(text, _offline(text, keys, wanted))
    else:
        with opened(config) as office:
            document = as_json(text, _online(office, text, wanted))
    verdict = str(document["verdict"])
    lines = [f"{verdict}: {say(language, f'verdict.{verdict}')}" for language in Language]
    answer(document, as_json=json, lines=lines)
    if verdict != "ok":
        raise typer.Exit(Exit.REFUSED)


def _offline(text: str, keys: Path, wanted: ReceiptType | None) -> Any:
    try:
        return verify_with_export(text, keys.read_text("utf-8"), expected_type=wanted, now=clock.now())
    except (OSError, KeyExportError, UnicodeDecodeError) as error:
        raise Failure(f"{keys}: {type(error).__name__}", Exit.ENVIRONMENT) from None


def _online(office: Any, text: str, wanted: ReceiptType | None) -> Any:
    store, procedures, code = office.store, office.kit.procedures, office.settings.office.code
    if wanted is None:
        return facts.judge_paper(store, procedures, text, office=code, now=clock.now())
    return facts.judge_text(store, procedures, text, expected_type=wanted, office=code, now=clock.now())


@app.command()
def reprint(
    number: Annotated[str, typer.Argument(help="Number of the receipt (TBB-...).")],
    reason: Annotated[str, typer.Option(help="Why a copy is needed; it is kept.")],
    login: Annotated[str, typer.Option(help="Login of the officer who asks; the PIN is read from standard input.")],
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Queue a copy at this terminal: the same token, marked SALINAN n / COPY n. A voided receipt has no copies."""
    with opened(config) as office:
        with office.store.reading():
            receipt = Receipt.get_or_none(Receipt.number == number.strip().upper())
            job = None if receipt is None else _newest_paper(receipt.id)
        if receipt is None or job is None:
            raise refuse(refused(Code.RECEIPT_UNKNOWN_RECEIPT, "receipt"))
        if receipt.voided_at is not None:
            raise refuse(refused(Code.RECEIPT_VOID, "receipt", voided=moment_short(receipt.voided_at)))
        told, asked = f"{receipt.number}: + SALINAN / COPY ({office.terminal})", Asked(yes, dry_run, json)
        queued = by_officer(office, login, [told], asked, lambda desk: desk.print_again(job, reason), inside=False)
    document = {"number": receipt.number, "copy_no": queued.copy_no, "job": queued.id, "state": queued.state}
    answer(document, as_json=json, lines=[f"{receipt.number}: SALINAN / COPY {queued.copy_no}"])


def _newest_paper(receipt: int) -> int | None:
    row = PrintJob.select(PrintJob.id).where(PrintJob.receipt == receipt).order_by(PrintJob.id.desc()).first()
    return None if row is None else int(row.id)


@app.command("list")
def list_(config: Config = None, json: Json = False, limit: int = 100) -> None:
    """The newest receipts."""
    with opened(config) as office, office.store.reading():
        rows = [
            {
                "number": row.number,
                "type": row.type,
                "issued_at": row.issued_at.isoformat(),
                "copies": row.copies,
                "voided_at": None if row.voided_at is None else row.voided_at.isoformat(),
                "token": row.token,
            }
            for row in Receipt.select().order_by(Receipt.id.desc()).limit(limit)
        ]
    answer(rows, as_json=json, lines=[f"{r['number']}  {r['issued_at']}  copies {r['copies']}" for r in rows])


@app.command()
def jobs(config: Config = None, json: Json = False, limit: int = 50) -> None:
    """The newest papers of the print queue."""
    with opened(config) as office, office.store.reading():
        rows = [
            {"id": row.id, "paper": row.paper, "state": row.state, "code": row.code, "copy_no": row.copy_no}
            for row in PrintJob.select().order_by(PrintJob.id.desc()).limit(limit)
        ]
    answer(rows, as_json=json, lines=[f"{r['id']}  {r['paper']:<24} {r['state']:<10} {r['code']}" for r in rows])
