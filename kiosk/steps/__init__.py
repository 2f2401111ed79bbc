"""The rules of each step, one module for each key of the procedure; `rules(key)` finds it.

A module is the rules (kiosk.cases.rules.StepRules): KEY, Given, Produced, check, apply and, where the case
doesn't just go on, go.
"""

import importlib
from typing import cast

from kiosk.cases.rules import StepRules


def rules(key: str) -> StepRules:
    """The rules of the step `key`. Raises ModuleNotFoundError for a key without a module."""
    return cast(StepRules, importlib.import_module(f"kiosk.steps.{key}"))
