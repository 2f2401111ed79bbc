"""The fingerprint reader of a counter: find it on its line, enrol a finger, compare a finger with a template."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from hardware.device import CancelToken, Device, DeviceError, FaultCode, Progress
from hardware.facts import Fact, FactName
from hardware.fingerprint.acts import POLL_S, Enrolment, FingerActs, MatchResult
from hardware.fingerprint.codec import DEFAULT_ADDRESS, SystemParameters
from hardware.fingerprint.exchange import READ_SIZE, Exchange
from hardware.fingerprint.image import FingerImage
from hardware.fingerprint.module import GROW_SYSTEM_ID, Module, ReaderInfo
from hardware.fingerprint.wire import PacketLines
from hardware.options import Options
from hardware.port import Port, PortSettings, open_port
from hardware.wire_log import WireReader

BAUDS = (57600, 115200, 9600, 19200, 38400)
"""57600 is the factory's; a module that was set otherwise answers at one of the others."""
PROBE_S = 0.6
"""A ZFM needs half a second after power came on before it answers."""
REPROBE_S = 0.3
HEARTBEAT_S = 15.0
"""Behind an adapter or terminal server a dead module is silent, not hung up: ask it now and then."""
CLASSIC_DPI, R503_DPI = 500, 508


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """`baud` 0 probes. Zero sizes mean: as the module says, or as ZFM-20 class modules have them."""

    port: PortSettings
    baud: int = 0
    address: int = DEFAULT_ADDRESS
    password: int = 0
    width: int = 0
    height: int = 0
    template_size: int = 0
    finger_s: float = 30.0
    poll_s: float = POLL_S
    tries: int = 3
    patience: float = 1.0
    check_download: bool = True


def fingerprint_reader(port: str, options: Mapping[str, object]) -> "FingerprintReader":
    """The registry's factory. Options: baud (0 = probe), address, password, width, height, template_size,
    finger_seconds, tries, check_download."""
    given = Options(options)
    baud = given.integer("baud", 0)
    settings = ReaderSettings(
        port=PortSettings(port, baud=baud or BAUDS[0]),
        baud=baud,
        address=given.integer("address", DEFAULT_ADDRESS),
        password=given.integer("password", 0),
        width=given.integer("width", 0),
        height=given.integer("height", 0),
        template_size=given.integer("template_size", 0),
        finger_s=given.number("finger_seconds", 30.0),
        poll_s=given.number("poll_seconds", POLL_S),
        tries=given.integer("tries", 3),
        patience=given.number("patience", 1.0),
        check_download=given.flag("check_download", True),
    )
    given.done()
    return FingerprintReader(settings)


class FingerprintReader(Device[Port]):
    """An EF 01 module. Progress phases: place_finger, lift_finger, place_again, poor_capture, different_finger,
    comparing, upload_template, upload_image (bytes done and total)."""

    def __init__(self, settings: ReaderSettings) -> None:
        super().__init__("fingerprint")
        self.settings = settings
        self.info: ReaderInfo | None = None
        """What the reader said it is, once it is ready."""
        self._module: Module | None = None
        self._baud = settings.baud or BAUDS[0]
        self._asked_at = 0.0

    # the life

    def open_link(self) -> Port:
        return self.wire.port(open_port(self.settings.port.at_baud(self._baud)))

    def wire_reader(self) -> WireReader:
        return PacketLines()

    def identify(self, link: Port) -> str:
        self._module = module = Module(Exchange(link, self.settings.address, self.settings.patience))
        self._find_speed(link, module)
        self.info = self._describe(module)
        self._asked_at = time.monotonic()
        return self.info.model

    def examine(self, link: Port) -> list[Fact]:
        """What it told at the start, its firmware and its own sensor test where the model has them, and what it
        keeps."""
        module, info = self._acts().module, self._acts().info
        facts = [
            Fact(FactName.SPEED, str(info.baud)),
            Fact(FactName.GEOMETRY, f"{info.width}x{info.height} px, {info.template_size} B"),
        ]
        if info.serial:
            facts.append(Fact(FactName.SERIAL, info.serial))
        if firmware := _unless_unknown(module.firmware):
            facts.append(Fact(FactName.FIRMWARE, firmware))
        if (count := _unless_unknown(module.count)) is not None:
            facts.append(Fact(FactName.STORED, str(count), count == 0))
        if info.dpi == R503_DPI:
            facts.append(_sensor(module))
        return facts

    def idle(self, link: Port, deadline: float) -> None:
        if link.wait(deadline):
            link.read(READ_SIZE, 0.0)
        if time.monotonic() - self._asked_at > HEARTBEAT_S and self._module is not None:
            self._module.verify_password(self.settings.password)
            self._asked_at = time.monotonic()

    def _find_speed(self, link: Port, module: Module) -> None:
        if self.settings.baud:
            speeds = [self.settings.baud, self.settings.baud]
        else:
            speeds = [self._baud, *(baud for baud in BAUDS if baud != self._baud)]
        heard = False
        for number, baud in enumerate(speeds):
            if self.stopping:
                raise DeviceError(FaultCode.STOPPED)
            link.set_baud(baud)
            try:
                module.verify_password(self.settings.password, PROBE_S if number == 0 else REPROBE_S, tries=1)
            except DeviceError as error:
                if error.code not in (FaultCode.NO_ANSWER, FaultCode.GARBLED, FaultCode.UNEXPECTED_ANSWER):
                    raise
                heard = heard or module.exchange.heard_bytes
                continue
            self._baud = baud
            return
        raise DeviceError(FaultCode.WRONG_DEVICE if heard else FaultCode.NO_ANSWER)

    def _describe(self, module: Module) -> ReaderInfo:
        own = self.settings
        parameters = _unless_unknown(module.parameters)
        is_grow = parameters is not None and parameters.system_id == GROW_SYSTEM_ID
        product = _unless_unknown(module.product) if is_grow else None
        facts = parameters or SystemParameters(0, 0, 0, 3, own.address, 128, self._baud)
        if product is not None:
            return ReaderInfo(
                model=product.model or "R503",
                serial=product.serial,
                width=own.width or product.width,
                height=own.height or product.height,
                template_size=own.template_size or product.template_size,
                capacity=product.capacity,
                security=facts.security,
                packet_size=facts.packet_size,
                baud=self._baud,
                dpi=R503_DPI,
                judges_images=True,
            )
        return ReaderInfo(
            model="ZFM" if parameters else "R308",
            serial="",
            width=own.width or 256,
            height=own.height or 288,
            template_size=own.template_size or 512,
            capacity=facts.capacity,
            security=facts.security,
            packet_size=facts.packet_size,
            baud=self._baud,
            dpi=CLASSIC_DPI,
        )

    # the acts

    def capture(
        self,
        finger: int,
        progress: Callable[[Progress], None] | None = None,
        cancel: CancelToken | None = None,
        *,
        with_image: bool = False,
    ) -> "Future[Enrolment]":
        """Enrol one finger: two captures with a lift between, merged. The module keeps nothing.

        DeviceError: FINGER_MISSING, FINGER_NOT_LIFTED, FINGER_UNREADABLE, FINGER_DIFFERENT, CANCELLED, or a fault of
        the line.
        """
        return self.submit(lambda _, context: self._acts().enrol(finger, with_image, context), progress, cancel)

    def match(
        self,
        template: bytes,
        progress: Callable[[Progress], None] | None = None,
        cancel: CancelToken | None = None,
        *,
        with_image: bool = False,
    ) -> "Future[MatchResult]":
        """Compare the finger on the glass with one template, at the module's security level.

        DeviceError: TEMPLATE_INVALID when it is not of this reader's kind, and those of `capture`.
        """
        return self.submit(lambda _, context: self._acts().compare(template, with_image, context), progress, cancel)

    def image(
        self, progress: Callable[[Progress], None] | None = None, cancel: CancelToken | None = None
    ) -> "Future[FingerImage]":
        """The picture of the finger on the glass."""

        return self.submit(lambda _, context: self._acts().picture(context), progress, cancel)

    def maintain(self, work: Callable[[Module], object]) -> "Future[object]":
        """Give a technician's command the module itself: library, settings, light."""
        return self.submit(lambda _, context: work(self._acts().module))

    def _acts(self) -> FingerActs:
        own = self.settings
        assert self._module is not None, "acts run only after identify"
        assert self.info is not None, "acts run only after identify"
        self._asked_at = time.monotonic()
        return FingerActs(self._module, self.info, own.finger_s, own.poll_s, own.tries, own.check_download)


def _sensor(module: Module) -> Fact:
    try:
        module.check_sensor()
    except DeviceError as error:
        if error.code is not FaultCode.SENSOR_FAULT:
            raise
        return Fact(FactName.SENSOR, "fault", good=False)
    return Fact(FactName.SENSOR, "ok")


T = TypeVar("T")


def _unless_unknown(ask: Callable[[], T]) -> T | None:
    """The answer, or None from a module that does not know the question."""
    try:
        return ask()
    except DeviceError as error:
        if error.code in (FaultCode.UNSUPPORTED, FaultCode.NO_ANSWER, FaultCode.REFUSED, FaultCode.UNEXPECTED_ANSWER):
            return None
        raise
