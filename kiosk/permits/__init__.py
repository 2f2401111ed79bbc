"""The rules of the visit stay permit as pure functions over dated tables (`kiosk.regulations`)."""

from kiosk.permits.age import needs_guardian, priority_by_age
from kiosk.permits.assessment import Filing, assess_filing, in_territory, source_of
from kiosk.permits.biometric import BiometricRequirements, biometric_requirements
from kiosk.permits.documents import checklist, missing
from kiosk.permits.filing import FilingWindow, filing_window
from kiosk.permits.findings import Finding, Severity
from kiosk.permits.numbers import keep_until, register_number
from kiosk.permits.offers import lengths_for, visas_for
from kiosk.permits.overstay import OverstayCharge, overstay_charge, overstay_days
from kiosk.permits.stay import Cap, Grant, Permit, grant, last_day_of_stay, stay_days

__all__ = [
    "BiometricRequirements",
    "Cap",
    "Filing",
    "FilingWindow",
    "Finding",
    "Grant",
    "OverstayCharge",
    "Permit",
    "Severity",
    "assess_filing",
    "biometric_requirements",
    "checklist",
    "filing_window",
    "grant",
    "in_territory",
    "keep_until",
    "last_day_of_stay",
    "lengths_for",
    "missing",
    "needs_guardian",
    "overstay_charge",
    "overstay_days",
    "priority_by_age",
    "register_number",
    "source_of",
    "stay_days",
    "visas_for",
]
