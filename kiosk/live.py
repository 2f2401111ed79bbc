"""What changes at other terminals, and whether the database answers, as plain callbacks.

`office.live.on_change(f)`: `f(ids)` with the cases that changed, an empty set where any may have. `on_trouble(f)`:
`f(refused)` when the database stops answering, `f(None)` when it answers again. Both are called from the thread
that listens; screens bring them to their own.
"""

from collections.abc import Callable

from db import schema
from db.changes import Changes
from db.connection import Store, StoreError, Trouble
from kiosk.cases.transactions import environment
from kiosk.receipts.print_queue import PrintQueue
from kiosk.refusals import Refused

Changed = Callable[[frozenset[int]], None]
Troubled = Callable[[Refused | None], None]


class Live:
    """The change feed of one terminal."""

    def __init__(self, store: Store, printing: PrintQueue, terminal: str) -> None:
        self._store = store
        self._changes = Changes(store, self._heard, self._answers)
        self._printing = printing
        self._paper = f"print:{terminal}"
        self._on_change: list[Changed] = []
        self._on_queue: list[Callable[[], object]] = []
        self._on_trouble: list[Troubled] = []
        self._outdated = False
        self.trouble: Refused | None = None
        """Why the database does not answer now; None while it does."""

    def start(self) -> None:
        self._changes.start()

    def stop(self) -> None:
        self._changes.stop()

    def on_change(self, listener: Changed) -> None:
        self._on_change.append(listener)

    def on_queue(self, listener: Callable[[], object]) -> None:
        """Be told when a number of the queue was drawn, called or served, or may have been."""
        self._on_queue.append(listener)

    def on_trouble(self, listener: Troubled) -> None:
        self._on_trouble.append(listener)

    def _heard(self, topics: frozenset[str]) -> None:
        if not topics or "schema" in topics:
            self._look_at_version()
        if not topics or self._paper in topics:
            self._printing.poke()
        cases = frozenset(int(topic[5:]) for topic in topics if topic.startswith("case:"))
        if not topics or any(topic.startswith("queue:") for topic in topics):
            for told in tuple(self._on_queue):
                told()
        if not topics or cases:
            for listener in tuple(self._on_change):
                listener(cases)

    def _look_at_version(self) -> None:
        """`kiosk migrate` was run while this terminal was open: it says so and writes nothing any more."""
        if self._outdated:
            return
        try:
            schema.require_current(self._store)
        except StoreError as error:
            if error.trouble is Trouble.OTHER_VERSION:
                self._outdated = True
                self._store.suspended = error
                self._tell(environment(error))

    def _answers(self, trouble: Trouble | None) -> None:
        if not self._outdated:
            self._tell(None if trouble is None else environment(StoreError(trouble)))

    def _tell(self, trouble: Refused | None) -> None:
        self.trouble = trouble
        for listener in tuple(self._on_trouble):
            listener(self.trouble)
