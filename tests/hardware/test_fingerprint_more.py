"""Instructions that only a technician uses, and those that only some models have."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from hardware.device import CancelToken, DeviceError, DeviceState, FaultCode
from hardware.fingerprint.automatic import auto_enrol, auto_identify
from hardware.fingerprint.codec import Instruction, pack_pixels, unpack_pixels
from hardware.fingerprint.wire import PacketLines

R503 = "simulated:model=r503,reaction=0.02"
ALL_STEPS = list(range(1, 16))


@pytest.fixture
def reader(device: Callable[..., Any], request: pytest.FixtureRequest) -> Any:
    port = getattr(request, "param", R503)
    one = device("fingerprint", port, poll_seconds=0.02, patience=0.3)
    assert one.wait_ready(5).state is DeviceState.READY
    return one


def tried(reader: Any, work: Callable[[Any], object]) -> Any:
    """The value of a technician's work, or the code of the fault."""
    try:
        return reader.maintain(work).result(20)
    except DeviceError as error:
        return error.code


def test_an_r503_enrols_by_itself_and_finds_the_finger_again(reader: Any) -> None:
    steps: list[int] = []
    assert tried(reader, lambda module: auto_enrol(module.exchange, 7, on_step=steps.append)) == 7
    assert steps == ALL_STEPS
    reader.companion.control({"finger": 1})
    assert tried(reader, lambda module: auto_identify(module.exchange, 200)) == (7, 180)
    reader.companion.control({"person": "somebody else", "present": False})
    assert tried(reader, lambda module: auto_identify(module.exchange, 200)) is None
    assert tried(reader, lambda module: module.count()) == 1


def test_what_an_r503_refuses_by_itself_has_its_name(reader: Any) -> None:
    def enrol(module: Any, **options: bool) -> int:
        return auto_enrol(module.exchange, 7, **options)

    assert tried(reader, lambda module: auto_identify(module.exchange, 200)) is FaultCode.REFUSED
    assert tried(reader, enrol) == 7
    assert tried(reader, enrol) is FaultCode.REFUSED
    reader.companion.control({"finger": 1})
    assert tried(reader, lambda module: enrol(module, overwrite=True)) is FaultCode.REFUSED, "enrolled already"
    assert tried(reader, lambda module: enrol(module, overwrite=True, twice=True)) == 7
    reader.companion.control({"poor": [10]})
    assert tried(reader, lambda module: enrol(module, overwrite=True)) is FaultCode.FINGER_UNREADABLE
    reader.companion.control({"clumsy": [4, 5], "present": False})
    assert tried(reader, lambda module: enrol(module, overwrite=True)) is FaultCode.FINGER_DIFFERENT


def test_an_enrolment_of_its_own_is_stopped_and_stores_nothing(reader: Any) -> None:
    reader.companion.control({"obliging": False, "present": True})
    cancel = CancelToken()

    def work(module: Any) -> int:
        return auto_enrol(module.exchange, 3, on_step=lambda _: cancel.cancel(), cancel=cancel)

    assert tried(reader, work) is FaultCode.CANCELLED
    assert tried(reader, lambda module: module.count()) == 0
    assert reader.status.state is DeviceState.READY


@pytest.mark.parametrize("reader", ["simulated:reaction=0.02"], indirect=True)
def test_older_modules_know_nothing_of_it(reader: Any) -> None:
    assert tried(reader, lambda module: auto_enrol(module.exchange, 1)) is FaultCode.UNSUPPORTED
    assert tried(reader, lambda module: module.take_image(judged=True)).name == "NO_FINGER", "takes GenImg instead"
    assert tried(reader, lambda module: module.is_alive()) is True
    assert tried(reader, lambda module: module.information_page())[:6] == b"ZFM-20"


def test_an_r503_calls_a_picture_poor_before_its_features_are_sought(reader: Any) -> None:
    heard: list[str] = []
    reader.wire.listen(heard.append)
    reader.companion.control({"poor": [10]})
    assert reader.capture(1).result(10).attempts == 3
    assert any("GET_IMAGE_EX" in line for line in heard)
    assert not any("TOO_FEW" in line or "MESSY" in line for line in _answers_to(heard, "IMG_2_TZ"))
    assert tried(reader, lambda module: module.is_alive()) is FaultCode.UNSUPPORTED


def _answers_to(lines: list[str], instruction: str) -> list[str]:
    return [after for line, after in itertools.pairwise(lines) if instruction in line]


def test_a_module_takes_another_address_and_answers_there(reader: Any) -> None:
    def work(module: Any) -> tuple[int, int]:
        module.set_address(0x11223344)
        return module.exchange.address, module.parameters().address

    assert tried(reader, work) == (0x11223344, 0x11223344)


def test_a_picture_sent_down_is_read_like_a_capture(reader: Any) -> None:
    picture = reader.image().result(10)

    def work(module: Any) -> tuple[str, str]:
        module.download_image(picture.grey, reader.info.packet_size)
        whole = module.extract(1).name
        module.download_image(bytes(len(picture.grey)), reader.info.packet_size)
        return whole, module.extract(1).name

    assert tried(reader, work) == ("OK", "NO_IMAGE")


def test_pixels_packed_are_the_pixels_unpacked() -> None:
    grey = bytes(level * 17 for level in range(16)) * 3
    assert unpack_pixels(pack_pixels(grey)) == grey
    assert pack_pixels(bytes([255, 0, 16, 32])) == b"\xf0\x12"


def test_the_wire_log_names_the_new_instructions() -> None:
    log = PacketLines()
    echo = bytes.fromhex("ef01ffffffff 01 0003 53 0057")
    assert log.lines(">", echo) == ["> GET_ECHO 53"]
    assert Instruction(0x31).name == "AUTO_ENROLL"
