"""The display of the waiting room on the office of a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from kiosk import clock
from kiosk.office import Office
from screens.board import BoardApp, BoardScreen
from tests.screens.driving import settle


class Display(BoardApp):
    def now(self) -> Any:
        return clock.now()


@asynccontextmanager
async def display(office: Office, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[Any]]:
    app = Display(lambda: office)
    async with app.run_test(size=size) as pilot:
        while not isinstance(app.screen, BoardScreen):
            await settle(pilot)
        await settle(pilot)
        yield pilot
