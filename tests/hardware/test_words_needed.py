"""What people may hear of devices is a closed list: faults and phases, whose words the catalogues hold."""

import importlib
import inspect
import re
from pathlib import Path

import hardware
from hardware.acts import Phase
from hardware.faults import FaultCode
from hardware.registry import DRIVERS

HERE = Path(hardware.__file__).parent


def test_every_fault_and_phase_is_used_somewhere() -> None:
    sources = {path: path.read_text() for path in HERE.rglob("*.py") if path.name not in ("faults.py",)}
    code = "\n".join(sources.values())
    unused = [fault.name for fault in FaultCode if f"FaultCode.{fault.name}" not in code]
    assert unused == []
    assert [phase.name for phase in Phase if f"Phase.{phase.name}" not in code] == []


def test_the_four_families_report_only_phases_of_the_list() -> None:
    for family in ("fingerprint", "scanner", "camera", "document_scanner"):
        for path in (HERE / family).glob("*.py"):
            assert not re.search(r'context\.progress\(\s*f?"', path.read_text()), path


def test_the_readme_names_every_driver_and_option_of_the_four_families() -> None:
    words = (HERE / "README.md").read_text()
    for role in ("fingerprint", "scanner", "camera", "document_scanner"):
        for driver, factory in DRIVERS[role].items():
            assert f"| {role} | `{driver}` |" in words
            module, _, name = factory.partition(":")
            source = inspect.getsource(getattr(importlib.import_module(module), name))
            for option in re.findall(r'given\.\w+\(\s*"(\w+)"', source):
                assert f"`{option}`" in words, (driver, option)
