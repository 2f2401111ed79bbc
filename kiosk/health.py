"""What `kiosk doctor` looks at. Each finding says what was found and, where it is wrong, what to do."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from db import schema
from db.connection import Store, StoreError
from db.tables import AuditHead, Officer, SigningKey, WatchlistVersion
from kiosk import clock, procedure, regulations
from kiosk.devices import Devices, DeviceState
from kiosk.receipts import keys
from kiosk.settings import Settings

DISK_MINIMUM = 500_000_000
DEVICE_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Finding:
    check: str
    ok: bool
    found: str
    do: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Every check, in the order in which to mend things. Opens devices; changes nothing."""
    findings = [*_rules(settings), *_files(settings)]
    findings += _database(settings)
    findings += _devices(settings)
    return findings


def _rules(settings: Settings) -> Iterator[Finding]:
    try:
        sop = procedure.load(settings.path(settings.procedure) if settings.procedure else None)
        yield Finding("sop", True, f"{len(sop.steps)} langkah, {sop.hash[:12]}")
    except (procedure.ProcedureError, OSError) as error:
        yield Finding("sop", False, str(error), "kiosk sop check FILE")
    try:
        regulations.load_regulations(settings.path(settings.regulations) if settings.regulations else None)
        yield Finding("regulations", True, settings.regulations or "bawaan / built-in")
    except (regulations.RegulationError, OSError) as error:
        yield Finding("regulations", False, str(error), settings.regulations)


def _files(settings: Settings) -> Iterator[Finding]:
    folder = settings.path("keys")
    for name, load in (
        (f"{settings.terminal}.key", keys.load_private_key),
        ("pepper", keys.load_pepper),
        ("vault.key", keys.load_pepper),
    ):
        try:
            load(folder / name)
            yield Finding(f"key {name}", True, "0600")
        except keys.KeyFileError as error:
            yield Finding(f"key {name}", False, str(error.problem), f"chmod 600 {error.path}; kiosk key new")
    free = shutil.disk_usage(settings.folder).free
    yield Finding("disk", free > DISK_MINIMUM, f"{free // 1_000_000} MB", "kosongkan ruang / free some space")
    writable = os.access(settings.folder, os.W_OK)
    yield Finding("folder", writable, settings.folder, "chown")


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        store = Store(settings.database_url)
        have = schema.found(store)
        current = have == schema.expected()
        yield Finding("database", current, have or "-", "kiosk migrate")
        if current:
            with store.reading():
                yield from _rows(settings)
    except StoreError as error:
        yield Finding("database", False, str(error), "kiosk init, kiosk restore")


def _rows(settings: Settings) -> Iterator[Finding]:
    now = clock.now()
    head = AuditHead.get()
    yield Finding(
        "clock", now + timedelta(minutes=10) > head.at, now.isoformat(timespec="seconds"), "chronyc, timedatectl"
    )
    key = SigningKey.get_or_none((SigningKey.terminal == settings.terminal) & SigningKey.revoked_at.is_null())
    good = key is not None and key.not_before <= now <= key.not_after
    yield Finding("receipt key", good, "-" if key is None else key.not_after.date().isoformat(), "kiosk key new")
    yield Finding("officers", Officer.select().where(Officer.active).exists(), "", "kiosk officer add")
    newest = WatchlistVersion.get_or_none(WatchlistVersion.active)
    age = None if newest is None else (clock.office_day(now) - newest.list_date).days
    fresh = age is not None and age <= settings.policy.watchlist_max_age_days
    yield Finding("cekal", fresh, "-" if age is None else f"{age} hari / days", "kiosk watchlist import FILE")


def _devices(settings: Settings) -> Iterator[Finding]:
    devices = Devices()
    devices.open(settings)
    try:
        for role, given in settings.devices.items():
            device = devices.get(role)
            status = devices.status(role) if device is None else device.wait_ready(DEVICE_SECONDS)
            words = status.model or str(status.code or status.state)
            yield Finding(role, status.state is DeviceState.READY, words, f"{given.port}: {status.detail}")
    finally:
        devices.close()
