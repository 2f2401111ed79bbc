"""`kiosk privacy`: what is held about an applicant, the events of an incident, erasing electronic copies."""

import hashlib
import json as json_
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from db.tables import Case, Officer
from kiosk import audit, clock, privacy
from kiosk.cli.changing import Asked, DryRun, Yes, done, judged, rehearsed
from kiosk.cli.common import MAINTAINER, Config, Exit, Failure, Json, answer, opened
from kiosk.cli.people import desk_of, read_pin, stand_in, stand_in_witness
from kiosk.clock import office_day
from kiosk.desk import Desk
from kiosk.formats import numeric_date
from kiosk.office import Office
from kiosk.people.model import Witness
from kiosk.records import plain
from kiosk.refusals import Refused
from kiosk.words import Language, Words

app = typer.Typer(no_args_is_help=True, help="Personal data (UU 27/2022).")
Number = Annotated[str, typer.Argument(help="Application number.")]
Login = Annotated[str, typer.Option(help="Login of the officer; the PIN is read from standard input.")]


@app.command()
def sheet(number: Number, login: Login, config: Config = None, json: Json = False) -> None:
    """What the office holds about the applicant of a case, in both languages, to print and hand out."""
    with opened(config) as office:
        desk = desk_of(office, login)
        case = _case(office, number)
        desk.reads.case(desk.look(), case.id, "sheet")
        with office.store.reading():
            found = privacy.sheet(case)
        name = office.settings.office.name
        desk.sign_out()
    lines = [line for language in Language for line in (*_lines(Words(language), found, name), "")]
    answer(plain(found), as_json=json, lines=lines[:-1])


def _lines(words: Words, found: privacy.Sheet, office: str) -> list[str]:
    kept = "privacy.until.open" if found.paper_until is None else "privacy.until.day"
    lines = [words.say("privacy.title", number=found.application_no), words.say("privacy.controller", office=office)]
    for held in found.held:
        until = words.say(kept, day="" if found.paper_until is None else numeric_date(found.paper_until))
        if held.erased_at is not None:
            until = words.say("privacy.until.erased", day=numeric_date(office_day(held.erased_at)))
        what, since = words.say(f"privacy.what.{held.what}"), numeric_date(office_day(held.since))
        lines.append("- " + words.say("privacy.held", what=what, count=held.count, since=since, until=until))
    if found.last_read is None:
        lines.append(words.say("privacy.never_read"))
    else:
        at = numeric_date(office_day(found.last_read))
        lines.append(words.say("privacy.reads", count=found.reads, at=at))
    return [*lines, words.say("privacy.rights"), words.say("privacy.excepted")]


@app.command()
def incident(
    to: Annotated[Path, typer.Option("--to", help="File to write, mode 0600; one JSON line for each event.")],
    first: Annotated[str, typer.Option("--from", help="YYYY-MM-DD, the first day (WIB).")],
    last: Annotated[str, typer.Option("--until", help="YYYY-MM-DD, the last day (WIB).")],
    case: Annotated[str, typer.Option(help="Only this application number; searches that found it included.")] = "",
    officer: Annotated[str, typer.Option(help="Only this login.")] = "",
    terminal: Annotated[str, typer.Option(help="Only this terminal.")] = "",
    action: Annotated[str, typer.Option(help="Only actions that begin so: read_, complete ...")] = "",
    config: Config = None,
    json: Json = False,
) -> None:
    """The audit events of an incident: ids and codes, no names, each with its place and hash in the chain."""
    days = _day(first), _day(last)
    with opened(config) as office:
        case_id = _case(office, case).id if case else None
        who = _officer(office, officer) if officer else None
        narrowed = {"case": case_id, "officer": who, "by_terminal": bool(terminal), "by_action": bool(action)}
        try:
            with office.store.reading():
                count, digest = _written(
                    to, privacy.incident(*days, case_id=case_id, officer=who, terminal=terminal, action=action)
                )
        except OSError as error:
            raise Failure(f"{to}: {error.strerror}", Exit.ENVIRONMENT) from None
        data = {"from": first, "until": last, "events": count, "sha256": digest, **narrowed}
        try:
            done(office.store, lambda: _note(data))
        except BaseException:
            to.unlink(missing_ok=True)  # what can't be recorded does not leave the office
            raise
    document = {"events": count, "file": str(to), "sha256": digest}
    answer(document, as_json=json, lines=[f"{count} events: {to}", f"SHA-256 {digest}"])


def _written(to: Path, events: Iterable[dict[str, Any]]) -> tuple[int, str]:
    """How many events, and the file's SHA-256. Raises OSError; a file that is there already stays as it is."""
    count, digest = 0, hashlib.sha256()
    with open(to, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        for event in events:
            line = (json_.dumps(event, ensure_ascii=True, sort_keys=True) + "\n").encode()
            digest.update(line)
            file.write(line)
            count += 1
    return count, digest.hexdigest()


def _note(data: dict[str, Any]) -> None:
    audit.append(clock.now(), MAINTAINER, "incident_exported", "", data)


@app.command()
def erase(
    number: Number,
    login: Login,
    second: Annotated[str, typer.Option(help="Login of the second person; the PIN is the next line.")],
    reason: Annotated[str, typer.Option(help="Why, with the number of the minutes.")],
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Erase scans, portrait and prints of a case whose paper file was destroyed: its key is destroyed, for good."""
    with opened(config) as office:
        case, asked = _case(office, number), Asked(yes, dry_run, json)
        with office.store.reading():
            going = [held for held in privacy.sheet(case).held if held.what in {"scan", "portrait", "finger", "stamp"}]

        def erased(desk: Desk, witness: Witness) -> bool | Refused:
            return privacy.erase(desk, case.id, reason=reason, key=f"erase:{case.id}", witness=witness)

        def rehearse() -> bool | Refused:
            return erased(stand_in(office, login), stand_in_witness(office, second))

        events = [] if yes and not dry_run else rehearsed(office.store, rehearse)
        told = [f"- {number}: {held.what} {held.count}" for held in going]
        asked.agree(told, events, would_erase=plain(going))
        desk = desk_of(office, login)
        judged(erased(desk, judged(desk.witness(second, read_pin()))))
        desk.sign_out()
    answer({"erased": plain(going)}, as_json=json, lines=[f"{number}: dihapus / erased"])


def _case(office: Office, number: str) -> Case:
    with office.store.reading():
        row: Case | None = Case.get_or_none(Case.application_no == number.strip().upper())
    if row is None:
        raise Failure(f"{number}: tidak ditemukan / not found", Exit.REFUSED)
    return row


def _officer(office: Office, login: str) -> int:
    with office.store.reading():
        row: Officer | None = Officer.get_or_none(Officer.login == login.strip().lower())
    if row is None:
        raise Failure(f"{login}: tidak ada / no such officer", Exit.REFUSED)
    return int(row.id)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Failure(f"{text}: YYYY-MM-DD", Exit.USAGE) from None
