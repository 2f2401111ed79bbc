"""An officer's own PIN, changed at the terminal: the old one proves who it is, and what it opened elsewhere ends."""

import json
import threading

import pytest

from db.tables import AuditEvent, Officer, Session
from kiosk import clock
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.people import sign_in
from kiosk.people.own_pin import Changed
from kiosk.refusals import Code, Refused
from tests.conftest import Desks

OLD, NEW = "314159", "582046"


def change(office: Office, desk: Desk, old: str = OLD, new: str = NEW, again: str | None = None) -> Changed | Refused:
    return office.change_pin(desk, old=old, new=new, again=new if again is None else again)


def code(answer: object) -> Code:
    assert isinstance(answer, Refused), answer
    return answer.first.code


def budi(office: Office) -> Officer:
    with office.store.reading():
        row: Officer = Officer.get(Officer.login == "budi")
    return row


def events(office: Office, action: str) -> list[dict[str, object]]:
    with office.store.reading():
        bodies = [json.loads(row.body) for row in AuditEvent.select().order_by(AuditEvent.seq)]
    return [body for body in bodies if body["action"] == action]


def test_the_new_pin_opens_and_the_old_one_does_not(office: Office, desks: Desks) -> None:
    assert change(office, desks["budi"]) == Changed(0)
    assert code(office.sign_in("budi", OLD)) is Code.SIGN_IN_FAILED
    assert isinstance(office.sign_in("budi", NEW), Desk)
    assert desks["budi"].unlock(NEW) is None


def test_the_change_is_in_the_chain_and_no_pin_with_it(office: Office, desks: Desks) -> None:
    desk = desks["budi"]
    change(office, desk)
    (event,) = events(office, "pin_changed")
    assert (event["officer"], event["subject"]) == (desk.officer.id, f"officer:{desk.officer.id}")
    assert event["data"] == {"sessions_ended": []}
    with office.store.reading():
        assert not AuditEvent.select().where(AuditEvent.body.contains(NEW) | AuditEvent.body.contains(OLD)).exists()


def test_what_was_opened_elsewhere_with_the_old_pin_does_nothing_more(office: Office, desks: Desks) -> None:
    here, elsewhere = desks["budi"], office.sign_in("budi", OLD)
    assert isinstance(elsewhere, Desk)
    stranger = desks["sri"]
    assert change(office, here) == Changed(1)
    (event,) = events(office, "pin_changed")
    assert event["data"] == {"sessions_ended": [elsewhere.session]}
    assert code(change(office, elsewhere, NEW, "917304")) is Code.SIGN_IN_AGAIN
    assert change(office, here, NEW, "917304") == Changed(0)
    with office.store.reading():
        still = {row.id for row in Session.select().where(Session.ended_at.is_null())}
    assert still >= {here.session, stranger.session}
    assert elsewhere.session not in still


@pytest.mark.parametrize(
    ("new", "again", "said", "field"),
    [
        ("12345", "12345", Code.PIN_TOO_WEAK, "new"),
        ("123456", "123456", Code.PIN_TOO_WEAK, "new"),
        ("777777", "777777", Code.PIN_TOO_WEAK, "new"),
        ("abcdef", "abcdef", Code.PIN_TOO_WEAK, "new"),
        ("9" * 33, "9" * 33, Code.PIN_TOO_WEAK, "new"),
        (OLD, OLD, Code.PIN_UNCHANGED, "new"),
        (NEW, "582047", Code.PIN_NOT_REPEATED, "again"),
    ],
)
def test_a_new_pin_that_wont_do_is_said_at_its_field_and_changes_nothing(
    office: Office, desks: Desks, new: str, again: str, said: Code, field: str
) -> None:
    before = desks["budi"] and budi(office)
    answer = change(office, desks["budi"], new=new, again=again)
    assert (code(answer), answer.first.field) == (said, field)  # type: ignore[union-attr]
    assert (budi(office).pin_hash, budi(office).failed_attempts) == (before.pin_hash, 0)


def test_wrong_old_pins_lock_as_at_sign_in(office: Office, desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = desks["budi"]
    answers = [code(change(office, desk, "000000")) for _ in range(sign_in.FAILURE_LIMIT)]
    assert answers == [Code.SIGN_IN_FAILED] * 4 + [Code.SIGN_IN_LOCKED]
    assert code(change(office, desk)) is Code.SIGN_IN_LOCKED
    assert code(office.sign_in("budi", OLD)) is Code.SIGN_IN_LOCKED
    assert len(events(office, "sign_in_failed")) == sign_in.FAILURE_LIMIT
    later = clock.now() + sign_in.LOCK_OUT
    monkeypatch.setattr(clock, "now", lambda: later)
    assert isinstance(change(office, desk), Changed)


def test_wrong_pins_of_every_kind_count_together(office: Office, desks: Desks) -> None:
    desk = desks["budi"]
    for _ in range(2):
        change(office, desk, "000000")
        office.sign_in("budi", "000000")
    assert code(change(office, desk, "000000")) is Code.SIGN_IN_LOCKED


def test_of_two_changes_at_once_one_counts(office: Office) -> None:
    both = [office.sign_in("budi", OLD) for _ in range(2)]
    gate, answers = threading.Barrier(2), {}

    def at(desk: Desk, new: str) -> None:
        gate.wait()
        answers[new] = change(office, desk, new=new)

    pairs = list(zip(both, (NEW, "917304"), strict=True))
    threads = [threading.Thread(target=at, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [new for new, answer in answers.items() if isinstance(answer, Changed)]
    lost = [code(answer) for answer in answers.values() if not isinstance(answer, Changed)]
    assert len(won) == 1
    assert set(lost) <= {Code.SIGN_IN_AGAIN, Code.SIGN_IN_FAILED}
    assert isinstance(office.sign_in("budi", won[0]), Desk)


def test_a_closed_account_changes_no_pin(office: Office, desks: Desks) -> None:
    desk = desks["budi"]
    with office.store.writing():
        Officer.update(active=False).where(Officer.login == "budi").execute()
    assert code(change(office, desk)) is Code.OFFICER_DISABLED
