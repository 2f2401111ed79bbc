"""What is typed on a step, kept: saved by a worker thread, never after the step was completed."""

import secrets
import threading
from typing import TYPE_CHECKING, Any

from kiosk.refusals import Refused

if TYPE_CHECKING:
    from kiosk.desk import Desk


class DraftKeeper:
    """The draft of one step screen.

    `load`, `save`, `forget_untouched` and `close` block: call them from worker threads.
    """

    def __init__(self, desk: "Desk", step: str, case_id: int | None) -> None:
        self._desk, self._step, self._case_id = desk, step, case_id
        self._lock, self._counting = threading.Lock(), threading.Lock()
        self._turn = 0
        self._saved: dict[str, Any] | None = None
        self._untouched: dict[str, Any] | None = None
        self._closed = False

    def load(self) -> dict[str, Any] | None:
        """What was typed before, by this officer."""
        with self._lock:
            self._saved = self._desk.draft(self._step, self._case_id)
            return self._saved

    def untouched(self, content: dict[str, Any]) -> None:
        """`content` is what stands on the screen before anything is typed: no draft is made of it."""
        self._untouched = content

    def has_typed(self, content: dict[str, Any]) -> bool:
        """Whether `content` holds more than what stood there untouched."""
        before = self._untouched or {}
        return any(content.get(part) != before.get(part) for part in ("typed", "extra"))

    def save(self, content: dict[str, Any], *, always: bool = False) -> Refused | None:
        """Keep `content`, if it is new and the step is not completed; with `always` also where nothing was typed.

        Of several saves that wait for the database only the newest goes there.
        """
        with self._counting:
            self._turn += 1
            turn = self._turn
        if self._lock.locked() and self._is_draft(content, always):
            # another save waits for the database, perhaps in vain: until then this one is on the terminal's own disk
            self._desk.keep_draft_here(self._step, self._case_id, content)
        with self._lock:
            if content == self._saved or not self._is_draft(content, always) or (turn != self._turn and not always):
                return None
            answer = self._desk.save_draft(self._step, self._case_id, content)
            if not isinstance(answer, Refused):
                self._saved = content
            return answer

    def _is_draft(self, content: dict[str, Any], always: bool) -> bool:
        return not self._closed and (self._saved is not None or always or self.has_typed(content))

    def forget_untouched(self, content: dict[str, Any]) -> None:
        """The act was refused for good: where nothing was typed there is nothing to come back to."""
        with self._lock:
            if not self._closed and self._saved is not None and not self.has_typed(content):
                self._desk.drop_draft(self._step, self._case_id)
                self._saved = None

    def close(self) -> Refused | None:
        """The step is completed: forget the draft, and let no late save bring it back."""
        self._closed = True
        with self._lock:
            return self._desk.drop_draft(self._step, self._case_id)


def new_key() -> str:
    """An idempotency key: the same act is done once, however often it is sent."""
    return secrets.token_hex(16)
