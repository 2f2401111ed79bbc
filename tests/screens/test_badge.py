"""An officer's badge stands for the login at sign-in and for the second person, and for nothing else."""

from datetime import timedelta
from pathlib import Path

import pytest

from db.tables import AuditEvent, Officer
from kiosk import clock
from kiosk.audit import Signer
from kiosk.cases.engine import unit_of_work
from kiosk.office import Office
from kiosk.people import badge
from kiosk.refusals import Code, Refused
from screens.sign_in import SignInScreen
from screens.widgets.dialogs import SecondPerson
from screens.work_list import WorkListScreen
from tests.screens.counter import AT, at_work, found, press, stop_the_clock
from tests.screens.driving import TestedApp, settle
from tests.screens.snapshot import text

MAINTAINER = Signer(0, 0, "test")


def badge_of(office: Office, login: str) -> str:
    with unit_of_work(office.store) as answer:
        answer.value = badge.issue(office.kit, login, now=clock.now(), signer=MAINTAINER)
    assert isinstance(answer.value, str), answer
    return answer.value


@pytest.fixture(autouse=True)
def standing(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch)


async def test_a_badge_and_a_pin_sign_in(tmp_path: Path) -> None:
    with found(tmp_path) as office:
        code = badge_of(office, "budi")
        app = TestedApp(lambda: office)
        async with app.run_test(size=(80, 24)) as pilot:
            while not isinstance(app.screen, SignInScreen):
                await settle(pilot)
            assert app.take_scan(code)
            await settle(pilot)
            assert app.desk is None, "a badge is no PIN"
            await press(pilot, *"314159", "enter")
            assert isinstance(app.screen, WorkListScreen)
            assert app.officer_name == "Budi Santoso"


async def test_the_second_person_scans_a_badge_too(tmp_path: Path) -> None:
    with found(tmp_path) as office:
        code = badge_of(office, "made")
        async with at_work(office, "hendra") as pilot:
            got: list[object] = []
            pilot.app.push_screen(SecondPerson(), got.append)
            await settle(pilot)
            assert pilot.app.take_scan(code)
            await settle(pilot)
            assert "made" in text(pilot.app)
            await press(pilot, *"360555", "enter")
            assert [getattr(one, "name", None) for one in got] == ["Made Adnyana"]


def test_what_is_no_good_badge_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with found(tmp_path) as office:
        code = badge_of(office, "budi")
        assert office.whose_badge(code) == "budi"
        with office.store.reading():
            assert AuditEvent.select().where(AuditEvent.body.contains("badge_issued")).exists()
        answers = [office.whose_badge(code[:-3] + "AAA"), office.whose_badge("ITK1:NOTHING")]
        with office.store.writing():
            Officer.update(active=False).where(Officer.login == "budi").execute()
        answers.append(office.whose_badge(code))
        monkeypatch.setattr(clock, "now", lambda: AT + timedelta(days=badge.BADGE_DAYS + 1))
        answers.append(office.whose_badge(code))
        codes = [answer.first.code for answer in answers if isinstance(answer, Refused)]
        assert codes == [
            Code.RECEIPT_BAD_SIGNATURE,
            Code.RECEIPT_MALFORMED,
            Code.OFFICER_DISABLED,
            Code.RECEIPT_EXPIRED,
        ]
        with unit_of_work(office.store) as answer:
            answer.value = badge.issue(office.kit, "nobody", now=AT, signer=MAINTAINER)
        assert isinstance(answer.value, Refused)
