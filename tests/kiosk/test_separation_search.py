"""S4: every sequence of acts that one person alone can do is walked; none ends with a passport that carries a permit.

The walk is over (position, what this person has done in the case): all sequences of any length, by any detour of
holding, sending back and releasing, come to one of these states.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kiosk.cases.model import Act, Outcome, Status
from kiosk.cases.moves import HANDOVER, Position, after_act, after_completion, allowed, send_back_targets
from kiosk.procedure import Procedure, load
from kiosk.procedure.model import SeparatedAct

State = tuple[Position, frozenset[SeparatedAct]]
START = Position("intake", Status.ACTIVE, Outcome.IN_PROCESS)
HOLDS = (Status.HELD_WATCHLIST, Status.NONCONFORMITY, Status.WAITING_APPLICANT, Status.WAITING_SUPERIOR)


@pytest.fixture(scope="module")
def procedure() -> Procedure:
    return load()


def may(procedure: Procedure, done: frozenset[SeparatedAct], act: SeparatedAct) -> bool:
    return not done.intersection(procedure.separated_from(act.step, act.act))


def following(procedure: Procedure, state: State) -> Iterator[State]:
    here, done = state
    for act in allowed(procedure, here):
        if act is Act.COMPLETE:
            mine = SeparatedAct(here.step, "complete")
            if may(procedure, done, mine):
                yield after_completion(procedure, here), done | {mine}
        elif act is Act.SEND_BACK:
            for target in send_back_targets(procedure, here):
                yield after_act(procedure, here, act, to=target), done
        elif act in (Act.HOLD, Act.RAISE):
            for hold in HOLDS:
                yield after_act(procedure, here, act, hold=hold), done
        elif act is Act.RELEASE and here.status is Status.HELD_WATCHLIST:
            cleared = SeparatedAct("watchlist", "clear")
            if may(procedure, done, cleared):
                yield after_act(procedure, here, act), done | {cleared}
        else:
            yield after_act(procedure, here, act), done


def reached(procedure: Procedure) -> set[State]:
    found: set[State] = {(START, frozenset())}
    ahead = list(found)
    while ahead:
        for state in following(procedure, ahead.pop()):
            if state not in found:
                found.add(state)
                ahead.append(state)
    return found


def issued(states: set[State]) -> bool:
    """Somebody handed a passport with a permit over."""
    return any(here.outcome is Outcome.ISSUED for here, _ in states)


def test_s4_no_person_alone_takes_a_case_to_hand_over(procedure: Procedure) -> None:
    states = reached(procedure)
    steps = {here.step for here, _ in states}
    assert not issued(states)
    assert "verification" in steps
    assert not any(here.step == HANDOVER and here.outcome is Outcome.IN_PROCESS for here, _ in states)
    print(f"S4: {len(states)} states, none issued")


@pytest.mark.parametrize("left_out", range(4))
def test_s4_each_other_pair_still_holds_when_one_is_taken_away(procedure: Procedure, left_out: int) -> None:
    pairs = procedure.separations
    fewer = replace(procedure, separations=(*pairs[:left_out], *pairs[left_out + 1 :]))
    assert not issued(reached(fewer))


def test_s4_the_search_finds_the_way_where_nothing_is_separated(procedure: Procedure) -> None:
    assert issued(reached(replace(procedure, separations=())))
