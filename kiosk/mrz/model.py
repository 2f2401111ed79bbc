"""What a machine readable zone says."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from kiosk.mrz.layout import Format
from kiosk.partial_date import PartialDate
from kiosk.refusals import Refusal

MrzFinding = Refusal
"""What is doubtful in a zone that could be read: a Refusal whose `field` is the field of Mrz, or "composite"."""

Sex = Literal["M", "F", "X"]


@dataclass(frozen=True, slots=True)
class Mrz:
    """A zone that was read. Values are what stands there, even where `findings` say that they can't be right.

    Dates that can't be read are None, as is a date of birth of fillers only. A person with one name has it in
    `surname`. `name_truncated` is true where the name fills its field, so that its end may be missing.
    """

    format: Format
    lines: tuple[str, ...]
    document_code: str
    issuing_state: str
    document_no: str
    nationality: str
    birth: PartialDate | None
    sex: Sex
    expiry: date | None
    surname: str
    given_names: str
    name_truncated: bool
    optional: str
    optional_2: str
    findings: tuple[MrzFinding, ...]

    @property
    def sound(self) -> bool:
        """True if nothing is doubtful: every check digit holds."""
        return not self.findings

    @property
    def full_name(self) -> str:
        """Surname, then given names, in one line."""
        return f"{self.surname} {self.given_names}".strip()
