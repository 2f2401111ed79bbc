"""The secrets one terminal holds to issue receipts: its private key and the office's pepper, from files."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class KeysHeld:
    """Never printed: repr shows the key's number only."""

    key_id: int
    private_key: Ed25519PrivateKey = field(repr=False)
    pepper: bytes = field(repr=False)
