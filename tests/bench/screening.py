"""Measure the screening room: accuracy, growth and speed, each figure with the counts behind it.

    python tests/bench/screening.py [--sizes 10000,100000,1000000,5000000] [--peer] [--out FILE]

Accuracy is reported on the test halves (split by the person; the fit saw the others). Lists that are longer than the
public ones are recombined from their names (screening_data.grown_list). `--peer` compares with nomenklatura's
logic-v2, installed into an environment of its own. Times are CPU time, with wall time beside it: the machine is shared.
"""

import argparse
import json
import pickle
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from screening_data import (
    LISTED_ON,
    STOCKS,
    TEST,
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
from screening_scan import bounded_scan, whole_scan

from kiosk.screening.births import birth_text
from kiosk.screening.engine import Query, Screener
from kiosk.screening.entries import WatchlistEntry
from kiosk.screening.index import ListIndex
from kiosk.screening.lines import answer
from kiosk.screening.passports import misread_number
from kiosk.screening.rescreening import rescreen
from kiosk.screening.storage import load_index, save_index

ALL = -1e9
RECORDS = ("name_texts", "entry_ids", "entry_hash")
"""Arrays that are read for hits only."""

DATED = {"all names": STOCKS, "applicants' names": ("applicants",)}
"""Whose names long lists are recombined from. The second is the trial's of screening.md 4: the applicants' stock."""

KEPT = 30
"""Candidates that are kept of each query where a threshold is sought afterwards."""


@dataclass(slots=True)
class Report:
    """Lines of Markdown, printed as they come."""

    lines: list[str]

    def say(self, line: str = "") -> None:
        print(line, flush=True)
        self.lines.append(line)

    def table(self, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        self.say("| " + " | ".join(heading) + " |")
        self.say("|" + "---|" * len(heading))
        for row in rows:
            self.say("| " + " | ".join(str(cell) for cell in row) + " |")
        self.say()


MUTATIONS = 3
"""Times that each person of the UN list's test half is mutated."""


def mutated_often(entries: Sequence[WatchlistEntry], *, heavy: bool = False) -> list[Labelled]:
    return [each for seed in range(MUTATIONS) for each in un_mutated(entries, TEST, heavy=heavy, seed=seed)]


Scores = list[list[tuple[str, float]]]
"""For each query its candidates: entry id and score."""


def scores(index: ListIndex, queries: Sequence[Labelled], floor: float = ALL, limit: int = KEPT) -> Scores:
    screener = Screener(index, today=LISTED_ON)
    found = []
    for each in queries:
        hits = sorted(screener._hits(index, each.query, floor, limit), key=lambda hit: -hit.score)[:limit]
        found.append([(index.entry_id(hit.comparison.entry), hit.score) for hit in hits])
    return found


def threshold_at(negatives: Scores, per_thousand: float) -> float:
    """The score that so many false hits per 1,000 applicants lie above."""
    flat = sorted((score for hits in negatives for _, score in hits), reverse=True)
    allowed = int(per_thousand * len(negatives) / 1000)
    return flat[allowed] if len(flat) > allowed else ALL


def recall(queries: Sequence[Labelled], found: Scores, over: float) -> tuple[int, int]:
    """How many right entries are over a score, of how many."""
    hits = sum(
        1
        for each, candidates in zip(queries, found, strict=True)
        if any(entry == each.target and score > over for entry, score in candidates)
    )
    return hits, len(queries)


def share(counts: tuple[int, int]) -> str:
    return f"{counts[0] / counts[1]:.3f} ({counts[0]}/{counts[1]})"


def accuracy(report: Report, small: ListIndex, both: ListIndex) -> None:
    """G1 to G4."""
    entries = sanctions()
    sets = {
        "UN mutated": (small, mutated_often(entries)),
        "OFAC alias": (small, labelled("positives_ofac_heldout_alias", TEST)),
        "historical": (both, labelled("positives_historical", TEST)),
    }
    heavy = mutated_often(entries, heavy=True)
    negatives = labelled("negatives_global", TEST)
    made = recombined(negatives, 6000, seed=29)
    given = scores(small, negatives)
    given_made = scores(small, made, floor=-8.0)
    right = {key: scores(index, queries) for key, (index, queries) in sets.items()}
    right_heavy = scores(small, heavy)
    report.say("## Accuracy on the real list (test halves)")
    rows = []
    for name, against, count in (("negatives", given, len(negatives)), ("recombined", given_made, len(made))):
        for per_thousand in (5, 20):
            over = threshold_at(against, per_thousand)
            found = {key: recall(queries, right[key], over) for key, (_, queries) in sets.items()}
            mean = sum(a / b for a, b in found.values()) / 3
            extra = share(recall(heavy, right_heavy, over))
            goal = "G1" if per_thousand == 5 else "G2"
            allowed = f"{int(per_thousand * count / 1000)} of {count} {name}"
            rows.append(
                (
                    goal,
                    f"≤ {per_thousand}/1000",
                    allowed,
                    f"{over:.2f}",
                    *map(share, found.values()),
                    f"{mean:.3f}",
                    extra,
                )
            )
    report.table(("", "false hits", "allowed", "threshold", *sets, "mean", "UN, heavy mutations"), rows)
    of_both = scores(both, negatives)
    cuts = {per_thousand: threshold_at(of_both, per_thousand) for per_thousand in (5, 20)}
    report.say("historical, false hits counted on the longer list that it is asked of too: " + ", ".join(
        f"≤ {per_thousand}/1000 {share(recall(sets['historical'][1], right['historical'], over))} at {over:.2f}"
        for per_thousand, over in cuts.items()))  # fmt: skip
    report.say()
    alone = {key: (index, name_only(queries)) for key, (index, queries) in sets.items()}
    over = threshold_at(scores(small, name_only(negatives)), 20)
    found = {key: recall(queries, scores(index, queries), over) for key, (index, queries) in alone.items()}
    mean = sum(a / b for a, b in found.values()) / 3
    report.say(f"G4, name only, ≤ 20/1000 ({int(0.02 * len(negatives))} of {len(negatives)}): threshold {over:.2f}: "
               + ", ".join(f"{key} {share(value)}" for key, value in found.items()) + f"; mean {mean:.3f}")  # fmt: skip
    other = {key: (index, with_other_birth(queries)) for key, (index, queries) in sets.items()}
    over = threshold_at(given, 6)
    found = {key: recall(queries, scores(index, queries), over) for key, (index, queries) in other.items()}
    report.say(f"G3, birth date replaced by a random one, ≤ 6/1000 in all: threshold {over:.2f}: "
               + ", ".join(f"{key} {share(value)}" for key, value in found.items()))  # fmt: skip
    report.say()


def timed(act: Callable[[Query], object], queries: Sequence[Query]) -> tuple[list[float], list[float]]:
    """CPU and wall milliseconds of each."""
    cpu, wall = [], []
    for query in queries:
        cpu_start, wall_start = time.process_time(), time.perf_counter()
        act(query)
        cpu.append((time.process_time() - cpu_start) * 1000)
        wall.append((time.perf_counter() - wall_start) * 1000)
    return cpu, wall


def percentiles(values: Sequence[float]) -> str:
    return f"{np.percentile(values, 50):.1f} / {np.percentile(values, 99):.1f}"


def resident() -> float:
    """Megabytes that this process alone holds: written pages, not those of a mapped file."""
    text = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines() if line.startswith("Private")}
    return sizes["Private_Dirty"] / 1000


def growth(report: Report, sizes: Sequence[int], folder: Path, people: int) -> dict[int, list[Labelled]]:
    """G5, G7: lists of growing size. Leaves the saved indexes in `folder`; returns the listed persons asked for."""
    applicants = labelled("negatives_global", TEST)
    asked: dict[int, list[Labelled]] = {}
    speed, recalls = [], []
    for size in sizes:
        asked[size] = listed_people(grown_list(size), people)
        cpu, wall = time.process_time(), time.perf_counter()
        index = _timed_build(size)
        built = index[1], index[2]
        save_index(index[0], folder / str(size))
        arrays = index[0].arrays
        records = sum(array.nbytes for name, array in arrays.items() if name.startswith(RECORDS)) / 1e6
        memory = f"{index[0].size / 1e6 - records:.0f} + {records:.0f}"
        del index, arrays
        before = resident()
        cpu, wall = time.process_time(), time.perf_counter()
        loaded = load_index(folder / str(size))
        screener = Screener(loaded, today=LISTED_ON)
        screener.screen(asked[size][0].query)
        load = f"{time.process_time() - cpu:.2f} / {time.perf_counter() - wall:.2f}"
        for each in asked[size][:30]:
            screener.screen(each.query)
        listed = timed(screener.screen, [each.query for each in asked[size]])
        strangers = timed(screener.screen, [each.query for each in applicants[:1000]])
        cpu_all, wall_all = listed[0] + strangers[0], listed[1] + strangers[1]
        building = f"{built[0]:.1f} / {built[1]:.1f}"
        private = f"{max(0.0, resident() - before):.0f}"
        speed.append((f"{size:,}", percentiles(cpu_all), percentiles(wall_all), building, load, memory, private))
        false = scores(loaded, applicants, floor=-4.0, limit=300)
        found = scores(loaded, asked[size], floor=-4.0)
        row = [f"{size:,}", f"{screener.threshold:.2f}"]
        for per_thousand in (5, 20, 100):
            over = threshold_at(false, per_thousand)
            row.append(f"{share(recall(asked[size], found, over))} at {over:.2f}")
        shown = sum(score >= screener.threshold for hits in false for _, score in hits)
        row.append(f"{1000 * shown / len(applicants):.1f}")
        recalls.append(row)
    report.say("## Growth")
    report.say(
        f"Recall of {people} listed persons (mutated, a fifth with a wrong or missing birth date); false hits of "
        f"{len(applicants)} applicants of the test half, whose words the list is made of too."
    )
    report.table(
        ("entries", "threshold set", "≤ 5/1000", "≤ 20/1000", "≤ 100/1000", "false/1000 at the set one"), recalls
    )
    heading = ("entries", "query CPU ms p50 / p99", "wall ms p50 / p99", "build s CPU / wall")
    heading += ("load + first query s CPU / wall", "index MB: search + records", "MB of its own")
    report.table(heading, speed)
    return asked


def growth_dated(report: Report, sizes: Sequence[int], folder: Path, people: int) -> None:
    """G5 as it is set: every recombined person has a birth date, a fifth of the queries a wrong one or none."""
    applicants = labelled("negatives_global", TEST)
    rows, spellings = [], []
    for kind, stocks in DATED.items():
        for size in sizes:
            index, asked = dated_list(folder, size, kind, stocks, people)
            false = scores(index, applicants, floor=-6.0, limit=100)
            found = scores(index, asked, floor=-6.0)
            cuts = [threshold_at(false, per_thousand) for per_thousand in (5, 20, 100)]
            cells = (f"{share(recall(asked, found, over))} at {over:.2f}" for over in cuts)
            rows.append((kind, f"{size:,}", *cells))
            if len(stocks) < len(STOCKS) or size <= 20_000:
                continue
            for name, file in (("OFAC alias", "positives_ofac_heldout_alias"), ("historical", "positives_historical")):
                queries = labelled(file, TEST)
                candidates = scores(index, queries, floor=-6.0)
                spellings.append((f"{size:,}", name, *(share(recall(queries, candidates, over)) for over in cuts)))
    report.say("## Growth, every recombined person with a birth date")
    report.table(("recombined from", "entries", "≤ 5/1000", "≤ 20/1000", "≤ 100/1000"), rows)
    report.say("Real spellings against the same long lists (all names):")
    report.table(("entries", "queries", "≤ 5/1000", "≤ 20/1000", "≤ 100/1000"), spellings)


def dated_list(
    folder: Path, size: int, kind: str, stocks: Collection[str], people: int
) -> tuple[ListIndex, list[Labelled]]:
    """The index of such a list and listed persons to ask for, made once."""
    place = folder / f"{size}-{kind.replace(' ', '-')}"
    asked = place.with_suffix(".asked")
    if not place.exists():
        entries = list(grown_list(size, dated=True, stocks=stocks))
        asked.write_bytes(pickle.dumps(listed_people(entries, people)))
        save_index(index_of(entries), place)
    return load_index(place), pickle.loads(asked.read_bytes())


def _timed_build(size: int) -> tuple[ListIndex, float, float]:
    """The index, and the seconds (CPU, wall) of building it, the entries being there already."""
    entries = list(grown_list(size)) if size <= 1_000_000 else grown_list(size)
    cpu, wall = time.process_time(), time.perf_counter()
    return index_of(entries), time.process_time() - cpu, time.perf_counter() - wall


def completeness(report: Report, sizes: Sequence[int], folder: Path, queries: int) -> None:
    """G6: what the index finds of what the same scorer finds in every name."""
    rows = []
    index = load_index(folder / str(sizes[0]))
    screener = Screener(index, today=LISTED_ON)
    checked = [each.query for each in listed_people(grown_list(sizes[0]), 60, seed=43)]
    differing = sum(whole_scan(index, query, screener) != bounded_scan(index, query, screener) for query in checked)
    for size in sizes:
        index = load_index(folder / str(size))
        screener = Screener(index, today=LISTED_ON)
        hits = missed = 0
        for each in listed_people(grown_list(size), queries, seed=37):
            over = bounded_scan(index, each.query, screener)
            shown = {candidate.entry_id for candidate in screener.screen(each.query, limit=500).candidates}
            hits += len(over)
            missed += len(over - shown)
        rows.append((f"{size:,}", queries, hits, missed, f"{1 - missed / hits:.4f}"))
    report.say("## G6: against a scan of the same scorer at the operating threshold")
    report.say(
        f"The scan's bound was checked against comparing every name: {differing} of {len(checked)} queries differ."
    )
    report.table(("entries", "queries", "hits of the scan", "missed by the index", "recall"), rows)


def passports(report: Report, folder: Path, size: int) -> None:
    """G8."""
    index = load_index(folder / str(size))
    screener = Screener(index, today=LISTED_ON)
    rng = random.Random(41)
    holders = [entry for entry in grown_list(min(size, 100_000)) if entry.passports]
    chosen = rng.sample(holders, 2000)
    listed = {number for entry in holders for number in entry.passports}
    right = 0
    for entry in chosen:
        number = rng.choice(entry.passports)
        result = screener.screen(Query("q", ("SOMEBODY UNRELATED",), 19900101, passport=number.lower()), limit=50)
        right += any(hit.entry_id == entry.id and hit.channel.value == "passport" for hit in result.candidates)
    strangers = [f"{rng.choice('ABCDEFGH')}X{rng.randrange(10**7):07d}" for _ in range(5000)]
    false = sum(
        result.verdict.value == "passport_match"
        for number in strangers
        if number not in listed
        for result in [screener.screen(Query("q", (), passport=number))]
    )
    asked = [Query("q", (), passport=each) for each in strangers]
    cpu, wall = timed(lambda query: screener._by_passport(index, query), asked)
    report.say(f"## G8: passports, {size:,} entries")
    report.say(f"Exact hits {right} of {len(chosen)}, false {false} of {len(strangers)}; look-up (exact and misread) "
               f"{np.mean(cpu) * 1000:.0f} µs CPU, p99 {np.percentile(wall, 99) * 1000:.0f} µs wall. "
               f"Example of a misread key: {misread_number('AO1234S6')}")  # fmt: skip
    report.say()


def deltas(report: Report, folder: Path, size: int) -> None:
    """G9."""
    index = load_index(folder / str(size))
    screener = Screener(index, today=LISTED_ON)
    changed = _every(grown_list(size), size // 5000)[:5000]
    cases = [each.query for each in labelled("negatives_global", TEST)][:960]
    cases += [each.query for each in listed_people(changed, 40)]
    cpu, wall = time.process_time(), time.perf_counter()
    places = list(range(0, size, size // 5000))[:5000]
    touched = list(rescreen(screener, cases, places))
    used = time.process_time() - cpu, time.perf_counter() - wall
    report.say("## G9: re-screening")
    report.say(f"{len(cases)} open applications against {len(changed)} changed of {size:,} entries: "
               f"{used[0]:.2f} s CPU, {used[1]:.2f} s wall, {len(touched)} touched.")  # fmt: skip
    report.say()


def _every(entries: Iterable[WatchlistEntry], step: int) -> list[WatchlistEntry]:
    return [entry for number, entry in enumerate(entries) if number % step == 0]


def explained(report: Report, small: ListIndex) -> None:
    """G10."""
    screener = Screener(small, today=LISTED_ON)
    queries = [each.query for each in labelled("positives_ofac_heldout_alias", TEST)[:200]]
    results = [screener.screen(query, floor=-20.0, limit=50) for query in queries]
    again = [screener.screen(query, floor=-20.0, limit=50) for query in queries]
    hits = [hit for result in results for hit in result.candidates]
    wrong = sum(round(sum(hit.contributions.values()), 4) != hit.score for hit in hits)
    same = sum(json.dumps(answer(a)) == json.dumps(answer(b)) for a, b in zip(results, again, strict=True))
    report.say("## G10: explanations")
    report.say(f"{len(hits)} candidates: contributions differ from the score in {wrong}; "
               f"{same} of {len(queries)} answers byte for byte the same when asked again.")  # fmt: skip
    report.say()


INSTALL = "install"


def _installed(report: Report, folder: Path) -> Path | None:
    """The Python of a new environment with nomenklatura; None, and the reason said, where it can't be installed."""
    python = folder / "peer" / "bin" / "python"
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder / "peer")], check=True, capture_output=True)
        install = [str(python), "-m", "pip", "install", "-q", "nomenklatura==4.17.4"]
        subprocess.run(install, check=True, capture_output=True, timeout=1500)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        reason = (getattr(error, "stderr", b"") or b"").decode(errors="replace").strip().splitlines()[-1:]
        report.say(f"Skipped, it can't be installed here: {reason}")
        return None
    return python


def peer(report: Report, small: ListIndex, both: ListIndex, folder: Path, environment: str) -> None:
    """nomenklatura's logic-v2 on our candidates of the same queries, in an environment of its own."""
    report.say("## nomenklatura logic-v2 on the same pairs")
    python = _installed(report, folder) if environment == INSTALL else Path(environment)
    if python is None:
        return
    entries = {entry.id: entry for entry in (*sanctions(), *historical())}
    sets = {
        "UN mutated": (small, mutated_often(sanctions())),
        "OFAC alias": (small, labelled("positives_ofac_heldout_alias", TEST)),
        "historical": (both, labelled("positives_historical", TEST)),
        "negatives": (small, labelled("negatives_global", TEST)),
    }
    rows = []
    for variant, change in (
        ("all", lambda each: each),
        ("name only", name_only),
        ("other birth date", with_other_birth),
    ):
        peers, ours = {}, {}
        for name, (index, queries) in sets.items():
            asked = queries if name == "negatives" and variant == "other birth date" else list(change(queries))
            ours[name] = asked, scores(index, asked)
            peers[name] = asked, _peer_scores(python, folder, asked, ours[name][1], entries)
        for per_thousand in (5, 20):
            for label, found in (("ours", ours), ("logic-v2", peers)):
                over = threshold_at(found["negatives"][1], per_thousand)
                cells = [
                    recall(queries, candidates, over)
                    for name, (queries, candidates) in found.items()
                    if name != "negatives"
                ]
                mean = sum(a / b for a, b in cells) / len(cells)
                rows.append(
                    (variant, f"≤ {per_thousand}/1000", label, f"{over:.2f}", *map(share, cells), f"{mean:.3f}")
                )
    report.table(
        ("queries", "false hits", "scorer", "threshold", "UN mutated", "OFAC alias", "historical", "mean"), rows
    )


def peer_at_scale(report: Report, folder: Path, python: Path, size: int, people: int) -> None:
    """Both scorers on the same candidates of a long list."""
    listed = list(grown_list(size))
    index = index_of(listed)
    negatives, positives = labelled("negatives_global", TEST)[:1000], listed_people(listed, people)
    entries = {entry.id: entry for entry in listed}
    ours = [scores(index, queries) for queries in (negatives, positives)]
    pairs = zip((negatives, positives), ours, strict=True)
    peers = [_peer_scores(python, folder, queries, found, entries) for queries, found in pairs]
    rows = []
    for label, (false, found) in (("ours", ours), ("logic-v2", peers)):
        cells = [share(recall(positives, found, threshold_at(false, per_thousand))) for per_thousand in (5, 20, 100)]
        rows.append((label, *cells))
    report.say(f"{people} listed persons and {len(negatives)} applicants, {size:,} entries:")
    report.table(("scorer", "≤ 5/1000", "≤ 20/1000", "≤ 100/1000"), rows)


def _peer_scores(
    python: Path, folder: Path, queries: Sequence[Labelled], candidates: Scores, entries: dict[str, WatchlistEntry]
) -> Scores:
    lines = []
    for each, found in zip(queries, candidates, strict=True):
        query = each.query
        listed = []
        for entry_id, _ in found:
            entry = entries[entry_id]
            names = [name.name for name in entry.names]
            listed.append([entry_id, _properties(names, entry.births, entry.countries)])
        births = (query.born,) if query.born else ()
        lines.append(json.dumps({"query": _properties(query.names, births, query.nationalities), "listed": listed}))
    (folder / "pairs.jsonl").write_text("\n".join(lines), encoding="utf-8")
    command = [str(python), str(Path(__file__).with_name("screening_peer.py")), str(folder / "pairs.jsonl")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [[(entry, score) for entry, score in json.loads(line)] for line in done.stdout.splitlines()]


def _properties(names: Iterable[str], births: Iterable[int], countries: Iterable[str]) -> dict[str, list[str]]:
    """As followthemoney names them; countries in alpha-2."""
    codes = [_alpha_2()[code].lower() for code in countries]
    return {"name": list(names), "birthDate": [birth_text(birth) for birth in births], "country": codes}


@cache
def _alpha_2() -> dict[str, str]:
    table = resources.files("kiosk.screening").joinpath("countries.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in table if not line.startswith("#"))
    return {row[0]: row[1] for row in rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--scans", type=int, default=1000)
    parser.add_argument("--longest-scan", type=int, default=100_000)
    parser.add_argument("--peer", nargs="?", const=INSTALL, metavar="PYTHON", help="with nomenklatura, else installed")
    parser.add_argument("--only", default="")
    parser.add_argument(
        "--lists", type=Path, metavar="FOLDER", help="keep the long lists' indexes there, use them again"
    )
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    sizes = [int(size) for size in chosen.sizes.split(",")]
    report = Report([])
    small = index_of(sanctions())
    both = index_of([*sanctions(), *historical()])
    wanted = (
        chosen.only.split(",")
        if chosen.only
        else ["accuracy", "growth", "dated", "scan", "passports", "deltas", "explained"]
    )
    with tempfile.TemporaryDirectory() as name:
        folder = chosen.lists or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        if "accuracy" in wanted:
            accuracy(report, small, both)
        if "growth" in wanted:
            growth(report, sizes, folder, chosen.people)
        if "dated" in wanted:
            growth_dated(report, [size for size in sizes if size <= 1_000_000], folder, chosen.people)
        for size in sizes if {"scan", "passports", "deltas"} & set(wanted) else ():
            if not (folder / str(size)).exists():
                save_index(index_of(grown_list(size)), folder / str(size))
        if "scan" in wanted:
            completeness(report, [size for size in sizes if size <= chosen.longest_scan], folder, chosen.scans)
        if "passports" in wanted:
            passports(report, folder, sizes[-1])
        if "deltas" in wanted:
            deltas(report, folder, sizes[-1])
        if "explained" in wanted:
            explained(report, small)
        if chosen.peer:
            peer(report, small, both, folder, chosen.peer)
    report.say(f"Most memory of the bench: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB.")
    if chosen.out:
        chosen.out.write_text("\n".join(report.lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
