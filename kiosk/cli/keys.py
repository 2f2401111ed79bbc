"""`kiosk key`: the receipt keys of the terminals."""

from typing import Annotated

import typer

from db.tables import SigningKey
from kiosk import audit, clock
from kiosk.cli.common import MAINTAINER, Config, Exit, Failure, Json, answer, opened, tell
from kiosk.founding import add_terminal
from kiosk.receipts import facts
from kiosk.receipts.keys import KeyFileError, export_json

app = typer.Typer(no_args_is_help=True, help="Receipt keys.")


@app.command()
def export(config: Config = None, json: Json = True) -> None:
    """The public keys as one JSON document: what anybody needs to verify our receipts."""
    with opened(config) as office:
        print(export_json(office.settings.office.code, facts.public_keys(office.store).values()))


@app.command("list")
def list_(config: Config = None, json: Json = False) -> None:
    """Every key with its terminal, window and revocation."""
    with opened(config) as office, office.store.reading():
        rows = [
            {
                "key_id": row.key_id,
                "terminal": row.terminal,
                "purposes": row.purposes,
                "not_before": row.not_before.isoformat(),
                "not_after": row.not_after.isoformat(),
                "approved_by": row.approved_by,
                "revoked_at": None if row.revoked_at is None else row.revoked_at.isoformat(),
            }
            for row in SigningKey.select().order_by(SigningKey.key_id)
        ]
    answer(
        rows,
        as_json=json,
        lines=[f"{r['key_id']:>4} {r['terminal']:<16} {r['not_after']} {r['revoked_at'] or ''}" for r in rows],
    )


@app.command()
def new(
    terminal: Annotated[str, typer.Argument(help="Name of the terminal.")],
    approved_by: Annotated[str, typer.Option(help="Who signs the key off.")],
    config: Config = None,
    json: Json = False,
) -> None:
    """Make a terminal's key pair on this machine and sign its public half off."""
    with opened(config) as office:
        try:
            key_id = add_terminal(office.store, office.settings, terminal, now=clock.now(), approved_by=approved_by)
        except KeyFileError as error:
            raise Failure(str(error), Exit.ENVIRONMENT) from None
    answer({"key_id": key_id, "terminal": terminal}, as_json=json, lines=[f"{terminal}: {key_id}"])


@app.command()
def revoke(key_id: int, config: Config = None, json: Json = False) -> None:
    """Revoke a key from now on; its receipts are refused as `revoked_key`."""
    with opened(config) as office, office.store.writing():
        now = clock.now()
        done = (
            SigningKey.update(revoked_at=now)
            .where((SigningKey.key_id == key_id) & SigningKey.revoked_at.is_null())
            .execute()
        )
        if done:
            audit.append(now, MAINTAINER, "key_revoked", f"key:{key_id}")
    if not done:
        raise Failure(f"{key_id}: tidak ada, atau sudah dicabut / no such key, or revoked already", Exit.REFUSED)
    tell(f"{key_id}: dicabut / revoked")
    answer({"key_id": key_id, "revoked_at": now.isoformat()}, as_json=json, lines=[])
