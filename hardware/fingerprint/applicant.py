"""The person at the simulated reader: which finger lies on the glass, how well, and when."""

import hashlib
import time
from dataclasses import dataclass, field

POOR = 25
"""Below this quality the module finds too few features."""

UNUSED_LOOKS = 2
"""A module that looks again and again and takes nothing is waiting for the finger to go."""


@dataclass(slots=True)
class Touch:
    """A finger on the glass."""

    person: str
    finger: int
    quality: int
    press: int

    @property
    def key(self) -> str:
        """The finger, whoever presses it however."""
        return f"{self.person}/{self.finger}"


@dataclass(slots=True)
class Applicant:
    """Obliging by default: puts the finger down a moment after being asked, lifts it a moment after a capture, and
    goes on to the next finger when one is enrolled. Any of it can be dictated instead, with `obliging` off or on."""

    person: str = "applicant"
    finger: int = 1
    quality: int = 90
    obliging: bool = True
    reaction_s: float = 0.3
    present: bool = False
    clumsy: list[int] = field(default_factory=list)
    """Fingers to present by mistake at the next touches, before the right one."""
    poor: list[int] = field(default_factory=list)
    """Qualities of the next touches."""
    _press: int = 0
    _asked_at: float = 0.0
    _lift_at: float = 0.0
    _touch: Touch | None = None
    _looks: int = 0

    def glance(self) -> Touch | None:
        """The module looks at the glass."""
        now = time.monotonic()
        if self.obliging:
            self._oblige(now)
        if not self.present:
            self._touch, self._looks = None, 0
            return None
        self._looks += 1
        if self._looks > UNUSED_LOOKS:
            self.captured()
        if self._touch is None:
            self._press += 1
            self._touch = Touch(
                self.person,
                self.clumsy.pop(0) if self.clumsy else self.finger,
                self.poor.pop(0) if self.poor else self.quality,
                self._press,
            )
        return self._touch

    def captured(self) -> None:
        """The module says it has what it needs."""
        self._looks = 0
        if self.obliging and not self._lift_at:
            self._lift_at = time.monotonic() + self.reaction_s

    def enrolled(self) -> None:
        """A finger is done; the next one comes."""
        if self.obliging:
            self.finger = self.finger % 10 + 1

    def recognise(self, key: str) -> None:
        """A template to compare with was shown: an obliging applicant knows which finger it is."""
        person, _, finger = key.rpartition("/")
        if self.obliging and person == self.person:
            self.finger = int(finger)

    def _oblige(self, now: float) -> None:
        if self.present and self._lift_at and now >= self._lift_at:
            self.present, self._lift_at, self._asked_at = False, 0.0, 0.0
        if not self.present:
            self._asked_at = self._asked_at or now
            if now - self._asked_at >= self.reaction_s:
                self.present, self._lift_at, self._asked_at = True, 0.0, 0.0


def make_template(touch: Touch, size: int) -> bytes:
    """What the simulated module makes of a touch: its key and quality, noise, and a check at the end."""
    key = touch.key.encode()[:40]
    head = bytes([len(key), touch.quality]) + key
    noise = hashlib.shake_256(head + touch.press.to_bytes(4, "big")).digest(size - len(head) - 4)
    body = head + noise
    return body + hashlib.sha256(body).digest()[:4]


def read_template(template: bytes) -> tuple[str, int] | None:
    """Key and quality of a template, None if it is none or was damaged."""
    if len(template) < 64 or hashlib.sha256(template[:-4]).digest()[:4] != template[-4:]:
        return None
    return template[2 : 2 + template[0]].decode("utf-8", "replace"), template[1]


def likeness(one: tuple[str, int], other: tuple[str, int]) -> int:
    """The module's score for two templates: 0 for different fingers."""
    return min(one[1], other[1]) * 2 if one[0] == other[0] else 0
