"""Units of work whose failures come out as refusals: a broken constraint, a full disk, an act given up halfway."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from db import schema
from db.connection import ConstraintBroken, Store, StoreError, Trouble
from db.tables import Handover
from kiosk.formats import moment_short
from kiosk.refusals import Code, Refused, refused

_OF_CONSTRAINT = {
    "one_open_case_for_a_passport": Code.PASSPORT_HAS_OPEN_CASE,
    "one_active_claim_for_a_case": Code.CLAIMED_BY_OTHER,
    "separation_of_duty": Code.SAME_PERSON,
    "step_completed_once": Code.CASE_MOVED_ON,
    "act_done_once": Code.CASE_MOVED_ON,
    "payment_pending_blocks_step": Code.PAYMENT_PENDING,
    "one_live_payment_for_a_case": Code.PAYMENT_PENDING,
    "ntpn_used_once": Code.NTPN_USED,
    "billing_code_used_once": Code.BILLING_CODE_USED,
    "one_payment_for_a_billing_code": Code.BILLING_CODE_USED,
    "one_unanswered_sale_for_a_device": Code.TERMINAL_HAS_UNKNOWN,
    "one_handover_for_a_case": Code.RECEIPT_ALREADY_HANDED_OVER,
    "one_handover_for_a_receipt": Code.RECEIPT_ALREADY_HANDED_OVER,
    "void_receipt_is_not_redeemed": Code.RECEIPT_VOID,
    "one_open_nonconformity_for_a_case": Code.CASE_ON_HOLD,
    "one_open_call_for_a_ticket": Code.QUEUE_TICKET_TAKEN,
    "one_open_call_for_an_officer": Code.QUEUE_CALL_OPEN,
}
BLANK = dict.fromkeys(
    ("at", "terminal", "officer", "until", "other", "application_no", "step", "voided", "number"), "-"
)
"""What a broken constraint can't tell: who was first is no longer in sight."""
_OF_TROUBLE = {
    Trouble.DISK_FULL: Code.DISK_FULL,
    Trouble.READ_ONLY: Code.DATABASE_READ_ONLY,
    Trouble.OTHER_VERSION: Code.DATABASE_OTHER_VERSION,
    Trouble.UNTRUSTED: Code.DATABASE_UNTRUSTED,
    Trouble.NOT_ADMITTED: Code.DATABASE_NOT_ADMITTED,
    Trouble.FORBIDDEN: Code.DATABASE_FORBIDDEN,
}


class Refuse(Exception):
    """Ends the transaction with a refusal: nothing of it is kept. Never leaves `unit_of_work`."""

    def __init__(self, answer: Refused) -> None:
        super().__init__(answer.first.code)
        self.answer = answer


@dataclass(slots=True)
class Answer:
    """Filled in a unit of work; holds a refusal where the unit of work was given up."""

    value: Any = None
    refused: Refused | None = None


P = ParamSpec("P")
R = TypeVar("R")


def refusing(function: Callable[P, R]) -> Callable[P, R]:
    """For services: a database that can't be reached or written at all is answered with a refusal too.

    `function` returns `... | Refused`.
    """

    @wraps(function)
    def answering(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except StoreError as error:
            return cast(R, environment(error))

    return answering


@contextmanager
def unit_of_work(store: Store, case_id: int | None = None) -> Iterator[Answer]:
    """A writing transaction whose failures come out as refusals in the answer. `case_id` is what it is about.

    Raises StoreError where it can't even begin: nothing of the body is run then.
    """
    answer, begun = Answer(), False
    try:
        with store.writing():
            begun = True
            yield answer
    except Refuse as given_up:
        answer.refused = given_up.answer
    except ConstraintBroken as broken:
        code = _OF_CONSTRAINT.get(broken.name)
        if code is None:
            raise
        answer.refused = refused(code, **(BLANK | _handed_over(store, code, case_id)))
    except StoreError as error:
        if not begun:
            raise
        answer.refused = environment(error)


def _handed_over(store: Store, code: Code, case_id: int | None) -> dict[str, str]:
    """When and where the passport went, for the refusal to hand it over again."""
    if code is not Code.RECEIPT_ALREADY_HANDED_OVER or case_id is None:
        return {}
    with store.reading():
        row = Handover.get_or_none(Handover.case == case_id)
    return {} if row is None else {"at": moment_short(row.at), "terminal": row.terminal}


def environment(error: StoreError) -> Refused:
    """What an officer is told when the database fails."""
    code = _OF_TROUBLE.get(error.trouble, Code.DATABASE_UNREACHABLE)
    if error.trouble is Trouble.OTHER_VERSION:
        code = Code.PROGRAM_TOO_OLD if schema.is_newer(error.detail) else code
        return refused(code, found=error.detail or "-", expected=schema.expected())
    return refused(code, found=error.detail, expected="")


def refuse(code: Code, field: str | None = None, /, **details: object) -> Refuse:
    return Refuse(refused(code, field, **details))
