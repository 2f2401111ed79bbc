"""The SOP as data: `load()` gives the Procedure, frozen and pinned by its hash."""

from kiosk.procedure.model import (
    AlsoUnit,
    Branch,
    Category,
    Ending,
    Outcome,
    Procedure,
    Promise,
    Role,
    SeparatedAct,
    Separation,
    SideProcedure,
    Sop,
    Step,
    Unit,
)
from kiosk.procedure.reader import ProcedureError, load, parse

__all__ = [
    "AlsoUnit",
    "Branch",
    "Category",
    "Ending",
    "Outcome",
    "Procedure",
    "ProcedureError",
    "Promise",
    "Role",
    "SeparatedAct",
    "Separation",
    "SideProcedure",
    "Sop",
    "Step",
    "Unit",
    "load",
    "parse",
]
