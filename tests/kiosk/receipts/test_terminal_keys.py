"""A terminal's key signs nothing until an administrator approved it; rotation overlaps; a revoked key is refused."""

import json
from datetime import timedelta

import pytest

from db.connection import ConstraintBroken
from db.tables import AuditEvent, Receipt, SigningKey
from kiosk import clock
from kiosk.office import Office, OfficeUnavailable
from kiosk.receipts import facts, kiosk_verify
from kiosk.receipts.keys import export_json
from kiosk.refusals import Code, Refused
from kiosk.self_service import SelfService, open_public
from kiosk.settings import Settings
from tests.builders import given_intake
from tests.conftest import Desks
from tests.kiosk.test_cli import Run, config, run

__all__ = ["run"]


def issued_by(settings: Settings, number: str) -> int | Code:
    """The key that signs a receipt of a new application at loket-1 now, or why none does."""
    with Office.open(settings, devices=False) as office:
        given = given_intake(passport_no=number)
        answer = Desks(office)["sri"].steps.intake.complete(None, given, key=f"key-{number}")
        if isinstance(answer, Refused):
            return answer.first.code
        with office.store.reading():
            return int(Receipt.get(Receipt.number == answer.receipt_number).key_id)


def test_a_new_key_waits_for_an_administrator_and_then_signs(run: Run, settings: Settings) -> None:
    toml = config(settings)
    code, out, _ = run("key", "new", "--yes", "loket-1", "--json", "--config", toml)
    assert (code, json.loads(out)["key_id"]) == (0, 2)
    assert issued_by(settings, "530010001") == 1
    code, _, err = run("key", "approve", "--yes", 2, "--login", "sri", "--config", toml, stdin="271828\n")
    assert (code, "[key_needs_administrator]" in err) == (1, True)
    code, _, err = run("key", "approve", "--yes", 2, "--login", "tuti", "--config", toml, stdin="000000\n")
    assert (code, "[sign_in_failed]" in err) == (1, True)
    assert [row["key_id"] for row in json.loads(run("key", "export", "--config", toml)[1])["keys"]] == [1]
    code, out, _ = run("key", "approve", "--yes", 2, "--login", "tuti", "--json", "--config", toml, stdin="331662\n")
    assert code == 0
    assert json.loads(out)["earlier_keys_until"] is not None
    assert issued_by(settings, "530010002") == 2
    code, out, _ = run("key", "list", "--json", "--config", toml)
    assert [(row["key_id"], row["state"]) for row in json.loads(out)] == [(1, "signing"), (2, "signing")]
    assert "Tuti Handayani" in out
    assert run("key", "approve", "--yes", 2, "--login", "tuti", "--config", toml, stdin="331662\n")[0] == 1
    assert run("key", "approve", "--yes", 9, "--login", "made", "--config", toml, stdin="360555\n")[0] == 1


def test_a_rotation_overlaps_and_the_old_keys_receipts_stay_good(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = config(settings)
    assert issued_by(settings, "530010003") == 1
    run("key", "new", "--yes", "loket-1", "--config", toml)
    run("key", "approve", "--yes", 2, "--login", "made", "--overlap-days", 3, "--config", toml, stdin="360555\n")
    later = clock.now() + timedelta(days=4)
    monkeypatch.setattr(clock, "now", lambda: later)
    with Office.open(settings, devices=False) as office, office.store.reading():
        old = SigningKey.get_by_id(1)
        assert old.not_after < later
        text = Receipt.get(Receipt.key_id == 1).token
        document = export_json(745, facts.known_keys().values())
    code, keys = kiosk_verify.read_keys(document)
    assert kiosk_verify.verify(text, keys, None, code, later) == "ok"
    states = [row["state"] for row in json.loads(run("key", "list", "--json", "--config", toml)[1])]
    assert states == ["ended", "signing"]


def test_after_a_revocation_nothing_is_signed_until_there_is_another_key(run: Run, settings: Settings) -> None:
    toml = config(settings)
    assert run("key", "revoke", "--yes", 1, "--reason", "x", "--config", toml)[0] == 1
    assert run("key", "revoke", "--yes", 1, "--reason", "laptop dicuri", "--config", toml)[0] == 0
    assert issued_by(settings, "530010004") is Code.KEY_NOT_USABLE
    code, _, err = run("key", "revoke", "--yes", 1, "--reason", "laptop dicuri", "--config", toml)
    assert (code, "[key_decided]" in err) == (1, True)
    assert run("key", "new", "--yes", "loket-1", "--config", toml)[0] == 0
    assert run("key", "approve", "--yes", 2, "--login", "tuti", "--config", toml, stdin="331662\n")[0] == 0
    assert issued_by(settings, "530010004") == 2
    with Office.open(settings, devices=False) as office, office.store.reading():
        actions = [json.loads(event.body)["action"] for event in AuditEvent.select().order_by(AuditEvent.seq)]
    assert [action for action in actions if action.startswith("key_")] == [
        "key_made",
        "key_approved",
        "key_revoked",
        "key_made",
        "key_approved",
    ]


def test_a_key_signs_for_its_purposes_and_in_its_window_only(run: Run, settings: Settings) -> None:
    toml = config(settings)
    run("key", "revoke", "--yes", 1, "--reason", "diganti semua", "--config", toml)
    assert run("key", "new", "--yes", "loket-1", "--purpose", "nothing", "--config", toml)[0] == 2
    run("key", "new", "--yes", "loket-1", "--purpose", "payment", "--config", toml)
    tomorrow = f"{clock.now() + timedelta(days=1):%Y-%m-%d}"
    run("key", "new", "--yes", "loket-1", "--valid-from", tomorrow, "--config", toml)
    for number in (2, 3):
        run("key", "approve", "--yes", number, "--login", "tuti", "--config", toml, stdin="331662\n")
    assert issued_by(settings, "530010005") is Code.KEY_NOT_USABLE


def test_a_key_of_another_terminal_or_one_that_only_waits_opens_no_counter(run: Run, settings: Settings) -> None:
    run("key", "new", "--yes", "loket-2", "--config", config(settings))
    with pytest.raises(OfficeUnavailable) as refused:
        Office.open(settings, terminal="loket-2", devices=False)
    assert refused.value.refusal.code is Code.KEY_NOT_APPROVED
    folder = settings.path("keys")
    (folder / "loket-2.key").rename(folder / "loket-1.9.key")
    with Office.open(settings, devices=False) as office:
        assert set(office.kit.keys.private) == {1}


def test_a_self_service_terminal_has_no_key_and_still_verifies(run: Run, settings: Settings) -> None:
    assert issued_by(settings, "530010006") == 1
    with Office.open(settings, devices=False) as office, office.store.reading():
        text = Receipt.get().token
    for path in settings.path("keys").iterdir():
        path.unlink()
    with open_public(settings, terminal="lobi") as office:
        assert SelfService(office).ask(text).step == 2
        assert office.kit.keys.private == {}


def test_the_database_keeps_a_key_as_it_was_approved(office: Office) -> None:
    for change in (
        {"public_key": "00" * 32},
        {"terminal": "loket-9"},
        {"purposes": "5"},
        {"not_after": clock.now() + timedelta(days=9999)},
        {"approved_at": None},
        {"approved_by": "orang lain"},
    ):
        with pytest.raises(ConstraintBroken), office.store.writing():
            SigningKey.update(**change).execute()
    with office.store.writing():
        SigningKey.update(revoked_at=clock.now()).execute()
    with pytest.raises(ConstraintBroken), office.store.writing():
        SigningKey.update(revoked_at=None).execute()
    with pytest.raises(ConstraintBroken), office.store.writing():
        SigningKey.delete().execute()
