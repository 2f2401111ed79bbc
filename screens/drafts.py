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
        self._lock = threading.Lock()
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
        """Keep `content`, if it is new and the step is not completed; with `always` also where nothing was typed."""
        with self._lock:
            if self._closed or content == self._saved:
                return None
            if self._saved is None and not always and not self.has_typed(content):
                return None
            answer = self._desk.save_draft(self._step, self._case_id, content)
            if not isinstance(answer, Refused):
                self._saved = content
            return answer

    def forget_untouched(self, content: dict[str, Any]) -> None:
        """The act was refused for good: where nothing was typed there is nothing to come back to."""
        with self._lock:
            if not self._closed and self._saved is not None and not self.has_typed(content):
                self._desk.drop_draft(self._step, self._case_id)
                self._saved = None

    def close(self) -> Refused | None:
        """The step is completed: forget the draft, and let no late save bring it back."""
        with self._lock:
            self._closed = True
            return self._desk.drop_draft(self._step, self._case_id)


def new_key() -> str:
    """An idempotency key: the same act is done once, however often it is sent."""
    return secrets.token_hex(16)
