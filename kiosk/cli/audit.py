"""`kiosk audit`: the chain, walked from its first event, with every receipt as a witness."""

from typing import Annotated

import typer

from db.tables import Receipt
from kiosk import audit
from kiosk.cli.common import Config, Exit, Failure, Json, answer, opened
from kiosk.receipts import token

app = typer.Typer(no_args_is_help=True, help="The audit chain.")


@app.command()
def verify(
    config: Config = None,
    json: Json = False,
    witness: Annotated[list[str] | None, typer.Option(help="A receipt's QR text or a head (hex) seen outside.")] = None,
) -> None:
    """Verify the chain; exit 1 where it is broken, with the first event that is wrong."""
    outside = tuple(_witness(text) for text in witness or ())
    with opened(config) as office, office.store.reading():
        inside = tuple(_witness(row.token) for row in Receipt.select(Receipt.token))
        result = audit.verify((*inside, *outside))
    document = {
        "events": result.events,
        "head": result.head,
        "verified": result.verified,
        "witnesses": len(inside) + len(outside),
        "broken": None if result.broken is None else {"seq": result.broken.seq, "reason": result.broken.reason},
    }
    state = "utuh / whole" if result.broken is None else f"RUSAK / BROKEN: {result.broken.seq} {result.broken.reason}"
    answer(document, as_json=json, lines=[f"{result.events} events, {len(inside) + len(outside)} witnesses: {state}"])
    if not result.verified:
        raise typer.Exit(Exit.REFUSED)


def _witness(text: str) -> str:
    parts = token.decode_text(text)
    if parts is not None:
        return parts[0][22:30].hex()
    try:
        return bytes.fromhex(text).hex()
    except ValueError:
        raise Failure(f"{text[:12]}...: ITK1 or hex", Exit.USAGE) from None
