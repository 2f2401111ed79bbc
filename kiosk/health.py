"""What `kiosk doctor` looks at. Each finding says what was found and, where it is wrong, what to do."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from db import postgres, roles, schema
from db.connection import Store, StoreError
from db.tables import AuditHead, Officer, SigningKey, WatchlistVersion
from kiosk import clock, procedure, regulations
from kiosk.people import left_open
from kiosk.receipts import keys
from kiosk.settings import Settings
from kiosk.words import Language, Words

DISK_MINIMUM = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its name, whether all is well, what was found, and what to do where it is not."""

    check: str
    ok: bool
    found: str
    do: str = ""


def examine(settings: Settings, *, ask: bool = False) -> list[Finding]:
    """Every check, in the order in which to mend things. Opens devices; changes nothing.

    With `ask` ports that kiosk.toml does not name are asked what hangs there, in the words of each driver.
    """
    from kiosk import health_devices

    words = Words(Language(settings.language))
    findings = [*_rules(settings, words), *_files(settings, words), *_clock(words), *_database(settings, words)]
    findings += health_devices.ports(settings, words, ask=ask)
    findings += health_devices.devices(settings, words)
    return [*findings, *health_devices.optional(words)]


def _rules(settings: Settings, words: Words) -> Iterator[Finding]:
    try:
        sop = procedure.load(settings.path(settings.procedure) if settings.procedure else None)
        yield Finding("sop", True, words.say("doctor.steps", steps=len(sop.steps), hash=sop.hash[:12]))
    except (procedure.ProcedureError, OSError) as error:
        yield Finding("sop", False, str(error), words.say("doctor.sop.next"))
    try:
        regulations.load_regulations(settings.path(settings.regulations) if settings.regulations else None)
        yield Finding("regulations", True, settings.regulations or words.say("doctor.built_in"))
    except (regulations.RegulationError, OSError) as error:
        yield Finding("regulations", False, str(error), words.say("doctor.regulations.next"))


def _files(settings: Settings, words: Words) -> Iterator[Finding]:
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
            yield Finding(f"key {name}", False, str(error.problem), words.say("doctor.key.next", path=error.path))
    free = shutil.disk_usage(settings.folder).free
    found = words.say("doctor.disk", free=free // 1_000_000)
    yield Finding("disk", free > DISK_MINIMUM, found, words.say("doctor.disk.next"))
    for check, place in (("folder", settings.folder), ("shared folder", settings.shared)):
        if place:
            found = str(settings.path(place))
            yield Finding(check, os.access(found, os.W_OK), found, words.say("doctor.folder.next"))


def _clock(words: Words) -> Iterator[Finding]:
    """Whether the machine's clock follows the network; receipts and standard times are worth no more than it."""
    asked = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=3, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        answer = ""
    state = answer if answer in ("yes", "no") else "unknown"
    found, do = words.say(f"doctor.clock_sync.{state}"), words.say("doctor.clock_sync.next")
    yield Finding("clock sync", state != "no", found, do)


def _database(settings: Settings, words: Words) -> Iterator[Finding]:
    try:
        store = Store(settings.database_url)
        have = schema.found(store)
        current = schema.fits(store, have)
        do = words.say("doctor.database.update" if schema.is_newer(have) else "doctor.database.next")
        yield Finding("database", current, have or "-", do)
        if store.path is None:
            checked = postgres.is_checked(store.url)
            found = "socket, TLS" if checked else words.say("doctor.line.found")
            yield Finding("database line", checked, found, words.say("doctor.line.next"))
            more = roles.excess(store)
            said = words.say("doctor.rights.found", count=len(more), first=more[0]) if more else roles.TERMINAL_ROLE
            yield Finding("database rights", not more, said, words.say("doctor.rights.next"))
        if current:
            with store.reading():
                yield from _rows(settings, words)
    except StoreError as error:
        yield Finding("database", False, str(error), words.say("doctor.database_away.next"))


def _rows(settings: Settings, words: Words) -> Iterator[Finding]:
    head = AuditHead.select().first()
    if head is None:
        yield Finding("office", False, words.say("doctor.unfounded"), words.say("doctor.unfounded.next"))
        return
    now = clock.now()
    forward = now + timedelta(minutes=10) > head.at
    yield Finding("clock", forward, now.isoformat(timespec="seconds"), words.say("doctor.clock.next"))
    usable = SigningKey.revoked_at.is_null() & SigningKey.approved_at.is_null(False) & (SigningKey.not_before <= now)
    keys_here = SigningKey.select().where((SigningKey.terminal == settings.terminal) & usable)
    last = max((key.not_after for key in keys_here), default=now)
    yield Finding("receipt key", last > now, last.date().isoformat(), words.say("doctor.receipt_key.next"))
    count = Officer.select().where(Officer.active).count()
    yield Finding("officers", count > 0, words.say("doctor.officers", count=count), words.say("doctor.officers.next"))
    yield _left_open(settings, words)
    newest = WatchlistVersion.get_or_none(WatchlistVersion.active)
    age = None if newest is None else (clock.office_day(now) - newest.list_date).days
    fresh = age is not None and age <= settings.policy.watchlist_max_age_days
    found = "-" if age is None else words.say("doctor.cekal", days=age)
    yield Finding("cekal", fresh, found, words.say("doctor.cekal.next"))


def _left_open(settings: Settings, words: Words) -> Finding:
    """Sign-ins whose program died; the terminal's next start ends them, and nobody need do anything else."""
    with left_open.Held.of(settings).alone(make=False) as nobody:
        count = left_open.count(settings.terminal)
    if not count:
        return Finding("sign-ins", True, words.say("doctor.sign_ins.none"))
    return Finding("sign-ins", True, words.say(f"doctor.sign_ins.{'left' if nobody else 'open'}", count=count))
