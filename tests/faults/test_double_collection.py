"""C1: however many terminals race for one passport, it is handed over once.

Three guards stand in the way, each enough by itself: the look for an earlier hand-over inside the transaction, the
conditional update of the case's version, and the database's rule of one hand-over for a case. The office has all
three. Here each is tried alone, and then taken away as well: the race must then be lost, or it would show nothing.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from db.connection import ConstraintBroken
from db.tables import Case, Handover
from kiosk import clock
from kiosk.office import Office
from tests import databases
from tests.builders import case_at_payment
from tests.conftest import Desks


@dataclass(frozen=True)
class Guards:
    """Which guards stand."""

    look: str = "inside"
    """inside the transaction, outside of it, or none"""
    condition: str = "step and version"
    """step and version, version (as read at the start), or none"""
    unique: bool = True


class Late(Exception):
    """Somebody else was first: the transaction is taken back."""


def redeem(office: Office, case_id: int, guards: Guards) -> bool:
    """The hand-over's own writes, under these guards; True if this terminal believes to have handed it over."""
    with office.store.reading():
        version = Case.get_by_id(case_id).version
        if guards.look == "outside" and Handover.get_or_none(Handover.case == case_id) is not None:
            return False
    try:
        with office.store.writing():
            if guards.look == "inside" and Handover.get_or_none(Handover.case == case_id) is not None:
                raise Late
            where = Case.id == case_id
            if guards.condition != "none":
                where &= Case.version == version
            if guards.condition == "step and version":
                where &= Case.step == "handover"
            if Case.update(step="archiving", version=Case.version + 1).where(where).execute() != 1:
                raise Late
            Handover.create(
                case=case_id,
                kind="issued",
                collected_by="X",
                relation="applicant",
                identity_kind="",
                identity_no="",
                officer=1,
                terminal="t",
                at=clock.now(),
            )
    except Late:
        return False
    except ConstraintBroken as broken:
        if broken.name != "one_handover_for_a_case":
            raise
        return False
    return True


def race(terminals: int, act: Callable[[int], list[bool]]) -> list[list[bool]]:
    """What terminals that began together got."""
    gate, answers = threading.Barrier(terminals), list[list[bool]]()

    def run(number: int) -> None:
        gate.wait()
        answers.append(act(number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(terminals)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def handed_over(office: Office, guards: Guards, *, passports: int, terminals: int) -> tuple[int, int]:
    """(passports handed over more than once, passports handed over not at all) as the terminals believe."""
    with office.store.writing():
        row = Case.select().order_by(Case.id).first()
        first = Case.select().count()
        cases = [Case.create(**values(row, first + number)).id for number in range(passports)]
        before = Handover.select().count()
    believed = race(terminals, lambda _: [redeem(office, case_id, guards) for case_id in cases])
    wins = [sum(of_one) for of_one in zip(*believed, strict=True)]
    with office.store.reading():
        assert Handover.select().count() - before == sum(wins), "what a terminal was told is what the database holds"
    return sum(1 for won in wins if won > 1), wins.count(0)


def values(row: Case, number: int) -> dict[str, Any]:
    own = {"application_no": f"C1-{number}", "passport_no": f"C{number:07d}", "step": "handover"}
    copied = {**row.__data__, **own}
    copied.pop("id")
    return copied


def drop_the_rule(office: Office) -> None:
    with office.store.writing():
        office.store.database.execute_sql("DROP INDEX handover_case_id")
        on = " ON handover" if databases.SERVER else ""
        office.store.database.execute_sql(f"DROP TRIGGER one_handover_for_a_case{on}")


@pytest.fixture
def racing(office: Office) -> Office:
    """An office with a case to make others of."""
    case_at_payment(office, Desks(office))
    return office


ALONE = {
    "the look": Guards("inside", "none", unique=False),
    "the condition": Guards("none", "step and version", unique=False),
    "the database's rule": Guards("none", "none", unique=True),
}
MUTANTS = {
    "check outside the transaction": Guards("outside", "none", unique=False),
    "no condition": Guards("none", "none", unique=False),
    "no unique rule behind a version read too late": Guards("none", "version", unique=False),
}


@pytest.mark.maintainer
def test_c1_each_guard_is_enough_and_without_it_the_race_is_lost(racing: Office) -> None:
    kept = [guards for guards in (Guards(), *ALONE.values()) if guards.unique]
    alone = [guards for guards in ALONE.values() if not guards.unique]
    if databases.SERVER:
        # a look without a lock is no guard on a server: two transactions may look at once
        alone = [guards for guards in alone if guards.look != "inside"]
    assert [handed_over(racing, guards, passports=15, terminals=4) for guards in kept] == [(0, 0)] * len(kept)
    drop_the_rule(racing)
    assert [handed_over(racing, guards, passports=15, terminals=4) for guards in alone] == [(0, 0)] * len(alone)
    for name, guards in MUTANTS.items():
        doubled, _ = handed_over(racing, guards, passports=25, terminals=4)
        assert doubled > 0, name


@pytest.mark.long
def test_c1_twenty_terminals_race_for_five_thousand_passports(racing: Office) -> None:
    assert handed_over(racing, Guards(), passports=5_000, terminals=20) == (0, 0)
