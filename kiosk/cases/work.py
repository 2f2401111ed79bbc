"""What a rule is handed: `Look` to read with, `Work` to write with inside the act's one transaction."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from db.tables import Case, CaseName, Counter, Custody, PrintJob, Receipt
from kiosk import audit
from kiosk.audit import Signer
from kiosk.cases.load import Procedures
from kiosk.cases.model import CaseFile, Custodian
from kiosk.clock import WIB, office_day
from kiosk.draft_journal import DraftJournal
from kiosk.people.model import OfficerAt, Witness
from kiosk.procedure import Procedure
from kiosk.receipts import short_code, token
from kiosk.receipts.keys_held import KeysHeld
from kiosk.receipts.terminal_keys import to_sign_with
from kiosk.receipts.token import Payload, ReceiptType
from kiosk.records import to_json
from kiosk.regulations import Regulations
from kiosk.search_words import search_words
from kiosk.settings import Settings
from kiosk.vault import Vault


@dataclass(frozen=True, slots=True)
class Kit:
    """What an office has on one terminal, without devices: handed to every act."""

    settings: Settings
    procedures: Procedures
    regulations: Regulations
    keys: KeysHeld
    vault: Vault
    drafts: DraftJournal
    terminal: str

    @property
    def procedure(self) -> Procedure:
        return self.procedures.current


@dataclass(frozen=True, slots=True)
class Look:
    """Who asks, when, under which rules. For checks: reads only."""

    kit: Kit
    officer: OfficerAt
    now: datetime
    session: int = 0
    """The sign-in it comes from; 0 where there is none (maintainers' commands)."""

    @property
    def today(self) -> date:
        return office_day(self.now)

    @property
    def regulations(self) -> Regulations:
        return self.kit.regulations

    @property
    def signer(self) -> Signer:
        return Signer(self.officer.id, self.officer.person_id, self.kit.terminal)


@dataclass(frozen=True, slots=True)
class Issued:
    """A receipt's identity, fixed before its words are."""

    row_id: int
    receipt_id: str
    number: str
    token: str
    short_code: str
    issued_at: datetime


@dataclass(slots=True)
class Work:
    """One act's transaction: a Look that may also write. `changes` go into the case's conditional update."""

    look: Look
    case: CaseFile
    unit: str
    witness: Witness | None = None
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.look.now

    @property
    def today(self) -> date:
        return self.look.today

    @property
    def kit(self) -> Kit:
        return self.look.kit

    def audit(self, action: str, data: dict[str, Any] | None = None) -> None:
        """One audit event about the case; `data` holds ids, codes and counts only."""
        audit.append(self.now, self.look.signer, action, f"case:{self.case.id}", data)

    def next_number(self, series: str) -> int:
        """The next number of a series, gapless: taken back if the transaction is."""
        return next_number(series)

    def custody(self, holder: Custodian, note: str = "", *, place: str = "") -> None:
        """The passport is with `holder` from now on; `place` is its shelf and slot in the office."""
        Custody.create(
            case=self.case.id,
            passport_no=self.case.passport_no,
            holder=holder,
            place=place,
            note=note,
            officer=self.look.officer.id,
            at=self.now,
        )

    def names(self, *names: str) -> None:
        """Make the case findable by any word of these names."""
        CaseName.delete().where(CaseName.case == self.case.id).execute()
        words = {word for name in names for word in search_words(name)}
        for word in sorted(words):
            CaseName.create(case=self.case.id, word=word[:60])

    def print(self, content: object, *, receipt: int | None = None, copy_no: int = 0, reason: str = "") -> int:
        """Queue a paper (a content of kiosk.receipts.contents). It is printed after the commit. The job's id."""
        return queue_paper(self.look, content, case_id=self.case.id, receipt=receipt, copy_no=copy_no, reason=reason)

    def issue(self, kind: ReceiptType, content: Callable[[Issued], object], *, valid_days: int = 0) -> Issued:
        """Issue a receipt with its token and queue its paper; `content` is given the receipt's identity.

        Raises Refuse where no key of this terminal may sign one now.
        """
        issued = self._issued(kind, valid_days)
        paper = content(issued)
        Receipt.update(content=to_json(paper)).where(Receipt.id == issued.row_id).execute()
        self.audit("receipt_issued", {"receipt": issued.receipt_id, "type": int(kind)})
        self.print(paper, receipt=issued.row_id)
        return issued

    def _issued(self, kind: ReceiptType, valid_days: int) -> Issued:
        kit, keys = self.kit, self.kit.keys
        key_id = to_sign_with(keys, kind, self.now)
        identity = secrets.token_bytes(6)
        issued_at = token.whole_minute(self.now)
        payload = Payload(
            type=kind,
            key_id=key_id,
            office=kit.settings.office.code,
            issued=issued_at,
            valid_days=valid_days,
            receipt_id=identity,
            holder_tag=token.holder_tag(keys.pepper, self.case.issuing_state, self.case.passport_no, identity),
            witness=bytes.fromhex(audit.head().hash)[:8],
        )
        text = token.sign(payload, keys.private[key_id])
        year = self.now.astimezone(WIB).year
        serial = self.next_number(f"receipt-{int(kind)}-{year}")
        number = kit.settings.office.receipt_number(kind, year, serial)
        row = Receipt.create(
            receipt_id=identity.hex(),
            case=self.case.id,
            type=int(kind),
            number=number,
            token=text,
            key_id=key_id,
            issued_at=issued_at,
            officer=self.look.officer.id,
            terminal=kit.terminal,
            content="",
        )
        return Issued(row.id, identity.hex(), number, text, short_code.make(identity), issued_at)


def next_number(series: str) -> int:
    """The next number of `series`, from 1, gapless. Within a writing unit of work."""
    if Counter.update(value=Counter.value + 1).where(Counter.name == series).execute() == 0:
        # another terminal may begin the series in this moment: its row is waited for, and raised
        Counter.insert(name=series, value=0).on_conflict_ignore().execute()
        Counter.update(value=Counter.value + 1).where(Counter.name == series).execute()
    return int(Counter.get(Counter.name == series).value)


def queue_paper(
    look: Look,
    content: object,
    *,
    case_id: int | None = None,
    receipt: int | None = None,
    copy_no: int = 0,
    reason: str = "",
) -> int:
    """A print job in the act's transaction. Within a writing unit of work. The job's id."""
    job = PrintJob.create(
        case=case_id,
        receipt=receipt,
        paper=type(content).__name__,
        content=to_json(content),
        copy_no=copy_no,
        reason=reason,
        state="queued",
        terminal=look.kit.terminal,
        officer=look.officer.id,
        created_at=look.now,
    )
    return int(job.id)


def void_receipts(case_id: int, kinds: tuple[ReceiptType, ...], reason: str, now: datetime) -> int:
    """Void the live receipts of a case; how many. Within a writing unit of work."""
    return int(
        Receipt.update(voided_at=now, void_reason=reason[:200])
        .where((Receipt.case == case_id) & Receipt.type.in_([int(k) for k in kinds]) & Receipt.voided_at.is_null())
        .execute()
    )


def case_row(case_id: int) -> Case:
    """The case's row. Raises Case.DoesNotExist."""
    return Case.get_by_id(case_id)


STEP_LEASE = timedelta(minutes=15)
