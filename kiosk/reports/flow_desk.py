"""Today's figures for an officer who may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.refusals import Code, Refused, refused
from kiosk.reports import period
from kiosk.reports.flow import Flow, of_day, sees_flow

if TYPE_CHECKING:
    from kiosk.desk import Desk


def today(desk: Desk) -> Flow | Refused:
    """The office of today. Raises StoreError."""
    look = desk.look()
    procedure = look.kit.procedure
    if not sees_flow(look.officer, procedure):
        return refused(Code.NOT_YOUR_UNIT, unit=procedure.unit(procedure.step("approval").unit).label)
    with desk.office.store.reading():
        return of_day(procedure, look.regulations, period.day(look.today.isoformat()), look.now)
