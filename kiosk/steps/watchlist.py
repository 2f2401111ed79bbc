"""Step 3, watchlist: the applicant is looked for in the cekal list. The machine never clears and never refuses."""

from dataclasses import dataclass

KEY = "watchlist"
ONLY = "clean_no_hit"


@dataclass(frozen=True, slots=True)
class Given:
    """What the officer saw and confirms: the list's version and the entries that were shown."""

    list_version: str
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Produced:
    """The answer the case went on with. `cleared` are ids of entries that Wasdakim found to be another person."""

    screening_id: int
    verdict: str
    list_version: str
    cleared: tuple[str, ...]
