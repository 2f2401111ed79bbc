"""Who looked at which applicant: every case, history and search result shown to an officer leaves an audit event.

A read that can't be recorded is not shown (UU 27/2022 on personal data: processing is recorded). What stays in front of
an officer is read again and again; the same view of the same case is recorded once in `AGAIN_S` seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from db.connection import Store
from kiosk import audit
from kiosk.cases.work import Look

AGAIN_S = 300.0


class ProtectedReads:
    """The reads of one session."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._recorded: dict[tuple[str, str, object], float] = {}

    def case(self, look: Look, case_id: int, view: str) -> None:
        """`view` is the step's key or what the screen shows. Raises StoreError."""
        self._record(look, "read_case", f"case:{case_id}", view, {"view": view})

    def opening(self, look: Look, case_id: int, view: str) -> Callable[[], None]:
        """As `case`, in the unit of work under way; what comes back is called once that is committed."""
        what = ("read_case", f"case:{case_id}", view)
        if not self._is_due(what):
            return lambda: None
        audit.append(look.now, look.signer, "read_case", f"case:{case_id}", {"view": view})
        return lambda: self._done(what)

    def search(self, look: Look, case_ids: tuple[int, ...]) -> None:
        """What a search found; what was sought is not kept. Raises StoreError."""
        if case_ids:
            self._record(look, "read_search", "search", case_ids, {"cases": list(case_ids)})

    def _record(self, look: Look, action: str, subject: str, what: object, data: dict[str, object]) -> None:
        if not self._is_due((action, subject, what)):
            return
        with self._store.writing_once():
            audit.append(look.now, look.signer, action, subject, data)
        self._done((action, subject, what))

    def _is_due(self, what: tuple[str, str, object]) -> bool:
        return time.monotonic() - self._recorded.get(what, -AGAIN_S) >= AGAIN_S

    def _done(self, what: tuple[str, str, object]) -> None:
        self._recorded[what] = time.monotonic()
