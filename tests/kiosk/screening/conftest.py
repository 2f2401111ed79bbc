"""The public lists of tests/data/screening, read and indexed once for a test run."""

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from kiosk.screening.building import build_index
from kiosk.screening.engine import Screener
from kiosk.screening.entries import WatchlistEntry
from kiosk.screening.index import ListIndex
from kiosk.screening.reading import read_json_lines

DATA = Path(__file__).parents[2] / "data" / "screening"
TODAY = date(2026, 3, 2)
LISTED_ON = date(2026, 3, 1)


def read_entries(name: str) -> tuple[WatchlistEntry, ...]:
    with gzip.open(DATA / f"{name}.jsonl.gz", "rb") as lines:
        return read_json_lines(lines).entries


@pytest.fixture(scope="session")
def sanctions() -> tuple[WatchlistEntry, ...]:
    return read_entries("watchlist_ofac_un")


@pytest.fixture(scope="session")
def public_index(sanctions: tuple[WatchlistEntry, ...]) -> ListIndex:
    return build_index(sanctions, version="2026-02", listed_on=LISTED_ON, source="OFAC and UN")


@pytest.fixture(scope="session")
def public(public_index: ListIndex) -> Screener:
    return Screener(public_index, today=TODAY)


@pytest.fixture(scope="session")
def of_persons() -> Callable[..., Screener]:
    """A screener of a list of a few persons."""

    def screener(*entries: WatchlistEntry, **options: object) -> Screener:
        index = build_index(entries, version="1", listed_on=LISTED_ON, source="test")
        return Screener(index, today=TODAY, **options)  # type: ignore[arg-type]

    return screener
