"""What one terminal writes, the others hear of within a second; a server that is gone or hangs is told."""

import queue
import time
from collections.abc import Iterator

import pytest

from db.changes import ANYTHING, Changes
from db.connection import Store, StoreError, Trouble
from db.tables import AuditHead, Counter, PrintJob
from kiosk import clock


class Ears:
    """Hears what the feed tells."""

    def __init__(self, store: Store) -> None:
        self.heard: queue.Queue[frozenset[str]] = queue.Queue()
        self.troubles: queue.Queue[Trouble | None] = queue.Queue()
        self.feed = Changes(store, self.heard.put, self.troubles.put)
        self.feed.start()

    def settle(self) -> None:
        """Wait for the first word, which says nothing of what changed."""
        assert self.heard.get(timeout=5) == ANYTHING


@pytest.fixture
def ears(either: Store) -> Iterator[Ears]:
    with either.writing():
        AuditHead.create(id=1, seq=0, hash="0" * 64, at=clock.now())
    listening = Ears(Store(either.url))
    either.database.bind([AuditHead, Counter, PrintJob])
    yield listening
    listening.feed.stop()


def test_an_act_is_heard_of_within_a_second(either: Store, ears: Ears) -> None:
    ears.settle()
    at = time.monotonic()
    with either.writing():
        AuditHead.update(seq=1).execute()
        if either.path is None:
            either.database.execute_sql("SELECT pg_notify('kiosk_changes', 'case:7')")
    topics = ears.heard.get(timeout=1)
    assert time.monotonic() - at < 1
    assert topics == (ANYTHING if either.path else {"case:7"})


def test_what_was_rolled_back_is_not_told(either: Store, ears: Ears) -> None:
    ears.settle()
    with pytest.raises(RuntimeError), either.writing():
        AuditHead.update(seq=1).execute()
        raise RuntimeError
    with pytest.raises(queue.Empty):
        ears.heard.get(timeout=0.6)


def test_a_draft_or_a_count_is_no_news(either: Store, ears: Ears) -> None:
    ears.settle()
    with either.writing():
        Counter.create(name="n", value=1)
    with pytest.raises(queue.Empty):
        ears.heard.get(timeout=0.6)


def test_a_store_whose_server_is_silent_refuses_at_once(either: Store) -> None:
    either.suspended = StoreError(Trouble.SILENT)
    with pytest.raises(StoreError) as refused, either.writing():
        pass
    assert refused.value.trouble is Trouble.SILENT
