"""Step 2, data_entry: what the office knows of the applicant, read from the passport first."""

from dataclasses import dataclass

from kiosk.applicant import ApplicantData

KEY = "data_entry"


@dataclass(frozen=True, slots=True)
class Given:
    """All of step 2. `retyped` holds, by field, what was typed the second time where a check digit fails."""

    data: ApplicantData
    retyped: dict[str, str]
    confirmed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Produced:
    """`findings` are codes with words under `data_entry.finding.<code>`: seen by steps 4 and 6, blocking nothing."""

    data: ApplicantData
    findings: tuple[str, ...]
