"""The camera of a counter: a picture taken now, or chosen from what it sees."""

import contextlib
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path

from hardware.acts import Phase
from hardware.camera.photo import Photo, make_photo
from hardware.camera.sources import FileSource, FrameSource, UrlSource, V4l2Source
from hardware.device import ActContext, CancelToken, Device, Progress
from hardware.facts import Fact, FactName
from hardware.faults import DeviceError, FaultCode
from hardware.options import Options
from hardware.quiet_link import QuietLink

PREVIEW_S = 0.25
"""A picture every quarter of a second is enough to sit straight by, and little work for an old machine."""
PREVIEW_LONGEST_S = 120.0
"""A camera that nobody looks at any more is let go."""
SPOILT_FRAMES = 5
"""So many frames in a row may be damaged before it counts as a fault."""


def file_camera(port: str, options: Mapping[str, object]) -> "Camera":
    """The registry's factory for a picture file, a folder or a web address. No options."""
    Options(options).done()
    return Camera(UrlSource(port) if port.startswith(("http://", "https://")) else FileSource(Path(port)))


def v4l2_camera(port: str, options: Mapping[str, object]) -> "Camera":
    """The registry's factory for a webcam. Options: width, height (1280 and 720)."""
    given = Options(options)
    source = V4l2Source(port, given.integer("width", 1280), given.integer("height", 720))
    given.done()
    return Camera(source)


class Camera(Device[QuietLink]):
    """A camera. Progress phases: taking_picture."""

    def __init__(self, source: FrameSource) -> None:
        super().__init__("camera")
        self._source = source

    def capture(
        self, progress: Callable[[Progress], None] | None = None, cancel: CancelToken | None = None
    ) -> "Future[Photo]":
        """A picture taken now. DeviceError: NO_PICTURE, PICTURE_INVALID, PORT_ABSENT, PORT_LOST, NO_ANSWER,
        CANCELLED."""

        def act(_: QuietLink, context: ActContext) -> Photo:
            context.progress(Phase.TAKING_PICTURE)
            data = self._source.grab(context.cancel)
            context.cancel.check()
            return make_photo(data)

        return self.submit(act, progress, cancel)

    def preview(
        self,
        show: Callable[[bytes], None],
        take: CancelToken,
        progress: Callable[[Progress], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> "Future[Photo]":
        """Show what the camera sees until `take` is set: the picture shown last is taken. `show` gets encoded pictures,
        from the device's thread. Errors as of `capture`; CANCELLED also when nobody took any for two minutes."""

        def act(_: QuietLink, context: ActContext) -> Photo:
            context.progress(Phase.TAKING_PICTURE)
            return self._chosen(show, take, context.cancel)

        return self.submit(act, progress, cancel)

    def _chosen(self, show: Callable[[bytes], None], take: CancelToken, cancel: CancelToken) -> Photo:
        deadline, shown, spoilt = time.monotonic() + PREVIEW_LONGEST_S, b"", 0
        with contextlib.closing(self._source.stream(cancel, PREVIEW_S)) as frames:
            for frame in frames:
                cancel.check()
                if take.is_cancelled and shown:
                    break
                if time.monotonic() >= deadline:
                    raise DeviceError(FaultCode.CANCELLED, "nobody took a picture")
                if frame == shown:
                    continue
                try:
                    show(frame)
                except DeviceError:
                    spoilt += 1
                    if spoilt > SPOILT_FRAMES:
                        raise
                else:
                    shown, spoilt = frame, 0
        return make_photo(shown)

    def open_link(self) -> QuietLink:
        return QuietLink()

    def identify(self, link: QuietLink) -> str:
        return self._source.describe()

    def examine(self, link: QuietLink) -> list[Fact]:
        """The size of a picture taken now, which is kept nowhere."""
        photo = make_photo(self._source.grab(CancelToken()))
        return [Fact(FactName.PICTURE, f"{photo.width}x{photo.height}")]

    def idle(self, link: QuietLink, deadline: float) -> None:
        link.rest(deadline)
