"""The desk: one officer signed in at one terminal. What screens and commands ask and do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from db.connection import StoreError
from db.tables import Session
from kiosk import audit, clock
from kiosk.captures import Captures
from kiosk.cases import claims, engine, pauses, reading
from kiosk.cases.drafts import Drafts
from kiosk.cases.engine import environment, unit_of_work
from kiosk.cases.model import Act, CaseFile, Claim, CustodyLine, Found, HistoryLine, Moved, Place, Status, WorkItem
from kiosk.cases.transactions import refusing
from kiosk.cases.work import Look
from kiosk.collection import Collection
from kiosk.formats import moment_short
from kiosk.money.service import Payments, Shifts
from kiosk.people import sign_in
from kiosk.people.model import OfficerAt, Witness, sees
from kiosk.people.on_duty import staffing_on
from kiosk.people.staffing import Staffing
from kiosk.protected_reads import ProtectedReads
from kiosk.receipts import facts
from kiosk.receipts.print_queue import Job, reprint, voided_receipt
from kiosk.receipts.token import Payload, verify
from kiosk.receipts.verify import judge
from kiosk.refusals import Code, Refusal, Refused, refused
from kiosk.step_service import Steps
from kiosk.text import clean

if TYPE_CHECKING:
    from kiosk.office import Office

CASE_VIEW = "case"
"""The case with its history and the passport's custody, as one look."""


class Desk:
    """One officer at one terminal."""

    def __init__(self, office: Office, officer: OfficerAt, session: int) -> None:
        self.office = office
        self.officer = officer
        self.session = session
        self.steps = Steps(self)
        self.payments = Payments(self)
        self.shifts = Shifts(self)
        self.collection = Collection(self)
        self.reads = ProtectedReads(office.store)
        self._drafts = Drafts(office.store, office.kit.drafts)

    def look(self) -> Look:
        """This officer, now."""
        return Look(self.office.kit, self.officer, clock.now(), self.session)

    @refusing
    def sign_out(self) -> Refused | None:
        look = self.look()
        with unit_of_work(self.office.store) as answer:
            Session.update(ended_at=look.now).where(Session.id == self.session).execute()
            audit.append(look.now, look.signer, "sign_out", f"session:{self.session}")
        return answer.refused

    @refusing
    def unlock(self, pin: str) -> Refused | None:
        """None if `pin` is this officer's; failures count as at sign-in."""
        look = self.look()
        with unit_of_work(self.office.store) as answer:
            row = sign_in.check_pin(self.officer.login, pin, now=look.now, terminal=self.office.terminal)
            answer.value = row if isinstance(row, Refused) else None
        return answer.refused or answer.value

    @refusing
    def witness(self, login: str, pin: str) -> Witness | Refused:
        """The second person of a two-person act, at this keyboard."""
        look = self.look()
        with unit_of_work(self.office.store) as answer:
            answer.value = sign_in.witness(
                login, pin, now=look.now, terminal=self.office.terminal, first_person=self.officer.person_id
            )
        found: Witness | Refused = answer.refused or answer.value
        return found

    @property
    def captures(self) -> Captures:
        """Scans, portraits and fingers of a case."""
        return Captures(self)

    def may(self, step: str) -> bool:
        """Does `step` stand in this officer's work list?"""
        return sees(self.officer, self.office.procedure, step)

    # reading; each raises StoreError

    def staffing(self) -> Staffing:
        """Whether those on duty today can finish a case."""
        look = self.look()
        return staffing_on(self.office.store, look.kit.procedure, look.today)

    def work_list(self, limit: int = 20, after: Place | None = None) -> tuple[WorkItem, ...]:
        return reading.work_list(self.office.store, self.look(), limit=limit, after=after)

    def case(self, case_id: int) -> CaseFile | None:
        self.reads.case(self.look(), case_id, CASE_VIEW)
        return reading.case(self.office.store, self.office.kit.procedures, case_id)

    def history(self, case_id: int) -> tuple[HistoryLine, ...]:
        self.reads.case(self.look(), case_id, CASE_VIEW)
        return reading.history(self.office.store, case_id)

    def custody(self, case_id: int) -> tuple[CustodyLine, ...]:
        self.reads.case(self.look(), case_id, CASE_VIEW)
        return reading.custody(self.office.store, case_id)

    def search(self, text: str, limit: int = 20) -> tuple[Found, ...]:
        found = reading.search(self.office.store, clean(text), limit=limit)
        self.reads.search(self.look(), tuple(item.case_id for item in found))
        return found

    def find_code(self, text: str) -> int | Refused:
        """The case that a scanned QR text or a typed short code belongs to. Opens any type of receipt."""
        store = self.office.store
        try:
            if text.strip().upper().startswith("ITK1"):
                code = self.office.settings.office.code
                answer = verify(
                    text.strip(), facts.public_keys(store), expected_type=None, office=code, now=clock.now()
                )
                if not isinstance(answer, Payload):
                    refusal = judge(answer, None).refusal()
                    assert refusal is not None, "a token that was refused has a refusal"
                    return Refused((refusal,))
                receipt_id = answer.receipt_id
            else:
                from kiosk.receipts import short_code

                parsed = short_code.parse(text)
                if isinstance(parsed, Refusal):
                    return Refused((parsed,))
                receipt_id = parsed
            case_id = facts.case_of_receipt(store, receipt_id)
        except StoreError as error:
            return environment(error)
        return refused(Code.CASE_NOT_FOUND) if case_id is None else case_id

    # claims and drafts

    def claim(self, case_id: int) -> Claim | Refused:
        return claims.claim(self.office.store, self.look(), case_id)

    def release(self, case_id: int) -> Refused | None:
        return claims.release(self.office.store, self.look(), case_id)

    def pause(self, case_id: int, reason: str) -> Refused | None:
        """Stop the touch clock with a reason that is kept: one of kiosk.cases.pauses, or own words. The claim goes,
        the draft stays."""
        if len(reason.strip()) < engine.REASON_MINIMUM and not pauses.is_known(reason):
            return refused(Code.REASON_NEEDED, "reason", minimum=engine.REASON_MINIMUM)
        return claims.release(self.office.store, self.look(), case_id, closed_by="pause", reason=clean(reason))

    def draft(self, step: str, case_id: int | None) -> dict[str, Any] | None:
        return self._drafts.load(self.look(), step, case_id)

    def save_draft(self, step: str, case_id: int | None, content: dict[str, Any]) -> Refused | None:
        """Keep what is typed; where the database is away, on this terminal's own disk (DRAFT_KEPT_HERE)."""
        return self._drafts.save(self.look(), step, case_id, content)

    def keep_draft_here(self, step: str, case_id: int | None, content: dict[str, Any]) -> None:
        """Keep what is typed on this terminal's own disk alone, while a save waits for the database."""
        self._drafts.keep_here(self.look(), step, case_id, content)

    def drop_draft(self, step: str, case_id: int | None) -> Refused | None:
        return self._drafts.drop(self.look(), step, case_id)

    def bring_drafts_back(self) -> None:
        """What was typed at this terminal while the database was away goes into it now."""
        self._drafts.bring_back(self.look())

    # papers

    def papers(self, case_id: int | None) -> tuple[Job, ...]:
        """Papers of a case, newest first; None: those of this terminal not known to be printed. Raises StoreError."""
        printing = self.office.printing
        return printing.leftovers() if case_id is None else printing.jobs(case_id=case_id)

    @refusing
    def print_again(self, job_id: int, reason: str) -> Job | Refused:
        """Queue a copy of a paper: the same token, SALINAN n / COPY n, and why."""
        if len(reason.strip()) < engine.REASON_MINIMUM:
            return refused(Code.REASON_NEEDED, "reason", minimum=engine.REASON_MINIMUM)
        look = self.look()
        with unit_of_work(self.office.store) as answer:
            engine.require_present(look)
            if (voided := voided_receipt(job_id)) is not None:
                raise engine.refuse(Code.RECEIPT_VOID, voided=moment_short(voided))
            answer.value = reprint(look, job_id, clean(reason))
            if answer.value is None:
                raise engine.refuse(Code.CASE_NOT_FOUND)
            data = {"job": job_id, "copy": answer.value.copy_no}
            audit.append(look.now, look.signer, "paper_reprinted", f"job:{answer.value.id}", data)
        self.office.printing.poke()
        found: Job | Refused = answer.refused or answer.value
        return found

    # acts beside the steps

    @refusing
    def act(
        self,
        case_id: int,
        what: Act,
        *,
        key: str,
        reason: str,
        to: str = "",
        hold: Status | None = None,
        witness: Witness | None = None,
    ) -> Moved | Refused:
        """Send back, hold, release, refuse, withdraw or transfer a case, with a reason."""
        return engine.act(
            self.office.store, self.look(), case_id, what, key=key, reason=reason, to=to, hold=hold, witness=witness
        )
