"""Replacing the vault's master key while terminals work (`kiosk key rotate-vault`).

Begun: the new key is a file here and current in the database; whoever has it wraps with it from then on, whoever has
not is told so plainly. Re-wrapped: every case's key, in batches of their own transactions; a run that was broken off is
taken up by the next, since what is done names its key. Retired: when nothing is left under the old key, the new file
takes the place of `vault.key` and the old key is gone from this machine. On each other terminal `--retire` does that.

What a backup holds stays as it was: one made before an erasure still has the erased case's key, under the old master
key. Once that is destroyed everywhere, in keys.sealed of earlier backups too, nobody opens it again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from db.tables import CaseKey, VaultMaster
from kiosk import audit, durable, vault_keys
from kiosk.audit import Signer
from kiosk.cases.transactions import refuse
from kiosk.receipts import keys
from kiosk.refusals import Code
from kiosk.vault import associated
from kiosk.vault_keys import MAIN, KeyNotHeld, NotUnwrapped, VaultKeys, current_id, path_of

BATCH = 100
"""Keys re-wrapped in one transaction: some ten milliseconds, in which no other terminal writes (SQLite)."""
SETTLED = timedelta(minutes=2)
"""A transaction that began before the rotation may still wrap with the old key; none lasts so long."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """How far it is. `current`: the key that wraps; `left`: cases' keys under another one; `since`: when it began."""

    current: str
    left: int
    since: datetime | None
    total: int


def progress(ring: VaultKeys) -> Rotation:
    """Within a unit of work."""
    wanted = current_id()
    row = None if wanted is None else VaultMaster.get_by_id(wanted)
    total = CaseKey.select().where(CaseKey.erased_at.is_null()).count()
    left = 0 if wanted is None else _left(wanted).count()
    return Rotation(wanted or ring.main, left, None if row is None else row.since, total)


def new_key(folder: Path) -> str:
    """Make a new master key in a file of its own; its id. One that lies there and is not current yet is taken up.

    Raises KeyFileError.
    """
    ring = VaultKeys.load(folder)
    waiting = [name for name in ring.held if name != ring.main]
    if waiting:
        return waiting[0]
    fresh = folder / ".vault.key.new"
    fresh.unlink(missing_ok=True)
    name = vault_keys.key_id(keys.create_pepper(fresh))
    fresh.rename(path_of(folder, name))
    return name


def begin(ring: VaultKeys, name: str, *, now: datetime, signer: Signer) -> None:
    """Make a key that is held here the current one. Within a writing unit of work."""
    before = current_id()
    if before == name:
        return
    if before is None:
        VaultMaster.create(key_id=ring.main, since=now - timedelta(microseconds=1))
    VaultMaster.create(key_id=name, since=now)
    audit.append(now, signer, "vault_key_current", f"vault_key:{name}", {"before": before or ring.main})


def wrap_again(ring: VaultKeys, *, after: int, now: datetime, signer: Signer) -> tuple[int, int] | None:
    """Re-wrap the keys of up to BATCH cases with numbers above `after`; how many, and the last one's number.

    None where none is left above. A key that is erased meanwhile stays erased. Within a writing unit of work. Raises
    Refuse where an old key is not here, or a wrap was altered.
    """
    name, master = ring.current()
    rows = list(_left(name).where(CaseKey.case > after).order_by(CaseKey.case).limit(BATCH))
    if not rows:
        return None
    done = 0
    for row in rows:
        bound = associated(row.case_id)
        try:
            key = vault_keys.unwrapped(ring, row.wrapped, bound)
        except KeyNotHeld as error:
            raise refuse(Code.VAULT_KEY_ROTATED, key=error.key_id) from None
        except NotUnwrapped:
            raise refuse(Code.CAPTURE_UNREADABLE) from None
        same = (CaseKey.case == row.case_id) & (CaseKey.wrapped == row.wrapped) & CaseKey.erased_at.is_null()
        done += CaseKey.update(wrapped=vault_keys.wrapped(name, master, key, bound)).where(same).execute()
    audit.append(now, signer, "vault_keys_wrapped", f"vault_key:{name}", {"keys": done, "to": rows[-1].case_id})
    return done, int(rows[-1].case_id)


def require_retirable(ring: VaultKeys, now: datetime) -> str:
    """The key that takes the place of `vault.key` here. Within a unit of work. Raises Refuse."""
    found = progress(ring)
    if found.since is None or ring.main == found.current:
        raise refuse(Code.VAULT_ROTATION_NONE)
    if found.current not in ring.held:
        raise refuse(Code.VAULT_KEY_ROTATED, key=found.current)
    wait = found.since + SETTLED - now
    if found.left or wait > timedelta(0):
        minutes = max(0, -(-int(wait.total_seconds()) // 60))
        raise refuse(Code.VAULT_ROTATION_OPEN, left=found.left, wait=minutes)
    return found.current


def note_retired(ring: VaultKeys, name: str, *, now: datetime, signer: Signer) -> None:
    """Write down that every key but `name` is retired. Within a writing unit of work."""
    gone = [held for held in ring.held if held != name]
    VaultMaster.update(retired_at=now).where((VaultMaster.key_id != name) & VaultMaster.retired_at.is_null()).execute()
    audit.append(now, signer, "vault_key_retired", f"vault_key:{gone[0]}", {"current": name})


def destroy_old(folder: Path, name: str) -> None:
    """Put the new key in the place of `vault.key`, in one step; the old one is gone here. Raises OSError."""
    path_of(folder, name).replace(folder / MAIN)
    durable.sync_folder(folder)


def _left(name: str) -> Any:
    """The cases' keys that another master key wraps."""
    return CaseKey.select().where(CaseKey.erased_at.is_null() & ~CaseKey.wrapped.startswith(f"{name}:"))
