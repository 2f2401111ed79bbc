"""Whether the people on duty can finish a case, separation of duty kept."""

import pytest

from kiosk.demo.officers import OFFICERS
from kiosk.people.model import DutyHeld, OfficerAt
from kiosk.people.staffing import Staffing, staffing
from kiosk.procedure import Procedure, load


@pytest.fixture(scope="module")
def procedure() -> Procedure:
    return load()


def people(*but: str, **also: tuple[tuple[str, str], ...]) -> list[OfficerAt]:
    """The demo's officers without some, with further duties for others."""
    return [
        OfficerAt(
            number, number, one.login, one.name, one.staff_no,
            tuple(DutyHeld(unit, role) for unit, role in one.duties + also.get(one.login, ())),
        )
        for number, one in enumerate(OFFICERS, 1)
        if one.login not in but
    ]  # fmt: skip


def test_the_demo_office_can_finish_a_case(procedure: Procedure) -> None:
    assert staffing(procedure, people()).enough


@pytest.mark.parametrize(
    ("absent", "step"), [("sri", "intake"), ("ratna", "payment"), ("made", "endorsement"), ("hendra", "approval")]
)
def test_a_step_without_anybody_is_named(procedure: Procedure, absent: str, step: str) -> None:
    found = staffing(procedure, people(absent))
    assert step in found.unstaffed
    assert not found.enough


def test_a_pair_that_only_one_person_can_do_is_named(procedure: Procedure) -> None:
    alone = people("ratna", hendra=(("BENDAHARA", "treasurer"),))
    assert staffing(procedure, alone) == Staffing((), (("approval", "payment"),))


def test_two_accounts_of_one_person_are_one_person(procedure: Procedure) -> None:
    two = [
        OfficerAt(who.id, 7 if who.login in {"hendra", "ratna"} else who.person_id, who.login, "", "", who.duties)
        for who in people()
    ]
    assert staffing(procedure, two).one_person == (("approval", "payment"),)


def test_pairs_that_pass_one_by_one_and_not_together_are_named(procedure: Procedure) -> None:
    """Approval by A or B; payment only A, clearing only B: each pair alone has two people."""
    cleared_by, paid_by = (("WASDAKIM", "watchlist_examiner"),), (("BENDAHARA", "treasurer"),)
    few = people("joko", "wati", "ratna", "hendra")
    few += [
        OfficerAt(91, 91, "a", "", "", (DutyHeld("LALINTUSKIM", "approver"), DutyHeld(*paid_by[0]))),
        OfficerAt(92, 92, "b", "", "", (DutyHeld("LALINTUSKIM", "approver"), DutyHeld(*cleared_by[0]))),
    ]
    assert not staffing(procedure, few).enough
