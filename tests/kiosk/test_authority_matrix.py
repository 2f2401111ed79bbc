"""S3: who may work on which step, and who may do which act there, cell by cell through the services.

Expected is what domain.md 4.1 and sop/README.md write, told anew here, not what the procedure file says.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from db.tables import Case, Claim
from kiosk import clock
from kiosk.cases import engine
from kiosk.cases.model import Act, Outcome, Status
from kiosk.cases.moves import Position, allowed, send_back_targets
from kiosk.desk import Desk
from kiosk.founding import SYSTEM
from kiosk.office import Office
from kiosk.people import officers
from kiosk.refusals import Code, Refused
from tests.builders import an_applicant, pretend_intake
from tests.conftest import Desks

WORKERS: dict[str, tuple[str, ...]] = {
    "intake": ("LALINTUSKIM/counter",),
    "data_entry": ("LALINTUSKIM/entry", "INSARKOM/entry"),
    "watchlist": ("WASDAKIM/watchlist_examiner", "LALINTUSKIM/watchlist_examiner"),
    "verification": ("LALINTUSKIM/verifier", "WASDAKIM/verifier"),
    "scanning": ("LALINTUSKIM/scan_operator", "INSARKOM/scan_operator"),
    "approval": ("LALINTUSKIM/approver",),
    "payment": ("BENDAHARA/treasurer",),
    "biometrics": ("LALINTUSKIM/biometric_operator", "INSARKOM/biometric_operator"),
    "registration": ("LALINTUSKIM/register_clerk", "TATA_USAHA/register_clerk"),
    "endorsement": ("OFFICE_HEAD/endorser",),
    "stamp_scan": ("LALINTUSKIM/scan_operator", "INSARKOM/scan_operator"),
    "handover": ("LALINTUSKIM/delivery_counter",),
    "archiving": ("INSARKOM/archivist", "TATA_USAHA/archivist", "LALINTUSKIM/archivist"),
}
NOWHERE = ("BENDAHARA/counter", "TATA_USAHA/treasurer", "TATA_USAHA/endorser", "WASDAKIM/approver", "INSARKOM/counter")
"""A role in a unit that has no such work."""
DUTIES = tuple(dict.fromkeys(duty for duties in WORKERS.values() for duty in duties)) + NOWHERE
HEADS = ("OFFICE_HEAD/endorser", "LALINTUSKIM/approver")
"""The Kakanim and the authorised official of step 6."""
QUICK = (Act.HOLD, Act.REFUSE, Act.WITHDRAW)
MORE = (Act.SEND_BACK, Act.TRANSFER)


@dataclass(frozen=True, slots=True)
class Staff:
    case_id: int
    desks: dict[str, Desk]


@pytest.fixture
def staff(office: Office, desks: Desks) -> Staff:
    """One case, and for each duty an officer who has that one only."""
    case_id = pretend_intake(office, desks["sri"], an_applicant())
    found = {}
    for number, duty in enumerate(DUTIES):
        unit, role = duty.split("/")
        login = f"only{number}"
        with office.store.writing():
            officers.add(
                login=login, name=duty, staff_no=None, pin="271828", duties=((unit, role),),
                now=clock.now(), signer=SYSTEM, since=clock.office_day(clock.now()),
            )  # fmt: skip
        desk = office.sign_in(login, "271828")
        assert isinstance(desk, Desk), desk
        found[duty] = desk
    return Staff(case_id, found)


def may_do(duty: str, step: str, act: Act) -> bool:
    if duty in HEADS:
        return True
    if act in (Act.REFUSE, Act.TRANSFER):
        return False
    at_counter = act is Act.WITHDRAW and duty in WORKERS["intake"]
    return at_counter or duty in WORKERS[step]


def steps(office: Office, case_id: int) -> Iterator[str]:
    for step in WORKERS:
        with office.store.writing():
            Claim.update(released_at=clock.now()).where(Claim.released_at.is_null()).execute()
            Case.update(step=step).where(Case.id == case_id).execute()
        yield step


def test_s3_only_who_works_there_opens_a_step_and_only_one_at_a_time(office: Office, staff: Staff) -> None:
    cells = 0
    for step in steps(office, staff.case_id):
        for duty, desk in staff.desks.items():
            answer = desk.claim(staff.case_id)
            if duty == WORKERS[step][0]:
                assert not isinstance(answer, Refused), (step, duty, answer)
            else:
                wanted = Code.CLAIMED_BY_OTHER if duty in WORKERS[step] else Code.NOT_YOUR_UNIT
                assert isinstance(answer, Refused), (step, duty, answer)
                assert answer.first.code is wanted, (step, duty, answer)
            assert desk.may(step) is (duty in WORKERS[step])
            cells += 1
    assert cells == len(WORKERS) * len(DUTIES)


@pytest.mark.parametrize("acts", [QUICK, pytest.param(MORE, marks=pytest.mark.long)])
def test_s3_only_who_may_does_an_act_at_a_step(
    office: Office, staff: Staff, acts: tuple[Act, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may is stopped by a case that moved in the same moment, so that one case serves all cells."""

    def moved_meanwhile(*_: object) -> None:
        raise engine.refuse(Code.CASE_MOVED_ON)

    monkeypatch.setattr(engine, "move_case", moved_meanwhile)
    for step in steps(office, staff.case_id):
        here = Position(step, Status.ACTIVE, Outcome.IN_PROCESS)
        targets = send_back_targets(office.procedure, here) or ("",)
        for duty, desk in staff.desks.items():
            for act in acts:
                hold = Status.WAITING_APPLICANT if act is Act.HOLD else None
                answer = desk.act(
                    staff.case_id, act, key=f"{step}{duty}{act}", reason="Alasan tertulis", to=targets[0], hold=hold
                )
                assert isinstance(answer, Refused), (step, duty, act)
                if act not in allowed(office.procedure, here):
                    assert answer.first.code is Code.ACT_NOT_ALLOWED, (step, duty, act, answer)
                else:
                    wanted = Code.CASE_MOVED_ON if may_do(duty, step, act) else Code.NOT_YOUR_UNIT
                    assert answer.first.code is wanted, (step, duty, act, answer)
