"""PINs: argon2id, lock-out, and no word that tells whether a login exists (S5)."""

import time
from datetime import timedelta
from statistics import median

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from db.tables import Delegation, Officer
from kiosk import clock
from kiosk.office import Office
from kiosk.people import sign_in
from kiosk.refusals import Code, Refused


def answer(office: Office, login: str, pin: str) -> Refused:
    found = office.sign_in(login, pin)
    assert isinstance(found, Refused), found
    return found


def test_pins_are_hashed_with_argon2id_at_owasps_floor_or_above(quick_pins: PasswordHasher) -> None:
    stored = extract_parameters(quick_pins.hash("271828"))
    assert stored.type is Type.ID
    assert (stored.memory_cost, stored.time_cost) >= (19_456, 2)
    assert extract_parameters(sign_in._NOBODY) == stored


def test_an_unknown_login_and_a_wrong_pin_get_the_same_words(office: Office) -> None:
    assert answer(office, "nobody", "314159") == answer(office, "budi", "000000")


def test_five_wrong_pins_lock_the_account_and_the_right_one_does_not_open_it(office: Office) -> None:
    codes = [answer(office, "budi", "000000").first.code for _ in range(5)]
    assert codes == [Code.SIGN_IN_FAILED] * 4 + [Code.SIGN_IN_LOCKED]
    assert answer(office, "budi", "314159").first.code is Code.SIGN_IN_LOCKED


def test_the_account_opens_again_when_the_time_is_over(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        answer(office, "budi", "000000")
    later = clock.now() + sign_in.LOCK_OUT
    monkeypatch.setattr(clock, "now", lambda: later)
    assert not isinstance(office.sign_in("budi", "314159"), Refused)


def test_an_unknown_login_costs_as_much_time_as_a_wrong_pin(
    quick_pins: PasswordHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "_HASHER", quick_pins)
    stored = quick_pins.hash("314159")

    def spent(known: str) -> float:
        began = time.process_time()
        sign_in._matches(known, "000000")
        return time.process_time() - began

    ratios = [spent(stored) / spent(sign_in._NOBODY) for _ in range(9)]
    assert 0.5 < median(ratios) < 2.0


def test_who_stands_in_by_two_decisions_holds_both(office: Office) -> None:
    today = clock.office_day(clock.now())
    with office.store.writing():
        row = Officer.get(Officer.login == "budi")
        for kind, days in (("plt", 1), ("plh", 3), ("delegate", -1)):
            Delegation.create(
                officer=row.id,
                authority="office_head",
                kind=kind,
                basis=f"SK-{kind}",
                valid_from=today - timedelta(days=5),
                valid_until=today + timedelta(days=days),
            )
        assert sign_in.officer_at(row, today).delegated == "plt SK-plt; plh SK-plh"
        assert sign_in.officer_at(row, today + timedelta(days=2)).delegated == "plh SK-plh"
        assert sign_in.officer_at(row, today + timedelta(days=4)).delegated == ""
