"""Clients of others drive our simulated reader: what they understand, a real module
would say too.

They are test tools, not dependencies:
`pip install --no-deps pyfingerprint==1.5 adafruit-circuitpython-fingerprint==2.2.25`.
"""

import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from hardware.fingerprint.applicant import read_template
from hardware.fingerprint.simulator import MODELS, SimulatedReader


@pytest.fixture(params=["zfm20", "r307"])
def module(request: pytest.FixtureRequest) -> Iterator[SimulatedReader]:
    one = SimulatedReader(MODELS[request.param])
    one.applicant.obliging = False
    one.start()
    yield one
    one.stop()


def test_pyfingerprint_enrols_searches_and_downloads(module: SimulatedReader, tmp_path: Path) -> None:
    package = pytest.importorskip("pyfingerprint.pyfingerprint", reason="pyfingerprint 1.5 is not installed")
    client = package.PyFingerprint(module.path, 57600, 0xFFFFFFFF, 0x00000000)
    assert client.verifyPassword()
    assert client.getStorageCapacity() == module.model.capacity
    assert (client.getSecurityLevel(), client.getMaxPacketSize(), client.getBaudRate()) == (3, 128, 57600)
    assert client.readImage() is False
    module.control({"present": True})
    assert client.readImage() is True
    client.convertImage(0x01)
    client.readImage()
    client.convertImage(0x02)
    assert client.createTemplate() is True
    assert client.storeTemplate(5) == 5
    assert client.getTemplateCount() == 1
    assert [number for number, used in enumerate(client.getTemplateIndex(0)) if used] == [5]
    assert client.searchTemplate() == (5, 180)
    template = bytes(client.downloadCharacteristics(0x01))
    assert len(template) == 512
    assert read_template(template) == ("applicant/1", 90)
    assert client.uploadCharacteristics(0x02, list(template)) is True
    assert client.compareCharacteristics() == 180
    picture = tmp_path / "finger.bmp"
    client.readImage()
    client.downloadImage(str(picture))
    assert picture.stat().st_size > 256 * 288
    module.control({"finger": 2, "present": False})
    client.readImage()
    module.control({"present": True})
    client.readImage()
    client.convertImage(0x01)
    assert client.searchTemplate() == (-1, -1)
    assert client.compareCharacteristics() == 0
    assert client.deleteTemplate(5) is True
    assert client.getTemplateCount() == 0
    assert client.generateRandomNumber() >= 0
    client.setSecurityLevel(5)
    assert module.security == 5
    client.clearDatabase()


@pytest.fixture
def adafruit(monkeypatch: pytest.MonkeyPatch) -> Any:
    shim = types.ModuleType("busio")
    shim.UART = type("UART", (), {})  # type: ignore[attr-defined]
    constants = types.ModuleType("micropython")
    constants.const = lambda value: value  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "busio", shim)
    monkeypatch.setitem(sys.modules, "micropython", constants)
    return pytest.importorskip("adafruit_fingerprint", reason="adafruit-circuitpython-fingerprint is not installed")


def test_adafruit_enrols_searches_and_downloads(module: SimulatedReader, adafruit: Any) -> None:
    with serial.Serial(module.path, 57600, timeout=1) as line:
        client = adafruit.Adafruit_Fingerprint(line)
        assert client.verify_password() == adafruit.OK
        assert client.read_sysparam() == adafruit.OK
        assert (client.library_size, client.security_level) == (module.model.capacity, 3)
        assert client.get_image() == adafruit.NOFINGER
        module.control({"present": True})
        for slot in (1, 2):
            assert client.get_image() == adafruit.OK
            assert client.image_2_tz(slot) == adafruit.OK
        assert client.create_model() == adafruit.OK
        assert client.store_model(7) == adafruit.OK
        assert client.count_templates() == adafruit.OK
        assert client.template_count == 1
        assert client.read_templates() == adafruit.OK
        assert client.templates == [7]
        assert client.finger_search() == adafruit.OK
        assert (client.finger_id, client.confidence) == (7, 180)
        assert client.finger_fast_search() == adafruit.OK
        template = client.get_fpdata("char", 1)
        assert read_template(bytes(template)) == ("applicant/1", 90)
        assert client.send_fpdata(template, "char", 2)
        assert client.compare_templates() == adafruit.OK
        assert client.get_image() == adafruit.OK
        assert len(client.get_fpdata("image")) == 256 * 288 // 2
        assert client.delete_model(7) == adafruit.OK
        assert client.empty_library() == adafruit.OK


def test_a_template_of_ours_survives_their_round_trip(
    device: Callable[..., Any], module: SimulatedReader, adafruit: Any
) -> None:
    reader = device("fingerprint", "simulated:reaction=0.02", poll_seconds=0.02)
    template = reader.capture(1).result(10).template
    with serial.Serial(module.path, 57600, timeout=1) as line:
        client = adafruit.Adafruit_Fingerprint(line)
        assert client.send_fpdata(list(template), "char", 2)
        assert bytes(client.get_fpdata("char", 2)) == template
