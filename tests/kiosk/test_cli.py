"""The kiosk command: answers on standard output, words on standard error, exit codes that scripts can rely on."""

import io
import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from db.connection import Store
from db.tables import AuditEvent
from kiosk import audit, clock
from kiosk.cli import main
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.settings import Settings
from tests import databases
from tests.builders import given_intake

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one command line in this process: (exit code, standard output, standard error)."""

    def call(*arguments: object, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["kiosk", *(str(argument) for argument in arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


def config(settings: Settings) -> Path:
    return settings.path("kiosk.toml")


def test_init_makes_an_office_that_doctor_and_audit_accept(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("init", "--dir", tmp_path / "new", "--yes", "--json")
    assert code == 0
    made = json.loads(out)["config"]
    assert oct((tmp_path / "new" / "keys" / "pepper").stat().st_mode & 0o777) == "0o600"
    code, out, _ = run("audit", "verify", "--config", made, "--json")
    assert code == 0
    assert json.loads(out)["verified"] is True
    code, out, _ = run("doctor", "--config", made, "--json")
    wrong = {finding["check"] for finding in json.loads(out) if not finding["ok"]}
    # it is founded, and here opened, as the owner of its tables
    owned = {"database rights"} if databases.SERVER else set()
    assert (code, wrong - {"clock sync"}) == (1, {"officers", "cekal"} | owned)


def test_init_does_not_touch_an_office_that_is_there(run: Run, settings: Settings) -> None:
    code, out, err = run("init", "--dir", settings.folder, "--yes")
    assert (code, out) == (1, "")
    assert "exists already" in err


def test_init_asks_nothing_without_a_terminal(run: Run, tmp_path: Path) -> None:
    code, _, err = run("init", "--dir", tmp_path / "new")
    assert code == 2
    assert "--yes" in err
    assert not (tmp_path / "new").exists()


def test_officers_are_added_listed_and_disabled(run: Run, settings: Settings) -> None:
    where = ("--config", config(settings))
    code, _, _ = run(
        "officer", "add", "--yes", "rudi", "--name", "Rudi", "--duty", "LALINTUSKIM/counter", *where, stdin="918273\n"
    )
    assert code == 0
    code, out, _ = run("officer", "list", "--json", *where)
    rudi = next(row for row in json.loads(out) if row["login"] == "rudi")
    assert rudi["duties"] == ["LALINTUSKIM/counter"]
    assert "pin" not in out
    assert run("officer", "disable", "--yes", "rudi", *where)[0] == 0
    code, out, _ = run("officer", "list", "--json", *where)
    assert next(row for row in json.loads(out) if row["login"] == "rudi")["active"] is False


def test_a_duty_is_given_and_ended_and_missing_people_are_told(run: Run, settings: Settings) -> None:
    where = ("--config", config(settings))
    assert run("officer", "staffing", *where)[:2] == (0, "cukup / enough\n")
    assert (
        run("officer", "duty", "--yes", "ratna", "BENDAHARA/treasurer", "--end", "--until", "2020-01-01", *where)[0]
        == 0
    )
    code, out, _ = run("officer", "staffing", "--json", *where)
    assert (code, json.loads(out)["unstaffed"]) == (1, ["payment"])
    assert run("officer", "duty", "--yes", "ratna", "BENDAHARA/treasurer", "--end", *where)[0] == 1
    assert run("officer", "duty", "--yes", "hendra", "BENDAHARA/treasurer", *where)[0] == 0
    code, out, _ = run("officer", "staffing", *where)
    assert (code, out) == (1, "satu orang saja / one person only: approval - payment\n")
    assert run("officer", "duty", "--yes", "nobody", "BENDAHARA/treasurer", *where)[0] == 1
    assert run("officer", "duty", "--yes", "hendra", "BENDAHARA/cook", *where)[0] == 2


def test_a_delegation_is_revoked_once(run: Run, settings: Settings) -> None:
    where = ("--config", config(settings))
    given = ("--basis", "KEP-1", "--valid-from", "2026-01-01", "--valid-until", "2099-01-01")
    assert run("officer", "delegate", "--yes", "hendra", *given, *where)[0] == 0
    assert run("officer", "revoke", "--yes", "hendra", *where)[0] == 0
    code, _, err = run("officer", "revoke", "--yes", "hendra", *where)
    assert code == 1
    assert "no delegation" in err


@pytest.mark.parametrize("pin", ["123456", "111111", "98", "abcdef"])
def test_a_weak_pin_is_refused_in_both_languages(run: Run, settings: Settings, pin: str) -> None:
    code, out, err = run(
        "officer",
        "add",
        "--yes",
        "rudi",
        "--name",
        "Rudi",
        "--duty",
        "LALINTUSKIM/counter",
        "--config",
        config(settings),
        stdin=pin + "\n",
    )
    assert (code, out) == (1, "")
    assert "[pin_too_weak]" in err
    assert "PIN terlalu mudah" in err
    assert "too easy to guess" in err
    assert pin not in err


def test_sop_show_has_the_words_of_the_sop(run: Run) -> None:
    code, out, _ = run("sop", "show")
    assert code == 0
    assert "Menerima permohonan, memeriksa kelengkapan persyaratan dan memberikan tanda terima permohonan" in out
    assert "Jumlah 83 menit" in out
    code, out, _ = run("sop", "show", "--json")
    assert len(json.loads(out)["steps"]) == 13


def test_sop_check_names_the_line_that_is_wrong(run: Run, tmp_path: Path) -> None:
    import kiosk.procedure

    text = (Path(kiosk.procedure.__file__).parent / "itk.toml").read_text()
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(text.replace('unit = "BENDAHARA"', 'unit = "BENDHARA"'))
    line = text[: text.index('unit = "BENDAHARA"')].count("\n") + 1
    code, out, err = run("sop", "check", wrong)
    assert (code, out) == (1, "")
    assert f"{wrong}:{line}:" in err
    assert run("sop", "check", tmp_path / "absent.toml")[0] == 3


def test_a_broken_audit_chain_is_exit_1(run: Run, settings: Settings) -> None:
    store = Store(settings.database_url)
    with store.reading():
        on = " ON audit_event" if databases.SERVER else ""
        store.database.execute_sql(f"DROP TRIGGER audit_event_append_only_update{on}")
        AuditEvent.update(body="{}").where(AuditEvent.seq == 2).execute()
    code, out, _ = run("audit", "verify", "--json", "--config", config(settings))
    assert code == 1
    assert json.loads(out)["broken"] == {"seq": 2, "reason": "hash"}


def test_the_environment_is_exit_3_with_words(run: Run, settings: Settings, tmp_path: Path) -> None:
    code, out, err = run("case", "list", "--config", tmp_path / "none.toml")
    assert (code, out) == (3, "")
    assert "none.toml" in err
    if databases.SERVER:
        databases.drop(settings.database)
    else:
        settings.path("office.db").unlink()
    code, _, err = run("case", "list", "--config", config(settings))
    assert code == 3
    assert "[database_unreachable]" in err


def test_a_database_of_another_version_is_refused_plainly(run: Run, settings: Settings) -> None:
    store = Store(settings.database_url)
    with store.reading():
        store.database.execute_sql("DELETE FROM schema_migration WHERE name <> '0001_office'")
        store.database.execute_sql("UPDATE schema_migration SET name = '0000_older'")
    code, _, err = run("case", "list", "--config", config(settings))
    assert code == 3
    assert "[database_other_version]" in err
    assert "0000_older" in err
    assert "kiosk migrate" in err
    code, out, _ = run("migrate", "--dry-run", "--json", "--config", config(settings))
    assert code == 1
    assert json.loads(out)["before"] == "0000_older"


def test_a_key_that_others_can_read_is_refused(run: Run, settings: Settings) -> None:
    (settings.path("keys") / "loket-1.key").chmod(0o644)
    code, _, err = run("case", "list", "--config", config(settings))
    assert code == 3
    assert "[key_file_unusable]" in err


def test_a_wrong_call_is_exit_2(run: Run, settings: Settings) -> None:
    assert run("nonsense")[0] == 2
    assert run("case", "list", "--limit", "many", "--config", config(settings))[0] == 2


def test_a_forged_receipt_is_not_ours(run: Run, settings: Settings) -> None:
    code, out, _ = run("receipt", "verify", "ITK1" + "A" * 151, "--json", "--config", config(settings))
    assert code == 1
    assert json.loads(out)["verdict"] in {"unsupported_version", "malformed"}


def test_key_export_verifies_without_a_database(run: Run, settings: Settings, tmp_path: Path) -> None:
    code, out, _ = run("key", "export", "--json", "--config", config(settings))
    exported = json.loads(out)
    assert code == 0
    assert exported["office"] == 745
    assert len(exported["keys"][0]["public_key"]) == 64
    keys = tmp_path / "keys.json"
    keys.write_text(out)
    code, out, _ = run("receipt", "verify", "ITK1JUNK", "--keys", keys, "--json")
    assert (code, json.loads(out)["verdict"]) == (1, "malformed")


def test_tariffs_are_listed_with_their_basis(run: Run, settings: Settings) -> None:
    code, out, _ = run("tariff", "list", "--json", "--config", config(settings))
    rows = json.loads(out)
    assert code == 0
    assert {"PP 28/2019", "PP 45/2024"} <= {row["basis"] for row in rows}


def test_a_tariff_needs_another_person_to_release_it(run: Run, settings: Settings) -> None:
    where = ("--config", config(settings))
    code, out, _ = run(
        "tariff", "add", "--yes", "itk", 600000, "--days", 30, "--valid-from", "2027-01-01", "--basis", "PP 99/2026",
        "--login", "ratna", "--json", *where, stdin="264575\n",
    )  # fmt: skip
    assert code == 0
    number = json.loads(out)["id"]
    code, _, err = run("tariff", "release", "--yes", number, "--login", "ratna", *where, stdin="264575\n")
    assert code == 1, err
    code, _, err = run("tariff", "release", "--yes", number, "--login", "hendra", *where, stdin="223606\n")
    assert (code, "[tariff_not_yours]" in err, "Bendahara" in err) == (1, True, True), err
    assert run("tariff", "release", "--yes", number, "--login", "tuti", *where, stdin="331662\n")[0] == 0


def test_a_tariff_is_for_something_that_is_billed(run: Run, settings: Settings) -> None:
    row = ("tariff", "add", "--yes", "ikt", 600000, "--valid-from", "2027-01-01", "--basis", "X", "--login", "ratna")
    code, _, err = run(*row, "--config", config(settings), stdin="264575\n")
    assert (code, "ikt: " in err, "itk" in err) == (2, True, True), err


def test_a_tariff_with_a_last_day_tells_the_day_from_which_there_is_none(run: Run, settings: Settings) -> None:
    where, ends = ("--config", config(settings)), ("--valid-until", "2027-06-30")
    row = ("tariff", "add", "--yes", "itk", 600000, "--days", 30, "--basis", "PP 99/2026", "--login", "ratna", "--json")
    numbers = []
    for dates in (("--valid-from", "2027-01-01", *ends), ("--valid-from", "2027-07-01")):
        _, out, _ = run(*row, *dates, *where, stdin="264575\n")
        numbers.append(json.loads(out)["id"])
    _, out, _ = run("tariff", "release", "--dry-run", numbers[0], "--login", "tuti", *where)
    assert "! 2027-07-01: tidak ada tarif" in out
    assert "2026-12-31" in out, "the open row ends the day before"
    _, _, err = run("tariff", "release", "--yes", numbers[0], "--login", "tuti", *where, stdin="331662\n")
    assert "! 2027-07-01: tidak ada tarif" in err
    _, _, err = run("tariff", "release", "--yes", numbers[1], "--login", "tuti", *where, stdin="331662\n")
    assert "tidak ada tarif" not in err


def test_a_tariff_of_a_few_days_is_entered_by_those_who_may(run: Run, settings: Settings) -> None:
    row = ("tariff", "add", "--yes", "itk", 1, "--days", 30, "--valid-from", "2027-01-01", "--basis", "X", "--json")
    where = ("--config", config(settings))
    code, _, err = run(*row, "--login", "sri", *where, stdin="271828\n")
    assert (code, "[tariff_not_yours]" in err) == (1, True)
    code, _, err = run(*row, "--valid-until", "2026-12-31", "--login", "tuti", *where, stdin="331662\n")
    assert (code, "[tariff_dates]" in err) == (1, True)
    assert run(*row, "--valid-until", "2027-01-31", "--login", "tuti", *where, stdin="331662\n")[0] == 0
    listed = json.loads(run("tariff", "list", "--json", *where)[1])
    assert [(r["valid_until"], r["released"]) for r in listed if r["amount"] == 1] == [("2027-01-31", False)]


def test_a_clock_that_had_run_ahead_is_accepted_by_two(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ("--config", config(settings), "--reason", "Baterai jam habis")
    right = clock.now()
    ahead = right + timedelta(days=200)
    monkeypatch.setattr(clock, "now", lambda: ahead)
    with Office.open(settings, devices=False) as office:
        office.sign_in("sri", "271828")
    monkeypatch.setattr(clock, "now", lambda: right)
    with Office.open(settings, devices=False) as office:
        answer = office.sign_in("sri", "271828").steps.intake.complete(None, given_intake(), key="late")  # type: ignore[union-attr]
        assert isinstance(answer, Refused)
        assert answer.first.code is Code.CLOCK_WENT_BACK
    pins = "346410\n360555\n"
    assert (
        run("audit", "clock", "--yes", "--login", "ratna", "--second", "made", *where, stdin="264575\n360555\n")[0] == 1
    )
    assert run("audit", "clock", "--yes", "--login", "eko", "--second", "eko", *where, stdin="346410\n346410\n")[0] == 1
    code, out, _ = run("audit", "clock", "--yes", "--login", "eko", "--second", "made", "--json", *where, stdin=pins)
    assert (code, json.loads(out)["ahead_seconds"] > 199 * 86_400) == (0, True)
    with Office.open(settings, devices=False) as office:
        answer = office.sign_in("sri", "271828").steps.intake.complete(None, given_intake(), key="late")  # type: ignore[union-attr]
        assert not isinstance(answer, Refused), answer
        with office.store.reading():
            assert audit.verify().verified
