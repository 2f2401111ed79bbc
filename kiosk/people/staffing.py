"""Can the people on duty carry a case through all steps? Separation of duty (sop/README.md) is by person.

Pure: over the procedure and the officers with their duties of a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.people.model import OfficerAt, acting_unit
from kiosk.procedure import Procedure
from kiosk.procedure.model import SeparatedAct


@dataclass(frozen=True, slots=True)
class Staffing:
    """`unstaffed`: steps and side acts nobody may do; `one_person`: pairs that only one and the same person could do.

    Both empty: every case can be finished today.
    """

    unstaffed: tuple[str, ...]
    one_person: tuple[tuple[str, str], ...]

    @property
    def enough(self) -> bool:
        return not self.unstaffed and not self.one_person


def staffing(procedure: Procedure, officers: Sequence[OfficerAt]) -> Staffing:
    """Whether somebody may do each step, and somebody else what is separated from it."""
    able = {step.key: _able(procedure, officers, step.key) for step in procedure.steps}
    unstaffed = tuple(key for key, people in able.items() if not people)
    pairs = [(_named(pair.first), _named(pair.second)) for pair in procedure.separations]
    alone = tuple(pair for pair in pairs if not _apart(able[_step(pair[0])], able[_step(pair[1])]))
    if unstaffed or alone or _assignable(able, [(_step(first), _step(second)) for first, second in pairs]):
        return Staffing(unstaffed, alone)
    return Staffing((), tuple(pairs))


def _able(procedure: Procedure, officers: Sequence[OfficerAt], step: str) -> frozenset[int]:
    return frozenset(who.person_id for who in officers if acting_unit(who, procedure, step) is not None)


def _named(act: SeparatedAct) -> str:
    return act.step if act.act == "complete" else f"{act.step}:{act.act}"


def _step(name: str) -> str:
    return name.partition(":")[0]


def _apart(first: frozenset[int], second: frozenset[int]) -> bool:
    """Whether two different people can do the two; where nobody can, that is another finding."""
    return not first or not second or len(first | second) > 1


def _assignable(able: dict[str, frozenset[int]], pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether one choice of people satisfies all the separations at once."""
    steps = list(dict.fromkeys(step for pair in pairs for step in pair))

    def place(at: int, chosen: dict[str, int]) -> bool:
        if at == len(steps):
            return True
        step = steps[at]
        rivals = {
            chosen[a if b == step else b] for a, b in pairs if step in (a, b) and (a if b == step else b) in chosen
        }
        return any(place(at + 1, chosen | {step: person}) for person in able[step] - rivals)

    return place(0, {})
