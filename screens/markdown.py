"""The manual's Markdown on a page of so many cells: titles and bold by style, lists hung under themselves."""

import re
from textwrap import wrap

from textual.content import Content

_ITEM = re.compile(r"(- |\d+\. )")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_GLUE = "\u00a0"
"""Keeps a bold phrase's marks from being cut apart by a line break."""


def drawn(markdown: str, width: int) -> list[Content]:
    """The lines of a page."""
    lines: list[Content] = []
    for line in markdown.splitlines():
        if line.startswith("#"):
            lines.append(Content.styled(line.lstrip("# "), "bold"))
        elif item := _ITEM.match(line):
            lines += _wrapped(line[item.end() :], width, f" {item[1]}")
        else:
            lines += _wrapped(line, width, "") if line.strip() else [Content("")]
    return lines


def _wrapped(text: str, width: int, mark: str) -> list[Content]:
    """`text` broken into lines, `mark` before the first and as much room before the others."""
    glued = _BOLD.sub(lambda bold: f"**{bold[1].replace(' ', _GLUE)}**", text)
    broken = wrap(glued, max(20, width - len(mark)), break_long_words=False)
    return [_bold(line, mark if number == 0 else " " * len(mark)) for number, line in enumerate(broken)]


def _bold(line: str, before: str) -> Content:
    parts: list[Content] = [Content(before)]
    for number, part in enumerate(line.replace(_GLUE, " ").split("**")):
        parts.append(Content.styled(part, "bold") if number % 2 else Content(part))
    return Content("").join(parts)
