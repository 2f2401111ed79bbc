"""The screens of the thirteen steps, by the key of the procedure; each is imported when it is first opened.

To add a step's screen: a module `screens/steps/<key>.py` with one StepScreen subclass whose KEY is `<key>`.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from screens.step_screen import StepScreen


class NoScreen(LookupError):
    """The procedure names a step for which there is no screen."""


def step_screen(key: str, case_id: int | None) -> "StepScreen[Any, Any]":
    """A new screen for the step `key` of a case (None: a new application). Raises NoScreen."""
    from screens.step_screen import StepScreen

    name = f"{__name__}.{key}"
    if not key.isidentifier():
        raise NoScreen(key)
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name == name:
            raise NoScreen(key) from None
        raise
    for candidate in vars(module).values():
        if isinstance(candidate, type) and issubclass(candidate, StepScreen) and candidate.__dict__.get("KEY") == key:
            screen: StepScreen[Any, Any] = candidate(case_id)
            return screen
    raise NoScreen(key)
