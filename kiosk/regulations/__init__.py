"""The regulations as dated tables: `load_regulations()` gives the Regulations, an office's own folder overrides."""

from kiosk.regulations.model import (
    ApplicationKind,
    Approver,
    BiometricPolicy,
    Holiday,
    OverstayRate,
    RegisterTemplate,
    Regulations,
    RequirementItem,
    Source,
    StayRule,
    TariffRow,
    VisaIndex,
    WindowRule,
    in_force,
)
from kiosk.regulations.reader import RegulationError, load_regulations

__all__ = [
    "ApplicationKind",
    "Approver",
    "BiometricPolicy",
    "Holiday",
    "OverstayRate",
    "RegisterTemplate",
    "RegulationError",
    "Regulations",
    "RequirementItem",
    "Source",
    "StayRule",
    "TariffRow",
    "VisaIndex",
    "WindowRule",
    "in_force",
    "load_regulations",
]
