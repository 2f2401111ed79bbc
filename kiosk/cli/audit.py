"""`kiosk audit`: the chain, walked from its first event, with every receipt as a witness."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from kiosk import audit
from kiosk.cases.engine import REASON_MINIMUM
from kiosk.cli.changing import Asked, DryRun, Yes, done, judged, rehearsed
from kiosk.cli.common import Config, Exit, Failure, Json, answer, opened
from kiosk.cli.people import desk_of, read_pin, stand_in, stand_in_witness
from kiosk.clock import now
from kiosk.desk import Desk
from kiosk.people.model import OFFICE_HEAD, Witness
from kiosk.receipts import facts, witnesses
from kiosk.receipts.keys import KeyExportError, read_export
from kiosk.receipts.token import PublicKey
from kiosk.refusals import Code, Refused, refused
from kiosk.text import clean

app = typer.Typer(no_args_is_help=True, help="The audit chain.")

HEAD_DIGITS = 16
MAY_SET_CLOCK = frozenset({"INSARKOM", "TATA_USAHA", OFFICE_HEAD})


@app.command()
def verify(
    config: Config = None,
    json: Json = False,
    witness: Annotated[
        list[str] | None, typer.Option(help="A receipt's QR text, or a head (16 hex digits or more) seen outside.")
    ] = None,
    keys: Annotated[
        Path | None, typer.Option(help="Published keys from outside (`kiosk key export`), instead of the database's.")
    ] = None,
) -> None:
    """Verify the chain. Exit 1 where it is broken, or where a receipt knows a head that it no longer has.

    Any one receipt, held against the database, shows that nothing before it was cut, rewritten or restored.
    """
    published = _published(keys)
    with opened(config) as office, office.store.reading():
        known = facts.known_keys() if published is None else published
        outside = {text: _head(text, known) for text in witness or ()}
        inside = witnesses.stored(known)
        result = audit.verify((*inside.heads, *outside.values()))
    unknown = [text for text, head in outside.items() if head in result.missing]
    document = {
        "events": result.events,
        "head": result.head,
        "verified": result.verified and not inside.forged,
        "witnesses": len(inside.heads) + len(outside),
        "broken": None if result.broken is None else {"seq": result.broken.seq, "reason": result.broken.reason},
        "witnesses_missing": len(result.missing),
        "outside_witnesses_missing": unknown,
        "forged_receipts": list(inside.forged),
    }
    answer(document, as_json=json, lines=_lines(result, len(inside.heads) + len(outside), inside.forged))
    if not document["verified"]:
        raise typer.Exit(Exit.REFUSED)


@app.command()
def clock(
    login: Annotated[str, typer.Option(help="Login; of Insarkom, Tata Usaha or the Kakanim. PIN on standard input.")],
    second: Annotated[str, typer.Option(help="Login of the second person; the PIN is the next line.")],
    reason: Annotated[str, typer.Option(help="What was wrong with the clock.")],
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Go on with the clock as it is now, after it had run ahead: acts are refused as long as it is behind the chain.

    Receipts issued by the wrong clock stay as they are: they hold from the time printed on them.
    """
    with opened(config) as office:

        def rehearse() -> object:
            return _accept(stand_in(office, login), stand_in_witness(office, second), reason)

        events = [] if yes and not dry_run else rehearsed(office.store, rehearse)
        Asked(yes, dry_run, json).agree([f"-> {now().isoformat()}"], events)
        desk = desk_of(office, login)
        witness = judged(desk.witness(second, read_pin()))
        at, ahead = done(office.store, lambda: _accept(desk, witness, reason))
        desk.sign_out()
    answer({"ahead_seconds": ahead, "at": at.isoformat()}, as_json=json, lines=[f"{ahead} s: {at.isoformat()}"])


def _accept(desk: Desk, witness: Witness, reason: str) -> tuple[datetime, int] | Refused:
    """From when acts go on, and how far the chain was ahead, in seconds. Within a writing unit of work."""
    if not MAY_SET_CLOCK & set(desk.officer.units):
        return refused(Code.NOT_YOUR_UNIT, unit="INSARKOM / TATA_USAHA / KAKANIM")
    if witness.person_id == desk.officer.person_id:
        return refused(Code.SECOND_PERSON_NEEDED)
    if len(clean(reason)) < REASON_MINIMUM:
        return refused(Code.REASON_NEEDED, "reason", minimum=REASON_MINIMUM)
    at, last = now(), audit.head()
    ahead = max(0, int((last.at - at).total_seconds()))
    data = {"ahead_seconds": ahead, "witness": witness.person_id, "reason": clean(reason)}
    audit.accept_clock(at, desk.look().signer, data)
    return at, ahead


def _lines(result: audit.Verification, count: int, forged: tuple[str, ...]) -> list[str]:
    broken = result.broken
    state = "utuh / whole" if broken is None else f"RUSAK / BROKEN: {broken.seq} {broken.reason}"
    lines = [f"{result.events} events, {count} witnesses: {state}"]
    if result.missing:
        lines.append(f"{len(result.missing)} saksi tak dikenal / witnesses the chain does not know")
    return lines + [f"{number}: tanda tangan palsu / forged signature" for number in forged[:20]]


def _published(path: Path | None) -> Mapping[int, PublicKey] | None:
    try:
        return None if path is None else read_export(path.read_text("utf-8")).by_id()
    except (OSError, KeyExportError, UnicodeDecodeError) as error:
        raise Failure(f"{path}: {type(error).__name__}", Exit.ENVIRONMENT) from None


def _head(text: str, keys: Mapping[int, PublicKey]) -> str:
    """The head a witness speaks of. A receipt that nobody of ours signed is none. Raises Failure."""
    if text.strip().upper().startswith("ITK1"):
        head = witnesses.witness(text, keys)
        if head is None:
            raise Failure(f"{text[:12]}...: bukan tanda terima kantor ini / no receipt of this office", Exit.REFUSED)
        return head
    try:
        head = bytes.fromhex(text).hex()
    except ValueError:
        head = ""
    if len(head) < HEAD_DIGITS:
        raise Failure(f"{text[:12]}...: ITK1, {HEAD_DIGITS}+ hex", Exit.USAGE)
    return head
