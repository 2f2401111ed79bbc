"""An office whose payment terminal is the simulated one behind the real driver, on a pty, with short waits."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from hardware.device import DeviceState
from kiosk.office import Office
from kiosk.settings import DeviceSettings, Settings
from tests.conftest import Desks

SHORT = {
    "ack": 0.4,
    "gap": 0.1,
    "card": 0.8,
    "qris": 0.8,
    "inquiry": 0.8,
    "echo": 1.0,
    "settlement": 1.0,
    "history_gap": 0.2,
    "duplicate_hold": 0.2,
    "qris_poll": 0.05,
    "qris_wait": 0.6,
}
"""Seconds; the terminal answers at once unless it is told otherwise."""


def open_with_terminal(
    settings: Settings,
    *,
    terminal: str | None = None,
    port: str = "simulated:polls=1",
    driver: str = "bca",
    **options: object,
) -> Office:
    """The office with a payment terminal that is ready."""
    device = DeviceSettings(driver, port, {**SHORT, **options})
    office = Office.open(msgspec.structs.replace(settings, devices={"payment": device}), terminal=terminal)
    reader = office.devices.get("payment")
    assert reader is not None
    assert reader.wait_ready(5.0).state is DeviceState.READY
    return office


@pytest.fixture
def edc_office(settings: Settings) -> Iterator[Office]:
    office = open_with_terminal(settings)
    yield office
    office.close()


@pytest.fixture
def edc_desks(edc_office: Office) -> Desks:
    return Desks(edc_office)


class Edc:
    """The simulated terminal's own side: what it is told, and the truth about what it charged."""

    def __init__(self, office: Office) -> None:
        self._device = office.devices.get("payment")

    def tell(self, **command: Any) -> dict[str, Any]:
        assert self._device is not None
        answer: dict[str, Any] = self._device.companion.control(command)
        return answer

    def breaks(self, place: str, how: str, times: int = 1) -> None:
        self.tell(**{"break": place, "how": how, "times": times})

    @property
    def charged(self) -> list[dict[str, Any]]:
        """What was really charged and not voided."""
        return [entry for entry in self.tell(transactions=True)["transactions"] if not entry["voided"]]

    @property
    def attempts(self) -> int:
        return len(self.tell(attempts=True)["attempts"])


@pytest.fixture
def edc(edc_office: Office) -> Edc:
    return Edc(edc_office)
