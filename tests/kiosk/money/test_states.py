"""The table of a payment's changes: what exists, what can't."""

import pytest

from kiosk.money.states import CHANGES, FINAL, PAID, UNANSWERED, State, before, may_change


@pytest.mark.parametrize("state", sorted(State))
def test_every_state_has_its_changes_and_is_paid_final_or_open(state: State) -> None:
    assert state in CHANGES
    assert [state.paid, state.final, state.open].count(True) == 1


def test_no_change_leads_back_to_sent() -> None:
    assert before(State.SENT) == (State.INTENT,)
    assert before(State.INTENT) == ()


@pytest.mark.parametrize("state", sorted(FINAL))
def test_final_states_have_no_way_out(state: State) -> None:
    assert CHANGES[state] == frozenset()


@pytest.mark.parametrize("state", sorted(PAID))
def test_money_that_came_in_is_only_taken_back_or_confirmed(state: State) -> None:
    assert CHANGES[state] <= {State.REVERSED, State.SETTLED}


@pytest.mark.parametrize("state", sorted(UNANSWERED))
def test_an_undecided_sale_can_come_to_any_end(state: State) -> None:
    assert {State.APPROVED, State.DECLINED, State.CANCELLED} <= CHANGES[state]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (State.INTENT, State.APPROVED),
        (State.INTENT, State.UNKNOWN),
        (State.DECLINED, State.APPROVED),
        (State.APPROVED, State.UNKNOWN),
        (State.APPROVED, State.DECLINED),
        (State.UNKNOWN, State.SENT),
        (State.PAID_PENDING_NTPN, State.APPROVED),
        (State.REVERSED, State.APPROVED),
    ],
)
def test_changes_that_must_not_exist(first: State, then: State) -> None:
    assert not may_change(first, then)
