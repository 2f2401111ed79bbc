"""Each refusal of receipt-token.md at the hand-over screen: the scan is answered at once, in words, with what to do."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from db.connection import StoreError, Trouble
from db.tables import Case, Handover, Payment, Receipt
from kiosk.audit import Signer
from kiosk.office import Office
from kiosk.receipts import terminal_keys, token
from kiosk.receipts.claim import Shown
from kiosk.receipts.keys import load_private_key
from kiosk.receipts.token import Payload, ReceiptType, Verdict
from kiosk.receipts.verify import REFUSALS
from kiosk.refusals import Refused
from kiosk.words import Language, Words
from screens.defects import say_refusal
from tests.builders import case_at_handover, claim_token
from tests.conftest import Desks
from tests.screens import counter
from tests.screens.counter import AT, at_work, open_step, press
from tests.screens.test_handover_screen import scan, words

SYSTEM = Signer(0, 0, "t")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A demo office on a standing clock."""
    counter.stop_the_clock(monkeypatch)
    opened = counter.found(tmp_path / "office")
    yield opened
    opened.close()


class Forger:
    """Texts that are wrong in one way each, made of the case's own claim."""

    def __init__(self, office: Office, case_id: int) -> None:
        self.text = claim_token(office, case_id)
        parts = token.decode_text(self.text)
        assert parts is not None
        self.raw, self.signature = parts
        self.payload = token.decode_payload(self.raw)
        folder = office.settings.path("keys")
        # an older key, so that a receipt may be of last week, and one that was revoked
        with office.store.writing():
            for number in (2, 3):
                made = terminal_keys.make(folder, "loket-1", now=AT, signer=SYSTEM, not_before=AT - timedelta(days=30))
                assert made == number
                terminal_keys.approve(number, "uji", now=AT, signer=SYSTEM)
            terminal_keys.revoke(3, "hilang dicuri", now=AT, signer=SYSTEM)
        self.keys = {n: load_private_key(folder / f"loket-1.{n}.key") for n in (2, 3)}

    def signed(self, key: int = 2, private: Ed25519PrivateKey | None = None, **changes: object) -> str:
        payload: Payload = replace(self.payload, key_id=key, **changes)  # type: ignore[arg-type]
        return token.sign(payload, private or self.keys[key])

    def texts(self) -> dict[Verdict, Callable[[], str]]:
        """Of the token alone."""
        return {
            Verdict.MALFORMED: lambda: self.text[:-1],
            Verdict.UNSUPPORTED_VERSION: lambda: token.encode_text(b"\x22" + self.raw[1:], self.signature),
            Verdict.UNKNOWN_KEY: lambda: self.signed(77, self.keys[2]),
            Verdict.REVOKED_KEY: lambda: self.signed(3),
            Verdict.BAD_SIGNATURE: lambda: token.encode_text(self.raw, bytes(64)),
            Verdict.WRONG_TYPE: lambda: self.signed(type=ReceiptType.APPLICATION),
            Verdict.WRONG_OFFICE: lambda: self.signed(office=12),
            Verdict.NOT_YET_VALID: lambda: self.signed(issued=token.whole_minute(AT + timedelta(minutes=20))),
            Verdict.EXPIRED: lambda: self.signed(issued=token.whole_minute(AT - timedelta(days=3)), valid_days=1),
            Verdict.UNKNOWN_RECEIPT: lambda: self.signed(receipt_id=b"nobody"),
        }


def facts_of(office: Office, case_id: int) -> dict[Verdict, Callable[[], object]]:
    """What is done to the books, one after the other, so that the good claim is refused for the next reason."""

    def handed_over() -> None:
        Handover.create(
            case=case_id,
            kind="issued",
            collected_by="SITI",
            relation="proxy",
            identity_kind="",
            identity_no="",
            officer=1,
            terminal="loket-3",
            at=AT,
        )

    payment, case = Payment.case == case_id, Case.id == case_id
    return {
        Verdict.NOT_READY: lambda: Case.update(step="registration").where(case).execute(),
        Verdict.ALREADY_HANDED_OVER: handed_over,
        Verdict.NOT_PAID: lambda: Payment.update(state="reversed").where(payment).execute(),
        Verdict.VOID: lambda: Receipt.update(voided_at=AT).where(Receipt.case == case_id).execute(),
    }


async def test_each_refusal_of_the_norm_is_said_at_the_scan(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id = case_at_handover(office, Desks(office))
    forger, sri, shown = Forger(office, case_id), Desks(office)["sri"], set()

    async def scanned(verdict: Verdict, text: str) -> None:
        answer = sri.collection.seen(case_id, Shown.QR, text)
        assert isinstance(answer, Refused), verdict
        assert answer.first.code is REFUSALS[verdict]
        await scan(pilot, text)
        for _ in range(200):
            if said(answer) in words(pilot):
                break
            await asyncio.sleep(0.01)
        assert said(answer) in words(pilot), verdict
        assert "SITI" not in words(pilot)
        shown.add(verdict)

    def said(answer: Refused) -> str:
        return " ".join(say_refusal(Words(Language.INDONESIAN), answer.first).what.split())[:36]

    async with at_work(office, "sri") as pilot:
        await open_step(pilot, "handover", case_id)
        for verdict, made in forger.texts().items():
            await scanned(verdict, made())
        for verdict, change in facts_of(office, case_id).items():
            with office.store.writing():
                change()
            await scanned(verdict, forger.text)
        with monkeypatch.context() as patch:

            def away() -> None:
                raise StoreError(Trouble.UNREACHABLE, "")

            patch.setattr(office.store, "reading", away)
            await scanned(Verdict.DATABASE_UNREACHABLE, forger.text)
        await press(pilot, "escape")
    # the last of the norm is about the passport in the hand: test_handover_screen, at F10
    assert shown == set(Verdict) - {Verdict.OK, Verdict.HOLDER_MISMATCH}
