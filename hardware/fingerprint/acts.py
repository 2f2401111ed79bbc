"""What an officer asks of a fingerprint reader, as sequences of the module's instructions."""

import time
from dataclasses import dataclass

from hardware.acts import Phase
from hardware.device import ActContext, DeviceError, FaultCode
from hardware.fingerprint.codec import Confirmation
from hardware.fingerprint.image import FingerImage, iso_record, nfiq2_score
from hardware.fingerprint.module import BUFFER_CAPTURE, BUFFER_SECOND, Module, ReaderInfo

POLL_S = 0.2
"""How often to ask whether a finger is there: a poll takes 60 ms of line and sensor, a person moves in half a
second."""
LIFT_S = 15.0
GOOD_SCORE = 150
"""Module score between two captures of one finger that counts as full quality; matches begin around 50."""
RETRY_COST = 10


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A finger's template (proprietary to the family) and how well it went.

    `finger` is the ISO 19794 position, 1 right thumb to 10 left little finger. `quality` 0 to 100: how well the two
    captures agree by the module's own score, less ten for each capture that had to be repeated. `attempts`: captures
    taken, two at best.
    """

    finger: int
    template: bytes
    quality: int
    attempts: int
    image: FingerImage | None = None
    nfiq2: int | None = None
    """NIST's measure of the picture, 0 to 100, where a picture was wanted and nbis-py is installed."""
    minutiae: bytes | None = None
    """The picture's ISO/IEC 19794-2:2005 record, under the same conditions."""


@dataclass(frozen=True, slots=True)
class MatchResult:
    """Whether the finger on the glass is the template's, and the module's score."""

    matched: bool
    score: int
    image: FingerImage | None = None


@dataclass(frozen=True, slots=True)
class FingerActs:
    """Acts on one identified module. `finger_s`: how long to wait for a finger; `poll_s`: how often to look; `tries`:
    captures until it is unreadable.

    Methods raise DeviceError (FINGER_MISSING, FINGER_NOT_LIFTED, FINGER_UNREADABLE, FINGER_DIFFERENT,
    TEMPLATE_INVALID, CANCELLED or a fault of the line) and PortLost.
    """

    module: Module
    info: ReaderInfo
    finger_s: float
    poll_s: float
    tries: int
    check_download: bool

    def picture(self, context: ActContext) -> FingerImage:
        """The picture of the finger on the glass."""
        context.progress(Phase.PLACE_FINGER)
        if not self._wait_finger(context, time.monotonic() + self.finger_s):
            raise DeviceError(FaultCode.FINGER_UNREADABLE)
        return self.upload(context)

    def enrol(self, finger: int, with_image: bool, context: ActContext) -> Enrolment:
        """Two captures of one finger with a lift between, merged and fetched."""
        attempts = 0
        self._wait_lifted(context)
        for _ in range(self.tries):
            attempts += self._capture(BUFFER_CAPTURE, Phase.PLACE_FINGER, context)
            image = self.upload(context) if with_image else None
            self._wait_lifted(context, LIFT_S)
            attempts += self._capture(BUFFER_SECOND, Phase.PLACE_AGAIN, context)
            _, score = self.module.match()
            if self.module.merge():
                break
            context.progress(Phase.DIFFERENT_FINGER)
            self._wait_lifted(context, LIFT_S)
        else:
            raise DeviceError(FaultCode.FINGER_DIFFERENT, f"{attempts} captures")
        context.progress(Phase.UPLOAD_TEMPLATE)
        template = self.module.upload_template(BUFFER_CAPTURE, self.info.template_size)
        quality = max(0, min(100, score * 100 // GOOD_SCORE) - RETRY_COST * (attempts - 2))
        nfiq2 = nfiq2_score(image) if image is not None else None
        minutiae = iso_record(image, finger) if image is not None else None
        return Enrolment(finger, template, quality, attempts, image, nfiq2, minutiae)

    def compare(self, template: bytes, with_image: bool, context: ActContext) -> MatchResult:
        """One capture against a template."""
        if len(template) != self.info.template_size:
            raise DeviceError(
                FaultCode.TEMPLATE_INVALID, f"{len(template)} bytes, this reader has {self.info.template_size}"
            )
        self._download(template)
        self._wait_lifted(context)
        self._capture(BUFFER_CAPTURE, Phase.PLACE_FINGER, context)
        context.progress(Phase.COMPARING)
        matched, score = self.module.match()
        return MatchResult(matched, score, self.upload(context) if with_image else None)

    def _download(self, template: bytes) -> None:
        """Into the second buffer, read back: a byte lost on the way would look like another person's finger."""
        for _ in range(2):
            self.module.download_template(BUFFER_SECOND, template, self.info.packet_size)
            if not self.check_download:
                return
            if self.module.upload_template(BUFFER_SECOND, len(template)) == template:
                return
        raise DeviceError(FaultCode.GARBLED, "template read back differs")

    def _capture(self, buffer: int, phase: Phase, context: ActContext) -> int:
        """One readable capture into a buffer; how many were taken for it."""
        context.progress(phase)
        for taken in range(1, self.tries + 1):
            if (
                self._wait_finger(context, time.monotonic() + self.finger_s)
                and self.module.extract(buffer) is Confirmation.OK
            ):
                return taken
            context.progress(Phase.POOR_CAPTURE, taken, self.tries)
            if taken < self.tries:
                self._wait_lifted(context, LIFT_S)
                context.progress(phase)
        raise DeviceError(FaultCode.FINGER_UNREADABLE, f"{self.tries} captures")

    def _wait_finger(self, context: ActContext, deadline: float) -> bool:
        """Poll until a finger is there. False when its capture failed."""
        while True:
            context.cancel.check()
            code = self.module.take_image(self.info.judges_images)
            if code is not Confirmation.NO_FINGER:
                return code is Confirmation.OK
            if time.monotonic() >= deadline:
                raise DeviceError(FaultCode.FINGER_MISSING)
            context.cancel.sleep(self.poll_s)

    def _wait_lifted(self, context: ActContext, seconds: float = LIFT_S) -> None:
        deadline = time.monotonic() + seconds
        told = False
        while self.module.take_image(self.info.judges_images) is not Confirmation.NO_FINGER:
            if not told:
                context.progress(Phase.LIFT_FINGER)
                told = True
            if time.monotonic() >= deadline:
                raise DeviceError(FaultCode.FINGER_NOT_LIFTED)
            context.cancel.sleep(self.poll_s)

    def upload(self, context: ActContext) -> FingerImage:
        """The last capture as a picture, with progress by the byte."""
        total = self.info.width * self.info.height // 2
        pixels = self.module.upload_image(self.info, lambda done: context.progress(Phase.UPLOAD_IMAGE, done, total))
        return FingerImage(self.info.width, self.info.height, self.info.dpi, pixels)
