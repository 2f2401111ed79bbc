"""The rules of the office need no database, device or screen: none is loaded with them."""

import subprocess
import sys

import pytest

FOREIGN = ("db", "hardware", "screens", "peewee", "serial", "textual", "escpos")


@pytest.mark.parametrize(
    "module",
    [
        "kiosk.procedure",
        "kiosk.regulations",
        "kiosk.permits",
        "kiosk.mrz",
        "kiosk.identifiers",
        "kiosk.working_calendar",
        "kiosk.step_clock",
        "kiosk.partial_date",
    ],
)
def test_a_pure_room_loads_nothing_foreign(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {FOREIGN!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
