"""Typed reading of a table of a TOML file, which collects what is wrong instead of stopping at the first mistake."""

from datetime import date, time
from typing import Any, TypeVar

from kiosk.bilingual import Bilingual
from kiosk.text import has_unsafe
from kiosk.toml_file import KeyPath, Problem, TomlFile

_Choice = TypeVar("_Choice", bound=str)

_TYPE_NAMES: dict[type, str] = {
    str: "text",
    int: "number",
    bool: "true/false",
    list: "list",
    dict: "table",
    date: "date",
    time: "time",
}


class Table:
    """A table of a TOML file, read value by value. What is wrong is added to `problems`, and reading goes on with a
    harmless value, so that one reading finds every mistake; nothing read may be used while there are problems."""

    def __init__(
        self, file: TomlFile, problems: list[Problem], data: dict[str, Any] | None, path: KeyPath = ()
    ) -> None:
        self.file = file
        self.problems = problems
        self.path = path
        self._absent = data is None
        self._data = data or {}
        self._read: set[str] = set()

    def line(self, key: str | None = None) -> int:
        return self.file.line(self.path if key is None else (*self.path, key))

    def refuse(self, message: str, key: str | None = None, /, **details: object) -> None:
        """Add a problem at the line of `key`, or of the table's header."""
        self.problems.append(Problem(self.line(key), message, details))

    def has(self, key: str) -> bool:
        return key in self._data

    def text(self, key: str, *, blank: bool = False) -> str:
        value = self._value(key, str)
        if not isinstance(value, str):
            return "?"
        self._check_text(key, value, blank=blank)
        return value

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if self.has(key) else None

    def integer(self, key: str) -> int:
        value = self._value(key, int)
        return value if isinstance(value, int) else 1

    def positive(self, key: str) -> int:
        value = self.integer(key)
        if value < 1:
            self.refuse("tomlfile.not_positive", key, name=key, value=value)
        return value

    def optional_integer(self, key: str) -> int | None:
        return self.integer(key) if self.has(key) else None

    def flag(self, key: str) -> bool:
        return self._value(key, bool) is True

    def day(self, key: str) -> date:
        value = self._value(key, date)
        return value if isinstance(value, date) else date(2000, 1, 1)

    def optional_day(self, key: str) -> date | None:
        return self.day(key) if self.has(key) else None

    def time_of_day(self, key: str) -> time:
        value = self._value(key, time)
        return value if isinstance(value, time) else time()

    def keys(self) -> tuple[str, ...]:
        """The names in a table whose keys are data."""
        return tuple(self._data)

    def texts(self, key: str, *, empty: bool = True) -> tuple[str, ...]:
        values = self._value(key, list)
        if not isinstance(values, list):
            return ()
        if not values and not empty:
            self.refuse("tomlfile.blank", key, name=key)
        for value in values:
            if isinstance(value, str):
                self._check_text(key, value, blank=False)
            else:
                self.refuse("tomlfile.wrong_type", key, name=key, expected="text")
        return tuple(value for value in values if isinstance(value, str))

    def integers(self, key: str) -> tuple[int, ...]:
        values = self._value(key, list)
        if not isinstance(values, list):
            return ()
        if any(type(value) is not int for value in values):
            self.refuse("tomlfile.wrong_type", key, name=key, expected="number")
        return tuple(value for value in values if type(value) is int)

    def bilingual(self, key: str) -> Bilingual:
        table = self.table(key)
        words = Bilingual(table.text("id"), table.text("en"))
        table.finish()
        return words

    def table(self, key: str) -> "Table":
        value = self._value(key, dict)
        return Table(self.file, self.problems, value if isinstance(value, dict) else None, (*self.path, key))

    def choice(self, key: str, choices: tuple[_Choice, ...]) -> _Choice:
        """One of `choices`."""
        value = self.text(key)
        for choice in choices:
            if value == choice:
                return choice
        if value != "?":
            self.refuse("tomlfile.not_a_choice", key, name=key, value=value, choices=", ".join(choices))
        return choices[0]

    def choices(self, key: str, choices: tuple[_Choice, ...]) -> tuple[_Choice, ...]:
        """Some of `choices`."""
        values = self.texts(key)
        for value in values:
            if value not in choices:
                self.refuse("tomlfile.not_a_choice", key, name=key, value=value, choices=", ".join(choices))
        return tuple(choice for choice in choices if choice in values)

    def choices_in_order(self, key: str, choices: tuple[_Choice, ...]) -> tuple[_Choice, ...]:
        """Like `choices`, in the order of the file and as often as there."""
        self.choices(key, choices)
        return tuple(choice for value in self.texts(key) for choice in choices if choice == value)

    def tables(self, key: str, *, needed: bool = False) -> list["Table"]:
        """The tables of a list; an absent one is refused only if `needed`."""
        if not self.has(key) and not needed:
            return []
        values = self._value(key, list)
        rows = values if isinstance(values, list) else []
        if any(not isinstance(row, dict) for row in rows):
            self.refuse("tomlfile.wrong_type", key, name=key, expected="table")
        return [
            Table(self.file, self.problems, row, (*self.path, key, place))
            for place, row in enumerate(rows)
            if isinstance(row, dict)
        ]

    def finish(self) -> None:
        """Refuse every key that nobody read: a misspelt key must not be passed over in silence."""
        for key in self._data:
            if key not in self._read:
                self.refuse("tomlfile.unknown_key", key, name=key)

    def _value(self, key: str, expected: type) -> object:
        self._read.add(key)
        if key not in self._data:
            if not self._absent:
                self.refuse("tomlfile.missing_key", None, name=key)
            return None
        value: object = self._data[key]
        # bool is an int and datetime a date to isinstance; neither is meant here
        if type(value) is not expected:
            self.refuse("tomlfile.wrong_type", key, name=key, expected=_TYPE_NAMES[expected])
            return None
        return value

    def _check_text(self, key: str, value: str, *, blank: bool) -> None:
        if not value.strip() and not (blank and value == ""):
            self.refuse("tomlfile.blank", key, name=key)
        if has_unsafe(value):
            self.refuse("tomlfile.unsafe_text", key, name=key)
