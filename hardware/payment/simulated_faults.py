"""The faults that a simulated payment terminal can be told to have: how, where in the protocol, how often."""

from dataclasses import dataclass

PLACES = ("request", "ack", "before_charge", "after_charge", "answer", "answer_ack")
"""Where `{"break": PLACE, "how": HOW, "times": N, "skip": N, "seconds": S}` strikes: on receiving the request, in place
of the ACK (the request is carried out all the same), before and after the bank booked, in the answer, or on hearing the
host's ACK.
"""
HOWS = ("lose", "die", "garble", "nak", "duplicate", "junk", "delay", "late")
"""Each strikes at every place: what belongs there is lost, is broken by noise, is a NAK, comes twice, comes after
noise, comes `seconds` later, or only once it is told `release`; or the terminal loses its power there. A terminal that
holds something back is busy meanwhile: it hears no other request. Before and after the charge, where nothing belongs on
the line, noise or a stray NAK or ACK stands there. A host's ACK that is not heard in time is a lost one.
"""
ANSWER_HOWS = ("cut", "replay", "wrong_amount", "wrong_type", "wrong_reference")
"""More ways in which an answer can be wrong."""


@dataclass(slots=True)
class Break:
    """An ordered fault: it strikes `times` times, after it was passed over `skip` times."""

    place: str
    how: str
    times: int = 1
    skip: int = 0
    seconds: float = 0.3


class Breaks:
    """The faults ordered and not used up."""

    def __init__(self) -> None:
        self._ordered: list[Break] = []

    def order(self, fault: Break) -> None:
        """Raises ValueError for a place or a way that there is not."""
        ways = (*HOWS, *ANSWER_HOWS) if fault.place == "answer" else HOWS
        if fault.place not in PLACES or fault.how not in ways:
            raise ValueError(f"break is one of {PLACES}, how one of {ways}")
        self._ordered.append(fault)

    def clear(self) -> None:
        """Nothing is ordered any more."""
        self._ordered.clear()

    def strike(self, place: str) -> Break | None:
        """The fault for this place, used up by one."""
        for fault in self._ordered:
            if fault.place != place or fault.times == 0:
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            return fault
        return None
