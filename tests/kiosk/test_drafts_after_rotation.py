"""What only a terminal's own journal has stays readable when the vault's key is replaced and the old one destroyed."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from db.tables import MODELS
from kiosk import clock, draft_journal, sealing, vault_rotation
from kiosk.draft_journal import DraftJournal, Owner, key_of
from kiosk.office import Office
from kiosk.refusals import Code
from kiosk.settings import Settings
from tests import databases
from tests.conftest import Desks
from tests.faults.test_draft_journal import away, code, journal, typed
from tests.kiosk.test_vault_rotation import Run, run

__all__ = ["run"]
OLD, NEW = b"o" * 32, b"n" * 32
OWNER = Owner(7, 0, "intake")
own_file = pytest.mark.skipif(bool(databases.SERVER), reason="the office's own file is what is away here")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault_rotation, "SETTLED", timedelta(0))


def rotated(run: Run, settings: Settings) -> None:
    for step in ((), ("--retire",)):
        done, _, err = run(settings, *step, "--yes")
        assert done == 0, err


def kept_here(settings: Settings, office: Office, desks: Desks, what: dict[str, Any]) -> None:
    office.store.database.bind(list(MODELS))
    sri = desks["sri"]
    with away(settings):
        assert code(sri.save_draft("intake", None, what)) is Code.DRAFT_KEPT_HERE


@own_file
def test_what_was_typed_before_comes_back_after_a_restart_with_the_new_key(settings: Settings, run: Run) -> None:
    with Office.open(settings, devices=False) as office:
        kept_here(settings, office, Desks(office), typed())
    rotated(run, settings)
    with Office.open(settings, devices=False) as office:
        assert Desks(office)["sri"].draft("intake", None) == typed()
        assert journal(settings) == []


@own_file
def test_a_terminal_that_still_runs_with_the_old_key_loses_nothing_of_what_is_typed_then(
    settings: Settings, run: Run
) -> None:
    with Office.open(settings, devices=False) as office:
        desks = Desks(office)
        assert desks["sri"]
        rotated(run, settings)
        kept_here(settings, office, desks, typed("AFTER WARDS"))
        rotated(run, settings)
    with Office.open(settings, devices=False) as office:
        assert Desks(office)["sri"].draft("intake", None) == typed("AFTER WARDS")


def test_the_key_of_drafts_is_gone_once_nothing_is_left_under_it(settings: Settings, run: Run) -> None:
    def kept() -> list[str]:
        return sorted(path.name for path in settings.path("keys").glob("drafts-*.key"))

    assert kept() == []
    rotated(run, settings)
    first = kept()
    rotated(run, settings)
    second = kept()
    assert len(first) == len(second) == 1
    assert first != second
    (path,) = settings.path("keys").glob("drafts-*.key")
    assert path.stat().st_mode & 0o777 == 0o600
    assert set(sealing.secrets_in(path.parent)) == {"pepper", "vault.key"}, "it is of this terminal alone"


def test_a_key_stays_while_a_draft_of_any_terminal_is_under_it(tmp_path: Path) -> None:
    drafts, keys = tmp_path / "drafts", tmp_path / "keys"
    DraftJournal(drafts / "loket-2", OLD).keep(OWNER, '{"a": 1}', clock.now())
    draft_journal.keep_key(keys, "old", OLD)
    draft_journal.keep_key(keys, "new", NEW)
    draft_journal.drop_unused_keys(keys, drafts)
    assert draft_journal.kept_keys(keys) == (key_of(OLD),)
    assert OLD.hex() not in (keys / "drafts-old.key").read_text(), "nobody comes back to the vault key"


def test_of_two_drafts_of_one_step_the_newer_counts_and_the_older_does_not_come_back(tmp_path: Path) -> None:
    now = clock.now()
    old, new = DraftJournal(tmp_path, OLD), DraftJournal(tmp_path, NEW, (key_of(OLD),))
    old.keep(OWNER, '{"a": 1}', now)
    DraftJournal(tmp_path, NEW).keep(OWNER, '{"a": 2}', now + timedelta(seconds=1))
    both = [kept.content for kept in new.of(OWNER.officer)]
    assert (both, new.kept(OWNER).content) == (['{"a": 2}'], '{"a": 2}')  # type: ignore[union-attr]
    old.keep(OWNER, '{"a": 3}', now + timedelta(seconds=2))
    assert new.kept(OWNER).content == '{"a": 3}'  # type: ignore[union-attr]
    new.keep(OWNER, '{"a": 4}', now + timedelta(seconds=3))
    assert old.kept(OWNER) is None
    old.keep(OWNER, '{"a": 5}', now + timedelta(seconds=4))
    new.forget(OWNER)
    assert list(tmp_path.iterdir()) == []


def test_a_retirement_that_was_broken_off_costs_no_draft(tmp_path: Path) -> None:
    """The key of drafts was kept, the vault key not yet replaced: both are one."""
    opened = DraftJournal(tmp_path, OLD, (key_of(OLD),))
    opened.keep(OWNER, '{"a": 1}', clock.now())
    assert opened.kept(OWNER) is not None
    assert [kept.content for kept in opened.of(OWNER.officer)] == ['{"a": 1}']
