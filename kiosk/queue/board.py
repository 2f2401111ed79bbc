"""What the display of the waiting room may read: numbers and counters, nothing of a person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk import clock
from kiosk.prediction.history import ready_if_paid_now
from kiosk.queue import line
from kiosk.queue.model import Board
from kiosk.queue.plan import plan
from kiosk.refusals import Code, refused
from kiosk.settings import Settings
from kiosk.toml_file import FileRefused

if TYPE_CHECKING:
    from kiosk.office import Office


def open_display(settings: Settings, *, terminal: str | None = None) -> Office:
    """The office of a display: no device, no key, and it hears what changes. Raises OfficeUnavailable."""
    from kiosk.office import Office, OfficeUnavailable

    try:
        plan(settings.path(""))
    except (FileRefused, OSError) as error:
        raise OfficeUnavailable(refused(Code.RULES_UNREADABLE, detail=str(error))) from error
    office = Office.open(settings, terminal=terminal, devices=False, secrets=False)
    office.live.start()
    return office


class QueueDisplay:
    """The display's one question. Blocks."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def now(self) -> Board:
        """The open calls and how many wait. Raises StoreError."""
        office, now = self._office, clock.now()
        with office.store.reading():
            board = line.board(clock.office_day(now), plan(office.settings.path("")))
            return replace(board, ready=ready_if_paid_now(office.procedure, office.regulations, now))
