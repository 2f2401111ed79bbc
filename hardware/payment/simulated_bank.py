"""What really happens at the simulated terminal and its bank: the truth that a test compares with what a driver
believed.

No bytes here; `simulator.py` is the line and `simulated_bca.py`, `simulated_bri.py` are the layouts.
"""

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

WIB = timezone(timedelta(hours=7))
TERMINAL_ID = "SIMTID01"
MERCHANT_ID = "000885000224162"
PAN = "5371760012343367"
CODES = {"approve": "00", "decline": "05", "cancel": "P3", "expire": "S4", "unsure": "TO", "card_error": "P2"}


class Wish(StrEnum):
    """What a request asks for."""

    ECHO = "echo"
    CARD = "card"
    QRIS = "qris"
    INQUIRE = "inquire"
    LAST = "last"
    BY_TRACE = "by_trace"
    ALL = "all"
    VOID = "void"
    SETTLE = "settle"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, decoded. `kind` is the type as it was received, to be echoed."""

    wish: Wish
    kind: bytes
    version: int = 1
    amount: int = 0
    reference: str = ""
    rrn: str = ""
    invoice: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the terminal says. Everything that a decline leaves blank is empty here."""

    kind: bytes
    version: int
    code: str
    amount: int = 0
    rrn: str = ""
    approval: str = ""
    invoice: str = ""
    batch: str = ""
    pan: str = ""
    at: datetime | None = None
    reference: str = ""
    text: str = ""


@dataclass(slots=True)
class Transaction:
    """One transaction that the bank booked."""

    method: str
    kind: bytes
    amount: int
    invoice: str
    rrn: str
    approval: str
    reference: str
    at: datetime
    batch: str
    voided: bool = False


@dataclass(slots=True)
class QrCode:
    """A QRIS payment that was created; the customer pays it after so many more polls."""

    ask: Ask
    rrn: str
    polls_left: int
    expires: bool = False
    paid: Transaction | None = None


@dataclass(slots=True)
class SimulatedBank:
    """Books, counts and remembers. `qris_polls` is how many inquiries say "waiting" before the customer has paid."""

    qris_polls: int = 2
    clock_offset: float = 0.0
    marks_end: bool = True
    batch: int = 1
    booked: list[Transaction] = field(default_factory=list)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    settlements: list[dict[str, Any]] = field(default_factory=list)
    codes: dict[str, QrCode] = field(default_factory=dict)
    wanted: "deque[str]" = field(default_factory=deque)
    _number: int = 0

    def perform(self, ask: Ask) -> list[Answer]:
        """Do what is asked and answer; more than one answer only to ALL."""
        match ask.wish:
            case Wish.CARD:
                return [self._card(ask)]
            case Wish.QRIS:
                return [self._create_code(ask)]
            case Wish.INQUIRE:
                return [self._inquire(ask)]
            case Wish.VOID:
                return [self._void(ask)]
            case Wish.LAST:
                return [self._listed(ask, self._open()[-1])] if self._open() else [self._plain(ask, "NF")]
            case Wish.BY_TRACE:
                found = [entry for entry in self._open() if entry.invoice.lstrip("0") == ask.invoice.lstrip("0")]
                return [self._listed(ask, found[0]) if found else self._plain(ask, "NF")]
            case Wish.ALL:
                listed = [self._listed(ask, entry) for entry in self._open()]
                return listed if listed and not self.marks_end else [*listed, self._plain(ask, "NF")]
            case Wish.SETTLE:
                return [self._settle(ask)]
            case Wish.ECHO:
                return [replace(self._plain(ask, "00"), at=self._now())]
        return [self._plain(ask, "S2")]

    def truth(self) -> list[dict[str, Any]]:
        """What was really charged, oldest first."""
        return [
            {
                "method": entry.method,
                "amount": entry.amount,
                "invoice": entry.invoice,
                "rrn": entry.rrn,
                "approval": entry.approval,
                "reference": entry.reference,
                "batch": entry.batch,
                "voided": entry.voided,
            }
            for entry in self.booked
        ]

    def pay(self, rrn: str = "") -> None:
        """The customer pays a code now: the one named, else every open one. Raises KeyError for an unknown one."""
        for code in [self.codes[rrn]] if rrn else list(self.codes.values()):
            if code.paid is None and not code.expires:
                code.paid = self._book("qris", code.ask, code.rrn)

    def _card(self, ask: Ask) -> Answer:
        code = self._decide(ask)
        if code != "00":
            return self._plain(ask, code)
        entry = self._book("card", ask, self._next_number())
        return self._answer(ask, "00", entry)

    def _create_code(self, ask: Ask) -> Answer:
        code = self._decide(ask)
        if code not in ("00", CODES["expire"]):
            return self._plain(ask, code)
        rrn = self._next_number()
        self.codes[rrn] = QrCode(ask, rrn, self.qris_polls, expires=code != "00")
        return replace(
            self._plain(ask, "00"), amount=ask.amount, rrn=rrn, text="00020101021226SIMULATED", at=self._now()
        )

    def _inquire(self, ask: Ask) -> Answer:
        code = self.codes.get(ask.rrn)
        if code is None:
            return self._plain(ask, "NF")
        if code.polls_left > 0 and code.paid is None:
            code.polls_left -= 1
            return replace(self._plain(ask, "PT"), rrn=code.rrn)
        if code.expires:
            return replace(self._plain(ask, CODES["expire"]), rrn=code.rrn)
        if code.paid is None:
            code.paid = self._book("qris", code.ask, code.rrn)
        return self._answer(ask, "00", code.paid)

    def _void(self, ask: Ask) -> Answer:
        code = self._decide(ask)
        found = [e for e in self._open() if e.invoice.lstrip("0") == ask.invoice.lstrip("0") and not e.voided]
        if code != "00" or not found:
            return self._plain(ask, code if code != "00" else "12")
        found[0].voided = True
        return self._answer(ask, "00", found[0])

    def _settle(self, ask: Ask) -> Answer:
        code = self._decide(ask)
        if code != "00":
            return self._plain(ask, code)
        counted = [entry for entry in self._open() if not entry.voided]
        total = sum(entry.amount for entry in counted)
        batch = f"{self.batch:06d}"
        self.settlements.append({"batch": batch, "count": len(counted), "total": total})
        self.batch += 1
        return replace(self._plain(ask, "00"), amount=total, batch=batch, at=self._now())

    def _listed(self, ask: Ask, entry: Transaction) -> Answer:
        answer = self._answer(ask, "00", entry)
        return replace(answer, code="VD") if entry.voided else answer

    def _decide(self, ask: Ask) -> str:
        """The code of the next request that could charge: what was ordered, else approved."""
        wanted = self.wanted.popleft() if self.wanted else "approve"
        code = CODES.get(wanted, wanted)
        self.attempts.append({"wish": ask.wish.value, "amount": ask.amount, "reference": ask.reference, "code": code})
        return code

    def _book(self, method: str, ask: Ask, rrn: str) -> Transaction:
        number = int(self._next_number())
        entry = Transaction(
            method=method,
            kind=ask.kind,
            amount=ask.amount,
            invoice=f"{number % 1_000_000:06d}",
            rrn=rrn,
            approval=f"{(135_000 + number * 7) % 1_000_000:06d}",
            reference=ask.reference,
            at=self._now(),
            batch=f"{self.batch:06d}",
        )
        self.booked.append(entry)
        return entry

    def _answer(self, ask: Ask, code: str, entry: Transaction) -> Answer:
        return Answer(
            kind=ask.kind,
            version=ask.version,
            code=code,
            amount=entry.amount,
            rrn=entry.rrn,
            approval=entry.approval,
            invoice=entry.invoice,
            batch=entry.batch,
            pan="*" * 12 + PAN[-4:] if entry.method == "card" else "",
            at=entry.at,
            reference=entry.reference,
        )

    @staticmethod
    def _plain(ask: Ask, code: str) -> Answer:
        return Answer(kind=ask.kind, version=ask.version, code=code, reference=ask.reference)

    def _open(self) -> list[Transaction]:
        batch = f"{self.batch:06d}"
        return [entry for entry in self.booked if entry.batch == batch]

    def _next_number(self) -> str:
        self._number += 1
        return f"{self._number:012d}"

    def _now(self) -> datetime:
        return datetime.now(WIB) + timedelta(seconds=self.clock_offset)
