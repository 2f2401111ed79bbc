"""`kiosk watchlist`: the cekal list, imported, compared, asked, and its answers explained."""

import getpass
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from kiosk import audit, clock
from kiosk.cli.changing import Asked, DryRun, Yes
from kiosk.cli.common import MAINTAINER, Config, Exit, Failure, Json, answer, opened, refuse, tell, words_of
from kiosk.cli.explained import document_of, lines_of
from kiosk.office import Office
from kiosk.refusals import Code, Refused, refused
from kiosk.screening.acceptance import Accepted, reasons_counted
from kiosk.screening.engine import Screener
from kiosk.screening.lines import screen_lines
from kiosk.screening.reading import ReadList
from kiosk.screening.scoring import coefficients
from kiosk.screening.versions import Difference
from kiosk.screening_again import AskedAgain, ask_again, left_to_ask
from kiosk.screening_explain import explain
from kiosk.screening_files import ListFilesBroken
from kiosk.screening_import import import_list, preview
from kiosk.screening_lists import Current, changes, current, versions
from kiosk.screening_records import scorer_name
from kiosk.words import Language, Words

app = typer.Typer(no_args_is_help=True, help="The cekal list.")
PROBLEMS_SHOWN = 50
IDS_SHOWN = 20


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="JSON lines, or CSV by its name. FILE.sig beside it is its signature.")],
    version: Annotated[str, typer.Option(help="The list's own name for this version.")],
    listed_on: Annotated[str, typer.Option("--date", help="YYYY-MM-DD: the day the list was made.")],
    source: Annotated[str, typer.Option(help="Who made it.")] = "",
    accept_lost: Annotated[bool, typer.Option("--accept-lost", help="Even with many or doubtful rows lost.")] = False,
    accept_size: Annotated[bool, typer.Option("--accept-size", help="Even if far from the last one's size.")] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Import a list, make it the active one, and ask it about the open cases. Broken rows are reported and left out."""
    try:
        made_on = date.fromisoformat(listed_on)
    except ValueError:
        raise Failure("--date YYYY-MM-DD", Exit.USAGE) from None
    with opened(config) as office:
        _agree_to_import(office, file, version, Accepted(accept_lost, accept_size), Asked(yes, dry_run, json))
        done = import_list(
            office.store,
            office.settings,
            file,
            version=version,
            listed_on=made_on,
            source=source,
            operator=_operator(),
            now=clock.now(),
            accepted=Accepted(accept_lost, accept_size),
            report=lambda read: _report(file, read),
        )
        if isinstance(done, Refused):
            raise refuse(done)
        asked = _ask_again(office)
    document = {
        "version": done.version,
        "entries": done.entries,
        "rows": done.rows,
        "hash": done.hash,
        "signed": done.signed,
        "problems": [{"line": problem.line, "reason": str(problem.reason)} for problem in done.problems],
        "open_cases": _asked_document(asked),
    }
    lines = [f"{done.version}: {done.entries} entries, {len(done.problems)} problems", _asked_line(asked)]
    answer(document, as_json=json, lines=lines)


def _agree_to_import(office: Office, file: Path, version: str, accepted: Accepted, asked: Asked) -> None:
    """What the list would add, change and remove is said first; that its rules refuse it, too."""
    if asked.yes and not asked.dry_run:
        return
    try:
        found = preview(office.store, office.settings, file)
    except ListFilesBroken:
        raise refuse(refused(Code.WATCHLIST_UNREADABLE)) from None
    if isinstance(found, Refused):
        raise refuse(found)
    if found.refused is not None and accepted == Accepted():
        raise refuse(found.refused)
    asked.agree([f"{found.active or '-'} -> {version}", *difference_lines(found.difference)])


@app.command()
def rescreen(
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Ask the active list about the open cases that were last asked of another one: what a broken-off import left."""
    with opened(config) as office:
        left = left_to_ask(office.store, office.kit, clock.now())
        Asked(yes, dry_run, json).agree([f"{left} berkas terbuka / open cases"])
        asked = _ask_again(office)
        _audited(office, "watchlist_rescreened", _asked_document(asked))
    answer(_asked_document(asked), as_json=json, lines=[_asked_line(asked)])


def _ask_again(office: Office) -> AskedAgain:
    asked = ask_again(office.store, office.kit, clock.now())
    if isinstance(asked, Refused):
        raise refuse(asked)
    return asked


def ask_again_lines(office: Office) -> tuple[dict[str, int], list[str]]:
    """Ask the active list about the open cases: what became of them. Raises Failure."""
    asked = _ask_again(office)
    return _asked_document(asked), [_asked_line(asked)]


def _asked_document(asked: AskedAgain) -> dict[str, int]:
    return {"asked": asked.asked, "held": asked.held, "waiting": asked.waiting, "left": asked.left}


def _asked_line(asked: AskedAgain) -> str:
    line = f"open cases: {asked.asked} asked, {asked.held} held, {asked.waiting} held already with a new hit"
    return line + (f", {asked.left} left: kiosk watchlist rescreen" if asked.left else "")


def _operator() -> str:
    """Who runs the command, on this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "cli"


def _report(file: Path, read: ReadList) -> None:
    """The rows that were left out or remarked, on standard error."""
    for problem in read.problems[:PROBLEMS_SHOWN]:
        tell(f"{file}:{problem.line}: {problem.reason}{f' ({problem.field})' if problem.field else ''}")
    if len(read.problems) > PROBLEMS_SHOWN:
        tell(f"... {len(read.problems)}: {', '.join(f'{k} {n}' for k, n in reasons_counted(read).items())}")


@app.command("list")
def list_(config: Config = None, json: Json = False) -> None:
    """The imported versions, the active one marked."""
    with opened(config) as office:
        found = versions(office.store, clock.office_day(clock.now()))
    rows = [
        {
            "version": listed.version,
            "date": listed.listed_on.isoformat(),
            "age_days": listed.age_days,
            "source": listed.source,
            "entries": listed.entries,
            "hash": listed.hash,
            "operator": listed.operator,
            "active": active,
        }
        for listed, active in found
    ]
    lines = [
        f"{'*' if r['active'] else ' '} {r['version']:<24} {r['date']} {r['entries']:>9} {r['source']}" for r in rows
    ]
    answer(rows, as_json=json, lines=lines)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="A version; alone: a file, held against the active list.")],
    after: Annotated[str, typer.Argument(metavar="[B]", help="A version.")] = "",
    config: Config = None,
    json: Json = False,
) -> None:
    """What version B added, changed and removed against A; or what importing the file A would."""
    with opened(config) as office:
        try:
            document, lines = _between(office, before, after) if after else _previewed(office, Path(before))
        except ListFilesBroken:
            raise refuse(refused(Code.WATCHLIST_UNREADABLE)) from None
    answer(document, as_json=json, lines=lines)


def _between(office: Office, before: str, after: str) -> tuple[dict[str, Any], list[str]]:
    hashes = {listed.version: listed.hash for listed, _ in versions(office.store, clock.office_day(clock.now()))}
    for version in (before, after):
        if version not in hashes:
            raise Failure(f"{version}: tidak ditemukan / not found (kiosk watchlist list)", Exit.REFUSED)
    found = changes(office.settings, hashes[before], hashes[after])
    return {"before": before, "after": after, **_difference(found)}, difference_lines(found)


def _previewed(office: Office, file: Path) -> tuple[dict[str, Any], list[str]]:
    found = preview(office.store, office.settings, file)
    if isinstance(found, Refused):
        raise refuse(found)
    _report(file, found.read)
    document = {
        "before": found.active or None,
        "after": None,
        **_difference(found.difference),
        "rows": found.read.rows,
        "lost": found.read.lost,
        "signed": found.signed,
        "refused": str(found.refused.first.code) if found.refused else None,
    }
    lines = difference_lines(found.difference)
    return document, lines + (words_of(found.refused.first).splitlines() if found.refused else [])


def _difference(found: Difference) -> dict[str, Any]:
    kinds = {"added": found.added, "changed": found.changed, "removed": found.removed}
    return {**kinds, "counts": {kind: len(ids) for kind, ids in kinds.items()}}


def difference_lines(found: Difference) -> list[str]:
    """What a list adds, changes and removes, by ids."""
    lines = []
    for sign, kind, ids in (
        ("+", "added", found.added),
        ("~", "changed", found.changed),
        ("-", "removed", found.removed),
    ):
        lines += [f"{kind}: {len(ids)}", *(f"  {sign} {entry}" for entry in ids[:IDS_SHOWN])]
        lines += [f"  ... {len(ids) - IDS_SHOWN} (--json)"] if len(ids) > IDS_SHOWN else []
    return lines


@app.command()
def screen(
    floor: Annotated[float | None, typer.Option(help="Lower the cut to this log-odds score.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Candidates an answer holds at most.")] = 20,
    config: Config = None,
) -> None:
    """Answer queries (JSON lines on standard input) one line each, in order, as they come."""
    with opened(config) as office:
        today = clock.office_day(clock.now())
        with office.store.reading():
            found = current(office.kit, today)
        screener = found.screener if isinstance(found, Current) else Screener(None, today=today)
        version = screener.index.version if screener.index else None
        data = {"list": version.hash if version else "", "scorer": scorer_name(coefficients())}
        _audited(office, "watchlist_asked", data)
        counts: Counter[str] = Counter()
        screen_lines(screener, sys.stdin, sys.stdout, floor, limit, counts=counts)
        _audited(office, "watchlist_answered", data | {"verdicts": dict(sorted(counts.items()))})


def _audited(office: Office, action: str, data: dict[str, Any]) -> None:
    with office.store.writing():
        audit.append(clock.now(), MAINTAINER, action, "watchlist", data)


@app.command("explain")
def explain_(
    number: Annotated[str, typer.Argument(metavar="CASE", help="Application, passport, register or receipt number.")],
    config: Config = None,
    json: Json = False,
) -> None:
    """Every answer and decision about a case, asked again and compared byte for byte, with why it matched in words.

    Exit code 1 where a record is not reproduced.
    """
    from kiosk.cases import reading

    with opened(config) as office:
        cases = reading.search(office.store, number, limit=1)
        if not cases:
            raise Failure(f"{number}: tidak ditemukan / not found", Exit.REFUSED)
        found = explain(office.store, office.kit, cases[0].case_id, MAINTAINER, clock.now())
        if isinstance(found, Refused):
            raise refuse(found)
        words = Words(Language(office.settings.language))
    document = document_of(cases[0].application_no, found, words)
    answer(document, as_json=json, lines=lines_of(cases[0].application_no, found, words))
    if not document["reproduced"]:
        raise typer.Exit(Exit.REFUSED)
