"""The app on a real terminal with an office of a few lines, for test_terminal.py. Argument: what goes wrong, if any."""

import logging
import sys
from typing import Any

from screens import start as starting
from tests.screens.fake_office import FakeOffice, item

SECRET = "RAHASIA-PA1234567"


def crash(office: FakeOffice) -> Any:
    def work_list(limit: int = 20, after: Any = None) -> Any:
        return (item(1, holder=SECRET), SECRET)

    office.sign_in = _with(office.sign_in, work_list)  # type: ignore[method-assign]
    return office


def _with(sign_in: Any, work_list: Any) -> Any:
    def signed(login: str, pin: str) -> Any:
        desk = sign_in(login, pin)
        desk.work_list = work_list
        return desk

    return signed


def main() -> int:
    logging.basicConfig(filename=sys.argv[1], level=logging.INFO)
    office = FakeOffice(items=[item(1), item(2, "payment", "GARCÍA MARÍA", priority="elderly")])
    if sys.argv[2:] == ["crash"]:
        crash(office)
    if sys.argv[2:] == ["pickup"]:
        office.settings.office.hotline, office.settings.office.collection_counter = "(0734) 421 000", "4"
        return starting.start(lambda: office, program="pickup")  # type: ignore[arg-type, return-value]
    return starting.start(lambda: office)  # type: ignore[arg-type, return-value]


if __name__ == "__main__":
    sys.exit(main())
