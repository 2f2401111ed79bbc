"""The camera of a counter: one act, a picture taken now."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path

from hardware.acts import Phase
from hardware.camera.photo import Photo, make_photo
from hardware.camera.sources import FileSource, FrameSource, UrlSource, V4l2Source
from hardware.device import ActContext, CancelToken, Device, Progress
from hardware.facts import Fact, FactName
from hardware.options import Options
from hardware.quiet_link import QuietLink


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
