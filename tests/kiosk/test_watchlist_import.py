"""`kiosk watchlist`: what is wrong with a list that comes in is said, and the active one stays."""

import base64
import io
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from db.tables import AuditEvent
from kiosk import clock
from kiosk.cli import main
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.screening.storage import SHARED_FOLDER
from tests.builders import case_at_watchlist, pretend

Run = Callable[..., tuple[int, str, str]]
SENDER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
GOOD = [{"id": f"a-{n}", "names": [{"name": f"PERSON{n} LISTED{n}"}], "dob": [f"19{50 + n}"]} for n in range(10)]
MARINA = {"id": "a-9", "names": [{"name": "KUZNETSOVA MARINA"}], "dob": ["1988-03-14"], "countries": ["RU"]}


def lines(*rows: object) -> bytes:
    return b"".join(row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n" for row in rows)


@pytest.fixture
def run(office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `kiosk watchlist ...` in this process: (exit code, standard output, standard error)."""

    def call(*arguments: object, stdin: str = "") -> tuple[int, str, str]:
        config = office.settings.path("kiosk.toml")
        monkeypatch.setattr(sys, "argv", ["kiosk", "watchlist", *map(str, arguments), "--config", str(config)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


def today(*, ago: int = 0) -> str:
    return (clock.office_day(clock.now()) - timedelta(days=ago)).isoformat()


@pytest.fixture
def bring(run: Run, tmp_path: Path) -> Run:
    """Import a file of these bytes under this version; a signature is put beside it."""

    def call(
        version: str, content: bytes, *options: str, ago: int = 0, signature: bytes | None = None, name: str = "l.jsonl"
    ) -> tuple[int, str, str]:
        path = tmp_path / version / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        if signature is not None:
            path.with_name(f"{name}.sig").write_bytes(signature)
        return run("import", "--yes", path, "--version", version, "--date", today(ago=ago), "--json", *options)

    return call


def active(run: Run) -> str:
    _, out, _ = run("list", "--json")
    return next(str(row["version"]) for row in json.loads(out) if row["active"])


BAD: dict[str, tuple[bytes, str, dict[str, Any]]] = {
    "too many broken rows": (lines(*GOOD, b"{}\n", b"[]\n", b"no\n"), "list_rows_lost", {}),
    "an id twice": (lines(*GOOD, GOOD[3]), "list_rows_doubtful", {}),
    "two encodings": (lines(*GOOD, b'{"id": "x", "names": ["caf\xe9"]}\n'), "list_rows_doubtful", {}),
    "control characters": (lines(*GOOD, {"id": "x", "names": ["A\x1b[2JB"]}), "list_rows_doubtful", {}),
    "a formula": (lines(*GOOD, {"id": "x", "names": ["=1+1"]}), "list_rows_doubtful", {}),
    "a formula in CSV": (b"id,names\nx,@SUM(A1)\n", "list_empty", {"name": "l.csv"}),
    "no rows": (b"", "list_empty", {}),
    "only a heading": (b"id,names,dob\n", "list_empty", {"name": "l.csv"}),
    "older than the active one": (lines(*GOOD), "list_older", {"ago": 3}),
    "of tomorrow": (lines(*GOOD), "date_too_late", {"ago": -1}),
    "cut off": (lines(*GOOD)[:-20], "list_truncated", {}),
    "a third is missing": (lines(*GOOD[:6]), "list_entries_lost", {}),
    "grown by half": (lines(*GOOD, *({"id": f"n{n}", "names": [f"NEW N{n}"]} for n in range(5))), "list_size", {}),
    "another list of this name": (lines(*GOOD[:9], MARINA), "list_version_taken", {"version": "v1"}),
    "signed by nobody we know": (lines(*GOOD), "list_badly_signed", {"signature": STRANGER.sign(lines(*GOOD))}),
}


def test_a_bad_list_is_refused_and_the_active_one_stays(run: Run, bring: Run) -> None:
    assert bring("v1", lines(*GOOD), ago=2)[0] == 0
    for what, (content, code, options) in BAD.items():
        options = dict(options)
        exit_code, out, err = bring(options.pop("version", what.replace(" ", "-")), content, **options)
        assert (exit_code, out) == (1, ""), what
        assert f"[{code}" in err, what
        assert active(run) == "v1", what


def test_broken_rows_are_reported_with_line_and_reason_and_do_not_stop_the_rest(run: Run, bring: Run) -> None:
    code, out, err = bring("v1", lines(GOOD[0], b"not json\n", *GOOD[1:], {"id": "z"}))
    assert code == 0
    assert [(each["line"], each["reason"]) for each in json.loads(out)["problems"]] == [
        (2, "not_json"),
        (12, "no_name"),
    ]
    assert "l.jsonl:2: not_json" in err
    assert json.loads(out)["entries"] == 10


def test_what_somebody_looked_into_is_imported_and_audited(office: Office, run: Run, bring: Run) -> None:
    bring("v1", lines(*GOOD))
    assert bring("v2", lines(*GOOD, GOOD[0]), "--accept-lost")[0] == 0
    assert bring("v3", lines(*GOOD[:4]), "--accept-size")[0] == 0
    with office.store.reading():
        bodies = [json.loads(row.body) for row in AuditEvent.select().order_by(AuditEvent.seq)]
    kept = [body["data"] for body in bodies if body["action"] == "watchlist_imported"]
    assert [(one["accepted_lost"], one["accepted_size"]) for one in kept[-2:]] == [(True, False), (False, True)]


def test_where_the_office_names_a_sender_only_lists_with_that_signature_come_in(
    office: Office, run: Run, bring: Run
) -> None:
    public = base64.b64encode(SENDER.public_key().public_bytes_raw()).decode()
    config = office.settings.path("kiosk.toml")
    assert "[policy]\n" in config.read_text()
    config.write_text(config.read_text().replace("[policy]\n", f'[policy]\nwatchlist_keys = ["{public}"]\n'))
    content = lines(*GOOD)
    code, out, _ = bring("signed", content, signature=base64.b64encode(SENDER.sign(content)))
    assert (code, json.loads(out)["signed"]) == (0, True)
    for version, signature, said in (
        ("unsigned", None, "list_unsigned"),
        ("strange", STRANGER.sign(content), "list_badly_signed"),
        ("changed", SENDER.sign(content + b" "), "list_badly_signed"),
        ("cut", SENDER.sign(content)[:40], "list_badly_signed"),
    ):
        code, _, err = bring(version, content, signature=signature)
        assert code == 1
        assert f"[{said}]" in err
        assert active(run) == "signed"


def test_two_versions_and_a_file_are_compared_by_id(run: Run, bring: Run, tmp_path: Path) -> None:
    bring("v1", lines(*GOOD))
    bring("v2", lines(*GOOD[:9], MARINA))
    code, out, _ = run("diff", "v1", "v2", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["added"], found["changed"], found["removed"]) == ([], ["a-9"], [])
    assert found["counts"] == {"added": 0, "changed": 1, "removed": 0}
    file = tmp_path / "next.jsonl"
    file.write_bytes(lines(*GOOD[:5], MARINA, {"id": "new", "names": ["NEW PERSON"]}))
    code, out, _ = run("diff", file, "--json")
    found = json.loads(out)
    assert (code, found["before"], found["refused"]) == (0, "v2", "list_entries_lost")
    assert (found["added"], found["removed"]) == (["new"], ["a-5", "a-6", "a-7", "a-8"])
    assert active(run) == "v2"
    assert run("diff", "v1", "nowhere")[0] == 1


def test_an_import_says_how_many_open_cases_it_asked_and_held_and_each_answer_is_explained(
    office: Office, desks: dict[str, Desk], run: Run, bring: Run
) -> None:
    case_id = case_at_watchlist(office, desks)
    pretend(office, case_id, "watchlist", {})
    _, out, _ = bring("v1", lines(*GOOD))
    assert json.loads(out)["open_cases"] == {"asked": 1, "held": 0, "waiting": 0, "left": 0}
    _, out, _ = bring("v2", lines(*GOOD[:9], MARINA))
    assert json.loads(out)["open_cases"] == {"asked": 1, "held": 1, "waiting": 0, "left": 0}
    assert json.loads(run("rescreen", "--yes", "--json")[1])["asked"] == 0
    code, out, _ = run("explain", "530012345", "--json")
    found = json.loads(out)
    assert (code, found["reproduced"]) == (0, True)
    assert [each["reproduced"] for each in found["screenings"]] == ["same", "same"]
    code, out, _ = run("explain", "530012345")
    assert code == 0
    assert "KUZNETSOVA MARINA" in out


def test_what_is_asked_on_the_command_line_is_audited(office: Office, run: Run, bring: Run) -> None:
    bring("v1", lines(*GOOD[:9], MARINA))
    code, out, _ = run("screen", stdin='{"id": "q", "names": ["MARINA KUZNETSOVA"], "born": "1988-03-14"}\n')
    assert (code, json.loads(out)["verdict"]) == (0, "review")
    with office.store.reading():
        body = json.loads(AuditEvent.select().order_by(AuditEvent.seq.desc()).get().body)
    assert (body["action"], body["data"]["verdicts"]) == ("watchlist_answered", {"review": 1})
    assert "MARINA" not in json.dumps(body)


def test_opened_lists_do_not_pile_up_in_memory(office: Office, run: Run, bring: Run) -> None:
    for number in range(4):
        bring(f"v{number}", lines(*GOOD, {"id": f"n-{number}", "names": ["NEW PERSON"]}))
        run("screen", stdin='{"id": "q", "names": ["A"]}\n')
    files = list(office.settings.path("watchlist").glob("*/index.bin"))
    opened = [SHARED_FOLDER / f"kiosk-list-{file.read_bytes()[8:24].hex()}" for file in files]
    assert len(files) == 4
    assert [name.exists() for name in opened].count(True) == 1
