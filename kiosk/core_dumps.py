"""No memory of a program that holds keys and applicants' data ends on a disk, or in a debugger of the same account.

A core dump of a counter would hold the receipt key, the vault's key and whoever is at the counter. The limit forbids
the file; Linux's dumpable flag forbids it where dumps go to a program too (systemd-coredump), and lets no other process
of the account look into this one. Children that are other programs are not touched: the flag ends at their start.
"""

import ctypes
import resource
import sys
from contextlib import suppress

PR_SET_DUMPABLE = 4
"""prctl(2)"""


def forbid() -> None:
    """For this process and those it forks; nothing is said where the system knows no such thing."""
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
