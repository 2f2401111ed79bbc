"""Fit the coefficients of the screening score, and measure its thresholds: `python tests/bench/fit_screening.py`.

Uses the train halves only (split by the person, see screening_data.half); tests/bench/screening.py reports on the
others. Writes kiosk/screening/name_stock.tsv and coefficients.json. Logistic regression with the sign of every
coefficient fixed (projected accelerated gradient); what the data hold no evidence for is set by policy.
"""

import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))
from screening_data import (
    LISTED_ON,
    TRAIN,
    Labelled,
    grown_list,
    historical,
    index_of,
    labelled,
    listed_people,
    name_only,
    recombined,
    sanctions,
    un_mutated,
    with_other_birth,
)

from kiosk.screening.background import BACKGROUND_PERSONS
from kiosk.screening.engine import Screener
from kiosk.screening.index import ListIndex
from kiosk.screening.names import TITLES, split_name, word
from kiosk.screening.scoring import FEATURES, POSITIVE, Coefficients, LongList, coefficients

ROOM = Path(__file__).parents[2] / "kiosk" / "screening"
POLICY = {
    "birth_swapped": 2.2,
    "birth_about_agrees": 1.0,
    "country_differs": -1.5,
    "sex_differs": -2.0,
    "name_weak_alias": -2.5,
}
"""No evidence in the data (exchanged day and month, ages, sex), or too harsh there: second nationalities, false papers,
weak aliases, which no query of the train half was made from."""

NAME_PENALTY = 1.5
"""Log-odds that the name must bring in addition where all else is left out of account.

On the train half this finds four more of a hundred listed persons with a false birth date, and loses none in a
hundred of the others at the same number of false hits.
"""

LONG = 100_000
"""Entries of the list that the coefficients of long lists are fitted on, and from which on they hold fully."""

LONG_BEGINS = 20_000
LONG_NAME_PENALTY = 2.5
"""As NAME_PENALTY. On the train half 3.5 finds one more of a hundred, but fewer of those with a false birth date."""

NO_EVIDENCE = (
    "birth_one_digit",
    "birth_month_agrees",
    "birth_two_digits",
    "birth_same_year",
    "birth_within_one",
    "birth_within_three",
    "country_agrees",
    "name_single",
)
"""Recombined persons say nothing of these: their birth dates are random, their country is that of whose names they
have. They stay as the short lists' persons were fitted."""

ASKED = 2500
"""Applicants that the longer lists are asked about."""

BUDGETS = (5, 20, 100)
FLOORS = (-1.5, -5.5)
"""Scores under which false hits are not counted: on long lists, and on short ones."""

SIZES = (20_000, 100_000, 1_000_000)
NEGATIVES_KEPT = 12
"""The highest wrong entries of each query that the fit sees."""

Matrix = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def write_name_stock() -> None:
    """Count the sound forms of the list's, the historical and the made-up persons of the train half."""

    def count(persons: Iterable[list[str]]) -> tuple[Counter[str], int]:
        counter: Counter[str] = Counter()
        number = 0
        for names in persons:
            number += 1
            counter.update({word(text).sound for name in names for text in split_name(name) if text not in TITLES})
        return counter, number

    sources = (
        (count([list(each.query.names) for each in labelled("negatives_global", TRAIN)]), 0.5),
        (count([[name.name for name in entry.names[:3]] for entry in sanctions()]), 0.35),
        (count([[name.name for name in entry.names] for entry in historical()]), 0.15),
    )
    total: Counter[str] = Counter()
    for (counter, number), share in sources:
        for sound, times in counter.items():
            total[sound] += BACKGROUND_PERSONS * share * times / number  # type: ignore[assignment]
    rows = sorted((-times, sound) for sound, times in total.items() if times >= 2 and sound.isascii())
    head = "# Sound form of a word of a name, and in how many of 10,000 persons it stands (tests/data/screening).\n"
    text = head + "".join(f"{sound}\t{-times:.1f}\n" for times, sound in rows)
    (ROOM / "name_stock.tsv").write_text(text, encoding="utf-8")


def compared(index: ListIndex, queries: Iterable[Labelled], given: Coefficients, weight: float) -> Matrix:
    """Features, labels and weights of the highest entries of each query."""
    screener = Screener(index, today=LISTED_ON, given=given)
    rows, labels = [], []
    for each in queries:
        hits = sorted(screener._hits(index, each.query, -1e9, NEGATIVES_KEPT), key=lambda hit: -hit.score)
        for hit in hits[:NEGATIVES_KEPT]:
            entry = index.entry_id(hit.comparison.entry)
            right = entry == each.target
            if not right and each.target and entry.split("-")[0] != each.target.split("-")[0]:
                continue  # many persons are on both lists
            rows.append([hit.comparison.features.get(name, 0.0) for name in FEATURES])
            labels.append(float(right))
    return np.array(rows), np.array(labels), np.full(len(rows), weight)


def fit(matrix: Matrix, rounds: int = 3000, fixed: Mapping[str, float] = POLICY) -> tuple[float, dict[str, float]]:
    """Intercept and coefficients; those that are `fixed` enter as they are."""
    features, labels, weights = matrix
    signs = np.array([1.0 if name in POSITIVE else -1.0 for name in FEATURES])
    free = np.array([name not in fixed for name in FEATURES])
    offset = features @ np.array([fixed.get(name, 0.0) for name in FEATURES])
    spread = features.std(axis=0) + 1e-9
    scaled = np.hstack([features / spread * free, np.ones((len(labels), 1))])
    weights = weights / weights.sum()
    step = 1 / (0.25 * np.linalg.eigvalsh((scaled * weights[:, None]).T @ scaled)[-1] + 1e-3)
    found = np.zeros(scaled.shape[1])
    ahead, momentum = found.copy(), 1.0
    for _ in range(rounds):
        chance = 1 / (1 + np.exp(-np.clip(scaled @ ahead + offset, -40, 40)))
        moved = ahead - step * (scaled.T @ (weights * (chance - labels)))
        moved[:-1] = np.where(moved[:-1] * signs < 0, 0.0, moved[:-1])
        following = (1 + math.sqrt(1 + 4 * momentum**2)) / 2
        ahead = moved + (momentum - 1) / following * (moved - found)
        found, momentum = moved, following
    values = {name: round(float(found[i] / spread[i]), 4) for i, name in enumerate(FEATURES)}
    return float(found[-1]), values | dict(fixed)


def training(given: Coefficients, small: ListIndex, both: ListIndex, negatives: list[Labelled]) -> Matrix:
    entries = sanctions()
    light, heavy = un_mutated(entries, TRAIN), un_mutated(entries, TRAIN, heavy=True)
    alias, typed = labelled("positives_ofac_heldout_alias", TRAIN), labelled("positives_historical", TRAIN)
    parts = [
        compared(small, light, given, 0.7),
        compared(small, heavy, given, 0.5),
        compared(small, alias, given, 1.0),
        compared(both, typed, given, 0.7),
        compared(small, name_only(alias), given, 0.3),
        compared(small, name_only(heavy), given, 0.3),
        compared(both, name_only(typed), given, 0.2),
        compared(small, with_other_birth(alias), given, 0.1),
        compared(small, with_other_birth(light), given, 0.1),
        compared(small, negatives, given, 1.0),
    ]
    stacked = tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))
    return stacked[0], stacked[1], stacked[2]


def false_scores(index: ListIndex, negatives: Iterable[Labelled], given: Coefficients, floor: float) -> list[float]:
    """The scores of every (applicant, entry) pair over `floor`, highest first."""
    screener = Screener(index, today=LISTED_ON, given=given)
    return sorted(
        (hit.score for each in negatives for hit in screener._hits(index, each.query, floor, 200)), reverse=True
    )


def at_budget(scores: list[float], applicants: int, per_thousand: float) -> float:
    """The lowest threshold that so many false hits per 1,000 stay under."""
    allowed = int(per_thousand * applicants / 1000)
    return scores[allowed] + 0.0001 if len(scores) > allowed else scores[-1]


def write(given: Coefficients, rows: dict[int, list[list[float]]], measured: str) -> None:
    data = {
        "measured": measured,
        "base": given.base,
        "name_base": given.name_base,
        "features": dict(given.values),
        "long_list": given.long_list
        and {
            "begins": given.long_list.begins,
            "full": given.long_list.full,
            "base": given.long_list.base,
            "name_base": given.long_list.name_base,
            "features": dict(given.long_list.values),
        },
        "thresholds": {str(budget): values for budget, values in rows.items()},
    }
    (ROOM / "coefficients.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def fitted(small: ListIndex, negatives: list[Labelled]) -> Coefficients:
    """Fit twice: the second time on the entries that the first fit puts highest."""
    entries = sanctions()
    both = index_of([*entries, *historical()])
    given = replace(coefficients(), name_base=-1e6, long_list=None)
    for _ in range(2):
        matrix = training(given, small, both, negatives)
        base, values = fit(matrix)
        # the fit saw short lists: what their length says is taken out of the intercept
        given = replace(given, base=round(base + math.log(len(entries)), 4), values=values)
        print(f"{len(matrix[1])} pairs, {int(matrix[1].sum())} right", given.base, values, flush=True)
    return replace(given, name_base=round(given.base - NAME_PENALTY, 4))


def fitted_long(given: Coefficients, negatives: list[Labelled]) -> LongList:
    """Fit the coefficients of long lists, on the short lists' persons of the train half and on recombined ones."""
    given = replace(given, long_list=None)
    listed = listed_people(grown_list(LONG, TRAIN), 1000, seed=101)
    index = index_of(grown_list(LONG, TRAIN))
    parts = [
        compared(index, listed, given, 1.0),
        compared(index, labelled("positives_ofac_heldout_alias", TRAIN), given, 1.0),
        compared(index, labelled("positives_historical", TRAIN), given, 0.5),
        compared(index, negatives, given, 1.0),
    ]
    features, labels, weights = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    fixed = POLICY | {name: given.values[name] for name in NO_EVIDENCE}
    base, values = fit((features, labels, weights), fixed=fixed)
    base = round(base + math.log(index.entries), 4)
    print(f"long lists: {len(labels)} pairs, {int(labels.sum())} right", base, values, flush=True)
    return LongList(LONG_BEGINS, LONG, base, round(base - LONG_NAME_PENALTY, 4), values)


def main() -> None:
    """Fit and measure. `--long` fits anew for long lists only, `--thresholds` nothing: both measure the thresholds."""
    real = labelled("negatives_global", TRAIN)
    given = coefficients()
    if not {"--thresholds", "--long"} & set(sys.argv):
        write_name_stock()
    small = index_of(sanctions())
    if not {"--thresholds", "--long"} & set(sys.argv):
        given = fitted(small, [*real, *recombined(real, 2500)])
    if "--thresholds" not in sys.argv:
        given = replace(given, long_list=fitted_long(given, real))
    applicants = [*real, *recombined(real, 4000, seed=23)]
    rows: dict[int, list[list[float]]] = {budget: [] for budget in BUDGETS}
    for size in (small.entries, *SIZES):
        index = small if size == small.entries else index_of(grown_list(size, TRAIN))
        asked = applicants[: ASKED if size > small.entries else None]
        scores = false_scores(index, asked, given, FLOORS[size <= 20_000])
        for budget in BUDGETS:
            rows[budget].append([size, round(at_budget(scores, len(asked), budget), 2)])
        print(size, {budget: rows[budget][-1][1] for budget in BUDGETS}, flush=True)
    write(given, rows, f"{len(applicants)} made-up applicants of all nationalities, train half and recombined")


if __name__ == "__main__":
    main()
