"""The line of a simulated payment terminal: frames, acknowledgements, retransmission, and everything that can
break in between.

Written from the protocol's description and sharing no code with the driver's codec, so that a mistake there can't
hide. The layouts of the bodies are in `simulated_bca.py` and `simulated_bri.py`, what is really charged in
`simulated_bank.py`.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from hardware.options import Options
from hardware.payment.simulated_bank import Answer, Ask, SimulatedBank
from hardware.payment.simulated_bca import BcaLayout
from hardware.payment.simulated_bri import BriLayout
from hardware.payment.simulated_faults import Break, Breaks
from hardware.pty_host import PtyHost

_STRAY = {"garble": b"\xf9", "junk": b"\x55\xaa", "nak": b"\x15", "duplicate": b"\x06"}
_BUSY_S = 0.05
"""A terminal that carries out a request takes at least so long to hear the next one."""
_BUSY_AFTER_NAK_S = 1.0
_NEVER = float("inf")


class Layout(Protocol):
    """How one bank lays out bodies."""

    request_length: int

    def check(self, counted: bytes) -> int:
        """The check byte for length bytes, body and ETX."""

    def read(self, body: bytes) -> Ask:
        """A request body."""

    def write(self, answer: Answer) -> bytes:
        """An answer body."""


class SimulatedTerminal(PtyHost):
    """A payment terminal on a pty. `control` besides the line's faults:

    `{"next": "approve"|"decline"|"cancel"|"expire"|"unsure"|CODE}` for the next request that could charge;
    `{"seconds": S}` from ACK to answer; `{"break": PLACE, "how": HOW, "times": N, "skip": N, "seconds": S}` (see
    `simulated_faults`); `{"release": true}` lets go of what `late` holds back: an answer goes at the next request at
    the latest, unless `{"hold": true}`; `{"pay": RRN or ""}`; `{"polls": N}`; `{"clock": SECONDS}`;
    `{"end_mark": bool}` whether the list of all has an end; and to ask: `{"transactions": true}`,
    `{"attempts": true}`, `{"settlements": true}`, `{"open_codes": true}`, `{"line": true}` (frames, ACKs, NAKs
    counted).
    """

    def __init__(self, layout: Layout, bank: SimulatedBank, *, ack_wait: float, baud: int, link: Path | None) -> None:
        super().__init__(baud=baud, link=link)
        self._layout = layout
        self._bank = bank
        self._ack_wait = ack_wait
        self._seconds = 0.0
        self._breaks = Breaks()
        self._counts = {"requests": 0, "bad": 0, "acks": 0, "naks": 0, "ignored": 0}
        self._late: list[bytes] = []
        self._late_unconfirmed = 0
        self._hold = False
        self._timed: list[tuple[float, bytes]] = []
        self._held: bytes = b""
        self._held_until: float | None = None
        self._buffer = bytearray()
        self._begun = 0.0
        self._job: tuple[float, Ask] | None = None
        self._outbox: list[bytes] = []
        self._resend_at = 0.0
        self._resends_left = 0
        self._die_at = 0.0

    def received(self, data: bytes) -> None:
        self._buffer += data
        while self._buffer:
            if self._buffer[0] != 2:
                self._answered_by(self._buffer.pop(0))
                continue
            size = 3 + self._layout.request_length + 2
            if len(self._buffer) < size:
                self._begun = self._begun or time.monotonic()
                return
            self._begun = 0.0
            frame, self._buffer = bytes(self._buffer[:size]), self._buffer[size:]
            self._frame(frame)

    def tick(self) -> None:
        now = time.monotonic()
        if self._begun and now - self._begun > 0.5:
            self._buffer.clear()
            self._begun = 0.0
            self._counts["bad"] += 1
            self.send(b"\x15")
        if self._held and self._held_until is not None and now >= self._held_until:
            self._let_go()
        if self._job is not None and now >= self._job[0]:
            ask, self._job = self._job[1], None
            self._carry_out(ask)
        for due, data in [timed for timed in self._timed if timed[0] <= now]:
            self._timed.remove((due, data))
            self.send(data)
        if self._outbox and now >= self._resend_at:
            self._send_again()
        if self._die_at and now >= self._die_at:
            self._die_at = 0.0
            self.control({"plug": False})

    def plugged(self) -> None:
        self._forget()

    def command(self, command: dict[str, Any]) -> dict[str, Any]:
        match command:
            case {"next": str(wanted)}:
                self._bank.wanted.append(wanted)
            case {"seconds": int() | float() as seconds}:
                self._seconds = float(seconds)
            case {"break": str(place), "how": str(how)}:
                times, skip = int(command.get("times", 1)), int(command.get("skip", 0))
                self._breaks.order(Break(place, how, times, skip, float(command.get("seconds", 0.3))))
            case {"breaks": "clear"}:
                self._breaks.clear()
            case {"release": True}:
                self._release()
            case {"hold": bool(hold)}:
                self._hold = hold
            case {"pay": str(rrn)}:
                self._bank.pay(rrn)
            case {"end_mark": bool(marked)}:
                self._bank.marks_end = marked
            case {"polls": int(polls)}:
                self._bank.qris_polls = polls
            case {"clock": int() | float() as seconds}:
                self._bank.clock_offset = float(seconds)
            case _:
                return self._question(command)
        return {}

    def _question(self, command: dict[str, Any]) -> dict[str, Any]:
        match command:
            case {"transactions": True}:
                return {"transactions": self._bank.truth()}
            case {"attempts": True}:
                return {"attempts": list(self._bank.attempts)}
            case {"settlements": True}:
                return {"settlements": list(self._bank.settlements)}
            case {"open_codes": True}:
                return {"open_codes": [code.rrn for code in self._bank.codes.values() if code.paid is None]}
            case {"line": True}:
                return {**self._counts, "busy": self._is_busy or bool(self._outbox)}
        raise ValueError(f"unknown command: {sorted(command)}")

    def _forget(self) -> None:
        """What a power cut makes the terminal forget: everything but the bank's books."""
        self._buffer.clear()
        self._begun = 0.0
        self._job = None
        self._timed.clear()
        self._late_unconfirmed = 0
        self._held = b""
        self._outbox.clear()
        self._die_at = 0.0

    def _frame(self, frame: bytes) -> None:
        digits = f"{self._layout.request_length:04d}"
        length = bytes([int(digits[:2], 16), int(digits[2:], 16)])
        if frame[1:3] != length or frame[-2] != 3 or frame[-1] != self._layout.check(frame[1:-1]):
            self._counts["bad"] += 1
            self.send(b"\x15")
            return
        if self._is_busy:
            self._counts["ignored"] += 1
            return
        self._counts["requests"] += 1
        fault = self._fault("request")
        match fault.how if fault else None:
            case None:
                self._begin_job(frame)
            case "nak":
                self.send(b"\x15" * 3)
            case "garble":
                self._counts["bad"] += 1
                self.send(b"\x15")
            case "junk":
                self.send(_STRAY["junk"])
                self._begin_job(frame)
            case "duplicate":
                self._begin_job(frame, _BUSY_S)
                self._frame(frame)
            case "delay" | "late" as how:
                self._held = frame
                self._held_until = time.monotonic() + fault.seconds if fault and how == "delay" else None
            case how:
                self._lose_or_die(how)

    @property
    def _is_busy(self) -> bool:
        return self._job is not None or bool(self._held)

    def _begin_job(self, frame: bytes, least: float = 0.0) -> None:
        """Acknowledge a request and begin to carry it out."""
        self._outbox.clear()
        least = max(least, self._acknowledge())
        if not self._hold:
            self._send_late()
        wait = max(self._seconds, least)
        self._job = (time.monotonic() + wait, self._layout.read(frame[3:-2]))
        if not wait:
            self.tick()

    def _let_go(self) -> None:
        frame, self._held = self._held, b""
        self._begin_job(frame)

    def _acknowledge(self) -> float:
        """Send the ACK, or what a fault makes of it; how long the terminal is busy at least, in seconds."""
        fault = self._fault("ack")
        match fault.how if fault else None:
            case None:
                self.send(b"\x06")
            case "garble":
                self.send(_STRAY["garble"])
            case "duplicate":
                self.send(b"\x06\x06")
            case "junk":
                self.send(_STRAY["junk"] + b"\x06")
            case "nak":
                self.send(b"\x15")
                return _BUSY_AFTER_NAK_S
            case "delay" if fault:
                self._later(fault.seconds, b"\x06")
                return fault.seconds
            case "late":
                self._late.append(b"\x06")
            case "die":
                self._die_at = time.monotonic()
        return 0.0

    def _later(self, seconds: float, data: bytes) -> None:
        self._timed.append((time.monotonic() + seconds, data))

    def _on_the_way(self, place: str, job: tuple[float, Ask]) -> bool:
        """Whether the job goes on past a place where nothing belongs on the line."""
        fault = self._fault(place)
        if fault is None:
            return True
        if fault.how in _STRAY:
            self.send(_STRAY[fault.how])
            return True
        if fault.how in ("delay", "late"):
            self._job = (time.monotonic() + fault.seconds if fault.how == "delay" else _NEVER, job[1])
            return False
        self._lose_or_die(fault.how)
        return False

    def _carry_out(self, ask: Ask) -> None:
        if not self._on_the_way("before_charge", (0.0, ask)):
            return
        answers = self._bank.perform(ask)
        self._outbox = [self._framed(answer) for answer in answers]
        self._resends_left = 3
        fault = self._fault("after_charge")
        match fault.how if fault else None:
            case None:
                self._send_answer(answers[0])
            case "lose" | "die" as how:
                self._outbox.clear()
                self._lose_or_die(how)
            case "delay" if fault:
                self._resend_at = time.monotonic() + fault.seconds
            case "late":
                self._late.append(self._outbox[0])
                self._outbox.clear()
            case how:
                self.send(_STRAY[str(how)])
                self._send_answer(answers[0])

    def _send_answer(self, answer: Answer | None = None) -> None:
        """Put the first answer of the outbox on the line, as the ordered fault leaves it."""
        self._resend_at = time.monotonic() + self._ack_wait
        frame = self._outbox[0]
        fault = self._fault("answer")
        match fault.how if fault else None:
            case None:
                self.send(frame)
            case "delay" if fault:
                self._resend_at = time.monotonic() + fault.seconds
            case "lose":
                self._outbox.clear()
            case "garble":
                self.send(frame[:60] + bytes([frame[60] ^ 0x04]) + frame[61:])
            case "cut":
                self.send(frame[:100])
            case "junk":
                self.send(b"\x55\x15\x06\x03" + frame)
            case "duplicate":
                self.send(frame + frame)
            case "nak":
                self.send(b"\x15" * 20 + frame)
            case "late":
                self._late.append(frame)
                self._outbox.clear()
            case "replay":
                self.send(frame)
                self._late.append(frame)
            case "die":
                self.send(frame[:100])
                self._die_at = time.monotonic() + 0.01
            case "wrong_amount" if answer is not None:
                self._outbox[0] = self._framed(replace(answer, amount=answer.amount + 1000))
                self.send(self._outbox[0])
            case "wrong_reference" if answer is not None:
                self._outbox[0] = self._framed(replace(answer, rrn="9" * 12, invoice="999999"))
                self.send(self._outbox[0])
            case "wrong_type" if answer is not None:
                self._outbox[0] = self._framed(replace(answer, kind=bytes((answer.kind[0] ^ 1,)) + answer.kind[1:]))
                self.send(self._outbox[0])

    def _answered_by(self, byte: int) -> None:
        if byte == 6:
            self._counts["acks"] += 1
            if self._late_unconfirmed:
                self._late_unconfirmed -= 1
                return
            if not self._outbox or not self._hears():
                return
            self._outbox.pop(0)
            self._resends_left = 3
            if self._outbox:
                self._send_answer()
        elif byte == 0x15:
            self._counts["naks"] += 1
            if self._outbox:
                self._send_again()

    def _hears(self) -> bool:
        """Whether the host's ACK is heard as one; a second one has nothing to confirm."""
        fault = self._fault("answer_ack")
        match fault.how if fault else None:
            case None | "duplicate":
                return True
            case "nak":
                self._send_again()
            case "die":
                self._die_at = time.monotonic()
        return False

    def _send_again(self) -> None:
        if self._resends_left == 0:
            self._outbox.clear()
            return
        self._resends_left -= 1
        self._send_answer()

    def _release(self) -> None:
        """Let go of whatever is held back: bytes, a request, a job."""
        self._send_late()
        if self._held:
            self._let_go()
        if self._job is not None and self._job[0] == _NEVER:
            self._job = (time.monotonic(), self._job[1])

    def _send_late(self) -> None:
        for data in self._late:
            self.send(data)
            self._late_unconfirmed += data[:1] == b"\x02"
        self._late.clear()

    def _lose_or_die(self, how: str) -> None:
        if how == "die":
            self.control({"plug": False})

    def _fault(self, place: str) -> Break | None:
        return self._breaks.strike(place)

    def _framed(self, answer: Answer) -> bytes:
        body = self._layout.write(answer)
        digits = f"{len(body):04d}"
        counted = bytes([int(digits[:2], 16), int(digits[2:], 16)]) + body + b"\x03"
        return b"\x02" + counted + bytes([self._layout.check(counted)])


def simulated_terminal(options: Mapping[str, object], link: Path | None) -> SimulatedTerminal:
    """Options: `bank` (bca, bri), `polls` until a QRIS code is paid, `ack_wait` before an answer is sent again,
    `baud` to throttle.
    """
    values = Options(options)
    bank = values.choice("bank", ("bca", "bri"))
    polls = values.integer("polls", 2)
    ack_wait = values.number("ack_wait", 3.0)
    baud = values.integer("baud", 0)
    values.done()
    return SimulatedTerminal(_layout(bank), SimulatedBank(qris_polls=polls), ack_wait=ack_wait, baud=baud, link=link)


def _layout(bank: str) -> Layout:
    return BriLayout() if bank == "bri" else BcaLayout()
