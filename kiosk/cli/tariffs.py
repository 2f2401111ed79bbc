"""`kiosk tariff`: dated rows, entered by one person and released by another."""

from datetime import date, timedelta
from typing import Annotated, Any

import typer

from db.tables import Tariff
from kiosk import clock
from kiosk.cli.changing import Asked, DryRun, Yes
from kiosk.cli.common import Config, Exit, Failure, Json, answer, opened, tell
from kiosk.cli.people import by_officer
from kiosk.desk import Desk
from kiosk.formats import rupiah
from kiosk.money import tariff as tariffs
from kiosk.refusals import Refused

app = typer.Typer(no_args_is_help=True, help="Tariffs.")
ONE_DAY = timedelta(days=1)

Login = Annotated[str, typer.Option(help="Login of the officer who does it; the PIN is read from standard input.")]


@app.command("list")
def list_(config: Config = None, json: Json = False, kind: Annotated[str, typer.Option()] = "") -> None:
    """Every row with its dates and basis, oldest first."""
    with opened(config) as office, office.store.reading():
        query = Tariff.select().order_by(Tariff.kind, Tariff.days, Tariff.valid_from, Tariff.id)
        rows = [_row(row) for row in (query.where(Tariff.kind == kind) if kind else query)]
    lines = [
        f"{r['id']:>4} {r['kind']:<22} {r['days'] or '-':>4} {rupiah(r['amount']):>14} "
        f"{r['valid_from']} .. {r['valid_until'] or '':<10} "
        f"{r['basis']} {'' if r['released'] else '(belum dirilis / not released)'}"
        for r in rows
    ]
    answer(rows, as_json=json, lines=lines)


def _row(row: Tariff) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "days": row.days,
        "amount": row.amount,
        "valid_from": row.valid_from.isoformat(),
        "valid_until": None if row.valid_until is None else row.valid_until.isoformat(),
        "basis": row.basis,
        "note": row.note,
        "released": row.released_at is not None,
    }


@app.command()
def add(
    kind: Annotated[str, typer.Argument()],
    amount: Annotated[int, typer.Argument(min=0, help="Integer rupiah.")],
    valid_from: Annotated[str, typer.Option(help="YYYY-MM-DD")],
    basis: Annotated[str, typer.Option(help="The regulation.")],
    login: Login,
    days: Annotated[int, typer.Option(min=0)] = 0,
    valid_until: Annotated[str, typer.Option(help="YYYY-MM-DD, the last day; open if not given.")] = "",
    note: Annotated[str, typer.Option()] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Enter a row; it has no force until another person releases it."""
    try:
        since = date.fromisoformat(valid_from)
        until = date.fromisoformat(valid_until) if valid_until else None
    except ValueError:
        raise Failure("YYYY-MM-DD", Exit.USAGE) from None
    entry = tariffs.TariffEntry(kind, days or None, amount, since, basis, until, note)
    with opened(config) as office:
        if kind not in (known := tariffs.known_kinds(office.regulations)):
            raise Failure(f"{kind}: {', '.join(known)}", Exit.USAGE)

        def enter(desk: Desk) -> int | Refused:
            look = desk.look()
            return tariffs.not_theirs(look) or tariffs.enter(entry, look.signer, look.now)

        told = f"+ {kind} {days or '-'} {rupiah(amount)} {since} .. {until or ''} ({basis})"
        number = by_officer(office, login, [told], Asked(yes, dry_run, json), enter)
    _finish(number, as_json=json)


@app.command()
def release(
    tariff_id: Annotated[int, typer.Argument()],
    login: Login,
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Release a row that another person entered."""
    with opened(config) as office:

        def put_in_force(desk: Desk) -> int | Refused:
            look = desk.look()
            return tariffs.not_theirs(look) or tariffs.release(tariff_id, look.signer, look.now)

        with office.store.reading():
            told = _told(tariff_id)
        number = by_officer(office, login, told, Asked(yes, dry_run, json), put_in_force)
    for line in told:
        if line.startswith("!"):
            tell(line)
    _finish(number, as_json=json)


def _told(tariff_id: int) -> list[str]:
    """What releasing a row would put in force and end. Within a unit of work."""
    row = Tariff.get_or_none(Tariff.id == tariff_id)
    if row is None:
        return []
    last, ends = row.valid_until or "", row.valid_from - ONE_DAY
    lines = [f"+ {row.id} {row.kind} {row.days or '-'} {rupiah(row.amount)} {row.valid_from} .. {last}"]
    lines += [f"- {other.id} {rupiah(other.amount)} .. {ends}" for other in tariffs.ended_by(row)]
    gap = tariffs.gap_after(row)
    return lines if gap is None else [*lines, f"! {gap}: tidak ada tarif / no tariff: kiosk tariff add"]


def _finish(result: Any, *, as_json: bool) -> None:
    answer({"id": result, "at": clock.now().isoformat()}, as_json=as_json, lines=[f"tariff {result}: ok"])
