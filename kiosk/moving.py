"""Moving an office from its SQLite file to a PostgreSQL server (`kiosk db move`)."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from db import postgres, roles
from db.connection import Store
from db.moving import Moved, move
from db.tables import Receipt
from kiosk import audit
from kiosk.audit import Signer, Verification
from kiosk.receipts import token
from kiosk.settings import Settings

LEFT = ".moved"
"""The file that was moved from is renamed, so that no terminal goes on writing to it."""


class NotMovable(Exception):
    """The office can't be moved; the message says why. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class MovedOffice:
    """What was moved: the tables, the chain as it was walked in the new place, and the file left behind."""

    tables: list[Moved]
    chain: Verification
    witnesses: int
    left: Path

    @property
    def rows(self) -> int:
        return sum(each.rows for each in self.tables)


def move_office(settings: Settings, url: str, *, now: datetime, signer: Signer) -> MovedOffice:
    """Move every row to `url`, verify them and the audit chain there, and name it in kiosk.toml.

    Terminals that run are refused from then on until they are started anew. Raises NotMovable, StoreError,
    db.moving.NotEmpty, db.moving.RowsDiffer.
    """
    source = Store(settings.database_url)
    if source.path is None or not postgres.is_postgres(url):
        raise NotMovable("sqlite -> postgresql")
    if not source.path.exists():
        raise NotMovable(str(source.path))
    config = settings.path("kiosk.toml")
    text = _renamed(config.read_text(encoding="utf-8"), url)
    target = Store(url)
    try:
        walked: list[tuple[Verification, int]] = []
        with move(source, target, lambda: walked.append(_walked())) as tables:
            left = _leave(source, source.path)
        roles.grant(target)
        with target.writing():
            audit.append(now, signer, "office_moved", "", {"rows": sum(each.rows for each in tables)})
    finally:
        source.close()
        target.close()
    _write(config, text)
    chain, witnesses = walked[0]
    return MovedOffice(tables, chain, witnesses, left)


def _walked() -> tuple[Verification, int]:
    """The chain in its new place, with every receipt as a witness. Raises NotMovable where it is broken."""
    parts = (token.decode_text(row.token) for row in Receipt.select(Receipt.token))
    witnesses = tuple(part[0][22:30].hex() for part in parts if part is not None)
    chain = audit.verify(witnesses)
    if not chain.verified:
        raise NotMovable(f"audit: {chain.broken}")
    return chain, len(witnesses)


def _leave(source: Store, path: Path) -> Path:
    """Empty the log into the file and rename it: whoever still has it open is told that it is gone."""
    source.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    left = path.with_name(path.name + LEFT)
    path.rename(left)
    return left


def _renamed(text: str, url: str) -> str:
    """kiosk.toml with another database. Raises NotMovable where its line can't be found."""
    escaped = url.replace("\\", "\\\\").replace('"', '\\"')
    changed, count = re.subn(r'(?m)^database\s*=\s*"[^"\n]*"', lambda _: f'database = "{escaped}"', text)
    if count > 1:
        raise NotMovable("kiosk.toml: database")
    return changed if count else f'database = "{escaped}"\n{text}'


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
