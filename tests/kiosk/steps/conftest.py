"""Officers that the demo office does not have."""

import pytest

from kiosk import clock
from kiosk.desk import Desk
from kiosk.founding import SYSTEM
from kiosk.office import Office
from kiosk.people import officers
from kiosk.refusals import Refused


@pytest.fixture
def examiner_at_the_counter(office: Office) -> Desk:
    """An officer of Lalintuskim who may confirm a clean no-hit, and nothing else, at step 3."""
    now = clock.now()
    with office.store.writing():
        added = officers.add(
            login="nur",
            name="Nur Aini",
            staff_no="199201012015012001",
            pin="577215",
            duties=(("LALINTUSKIM", "watchlist_examiner"),),
            now=now,
            signer=SYSTEM,
            since=clock.office_day(now),
        )
    assert not isinstance(added, Refused)
    desk = office.sign_in("nur", "577215")
    assert isinstance(desk, Desk)
    return desk
