"""Step 12, handover: the passport leaves the office against the claim receipt, once, to somebody who may have it."""

from dataclasses import dataclass
from enum import StrEnum

KEY = "handover"


class Kind(StrEnum):
    """What is handed over: the permit issued, the passport given back without it, or passed to Wasdakim."""

    ISSUED = "issued"
    RETURNED = "returned"
    TO_WASDAKIM = "to_wasdakim"


class Relation(StrEnum):
    """Who takes the passport."""

    APPLICANT = "applicant"
    SPONSOR = "sponsor"
    PROXY = "proxy"
    WASDAKIM = "wasdakim"


class Claim(StrEnum):
    """How the claim was shown: its QR was scanned, its short code typed, or the receipt is lost."""

    QR = "qr"
    SHORT_CODE = "short_code"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Given:
    """What the officer at the delivery counter gives.

    `claim_text` is the QR's text or the short code, empty where the receipt is lost. `passport_no` is read from the
    passport in the officer's hand. `reason` says why there is no QR, no finger, or both: then a second person signs.
    `power_of_attorney` is the deed's number and date; `minutes_no` that of the minutes with Wasdakim.
    """

    claim: Claim
    passport_no: str
    relation: Relation
    collected_by: str
    identity_kind: str
    identity_no: str
    claim_text: str = ""
    face_agrees: bool = False
    signed: bool = False
    power_of_attorney: str = ""
    minutes_no: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Produced:
    """The hand-over that is the proof (bukti pengambilan), and what was checked before it."""

    handover_id: int
    kind: str
    relation: str
    collected_by: str
    receipt_number: str
    checks: tuple[str, ...]
