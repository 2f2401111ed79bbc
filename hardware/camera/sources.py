"""Where pictures come from: a file, the newest file of a folder, a web address, a V4L2 camera."""

import contextlib
import errno
import itertools
import select
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Protocol

from hardware.acts import CancelToken
from hardware.faults import DeviceError, FaultCode, PortLost

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
MAX_BYTES = 40_000_000
FETCH_S = 8.0
"""A network camera answers within a second; eight cover a busy one."""
WARM_UP_FRAMES = 10
"""Webcams need some frames until exposure and white balance have settled."""
FRAME_S = 5.0

Frames = Generator[bytes, None, None]
"""Encoded pictures; `close` it to let the camera go."""


class FrameSource(Protocol):
    """Something that gives pictures."""

    def describe(self) -> str:
        """What it is, for people. Raises DeviceError or PortLost when it is not there."""

    def grab(self, cancel: CancelToken) -> bytes:
        """One encoded picture, taken now. Raises DeviceError or PortLost."""

    def stream(self, cancel: CancelToken, period: float) -> Frames:
        """Encoded pictures, one every `period` seconds or later, until `cancel` or `close`. Raises as `grab`."""


class FileSource:
    """A picture file, or the newest picture of a folder. A file that holds a web address stands for that address."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def describe(self) -> str:
        if not self._path.exists():
            raise PortLost(FaultCode.PORT_ABSENT, str(self._path))
        return "folder" if self._path.is_dir() else "file"

    def grab(self, cancel: CancelToken) -> bytes:
        cancel.check()
        self.describe()
        try:
            path = _newest(self._path) if self._path.is_dir() else self._path
            if path.stat().st_size > MAX_BYTES:
                raise DeviceError(FaultCode.PICTURE_INVALID, "too large")
            data = path.read_bytes()
        except OSError as error:
            raise DeviceError(FaultCode.NO_PICTURE, type(error).__name__) from error
        if data.startswith((b"http://", b"https://")):
            return UrlSource(data.decode("ascii", "replace").strip()).grab(cancel)
        return data

    def stream(self, cancel: CancelToken, period: float) -> Frames:
        return _again_and_again(self.grab, cancel, period)


class UrlSource:
    """A web address that answers each request with a picture taken now, as network cameras and phones do."""

    def __init__(self, url: str) -> None:
        self._url = url

    def describe(self) -> str:
        self._fetch(head_only=True)
        return "web"

    def grab(self, cancel: CancelToken) -> bytes:
        cancel.check()
        return self._fetch()

    def stream(self, cancel: CancelToken, period: float) -> Frames:
        return _again_and_again(self.grab, cancel, period)

    def _fetch(self, head_only: bool = False) -> bytes:
        request = urllib.request.Request(self._url, method="HEAD" if head_only else "GET")  # noqa: S310 - the office's own setting
        try:
            with urllib.request.urlopen(request, timeout=FETCH_S) as answer:  # noqa: S310
                data = bytes(answer.read(MAX_BYTES + 1))
                promised = int(answer.headers.get("Content-Length") or len(data))
        except urllib.error.HTTPError as error:
            error.close()
            if head_only and error.code in (405, 501):
                return b""
            raise DeviceError(FaultCode.NO_PICTURE, f"status {error.code}") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            code = FaultCode.NO_ANSWER if isinstance(reason, TimeoutError) else FaultCode.PORT_LOST
            raise PortLost(code, type(reason).__name__) from error
        except Exception as error:  # http.client raises its own family for broken answers
            raise DeviceError(FaultCode.NO_PICTURE, type(error).__name__) from error
        if len(data) > MAX_BYTES or (not head_only and len(data) < promised):
            raise DeviceError(FaultCode.PICTURE_INVALID, f"{len(data)} of {promised} bytes")
        return data


class V4l2Source:
    """A webcam through linuxpy. The device is open only while a picture is taken, so that another program may use it
    too."""

    def __init__(self, path: str, width: int, height: int) -> None:
        self._path, self._width, self._height = path, width, height

    def describe(self) -> str:
        with self._opened() as device:
            try:
                return str(device.info.card)
            except OSError as error:
                raise DeviceError(FaultCode.WRONG_DEVICE, self._path) from error

    def grab(self, cancel: CancelToken) -> bytes:
        with contextlib.closing(self._frames(cancel)) as frames:
            return next(frames)

    def stream(self, cancel: CancelToken, period: float) -> Frames:
        """Every frame is fetched, or the camera's queue would show what was half a second ago."""
        due = time.monotonic()
        with contextlib.closing(self._frames(cancel)) as frames:
            for frame in frames:
                if time.monotonic() >= due:
                    due = time.monotonic() + period
                    yield frame

    def _frames(self, cancel: CancelToken) -> Frames:
        """What the camera gives once it has warmed up."""
        with self._opened() as device:
            from linuxpy.video.device import V4L2Error, VideoCapture

            try:
                capture = VideoCapture(device)
                capture.set_format(self._width, self._height, "MJPG")
                with capture:
                    frames = iter(capture)
                    for number in itertools.count():
                        cancel.check()
                        if not select.select([device.fileno()], [], [], FRAME_S)[0]:
                            raise DeviceError(FaultCode.NO_PICTURE, f"no frame {number}")
                        data = bytes(next(frames))
                        if number >= WARM_UP_FRAMES:
                            yield data
            except OSError as error:
                raise PortLost(FaultCode.PORT_LOST, type(error).__name__) from error
            except V4L2Error as error:
                raise DeviceError(FaultCode.WRONG_DEVICE, str(error)) from error

    @contextlib.contextmanager
    def _opened(self) -> Any:
        try:
            from linuxpy.video.device import Device
        except ImportError as error:
            raise DeviceError(FaultCode.NOT_INSTALLED, "linuxpy") from error
        if not Path(self._path).exists():
            raise PortLost(FaultCode.PORT_ABSENT, self._path)
        device = Device(self._path)
        try:
            device.open()
        except PermissionError as error:
            raise PortLost(FaultCode.PORT_DENIED, self._path) from error
        except OSError as error:
            raise PortLost(
                FaultCode.PORT_LOCKED if error.errno == errno.EBUSY else FaultCode.PORT_LOST, self._path
            ) from error
        try:
            yield device
        finally:
            device.close()


def _again_and_again(grab: Callable[[CancelToken], bytes], cancel: CancelToken, period: float) -> Frames:
    while True:
        yield grab(cancel)
        cancel.sleep(period)


def _newest(folder: Path) -> Path:
    """The newest picture that is complete: one still growing is left for later. Raises DeviceError(NO_PICTURE)."""
    pictures = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file()]
    if not pictures:
        raise DeviceError(FaultCode.NO_PICTURE, "empty folder")
    newest = max(pictures, key=lambda path: (path.stat().st_mtime_ns, path.name))
    size = newest.stat().st_size
    deadline = time.monotonic() + 2.0
    while time.monotonic() < deadline:
        time.sleep(0.05)
        grown = newest.stat().st_size
        if grown == size and size:
            break
        size = grown
    return newest
