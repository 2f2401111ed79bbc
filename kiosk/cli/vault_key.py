"""`kiosk key rotate-vault`: the vault's master key replaced while terminals work (kiosk.vault_rotation)."""

from functools import partial
from typing import Annotated

import typer

from db.connection import Store
from kiosk import clock, draft_journal, screening_files, vault_rotation
from kiosk.audit import Signer
from kiosk.cases.transactions import unit_of_work
from kiosk.cli.changing import Asked, DryRun, Yes, done, rehearsed
from kiosk.cli.common import Config, Exit, Failure, Json, answer, refuse, stored
from kiosk.settings import Settings
from kiosk.vault_keys import MAIN, VaultKeys, path_of


def rotate_vault(
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Only make the new key, to be copied to every terminal first.")
    ] = False,
    retire: Annotated[
        bool, typer.Option("--retire", help="Destroy the old key on this terminal, when nothing is left under it.")
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """A new master key for the vault: every case's key is wrapped again, in batches, while terminals work.

    1. --prepare, and copy keys/vault-ID.key to each terminal. 2. Without an option; broken off, run it again.
    3. --retire on each terminal. Then make a backup, and destroy earlier ones: they hold the old key.
    """
    with stored(config) as (settings, store):
        signer = Signer(0, 0, settings.terminal)
        asked = Asked(yes, dry_run, json)
        if prepare:
            _prepare(settings, asked)
        elif retire:
            _retire(settings, store, signer, asked)
        else:
            _rotate(settings, store, signer, asked)


def _prepare(settings: Settings, asked: Asked) -> None:
    asked.agree([f"+ {settings.path('keys')}/vault-<id>.key"])
    name = vault_rotation.new_key(settings.path("keys"))
    path = path_of(settings.path("keys"), name)
    lines = [f"{path}: salin ke semua terminal / copy it to every terminal"]
    answer({"key": name, "file": str(path)}, as_json=asked.json, lines=lines)


def _rotate(settings: Settings, store: Store, signer: Signer, asked: Asked) -> None:
    folder = settings.path("keys")
    with store.reading():
        before = vault_rotation.progress(VaultKeys.load(folder))
    goes_on = before.left > 0
    count, to = (before.left, before.current) if goes_on else (before.total, "+ vault-<id>.key")
    asked.agree([f"{count} kunci berkas / keys of cases -> {to}"], left=count)
    if not goes_on:
        name = vault_rotation.new_key(folder)
        fresh = VaultKeys.load(folder)
        done(store, lambda: vault_rotation.begin(fresh, name, now=clock.now(), signer=signer))
    ring = VaultKeys.load(folder)
    wrapped = _batches(store, ring, signer)
    with store.reading():
        after = vault_rotation.progress(ring)
    document = {"key": after.current, "wrapped": wrapped, "left": after.left}
    lines = [f"{after.current}: {wrapped}; {after.left} sisa / left", "kiosk key rotate-vault --retire"]
    answer(document, as_json=asked.json, lines=lines)


def _batches(store: Store, ring: VaultKeys, signer: Signer) -> int:
    """Every case's key, each batch a transaction of its own; how many."""
    total, last = 0, 0
    while True:
        batch = done(store, partial(vault_rotation.wrap_again, ring, after=last, now=clock.now(), signer=signer))
        if batch is None:
            return total
        total, last = total + batch[0], batch[1]


def _retire(settings: Settings, store: Store, signer: Signer, asked: Asked) -> None:
    folder, now = settings.path("keys"), clock.now()
    ring = VaultKeys.load(folder)
    with unit_of_work(store) as found:
        found.value = vault_rotation.require_retirable(ring, now)
    if found.refused is not None:
        raise refuse(found.refused)
    name = str(found.value)

    def note() -> None:
        vault_rotation.note_retired(ring, name, now=now, signer=signer)

    asked.agree([f"- {folder / MAIN} ({ring.main}) <- {name}"], rehearsed(store, note))
    lists = settings.path("watchlist")
    try:
        screening_files.wrap_keys_again(lists, ring.candidates(), ring.held[name])
        draft_journal.drop_unused_keys(folder, settings.path("drafts"))
        draft_journal.keep_key(folder, ring.main, ring.held[ring.main])
        done(store, note)
        vault_rotation.destroy_old(folder, name)
        screening_files.settle_keys(lists)
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}", Exit.ENVIRONMENT) from None
    lines = [f"{ring.main}: dihapus / destroyed", "kiosk backup; hapus cadangan lama / destroy earlier backups"]
    answer({"key": name, "retired": ring.main}, as_json=asked.json, lines=lines)
