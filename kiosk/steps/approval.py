"""Step 6, approval: the whole case under the eyes of the authorised official, and his paraf."""

from dataclasses import dataclass
from datetime import date

from kiosk.money.charges import Charge

KEY = "approval"
APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class Given:
    """The approval. `initial` is the paraf; `overstay_days` and `overstay_reason` confirm the count of an overstay.

    `superior_no` and `superior_date` name the decision of Kanwil or Direktorat Jenderal where the regulation asks for
    one; `parents_until` is the last day of the parents' permit, for a child born here.
    """

    days: int
    initial: str
    note: str = ""
    overstay_days: int = 0
    overstay_reason: str = ""
    superior_no: str = ""
    superior_date: date | None = None
    parents_until: date | None = None


@dataclass(frozen=True, slots=True)
class Produced:
    """The permit granted and what it costs, frozen. `caps` say why it is shorter than what was asked for."""

    decision: str
    initial: str
    days_granted: int
    valid_from: date
    valid_until: date
    caps: tuple[str, ...]
    charges: tuple[Charge, ...]
    total: int
    note: str
    approver: str = "office_head"
    superior_no: str = ""
    superior_date: date | None = None
