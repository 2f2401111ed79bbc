"""The pace of one step: standard minutes (mutu baku: waktu) against the time really worked. Pure."""

from datetime import timedelta
from enum import StrEnum

NEAR_SHARE = 0.8
"""From this share of the standard time on the clock says "near"."""


class Pace(StrEnum):
    """How the step stands against its standard."""

    CALM = "calm"
    NEAR = "near"
    OVER = "over"


def pace_of(standard: timedelta, elapsed: timedelta) -> Pace:
    """How `elapsed` stands against `standard`."""
    if elapsed > standard:
        return Pace.OVER
    return Pace.NEAR if elapsed >= standard * NEAR_SHARE else Pace.CALM
