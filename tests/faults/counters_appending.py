"""Counters in processes of their own that append to the histories of a few cases and read them; what each of them saw.

A case has two lists: its acts (`acts:7`, by the acts' keys) and the places of its passport (`places:7`). Holding and
releasing append to the first, shelving to both in one transaction. Reads are those of screens, and one statement over
both lists of several cases.
"""

import json
import multiprocessing
import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.tables import CaseEvent, Custody
from kiosk import passports
from kiosk.cases.model import Act, Status
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.refusals import Code, Refused
from kiosk.settings import load
from tests import builders
from tests.conftest import Desks
from tests.faults.histories import List, Outcome, Transaction, Value

FORK = multiprocessing.get_context("fork")
NEAR = 3
"""How many cases are in work at a time, by all counters."""
NOT_KNOWN = {Code.DATABASE_UNREACHABLE}
"""Refusals that don't say whether the act was done."""
_BOTH_LISTS = """
SELECT 'acts' AS list, case_id, id, "key" AS value FROM case_event WHERE case_id IN ({cases})
UNION ALL SELECT 'places', case_id, id, place FROM custody WHERE case_id IN ({cases}) AND place <> '' ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the counters do together. `fault` breaks the program in each of them."""

    config: str
    cases: tuple[int, ...]
    turns: int
    told: Path
    name: str
    """Begins the key of every act: an office may see several runs."""
    fault: Callable[[], None] = lambda: None


class Diary:
    """What a counter did, written down before and after, so that it outlives the counter."""

    def __init__(self, path: Path) -> None:
        lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        self.turns = sum(line[0] == "begin" for line in lines)
        self.open = lines[-1] if lines and lines[-1][0] == "begin" else None
        """What was begun and has no end."""
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def write(self, *line: Any) -> None:
        os.write(self._file, (json.dumps(line) + "\n").encode())


def counter(plan: Plan, number: int) -> None:
    """Its whole life; where it was killed it goes on with the same act and the same key."""
    plan.fault()
    diary = Diary(plan.told / f"counter-{number}")
    dice = random.Random(number * 7919 + diary.turns)
    with Office.open(load(Path(plan.config)), terminal=f"loket-{number}", devices=False) as office:
        desks = Desks(office)
        if diary.open is not None:
            _done(diary, desks, *diary.open[2:])
        while diary.turns < plan.turns:
            first = diary.turns * (len(plan.cases) - NEAR) // plan.turns
            near = list(plan.cases[first : first + NEAR])
            key = f"{plan.name}-{number}-{diary.turns}"
            what = dice.choices(("hold", "release", "shelve", "history", "custody", "both"), (7, 7, 10, 12, 6, 30))[0]
            about = near if what == "both" else [dice.choice(near)]
            diary.turns += 1
            diary.write("begin", time.monotonic_ns(), what, about, key)
            _done(diary, desks, what, about, key)


def shelf_of(key: str) -> str:
    """A shelf and slot that no other act names."""
    number, turn = map(int, key.split("-")[1:])
    return f"R{number}N{turn // 1000}-{turn % 1000}"


def _done(diary: Diary, desks: dict[str, Desk], what: str, cases: list[int], key: str) -> None:
    answer = _do(desks, what, cases, key)
    if isinstance(answer, Refused):
        unknown = answer.first.code in NOT_KNOWN
        diary.write("end", time.monotonic_ns(), "unknown" if unknown else "refused", str(answer.first.code))
    else:
        diary.write("end", time.monotonic_ns(), "done", answer)


def _do(desks: dict[str, Desk], what: str, cases: list[int], key: str) -> Any:
    """What a read saw, by the name of the list; of an act None or its refusal."""
    case_id = cases[0]
    reason = "Uji riwayat perkara."
    match what:
        case "hold":
            answer: Any = desks["hendra"].act(case_id, Act.HOLD, key=key, reason=reason, hold=Status.WAITING_APPLICANT)
        case "release":
            answer = desks["hendra"].act(case_id, Act.RELEASE, key=key, reason=reason)
        case "shelve":
            answer = passports.shelve(desks["sri"], case_id, shelf_of(key), key=key)
        case "history":
            return {f"ids:{case_id}": [line.event for line in desks["hendra"].history(case_id)]}
        case "custody":
            places = [line.place for line in desks["hendra"].custody(case_id)]
            return {f"places:{case_id}": [each for each in places if each]}
        case _:
            return _both(desks["hendra"].office, cases)
    return answer if isinstance(answer, Refused) else None


def _both(office: Office, cases: list[int]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {f"{name}:{case_id}": [] for name in ("acts", "places") for case_id in cases}
    with office.store.reading():
        wanted = _BOTH_LISTS.format(cases=", ".join(map(str, cases)))
        for name, case_id, _, value in office.store.database.execute_sql(wanted).fetchall():
            found[f"{name}:{case_id}"].append(value)
    return found


def run(plan: Plan, counters: int, *, kills: int = 0) -> int:
    """Let the counters work until each has had its turns; how many deaths there were."""
    dice, killed = random.Random(6), 0
    running = {number: _started(plan, number) for number in range(1, counters + 1)}
    while running:
        for number, child in list(running.items()):
            child.join(0.02)
            if not child.is_alive():
                del running[number]
                if child.exitcode == -signal.SIGKILL:
                    running[number] = _started(plan, number)
                else:
                    assert child.exitcode == 0, f"counter {number} ended with {child.exitcode}"
        if running and killed < kills:
            chosen = running[dice.choice(list(running))]
            if chosen.is_alive():
                os.kill(chosen.pid, signal.SIGKILL)
                killed += 1
    return killed


def _started(plan: Plan, number: int) -> Any:
    child = FORK.Process(target=counter, args=(plan, number))
    child.start()
    return child


def end(office: Office, cases: tuple[int, ...]) -> dict[List, list[Value]]:
    """The lists when all is over, in the order in which every screen shows them."""
    found: dict[List, list[Value]] = defaultdict(list)
    with office.store.reading():
        acts = CaseEvent.select().where(CaseEvent.case.in_(cases)).order_by(CaseEvent.id)
        places = Custody.select().where(Custody.case.in_(cases) & (Custody.place != "")).order_by(Custody.id)
        for row in acts:
            found[f"acts:{row.case_id}"].append(row.key)
        for row in places:
            found[f"places:{row.case_id}"].append(row.place)
    return found


def history(office: Office, plan: Plan) -> list[Transaction]:
    """What all counters did and saw."""
    with office.store.reading():
        keys = {row.id: row.key for row in CaseEvent.select(CaseEvent.id, CaseEvent.key)}
    return [
        each
        for path in sorted(plan.told.glob("counter-*"))
        for each in _of_one(int(path.name.partition("-")[2]), path, keys)
    ]


def _of_one(number: int, path: Path, keys: dict[int, str]) -> Iterator[Transaction]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line, after in zip(lines, [*lines[1:], ["begin"]], strict=True):
        if line[0] != "begin":
            continue
        _, begun, what, cases, key = line
        ended, outcome, seen = after[1:] if after[0] == "end" else (0, "unknown", None)
        if what in ("hold", "release", "shelve"):
            appended = [(f"acts:{cases[0]}", key)]
            if what == "shelve":
                appended.append((f"places:{cases[0]}", shelf_of(key)))
            yield Transaction(number, begun, ended, Outcome(outcome), tuple(appended))
        elif outcome == "done":
            read = tuple(
                (name.replace("ids:", "acts:"), tuple(keys.get(each, f"no event {each}") for each in values))
                if name.startswith("ids:")
                else (name, tuple(values))
                for name, values in seen.items()
            )
            yield Transaction(number, begun, ended, Outcome.DONE, read=read)


def settled(office: Office, count: int, passport: Callable[[], Any]) -> tuple[int, ...]:
    """Cases at step 2 whose passports lie in the office."""
    sri = Desks(office)["sri"]
    made = (builders.pretend_intake(office, sri, builders.an_applicant(passport=passport())) for _ in range(count))
    return tuple(made)
