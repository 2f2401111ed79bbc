"""The secrets one terminal holds to issue receipts: its private keys and the office's pepper, from files."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class KeysHeld:
    """Private keys by their numbers; none at a terminal that only verifies. Never printed.

    A key that is approved while the program runs is added from `folder` when it is first needed.
    """

    private: MutableMapping[int, Ed25519PrivateKey] = field(repr=False)
    pepper: bytes = field(repr=False)
    folder: Path | None = None
    terminal: str = ""
