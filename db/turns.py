"""What acts may do only in turn, whatever cases they are about. Taken before an act reads what it is about.

On PostgreSQL these are advisory locks that end with the transaction: no row needs to be written, nor a right to. On
SQLite one unit of work is under way at a time anyway.
"""

import zlib
from dataclasses import dataclass
from enum import IntEnum

from db.tables import Case

SPACE = 745_000
"""The first half of the two numbers of our locks: other programs on the server may have locks of their own."""


class Turn(IntEnum):
    """What is looked at across cases."""

    APPLICATIONS = 1
    """A passport has one open case (SOP step 1); the key is its number."""
    SLIPS = 2
    """A slip pays once: one case, or a deposit (SOP step 7); the key is one of its numbers."""
    WATCHLIST = 3
    """The active cekal list (SOP steps 3, 9, 12)."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What of it is held: all, or what `key` names. `shared`: beside others that hold it shared, and not beside the one
    that holds it alone."""

    turn: Turn
    key: str = ""
    shared: bool = False


def take(*holds: Hold) -> None:
    """Hold them to the end of the unit of work; in the same order whoever takes them."""
    database = Case._meta.database
    if not database.for_update:
        return
    for hold in sorted(holds, key=lambda hold: (hold.turn, hold.key)):
        function = "pg_advisory_xact_lock_shared" if hold.shared else "pg_advisory_xact_lock"
        # two keys with one number wait for each other for nothing, and no more than that
        number = zlib.crc32(f"{hold.turn:d} {hold.key}".encode()) & 0x7FFF_FFFF
        database.execute_sql(f"SELECT {function}(%s, %s)", (SPACE, number))
