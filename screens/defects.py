"""Exceptions on their way to the log and to the officer: never with the values of local variables."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.text import clean
from kiosk.words import Words

if TYPE_CHECKING:
    from kiosk.refusals import Refusal

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Said:
    """What the status line says: what happened, what to do next, and the code to quote (may be empty)."""

    what: str
    next: str = ""
    code: str = ""


def log_defect(error: BaseException, where: str) -> str:
    """Log `error` with its frames but without values; the number to quote to a maintainer."""
    import secrets

    from kiosk.logs import frames

    number = secrets.token_hex(3).upper()
    log.critical("defect %s in %s: %s\n%s", number, where, type(error).__name__, frames(error))
    return number


def say_refusal(words: Words, refusal: "Refusal") -> Said:
    """A refusal in words. Details are put through unchanged; a missing one shows as its name, never as an error.

    A device's fault has words of its own.
    """
    from kiosk.refusals import Code

    fault = refusal.details.get("fault", "")
    if refusal.code is Code.DEVICE_FAULT and words.has(f"fault.{fault}"):
        return Said(words.say(f"fault.{fault}"), words.say(f"fault.{fault}.next"), str(fault))
    details = _Details({name: clean(v) if isinstance(v, str) else v for name, v in refusal.details.items()})
    what = words.say(refusal.key()).format_map(details)
    following = words.say(refusal.next_key()).format_map(details) if words.has(refusal.next_key()) else ""
    return Said(what, following, str(refusal.code))


def say_at_field(words: Words, refusal: "Refusal", label: str) -> Said:
    """A refusal with the name of its field before it; without one as it is."""
    said = say_refusal(words, refusal)
    return Said(f"{named(label)} {said.what}", said.next, said.code) if label else said


def named(label: str) -> str:
    """A field's label before what is said of it; one that asks needs no colon."""
    return label if label.endswith("?") else f"{label}:"


def error_said(known: Words, error: BaseException, where: str) -> Callable[[Words], Said]:
    """An exception of a service or a device in words. What has no words of its own is a defect, with a number."""
    from kiosk.refusals import Refusal

    if isinstance(refusal := getattr(error, "refusal", None), Refusal):
        return lambda words: say_refusal(words, refusal)
    if getattr(error, "trouble", None) is not None:
        from kiosk.cases.engine import environment

        trouble = environment(error).first  # type: ignore[arg-type]
        return lambda words: say_refusal(words, trouble)
    code = getattr(error, "code", None)
    if code is not None and known.has(f"fault.{code}"):
        log.warning("%s: %s", where, code)
        return lambda words: Said(words.say(f"fault.{code}"), words.say(f"fault.{code}.next"), str(code))
    number = log_defect(error, where)
    return lambda words: Said(words.say("status.defect"), words.say("status.defect.next", number=number), number)


class _Details(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return key
