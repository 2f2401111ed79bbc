"""What one act at a time may do, whatever cases the acts are about. Taken before the act reads what it is about.

On PostgreSQL these are advisory locks that end with the transaction: no row needs to be written, nor a right to. On
SQLite one unit of work is under way at a time anyway.
"""

from dataclasses import dataclass
from enum import IntEnum

from db.tables import Case

SPACE = 745_000
"""The first half of the two numbers of our locks: other programs on the server may have locks of their own."""


class Turn(IntEnum):
    """What is looked at across cases. The number is the lock's."""

    APPLICATIONS = 1
    """A passport has one open case, a sponsor few foreigners (SOP step 1)."""
    SLIPS = 2
    """A slip's numbers belong to one case (SOP step 7)."""
    WATCHLIST = 3
    """The active cekal list (SOP steps 3, 9, 12)."""


@dataclass(frozen=True, slots=True)
class Hold:
    """`shared`: beside others that hold it shared, and not beside the one that holds it alone."""

    turn: Turn
    shared: bool = False


def take(hold: Hold) -> None:
    """Hold it to the end of the unit of work."""
    database = Case._meta.database
    if database.for_update:
        function = "pg_advisory_xact_lock_shared" if hold.shared else "pg_advisory_xact_lock"
        database.execute_sql(f"SELECT {function}(%s, %s)", (SPACE, int(hold.turn)))
