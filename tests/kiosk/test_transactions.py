"""Units of work: what breaks in the database comes out as a refusal that says who was first, where that is known."""

from typing import Any

from db.tables import Handover
from kiosk import clock
from kiosk.cases.transactions import unit_of_work
from kiosk.desk import Desk
from kiosk.formats import moment_short
from kiosk.office import Office
from kiosk.receipts import token
from kiosk.refusals import Code, Refused
from tests.builders import case_at_watchlist


def handed_over(office: Office, desk: Desk, case_id: int) -> Refused | None:
    """A hand-over row as the last thing written at two counters."""
    row: dict[str, Any] = {"kind": "issued", "collected_by": "A", "relation": "applicant"}
    with unit_of_work(office.store, case_id) as answer:
        Handover.create(
            **row,
            case=case_id,
            identity_kind="",
            identity_no="",
            officer=desk.officer.id,
            terminal="loket-2",
            at=clock.now(),
        )
    return answer.refused


def test_the_second_hand_over_is_told_when_and_where_the_first_was(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_watchlist(office, desks)
    assert handed_over(office, desks["sri"], case_id) is None
    again = handed_over(office, desks["sri"], case_id)
    assert again is not None
    assert again.first.code is Code.RECEIPT_ALREADY_HANDED_OVER
    with office.store.reading():
        first = Handover.get(Handover.case == case_id)
    assert again.first.details["terminal"] == "loket-2"
    assert again.first.details["at"] == moment_short(first.at)


def test_a_foreign_token_says_which_office_it_is_of(office: Office, desks: dict[str, Desk]) -> None:
    ((key_id, private),) = office.kit.keys.private.items()
    payload = token.Payload(
        type=token.ReceiptType.PAYMENT,
        key_id=key_id,
        office=12,
        issued=token.whole_minute(clock.now()),
        valid_days=0,
        receipt_id=b"123456",
        holder_tag=bytes(7),
        witness=bytes(8),
    )
    answer = desks["sri"].find_code(token.sign(payload, private))
    assert isinstance(answer, Refused)
    assert answer.first.code is Code.RECEIPT_WRONG_OFFICE
    assert answer.first.details["office"] == 12


def test_a_code_that_is_no_token_is_refused_in_words(desks: dict[str, Desk]) -> None:
    answer = desks["sri"].find_code("ITK1" + "A" * 40)
    assert isinstance(answer, Refused)
    assert answer.first.code.startswith("receipt_")
