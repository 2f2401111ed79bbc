"""Fit the coefficients of the screening score, and measure its thresholds: `python tests/bench/fit_screening.py`.

Uses the train halves only (split by the person, see screening_data.half); tests/bench/screening.py reports on the
others. Writes kiosk/screening/name_stock.tsv and coefficients.json. Logistic regression with the sign of every
coefficient fixed (projected accelerated gradient); what the data hold no evidence for is set by policy.
"""

import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))
from screening_data import (
    LISTED_ON,
    STOCKS,
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
from kiosk.screening.scoring import FEATURES, NAME_FEATURES, POSITIVE, Coefficients, LongList, coefficients, prior

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

LEVELS = ((20_000, 100_000), (100_000, 1_000_000))
"""Where the coefficients of longer lists begin to count, and the entries they are fitted on and hold fully at."""

LONG_NAME_PENALTY = 2.5
"""As NAME_PENALTY, where the search for the coefficients of long lists begins."""

TOGETHER = -4.0
"""Of words that stand together, where the search begins: what the same nats add where a whole name matches."""

SEARCHED = (
    "name_matched",
    "name_whole",
    "name_inexact",
    "name_not_listed",
    "name_not_given",
    "name_contradiction",
    "name_single",
    "name_together",
    "birth_exact",
    "birth_year_agrees",
    "country_agrees",
)
"""What is searched. Recombined persons say nothing of the rest: their birth dates are random. It stays as fitted."""

SEARCHED_SHORT = (
    *SEARCHED,
    "birth_one_digit",
    "birth_month_agrees",
    "birth_two_digits",
    "birth_same_year",
    "birth_within_one",
    "birth_within_three",
    "birth_further",
)
SEARCHED_LONG = (*SEARCHED, "birth_further")
STEPS = 500
SEARCHES = 6
SEARCHED_SHARE = 0.7
"""Searches of STEPS each, every one on another random share of the queries. Their mean is taken: what one of them
gained by chance is not in the others."""

AROUND_ALL = (4, 5, 6, 16, 20, 24, 40, 50, 60, 80, 100, 120)
AROUND_BOTH = (4, 5, 6, 7, 16, 18, 20, 22, 24)
"""False hits per 1,000 applicants at which a search averages the recall: around each budget, as a single one is
decided by one pair more or less."""

LONG_SHARES = {"listed": 1.0, "OFAC alias": 0.5, "historical": 0.3}
"""What the recall of each kind of query counts in a search."""

ASKED = 2500
"""Applicants that the longer lists are asked about."""

BUDGETS = (5, 20, 100)
FLOORS = (-6.5, -5.5)
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
    return stacked(parts)


def false_scores(index: ListIndex, negatives: Iterable[Labelled], given: Coefficients, floor: float) -> list[float]:
    """The scores of every (applicant, entry) pair over `floor`, highest first."""
    screener = Screener(index, today=LISTED_ON, given=given)
    return sorted(
        (hit.score for each in negatives for hit in screener._hits(index, each.query, floor, 50)), reverse=True
    )


def at_budget(scores: list[float], applicants: int, per_thousand: float) -> float:
    """The lowest threshold that so many false hits per 1,000 stay under."""
    allowed = int(per_thousand * applicants / 1000)
    return scores[allowed] + 0.0001 if len(scores) > allowed else scores[-1]


def write(given: Coefficients, rows: Mapping[int, Sequence[Sequence[float]]], measured: str) -> None:
    data = {
        "measured": measured,
        "base": given.base,
        "name_base": given.name_base,
        "name_and_country": given.name_and_country,
        "parts_words": given.parts_words,
        "estimates_country": given.estimates_country,
        "features": dict(given.values),
        "long_lists": [
            {
                "begins": long.begins,
                "full": long.full,
                "base": long.base,
                "name_base": long.name_base,
                "features": dict(long.values),
            }
            for long in given.long_lists
        ],
        "thresholds": {str(budget): values for budget, values in rows.items()},
    }
    (ROOM / "coefficients.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def fitted(small: ListIndex, negatives: list[Labelled]) -> Coefficients:
    """Fit twice: the second time on the entries that the first fit puts highest."""
    entries = sanctions()
    both = index_of([*entries, *historical()])
    values = dict(coefficients().values) | {"name_together": TOGETHER}
    given = replace(coefficients(), name_base=-1e6, values=values, long_lists=())
    for _ in range(2):
        matrix = training(given, small, both, negatives)
        base, values = fit(matrix)
        # the fit saw short lists: what their length says is taken out of the intercept
        given = replace(given, base=round(base + math.log(len(entries)), 4), values=values)
        print(f"{len(matrix[1])} pairs, {int(matrix[1].sum())} right", given.base, values, flush=True)
    return replace(given, name_base=round(given.base - NAME_PENALTY, 4))


@dataclass(frozen=True, slots=True)
class Measured:
    """Queries whose right entries should score over the entries that applicants on no list are compared with."""

    share: float
    """What their recall counts."""
    queries: int
    right: NDArray[np.float64]
    """Features of the right entries that were candidates."""
    applicants: int
    false: NDArray[np.float64]
    ranks: tuple[int, ...]
    prior: float = 0.0
    """Log-odds by which the right entries' list is longer than the one that the applicants were compared with."""


def right_of(matrix: Matrix) -> NDArray[np.float64]:
    found: NDArray[np.float64] = matrix[0][matrix[1] > 0]
    return found


def stacked(parts: Iterable[Matrix]) -> Matrix:
    features, labels, weights = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return features, labels, weights


def short_sets(
    given: Coefficients, small: ListIndex, negatives: list[Labelled], made: list[Labelled]
) -> list[Measured]:
    """G1 to G4 on the train half: as given, with another birth date, and by name alone."""
    entries = sanctions()
    both = index_of([*entries, *historical()])
    longer = prior(both.entries) - prior(small.entries)
    light = [each for seed in range(2) for each in un_mutated(entries, TRAIN, seed=seed)]
    heavy = un_mutated(entries, TRAIN, heavy=True)
    alias, typed = labelled("positives_ofac_heldout_alias", TRAIN), labelled("positives_historical", TRAIN)
    by_name = name_only(negatives)
    false = {
        kind: (len(asked), compared(small, asked, given, 1.0)[0])
        for kind, asked in (("real", negatives), ("made", made), ("name", by_name))
    }
    kinds = (
        (0.8, small, light, ("real", "made"), AROUND_BOTH),
        (0.4, small, heavy, ("real", "made"), AROUND_BOTH),
        (1.3, small, alias, ("real", "made"), AROUND_BOTH),
        (1.2, both, typed, ("real", "made"), AROUND_BOTH),
        (1.8, small, with_other_birth(light), ("real", "made"), (5, 6, 7)),
        (0.5, small, with_other_birth(alias), ("real", "made"), (5, 6, 7)),
        (0.4, both, with_other_birth(typed), ("real",), (5, 6, 7)),
        (0.4, small, name_only(light), ("name",), (16, 18, 20, 22, 24)),
        (0.4, small, name_only(alias), ("name",), (16, 18, 20, 22, 24)),
        (0.4, both, name_only(typed), ("name",), (16, 18, 20, 22, 24)),
    )
    found: list[Measured] = []
    for share, index, queries, against, ranks in kinds:
        right = right_of(compared(index, queries, given, 1.0))
        apart = longer if index is both else 0.0
        found.extend(Measured(share, len(queries), right, *false[kind], ranks, apart) for kind in against)
    return found


def long_sets(
    given: Coefficients, size: int, applicants: list[Labelled], stocks: Sequence[str]
) -> tuple[list[Measured], Matrix]:
    """Every recombined person has a birth date, a fifth of the listed who ask a wrong one or none.

    Also the entries of all queries together, for a fit.
    """
    asked = {"listed": listed_people(grown_list(size, TRAIN, dated=True, stocks=stocks), 2000, seed=101)}
    if len(stocks) > 1:
        asked["OFAC alias"] = labelled("positives_ofac_heldout_alias", TRAIN)
        asked["historical"] = labelled("positives_historical", TRAIN)
    index = index_of(grown_list(size, TRAIN, dated=True, stocks=stocks))
    parts = [compared(index, applicants, given, 1.0)]
    found: list[Measured] = []
    for kind, queries in asked.items():
        share = LONG_SHARES[kind]
        parts.append(compared(index, queries, given, share))
        right = right_of(parts[-1])
        print(f"{size} {kind}: {len(right)} of {len(queries)} among the candidates", flush=True)
        found.append(Measured(share, len(queries), right, len(applicants), parts[0][0], AROUND_ALL))
    return found, stacked(parts)


def scored(features: NDArray[np.float64], given: Coefficients) -> NDArray[np.float64]:
    """The better of both channels, without what is the same for every entry of a list."""
    weights = np.array([given.values[name] for name in FEATURES])
    without_birth = np.where([name in (*NAME_FEATURES, "country_agrees") for name in FEATURES], weights, 0.0)
    alone = features @ without_birth + given.name_base
    found: NDArray[np.float64] = np.maximum(features @ weights + given.base, alone)
    return found


def recall_of(sets: Iterable[Measured], given: Coefficients) -> float:
    """Mean share of right entries over the false hits of the ranks."""
    total = counted = 0.0
    known: dict[int, NDArray[np.float64]] = {}
    for each in sets:
        if id(each.false) not in known:
            known[id(each.false)] = np.sort(scored(each.false, given))[::-1]
        cuts = [known[id(each.false)][int(rank * each.applicants / 1000)] for rank in each.ranks]
        scores = scored(each.right, given) + each.prior
        total += each.share * float(np.mean([(scores > cut).sum() / each.queries for cut in cuts]))
        counted += each.share
    return total / counted


def searched(sets: Sequence[Measured], given: Coefficients, names: Sequence[str], seed: int) -> Coefficients:
    """The mean of SEARCHES searches from `given`, each on other queries."""
    rng = np.random.default_rng(seed)
    found = [_searched([_some(each, rng) for each in sets], given, names, rng) for _ in range(SEARCHES)]
    values = {name: round(float(np.mean([each.values[name] for each in found])), 4) for name in FEATURES}
    name_base = round(float(np.mean([each.name_base for each in found])), 4)
    mean = replace(given, base=round(given.base, 4), name_base=name_base, values=values)
    print(f"recall over all ranks: {recall_of(sets, given):.4f}, after {recall_of(sets, mean):.4f}", flush=True)
    return mean


def _some(measured: Measured, rng: np.random.Generator) -> Measured:
    kept = rng.random(len(measured.right)) < SEARCHED_SHARE
    queries = max(1, round(measured.queries * float(kept.mean())))
    return replace(measured, queries=queries, right=measured.right[kept])


def _searched(
    sets: Sequence[Measured], given: Coefficients, names: Sequence[str], rng: np.random.Generator
) -> Coefficients:
    """Random steps from `given`, kept where more of the listed are found at the same false hits. Signs stay."""
    best = recall_of(sets, given)
    for _ in range(STEPS):
        values, name_base = dict(given.values), given.name_base
        changed = rng.choice([*names, "name_base", "name_base", "three", "three"])
        if changed == "name_base":
            name_base = min(given.base, name_base + rng.normal() * 0.4)
        else:
            for name in [changed] if changed != "three" else rng.choice(names, 3, replace=False):
                value = values[name] + rng.normal() * max(0.3, abs(values[name]) * 0.15)
                values[name] = max(value, 0.0) if name in POSITIVE else min(value, 0.0)
        if name_base < given.base + values["birth_further"]:
            continue  # who has another birth date is found by the channel that leaves it out
        tried = replace(given, values=values, name_base=name_base)
        if (found := recall_of(sets, tried)) > best:
            given, best = tried, found
    return given


def fitted_long(given: Coefficients, begins: int, full: int, applicants: list[Labelled]) -> LongList:
    """Coefficients of lists of `full` entries: fitted on lists of all names and of applicants' names, then searched."""
    lists = [long_sets(given.at(full), full, applicants, stocks) for stocks in (STOCKS, ("applicants",))]
    sets = [each for measured, _ in lists for each in measured]
    fixed = {name: value for name, value in given.values.items() if name not in SEARCHED_LONG}
    base, values = fit(stacked(matrix for _, matrix in lists), fixed=fixed)
    base += math.log(full)
    start = replace(given, base=base, name_base=base - LONG_NAME_PENALTY, values=values, long_lists=())
    found = searched(sets, start, SEARCHED_LONG, seed=full)
    print(f"lists of {full}:", found.base, found.name_base, found.values, flush=True)
    return LongList(begins, full, found.base, found.name_base, found.values)


def main() -> None:
    """Fit, search and measure the thresholds. `--search` keeps what was fitted for short lists and searches on from it,
    `--long` keeps the short lists' whole, `--thresholds` measures the thresholds alone."""
    chosen = next((step for step in ("--search", "--long", "--thresholds") if step in sys.argv), "")
    real = labelled("negatives_global", TRAIN)
    given = coefficients()
    if not chosen:
        write_name_stock()
    small = index_of(sanctions())
    if not chosen:
        given = fitted(small, [*real, *recombined(real, 2500)])
    if chosen in ("", "--search"):
        given = replace(given, values=dict(given.values) | {"name_together": TOGETHER}, long_lists=())
        sets = short_sets(given, small, real, recombined(real, 3000))
        given = searched(sets, given, SEARCHED_SHORT, seed=5)
        print("short lists:", given.base, given.name_base, given.values, flush=True)
    if chosen != "--thresholds":
        given = replace(given, long_lists=())
        for begins, full in LEVELS:
            given = replace(given, long_lists=(*given.long_lists, fitted_long(given, begins, full, real)))
            write(given, coefficients().thresholds, coefficients().measured)
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
