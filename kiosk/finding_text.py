"""Findings that block nothing, as steps hand them on: one line of text each, with what their words need. Pure.

overstay_payable;amount=Rp3.000.000;days=3       a code of kiosk.refusals: its words are the refusal's
mrz_differs;field=number                         another code: its words are `finding.<code>`
"""

from collections.abc import Iterable, Mapping

from kiosk.refusals import Refusal
from kiosk.text import clean
from kiosk.words import Words

LONGEST_VALUE = 120


def keep(refusal: Refusal) -> str:
    """The finding that a warning leaves behind."""
    return written(refusal.code, {key: str(value) for key, value in refusal.details.items()})


def written(code: str, values: Mapping[str, str] | None = None) -> str:
    """A finding of `code` with the values of its words."""
    pairs = (f"{key}={_plain(value)}" for key, value in sorted((values or {}).items()))
    return ";".join((code, *pairs))


def code_of(finding: str) -> str:
    """The code alone."""
    return finding.partition(";")[0]


def said(words: Words, finding: str) -> str:
    """What an officer reads. A code without words is shown as it is."""
    code, *pairs = finding.split(";")
    values = dict(pair.partition("=")[::2] for pair in pairs)
    if "field" in values and words.has(f"data_entry.{values['field']}"):
        values["field"] = words.say(f"data_entry.{values['field']}")
    for key in (f"finding.{code}", f"refusal.{code}"):
        if words.has(key):
            return words.say(key, **values)
    return finding


def merged(*lists: Iterable[str]) -> tuple[str, ...]:
    """Findings of several steps, each once, in order."""
    return tuple(dict.fromkeys(finding for findings in lists for finding in findings))


def _plain(value: str) -> str:
    return clean(value, limit=LONGEST_VALUE).replace(";", ",")
