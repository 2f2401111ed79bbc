"""Q2 with a database: genuine tokens shown for other cases, too early, again, void, from elsewhere. Each is refused for
its own reason, and a copy is as good as the paper it copies.
"""

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from db.tables import PrintJob, Receipt
from kiosk import clock
from kiosk.audit import Signer
from kiosk.cases.load import case_file
from kiosk.office import Office
from kiosk.receipts import print_queue, terminal_keys
from kiosk.receipts.claim import ClaimFound, Shown, examine
from kiosk.receipts.facts import known_keys
from kiosk.receipts.token import Payload, ReceiptType, sign, verify, whole_minute
from kiosk.refusals import Code, Refused
from tests import builders
from tests.conftest import Desks
from tests.faults.thirteen import passport

NOBODY = Signer(0, 0, "uji")


@dataclass(frozen=True)
class Paper:
    """A token on paper. `own` is its case; a fault is what is wrong with the token itself today, or two days later."""

    text: str
    own: int
    fault: Code | None = None
    fault_later: Code | None = None
    state: Code | None = None
    """What the database holds against it as a claim on its own case."""


class World:
    """An office with a passport that waits, one that is gone, one that is not ready, and one whose claim is void."""

    def __init__(self, office: Office) -> None:
        self.office, desks = office, Desks(office)
        waits = builders.case_at_handover(office, desks)
        gone = builders.case_at_handover(office, desks, passport=passport("5300200"))
        void = builders.case_at_handover(office, desks, passport=passport("5300300"))
        early = builders.case_at_payment(office, desks, passport=passport("5300400"))
        assert builders.completed(desks["ratna"], early, "payment", builders.given_payment())
        claims = {case: builders.claim_token(office, case) for case in (waits, gone, void, early)}
        handed = builders.completed(desks["sri"], gone, "handover", builders.given_handover(office, gone))
        assert not isinstance(handed, Refused), handed
        with office.store.writing():
            Receipt.update(voided_at=clock.now(), void_reason="uji").where(
                (Receipt.case == void) & (Receipt.type == 2)
            ).execute()
            job = PrintJob.get(PrintJob.receipt == Receipt.get((Receipt.case == waits) & (Receipt.type == 2)))
            assert print_queue.reprint(desks["ratna"].look(), job.id, "kertas basah") is not None
        self.cases = (waits, gone, void, early)
        self.papers = (
            Paper(claims[waits], waits),
            Paper(claims[gone], gone, state=Code.RECEIPT_ALREADY_HANDED_OVER),
            Paper(claims[void], void, state=Code.RECEIPT_VOID),
            Paper(claims[early], early, state=Code.RECEIPT_NOT_READY),
            *self._made(claims[waits], waits),
        )
        self.look = desks["sri"].look()
        with office.store.reading():
            self.files = {case: case_file(case, office.kit.procedures) for case in self.cases}
        self.numbers = {case: builders.passport_no(office, case) for case in self.cases}

    def _made(self, text: str, case: int) -> tuple[Paper, ...]:
        """The good claim signed anew by this terminal, each with one thing that is otherwise."""
        office, now = self.office, clock.now()
        with office.store.writing():
            second = terminal_keys.make(office.settings.path("keys"), "loket-1", now=now, signer=NOBODY)
            terminal_keys.approve(second, "uji", now=now, signer=NOBODY)
            held = terminal_keys.held(office.settings.path("keys"), "loket-1")
            terminal_keys.revoke(second, "laptop dicuri", now=now, signer=NOBODY)
            genuine = verify(text, known_keys(), expected_type=None, office=745, now=now)
        assert held is not None
        assert isinstance(genuine, Payload)

        def paper(fault: Code, key: int = 1, **changes: Any) -> Paper:
            return forged(sign(replace(genuine, key_id=key, **changes), held.private[key]), fault)

        def forged(written: str, fault: Code) -> Paper:
            return Paper(written, case, fault, fault)

        later = replace(genuine, issued=whole_minute(now) + timedelta(minutes=30))
        return (
            paper(Code.RECEIPT_REVOKED_KEY, second),
            paper(Code.RECEIPT_WRONG_OFFICE, office=12),
            paper(Code.RECEIPT_WRONG_TYPE, type=ReceiptType.APPLICATION),
            paper(Code.RECEIPT_UNKNOWN_RECEIPT, receipt_id=b"nobody"),
            Paper(sign(later, held.private[1]), case, Code.RECEIPT_NOT_YET_VALID, None),
            Paper(sign(replace(genuine, valid_days=1), held.private[1]), case, None, Code.RECEIPT_EXPIRED),
            forged(sign(genuine, held.private[second]), Code.RECEIPT_BAD_SIGNATURE),
            forged(sign(replace(genuine, key_id=99), held.private[1]), Code.RECEIPT_UNKNOWN_KEY),
            forged(text[:-1], Code.RECEIPT_MALFORMED),
        )

    def expected(self, paper: Paper, case: int, *, own_passport: bool, late: bool) -> Code | None:
        """The reason by the norm's order; None: it is a good claim."""
        fault = paper.fault_later if late else paper.fault
        if fault is Code.RECEIPT_WRONG_TYPE and case == self.cases[1]:
            fault = None  # a case that ended may be collected with either of its receipts
        if fault is not None:
            return fault
        if paper.own != case:
            return Code.CLAIM_OF_OTHER_CASE
        if paper.state is not None:
            return paper.state
        return None if own_passport else Code.RECEIPT_HOLDER_MISMATCH

    def given(self, paper: Paper, case: int, passport_no: str, *, late: bool) -> Code | None:
        look = replace(self.look, now=self.look.now + timedelta(days=2)) if late else self.look
        shown = self.files[case]
        assert shown is not None
        with self.office.store.reading():
            answer = examine(look, shown, Shown.QR, paper.text, passport_no)
        return None if isinstance(answer, ClaimFound) else answer.code


REASONS = {
    Code.RECEIPT_REVOKED_KEY,
    Code.RECEIPT_WRONG_OFFICE,
    Code.RECEIPT_WRONG_TYPE,
    Code.RECEIPT_UNKNOWN_RECEIPT,
    Code.RECEIPT_NOT_YET_VALID,
    Code.RECEIPT_EXPIRED,
    Code.RECEIPT_BAD_SIGNATURE,
    Code.RECEIPT_UNKNOWN_KEY,
    Code.RECEIPT_MALFORMED,
    Code.RECEIPT_ALREADY_HANDED_OVER,
    Code.RECEIPT_VOID,
    Code.RECEIPT_NOT_READY,
    Code.RECEIPT_HOLDER_MISMATCH,
    Code.CLAIM_OF_OTHER_CASE,
}


@pytest.mark.parametrize("count", [150, pytest.param(10_000, marks=pytest.mark.long)])
def test_q2_cross_replays_are_refused_for_their_exact_reason(office: Office, count: int) -> None:
    world, chance = World(office), random.Random(count)
    reasons: Counter[Code | None] = Counter()
    wrong = []
    for _ in range(count):
        paper, case, late = chance.choice(world.papers), chance.choice(world.cases), chance.random() < 0.3
        case = paper.own if chance.random() < 0.5 else case
        passport_no = world.numbers[case] if chance.random() < 0.7 else f"X{chance.randrange(10**7)}"
        own = passport_no == world.numbers[case]
        expected = world.expected(paper, case, own_passport=own, late=late)
        given = world.given(paper, case, passport_no, late=late)
        reasons[given] += 1
        if given is not expected:
            wrong.append((paper, case, late, expected, given))
    print(f"Q2: {count} cross-replays, {len(wrong)} for another reason, {reasons[None]} good claims")
    assert wrong == []
    assert set(reasons) == {*REASONS, None}

    assert_that_a_copy_is_as_good_as_its_paper_and_as_spent(world)


def assert_that_a_copy_is_as_good_as_its_paper_and_as_spent(world: World) -> None:
    """The paper and its marked copy carry one token: whichever comes second finds the passport gone."""
    office, waits = world.office, world.cases[0]
    with office.store.reading():
        assert PrintJob.select().where(PrintJob.copy_no > 0).count() == 1
    assert world.given(world.papers[0], waits, world.numbers[waits], late=False) is None
    given = builders.given_handover(office, waits)
    assert not isinstance(builders.completed(Desks(office)["sri"], waits, "handover", given), Refused)
    assert world.given(world.papers[0], waits, world.numbers[waits], late=True) is Code.RECEIPT_ALREADY_HANDED_OVER
