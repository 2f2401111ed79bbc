"""What the device tests share: devices that are stopped again, and a look at what they leave behind."""

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hardware.registry import open_device


@pytest.fixture
def device() -> Iterator[Callable[..., Any]]:
    """Open devices; they are stopped at the end of the test."""
    opened: list[Any] = []

    def open_one(role: str, port: str = "simulated", driver: str = "", **options: object) -> Any:
        one = open_device(role, driver, port, options)
        opened.append(one)
        return one

    yield open_one
    for one in opened:
        one.stop()


@pytest.fixture
def no_leaks() -> Iterator[None]:
    """The test leaves no file descriptor and no thread behind."""
    gc.collect()
    before = len(os.listdir("/proc/self/fd")), threading.active_count()
    yield
    deadline = time.monotonic() + 3
    after = before
    while time.monotonic() < deadline:
        gc.collect()
        after = len(os.listdir("/proc/self/fd")), threading.active_count()
        if after <= before:
            return
        time.sleep(0.02)
    assert after <= before, "descriptors, threads"


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Wait up to five seconds for something to become true."""

    def wait(condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + 5
        while not (value := condition()):
            assert time.monotonic() < deadline, "did not happen"
            time.sleep(0.005)
        return value

    return wait
