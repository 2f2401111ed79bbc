"""What a bank's codec tells the link: bodies for each purpose, answers decoded, and what an answer's code means."""

from typing import Protocol

from hardware.payment.frames import LrcRule
from hardware.payment.terminal import Purpose, Reason, Reply, SaleState, TransactionRecord


class Profile(Protocol):
    """One bank's way of speaking over the shared framing. Pure."""

    @property
    def name(self) -> str:
        """For people and logs."""

    @property
    def request_length(self) -> int:
        """Bytes in the body of a request."""

    @property
    def response_length(self) -> int:
        """Bytes in the body of an answer."""

    @property
    def lrc_rule(self) -> LrcRule:
        """Which check bytes are right."""

    @property
    def lists_all(self) -> bool:
        """Whether the link knows a list of all transactions."""

    def kind(self, purpose: Purpose) -> str:
        """The transaction type for a purpose, as an answer echoes it. Raises DeviceError(UNSUPPORTED) when the link
        has none.
        """

    def kind_of(self, body: bytes) -> str:
        """The transaction type in a body, of a request or an answer."""

    def request(
        self, purpose: Purpose, amount: int = 0, reference: str = "", rrn: str = "", invoice_no: str = ""
    ) -> bytes:
        """The request body. Raises ValueError when a value does not fit."""

    def decode(self, body: bytes) -> Reply:
        """An answer's body. Raises ValueError when its fields can't be what they should be."""

    def verdict(self, purpose: Purpose, reply: Reply) -> tuple[SaleState, Reason | None]:
        """What the answer's code says of the sale, before amount and reference are compared."""

    def record(self, reply: Reply) -> TransactionRecord | None:
        """An answer to LAST or ALL as a transaction; None when it only says that there is none."""
