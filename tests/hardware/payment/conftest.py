"""A payment terminal made of code behind the real driver, with waits short enough for a test."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from hardware.device import DeviceState
from hardware.payment.driver import EcrDevice
from hardware.payment.terminal import LateAnswer, Method, SaleOutcome, Stage
from hardware.registry import open_device

AMOUNT = 500_000
PATIENT = {
    "ack": 2.0,
    "gap": 0.1,
    "nak_settle": 0.02,
    "card": 4.0,
    "qris": 4.0,
    "inquiry": 2.0,
    "settlement": 4.0,
    "echo": 4.0,
    "history_gap": 0.2,
    "duplicate_hold": 0.1,
    "qris_poll": 0.02,
    "qris_wait": 3.0,
}
"""For sales whose answer comes: a busy machine must not turn it into an unknown."""
HASTY = {"ack": 0.2, "gap": 0.04, "card": 0.3, "qris": 0.3, "inquiry": 0.3, "history_gap": 0.15, "qris_wait": 0.6}
"""For sales whose answer does not come."""


@dataclass
class Bench:
    """The driver, its simulator, and what was heard."""

    device: EcrDevice
    amount: int = AMOUNT
    at_pending: Callable[[], object] | None = None
    late: list[LateAnswer] = field(default_factory=list)
    stages: list[tuple[Stage, SaleOutcome]] = field(default_factory=list)

    def order(self, **command: Any) -> dict[str, Any]:
        assert self.device.companion is not None
        answer = self.device.companion.control(command)
        assert answer.pop("ok"), answer
        return answer

    def heard(self, stage: Stage, outcome: SaleOutcome) -> None:
        self.stages.append((stage, outcome))
        if stage is Stage.PENDING and self.at_pending is not None:
            self.at_pending()

    def sale(self, reference: str = "ITK1", amount: int = AMOUNT, method: Method = Method.CARD) -> SaleOutcome:
        return self.device.submit(lambda t, _: t.sale(amount, method, reference, self.heard)).result(20)

    def wait_for(self, true: Callable[[], object], seconds: float = 5.0) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, "did not happen"
            time.sleep(0.005)

    def charged(self, reference: str) -> list[dict[str, Any]]:
        """What was really charged for a reference; BRI's link carries none, there it is everything."""
        booked: list[dict[str, Any]] = self.order(transactions=True)["transactions"]
        return [entry for entry in booked if entry["reference"] in (reference, "") and not entry["voided"]]


@pytest.fixture
def edc() -> Iterator[Bench]:
    """A BCA terminal."""
    with bench() as made:
        yield made


@pytest.fixture
def hasty() -> Iterator[Bench]:
    """A BCA terminal whose driver gives up soon."""
    with bench(**HASTY) as made:
        yield made


@pytest.fixture(scope="session")
def new_bench() -> Callable[..., AbstractContextManager[Bench]]:
    """Any terminal: `with new_bench("bri", card=2.0) as edc`."""
    return bench


def until_ready(device: EcrDevice) -> None:
    """A hasty driver on a busy machine may miss the first answer; as in an office, it tries again."""
    deadline = time.monotonic() + 10
    while (status := device.wait_ready(5)).state is not DeviceState.READY:
        assert time.monotonic() < deadline, status
        device.retry_now()
        time.sleep(0.05)


@contextmanager
def bench(bank: str = "bca", **options: Any) -> Iterator[Bench]:
    port = f"simulated:bank={bank},ack_wait={options.pop('ack_wait', 0.12)}"
    device: EcrDevice = open_device("payment", bank, port, {**PATIENT, **options})
    try:
        until_ready(device)
        made = Bench(device)
        device.on_late_answer(made.late.append)
        yield made
    finally:
        device.stop()
