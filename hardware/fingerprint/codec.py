"""The packets of the EF 01 fingerprint modules. Pure: bytes in, packets out.

After the ZFM-20 user manual 2.0 and the Grow R503 manual 1.2.2. Everything is big-endian. A packet is
`EF 01 | address 4 | kind 1 | length 2 | content | checksum 2`, where length counts content and checksum, and the
checksum is the sum of kind, length and content modulo 65536.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

START = b"\xef\x01"
DEFAULT_ADDRESS = 0xFFFFFFFF
HEADER_SIZE = 9
MAX_CONTENT = 256
"""Data packets carry at most 256 bytes; nothing is longer."""
GAP_S = 0.2
"""The manuals name no time between bytes; a longer gap inside a packet means that the rest was lost."""


class Kind(IntEnum):
    """What a packet is."""

    COMMAND = 0x01
    DATA = 0x02
    ACK = 0x07
    END = 0x08


class Instruction(IntEnum):
    """First content byte of a command, with the name the manuals use."""

    GEN_IMG = 0x01
    IMG_2_TZ = 0x02
    MATCH = 0x03
    SEARCH = 0x04
    REG_MODEL = 0x05
    STORE = 0x06
    LOAD_CHAR = 0x07
    UP_CHAR = 0x08
    DOWN_CHAR = 0x09
    UP_IMAGE = 0x0A
    DOWN_IMAGE = 0x0B
    DELETE_CHAR = 0x0C
    EMPTY = 0x0D
    SET_SYS_PARA = 0x0E
    READ_SYS_PARA = 0x0F
    SET_PWD = 0x12
    VFY_PWD = 0x13
    GET_RANDOM = 0x14
    SET_ADDRESS = 0x15
    READ_INF_PAGE = 0x16
    WRITE_NOTEPAD = 0x18
    READ_NOTEPAD = 0x19
    HI_SPEED_SEARCH = 0x1B
    TEMPLATE_NUM = 0x1D
    READ_INDEX = 0x1F
    GET_IMAGE_EX = 0x28
    CANCEL = 0x30
    AUTO_ENROLL = 0x31
    AUTO_IDENTIFY = 0x32
    AURA_LED = 0x35
    CHECK_SENSOR = 0x36
    GET_ALG_VER = 0x39
    GET_FW_VER = 0x3A
    READ_PROD_INFO = 0x3C
    SOFT_RESET = 0x3D
    HANDSHAKE = 0x40
    LED_ON = 0x50
    LED_OFF = 0x51
    GET_IMAGE_FREE = 0x52
    GET_ECHO = 0x53


class Confirmation(IntEnum):
    """First content byte of an acknowledgement."""

    OK = 0x00
    RECEIVE_ERROR = 0x01
    NO_FINGER = 0x02
    CAPTURE_FAILED = 0x03
    MESSY = 0x06
    TOO_FEW_FEATURES = 0x07
    NO_MATCH = 0x08
    NOT_FOUND = 0x09
    DIFFERENT_FINGERS = 0x0A
    PAGE_OUT_OF_RANGE = 0x0B
    TEMPLATE_INVALID = 0x0C
    UPLOAD_FAILED = 0x0D
    CANNOT_RECEIVE = 0x0E
    IMAGE_UPLOAD_FAILED = 0x0F
    DELETE_FAILED = 0x10
    EMPTY_FAILED = 0x11
    WRONG_PASSWORD = 0x13
    NO_IMAGE = 0x15
    FLASH_ERROR = 0x18
    UNDEFINED = 0x19
    BAD_REGISTER = 0x1A
    BAD_REGISTER_VALUE = 0x1B
    BAD_NOTEPAD_PAGE = 0x1C
    PORT_FAILURE = 0x1D
    LIBRARY_FULL = 0x1F
    WRONG_ADDRESS = 0x20
    PASSWORD_REQUIRED = 0x21
    TEMPLATE_EMPTY = 0x22
    LIBRARY_EMPTY = 0x24
    TIMED_OUT = 0x26
    ALREADY_ENROLLED = 0x27
    SENSOR_FAULT = 0x29
    ECHO = 0x55
    UNSUPPORTED = 0xFC
    HARDWARE_FAULT = 0xFD
    EXECUTION_FAILED = 0xFE


@dataclass(frozen=True, slots=True)
class Packet:
    """One whole packet whose checksum is right."""

    address: int
    kind: Kind
    content: bytes


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that were no packet: `reason` is `junk`, `length`, `kind`, `checksum` or `gap`, `size` how many were
    skipped."""

    reason: str
    size: int


def encode(kind: Kind, content: bytes, address: int = DEFAULT_ADDRESS) -> bytes:
    """One packet as bytes. `content` has 1 to 256 bytes."""
    if not 1 <= len(content) <= MAX_CONTENT:
        raise ValueError(f"content of {len(content)} bytes")
    counted = bytes([kind]) + (len(content) + 2).to_bytes(2, "big") + content
    return START + address.to_bytes(4, "big") + counted + checksum(counted).to_bytes(2, "big")


def checksum(counted: bytes) -> int:
    """Sum over kind, length and content."""
    return sum(counted) & 0xFFFF


def data_packets(data: bytes, packet_size: int, address: int = DEFAULT_ADDRESS) -> Iterator[bytes]:
    """`data` as data packets of at most `packet_size` bytes, the last one marked as the end."""
    for start in range(0, len(data), packet_size):
        last = start + packet_size >= len(data)
        yield encode(Kind.END if last else Kind.DATA, data[start : start + packet_size], address)


class PacketReader:
    """Finds packets in a stream that may be cut anywhere and hold anything.

    After damage it looks for the next start inside what it already has, so one lost byte costs one packet.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def missing(self) -> int:
        """How many bytes the packet at hand still needs; 0 when none has begun."""
        if not self._buffer:
            return 0
        if len(self._buffer) < HEADER_SIZE:
            return HEADER_SIZE - len(self._buffer)
        return max(0, self._size() - len(self._buffer))

    def feed(self, data: bytes) -> list[Packet | Damage]:
        """What these bytes complete."""
        self._buffer += data
        found: list[Packet | Damage] = []
        while (event := self._next()) is not None:
            found.append(event)
        return found

    def gap(self) -> list[Packet | Damage]:
        """The line was silent for longer than a gap: what is half here will not be completed."""
        found: list[Packet | Damage] = []
        while self._buffer:
            found.append(self._skip("gap", 1))
            found += self.feed(b"")
        return found

    def reset(self) -> None:
        """Forget what is half here."""
        self._buffer.clear()

    def _size(self) -> int:
        return HEADER_SIZE + int.from_bytes(self._buffer[7:9], "big")

    def _next(self) -> Packet | Damage | None:
        buffer = self._buffer
        start = buffer.find(START)
        if start < 0:
            junk = len(buffer) - (1 if buffer.endswith(START[:1]) else 0)
            return self._skip("junk", junk) if junk else None
        if start > 0:
            return self._skip("junk", start)
        if len(buffer) >= 7 and buffer[6] not in _KINDS:
            return self._skip("kind", 1)
        if len(buffer) < HEADER_SIZE:
            return None
        if not HEADER_SIZE + 3 <= self._size() <= HEADER_SIZE + MAX_CONTENT + 2:
            return self._skip("length", 1)
        if len(buffer) < self._size():
            return None
        frame = bytes(buffer[: self._size()])
        if int.from_bytes(frame[-2:], "big") != checksum(frame[6:-2]):
            return self._skip("checksum", 1)
        del buffer[: len(frame)]
        return Packet(int.from_bytes(frame[2:6], "big"), Kind(frame[6]), frame[HEADER_SIZE:-2])

    def _skip(self, reason: str, count: int) -> Damage:
        del self._buffer[:count]
        return Damage(reason, count)


@dataclass(frozen=True, slots=True)
class SystemParameters:
    """What ReadSysPara tells. `packet_size` in bytes, `baud` in bits a second."""

    status: int
    system_id: int
    capacity: int
    security: int
    address: int
    packet_size: int
    baud: int

    @classmethod
    def decode(cls, data: bytes) -> "SystemParameters":
        """From the 16 bytes after the confirmation code. Raises ValueError."""
        if len(data) < 16:
            raise ValueError(f"system parameters of {len(data)} bytes")
        status, system_id, capacity, security = (int.from_bytes(data[i : i + 2], "big") for i in (0, 2, 4, 6))
        code, speed = int.from_bytes(data[12:14], "big"), int.from_bytes(data[14:16], "big")
        if code > 3 or not 1 <= speed <= 12:
            raise ValueError(f"packet size code {code}, speed {speed}")
        return cls(status, system_id, capacity, security, int.from_bytes(data[8:12], "big"), 32 << code, speed * 9600)


@dataclass(frozen=True, slots=True)
class ProductInfo:
    """What ReadProdInfo of an R503 tells. `width` and `height` in pixels, `template_size` in bytes."""

    model: str
    serial: str
    width: int
    height: int
    template_size: int
    capacity: int

    @classmethod
    def decode(cls, data: bytes) -> "ProductInfo":
        """From the 46 bytes after the confirmation code. Raises ValueError."""
        if len(data) < 46:
            raise ValueError(f"product information of {len(data)} bytes")
        width, height, template_size, capacity = (int.from_bytes(data[i : i + 2], "big") for i in range(38, 46, 2))
        if not (64 <= width <= 1024 and 64 <= height <= 1024 and 256 <= template_size <= 8192):
            raise ValueError(f"geometry {width}x{height}, template {template_size}")
        return cls(_printable(data[:16]), _printable(data[20:28]), width, height, template_size, capacity)


def unpack_pixels(data: bytes) -> bytes:
    """Two 4-bit pixels a byte, the left one in the high half, as one byte a pixel, 0 to 255."""
    return data.hex().translate(_NIBBLES).encode("latin-1")


def pack_pixels(grey: bytes) -> bytes:
    """The other way: one byte a pixel as two 4-bit pixels a byte. `grey` has an even number of bytes."""
    return bytes((left & 0xF0) | (right >> 4) for left, right in zip(grey[::2], grey[1::2], strict=True))


def index_ids(table: bytes, page: int) -> list[int]:
    """The occupied template numbers of one page of ReadIndexTable: page x 256 + 8 x byte + bit, lowest bit first."""
    return [page * 256 + 8 * i + bit for i, byte in enumerate(table) for bit in range(8) if byte >> bit & 1]


_KINDS = frozenset(int(kind) for kind in Kind)
_NIBBLES = {ord(f"{value:x}"): value * 17 for value in range(16)}


def _printable(data: bytes) -> str:
    return "".join(chr(byte) for byte in data if 0x20 <= byte < 0x7F).strip()
