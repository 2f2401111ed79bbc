"""The device acts of steps 5, 8 and 11: ask the device, check what came, keep it in the vault at once.

Each blocks, tells how far it is, stops when asked to, and answers with a value or Refused (DEVICE_FAULT names the
fault). A failed act stands in the audit chain too.
"""

import contextlib
import io
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from hardware.acts import CancelToken, Progress
from hardware.faults import DeviceError
from kiosk.captures import FINGERPRINT, MINUTIAE, PORTRAIT, STAMPED_PAGE, Capture, Item
from kiosk.refusals import Code, Refused, refused

if TYPE_CHECKING:
    from PIL.Image import Image

    from kiosk.desk import Desk

TEMPLATE = "application/octet-stream"
ISO_MINUTIAE = "application/x-iso19794-2"
SEEN_PIXELS = (480, 480)
"""As much of a preview as a terminal can show."""


class Talk(Protocol):
    """The conversation with whoever waits for the act: they hear its progress, and may ask it to stop."""

    report: Callable[[Progress], None]
    cancel: CancelToken


@dataclass(frozen=True, slots=True)
class Portrait:
    """A portrait kept. `advice` names what could be better and refuses nothing; `jpeg` is for whoever took it."""

    capture: Capture
    advice: tuple[str, ...]
    jpeg: bytes = b""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the camera sees just now: a small JPEG to look at, and what could be better, by name."""

    jpeg: bytes
    advice: tuple[str, ...]


def scan_documents(desk: "Desk", case_id: int, step: str, kind: str, talk: Talk) -> tuple[Capture, ...] | Refused:
    """Scan what lies in the feeder or on the glass as pages of `kind`; the findings of the quality gate are kept."""

    def act(scanner: Any) -> "Future[Any]":
        source = "feeder" if scanner.has_feeder and kind != STAMPED_PAGE else "glass"
        future: Future[Any] = scanner.scan(talk.report, talk.cancel, source=source)
        return future

    pages = _asked(desk, case_id, step, kind, 0, "document_scanner", act)
    if isinstance(pages, Refused):
        return pages
    defects = _defects(pages, desk.captures.pages(case_id, step, kind))
    items = [
        Item(
            page.data,
            page.media_type,
            meta={
                "width": page.width,
                "height": page.height,
                "dpi": page.dpi,
                "findings": sorted(defects[number]),
            },
        )
        for number, page in enumerate(pages)
    ]
    return desk.captures.store(case_id, step, kind, items)


def take_portrait(desk: "Desk", case_id: int, step: str, talk: Talk) -> Portrait | Refused:
    """Take a portrait; one taken before is discarded."""
    photo = _asked(desk, case_id, step, PORTRAIT, 1, "camera", lambda d: d.capture(talk.report, talk.cancel))
    return photo if isinstance(photo, Refused) else _keep_portrait(desk, case_id, step, photo)


def choose_portrait(
    desk: "Desk", case_id: int, step: str, talk: Talk, show: Callable[[Seen], object], take: CancelToken
) -> Portrait | Refused:
    """Take the portrait from what the camera sees: `show` hears it a few times a second, from another thread, and what
    it heard last is taken once `take` is set. One taken before is discarded."""
    from hardware.camera.photo import open_picture

    def seen(frame: bytes) -> None:
        picture = open_picture(frame)
        advice = _advice(picture)
        picture.thumbnail(SEEN_PIXELS)
        small = io.BytesIO()
        picture.save(small, "JPEG")
        show(Seen(small.getvalue(), advice))

    def act(camera: Any) -> "Future[Any]":
        future: Future[Any] = camera.preview(seen, take, talk.report, talk.cancel)
        return future

    photo = _asked(desk, case_id, step, PORTRAIT, 1, "camera", act)
    return photo if isinstance(photo, Refused) else _keep_portrait(desk, case_id, step, photo)


def _keep_portrait(desk: "Desk", case_id: int, step: str, photo: Any) -> Portrait | Refused:
    from hardware.camera.photo import open_picture

    advice = _advice(open_picture(photo.jpeg))
    item = Item(photo.jpeg, "image/jpeg", 1, {"width": photo.width, "height": photo.height, "findings": list(advice)})
    kept = desk.captures.store(case_id, step, PORTRAIT, [item], replaces=True)
    return kept if isinstance(kept, Refused) else Portrait(kept[0], advice, photo.jpeg)


def _advice(picture: "Image") -> tuple[str, ...]:
    from hardware.camera.checks import check_portrait
    from hardware.camera.face import check_head

    return tuple(f.advice for f in (*check_portrait(picture), *check_head(picture)) if not f.good)


def take_finger(desk: "Desk", case_id: int, step: str, finger: int, talk: Talk) -> Capture | Refused:
    """Enrol one finger by its ISO code; one taken before is discarded. Quality and attempts are in the capture.

    Where nbis-py is installed the picture is fetched too, for NFIQ 2's measure of it and for its minutiae, which are
    kept beside the reader's own template; the picture is not kept.
    """
    from hardware.fingerprint.image import can_assess

    def act(reader: Any) -> "Future[Any]":
        future: Future[Any] = reader.capture(finger, talk.report, talk.cancel, with_image=can_assess())
        return future

    taken = _asked(desk, case_id, step, FINGERPRINT, finger, "fingerprint", act)
    if isinstance(taken, Refused):
        return taken
    model = desk.office.devices.status("fingerprint").model
    meta = {"quality": taken.quality, "attempts": taken.attempts, "reader": model}
    if taken.nfiq2 is not None:
        meta["nfiq2"] = taken.nfiq2
    item = Item(taken.template, TEMPLATE, finger, meta)
    kept = desk.captures.store(case_id, step, FINGERPRINT, [item], replaces=True)
    if isinstance(kept, Refused):
        return kept
    if taken.minutiae is not None:
        record = Item(taken.minutiae, ISO_MINUTIAE, finger, {"of": kept[0].id})
        beside = desk.captures.store(case_id, step, MINUTIAE, [record], replaces=True)
        if isinstance(beside, Refused):
            return beside
    return kept[0]


def _defects(pages: list[Any], before: tuple[bytes, ...]) -> list[set[str]]:
    """What is wrong with each new page; one that was scanned before of the same document is the same page twice."""
    from hardware.document_scanner.page import make_page
    from hardware.document_scanner.quality import check_pages

    earlier = []
    for content in before:
        with contextlib.suppress(DeviceError):
            earlier.append(make_page(content))
    found: list[set[str]] = [set() for _ in pages]
    for finding in check_pages([*earlier, *pages]):
        if finding.page >= len(earlier):
            found[finding.page - len(earlier)].add(finding.defect.value)
    return found


def device_refused(error: DeviceError) -> Refused:
    """A device's fault as a refusal; its words are those of the fault."""
    return refused(Code.DEVICE_FAULT, fault=error.code.value)


def _asked(
    desk: "Desk",
    case_id: int,
    step: str,
    kind: str,
    page: int,
    role: str,
    act: Callable[[Any], "Future[Any]"],
) -> Any | Refused:
    """What the device of `role` gives, once it is sure that it may be kept."""
    if (not_now := desk.captures.may_capture(case_id, step)) is not None:
        return not_now
    device = desk.office.devices.get(role)
    if device is None:
        return refused(Code.DEVICE_NOT_CONFIGURED, role=role)
    try:
        return act(device).result()
    except DeviceError as error:
        desk.captures.failed(case_id, step, kind, page, error.code.value)
        return device_refused(error)
