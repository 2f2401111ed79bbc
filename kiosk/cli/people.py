"""`kiosk officer`: accounts, PINs, duties."""

import secrets
import sys
from collections.abc import Callable
from datetime import date
from getpass import getpass
from typing import Annotated, Any

import typer

from db.tables import Delegation, Duty, Officer, Person
from kiosk import clock
from kiosk.cli import badges
from kiosk.cli.changing import Asked, DryRun, Yes, changed, done, judged, rehearsed
from kiosk.cli.common import MAINTAINER, Config, Exit, Failure, Json, answer, opened, refuse
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.people import officers
from kiosk.people.model import OFFICE_HEAD, Witness
from kiosk.people.on_duty import staffing_on
from kiosk.people.sign_in import officer_at, weak
from kiosk.refusals import Refused

app = typer.Typer(no_args_is_help=True, help="Officers.")
badges.add_to(app)

Login = Annotated[str, typer.Argument(help="The officer's login.")]


def read_pin() -> str:
    """A PIN from the first line of standard input, or asked twice at a terminal; never from the command line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    first, second = getpass("PIN: "), getpass("PIN: ")
    if first != second:
        raise Failure("PIN tidak sama / the PINs differ", Exit.REFUSED)
    return first


def desk_of(office: Office, login: str) -> Desk:
    """The desk of the officer `login`, the PIN read from standard input. Raises Failure."""
    desk = office.sign_in(login, read_pin())
    if isinstance(desk, Refused):
        raise refuse(desk)
    return desk


def stand_in(office: Office, login: str) -> Desk:
    """The desk of an officer for a rehearsal, where nobody signs in. Within a unit of work. Raises Failure."""
    row = officer_named(login)
    return Desk(office, officer_at(row, clock.office_day(clock.now())), 0)


def stand_in_witness(office: Office, login: str) -> Witness:
    """The second person of a rehearsal. Within a unit of work. Raises Failure."""
    officer = stand_in(office, login).officer
    return Witness(officer.id, officer.person_id, officer.name, officer.units, tuple(d.role for d in officer.duties))


def by_officer(
    office: Office, login: str, told: list[str], asked: Asked, act: Callable[[Desk], Any], *, inside: bool = True
) -> Any:
    """What `act` returns at the desk of `login`, once it is agreed and the PIN is right. Raises Failure, typer.Exit.

    `inside`: it needs a unit of work; a service has its own.
    """
    with office.store.rehearsing():
        told = [*told, f"  {stand_in(office, login).officer.name}"]
    rehearse = asked.dry_run or not asked.yes
    asked.agree(told, rehearsed(office.store, lambda: act(stand_in(office, login))) if rehearse else [])
    desk = desk_of(office, login)
    try:
        return done(office.store, lambda: act(desk)) if inside else judged(act(desk))
    finally:
        desk.sign_out()


@app.command("list")
def list_(config: Config = None, json: Json = False) -> None:
    """Every account with its duties of today."""
    today = clock.office_day(clock.now())
    with opened(config) as office, office.store.reading():
        rows = [_row(row, today) for row in Officer.select(Officer, Person).join(Person).order_by(Officer.login)]
    lines = [
        f"{r['login']:<12} {r['name']:<28} {'aktif' if r['active'] else 'tidak aktif':<12} {' '.join(r['duties'])}"
        for r in rows
    ]
    answer(rows, as_json=json, lines=lines)


def _row(row: Officer, today: date) -> dict[str, Any]:
    valid = (Duty.valid_from <= today) & (Duty.valid_until.is_null() | (Duty.valid_until >= today))
    duties = Duty.select().where((Duty.officer == row.id) & valid).order_by(Duty.id)
    delegations = Delegation.select().where((Delegation.officer == row.id) & Delegation.revoked_at.is_null())
    return {
        "login": row.login,
        "name": row.person.name,
        "staff_no": row.person.staff_no,
        "active": row.active,
        "locked_until": None if row.locked_until is None else row.locked_until.isoformat(),
        "duties": [f"{duty.unit}/{duty.role}" for duty in duties],
        "delegations": [f"{d.kind} {d.basis} {d.valid_from}..{d.valid_until}" for d in delegations],
    }


@app.command()
def add(
    login: Login,
    name: Annotated[str, typer.Option(help="Name as on papers.")],
    duty: Annotated[list[str], typer.Option(help="UNIT/role; may be given several times.")],
    staff_no: Annotated[str, typer.Option(help="NIP, 18 digits; the same NIP is the same person.")] = "",
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """A new account. The PIN is read from standard input."""
    with opened(config) as office:
        duties = tuple(_duty(office.procedure, text) for text in duty)
        now = clock.now()

        def enter(pin: str) -> int | Refused:
            return officers.add(
                login=login,
                name=name,
                staff_no=staff_no or None,
                pin=pin,
                duties=duties,
                now=now,
                signer=MAINTAINER,
                since=clock.office_day(now),
            )

        asked = Asked(yes, dry_run, json)
        events = [] if yes and not dry_run else rehearsed(office.store, lambda: enter(_generated()))
        asked.agree([f"+ {login}: {name} {staff_no} {' '.join(duty)}"], events)
        pin = read_pin()
        added = done(office.store, lambda: enter(pin))
    _finish(added, login, as_json=json)


def _duty(procedure: Any, text: str) -> tuple[str, str]:
    unit, _, role = text.partition("/")
    units = {unit.code for unit in procedure.units} | {OFFICE_HEAD}
    if unit not in units or role not in {role.code for role in procedure.roles}:
        raise Failure(f"{text}: UNIT/role; {', '.join(sorted(units))}", Exit.USAGE)
    return unit, role


@app.command()
def disable(
    login: Login,
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Close an account; its history stays."""
    with opened(config) as office:
        ended = changed(
            office.store,
            [f"- {login}"],
            Asked(yes, dry_run, json),
            lambda: officers.disable(login, now=clock.now(), signer=MAINTAINER),
        )
    _finish(ended, login, as_json=json)


@app.command()
def pin(
    login: Login,
    generate: Annotated[bool, typer.Option("--generate", help="Make a PIN and print it once.")] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """A new PIN (read from standard input); a lock-out ends."""
    with opened(config) as office:

        def set_to(text: str) -> int | Refused:
            return officers.set_pin(login, text, now=clock.now(), signer=MAINTAINER)

        events = [] if yes and not dry_run else rehearsed(office.store, lambda: set_to(_generated()))
        Asked(yes, dry_run, json).agree([f"{login}: PIN baru / new PIN"], events)
        chosen = _generated() if generate else read_pin()
        given = done(office.store, lambda: set_to(chosen))
    _finish(given, login, as_json=json, pin=chosen if generate else None)


def _generated() -> str:
    while weak(made := f"{secrets.randbelow(1_000_000):06d}"):
        continue
    return made


@app.command()
def delegate(
    login: Login,
    basis: Annotated[str, typer.Option(help="Number of the decision (SK).")],
    valid_from: Annotated[str, typer.Option(help="YYYY-MM-DD")],
    valid_until: Annotated[str, typer.Option(help="YYYY-MM-DD")],
    kind: Annotated[str, typer.Option(help="plh, plt or delegate")] = "plh",
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Give an officer the Kakanim's authority to endorse, for a time."""
    first, last = _day(valid_from), _day(valid_until)
    if kind not in ("plh", "plt", "delegate") or first is None or last is None or last < first:
        raise Failure("plh | plt | delegate; valid_from <= valid_until", Exit.USAGE)

    def give() -> int:
        now, officer = clock.now(), officer_named(login).id
        return officers.delegate(
            officer, kind=kind, basis=basis, valid_from=first, valid_until=last, now=now, signer=MAINTAINER
        )

    with opened(config) as office:
        told = f"+ {login}: {kind} {first} .. {last} ({basis})"
        given = changed(office.store, [told], Asked(yes, dry_run, json), give)
    _finish(given, login, as_json=json)


@app.command()
def revoke(
    login: Login,
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """End an officer's delegations now; what was signed under them stays."""

    def end() -> int:
        ended = officers.revoke(officer_named(login).id, now=clock.now(), signer=MAINTAINER)
        if not ended:
            raise Failure(f"{login}: tidak ada pelimpahan / no delegation", Exit.REFUSED)
        return ended

    with opened(config) as office:
        told = f"- {login}: pelimpahan / delegations"
        ended = changed(office.store, [told], Asked(yes, dry_run, json), end)
    _finish(ended, login, as_json=json)


@app.command()
def duty(
    login: Login,
    what: Annotated[str, typer.Argument(help="UNIT/role")],
    valid_from: Annotated[str, typer.Option("--from", help="YYYY-MM-DD, else today.")] = "",
    valid_until: Annotated[str, typer.Option("--until", help="YYYY-MM-DD, its last day.")] = "",
    end: Annotated[bool, typer.Option("--end", help="End the duty with --until, else with today.")] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Give an officer a dated duty, or end one. It counts from the officer's next sign-in."""
    today = clock.office_day(clock.now())
    first, last = _day(valid_from) or today, _day(valid_until)
    if last is not None and last < first and not end:
        raise Failure("--from <= --until", Exit.USAGE)
    with opened(config) as office:
        unit, role = _duty(office.procedure, what)

        def change() -> int:
            officer, now = officer_named(login).id, clock.now()
            if not end:
                return officers.grant(
                    officer, unit, role, valid_from=first, valid_until=last, now=now, signer=MAINTAINER
                )
            ended = officers.end_duty(officer, unit, role, last_day=last or today, now=now, signer=MAINTAINER)
            if not ended:
                raise Failure(f"{login}: {what} tidak dipegang / not held", Exit.REFUSED)
            return ended

        told = f"- {login}: {what} .. {last or today}" if end else f"+ {login}: {what} {first} .. {last or ''}"
        result = changed(office.store, [told], Asked(yes, dry_run, json), change)
    _finish(result, login, as_json=json)


@app.command("staffing")
def staffing_(
    on: Annotated[str, typer.Option("--on", help="YYYY-MM-DD, else today.")] = "",
    signed_in: Annotated[bool, typer.Option("--signed-in", help="Only who is signed in now.")] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Whether the people on duty can finish a case, separation of duty kept. Exit code 1 where they can't."""
    day = _day(on) or clock.office_day(clock.now())
    with opened(config) as office:
        found = staffing_on(office.store, office.procedure, day, signed_in=signed_in)
    lines = [f"tidak ada petugas / nobody: {step}" for step in found.unstaffed]
    lines += [f"satu orang saja / one person only: {first} - {second}" for first, second in found.one_person]
    document = {"enough": found.enough, "unstaffed": found.unstaffed, "one_person": found.one_person}
    answer(document, as_json=json, lines=lines or ["cukup / enough"])
    raise typer.Exit(Exit.DONE if found.enough else Exit.REFUSED)


def officer_named(login: str) -> Officer:
    """The account of `login`. Within a unit of work. Raises Failure."""
    row: Officer | None = Officer.get_or_none(Officer.login == login.strip().lower())
    if row is None:
        raise Failure(f"{login}: tidak ada / no such officer", Exit.REFUSED)
    return row


def _day(text: str) -> date | None:
    """A day, None where none is given. Raises Failure."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Failure(f"{text}: YYYY-MM-DD", Exit.USAGE) from None


def _finish(result: Any, login: str, *, as_json: bool, pin: str | None = None) -> None:
    document = {"login": login, "id": result, **({"pin": pin} if pin else {})}
    answer(document, as_json=as_json, lines=[f"{login}: {pin or 'ok'}"])
