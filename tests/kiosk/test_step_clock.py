"""The clock of a step is calm, then says that the standard is near, then that it is over."""

from datetime import timedelta

import pytest

from kiosk.step_clock import Pace, pace_of


@pytest.mark.parametrize(
    ("worked", "pace"), [(0, Pace.CALM), (3.9, Pace.CALM), (4, Pace.NEAR), (5, Pace.NEAR), (5.1, Pace.OVER)]
)
def test_calm_then_near_then_over(worked: float, pace: Pace) -> None:
    assert pace_of(timedelta(minutes=5), timedelta(minutes=worked)) is pace
