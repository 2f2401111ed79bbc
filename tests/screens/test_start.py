"""Starting is quick because little is loaded: what the first paint does not need comes later."""

import subprocess
import sys

LATER = (
    "db",
    "hardware",
    "peewee",
    "serial",
    "msgspec",
    "PIL",
    "qrcode",
    "cryptography",
    "kiosk.office",
    "kiosk.steps",
)


def test_the_first_paint_loads_neither_database_nor_devices() -> None:
    code = "import sys, screens.start, screens.app; print('\\n'.join(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(answer.stdout.split())
    assert "screens.app" in loaded
    assert not loaded & set(LATER)
    assert not [name for name in loaded if name.startswith("screens.steps.") or "text_area" in name]


def test_the_terminal_is_looked_at_before_textual_is_loaded() -> None:
    code = "import sys, screens.start; print('textual' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
