"""Whether a list that arrived can be believed: the one place for the rules by which an import is refused.

A mistake or an attack is likelier than a list that is older than the active one, or lost a fifth of it. What is
refused changes nothing: the active list stays.
"""

import base64
import binascii
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.receipts.token import is_small_order
from kiosk.screening.index import ListVersion
from kiosk.screening.reading import ReadList, Reason

DOUBTFUL = frozenset({Reason.DUPLICATE_ID, Reason.NOT_TEXT, Reason.CONTROL_CHARACTERS, Reason.FORMULA})
"""A row like this says that the file is damaged or made to do harm; other broken rows are only left out."""

_SIGNATURE_BYTES = 64


class Objection(StrEnum):
    """Why a list is not taken over."""

    UNSIGNED = "unsigned"
    BADLY_SIGNED = "badly_signed"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    DOUBTFUL_ROWS = "doubtful_rows"
    ROWS_LOST = "rows_lost"
    OLDER = "older"
    VERSION_TAKEN = "version_taken"
    ENTRIES_LOST = "entries_lost"
    GREW = "grew"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the operator has looked into and accepts: rows left out, and a length far from the active list's."""

    lost: bool = False
    size: bool = False


def signature_objection(
    content: bytes, signature: bytes | None, keys: Iterable[str], *, required: bool
) -> Objection | None:
    """What is wrong with the signature of a file.

    `signature` is the detached Ed25519 signature over the file's bytes (64 bytes, or their base64); None: there is
    none. `keys` are public keys, 32 bytes in base64. A signature that no key can check is a wrong one.
    """
    if signature is None:
        return Objection.UNSIGNED if required else None
    raw = signature if len(signature) == _SIGNATURE_BYTES else _decoded(signature)
    if raw is not None and any(_is_signed(content, raw, key) for key in keys):
        return None
    return Objection.BADLY_SIGNED


def _is_signed(content: bytes, signature: bytes, key: str) -> bool:
    raw = _decoded(key.encode())
    if raw is None or is_small_order(raw):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _decoded(text: bytes) -> bytes | None:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None


def objections_to_file(read: ReadList, *, largest_lost_share: float, accepted: Accepted) -> tuple[Objection, ...]:
    """What speaks against a file by itself, the gravest first; rows may be lost up to `largest_lost_share`."""
    found = []
    if read.truncated:
        found.append(Objection.TRUNCATED)
    if not read.entries:
        found.append(Objection.EMPTY)
    if not accepted.lost:
        if any(problem.reason in DOUBTFUL for problem in read.problems):
            found.append(Objection.DOUBTFUL_ROWS)
        if read.lost > largest_lost_share * read.rows:
            found.append(Objection.ROWS_LOST)
    return tuple(found)


def objections_to_list(
    read: ReadList,
    *,
    listed_on: date,
    current: ListVersion | None,
    removed: int,
    largest_lost_share: float,
    accepted: Accepted,
) -> tuple[Objection, ...]:
    """What speaks against a list that takes the place of `current` (None: the first one, or the same version again).

    `removed` entries of the current list are missing in it. They and the entries by which it grew may be
    `largest_lost_share` of the current list.
    """
    if current is None:
        return ()
    found = []
    if listed_on < current.listed_on:
        found.append(Objection.OLDER)
    if not accepted.size:
        largest = largest_lost_share * current.entries
        if removed > largest:
            found.append(Objection.ENTRIES_LOST)
        if len(read.entries) - current.entries > largest:
            found.append(Objection.GREW)
    return tuple(found)


def doubtful_rows(read: ReadList) -> tuple[int, int]:
    """How many rows are doubtful, and the line of the first."""
    lines = [problem.line for problem in read.problems if problem.reason in DOUBTFUL]
    return len(lines), min(lines, default=0)


def reasons_counted(read: ReadList) -> dict[str, int]:
    """How often each reason left a row out or was remarked."""
    return dict(sorted(Counter(str(problem.reason) for problem in read.problems).items()))
