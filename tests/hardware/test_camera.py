"""Portraits: from files, folders, web addresses and webcams, with advice on what spoils them."""

import io
import os
import sys
import threading
import types
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFilter

from hardware.camera import driver, face, sources
from hardware.camera.checks import Check, check_portrait
from hardware.camera.face import can_find_faces, check_head
from hardware.camera.photo import make_photo, open_picture
from hardware.camera.portraits import portrait
from hardware.device import CancelToken, DeviceError, DeviceState, FaultCode


def picture(colour: tuple[int, int, int] = (90, 120, 150), size: tuple[int, int] = (640, 480), **save: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, save.pop("format", "JPEG"), **save)
    return out.getvalue()


def refusal(future: Any) -> FaultCode:
    with pytest.raises(DeviceError) as refused:
        future.result(10)
    return refused.value.code


def test_a_newcomers_camera_gives_a_portrait_of_a_new_person_each_time(device: Callable[..., Any]) -> None:
    camera = device("camera")
    photos = []
    for _ in range(3):
        photos.append(camera.capture().result(10))
        camera.companion.control({"next": True})
    assert len({photo.jpeg for photo in photos}) == 3
    assert (photos[0].width, photos[0].height) == (1280, 960)
    assert [finding.advice for finding in check_portrait(open_picture(photos[0].jpeg))] == ["good"] * 6


def test_every_simulated_person_passes_the_checks() -> None:
    for seed in range(12):
        findings = check_portrait(open_picture(portrait(f"person-{seed}", 640, 480)))
        assert [finding.advice for finding in findings] == ["good"] * 6, seed


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        (lambda image: image.filter(ImageFilter.GaussianBlur(3)), {"sharpness_low"}),
        (lambda image: image.point(lambda value: value // 4), {"brightness_low"}),
        (lambda image: image.point(lambda value: min(255, value * 4)), {"clipped_high"}),
        (lambda image: image.resize((320, 240)), {"size_low"}),
        (lambda image: Image.new("RGB", image.size, (128, 128, 128)), {"sharpness_low", "contrast_low"}),
    ],
    ids=["blurred", "dark", "burnt out", "small", "empty"],
)
def test_what_spoils_a_portrait_has_a_name(change: Callable[[Any], Any], advice: set[str]) -> None:
    image = open_picture(portrait("somebody", 960, 720))
    assert advice <= {finding.advice for finding in check_portrait(change(image))}


def test_a_restless_background_has_a_name() -> None:
    image = open_picture(portrait("somebody", 960, 720))
    draw = ImageDraw.Draw(image)
    for y in range(0, 340, 60):
        draw.rectangle((0, y, 130, y + 30), fill=(250, 250, 250))
    findings = {finding.check: finding for finding in check_portrait(image)}
    assert findings[Check.BACKGROUND].advice == "background_high"


def test_photos_carry_nothing_beside_the_picture() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif[0x0112] = 6
    photo = make_photo(picture(size=(640, 480), exif=exif))
    assert (photo.width, photo.height) == (480, 640), "turned upright"
    assert b"Maker" not in photo.jpeg
    with Image.open(io.BytesIO(photo.jpeg)) as image:
        assert not image.getexif()


@pytest.mark.parametrize("cut", [0, 1, 10, 200, 0.5, 0.9])
def test_half_a_picture_is_none(cut: float) -> None:
    whole = portrait("somebody", 640, 480)
    with pytest.raises(DeviceError) as refused:
        make_photo(whole[: int(cut * len(whole)) if cut < 1 else int(cut)])
    assert refused.value.code is FaultCode.PICTURE_INVALID


def test_a_picture_that_claims_to_be_enormous_is_refused() -> None:
    head = b"IHDR" + (20_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    bomb = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\x0d" + head + zlib.crc32(head).to_bytes(4, "big")
    with pytest.raises(DeviceError) as refused:
        make_photo(bomb)
    assert refused.value.code is FaultCode.PICTURE_INVALID


def test_a_folder_gives_its_newest_picture(device: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "b.jpg").write_bytes(picture((200, 0, 0)))
    os.utime(tmp_path / "b.jpg", (1000, 1000))
    (tmp_path / "a.png").write_bytes(picture((0, 200, 0), format="PNG"))
    (tmp_path / "notes.txt").write_text("no picture")
    camera = device("camera", str(tmp_path), "file")
    assert camera.wait_ready(5).model == "folder"
    assert open_picture(camera.capture().result(5).jpeg).getpixel((10, 10))[1] > 150  # type: ignore[index]


def test_a_file_that_comes_later(device: Callable[..., Any], tmp_path: Path) -> None:
    camera = device("camera", str(tmp_path / "shot.jpg"), "file")
    assert camera.wait_ready(5).code is FaultCode.PORT_ABSENT
    assert refusal(camera.capture()) is FaultCode.PORT_ABSENT
    (tmp_path / "shot.jpg").write_bytes(picture())
    assert camera.capture().result(5).width == 640


def test_an_empty_folder_and_a_broken_file_have_names(device: Callable[..., Any], tmp_path: Path) -> None:
    camera = device("camera", str(tmp_path), "file")
    assert refusal(camera.capture()) is FaultCode.NO_PICTURE
    (tmp_path / "a.jpg").write_bytes(b"not a picture")
    assert refusal(camera.capture()) is FaultCode.PICTURE_INVALID
    assert camera.status.state is DeviceState.READY


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("status", FaultCode.NO_PICTURE),
        ("cut", FaultCode.PICTURE_INVALID),
        ("garble", FaultCode.PICTURE_INVALID),
        ("silence", FaultCode.NO_ANSWER),
    ],
)
def test_a_web_camera_that_misbehaves(
    device: Callable[..., Any], fault: str, code: FaultCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "FETCH_S", 1.0)
    camera = device("camera", "simulated:width=640,height=480")
    camera.wait_ready(5)
    camera.companion.control({"fault": fault})
    assert refusal(camera.capture()) is code
    assert camera.capture().result(10).width == 640


def test_a_web_camera_that_goes_and_comes_back(device: Callable[..., Any], no_leaks: None) -> None:
    camera = device("camera")
    camera.wait_ready(5)
    camera.companion.control({"plug": False})
    assert refusal(camera.capture()) is FaultCode.PORT_LOST
    assert camera.status.state is DeviceState.ABSENT
    camera.companion.control({"plug": True})
    assert camera.capture().result(10).width == 1280
    camera.stop()


def test_a_simulated_camera_alone_leaves_its_address_in_a_file(device: Callable[..., Any], tmp_path: Path) -> None:
    from hardware.registry import start_simulator

    simulator = start_simulator("camera", {"person": "A"}, tmp_path / "camera")
    camera = device("camera", str(tmp_path / "camera"), "file")
    assert camera.capture().result(10).jpeg == camera.capture().result(10).jpeg
    simulator.stop()
    assert not (tmp_path / "camera").exists()


def test_a_picture_can_be_called_off(device: Callable[..., Any]) -> None:
    camera = device("camera")
    cancel = CancelToken()
    cancel.cancel()
    assert refusal(camera.capture(cancel=cancel)) is FaultCode.CANCELLED


def watch(camera: Any, take_at: int, cancel: CancelToken | None = None) -> tuple[Any, list[bytes]]:
    """A preview in which the picture with that number is taken."""
    shown: list[bytes] = []
    take = CancelToken()

    def show(frame: bytes) -> None:
        open_picture(frame)
        shown.append(frame)
        camera.companion.control({"light": 1.0 - 0.05 * len(shown)})
        if len(shown) == take_at:
            take.cancel()

    return camera.preview(show, take, cancel=cancel), shown


def test_of_what_the_camera_sees_the_picture_shown_last_is_taken(
    device: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "PREVIEW_S", 0.01)
    camera = device("camera", "simulated:width=160,height=120")
    photo, shown = watch(camera, 3)
    assert photo.result(10) == make_photo(shown[2])
    assert len(shown) == 3
    camera.companion.control({"light": 0.9, "fault": "garble", "count": 2})
    photo, shown = watch(camera, 1)
    assert photo.result(10) == make_photo(shown[0]), "a damaged picture in between is passed over"
    camera.companion.control({"light": 0.8, "fault": "garble", "count": 50})
    assert refusal(watch(camera, 1)[0]) is FaultCode.PICTURE_INVALID


def test_a_preview_ends_when_it_is_left_and_when_it_is_forgotten(
    device: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "PREVIEW_S", 0.01)
    camera = device("camera", "simulated:width=160,height=120")
    cancel = CancelToken()
    seen = threading.Event()
    left = camera.preview(lambda _: seen.set(), CancelToken(), cancel=cancel)
    assert seen.wait(10)
    cancel.cancel()
    assert refusal(left) is FaultCode.CANCELLED
    monkeypatch.setattr(driver, "PREVIEW_LONGEST_S", 0.1)
    assert refusal(camera.preview(lambda _: None, CancelToken())) is FaultCode.CANCELLED
    assert camera.status.state is DeviceState.READY


class TestHead:
    """With OpenCV 4 where it is installed, else with a stand-in for its detector."""

    @pytest.mark.skipif(not can_find_faces(), reason="opencv-python-headless<5 is not installed")
    def test_drawn_heads_are_found_where_they_are(self) -> None:
        for seed in ("person-0", "person-1", "person-4"):
            findings = check_head(open_picture(portrait(seed, 640, 480)))
            assert [finding.advice for finding in findings] == ["good"] * 3

    @pytest.mark.parametrize(
        ("boxes", "advice"),
        [
            ([], ["faces_low"]),
            ([(160, 100, 160, 160)], ["good", "good", "good"]),
            ([(200, 100, 80, 80)], ["good", "head_size_low", "good"]),
            ([(115, 30, 250, 250)], ["good", "head_size_high", "good"]),
            ([(10, 100, 160, 160)], ["good", "good", "head_place_high"]),
            ([(160, 100, 160, 160), (10, 10, 90, 90)], ["faces_high", "good", "good"]),
        ],
    )
    def test_what_is_wrong_with_a_head_has_a_name(
        self, boxes: list[tuple[int, ...]], advice: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        detector = types.SimpleNamespace(detectMultiScale=lambda *_, **__: boxes)
        monkeypatch.setattr(face, "_detector", lambda: detector)
        findings = check_head(Image.new("RGB", (480, 360)))
        assert [finding.advice for finding in findings] == advice

    def test_without_a_detector_nothing_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(face, "_detector", lambda: None)
        assert check_head(Image.new("RGB", (480, 360))) == []


class TestWebcam:
    """The V4L2 driver against a stand-in for linuxpy: no container has a video device."""

    def test_a_missing_device_is_absent(self, device: Callable[..., Any], tmp_path: Path) -> None:
        pytest.importorskip("linuxpy.video.device")
        camera = device("camera", str(tmp_path / "video9"), "v4l2")
        assert camera.wait_ready(5).code is FaultCode.PORT_ABSENT

    def test_something_that_is_no_camera(self, device: Callable[..., Any]) -> None:
        pytest.importorskip("linuxpy.video.device")
        camera = device("camera", "/dev/null", "v4l2")
        assert camera.wait_ready(5).state in (DeviceState.FAILED, DeviceState.ABSENT)

    def test_without_linuxpy_it_says_so(self, device: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "linuxpy.video.device", None)
        assert device("camera", "/dev/null", "v4l2").wait_ready(5).code is FaultCode.NOT_INSTALLED

    def test_the_eleventh_frame_is_the_picture(
        self, device: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "video0").touch()
        readable, writable = os.pipe()
        os.write(writable, b"frames")

        class FakeDevice:
            info = types.SimpleNamespace(card="Webcam C920")

            def __init__(self, path: str) -> None:
                assert path.endswith("video0")

            def open(self) -> None: ...
            def close(self) -> None: ...
            def fileno(self) -> int:
                return readable

        class FakeCapture:
            count = 12

            def __init__(self, device: FakeDevice) -> None:
                self.format: tuple[object, ...] = ()

            def set_format(self, *wanted: object) -> None:
                assert wanted == (1280, 720, "MJPG")

            def __enter__(self) -> "FakeCapture":
                return self

            def __exit__(self, *_: object) -> None: ...
            def __iter__(self) -> Any:
                yield from (picture((min(220, number * 20), 0, 0)) for number in range(1, self.count))

        fake = types.ModuleType("linuxpy.video.device")
        fake.__dict__.update(Device=FakeDevice, VideoCapture=FakeCapture, V4L2Error=type("V4L2Error", (Exception,), {}))
        monkeypatch.setitem(sys.modules, "linuxpy.video.device", fake)
        camera = device("camera", str(tmp_path / "video0"), "v4l2")
        assert camera.wait_ready(5).model == "Webcam C920"
        photo = camera.capture().result(5)
        assert open_picture(photo.jpeg).getpixel((5, 5))[0] > 200  # type: ignore[index]
        shown: list[bytes] = []
        take = CancelToken()
        take.cancel()
        FakeCapture.count = 40
        monkeypatch.setattr(driver, "PREVIEW_S", 0.0)
        assert camera.preview(shown.append, take).result(5).jpeg == photo.jpeg, "the first after warming up"
        assert len(shown) == 1
        os.close(readable)
        os.close(writable)
