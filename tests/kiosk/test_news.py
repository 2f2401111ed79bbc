"""What is new in a case for who opens it: a colleague's note, and what was done since."""

from datetime import timedelta
from typing import Any

import pytest

from kiosk import clock
from kiosk.cases import pauses
from kiosk.cases.model import Act
from kiosk.cases.news import News, news
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.refusals import Refused
from kiosk.words import Language, Words
from tests import builders
from tests.conftest import Desks


def later(monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    at = clock.now() + timedelta(minutes=minutes)
    monkeypatch.setattr(clock, "now", lambda: at)


def news_for(desk: Desk, case_id: int) -> News:
    with desk.office.store.reading():
        return news(desk.look(), case_id)


def done(answer: Any) -> None:
    assert not isinstance(answer, Refused), answer


def test_a_note_and_what_was_done_since_are_told_once(
    office: Office, desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = builders.pretend_intake(office, desks["sri"], builders.an_applicant())
    budi, eko = desks["budi"], desks["eko"]
    assert not news_for(budi, case_id).any, "nobody noted anything, and it is seen for the first time"
    done(budi.claim(case_id))
    later(monkeypatch, 3)
    done(budi.pause(case_id, "applicant"))
    found = news_for(eko, case_id)
    assert found.note is not None
    assert (found.note.officer, found.note.text, found.changes) == ("Budi Santoso", "applicant", ())
    later(monkeypatch, 5)
    done(eko.claim(case_id))
    done(eko.steps.data_entry.complete(case_id, builders.given_data_entry(), key="k"))
    assert not news_for(eko, case_id).any, "one's own acts are no news"
    later(monkeypatch, 1)
    done(desks["wati"].act(case_id, Act.SEND_BACK, key="b", reason="alamat tidak lengkap", to="data_entry"))
    found = news_for(budi, case_id)
    assert found.note is not None
    assert found.note.text == "alamat tidak lengkap"
    assert [(change.step, change.act) for change in found.changes] == [
        ("data_entry", "complete"),
        ("watchlist", "send_back"),
    ]
    later(monkeypatch, 1)
    done(budi.claim(case_id))
    later(monkeypatch, 1)
    done(budi.release(case_id))
    assert not news_for(budi, case_id).any


def test_every_reason_for_a_pause_is_taken_and_its_note_reaches_the_colleague(office: Office, desks: Desks) -> None:
    case_id = builders.pretend_intake(office, desks["sri"], builders.an_applicant())
    budi = desks["budi"]
    for reason in pauses.REASONS:
        for kept in (reason, pauses.joined(reason, "kembali pukul 2")):
            done(budi.claim(case_id))
            done(budi.pause(case_id, kept))
        note = news_for(desks["eko"], case_id).note
        assert note is not None
        assert note.text == kept
        shown = pauses.said(Words(Language.INDONESIAN), kept)
        assert shown == f"{pauses.said(Words(Language.INDONESIAN), reason)}: kembali pukul 2"
        assert not shown.startswith(reason)
