"""A terminal that was stopped inside its transaction keeps the others waiting, and not for ever."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from db import connection, schema
from db.connection import Store, StoreError, Trouble
from db.file_lock import Busy, FileLock
from db.tables import Counter

WAIT_S = 0.15


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    made = Store(f"sqlite://{tmp_path / 'office.db'}")
    schema.migrate(made)
    made.close()
    monkeypatch.setattr(connection, "BUSY_SECONDS", WAIT_S)
    return made


@contextmanager
def stopped(url: str) -> Iterator[int]:
    """Another terminal, stopped (SIGSTOP) inside its transaction; killed at the end, if it is there still."""
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            with Store(url).writing():
                Counter.create(name="theirs", value=1)
                os.write(tell, b"1")
                os.kill(os.getpid(), signal.SIGSTOP)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(tell)
    try:
        assert os.read(told, 1) == b"1"
        os.waitpid(pid, os.WUNTRACED)
        yield pid
    finally:
        os.close(told)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def wait_for(pid: int) -> None:
    """Until a child that goes on has ended; it stays to be waited for."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def write(store: Store, name: str) -> None:
    with store.writing():
        Counter.create(name=name, value=1)


def names(store: Store) -> set[str]:
    with store.reading():
        return {row.name for row in Counter.select()}


def test_a_stopped_terminal_is_not_waited_for_longer_than_the_busy_time(store: Store) -> None:
    with stopped(store.url):
        begun = time.monotonic()
        with pytest.raises(StoreError) as busy:
            write(store, "ours")
        assert WAIT_S <= time.monotonic() - begun < WAIT_S + 2
        assert busy.value.trouble is Trouble.BUSY
        with store.reading():
            assert not Counter.select().exists(), "readers wait for nobody"
        with pytest.raises(StoreError), store.alone():
            pass


def test_it_goes_on_where_it_was_and_so_do_the_others(store: Store) -> None:
    with stopped(store.url) as pid:
        with pytest.raises(StoreError):
            write(store, "early")
        os.kill(pid, signal.SIGCONT)
        wait_for(pid)
        write(store, "ours")
        assert names(store) == {"theirs", "ours"}


def test_its_death_frees_the_others_though_they_had_given_up(store: Store) -> None:
    with stopped(store.url), pytest.raises(StoreError):
        write(store, "early")
    write(store, "ours")
    write(store, "again")
    assert names(store) == {"ours", "again"}


def test_what_gave_up_never_gets_the_lock_later_and_keeps_it(store: Store) -> None:
    with stopped(store.url) as pid:
        with pytest.raises(StoreError):
            write(store, "early")
        os.kill(pid, signal.SIGCONT)
        wait_for(pid)
        other = FileLock(store.path.with_name("office.db.lock"))  # type: ignore[union-attr]
        os.close(other.take(5))


def test_many_that_give_up_leave_one_thread_behind(store: Store) -> None:
    with stopped(store.url):
        before = threading.active_count()
        for _ in range(6):
            with pytest.raises(Busy):
                store._lock.take(0.01)  # type: ignore[union-attr]
        assert threading.active_count() <= before + 1


def test_threads_and_programs_that_wait_all_get_their_turn(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 20)
    with stopped(store.url) as pid:
        stores = [Store(store.url), store, store, store]
        threads = [
            threading.Thread(target=lambda n=n, s=s: [write(s, f"{n}-{k}") for k in range(5)])
            for n, s in enumerate(stores)
        ]
        for thread in threads:
            thread.start()
        os.kill(pid, signal.SIGCONT)
        for thread in threads:
            thread.join(20)
        wait_for(pid)
    assert len(names(store)) == 21
