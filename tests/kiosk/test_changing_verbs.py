"""Every maintainer's verb that changes something says it first, changes nothing in a dry run, and leaves an event."""

import hashlib
import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
import typer

from db import schema
from db.connection import Store
from db.tables import MODELS, ArchiveRecord, AuditEvent, Case, Receipt, Terminal
from kiosk import backup, clock
from kiosk.cli import build, main
from kiosk.demo.officers import OFFICERS
from kiosk.office import Office
from kiosk.refusals import Refused
from kiosk.settings import Settings, load
from tests import builders, databases
from tests.conftest import Desks

TODAY = clock.office_day(clock.now())
PINS = {person.login: person.pin for person in OFFICERS}
READING = {
    "run", "demo", "pickup", "serve", "board", "simulate", "doctor", "backup",
    "sop show", "sop check", "case list", "case show", "document list", "document export", "officer list",
    "officer staffing", "tariff list", "receipt verify", "receipt list", "receipt jobs", "key export", "key list",
    "audit verify", "device list", "device test", "device monitor", "device files", "watchlist list", "watchlist diff",
    "watchlist screen", "watchlist explain", "report shift", "report bku", "report lpj", "report reconcile",
    "report flow", "report prediction", "privacy sheet",
    "privacy incident", "national lists", "national status",
}  # fmt: skip
"""Verbs that change nothing in an office but what they themselves open; `backup` and `privacy incident` write beside
it, and that they did into it (tests/kiosk/test_copies_noted.py)."""
ELSEWHERE = {
    "national publish", "national listen", "national take", "national found", "national join", "national leave",
    "national copy-again", "national send",
    "terminal invite", "terminal join",
}  # fmt: skip
"""Verbs that need a server, or several: tests/kiosk/test_national.py, test_joining.py."""


@dataclass(frozen=True, slots=True)
class Verb:
    """What is typed after the verb, what makes it possible before, its standard input, and the event it leaves."""

    arguments: tuple[object, ...]
    event: str
    pins: tuple[str, ...] = ()
    before: Callable[[Settings, Path], tuple[object, ...]] = lambda settings, folder: ()
    """Gives more arguments."""


def at_desk(settings: Settings, work: Callable[[Office, Desks], Any]) -> Any:
    with Office.open(settings, devices=False) as office:
        office.store.database.bind(list(MODELS))
        return work(office, Desks(office))


def called(settings: Settings, *arguments: object, pins: tuple[str, ...] = ()) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["kiosk", *map(str, arguments), "--config", str(settings.path("kiosk.toml"))])
        patch.setattr(sys, "stdin", io.StringIO("".join(f"{PINS.get(login, login)}\n" for login in pins)))
        with pytest.raises(SystemExit) as ended:
            main()
    assert not ended.value.code


def a_delegation(settings: Settings, folder: Path) -> tuple[object, ...]:
    called(settings, "officer", "delegate", "--yes", "hendra", *SPAN, "--basis", "SK-1")
    return ()


def a_tariff(settings: Settings, folder: Path) -> tuple[object, ...]:
    called(settings, "tariff", "add", "--yes", *TARIFF, "--login", "ratna", pins=("ratna",))
    return (newest(settings, "tariff_entered"),)


def a_key(settings: Settings, folder: Path) -> tuple[object, ...]:
    called(settings, "key", "new", "--yes", "loket-1")
    return ()


def a_receipt(settings: Settings, folder: Path) -> tuple[object, ...]:
    def work(office: Office, desks: Desks) -> str:
        given = builders.given_intake()
        assert not isinstance(desks["sri"].steps.intake.complete(None, given, key="k"), Refused)
        with office.store.reading():
            return str(Receipt.select().get().number)

    return (at_desk(settings, work),)


def a_destroyed_file(settings: Settings, folder: Path) -> tuple[object, ...]:
    def work(office: Office, desks: Desks) -> str:
        case_id = builders.case_at_scanning(office, desks)
        desks["budi"].captures.store(case_id, "scanning", "passport", [builders.PAGE])
        sri, eko = desks["sri"].officer.id, desks["eko"].officer.id
        with office.store.writing():
            ArchiveRecord.create(
                case=case_id, list_no="D-1", location="L1-R1-B1", pages=2, retention_until=TODAY - timedelta(days=1),
                handed_by=sri, received_by=eko, received_at=clock.now(), disposal="destroyed", minutes_no="BA-1",
                approval_no="A-1", disposed_at=clock.now(),
            )  # fmt: skip
            return str(Case.get_by_id(case_id).application_no)

    return (at_desk(settings, work),)


def a_list(settings: Settings, folder: Path) -> tuple[object, ...]:
    return (builders.list_file(folder / "l.jsonl", [{"id": "a-1", "names": [{"name": "PERSON LISTED"}]}]),)


def a_taken_list(settings: Settings, folder: Path) -> tuple[object, ...]:
    called(settings, "watchlist", "import", "--yes", *a_list(settings, folder), "--version", "v", "--date", TODAY)
    return ()


def an_older_schema(settings: Settings, folder: Path) -> tuple[object, ...]:
    store = Store(settings.database_url)
    schema.roll_back(store)
    store.close()
    return ()


def a_picture(settings: Settings, folder: Path) -> tuple[object, ...]:
    return ("--out", folder / "badge.png")


SPAN = ("--valid-from", TODAY, "--valid-until", TODAY + timedelta(days=3))
TARIFF = ("itk", 1000001, "--days", 30, "--valid-from", "2031-01-01", "--basis", "PP 1/2031")
REASON = ("--reason", "alasan yang cukup panjang")
CHANGING = {
    "officer add": Verb(("rudi", "--name", "Rudi", "--duty", "LALINTUSKIM/counter"), "officer_added", ("918273",)),
    "officer disable": Verb(("sri",), "officer_disabled"),
    "officer pin": Verb(("sri", "--generate"), "officer_pin_set"),
    "officer duty": Verb(("hendra", "BENDAHARA/treasurer"), "duty_given"),
    "officer delegate": Verb(("hendra", *SPAN, "--basis", "SK-1"), "delegation_given"),
    "officer badge": Verb(("sri",), "badge_issued", before=a_picture),
    "officer revoke": Verb(("hendra",), "delegation_revoked", before=a_delegation),
    "tariff add": Verb((*TARIFF, "--login", "ratna"), "tariff_entered", ("ratna",)),
    "tariff release": Verb(("--login", "tuti"), "tariff_released", ("tuti",), a_tariff),
    "key new": Verb(("loket-9",), "key_made"),
    "key approve": Verb((2, "--login", "tuti"), "key_approved", ("tuti",), a_key),
    "key revoke": Verb((1, *REASON), "key_revoked"),
    "key rotate-vault": Verb((), "vault_key_current"),
    "watchlist import": Verb(("--version", "v", "--date", TODAY), "watchlist_imported", before=a_list),
    "watchlist rescreen": Verb((), "watchlist_rescreened", before=a_taken_list),
    "receipt reprint": Verb((*REASON, "--login", "agus"), "paper_reprinted", ("agus",), a_receipt),
    "privacy erase": Verb((*REASON, "--login", "eko", "--second", "made"), "record", ("eko", "made"), a_destroyed_file),
    "audit clock": Verb((*REASON, "--login", "eko", "--second", "made"), "clock_accepted", ("eko", "made")),
    "migrate": Verb((), "schema_migrated", before=an_older_schema),
}
NEW_PLACE = {"init", "restore", "db move", "terminal join"}
"""Verbs that make an office in another place: tested below."""


def leaves() -> dict[str, click.Command]:
    found = {}

    def walk(group: Any, path: tuple[str, ...]) -> None:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                walk(command, (*path, name))
            else:
                found[" ".join((*path, name))] = command

    walk(typer.main.get_command(build()), ())
    return found


def test_every_verb_is_known_to_read_or_to_change_and_those_that_change_ask() -> None:
    verbs = leaves()
    changing = set(CHANGING) | NEW_PLACE | ELSEWHERE
    assert set(verbs) == READING | changing
    for name in changing:
        options = {option for parameter in verbs[name].params for option in parameter.opts}
        assert {"--yes", "--dry-run"} <= options, name


def everything(settings: Settings) -> dict[str, Any]:
    """All rows but when terminals were last seen, and the office's files but the database and logs."""
    store = Store(settings.database_url)
    tables = set(store.database.get_tables())
    with store.reading():
        rows: dict[str, Any] = {
            model._meta.table_name: list(model.select().tuples())
            for model in MODELS
            if model is not Terminal and model._meta.table_name in tables
        }
    store.close()
    for path in sorted(Path(settings.folder).rglob("*")):
        if path.is_file() and not path.name.startswith("office.db") and "log" not in path.parts:
            rows[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return rows


def newest(settings: Settings, action: str) -> str:
    """The subject of the newest event of this action, '' where there is none; without its kind."""
    store = Store(settings.database_url)
    with store.reading():
        events = [json.loads(row.body) for row in AuditEvent.select().order_by(AuditEvent.seq.desc())]
    store.close()
    return next((event["subject"].partition(":")[2] or "-" for event in events if event["action"] == action), "")


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def call(*arguments: object, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["kiosk", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


@pytest.mark.parametrize("name", CHANGING)
def test_a_dry_run_changes_nothing_and_the_act_leaves_an_event(
    name: str, settings: Settings, run: Run, tmp_path: Path
) -> None:
    verb = CHANGING[name]
    more = verb.before(settings, tmp_path)
    call = (*name.split(), *more, *verb.arguments, "--config", settings.path("kiosk.toml"))
    pins = "".join(f"{PINS.get(login, login)}\n" for login in verb.pins)
    before, events = everything(settings), newest(settings, verb.event)
    code, out, err = run(*call, "--dry-run", "--json")
    assert code == (1 if name == "migrate" else 0), err
    assert json.loads(out), "it says what it would change"
    assert everything(settings) == before, "and changes nothing"
    code, out, err = run(*call, stdin=pins)
    assert (code, "--yes" in err) == (2, True), "nobody to ask"
    assert everything(settings) == before
    code, _, err = run(*call, "--yes", stdin=pins)
    assert code == 0, err
    assert newest(settings, verb.event) != "", verb.event
    assert newest(settings, verb.event) != events or verb.event in {"record"}
    assert everything(settings) != before


def test_a_question_answered_with_no_changes_nothing(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    before = everything(settings)
    for answer, code in (("n\n", 1), ("y\n", 0)):
        monkeypatch.setattr(
            sys, "argv", ["kiosk", "officer", "disable", "sri", "--config", str(settings.path("kiosk.toml"))]
        )
        monkeypatch.setattr(sys, "stdin", Terminal(answer))
        with pytest.raises(SystemExit) as ended:
            main()
        assert int(ended.value.code or 0) == code
        assert "audit: officer_disabled officer:" in capsys.readouterr().err, "the question shows what it is about"
        assert (everything(settings) == before) is (code == 1)


def test_a_refusal_comes_before_the_question(settings: Settings, run: Run) -> None:
    code, _, err = run("key", "revoke", 1, "--reason", "x", "--config", settings.path("kiosk.toml"))
    assert (code, "[reason_needed]" in err) == (1, True)


def test_an_office_in_a_new_place_is_made_only_when_that_is_agreed(
    settings: Settings, run: Run, tmp_path: Path
) -> None:
    made = backup.make(settings, tmp_path / "backups", now=clock.now(), passphrase=None)
    before = everything(settings)

    def into() -> tuple[str, ...]:
        return ("--database", databases.passing_address()) if databases.SERVER else ()

    calls: dict[str, tuple[object, ...]] = {
        "init": ("init", "--dir", tmp_path / "new", *into()),
        "restore": ("restore", made.folder, "--dir", tmp_path / "again", *into()),
    }
    if settings.database_url.startswith("sqlite"):
        calls["db move"] = ("db", "move", "postgresql://nobody@/nowhere", "--config", settings.path("kiosk.toml"))
    for name, call in calls.items():
        code, out, err = run(*call, "--dry-run", "--json")
        assert (code, bool(json.loads(out)["would"])) == (0, True), err
        assert run(*call)[0] == 2, name
        assert not (tmp_path / "new").exists()
        assert not (tmp_path / "again").exists()
        assert everything(settings) == before
    for name, event in (("init", "office_founded"), ("restore", "office_restored")):
        code, _, err = run(*calls[name], "--yes")
        assert code == 0, err
        assert newest(load(Path(str(calls[name][calls[name].index("--dir") + 1])) / "kiosk.toml"), event)
