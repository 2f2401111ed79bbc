"""`kiosk backup`, `kiosk restore`: an office of one moment, saved while counters work, and brought back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from db.backup import ToolFailed
from db.connection import StoreError
from db.postgres import without_password
from kiosk import backup as backups
from kiosk import clock, sealing
from kiosk.cli.changing import Asked, DryRun, Yes
from kiosk.cli.common import MAINTAINER, Config, Exit, Failure, Json, answer, refuse, settings_of, tell
from kiosk.formats import decimal
from kiosk.settings import Settings, SettingsError
from kiosk.words import Language

PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="A file (0600) whose first line seals the pepper and the vault's keys."),
]


def add_to(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)


def backup(
    place: Annotated[Path, typer.Argument(help="The folder that holds the office's backups.")],
    passphrase_file: PassphraseFile = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Save the office while counters work: database, scans, settings; with --passphrase-file its keys, sealed."""
    settings = settings_of(config)
    with _failing():
        made = backups.make(settings, place, now=clock.now(), passphrase=passphrase_of(passphrase_file))
    noted = _noted(settings, made)
    document = {
        "backup": str(made.folder),
        "audit": {"seq": made.head.seq, "head": made.head.hash, "at": made.head.at},
        "bytes": made.size,
        "files": made.blobs,
        "files_new": made.blobs_new,
        "keys": made.keys,
        "seconds": round(made.seconds, 2),
        "noted": noted,
    }
    language = Language(settings.language)
    size, seconds = decimal(made.size / 1e6, language), decimal(made.seconds, language)
    lines = [
        f"{made.folder}: {size} MB, {made.blobs_new}/{made.blobs} scan, {seconds} s",
        f"RPO: sampai / until {made.head.at:%Y-%m-%d %H:%M:%S} UTC, audit {made.head.seq} {made.head.hash[:16]}",
    ]
    if not made.keys:
        tell("tanpa kunci / without keys: simpan keys/pepper dan keys/vault.key sendiri, atau --passphrase-file FILE")
    answer(document, as_json=json, lines=lines)
    if not noted:
        tell("cadangan utuh, tetapi tidak tercatat di kantor / the backup is whole, but the office has no record of it")
        raise typer.Exit(Exit.ENVIRONMENT)


def _noted(settings: Settings, made: backups.Made) -> bool:
    """Whether the office could write it down; on a full disk the backup is worth more than its record."""
    try:
        backups.note(settings, made, now=clock.now(), signer=MAINTAINER)
    except StoreError:
        return False
    return True


def restore(
    saved: Annotated[Path, typer.Argument(help="One backup (itk-SHORT-TIME), beside its vault/.")],
    folder: Annotated[Path, typer.Option("--dir", help="The office's folder; it may hold keys/, but no kiosk.toml.")],
    database: Annotated[str | None, typer.Option(help="postgresql://... of an empty database, for a dump.")] = None,
    passphrase_file: PassphraseFile = None,
    witness: Annotated[
        list[str] | None, typer.Option(help="A receipt's QR text, or an audit head, seen outside.")
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Bring a backup back into a new folder and database. Exit 1 where a witness is newer than the backup."""
    with _failing():
        Asked(yes, dry_run, json).agree(_would_restore(saved, folder, database))
        done = backups.restore(
            saved,
            folder,
            database=database,
            passphrase=passphrase_of(passphrase_file),
            outside=tuple(witness or ()),
            now=clock.now(),
            signer=MAINTAINER,
        )
    whole = done.chain.broken is None or done.chain.broken.reason == "witness"
    document = {
        "config": str(done.settings.path("kiosk.toml")),
        "audit": {"seq": done.head.seq, "head": done.head.hash, "at": done.head.at, "whole": whole},
        "witnesses_missing": list(done.missing),
        "forged_receipts": list(done.forged),
        "keys": list(done.keys),
        "rpo_seconds": round(done.rpo_seconds, 1),
        "rto_seconds": round(done.seconds, 2),
    }
    answer(document, as_json=json, lines=list(_lines(done, whole)))
    if not whole or done.missing or done.forged:
        raise typer.Exit(Exit.REFUSED)


def _would_restore(saved: Path, folder: Path, database: str | None) -> list[str]:
    """Raises BackupError."""
    manifest = backups.checked(saved)
    until, place = manifest["audit"], without_password(database or "sqlite:office.db")
    return [
        f"{saved}: {until['at']}, audit {until['seq']}, {len(manifest['blobs'])} scan",
        f"+ {folder.absolute()}, {place}",
    ]


def _lines(done: backups.Restored, whole: bool) -> Iterator[str]:
    state = "utuh / whole" if whole else f"RUSAK / BROKEN: {done.chain.broken}"
    yield f"{done.settings.path('kiosk.toml')}: {done.events} audit events: {state}"
    seconds = decimal(done.seconds, Language(done.settings.language))
    yield f"RPO {done.rpo_seconds:.0f} s ({done.head.at:%Y-%m-%d %H:%M:%S} UTC), RTO {seconds} s"
    if done.missing:
        yield (
            f"{len(done.missing)} saksi lebih baru dari cadangan ini: tindakan sesudahnya hilang, masukkan lagi /"
            " witnesses newer than this backup: what was done after it is lost, enter it again"
        )
    for number in done.forged[:20]:
        yield f"{number}: tanda tangan palsu / forged signature"
    if not done.settings.path(f"keys/{done.settings.terminal}.key").exists():
        yield f"kiosk key new {done.settings.terminal} --config {done.settings.path('kiosk.toml')}"


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except backups.BackupError as error:
        raise Failure(str(error), Exit.REFUSED) from None
    except sealing.SealBroken:
        raise Failure("keys.sealed: kata sandi salah / wrong passphrase", Exit.REFUSED) from None
    except sealing.PassphraseTooShort:
        raise Failure(f"--passphrase-file: >= {sealing.SHORTEST}", Exit.USAGE) from None
    except ToolFailed as error:
        raise Failure(str(error), Exit.ENVIRONMENT) from None
    except (SettingsError, OSError) as error:
        raise Failure(str(error), Exit.ENVIRONMENT) from None
    except StoreError as error:
        from kiosk.cases.engine import environment

        raise refuse(environment(error)) from None


def passphrase_of(path: Path | None) -> str | None:
    """The first line of a file that nobody else reads. Raises Failure."""
    if path is None:
        return None
    if path.stat().st_mode & 0o077:
        raise Failure(f"{path}: chmod 600", Exit.ENVIRONMENT)
    return path.read_text("utf-8").splitlines()[0]
