"""What the office holds about an applicant, an incident's events, and erasing by key."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from db.tables import ArchiveRecord, Case
from kiosk import clock, privacy
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.people.model import Witness
from kiosk.refusals import Code, Refused
from kiosk.vault import VaultError
from tests.builders import an_applicant, pretend_intake
from tests.conftest import Desks

TODAY = clock.office_day(clock.now())
REASON = "Berita acara BA-1 tahun 2026"


@pytest.fixture
def case_id(office: Office, desks: Desks) -> int:
    """A case with two scans and a portrait."""
    case_id, officer = pretend_intake(office, desks["sri"], an_applicant()), desks["budi"].officer.id
    with office.store.writing():
        for kind, step in (("passport", "scanning"), ("passport", "scanning"), ("portrait", "biometrics")):
            office.kit.vault.put(
                case_id=case_id, step=step, kind=kind, content=kind.encode(), media_type="image/png",
                officer=officer, now=clock.now(),
            )  # fmt: skip
    return case_id


@pytest.fixture
def destroyed(office: Office, desks: Desks, case_id: int) -> int:
    """Its paper file is destroyed with minutes."""
    sri, eko = desks["sri"].officer.id, desks["eko"].officer.id
    with office.store.writing():
        ArchiveRecord.create(
            case=case_id, list_no="DPB-1", location="L1-R1-B1", pages=20, retention_until=TODAY - timedelta(days=1),
            handed_by=sri, received_by=eko, received_at=clock.now(),
            disposal="destroyed", minutes_no="BA-1", approval_no="ANRI-1", disposed_at=clock.now(),
        )  # fmt: skip
    return case_id


def sheet(office: Office, case_id: int) -> privacy.Sheet:
    with office.store.reading():
        return privacy.sheet(Case.get_by_id(case_id))


def second(desks: Desks) -> Witness:
    found = desks["sri"].witness("made", "360555")
    assert isinstance(found, Witness)
    return found


def erase(desk: Desk, case_id: int, witness: Witness | None, reason: str = REASON) -> bool | Refused:
    return privacy.erase(desk, case_id, reason=reason, key=f"erase:{case_id}", witness=witness)


def test_the_sheet_counts_what_is_held_and_who_looked(office: Office, desks: Desks, case_id: int) -> None:
    before = sheet(office, case_id)
    assert {held.what: held.count for held in before.held} == {"application": 1, "scan": 2, "portrait": 1}
    assert (before.reads, before.last_read) == (0, None)
    desks["wati"].case(case_id)
    assert sheet(office, case_id).reads == 1


def test_the_sheet_tells_nothing_of_the_watchlist(office: Office, desks: Desks, case_id: int) -> None:
    from kiosk import audit

    look = desks["wati"].look()
    with office.store.writing():
        audit.append(look.now, look.signer, "read_watchlist", f"case:{case_id}", {"entries": ["CEK-1"]})
    assert sheet(office, case_id) == sheet(office, case_id)
    assert sheet(office, case_id).reads == 0


def test_erasing_destroys_the_key_and_says_so(office: Office, desks: Desks, destroyed: int) -> None:
    assert erase(desks["eko"], destroyed, second(desks)) is True
    with office.store.reading():
        case = Case.get_by_id(destroyed)
        with pytest.raises(VaultError, match="erased"):
            office.kit.vault.get(case.vaultobject_set.first())
    erased = {held.what: held.erased_at is not None for held in sheet(office, destroyed).held}
    assert erased["scan"] is erased["portrait"] is True
    assert erased["application"] is False
    assert erase(desks["eko"], destroyed, second(desks)) is True


def test_what_must_be_kept_is_not_erased(office: Office, desks: Desks, destroyed: int) -> None:
    def code(answer: bool | Refused) -> Code:
        assert isinstance(answer, Refused), answer
        return answer.first.code

    witness = second(desks)
    assert code(erase(desks["hendra"], destroyed, witness)) is Code.NOT_YOUR_UNIT
    assert code(erase(desks["eko"], destroyed, None)) is Code.SECOND_PERSON_NEEDED
    assert code(erase(desks["eko"], destroyed, witness, reason="x")) is Code.REASON_NEEDED
    with office.store.writing():
        ArchiveRecord.update(disposal="proposed").where(ArchiveRecord.case == destroyed).execute()
    assert code(erase(desks["eko"], destroyed, witness)) is Code.ARCHIVE_NOT_DESTROYED
    with office.store.writing():
        ArchiveRecord.update(legal_hold=True).where(ArchiveRecord.case == destroyed).execute()
    assert code(erase(desks["eko"], destroyed, witness)) is Code.ARCHIVE_ON_LEGAL_HOLD
    assert all(held.erased_at is None for held in sheet(office, destroyed).held)


def test_an_incident_is_narrowed_to_a_case_an_officer_and_a_day(
    office: Office, desks: Desks, case_id: int, tmp_path: Path
) -> None:
    desks["wati"].case(case_id)
    desks["budi"].search(an_applicant().holder.name[:5])
    with office.store.reading():
        looks = list(privacy.incident(TODAY, TODAY, case_id=case_id, action="read_"))
        mine = list(privacy.incident(TODAY, TODAY, officer=desks["wati"].officer.id, action="read_"))
        tomorrow = list(privacy.incident(TODAY + timedelta(days=1), TODAY + timedelta(days=1)))
    assert [event["action"] for event in looks] == ["read_case", "read_search"]
    assert [event["action"] for event in mine] == ["read_case"]
    assert tomorrow == []
    assert an_applicant().holder.name not in json.dumps(looks)
