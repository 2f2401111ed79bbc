"""Every table of an office. A docstring says what one row means and who writes it.

`constraints.py` adds what peewee can't say: partial unique indexes, append-only and separation triggers.
Columns named `content`, `output`, `data` hold canonical JSON text; instants are UTC; money is integer rupiah.
"""

from typing import Any, Self

from peewee import (
    AutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    Check,
    CompositeKey,
    DateField,
    FixedCharField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)

from db.fields import UtcField


class Table(Model):
    class Meta:
        legacy_table_names = False

    @classmethod
    def get_or_none(cls, *conditions: Any) -> Self | None:
        """The first row that meets the conditions, or None; peewee's own writes the SQL twice where there is none."""
        found: Self | None = cls.select().where(*conditions).first()
        return found


# People


class Person(Table):
    """A human being on the staff. Separation of duty is by person, not by account."""

    id = AutoField()
    staff_no = CharField(18, null=True, unique=True)
    name = CharField(120)


class Officer(Table):
    """An account of a person. Written by `officer add|disable|pin` and by sign-in (failures, lock-out)."""

    id = AutoField()
    person = ForeignKeyField(Person, on_delete="RESTRICT")
    person_id: int
    login = CharField(40, unique=True)
    pin_hash = CharField(200)
    active = BooleanField(default=True)
    failed_attempts = IntegerField(default=0)
    locked_until = UtcField(null=True)
    created_at = UtcField()


class Duty(Table):
    """A dated duty: which unit an officer works for and in which role of the SOP."""

    id = AutoField()
    officer = ForeignKeyField(Officer, backref="duties", on_delete="RESTRICT")
    officer_id: int
    unit = CharField(20)
    role = CharField(40)
    valid_from = DateField()
    valid_until = DateField(null=True)


class Delegation(Table):
    """A dated authority given to an officer: plh, plt or a delegate of the Kakanim, by a numbered decision."""

    id = AutoField()
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    authority = CharField(20)
    kind = CharField(10)
    basis = CharField(80)
    valid_from = DateField()
    valid_until = DateField()
    revoked_at = UtcField(null=True)


class Terminal(Table):
    """A counter terminal that has opened this office."""

    name = CharField(40, primary_key=True)
    first_seen = UtcField()
    last_seen = UtcField()


class Session(Table):
    """An officer signed in at a terminal, from sign-in to sign-out."""

    id = AutoField()
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    terminal = CharField(40)
    started_at = UtcField()
    ended_at = UtcField(null=True)


# Cases


class ProcedureVersion(Table):
    """A version of the SOP under which cases were opened; the file's text, so that it can be read for ever."""

    hash = FixedCharField(64, primary_key=True)
    content = TextField()
    first_used = UtcField()


class Counter(Table):
    """The last number given in a series, raised in the transaction that uses it: no gaps."""

    name = CharField(60, primary_key=True)
    value = IntegerField()


class Case(Table):
    """An applicant's file. Moves only by conditional update on `version` (the engine)."""

    id = AutoField()
    application_no = CharField(40, unique=True)
    kind = CharField(40)
    procedure = ForeignKeyField(ProcedureVersion, on_delete="RESTRICT")
    procedure_id: str
    version = IntegerField(default=1)
    attempt = IntegerField(default=1)
    step = CharField(20)
    status = CharField(24)
    outcome = CharField(24)
    opened_at = UtcField()
    waiting_since = UtcField()
    promise_due = UtcField(null=True)
    ended_at = UtcField(null=True)
    priority = CharField(20, default="")
    holder_name = CharField(200)
    nationality = CharField(3)
    issuing_state = CharField(3)
    passport_no = CharField(20)
    permit_expiry = DateField(null=True)
    sponsor_no = CharField(20, default="", index=True)

    class Meta:
        table_name = "itk_case"
        indexes = (
            (("status", "step", "waiting_since", "id"), False),
            # the urgent of a work list
            (("status", "step", "promise_due"), False),
            (("status", "step", "permit_expiry"), False),
            (("status", "step", "priority"), False),
            (("passport_no",), False),
        )


class CaseName(Table):
    """One word of a holder's name, upper case and folded, for search by any part of it."""

    id = AutoField()
    case = ForeignKeyField(Case, on_delete="CASCADE")
    case_id: int
    word = CharField(60)

    class Meta:
        indexes = ((("word", "id"), False), (("case", "word"), False))


class Claim(Table):
    """A terminal holds a case for one officer until `lease_until`; the id is the fencing token."""

    id = AutoField()
    case = ForeignKeyField(Case, on_delete="RESTRICT")
    case_id: int
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    terminal = CharField(40)
    taken_at = UtcField()
    lease_until = UtcField()
    released_at = UtcField(null=True)


class CaseEvent(Table):
    """One act on a case, append-only. `key` makes a repeated act a no-op; `replaces` names what it corrects.

    `officer` and `person` are null for what the system does by itself: it holds a case that a new cekal list names.
    """

    id = AutoField()
    case = ForeignKeyField(Case, on_delete="RESTRICT")
    case_id: int
    step = CharField(20)
    act = CharField(24)
    attempt = IntegerField()
    officer = ForeignKeyField(Officer, null=True, on_delete="RESTRICT")
    officer_id: int | None
    person = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
    person_id: int | None
    witness = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
    witness_id: int | None
    unit = CharField(20)
    terminal = CharField(40)
    at = UtcField()
    key = CharField(40, unique=True)
    reason = TextField(default="")
    data = TextField(default="{}")
    replaces = ForeignKeyField("self", null=True, on_delete="RESTRICT")
    replaces_id: int | None


class StepRun(Table):
    """A completed step with what it produced, append-only: once for each attempt."""

    id = AutoField()
    case = ForeignKeyField(Case, on_delete="RESTRICT")
    case_id: int
    step = CharField(20)
    attempt = IntegerField()
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    completed_at = UtcField(index=True)
    seconds = IntegerField()
    output = TextField()

    class Meta:
        indexes = ((("case", "step", "attempt"), True), (("step", "id"), False))


class StepWork(Table):
    """A stretch of work on a step: opened by claim or resume, closed by complete, pause, leave or lapse."""

    id = AutoField()
    case = ForeignKeyField(Case, on_delete="RESTRICT")
    case_id: int
    step = CharField(20)
    attempt = IntegerField()
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    terminal = CharField(40)
    opened_at = UtcField()
    closed_at = UtcField(null=True)
    seconds = IntegerField(default=0)
    closed_by = CharField(12, default="")
    reason = CharField(200, default="")

    class Meta:
        indexes = ((("case", "step", "attempt"), False),)


class SeparationPair(Table):
    """Two parts of a case that one person may never both play. Filled from the procedure."""

    first = CharField(24)
    second = CharField(24)

    class Meta:
        primary_key = CompositeKey("first", "second")


class Part(Table):
    """A person played a part in a case (a step's key, or `watchlist_clearing`), append-only."""

    id = AutoField()
    case = ForeignKeyField(Case, on_delete="RESTRICT")
    case_id: int
    part = CharField(24)
    person = ForeignKeyField(Person, on_delete="RESTRICT")
    person_id: int
    at = UtcField()

    class Meta:
        indexes = ((("case", "person"), False),)


class Draft(Table):
    """What an officer typed and has not completed. `case_ref` is 0 for a new application."""

    id = AutoField()
    officer = ForeignKeyField(Officer, on_delete="CASCADE")
    officer_id: int
    case_ref = IntegerField()
    step = CharField(40)
    content = TextField()
    saved_at = UtcField()

    class Meta:
        indexes = ((("officer", "case_ref", "step"), True),)


class Custody(Table):
    """Where the passport is from `at` on, append-only: it never leaves this record."""

    id = AutoField()
    case = ForeignKeyField(Case, on_delete="RESTRICT")
    case_id: int
    passport_no = CharField(20)
    holder = CharField(20)
    place = CharField(20, default="")
    """Shelf and slot while the office has it (A-12); "" = with the file."""
    note = CharField(200, default="")
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    at = UtcField()


class StockTake(Table):
    """A count of the passports that the office has, shelf by shelf. `result` is written when it ends."""

    id = AutoField()
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    terminal = CharField(40)
    started_at = UtcField()
    ended_at = UtcField(null=True)
    result = TextField(default="{}")


class StockCount(Table):
    """A passport found in a stock-take, append-only; of two finds of one passport the later one counts."""

    id = AutoField()
    stock_take = ForeignKeyField(StockTake, on_delete="RESTRICT")
    stock_take_id: int
    case = ForeignKeyField(Case, null=True, on_delete="RESTRICT")
    case_id: int | None
    passport_no = CharField(20)
    place = CharField(20)
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    at = UtcField()


# Receipts and printing


class SigningKey(Table):
    """The public half of a terminal's receipt key; the private half never leaves the terminal.

    Published once an administrator has approved it; revoked by a date.
    """

    key_id = IntegerField(primary_key=True)
    terminal = CharField(40)
    public_key = FixedCharField(64)
    purposes = CharField(20)
    not_before = UtcField()
    not_after = UtcField()
    approved_by = CharField(120, default="")
    approved_at = UtcField(null=True)
    revoked_at = UtcField(null=True)
    revoke_reason = CharField(200, default="")


class Receipt(Table):
    """A numbered paper with a token. Frozen but for voiding."""

    id = AutoField()
    receipt_id = FixedCharField(12, unique=True)
    case = ForeignKeyField(Case, null=True, on_delete="RESTRICT")
    case_id: int | None
    type = IntegerField()
    number = CharField(40, unique=True)
    token = CharField(200, unique=True)
    key_id = IntegerField()
    issued_at = UtcField()
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    terminal = CharField(40)
    content = TextField()
    copies = IntegerField(default=0)
    voided_at = UtcField(null=True)
    void_reason = CharField(200, default="")


class PrintJob(Table):
    """A paper to print. Queued in the transaction of the act; the printer thread moves its state."""

    id = AutoField()
    case = ForeignKeyField(Case, null=True, on_delete="RESTRICT")
    case_id: int | None
    receipt = ForeignKeyField(Receipt, null=True, on_delete="RESTRICT")
    receipt_id: int | None
    paper = CharField(40)
    content = TextField()
    copy_no = IntegerField(default=0)
    reason = CharField(200, default="")
    state = CharField(12)
    code = CharField(40, default="")
    terminal = CharField(40)
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    created_at = UtcField()
    sent_at = UtcField(null=True)
    ended_at = UtcField(null=True)
    replaces = ForeignKeyField("self", null=True, on_delete="RESTRICT")
    replaces_id: int | None

    class Meta:
        indexes = ((("terminal", "state", "id"), False),)


class QueueTicket(Table):
    """A number drawn in the waiting room, without a name. Moves by conditional update on `state` (kiosk.queue)."""

    id = AutoField()
    day = DateField()
    series = CharField(2)
    serial = IntegerField()
    priority = CharField(20, default="")
    """Group of kinds.toml; "" = none."""
    state = CharField(8)
    """waiting, called, serving, absent, served, void."""
    absences = IntegerField(default=0)
    issued_at = UtcField()
    ended_at = UtcField(null=True)
    terminal = CharField(40)
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int

    class Meta:
        indexes = ((("day", "series", "serial"), True), (("day", "state", "id"), False))


class QueueCall(Table):
    """A number called to a counter by one officer, until it is served, absent or put back."""

    id = AutoField()
    ticket = ForeignKeyField(QueueTicket, on_delete="RESTRICT")
    ticket_id: int
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    terminal = CharField(40)
    counter = CharField(12)
    """As the display shows it."""
    called_at = UtcField()
    times = IntegerField(default=1)
    last_called_at = UtcField()
    started_at = UtcField(null=True)
    ended_at = UtcField(null=True)
    ended_as = CharField(8, default="")

    class Meta:
        indexes = ((("called_at",), False),)


class RegisterNumber(Table):
    """A register number drawn for a case; voided with a reason, never reused."""

    id = AutoField()
    year = IntegerField()
    series = CharField(20)
    serial = IntegerField()
    number = CharField(40, unique=True)
    case = ForeignKeyField(Case, on_delete="RESTRICT")
    case_id: int
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    drawn_at = UtcField()
    voided_at = UtcField(null=True)
    void_reason = CharField(200, default="")

    class Meta:
        indexes = ((("year", "series", "serial"), True),)


class Handover(Table):
    """The passport left the office: once for a case, once for a receipt, append-only."""

    id = AutoField()
    case = ForeignKeyField(Case, unique=True, on_delete="RESTRICT")
    case_id: int
    receipt = ForeignKeyField(Receipt, null=True, unique=True, on_delete="RESTRICT")
    receipt_id: int | None
    kind = CharField(20)
    collected_by = CharField(200)
    relation = CharField(20)
    identity_kind = CharField(40)
    identity_no = CharField(60)
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    terminal = CharField(40)
    at = UtcField()
    content = TextField(default="{}")


# Money


class Tariff(Table):
    """A dated tariff row with its basis: entered by one person, released by another."""

    id = AutoField()
    kind = CharField(40)
    days = IntegerField(null=True)
    amount = IntegerField(constraints=[Check("amount >= 0")])
    valid_from = DateField()
    valid_until = DateField(null=True)
    basis = CharField(120)
    note = CharField(200, default="")
    entered_by = ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="tariffs_entered")
    entered_by_id: int | None
    entered_at = UtcField()
    released_by = ForeignKeyField(Person, null=True, on_delete="RESTRICT", backref="tariffs_released")
    released_by_id: int | None
    released_at = UtcField(null=True)


class Shift(Table):
    """A treasurer's shift at a terminal, from opening to the signed closing report."""

    id = AutoField()
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    terminal = CharField(40)
    opened_at = UtcField()
    closed_at = UtcField(null=True)
    cash_allowed = BooleanField(default=False)
    summary = TextField(default="{}")


class Payment(Table):
    """An intent to pay and what became of it. Durable before the device hears of it; final states never change."""

    id = AutoField()
    case = ForeignKeyField(Case, on_delete="RESTRICT")
    case_id: int
    key = CharField(40, unique=True)
    reference = CharField(12, unique=True)
    method = CharField(20)
    amount = IntegerField(constraints=[Check("amount > 0")])
    state = CharField(20)
    charge = TextField()
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    terminal = CharField(40)
    device = CharField(80, default="")
    shift = ForeignKeyField(Shift, null=True, on_delete="RESTRICT")
    shift_id: int | None
    created_at = UtcField()
    sent_at = UtcField(null=True)
    decided_at = UtcField(null=True)
    response_code = CharField(4, default="")
    approval_code = CharField(12, default="")
    rrn = CharField(16, default="")
    invoice_no = CharField(12, default="")
    batch_no = CharField(12, default="")
    masked_pan = CharField(24, default="")
    device_terminal = CharField(16, default="")
    billing_code = CharField(15, default="")
    bank_ref = CharField(20, default="")
    ntpn = CharField(16, null=True, unique=True)
    reason = CharField(200, default="")
    answer = TextField(default="{}")

    class Meta:
        indexes = ((("case", "state"), False), (("billing_code",), False), (("bank_ref",), False))


class PaymentEvent(Table):
    """A change of a payment's state, append-only."""

    id = AutoField()
    payment = ForeignKeyField(Payment, on_delete="RESTRICT")
    payment_id: int
    state = CharField(20)
    at = UtcField()
    officer = ForeignKeyField(Officer, null=True, on_delete="RESTRICT")
    officer_id: int | None
    witness = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
    witness_id: int | None
    reason = CharField(200, default="")
    data = TextField(default="{}")


class Ledger(Table):
    """A line of the treasurer's books, append-only. A correction is a reversing line."""

    id = AutoField()
    at = UtcField()
    kind = CharField(20, index=True)
    amount = IntegerField()
    case = ForeignKeyField(Case, null=True, on_delete="RESTRICT")
    case_id: int | None
    payment = ForeignKeyField(Payment, null=True, on_delete="RESTRICT")
    payment_id: int | None
    tariff_kind = CharField(40, default="")
    method = CharField(20, default="")
    shift = ForeignKeyField(Shift, null=True, on_delete="RESTRICT")
    shift_id: int | None
    reverses = ForeignKeyField("self", null=True, unique=True, on_delete="RESTRICT")
    reverses_id: int | None
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    note = CharField(200, default="")


class Billing(Table):
    """A state billing code issued for a case (15 digits); a re-issue is a new row that replaces the old one."""

    id = AutoField()
    case = ForeignKeyField(Case, on_delete="RESTRICT")
    case_id: int
    code = CharField(15, unique=True)
    amount = IntegerField(constraints=[Check("amount > 0")])
    issued_at = UtcField()
    expires_at = UtcField()
    replaces = ForeignKeyField("self", null=True, on_delete="RESTRICT")
    replaces_id: int | None


# Documents and biometrics


class CaseKey(Table):
    """The data key of a case, wrapped by the office's master key; erasing it erases the case's files."""

    case = ForeignKeyField(Case, primary_key=True, on_delete="RESTRICT")
    case_id: int
    wrapped = TextField()
    erased_at = UtcField(null=True)


class VaultMaster(Table):
    """A master key of the vault, by the id of its content (kiosk.vault_keys); the key itself is a file, never here.

    The newest that is not retired wraps from `since` on. An office that never rotated has no row.
    """

    key_id = FixedCharField(16, primary_key=True)
    since = UtcField()
    retired_at = UtcField(null=True)


class VaultObject(Table):
    """A file of a case in the vault: scan, portrait or print, addressed by the hash of its plain content.

    A discarded one (`discarded_at`) is kept and no longer counts.
    """

    id = AutoField()
    case = ForeignKeyField(Case, on_delete="RESTRICT")
    case_id: int
    step = CharField(20)
    kind = CharField(40)
    label = CharField(80, default="")
    page = IntegerField(default=0)
    sha256 = FixedCharField(64)
    blob = CharField(80)
    media_type = CharField(60)
    size = IntegerField()
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    created_at = UtcField()
    meta = TextField(default="{}")
    discarded_at = UtcField(null=True)
    discard_reason = CharField(200, default="")

    class Meta:
        indexes = ((("case", "kind"), False),)


# Cekal


class WatchlistVersion(Table):
    """An imported extract of the cekal list. Exactly one is active."""

    version = CharField(60, primary_key=True)
    list_date = DateField()
    source = CharField(120)
    entries = IntegerField()
    hash = FixedCharField(64)
    imported_at = UtcField()
    operator = CharField(120)
    active = BooleanField(default=False)


class Screening(Table):
    """One question to the list and its answer, append-only; clear answers too."""

    id = AutoField()
    case = ForeignKeyField(Case, on_delete="RESTRICT")
    case_id: int
    at = UtcField()
    officer = ForeignKeyField(Officer, null=True, on_delete="RESTRICT")
    officer_id: int | None
    list_version = CharField(60)
    list_hash = FixedCharField(64)
    scorer = CharField(64)
    verdict = CharField(20)
    query = TextField()
    answer = TextField()

    class Meta:
        indexes = ((("case", "id"), False),)


class WatchlistDecision(Table):
    """A candidate cleared or confirmed by Wasdakim with a second person, append-only."""

    id = AutoField()
    case = ForeignKeyField(Case, on_delete="RESTRICT")
    case_id: int
    screening = ForeignKeyField(Screening, on_delete="RESTRICT")
    screening_id: int
    entry_id = CharField(80)
    entry_hash = FixedCharField(64)
    person_key = FixedCharField(64, index=True)
    decision = CharField(20)
    reason = TextField()
    officer = ForeignKeyField(Officer, on_delete="RESTRICT")
    officer_id: int
    witness = ForeignKeyField(Person, on_delete="RESTRICT")
    witness_id: int
    at = UtcField()
    expires_at = UtcField(null=True)


# Side procedures and archive


class Nonconformity(Table):
    """A finding of SOP Ketidaksesuaian, from raised to its outcome."""

    id = AutoField()
    case = ForeignKeyField(Case, on_delete="RESTRICT")
    case_id: int
    raised_step = CharField(20)
    category = CharField(40)
    finding = TextField()
    evidence = TextField(default="")
    who_acts = CharField(20)
    due = DateField()
    raised_by = ForeignKeyField(Officer, on_delete="RESTRICT", backref="nonconformities_raised")
    raised_by_id: int
    raised_at = UtcField()
    outcome = CharField(24, default="")
    back_to = CharField(20, default="")
    note = TextField(default="")
    decided_by = ForeignKeyField(Officer, null=True, on_delete="RESTRICT", backref="nonconformities_decided")
    decided_by_id: int | None
    decided_at = UtcField(null=True)


class ArchiveRecord(Table):
    """Where a finished paper file lies (lemari-rak-boks), its pages, and how long it is kept."""

    id = AutoField()
    case = ForeignKeyField(Case, unique=True, on_delete="RESTRICT")
    case_id: int
    list_no = CharField(40)
    location = CharField(40)
    pages = IntegerField(constraints=[Check("pages > 0")])
    retention_until = DateField()
    legal_hold = BooleanField(default=False)
    handed_by = ForeignKeyField(Officer, on_delete="RESTRICT", backref="archives_handed")
    handed_by_id: int
    received_by = ForeignKeyField(Officer, on_delete="RESTRICT", backref="archives_received")
    received_by_id: int
    received_at = UtcField()
    disposal = CharField(20, default="")
    minutes_no = CharField(60, default="")
    approval_no = CharField(60, default="")
    disposed_at = UtcField(null=True)


# The schema


class SchemaFloor(Table):
    """The oldest version that a program may have to go on working with this database: one row, by `kiosk migrate`."""

    id = IntegerField(primary_key=True, constraints=[Check("id = 1")])
    name = CharField(60)


# Audit


class AuditEvent(Table):
    """One act or protected read, chained by hash over `body` (canonical bytes as stored), append-only."""

    seq = IntegerField(primary_key=True)
    body = TextField()
    hash = FixedCharField(64)


class AuditHead(Table):
    """The chain's newest hash: one row, locked by every writer, so that the chain has one end."""

    id = IntegerField(primary_key=True, constraints=[Check("id = 1")])
    seq = BigIntegerField()
    hash = FixedCharField(64)
    at = UtcField()


MODELS: tuple[type[Table], ...] = (
    Person,
    Officer,
    Duty,
    Delegation,
    Terminal,
    Session,
    ProcedureVersion,
    Counter,
    Case,
    CaseName,
    Claim,
    CaseEvent,
    StepRun,
    StepWork,
    SeparationPair,
    Part,
    Draft,
    Custody,
    StockTake,
    StockCount,
    SigningKey,
    Receipt,
    PrintJob,
    QueueTicket,
    QueueCall,
    RegisterNumber,
    Handover,
    Tariff,
    Shift,
    Payment,
    PaymentEvent,
    Ledger,
    Billing,
    CaseKey,
    VaultMaster,
    VaultObject,
    WatchlistVersion,
    Screening,
    WatchlistDecision,
    Nonconformity,
    ArchiveRecord,
    SchemaFloor,
    AuditEvent,
    AuditHead,
)
