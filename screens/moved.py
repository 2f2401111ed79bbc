"""What is said after a case left the ordinary way."""

from kiosk.cases.model import Moved, Outcome, Status
from kiosk.words import Words
from screens.defects import Said


def say_moved(words: Words, moved: Moved, step: str) -> Said:
    """Where the case is now; of an application that ended also what becomes of the passport. `step` is its title."""
    ended = moved.outcome not in (Outcome.IN_PROCESS, Outcome.ISSUED) and moved.status is Status.ACTIVE
    if ended and moved.step == "handover":
        outcome = words.say(f"case.outcome.{moved.outcome}")
        return Said(words.say("side.ended", outcome=outcome), words.say("side.ended.next"))
    return Said(words.say("side.done", step=step, state=words.say(f"case.status.{moved.status}")))
