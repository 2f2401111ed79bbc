"""Receipts as witnesses of the audit chain: each carries the first 8 bytes of the chain's head when it was issued.

Whoever cuts, rewrites or restores the chain can write any witness into a stored receipt, but not sign it. So a receipt
is heard only if its signature is good; one on paper, out of the office's reach, is heard against the whole database.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from db.tables import Receipt
from kiosk.receipts import token
from kiosk.receipts.token import PublicKey


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What the stored receipts say: heads (hex), and the numbers of those whose signature is not the office's."""

    heads: tuple[str, ...]
    forged: tuple[str, ...]


def stored(keys: Mapping[int, PublicKey]) -> Witnesses:
    """Every receipt of the database, voided ones too. Within a unit of work."""
    heads, forged = [], []
    for number, text in Receipt.select(Receipt.number, Receipt.token).order_by(Receipt.id).tuples().iterator():
        head = witness(text, keys)
        if head is None:
            forged.append(number)
        else:
            heads.append(head)
    return Witnesses(tuple(heads), tuple(forged))


def witness(text: str, keys: Mapping[int, PublicKey]) -> str | None:
    """The head (16 hex digits) that a receipt saw; None unless one of `keys` signed it, revoked since or not."""
    parts = token.decode_text(text.strip().upper())
    if parts is None:
        return None
    raw, signature = parts
    key = keys.get(int.from_bytes(raw[1:3], "big"))
    if raw[0] >> 4 != token.VERSION or key is None or not token.is_signed_by(key, raw, signature):
        return None
    return raw[22:30].hex()
