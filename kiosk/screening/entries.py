"""What a cekal list holds: entries, their names, and the hashes by which two versions are compared.

The canonical form is text: the fields of `canonical_form`, parted by U+001F, the parts of a list by U+001E. No
field may hold a control character, so that two different entries never have one form.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kiosk.screening.births import birth_text


class NameKind(StrEnum):
    PRIMARY = "primary"
    ALIAS = "alias"
    WEAK_ALIAS = "weak_alias"
    ORIGINAL_SCRIPT = "original_script"


class BanKind(StrEnum):
    """`cegah` keeps a person from leaving, `tangkal` from entering (UU 6/2011)."""

    CEGAH = "cegah"
    TANGKAL = "tangkal"


class Sex(StrEnum):
    MALE = "M"
    FEMALE = "F"
    UNSPECIFIED = "X"


@dataclass(frozen=True, slots=True)
class ListedName:
    name: str
    kind: NameKind = NameKind.ALIAS


@dataclass(frozen=True, slots=True)
class WatchlistEntry:
    """One person on the list. Births as `kiosk.screening.births` keeps them, countries in ISO 3166-1 alpha-3."""

    id: str
    names: tuple[ListedName, ...]
    births: tuple[int, ...] = ()
    sex: Sex | None = None
    countries: tuple[str, ...] = ()
    passports: tuple[str, ...] = ()
    """Numbers as the list has them, old ones too."""
    kind: BanKind | None = None
    agency: str | None = None
    decision_no: str | None = None
    reason_class: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    """The last day in force."""
    revoked_at: date | None = None
    source: str | None = None
    hash: str = field(init=False, compare=False)
    """The first 128 bits of the SHA-256 of the canonical form, in hex."""

    def __post_init__(self) -> None:
        digest = hashlib.sha256(canonical_form(self).encode()).hexdigest()
        object.__setattr__(self, "hash", digest[:32])

    def in_force(self, on: date) -> bool:
        """True from `valid_from` to `valid_until`, both included, until the day of its revocation."""
        if self.revoked_at and self.revoked_at <= on:
            return False
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_until is None or on <= self.valid_until
        )


def canonical_form(entry: WatchlistEntry) -> str:
    """The entry as one text that is the same for the same content."""
    fields = (
        entry.id,
        "\x1e".join(f"{name.kind.value}:{name.name}" for name in entry.names),
        "\x1e".join(map(birth_text, entry.births)) if entry.births else "",
        entry.sex or "",
        "\x1e".join(entry.countries),
        "\x1e".join(entry.passports),
        entry.kind or "",
        entry.agency or "",
        entry.decision_no or "",
        entry.reason_class or "",
        entry.valid_from.isoformat() if entry.valid_from else "",
        entry.valid_until.isoformat() if entry.valid_until else "",
        entry.revoked_at.isoformat() if entry.revoked_at else "",
        entry.source or "",
    )
    return "\x1f".join(fields)


def list_hash(entries: Iterable[tuple[str, str]]) -> str:
    """SHA-256 (hex) over (id, content hash) of every entry in the order of ids: the same list whatever its order."""
    digest = hashlib.sha256()
    for entry_id, entry_hash in sorted(entries):
        digest.update(f"{entry_id}\x1f{entry_hash}\n".encode())
    return digest.hexdigest()
