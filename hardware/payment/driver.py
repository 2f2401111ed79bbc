"""Payment terminals as devices: opening, the sign of life, late answers while idle, and options from kiosk.toml.

Acts get the open `EcrTerminal`: `device.submit(lambda terminal, context: terminal.sale(...)).result()`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from hardware.device import Device
from hardware.facts import Fact, FactName
from hardware.faults import DeviceError, FaultCode
from hardware.options import Options
from hardware.payment.bca import BcaProfile, Dialect
from hardware.payment.bri import BriProfile
from hardware.payment.ecr import EcrTerminal, LateAnswers
from hardware.payment.link import Timings
from hardware.payment.memory import Identity, Memory, Owed
from hardware.payment.profile import Profile
from hardware.payment.terminal import Method, OnLateAnswer, Purpose
from hardware.payment.wire import FrameLines
from hardware.port import PortSettings, open_port
from hardware.wire_log import WireReader

CLOCK_LIMIT_S = 300.0
"""A transaction is looked for within ten minutes of its time (see `matching`)."""


class EcrDevice(Device[EcrTerminal]):
    """One payment terminal. Unanswered sales are remembered here, so that a replug does not make their answers look
    new.
    """

    def __init__(self, profile: Profile, settings: PortSettings, timings: Timings, echo_on_open: bool) -> None:
        super().__init__("payment")
        self._profile = profile
        self._settings = settings
        self._timings = timings
        self._echo_on_open = echo_on_open
        self._memory = Memory()
        self._late = LateAnswers(profile, self._memory)
        self.terminal_id = ""
        """What the terminal calls itself (TID), once it has answered an echo test."""

    def on_late_answer(self, subscriber: OnLateAnswer | None) -> None:
        """Who hears, from the owner thread, answers that nobody waits for."""
        self._late.subscriber = subscriber

    def remember(self, amount: int, method: Method, reference: str) -> None:
        """After a restart: a sale whose outcome is still unknown, so that its late answer is not taken for
        another's.
        """
        purpose = _purpose(method)
        self._memory.expect(Owed(purpose, self._profile.kind(purpose), amount, reference))

    def recall(
        self,
        refusals: Iterable[Method],
        taken: Iterable[tuple[Method, str, str, str]],
        listed: Iterable[tuple[str, str]],
    ) -> None:
        """After a restart: sales whose refusal may still come, transactions taken (method, invoice, RRN, approval code)
        and (invoice, RRN) that the device had listed when people ended a sale.
        """
        identities: list[Identity] = []
        for method, invoice_no, rrn, approval_code in taken:
            kind = self._profile.kind(_purpose(method))
            identities.append((kind, invoice_no, rrn, approval_code))
            if method is Method.QRIS:
                # the answer that gave the customer a code to pay
                identities.append((kind, "", rrn, ""))
        self._memory.recall([self._profile.kind(_purpose(method)) for method in refusals], identities, listed)

    def open_link(self) -> EcrTerminal:
        """Open the port."""
        return EcrTerminal(
            self.wire.port(open_port(self._settings)), self._profile, self._timings, self._memory, self._late
        )

    def wire_reader(self) -> WireReader:
        return FrameLines(self._profile)

    def identify(self, link: EcrTerminal) -> str:
        """An echo test, unless this terminal does not know it. Raises DeviceError(NO_ANSWER)."""
        if not self._echo_on_open:
            return self._profile.name
        echo = link.echo()
        if not echo.answered:
            raise DeviceError(FaultCode.NO_ANSWER, f"echo test: {echo.reason}")
        self.terminal_id = echo.terminal_id
        return f"{self._profile.name} {echo.terminal_id}".strip()

    def examine(self, link: EcrTerminal) -> list[Fact]:
        """Who it is and what its clock says; the list of its transactions is searched by time."""
        echo = link.echo()
        if not echo.answered:
            raise DeviceError(FaultCode.NO_ANSWER, f"echo test: {echo.reason}")
        facts = [Fact(FactName.TERMINAL, echo.terminal_id)] if echo.terminal_id else []
        if echo.device_time is not None:
            off = abs((datetime.now(UTC) - echo.device_time).total_seconds())
            facts.append(Fact(FactName.CLOCK, f"{echo.device_time:%Y-%m-%d %H:%M:%S %z}", off < CLOCK_LIMIT_S))
        return facts

    def idle(self, link: EcrTerminal, deadline: float) -> None:
        """Listen for late answers."""
        link.listen_until(deadline)


def _purpose(method: Method) -> Purpose:
    return Purpose.SALE_CARD if method is Method.CARD else Purpose.SALE_QRIS


def bca_terminal(port: str, options: Mapping[str, object]) -> EcrDevice:
    """Driver `bca`. Options: `baud` (115200), every name of `Timings`, `version` and `version_NN` by transaction type,
    `optional_as_zeros`, `qris_answers_when_paid`, `echo_on_open`.
    """
    values = Options(options)
    version = values.integer("version", 1)
    versions = {
        kind: values.integer(f"version_{kind}", version) for kind in ("01", "08", "10", "17", "19", "20", "31", "32")
    }
    dialect = Dialect(
        version=version,
        versions=MappingProxyType(versions),
        optional_as_zeros=values.flag("optional_as_zeros", True),
        qris_answers_when_paid=values.flag("qris_answers_when_paid"),
    )
    return ecr_device(BcaProfile(dialect), port, values, baud=115200)


def bri_terminal(port: str, options: Mapping[str, object]) -> EcrDevice:
    """Driver `bri`. Options: `baud` (9600), `echo_on_open`, every name of `Timings`."""
    return ecr_device(BriProfile(), port, Options(options), baud=9600)


def ecr_device(profile: Profile, port: str, values: Options, baud: int) -> EcrDevice:
    """The device for a profile, with the options every ECR link has. Raises OptionError for any other that is left."""
    settings = PortSettings(port, baud=values.integer("baud", baud))
    timings = read_timings(values)
    echo_on_open = values.flag("echo_on_open", True)
    values.done()
    return EcrDevice(profile, settings, timings, echo_on_open)


def read_timings(values: Options) -> Timings:
    """Timings with whatever the options say otherwise; an option has the name of its field."""
    defaults = Timings()
    given: dict[str, Any] = {}
    for item in fields(Timings):
        default = getattr(defaults, item.name)
        read = values.integer if isinstance(default, int) else values.number
        given[item.name] = read(item.name, default)
    return Timings(**given)
