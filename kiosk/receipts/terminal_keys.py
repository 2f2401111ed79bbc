"""The receipt keys of the office's terminals: made at a terminal, approved by an administrator, rotated, revoked.

A key pair is made where its receipts will be issued; only the public half leaves the machine. It signs nothing until
an administrator (Tata Usaha, or the Kakanim) has approved it. A new key of a terminal that has one already overlaps
with it: from its approval on the terminal signs with the new one, the old one ends some days later, and receipts
signed by the old one stay good. A revoked key's receipts are refused from the date of its row on.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from db.tables import SigningKey
from kiosk import audit
from kiosk.audit import Signer
from kiosk.cases.transactions import refuse
from kiosk.people.model import OfficerAt
from kiosk.receipts import keys
from kiosk.receipts.keys import KeyFileError, KeyFileProblem
from kiosk.receipts.keys_held import KeysHeld
from kiosk.receipts.token import ReceiptType
from kiosk.refusals import Code
from kiosk.text import clean

log = logging.getLogger(__name__)

KEY_DAYS = 730
OVERLAP_DAYS = 7
ADMINISTRATION = "TATA_USAHA"
MOST_KEYS = 0xFFFF
REASON_MINIMUM = 5


@dataclass(frozen=True, slots=True)
class Approved:
    """A key that may sign now, and until when the terminal's earlier ones may (None: it has none)."""

    key_id: int
    terminal: str
    earlier_until: datetime | None


def make(
    folder: Path,
    terminal: str,
    *,
    now: datetime,
    signer: Signer,
    purposes: Collection[ReceiptType] = tuple(ReceiptType),
    not_before: datetime | None = None,
    days: int = KEY_DAYS,
) -> int:
    """Make a key pair for `terminal` in `folder`; the number of the key, which nobody has approved yet.

    Within a writing unit of work. Raises KeyFileError, or Refuse when 65,535 keys were made.
    """
    newest = SigningKey.select(SigningKey.key_id).order_by(SigningKey.key_id.desc()).first()
    key_id = 1 if newest is None else newest.key_id + 1
    if key_id > MOST_KEYS:
        raise refuse(Code.KEY_NUMBERS_USED_UP)
    public = keys.create_private_key(_free(folder, terminal, key_id))
    begins = not_before or now - timedelta(minutes=1)
    SigningKey.create(
        key_id=key_id,
        terminal=terminal,
        public_key=public.hex(),
        purposes=",".join(str(int(kind)) for kind in sorted(purposes)),
        not_before=begins,
        not_after=begins + timedelta(days=days),
    )
    audit.append(now, signer, "key_made", f"key:{key_id}", {"terminal": terminal})
    return key_id


def _free(folder: Path, terminal: str, number: int) -> Path:
    """A file name that no key has: what a crash left there stays, and signs nothing."""
    path = folder / f"{terminal}.key"
    while path.exists():
        path, number = folder / f"{terminal}.{number}.key", number + 1
    return path


def approve(
    key_id: int, name: str, *, now: datetime, signer: Signer, overlap: timedelta = timedelta(days=OVERLAP_DAYS)
) -> Approved:
    """Publish a key; earlier keys of its terminal end `overlap` from now. Within a writing unit of work.

    `name` is who approves. Raises Refuse: no such key, or one that was approved or revoked.
    """
    row = SigningKey.get_or_none(SigningKey.key_id == key_id)
    if row is None:
        raise refuse(Code.KEY_UNKNOWN, key=key_id)
    if row.approved_at is not None or row.revoked_at is not None:
        raise refuse(Code.KEY_DECIDED, key=key_id)
    SigningKey.update(approved_by=name, approved_at=now).where(SigningKey.key_id == key_id).execute()
    until = max(now, row.not_before) + overlap
    earlier = (
        (SigningKey.terminal == row.terminal)
        & (SigningKey.key_id != key_id)
        & SigningKey.approved_at.is_null(False)
        & SigningKey.revoked_at.is_null()
    )
    ended = SigningKey.update(not_after=until).where(earlier & (SigningKey.not_after > until)).execute()
    has_earlier = SigningKey.select().where(earlier & (SigningKey.not_after >= now)).exists()
    audit.append(now, signer, "key_approved", f"key:{key_id}", {"terminal": row.terminal, "shortened": ended})
    return Approved(key_id, row.terminal, until if has_earlier else None)


def require_administrator(officer: OfficerAt) -> None:
    """Raises Refuse for who is neither in Tata Usaha nor the Kakanim."""
    if not officer.is_head and ADMINISTRATION not in officer.units:
        raise refuse(Code.KEY_NEEDS_ADMINISTRATOR)


def revoke(key_id: int, reason: str, *, now: datetime, signer: Signer) -> None:
    """From now on receipts of this key are refused as `revoked_key`. Within a writing unit of work. Raises Refuse."""
    if len(clean(reason)) < REASON_MINIMUM:
        raise refuse(Code.REASON_NEEDED, "reason", minimum=REASON_MINIMUM)
    done = (
        SigningKey.update(revoked_at=now, revoke_reason=clean(reason, limit=200))
        .where((SigningKey.key_id == key_id) & SigningKey.revoked_at.is_null())
        .execute()
    )
    if not done:
        known = SigningKey.get_or_none(SigningKey.key_id == key_id) is not None
        raise refuse(Code.KEY_DECIDED if known else Code.KEY_UNKNOWN, key=key_id)
    audit.append(now, signer, "key_revoked", f"key:{key_id}")


def held(folder: Path, terminal: str) -> KeysHeld | None:
    """The keys of `terminal` whose private halves lie in `folder`; None if none of them was approved.

    Within a unit of work. Raises KeyFileError.
    """
    files = sorted(path for path in folder.glob(f"{terminal}*.key") if path.name.startswith(f"{terminal}."))
    if not files:
        raise KeyFileError(KeyFileProblem.ABSENT, folder / f"{terminal}.key")
    private = {keys.public_bytes(key).hex(): key for key in map(keys.load_private_key, files)}
    rows = SigningKey.select().where(
        SigningKey.public_key.in_(list(private))
        & (SigningKey.terminal == terminal)
        & SigningKey.approved_at.is_null(False)
    )
    ring = {row.key_id: private[row.public_key] for row in rows}
    return KeysHeld(ring, keys.load_pepper(folder / "pepper"), folder, terminal) if ring else None


def to_sign_with(ring: KeysHeld, kind: ReceiptType, now: datetime) -> int:
    """The newest key of this terminal that may sign `kind` now; `ring` has it afterwards. Within a unit of work.

    Raises Refuse if none may: every one is revoked, ended, not approved, for other receipts, or not on this machine.
    """
    rows = SigningKey.select().where(
        (SigningKey.terminal == ring.terminal)
        & SigningKey.approved_at.is_null(False)
        & SigningKey.revoked_at.is_null()
        & (SigningKey.not_before <= now)
        & (SigningKey.not_after >= now)
    )
    newest_first = rows.order_by(SigningKey.not_before.desc(), SigningKey.key_id.desc())
    good = [int(row.key_id) for row in newest_first if str(int(kind)) in row.purposes.split(",")]
    if good and good[0] not in ring.private:
        _read_again(ring)
    for key_id in good:
        if key_id in ring.private:
            return key_id
    raise refuse(Code.KEY_NOT_USABLE)


def _read_again(ring: KeysHeld) -> None:
    """Take up keys that were approved since the program began. A file that can't be read changes nothing."""
    if ring.folder is None:
        return
    try:
        found = held(ring.folder, ring.terminal)
    except KeyFileError as error:
        log.warning("key files not read again: %s", error)
        return
    if found is not None:
        ring.private.update(found.private)
