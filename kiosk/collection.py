"""Collecting a passport at a desk: `desk.collection`, what the hand-over screen asks beside the step itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from db.connection import StoreError
from hardware.acts import CancelToken, Progress
from kiosk import finger_check
from kiosk.cases.engine import environment
from kiosk.cases.load import case_file
from kiosk.finger_check import FingerCheck
from kiosk.receipts.claim import ClaimFound, Shown, examine
from kiosk.refusals import Code, Refusal, Refused, refused

if TYPE_CHECKING:
    from kiosk.desk import Desk


class Collection:
    """The claim, the picture and the finger of one collector. All of it blocks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def seen(self, case_id: int, shown: Shown, text: str) -> ClaimFound | Refused:
        """What a scanned QR or typed short code is worth, before anything else is known of the collector.

        The passport is taken to be the case's; the hand-over compares it with the one in the officer's hand.
        """
        look = self._desk.look()
        try:
            with self._desk.office.store.reading():
                case = case_file(case_id, look.kit.procedures)
                if case is None:
                    return refused(Code.CASE_NOT_FOUND)
                found = examine(look, case, shown, text, case.passport_no)
        except StoreError as error:
            return environment(error)
        return Refused((found,)) if isinstance(found, Refusal) else found

    def portrait(self, case_id: int) -> bytes | Refused:
        """The applicant's picture (an image file); the reading is audited."""
        return finger_check.portrait(self._desk, case_id)

    def compare_finger(
        self,
        case_id: int,
        position: int,
        *,
        report: Callable[[Progress], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> FingerCheck | Refused:
        """Compare the finger on the glass with an enrolled one; the answer is kept."""
        return finger_check.compare(self._desk, case_id, position, report=report, cancel=cancel)
