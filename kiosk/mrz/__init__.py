"""Machine readable zones of passports, cards and visas: `parse`, `compose_td3`, `compare_names` (ICAO Doc 9303)."""

from kiosk.mrz.composer import compose, compose_td3
from kiosk.mrz.layout import Format, check_digit, undetected_substitutes
from kiosk.mrz.model import Mrz, MrzFinding, Sex
from kiosk.mrz.names import NameComparison, compare_names
from kiosk.mrz.reader import parse

__all__ = [
    "Format",
    "Mrz",
    "MrzFinding",
    "NameComparison",
    "Sex",
    "check_digit",
    "compare_names",
    "compose",
    "compose_td3",
    "parse",
    "undetected_substitutes",
]
