"""TOML files that people edit: read with the line of every value, so that a refusal can name the line that is wrong.

`tomllib` gives values without lines. A file that parses as a whole is a sequence of statements (a table header or a
`key = value`), each of which parses alone; so the lines of a statement are found by adding lines until it does.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

KeyPath = tuple[str | int, ...]
"""Names of tables and keys, and places in lists: ("step", 3, "branch", 0, "to")."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the line (from 1), the key of the words in the catalogues, and their fields."""

    line: int
    key: str
    details: Mapping[str, object] = field(default_factory=dict)


class FileRefused(Exception):
    """A file that can't be used. `problems` are in the order of their lines; line, key and details are the first's."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        self.line = self.problems[0].line
        self.key = self.problems[0].key
        self.details = self.problems[0].details
        super().__init__(f"line {self.line}: {self.key} {dict(self.details)}")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """The parsed content and the line of each statement in it."""

    data: dict[str, Any]
    lines: Mapping[KeyPath, int]

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the content: the same for two files that differ in comments and layout only."""
        canonical = json.dumps(self.data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_as_text)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def line(self, path: KeyPath) -> int:
        """The line of the value at `path`, or of the nearest table or list around it."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return 1


def parse_toml(text: str) -> TomlFile:
    """Parse `text`. Raises FileRefused with the line of the first syntax error."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileRefused([Problem(_error_line(str(error), text), "tomlfile.syntax")]) from None
    return TomlFile(data, dict(_locate(text)))


def decode_toml(content: bytes) -> TomlFile:
    """Parse the bytes of a file. Raises FileRefused with the line of the first byte that is no UTF-8."""
    try:
        return parse_toml(content.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FileRefused([Problem(line, "tomlfile.not_utf8")]) from None


def _error_line(message: str, text: str) -> int:
    found = re.search(r"at line (\d+)", message)
    return int(found.group(1)) if found else text.count("\n") + 1


def _as_text(value: object) -> str:
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _statements(text: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    lines = text.split("\n")
    start = 0
    while start < len(lines):
        if not lines[start].strip() or lines[start].lstrip().startswith("#"):
            start += 1
            continue
        end = start + 1
        while True:
            statement = "\n".join(lines[start:end])
            try:
                parsed = tomllib.loads(statement)
            except tomllib.TOMLDecodeError:
                end += 1
            else:
                break
        yield start + 1, statement, parsed
        start = end


def _locate(text: str) -> Iterator[tuple[KeyPath, int]]:
    table: KeyPath = ()
    counts: dict[KeyPath, int] = {}
    for line, statement, parsed in _statements(text):
        if not statement.lstrip().startswith("["):
            yield (*table, next(iter(parsed))), line
            continue
        table = ()
        *outer, last = _header_names(parsed)
        for name in outer:
            table = (*table, name)
            if table in counts:
                table = (*table, counts[table] - 1)
        table = (*table, last)
        if statement.lstrip().startswith("[["):
            counts[table] = counts.get(table, 0) + 1
            table = (*table, counts[table] - 1)
        yield table, line


def _header_names(parsed: dict[str, Any]) -> Iterator[str]:
    """The names in a header that was parsed alone: `[[step.branch]]` came out as {"step": {"branch": [{}]}}."""
    value: Any = parsed
    while isinstance(value, dict) and value:
        name, value = next(iter(value.items()))
        yield name
