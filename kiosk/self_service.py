"""The self-service terminal: what an applicant may learn of a scanned receipt. No names, no reasons, no step's title.

A case that is held, for whatever reason, is only "in process": nobody can tell a cekal hold from a missing signature
(domain.md 3.2). Every question is an audit event with the receipt's id.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from db.connection import StoreError
from db.tables import Case, Receipt
from kiosk import audit, clock
from kiosk.audit import Signer
from kiosk.cases.engine import unit_of_work
from kiosk.cases.model import Outcome, Status
from kiosk.cases.transactions import refusing
from kiosk.formats import mask
from kiosk.people import sign_in
from kiosk.prediction.history import ready_day, steps_to_ready, under_way
from kiosk.prediction.model import Kept
from kiosk.receipts import token
from kiosk.receipts.facts import known_keys, receipt_facts
from kiosk.receipts.token import Payload, ReceiptType, Verdict
from kiosk.receipts.verify import claim_verdict
from kiosk.refusals import Refused
from kiosk.settings import Settings

if TYPE_CHECKING:
    from kiosk.office import Office

KEPT = 3
"""Characters of a receipt's number that the public screen shows."""
FOR_APPLICANTS = (ReceiptType.APPLICATION, ReceiptType.PAYMENT)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the public screen shows. `number` is masked; step 0 and `ready` None: not told. `ready` is the estimate of
    kiosk.prediction, or the promise where there is none; `kept` what became of such estimates, None: not measured."""

    verdict: Verdict
    number: str = ""
    step: int = 0
    steps: int = 0
    ready: date | None = None
    kept: Kept | None = None


def open_public(settings: Settings, *, terminal: str | None = None) -> Office:
    """The office of a self-service terminal: its code scanner and no other device, no key, and none of a counter's
    recovery, so that a counter of the same name is left in peace. Raises OfficeUnavailable."""
    from kiosk.office import Office

    office = Office.open(settings, terminal=terminal, devices=False, secrets=False)
    scanner = {role: device for role, device in settings.devices.items() if role == "scanner"}
    office.devices.open(msgspec.structs.replace(settings, devices=scanner))
    return office


class SelfService:
    """One self-service terminal of an office. All of it blocks."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def ask(self, text: str) -> Shown:
        """The state of the receipt whose QR text this is."""
        try:
            with self._office.store.reading():
                receipt_id, shown = self._judge(text)
            with self._office.store.writing():
                subject = f"receipt:{receipt_id.hex()}" if receipt_id else ""
                signer = Signer(0, 0, self._office.terminal)
                audit.append(clock.now(), signer, "receipt_asked", subject, {"verdict": str(shown.verdict)})
        except StoreError:
            return Shown(Verdict.DATABASE_UNREACHABLE)
        return shown

    def _judge(self, text: str) -> tuple[bytes, Shown]:
        office = self._office
        code = office.settings.office.code
        found = token.verify(text, known_keys(), expected_type=None, office=code, now=clock.now())
        if not isinstance(found, Payload):
            return found.payload.receipt_id if found.payload else b"", Shown(found.verdict)
        if found.type not in FOR_APPLICANTS:
            return found.receipt_id, Shown(Verdict.WRONG_TYPE)
        return found.receipt_id, self._state(found)

    def _state(self, found: Payload) -> Shown:
        facts = receipt_facts(found.receipt_id, self._office.kit.procedures)
        row = Receipt.get_or_none(Receipt.receipt_id == found.receipt_id.hex())
        case = None if row is None else Case.get_or_none(Case.id == row.case_id)
        if row is None or case is None:
            return Shown(Verdict.UNKNOWN_RECEIPT)
        # an application receipt asks where the case is; what ended without a permit is collected unpaid
        owes_nothing = found.type is ReceiptType.APPLICATION or case.outcome != Outcome.IN_PROCESS
        verdict = claim_verdict(replace(facts, paid=facts.paid or owes_nothing), None)
        number = mask(row.number, keep=KEPT)
        if verdict is Verdict.OK and case.status != Status.ACTIVE:
            verdict = Verdict.NOT_READY
        if verdict is not Verdict.NOT_READY or case.status != Status.ACTIVE:
            return Shown(verdict, number)
        today = clock.office_day(clock.now())
        late = facts.expected_ready is not None and facts.expected_ready < today
        procedure = self._office.kit.procedures.by_hash(case.procedure_id)
        others = max(0, under_way(procedure, case.step) - 1) if case.step in steps_to_ready(procedure) else 0
        estimate = ready_day(
            procedure, self._office.regulations, case.step, case.waiting_since, clock.now(), others=others
        )
        promised = None if late else facts.expected_ready
        ready, kept = (estimate.day, estimate.kept) if estimate is not None else (promised, None)
        return Shown(verdict, number, facts.step_no, len(procedure.steps), ready, kept)

    @refusing
    def close(self, login: str, pin: str) -> Refused | None:
        """None if this is an officer's PIN, and the terminal may be closed; failures count as at sign-in."""
        now, terminal = clock.now(), self._office.terminal
        with unit_of_work(self._office.store) as answer:
            row = sign_in.check_pin(login, pin, now=now, terminal=terminal)
            if isinstance(row, Refused):
                answer.value = row
            else:
                audit.append(now, Signer(row.id, row.person_id, terminal), "self_service_closed")
        refused: Refused | None = answer.refused or answer.value
        return refused
