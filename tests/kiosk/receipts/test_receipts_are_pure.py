"""The pure rooms of receipts load no database, device, screen or picture library, whatever loads first."""

import subprocess
import sys

import pytest

FORBIDDEN = "db peewee textual serial escpos PIL qrcode screens"
PURE = [
    "kiosk.formats",
    "kiosk.transliteration",
    "kiosk.receipts.token",
    "kiosk.receipts.short_code",
    "kiosk.receipts.keys",
    "kiosk.receipts.verify",
    "kiosk.receipts.contents",
    "kiosk.receipts.layout",
]


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_loads_nothing_of_the_outside(module: str) -> None:
    program = f"import sys, {module}; print(*sorted(set({FORBIDDEN!r}.split()) & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    assert loaded == ""
