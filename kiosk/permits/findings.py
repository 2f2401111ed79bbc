"""What a rule finds: something that blocks, or something to warn of."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.refusals import Code, Refusal
from kiosk.regulations.model import Strictness


class Severity(StrEnum):
    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding; its words and next action are those of the refusal."""

    severity: Severity
    refusal: Refusal

    @property
    def code(self) -> Code:
        return self.refusal.code

    @property
    def blocks(self) -> bool:
        return self.severity is Severity.BLOCK


def block(code: Code, field: str, /, **details: object) -> Finding:
    return Finding(Severity.BLOCK, Refusal(code, field, details))


def warn(code: Code, field: str, /, **details: object) -> Finding:
    return Finding(Severity.WARN, Refusal(code, field, details))


def by(strictness: Strictness, code: Code, field: str, /, **details: object) -> Finding:
    """A finding as strict as a table says."""
    return Finding(Severity(strictness), Refusal(code, field, details))
