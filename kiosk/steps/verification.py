"""Step 4, verification: each document and the sponsor are checked by another person than entered the data."""

from dataclasses import dataclass

KEY = "verification"


@dataclass(frozen=True, slots=True)
class DocumentChecked:
    """One document of the file and what the verifier found."""

    key: str
    authentic: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """The verifier's sign-off."""

    documents: tuple[DocumentChecked, ...]
    sponsor_ok: bool
    sponsor_note: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Produced:
    """A sign-off in the system; the only signature in the passport is that of step 10."""

    documents: tuple[DocumentChecked, ...]
    sponsor_ok: bool
    sponsor_note: str
    note: str
