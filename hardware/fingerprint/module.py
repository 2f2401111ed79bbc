"""The instructions of an EF 01 module as methods: what each one needs, gives and how long it may take.

Instructions that change flash (store, delete, empty, settings) are never repeated by themselves. The instructions of
an R503 that work by themselves are in `automatic`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hardware.faults import DeviceError, FaultCode
from hardware.fingerprint.codec import (
    Confirmation,
    Instruction,
    ProductInfo,
    SystemParameters,
    index_ids,
    pack_pixels,
    unpack_pixels,
)
from hardware.fingerprint.exchange import Exchange

CAPTURE_S = 3.0
"""GenImg takes under a second on a ZFM-20; three leave room for a wet finger and a slow line."""
FLASH_S = 3.0
"""Store, Delete and Empty erase flash pages."""
IMAGE_S = 15.0
"""A 256x288 image needs 7 s at 57600 baud; 15 cover half that speed."""
SLOW_IMAGE_S = 60.0
"""The same at 9600 baud: 42 s on the wire."""

INFORMATION_SIZE = 512
GROW_SYSTEM_ID = 0x0009
BUFFER_CAPTURE, BUFFER_SECOND = 1, 2


@dataclass(frozen=True, slots=True)
class ReaderInfo:
    """What the reader is. Sizes in pixels and bytes; `security` 1 (lenient) to 5; `baud` in bits a second."""

    model: str
    serial: str
    width: int
    height: int
    template_size: int
    capacity: int
    security: int
    packet_size: int
    baud: int
    dpi: int
    judges_images: bool = False
    """Whether its manual knows GetImageEx, which refuses a poor picture where GenImg takes it."""


@dataclass(frozen=True, slots=True)
class Module:
    """One module behind an exchange. Methods raise DeviceError and PortLost."""

    exchange: Exchange

    # who are you

    def verify_password(self, password: int, timeout: float = 1.0, tries: int = 2) -> None:
        """Unlock. Raises DeviceError(PASSWORD_WRONG)."""
        self.exchange.ask(Instruction.VFY_PWD, password.to_bytes(4, "big"), timeout=timeout, tries=tries)

    def parameters(self) -> SystemParameters:
        """ReadSysPara. Raises DeviceError(UNSUPPORTED or NO_ANSWER) on an R308, which lacks it."""
        _, data = self.exchange.ask(Instruction.READ_SYS_PARA, expect=16, tries=2)
        try:
            return SystemParameters.decode(data)
        except ValueError as error:
            raise DeviceError(FaultCode.UNEXPECTED_ANSWER, str(error)) from error

    def product(self) -> ProductInfo:
        """ReadProdInfo, R503 only."""
        _, data = self.exchange.ask(Instruction.READ_PROD_INFO, expect=46, timeout=0.5)
        try:
            return ProductInfo.decode(data)
        except ValueError as error:
            raise DeviceError(FaultCode.UNEXPECTED_ANSWER, str(error)) from error

    def firmware(self) -> str:
        """GetFwVer and GetAlgVer, R503 only: both versions as it writes them."""
        asked = (Instruction.GET_FW_VER, Instruction.GET_ALG_VER)
        versions = [self.exchange.ask(instruction, tries=2)[1] for instruction in asked]
        return " / ".join("".join(chr(byte) for byte in version if 0x20 <= byte < 0x7F) for version in versions)

    def check_sensor(self) -> None:
        """R503's own test of its sensor. Raises DeviceError(SENSOR_FAULT)."""
        self.exchange.ask(Instruction.CHECK_SENSOR, tries=2)

    def is_alive(self) -> bool:
        """GetEcho, R30x only. Raises DeviceError(UNSUPPORTED) on others, which `verify_password` asks as well."""
        accept = (Confirmation.ECHO,)
        return self.exchange.ask(Instruction.GET_ECHO, tries=2, accept=accept)[0] is Confirmation.ECHO

    def information_page(self) -> bytes:
        """ReadInfPage: 512 bytes as the maker laid them out, which no manual tells. ZFM modules."""
        return self._fetch(Instruction.READ_INF_PAGE, b"", INFORMATION_SIZE, IMAGE_S)

    # one finger

    def take_image(self, judged: bool = False) -> Confirmation:
        """GenImg: OK, NO_FINGER, CAPTURE_FAILED. With `judged` GetImageEx where the module has it, which adds
        TOO_FEW_FEATURES: a finger is there, its picture is poor."""
        poor = (Confirmation.NO_FINGER, Confirmation.CAPTURE_FAILED, Confirmation.TOO_FEW_FEATURES)
        for take in (Instruction.GET_IMAGE_EX, Instruction.GEN_IMG) if judged else (Instruction.GEN_IMG,):
            try:
                return self.exchange.ask(take, timeout=CAPTURE_S, tries=2, accept=poor)[0]
            except DeviceError as error:
                if take is Instruction.GEN_IMG or error.code is not FaultCode.UNSUPPORTED:
                    raise
        raise AssertionError("GenImg answers or raises")

    def extract(self, buffer: int) -> Confirmation:
        """Img2Tz into a buffer: OK, MESSY, TOO_FEW_FEATURES or NO_IMAGE."""
        poor = (Confirmation.MESSY, Confirmation.TOO_FEW_FEATURES, Confirmation.NO_IMAGE)
        return self.exchange.ask(Instruction.IMG_2_TZ, bytes([buffer]), timeout=2.0, tries=2, accept=poor)[0]

    def match(self) -> tuple[bool, int]:
        """Compare the two buffers: whether they are one finger, and the module's score."""
        code, data = self.exchange.ask(Instruction.MATCH, expect=2, accept=(Confirmation.NO_MATCH,))
        return code is Confirmation.OK, int.from_bytes(data[:2], "big")

    def merge(self) -> bool:
        """RegModel: make a template of the two captures. False when they are not the same finger."""
        different = (Confirmation.DIFFERENT_FINGERS,)
        return self.exchange.ask(Instruction.REG_MODEL, accept=different)[0] is Confirmation.OK

    def upload_template(self, buffer: int, size: int) -> bytes:
        """UpChar: the template in a buffer, module to host."""
        return self._fetch(Instruction.UP_CHAR, bytes([buffer]), size, IMAGE_S)

    def download_template(self, buffer: int, template: bytes, packet_size: int) -> None:
        """DownChar: a template into a buffer, host to module, which does not say whether it arrived."""
        self.exchange.ask(Instruction.DOWN_CHAR, bytes([buffer]), tries=2)
        self.exchange.transmit(template, packet_size)

    def upload_image(self, info: ReaderInfo, on_size: Callable[[int], None] | None = None) -> bytes:
        """UpImage: the last capture, one byte a pixel, left to right, top to bottom."""
        seconds = SLOW_IMAGE_S if info.baud < 38400 else IMAGE_S
        return unpack_pixels(self._fetch(Instruction.UP_IMAGE, b"", info.width * info.height // 2, seconds, on_size))

    def download_image(self, grey: bytes, packet_size: int) -> None:
        """DownImage: a picture in place of a capture, one byte a pixel: shows whether a module still finds what is in
        a picture that is known. It does not say whether the picture arrived."""
        self.exchange.ask(Instruction.DOWN_IMAGE, tries=2)
        self.exchange.transmit(pack_pixels(grey), packet_size)

    # the module's own library, for maintenance: the office keeps its templates in the vault

    def count(self) -> int:
        """Templates stored in the module."""
        return int.from_bytes(self.exchange.ask(Instruction.TEMPLATE_NUM, expect=2, tries=2)[1][:2], "big")

    def occupied(self, capacity: int) -> list[int]:
        """Numbers of the templates stored in the module."""
        pages = range((capacity + 255) // 256)
        ask = self.exchange.ask
        tables = [ask(Instruction.READ_INDEX, bytes([page]), expect=32, tries=2)[1] for page in pages]
        return [number for page, table in enumerate(tables) for number in index_ids(table[:32], page)]

    def store(self, buffer: int, page: int) -> None:
        """Keep a buffer in flash."""
        self.exchange.ask(Instruction.STORE, bytes([buffer]) + page.to_bytes(2, "big"), timeout=FLASH_S)

    def load(self, buffer: int, page: int) -> None:
        """Fetch a stored template into a buffer."""
        self.exchange.ask(Instruction.LOAD_CHAR, bytes([buffer]) + page.to_bytes(2, "big"), tries=2)

    def search(self, buffer: int, start: int, count: int) -> tuple[int, int] | None:
        """Find a buffer among the stored ones: its number and score, or None."""
        where = bytes([buffer]) + start.to_bytes(2, "big") + count.to_bytes(2, "big")
        code, data = self.exchange.ask(
            Instruction.SEARCH, where, expect=4, timeout=2.0, tries=2, accept=(Confirmation.NOT_FOUND,)
        )
        if code is Confirmation.NOT_FOUND:
            return None
        return int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")

    def delete(self, page: int, count: int = 1) -> None:
        """Delete stored templates."""
        where = page.to_bytes(2, "big") + count.to_bytes(2, "big")
        self.exchange.ask(Instruction.DELETE_CHAR, where, timeout=FLASH_S)

    def empty(self) -> None:
        """Delete every stored template."""
        self.exchange.ask(Instruction.EMPTY, timeout=FLASH_S)

    # settings

    def set_security(self, level: int) -> None:
        """How alike two prints must be: 1 (lenient) to 5 (strict)."""
        self._set(5, level, range(1, 6))

    def set_packet_size(self, size: int) -> None:
        """Bytes in a data packet: 32, 64, 128 or 256."""
        self._set(6, {32: 0, 64: 1, 128: 2, 256: 3}.get(size, -1), range(4))

    def set_baud(self, baud: int) -> None:
        """The line's speed, a multiple of 9600 up to 115200. ZFM modules take it up after a power cut, others at
        once."""
        self._set(4, baud // 9600 if baud % 9600 == 0 else -1, range(1, 13))

    def set_password(self, password: int) -> None:
        """Lock the module with another password."""
        self.exchange.ask(Instruction.SET_PWD, password.to_bytes(4, "big"), timeout=FLASH_S)

    def set_address(self, address: int) -> None:
        """Give the module another address, for two on one line. The driver's option `address` must follow."""
        self.exchange.ask(Instruction.SET_ADDRESS, address.to_bytes(4, "big"), timeout=FLASH_S, becomes=address)

    def light(self, on: bool, is_r503: bool) -> None:
        """The ring of an R503 (blue, steady) or the backlight of an older module."""
        if is_r503:
            self.exchange.ask(Instruction.AURA_LED, bytes([3 if on else 4, 0, 2, 0]), tries=2)
        else:
            self.exchange.ask(Instruction.LED_ON if on else Instruction.LED_OFF, tries=2)

    def random(self) -> int:
        """32 bits from the module's generator."""
        return int.from_bytes(self.exchange.ask(Instruction.GET_RANDOM, expect=4, tries=2)[1][:4], "big")

    def read_notepad(self, page: int) -> bytes:
        """One of sixteen pages of 32 bytes."""
        return self.exchange.ask(Instruction.READ_NOTEPAD, bytes([page]), expect=32, tries=2)[1][:32]

    def write_notepad(self, page: int, data: bytes) -> None:
        """Write one page, padded with zeros to 32 bytes."""
        self.exchange.ask(Instruction.WRITE_NOTEPAD, bytes([page]) + data.ljust(32, b"\0")[:32], timeout=FLASH_S)

    def soft_reset(self) -> None:
        """Restart an R503; it sends 0x55 when ready."""
        self.exchange.ask(Instruction.SOFT_RESET)

    def _fetch(
        self,
        instruction: Instruction,
        parameters: bytes,
        size: int,
        seconds: float,
        on_size: Callable[[int], None] | None = None,
    ) -> bytes:
        """Data of a known size, asked for again once when some was lost on the way."""
        for _ in range(2):
            self.exchange.ask(instruction, parameters, tries=2)
            try:
                data = self.exchange.receive(seconds, on_size)
                if len(data) == size:
                    return data
                fault = DeviceError(FaultCode.GARBLED, f"{len(data)} of {size} bytes")
            except DeviceError as error:
                if error.code not in (FaultCode.GARBLED, FaultCode.NO_ANSWER, FaultCode.UNEXPECTED_ANSWER):
                    raise
                fault = error
        raise fault

    def _set(self, register: int, value: int, allowed: range) -> None:
        if value not in allowed:
            raise ValueError(f"register {register} cannot hold {value}")
        self.exchange.ask(Instruction.SET_SYS_PARA, bytes([register, value]), timeout=FLASH_S)
