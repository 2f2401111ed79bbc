"""Why work on a step stands still, and what a colleague should know of it. Pure."""

from kiosk.words import Words

REASONS = ("applicant", "bank", "side_procedure", "device", "office_closed", "colleague")
"""Their words are at `pause.<reason>`."""
NOTE_LENGTH = 150
_BETWEEN = ": "


def joined(reason: str, note: str = "") -> str:
    """How a pause is kept: its reason, and what the officer wrote beside it."""
    return f"{reason}{_BETWEEN}{note}" if note else reason


def is_known(kept: str) -> bool:
    """Whether a kept pause begins with one of the reasons."""
    return kept.partition(_BETWEEN)[0] in REASONS


def said(words: Words, kept: str) -> str:
    """A kept pause in words; what is no reason of the list stands as it was written."""
    reason, between, note = kept.partition(_BETWEEN)
    return f"{words.say(f'pause.{reason}')}{between}{note}" if reason in REASONS else kept
