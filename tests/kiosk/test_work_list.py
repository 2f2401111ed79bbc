"""What stands in whose work list."""

import pytest

from kiosk.cases.model import Act, Moved, Status
from kiosk.office import Office
from tests.builders import an_applicant, pretend_intake
from tests.conftest import Desks


@pytest.mark.parametrize("hold", [Status.WAITING_APPLICANT, Status.WAITING_SUPERIOR])
def test_a_case_that_waits_for_somebody_stays_in_its_steps_list(office: Office, desks: Desks, hold: Status) -> None:
    case_id = pretend_intake(office, desks["sri"], an_applicant())
    budi = desks["budi"]
    held = budi.act(case_id, Act.HOLD, key="hold", reason="Surat sponsor ditunggu", hold=hold)
    assert isinstance(held, Moved), held
    assert [(item.case_id, item.status) for item in budi.work_list()] == [(case_id, hold)]
    assert desks["ratna"].work_list() == ()
    assert isinstance(budi.act(case_id, Act.RELEASE, key="go", reason="Surat sudah ada"), Moved)
    assert [item.status for item in budi.work_list()] == [Status.ACTIVE]


def test_the_list_is_read_page_by_page_with_held_ones_among_it(office: Office, desks: Desks) -> None:
    from tests.faults.thirteen import passport

    cases = [pretend_intake(office, desks["sri"], an_applicant(passport=passport(f"W{number}"))) for number in range(5)]
    budi = desks["budi"]
    budi.act(cases[1], Act.HOLD, key="hold", reason="Surat sponsor ditunggu", hold=Status.WAITING_APPLICANT)
    seen, after = [], None
    while page := budi.work_list(limit=2, after=after):
        seen += [item.case_id for item in page]
        after = (page[-1].since, page[-1].case_id)
    assert sorted(seen) == cases
    assert len(set(seen)) == len(seen)
