"""A terminal without a key that may sign takes no money; a key approved meanwhile is used without a restart."""

from datetime import timedelta

import pytest

from db.tables import Payment, Receipt
from kiosk import clock
from kiosk.audit import Signer
from kiosk.cases.engine import Refuse
from kiosk.office import Office
from kiosk.receipts import terminal_keys
from kiosk.receipts.token import ReceiptType
from kiosk.refusals import Code
from kiosk.steps.payment import Produced
from tests.builders import given_payment
from tests.conftest import Desks
from tests.kiosk.money.conftest import Edc
from tests.kiosk.money.test_payment_life import Till, code_of, paid

NOBODY = Signer(0, 0, "uji")


def revoke(office: Office, key_id: int) -> None:
    with office.store.writing():
        terminal_keys.revoke(key_id, "laptop dicuri", now=clock.now(), signer=NOBODY)


def new_key(office: Office) -> int:
    """Made on this machine while the terminal is open; not yet approved."""
    with office.store.writing():
        return terminal_keys.make(office.settings.path("keys"), office.terminal, now=clock.now(), signer=NOBODY)


def approve(office: Office, key_id: int) -> None:
    with office.store.writing():
        terminal_keys.approve(key_id, "Tuti", now=clock.now(), signer=NOBODY)


@pytest.mark.parametrize("why", ["revoked", "not approved", "not on this machine"])
def test_no_money_is_asked_for_where_no_claim_could_be_given(
    edc_office: Office, edc_desks: Desks, edc: Edc, why: str
) -> None:
    till = Till(edc_office, edc_desks)
    payment = till.desk.steps["payment"]
    assert not payment.prepare(till.case_id).no_key
    if why == "not on this machine":
        edc_office.kit.keys.private.clear()
        (edc_office.settings.path("keys") / "loket-1.key").unlink()
    else:
        revoke(edc_office, 1)
    if why == "not approved":
        new_key(edc_office)
    assert payment.prepare(till.case_id).no_key
    assert code_of(till.charge()) is Code.KEY_NOT_USABLE
    slip = payment.complete(till.case_id, given_payment(), key="slip", claim=till.claim)
    assert code_of(slip) is Code.KEY_NOT_USABLE
    assert edc.attempts == 0
    with edc_office.store.reading():
        assert Payment.select().count() == 0


def test_a_key_that_ends_after_the_charge_delays_the_claim_and_loses_nothing(
    edc_office: Office, edc_desks: Desks, edc: Edc
) -> None:
    till = Till(edc_office, edc_desks)
    payment = paid(till.charge())
    revoke(edc_office, 1)
    assert code_of(till.complete(payment)) is Code.KEY_NOT_USABLE
    assert till.desk.steps["payment"].prepare(till.case_id).no_key
    key_id = new_key(edc_office)
    assert code_of(till.complete(payment)) is Code.KEY_NOT_USABLE
    approve(edc_office, key_id)
    produced = till.complete(payment)
    assert isinstance(produced, Produced)
    assert (produced.payment_id, edc.attempts) == (payment.id, 1)
    with edc_office.store.reading():
        assert Receipt.get(Receipt.receipt_id == produced.receipt_id).key_id == key_id


def test_a_key_whose_time_is_over_signs_no_claim(edc_office: Office) -> None:
    later = clock.now() + timedelta(days=terminal_keys.KEY_DAYS + 1)
    with edc_office.store.reading(), pytest.raises(Refuse):
        terminal_keys.to_sign_with(edc_office.kit.keys, ReceiptType.PAYMENT, later)
