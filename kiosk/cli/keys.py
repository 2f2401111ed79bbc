"""`kiosk key`: the receipt keys of the terminals: made, approved, rotated, revoked, published.

These verbs need no usable key, so that a terminal whose only key was revoked can be given another.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from db.tables import Officer, Receipt, SigningKey
from kiosk import clock
from kiosk.audit import Signer
from kiosk.cli.changing import Asked, DryRun, Yes, changed, done, rehearsed
from kiosk.cli.common import MAINTAINER, Config, Exit, Failure, Json, answer, stored
from kiosk.cli.people import officer_named, read_pin
from kiosk.cli.vault_key import rotate_vault
from kiosk.people import sign_in
from kiosk.receipts import facts, terminal_keys
from kiosk.receipts.keys import export_json
from kiosk.receipts.terminal_keys import KEY_DAYS, OVERLAP_DAYS, Approved
from kiosk.receipts.token import ReceiptType
from kiosk.refusals import Refused

app = typer.Typer(no_args_is_help=True, help="Receipt keys.")

KeyId = Annotated[int, typer.Argument(help="Number of the key (`kiosk key list`).")]


@app.command()
def export(config: Config = None, json: Json = True) -> None:
    """The approved public keys as one JSON document: what anybody needs to verify our receipts (`kiosk-verify`)."""
    with stored(config) as (settings, store):
        print(export_json(settings.office.code, facts.public_keys(store).values()))


@app.command("list")
def list_(config: Config = None, json: Json = False) -> None:
    """Every key with its terminal, purposes, window, approval and revocation."""
    now = clock.now()
    with stored(config) as (_, store), store.reading():
        rows = [_row(row, now) for row in SigningKey.select().order_by(SigningKey.key_id)]
    lines = [
        f"{r['key_id']:>5}  {r['terminal']:<16} {r['purposes']:<10} {r['not_before'][:10]} .. {r['not_after'][:10]}"
        f"  {r['state']:<9} {r['approved_by']}"
        for r in rows
    ]
    answer(rows, as_json=json, lines=lines)


def _row(row: SigningKey, now: datetime) -> dict[str, Any]:
    if row.revoked_at is not None:
        state = "revoked"
    elif row.approved_at is None:
        state = "waiting"
    else:
        state = "early" if now < row.not_before else "ended" if now > row.not_after else "signing"
    return {
        "key_id": row.key_id,
        "terminal": row.terminal,
        "purposes": row.purposes,
        "not_before": row.not_before.isoformat(),
        "not_after": row.not_after.isoformat(),
        "state": state,
        "approved_by": row.approved_by,
        "approved_at": None if row.approved_at is None else row.approved_at.isoformat(),
        "revoked_at": None if row.revoked_at is None else row.revoked_at.isoformat(),
        "revoke_reason": row.revoke_reason,
    }


@app.command()
def new(
    terminal: Annotated[str, typer.Argument(help="Name of the terminal; its private key stays on this machine.")],
    purpose: Annotated[list[str] | None, typer.Option(help="application, payment, ...; all if none is given.")] = None,
    valid_from: Annotated[str, typer.Option(help="YYYY-MM-DD, UTC; now if not given.")] = "",
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it may sign.")] = KEY_DAYS,
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Make a key pair on this machine. It signs nothing until `kiosk key approve`."""
    names = {kind.name.lower(): kind for kind in ReceiptType}
    if unknown := [name for name in purpose or () if name not in names]:
        raise Failure(f"{unknown[0]}: {', '.join(names)}", Exit.USAGE)
    try:
        begins = datetime.fromisoformat(valid_from).replace(tzinfo=UTC) if valid_from else None
    except ValueError:
        raise Failure("YYYY-MM-DD", Exit.USAGE) from None
    with stored(config) as (settings, store):

        def make(folder: Path) -> int:
            return terminal_keys.make(
                folder,
                terminal,
                now=clock.now(),
                signer=MAINTAINER,
                purposes=[names[name] for name in purpose] if purpose else tuple(ReceiptType),
                not_before=begins,
                days=days,
            )

        with TemporaryDirectory() as elsewhere:
            events = [] if yes and not dry_run else rehearsed(store, lambda: make(Path(elsewhere)))
        Asked(yes, dry_run, json).agree([f"+ {settings.path('keys')}/{terminal}*.key, {days} d"], events)
        number = done(store, lambda: make(settings.path("keys")))
    line = f"{terminal}: {number}; kiosk key approve {number} --login ..."
    answer({"key_id": number, "terminal": terminal, "state": "waiting"}, as_json=json, lines=[line])


@app.command()
def approve(
    key_id: KeyId,
    login: Annotated[str, typer.Option(help="An officer of Tata Usaha, or the Kakanim; the PIN is read from stdin.")],
    overlap_days: Annotated[
        int, typer.Option(min=0, max=90, help="How long earlier keys of the terminal may still sign.")
    ] = OVERLAP_DAYS,
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Publish a key: from now on its terminal signs with it, also one that is open."""
    with stored(config) as (settings, store):

        def approved_by(row: Officer) -> Approved:
            now = clock.now()
            officer = sign_in.officer_at(row, clock.office_day(now))
            terminal_keys.require_administrator(officer)
            return terminal_keys.approve(
                key_id,
                officer.name,
                now=now,
                signer=Signer(officer.id, officer.person_id, settings.terminal),
                overlap=timedelta(days=overlap_days),
            )

        def checked(pin: str) -> Approved | Refused:
            row = sign_in.check_pin(login, pin, now=clock.now(), terminal=settings.terminal)
            return row if isinstance(row, Refused) else approved_by(row)

        events = [] if yes and not dry_run else rehearsed(store, lambda: approved_by(officer_named(login)))
        told = f"{key_id}: disetujui oleh / approved by {login}; {overlap_days} d"
        Asked(yes, dry_run, json).agree([told], events)
        pin = read_pin()
        approved = done(store, lambda: checked(pin))
    until = None if approved.earlier_until is None else approved.earlier_until.isoformat()
    document = {"key_id": key_id, "terminal": approved.terminal, "earlier_keys_until": until}
    earlier = f"; kunci lama sampai / earlier keys until {until}" if until else ""
    answer(document, as_json=json, lines=[f"{approved.terminal}: {key_id} disetujui / approved{earlier}"])


@app.command()
def revoke(
    key_id: KeyId,
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Revoke a key from now on; every receipt it signed is refused as `revoked_key`."""
    now = clock.now()
    with stored(config) as (_, store):
        with store.reading():
            signed = Receipt.select().where((Receipt.key_id == key_id) & Receipt.voided_at.is_null()).count()
        told = f"- {key_id}: {signed} tanda terima ditolak / receipts refused"
        changed(
            store,
            [told],
            Asked(yes, dry_run, json),
            lambda: terminal_keys.revoke(key_id, reason, now=now, signer=MAINTAINER),
        )
    document = {"key_id": key_id, "revoked_at": now.isoformat()}
    answer(document, as_json=json, lines=[f"{key_id}: dicabut / revoked"])


app.command("rotate-vault")(rotate_vault)
