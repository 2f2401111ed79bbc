"""P2 over a restart: what the line to the terminal knew of sales that two people ended is known to the next program."""

from collections.abc import Iterator
from typing import Any

import pytest

from hardware.registry import Simulator, start_simulator
from kiosk import clock
from kiosk.money import line_memory
from kiosk.money.line_memory import Recalled
from kiosk.money.payments import PaymentView, Told
from kiosk.money.states import State
from kiosk.office import Office
from kiosk.settings import Settings
from tests.conftest import Desks
from tests.kiosk.money.conftest import Edc, open_with_terminal
from tests.kiosk.money.test_payment_life import Till, in_state, paid, wait_for, witness_of
from tests.kiosk.money.test_payment_mixups import is_wrong, next_sale


class Line(Edc):
    """The simulated terminal, which outlives the program."""

    def __init__(self, terminal: Simulator) -> None:
        self._terminal = terminal

    def tell(self, **command: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._terminal.control(command)
        return answer


@pytest.fixture
def terminal() -> Iterator[Simulator]:
    simulator = start_simulator("payment", {"polls": 1})
    yield simulator
    simulator.stop()


def opened(settings: Settings, terminal: Simulator) -> Office:
    return open_with_terminal(settings, port=terminal.path, card=0.3, inquiry=0.3, ack=0.2, history_gap=0.1)


def kept(office: Office) -> bool:
    with office.store.reading():
        return bool(line_memory.recall(office.cashier.device_name, clock.now()).given_up)


def given_up_before_the_restart(settings: Settings, terminal: Simulator) -> None:
    """A sale whose answer is still on its way; two people said that it was not paid; the program ends."""
    edc = Line(terminal)
    with opened(settings, terminal) as office:
        till = Till(office, Desks(office))
        edc.tell(hold=True)
        edc.breaks("answer", "late")
        unknown = in_state(till.charge(), State.UNKNOWN)
        told = Told(State.DECLINED, "struk tidak keluar")
        in_state(till.desk.payments.decide_together(unknown.id, told, witness_of(till.desk)), State.DECLINED)
        assert wait_for(lambda: kept(office))


def after_the_restart(settings: Settings, terminal: Simulator) -> tuple[PaymentView, list[dict[str, Any]]]:
    with opened(settings, terminal) as office:
        return next_sale(office, Desks(office), Line(terminal), "decline")


def test_p2_holds_over_a_restart_of_the_program(settings: Settings, terminal: Simulator) -> None:
    given_up_before_the_restart(settings, terminal)
    answer, truth = after_the_restart(settings, terminal)
    assert not is_wrong(answer, truth), (answer, truth)


def test_p2_sees_a_program_that_starts_without_the_lines_memory(
    settings: Settings, terminal: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: after a restart the driver knows nothing. The sale before pays for the next case."""
    given_up_before_the_restart(settings, terminal)
    monkeypatch.setattr(line_memory, "recall", lambda *_: Recalled((), (), (), (), ()))
    answer, truth = after_the_restart(settings, terminal)
    assert is_wrong(answer, truth)


def test_answers_taken_before_the_restart_are_not_taken_again(settings: Settings, terminal: Simulator) -> None:
    with opened(settings, terminal) as office:
        first = paid(Till(office, Desks(office)).charge())
        with office.store.reading():
            (answered,) = line_memory.recall(office.cashier.device_name, clock.now()).answered
    assert (answered.invoice_no, answered.rrn) == (first.invoice_no, first.rrn)
