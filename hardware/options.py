"""Options of drivers and simulators as they come from kiosk.toml or from `simulated:key=value,...`, read with their
types."""

from collections.abc import Mapping
from typing import NoReturn


class OptionError(ValueError):
    """An option that is unknown or has no sensible value. The message names it; it goes to whoever edits kiosk.toml."""


class Options:
    """Reads one option after another; `done` complains about what nobody asked for."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = dict(values)
        self._known: set[str] = set()

    def text(self, name: str, default: str = "") -> str:
        """A string."""
        return str(self._take(name, default))

    def integer(self, name: str, default: int) -> int:
        """A whole number; hexadecimal with 0x."""
        value = self._take(name, default)
        try:
            return int(value, 0) if isinstance(value, str) else int(value)  # type: ignore[call-overload]
        except (TypeError, ValueError):
            self._refuse(name, value, "a whole number")

    def number(self, name: str, default: float) -> float:
        """A number."""
        value = self._take(name, default)
        try:
            return float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            self._refuse(name, value, "a number")

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false; also yes/no, on/off, 1/0."""
        value = self._take(name, default)
        if isinstance(value, bool):
            return value
        word = str(value).lower()
        if word in ("true", "yes", "on", "1"):
            return True
        if word in ("false", "no", "off", "0"):
            return False
        return self._refuse(name, value, "true or false")

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of a few words; the first is the default."""
        value = str(self._take(name, choices[0]))
        if value not in choices:
            self._refuse(name, value, "one of " + ", ".join(choices))
        return value

    def done(self) -> None:
        """Raise OptionError when an option was given that nobody read."""
        unknown = sorted(set(self._values) - self._known)
        if unknown:
            raise OptionError(f"unknown option {unknown[0]}; known: {', '.join(sorted(self._known)) or 'none'}")

    def _take(self, name: str, default: object) -> object:
        self._known.add(name)
        return self._values.get(name, default)

    def _refuse(self, name: str, value: object, wanted: str) -> NoReturn:
        raise OptionError(f"option {name} = {value!r} should be {wanted}")


def parse_inline(text: str) -> dict[str, object]:
    """`key=value,key=value` as a mapping; a key alone means true."""
    pairs = (item.partition("=") for item in text.split(",") if item.strip())
    return {key.strip(): value.strip() if equals else True for key, equals, value in pairs}
