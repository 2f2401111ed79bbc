"""Founding an office: its folder, kiosk.toml, keys, database and first rows (`kiosk init`)."""

import os
import tomllib
from datetime import datetime
from pathlib import Path

from db import postgres, roles, schema
from db.connection import Store
from db.tables import Tariff
from kiosk import audit, procedure, regulations
from kiosk.audit import Signer
from kiosk.office import fill_separation
from kiosk.receipts import keys, terminal_keys
from kiosk.settings import Settings, load

SYSTEM = Signer(0, 0, "kiosk")


class AlreadyFounded(Exception):
    """The folder or the database holds an office already; nothing was changed."""


def found(folder: Path, config: str, *, now: datetime, approved_by: str) -> Settings:
    """Make an empty office in `folder` with the text of its kiosk.toml.

    Raises AlreadyFounded, SettingsError, StoreError, OSError.
    """
    path = folder / "kiosk.toml"
    if path.exists():
        raise AlreadyFounded(str(path))
    _require_empty(config)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _private(path, config)
    settings = load(path)
    for place in (folder / "keys", settings.path("vault"), folder / "tray"):
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    for secret in ("pepper", "vault.key"):
        keys.create_pepper(folder / "keys" / secret)
    if settings.database.startswith("sqlite:"):
        # the log and index beside it take the mode of the database
        _private(settings.path(settings.database.removeprefix("sqlite:")), "")
    store = Store(settings.for_maintainers().database_url)
    schema.migrate(store)
    roles.grant(store)
    current = procedure.load(settings.path(settings.procedure) if settings.procedure else None)
    rules = regulations.load_regulations(settings.path(settings.regulations) if settings.regulations else None)
    with store.writing():
        audit.start(now)
        audit.append(now, SYSTEM, "office_founded", "", {"procedure": current.hash, "office": settings.office.code})
        fill_separation(current)
        seed_tariffs(rules, now)
    add_terminal(store, settings, settings.terminal, now=now, approved_by=approved_by)
    store.close()
    return settings


def _require_empty(config: str) -> None:
    """A server's database that holds an office already is not founded again. Raises AlreadyFounded, StoreError."""
    named = tomllib.loads(config)
    url = str(named.get("database_owner") or named.get("database", ""))
    if not postgres.is_postgres(url):
        return
    store = Store(url)
    try:
        if schema.found(store):
            raise AlreadyFounded(postgres.without_password(url))
    finally:
        store.close()


def _private(path: Path, text: str) -> None:
    """A new file that only this account reads: an address may hold a password, the database holds everybody."""
    with open(path, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)


def add_terminal(store: Store, settings: Settings, name: str, *, now: datetime, approved_by: str) -> int:
    """Make a terminal's key pair here and approve it, where there are no officers yet. The key's number.

    A counter's address may not approve: where kiosk.toml names the owner's, that one is used.
    """
    owner = Store(settings.for_maintainers().database_url) if settings.database_owner else store
    try:
        with owner.writing():
            key_id = terminal_keys.make(settings.path("keys"), name, now=now, signer=SYSTEM)
            terminal_keys.approve(key_id, approved_by, now=now, signer=SYSTEM)
    finally:
        if owner is not store:
            owner.close()
    return key_id


def seed_tariffs(rules: regulations.Regulations, now: datetime) -> None:
    """The published tariffs since 2019 as released rows. Within a writing unit of work."""
    for row in rules.tariffs:
        Tariff.create(
            kind=row.kind,
            days=row.days,
            amount=row.amount,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            basis=row.basis,
            note=row.note,
            entered_at=now,
            released_at=now,
        )
