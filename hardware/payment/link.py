"""The ECR link: one exchange at a time over a port. Frames are acknowledged, asked for again, waited for; never
decided upon.

What arrives while nobody waits, or does not belong to the exchange under way, is acknowledged and handed to
`unexpected`.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from hardware.payment.frames import ACK, NAK, Acknowledged, Broken, Event, Fault, Frame, FrameReader, Refused, encode
from hardware.payment.profile import Profile
from hardware.payment.terminal import Purpose, Reason, Reply
from hardware.port import Port

_READ_SIZE: Final = 512
_NOISE_WORTH_A_NAK: Final = 16
"""Shorter noise is a line that crackles, not an answer that went wrong."""
_LONGEST_FRAME_S: Final = 2.0
"""A frame that began before a deadline is waited for no longer than this: 305 bytes take 0.33 s at 9600 baud."""


@dataclass(frozen=True, slots=True)
class Timings:
    """All waits in seconds and all retry limits. The ECR descriptions in public name most of them only roughly, so
    each is an option.
    """

    ack: float = 3.0
    """From our last byte to ACK or NAK; terminals answer within about one second."""
    gap: float = 0.5
    """A silence this long inside a frame means that its rest will not come."""
    nak_settle: float = 0.15
    """After a NAK, listen this long for a second thought before sending again."""
    resends: int = 3
    """How often a frame is sent again after the terminal has said NAK. Only an explicit NAK is ever answered by
    sending again.
    """
    naks: int = 3
    """How often a broken answer is asked for again."""
    card: float = 120.0
    qris: float = 180.0
    inquiry: float = 60.0
    settlement: float = 300.0
    echo: float = 10.0
    history_gap: float = 8.0
    """The list of all transactions may have no end mark; it is over when nothing came for so long. Longer than a
    terminal waits for an ACK before it sends an entry again.
    """
    duplicate_hold: float = 5.0
    """An answer that equals the previous one byte for byte may be that one again: so long is waited for a different
    one.
    """
    qris_poll: float = 5.5
    qris_wait: float = 180.0

    def answer(self, purpose: Purpose) -> float:
        """How long after ACK the answer may take."""
        return {
            Purpose.SALE_CARD: self.card,
            Purpose.VOID: self.card,
            Purpose.SALE_QRIS: self.qris,
            Purpose.SETTLE: self.settlement,
            Purpose.ECHO: self.echo,
        }.get(purpose, self.inquiry)


class Judgement(Enum):
    """What the caller makes of an answer that arrived during its exchange."""

    TAKE = auto()
    """It is the answer."""
    FOREIGN = auto()
    """It belongs elsewhere."""
    HOLD = auto()
    """It may be the answer or one that was expected before; wait for another."""
    HOLD_BRIEFLY = auto()
    """It may be the previous answer again; if nothing else comes soon, it is the answer, but doubtful."""
    DROP = auto()
    """It was taken before."""


Judge = Callable[[Reply], Judgement]


@dataclass(frozen=True, slots=True)
class Exchange:
    """How an exchange ended: an answer, or the reason for none. A doubtful answer was held, and none other came."""

    reply: Reply | None
    reason: Reason | None = None
    doubtful: bool = False


@dataclass(slots=True)
class _Waiting:
    """The state of one wait for an answer."""

    deadline: float
    naks_left: int
    ambiguous: bool = False
    held_briefly: Reply | None = None
    foreign: bool = False


class EcrLink:
    """Frames of one profile over one port."""

    def __init__(self, port: Port, profile: Profile, timings: Timings, unexpected: Callable[[Reply], None]) -> None:
        self._port = port
        self._profile = profile
        self._timings = timings
        self._unexpected = unexpected
        self._reader = FrameReader(profile.response_length, profile.lrc_rule)
        self._pending: deque[Event] = deque()
        self._last_byte = 0.0

    def exchange(self, body: bytes, seconds: float, on_ack: Callable[[], None], judge: Judge) -> Exchange:
        """Send once, wait for ACK, then up to `seconds` for the answer `judge` takes. Raises PortLost."""
        reason = self._send(body)
        if reason is not None:
            return Exchange(None, reason)
        on_ack()
        return self._await_answer(_Waiting(time.monotonic() + seconds, self._timings.naks), judge)

    def collect(
        self, body: bytes, seconds: float, belongs: Callable[[Reply], bool], last: Callable[[Reply], bool]
    ) -> tuple[list[Reply], Reason | None]:
        """Send once and take every answer that belongs, until one is the last. Raises PortLost.

        A reason beside answers says how the list broke off: NO_ANSWER where it merely fell silent.
        """
        reason = self._send(body)
        if reason is not None:
            return [], reason
        replies: list[Reply] = []
        deadline = time.monotonic() + seconds

        def judge(reply: Reply) -> Judgement:
            return Judgement.TAKE if belongs(reply) else Judgement.FOREIGN

        while True:
            result = self._await_answer(_Waiting(deadline, self._timings.naks), judge)
            if result.reply is None:
                return replies, result.reason
            replies.append(result.reply)
            if last(result.reply):
                return replies, None
            deadline = time.monotonic() + self._timings.history_gap

    def listen(self, seconds: float) -> int:
        """Take unexpected answers for so long; how many. Raises PortLost."""
        deadline = time.monotonic() + seconds
        taken = 0
        naks = self._timings.naks
        while True:
            event = self._next(deadline)
            if event is not None:
                reply = self._good(event)
                if reply is not None:
                    taken += 1
                    self._unexpected(reply)
                elif self._worth_a_nak(event) and naks > 0:
                    naks -= 1
                    self._port.write(bytes((NAK,)))
            late = time.monotonic() - deadline
            waiting = self._reader.in_frame or bool(self._pending)
            if (late >= 0 and not waiting) or late >= _LONGEST_FRAME_S:
                return taken

    def _send(self, body: bytes) -> Reason | None:
        """Send a frame until it is acknowledged. Sends again only after an explicit NAK."""
        self.listen(0.0)
        frame = encode(body, self._profile.lrc_rule)
        for _ in range(1 + self._timings.resends):
            self._port.write(frame)
            taken = self._await_ack()
            if taken is None:
                return Reason.NO_ACK
            if taken:
                return None
        return Reason.NOT_TAKEN

    def _await_ack(self) -> bool | None:
        """True for ACK, False for NAK, None for neither. Answers before the ACK belong to something older."""
        waiting = _Waiting(time.monotonic() + self._timings.ack, naks_left=0)
        refused = False
        for event in self._events(waiting):
            match event:
                case Acknowledged():
                    return True
                case Refused() if not refused:
                    refused = True
                    waiting.deadline = time.monotonic() + self._timings.nak_settle
                case _:
                    reply = self._good(event)
                    if reply is not None:
                        self._unexpected(reply)
        return False if refused else None

    def _await_answer(self, waiting: _Waiting, judge: Judge) -> Exchange:
        for event in self._events(waiting):
            reply = self._good(event)
            if reply is not None:
                if self._weigh(reply, judge(reply), waiting):
                    return Exchange(reply)
            elif self._worth_a_nak(event):
                if waiting.naks_left == 0:
                    return Exchange(None, Reason.BROKEN_ANSWER)
                waiting.naks_left -= 1
                self._port.write(bytes((NAK,)))
        if waiting.held_briefly is not None:
            return Exchange(waiting.held_briefly, doubtful=True)
        reason = (
            Reason.AMBIGUOUS if waiting.ambiguous else Reason.TYPE_MISMATCH if waiting.foreign else Reason.NO_ANSWER
        )
        return Exchange(None, reason)

    def _weigh(self, reply: Reply, judgement: Judgement, waiting: _Waiting) -> bool:
        """True when the wait is over."""
        match judgement:
            case Judgement.TAKE:
                return True
            case Judgement.FOREIGN:
                waiting.foreign = True
                self._unexpected(reply)
            case Judgement.HOLD:
                waiting.ambiguous = True
            case Judgement.HOLD_BRIEFLY if waiting.held_briefly is None:
                waiting.held_briefly = reply
                waiting.deadline = min(waiting.deadline, time.monotonic() + self._timings.duplicate_hold)
        return False

    def _good(self, event: Event) -> Reply | None:
        """The answer in a whole frame, acknowledged; None for anything else."""
        if not isinstance(event, Frame):
            return None
        try:
            reply = self._profile.decode(event.body)
        except ValueError:
            return None
        self._port.write(bytes((ACK,)))
        return reply

    def _worth_a_nak(self, event: Event) -> bool:
        """True for an answer that must be asked for again; broken ones are reported after a silence, so each earns one
        NAK.
        """
        if isinstance(event, Frame):
            return True
        return isinstance(event, Broken) and (event.fault is Fault.CUT or event.size >= _NOISE_WORTH_A_NAK)

    def _events(self, waiting: _Waiting) -> Iterator[Event]:
        """Events until the deadline, which may move. A frame that has begun is waited for beyond it."""
        while True:
            event = self._next(waiting.deadline)
            if event is not None:
                yield event
            late = time.monotonic() - waiting.deadline
            begun = self._reader.in_frame or bool(self._pending)
            if late >= 0 and not (begun and late < _LONGEST_FRAME_S):
                return

    def _next(self, deadline: float) -> Event | None:
        """The next event; None after one read that completed none. What follows an event waits for the next call."""
        if not self._pending:
            self._pending.extend(self._receive(deadline))
        return self._pending.popleft() if self._pending else None

    def _receive(self, deadline: float) -> list[Event]:
        """Read once; what is half received past the gap is reported broken."""
        if self._reader.in_frame:
            deadline = self._last_byte + self._timings.gap
        data = self._port.read(_READ_SIZE, deadline)
        now = time.monotonic()
        if data:
            self._last_byte = now
            return self._reader.feed(data)
        if self._reader.in_frame and now >= self._last_byte + self._timings.gap:
            return self._reader.silence()
        return []
