"""What must be true whoever writes to the database: partial unique indexes and triggers, on SQLite and PostgreSQL.

Every constraint has a name; `named_by` turns a driver's message back into that name, and the office turns
the name into a refusal.
"""

from collections.abc import Iterator

from peewee import Database, SqliteDatabase

APPEND_ONLY = (
    "case_event",
    "step_run",
    "part",
    "custody",
    "stock_count",
    "handover",
    "payment_event",
    "ledger",
    "screening",
    "watchlist_decision",
    "audit_event",
)

# name, table, columns, condition
PARTIAL_UNIQUE = (
    ("one_open_case_for_a_passport", "itk_case", "issuing_state, passport_no", "ended_at IS NULL"),
    ("one_active_claim_for_a_case", "claim", "case_id", "released_at IS NULL"),
    ("one_open_work_for_a_case", "step_work", "case_id", "closed_at IS NULL"),
    ("one_register_number_for_a_case", "register_number", "case_id", "voided_at IS NULL"),
    ("one_live_payment_for_a_case", "payment", "case_id", "state NOT IN ('declined', 'cancelled', 'reversed')"),
    (
        "one_unanswered_sale_for_a_device",
        "payment",
        "device",
        "device <> '' AND state IN ('sent', 'acked', 'pending', 'unknown')",
    ),
    (
        "one_payment_for_a_billing_code",
        "payment",
        "billing_code",
        "billing_code <> '' AND state NOT IN ('declined', 'cancelled', 'reversed')",
    ),
    ("one_open_shift_for_a_terminal", "shift", "terminal", "closed_at IS NULL"),
    ("one_open_nonconformity_for_a_case", "nonconformity", "case_id", "outcome = ''"),
    ("one_active_watchlist", "watchlist_version", "active", "active"),
    ("one_open_stock_take_at_a_terminal", "stock_take", "terminal", "ended_at IS NULL"),
    ("one_open_call_for_a_ticket", "queue_call", "ticket_id", "ended_at IS NULL"),
    ("one_open_call_for_an_officer", "queue_call", "officer_id", "ended_at IS NULL"),
)

# name, table, event, condition under which the row is refused (NEW/OLD)
GUARDS = (
    (
        "separation_of_duty",
        "part",
        "INSERT",
        "EXISTS (SELECT 1 FROM part p JOIN separation_pair s ON (s.first = p.part AND s.second = NEW.part)"
        " OR (s.second = p.part AND s.first = NEW.part)"
        " WHERE p.case_id = NEW.case_id AND p.person_id = NEW.person_id)",
    ),
    (
        "payment_pending_blocks_step",
        "step_run",
        "INSERT",
        "NEW.step = 'payment' AND EXISTS (SELECT 1 FROM payment WHERE case_id = NEW.case_id"
        " AND state IN ('intent', 'sent', 'acked', 'pending', 'unknown'))",
    ),
    (
        "final_payment_is_final",
        "payment",
        "UPDATE",
        "NEW.state <> OLD.state AND (OLD.state IN ('declined', 'cancelled', 'reversed')"
        " OR (OLD.state IN ('approved', 'settled') AND NEW.state <> 'reversed')"
        " OR (OLD.state = 'paid_pending_ntpn' AND NEW.state NOT IN ('settled', 'reversed')))",
    ),
    (
        "sale_is_sent_once",
        "payment",
        "UPDATE",
        "NEW.state = 'sent' AND OLD.state NOT IN ('intent', 'sent')",
    ),
    (
        "payment_amount_is_frozen",
        "payment",
        "UPDATE",
        "NEW.amount <> OLD.amount OR NEW.case_id <> OLD.case_id OR NEW.charge <> OLD.charge"
        " OR (OLD.ntpn IS NOT NULL AND (NEW.ntpn IS NULL OR NEW.ntpn <> OLD.ntpn))",
    ),
    (
        "receipt_is_frozen",
        "receipt",
        "UPDATE",
        "NEW.token <> OLD.token OR (OLD.content <> '' AND NEW.content <> OLD.content)"
        " OR NEW.receipt_id <> OLD.receipt_id"
        " OR NEW.copies < OLD.copies OR (OLD.voided_at IS NOT NULL AND NEW.voided_at IS NULL)",
    ),
    (
        "signing_key_is_frozen",
        "signing_key",
        "UPDATE",
        "NEW.key_id <> OLD.key_id OR NEW.terminal <> OLD.terminal OR NEW.public_key <> OLD.public_key"
        " OR NEW.purposes <> OLD.purposes OR NEW.not_before <> OLD.not_before OR NEW.not_after > OLD.not_after"
        " OR (OLD.approved_at IS NOT NULL AND (NEW.approved_at IS NULL OR NEW.approved_by <> OLD.approved_by))"
        " OR (OLD.revoked_at IS NOT NULL AND (NEW.revoked_at IS NULL OR NEW.revoked_at > OLD.revoked_at))",
    ),
    (
        "void_receipt_is_not_redeemed",
        "handover",
        "INSERT",
        "NEW.receipt_id IS NOT NULL AND EXISTS (SELECT 1 FROM receipt WHERE id = NEW.receipt_id"
        " AND voided_at IS NOT NULL)",
    ),
    (
        "receipt_claims_its_own_case",
        "handover",
        "INSERT",
        "NEW.receipt_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM receipt WHERE id = NEW.receipt_id"
        " AND case_id = NEW.case_id AND type IN (1, 2))",
    ),
    (
        # also where REPLACE would take the earlier row away without a DELETE
        "one_handover_for_a_case",
        "handover",
        "INSERT",
        "EXISTS (SELECT 1 FROM handover WHERE case_id = NEW.case_id OR receipt_id = NEW.receipt_id)",
    ),
    (
        "register_number_is_kept",
        "register_number",
        "UPDATE",
        "NEW.number <> OLD.number OR NEW.case_id <> OLD.case_id"
        " OR (OLD.voided_at IS NOT NULL AND NEW.voided_at IS NULL)",
    ),
    (
        "queue_number_is_kept",
        "queue_ticket",
        "UPDATE",
        "NEW.day <> OLD.day OR NEW.series <> OLD.series OR NEW.serial <> OLD.serial OR NEW.priority <> OLD.priority"
        " OR (OLD.state IN ('served', 'void') AND NEW.state <> OLD.state)",
    ),
    (
        "ended_call_is_final",
        "queue_call",
        "UPDATE",
        "OLD.ended_at IS NOT NULL OR NEW.ticket_id <> OLD.ticket_id OR NEW.officer_id <> OLD.officer_id",
    ),
    (
        "case_version_grows",
        "itk_case",
        "UPDATE",
        "NEW.version < OLD.version OR NEW.application_no <> OLD.application_no"
        " OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS NULL)",
    ),
    (
        "erased_key_stays_erased",
        "case_key",
        "UPDATE",
        "OLD.erased_at IS NOT NULL AND (NEW.erased_at IS NULL OR NEW.wrapped <> '' OR NEW.case_id <> OLD.case_id)",
    ),
    (
        "retired_vault_key_stays_retired",
        "vault_master",
        "UPDATE",
        "NEW.key_id <> OLD.key_id OR NEW.since <> OLD.since"
        " OR (OLD.retired_at IS NOT NULL AND (NEW.retired_at IS NULL OR NEW.retired_at <> OLD.retired_at))",
    ),
    (
        "tariff_needs_two_people",
        "tariff",
        "UPDATE",
        "NEW.released_by_id = NEW.entered_by_id OR (NEW.released_at IS NOT NULL AND OLD.released_at IS NULL"
        " AND (NEW.released_by_id IS NULL OR NEW.entered_by_id IS NULL))",
    ),
    (
        "released_tariff_is_frozen",
        "tariff",
        "UPDATE",
        "OLD.released_at IS NOT NULL AND (NEW.released_at IS NULL OR NEW.amount <> OLD.amount OR NEW.kind <> OLD.kind"
        " OR COALESCE(NEW.days, 0) <> COALESCE(OLD.days, 0) OR NEW.valid_from <> OLD.valid_from"
        " OR NEW.basis <> OLD.basis OR COALESCE(NEW.entered_by_id, 0) <> COALESCE(OLD.entered_by_id, 0)"
        " OR COALESCE(NEW.released_by_id, 0) <> COALESCE(OLD.released_by_id, 0))",
    ),
)

KEPT = (
    "itk_case",
    "signing_key",
    "receipt",
    "payment",
    "register_number",
    "queue_ticket",
    "queue_call",
    "tariff",
    "vault_master",
    "vault_object",
    "archive_record",
    "billing",
)

# table, events, what the other terminals are told (db.changes); on SQLite they look at the file's version instead
TOLD = (
    ("case_event", "INSERT", "'case:' || NEW.case_id"),
    ("claim", "INSERT OR UPDATE", "'case:' || NEW.case_id"),
    ("print_job", "INSERT", "'print:' || NEW.terminal"),
    ("queue_ticket", "INSERT OR UPDATE", "'queue:' || NEW.id"),
    ("queue_call", "INSERT OR UPDATE", "'queue:' || NEW.ticket_id"),
)

# SQLite names the columns of a broken unique rule, not the rule
UNIQUE_COLUMNS = {
    "itk_case.issuing_state, itk_case.passport_no": "one_open_case_for_a_passport",
    "claim.case_id": "one_active_claim_for_a_case",
    "step_work.case_id": "one_open_work_for_a_case",
    "register_number.case_id": "one_register_number_for_a_case",
    "payment.case_id": "one_live_payment_for_a_case",
    "payment.device": "one_unanswered_sale_for_a_device",
    "payment.billing_code": "one_payment_for_a_billing_code",
    "shift.terminal": "one_open_shift_for_a_terminal",
    "nonconformity.case_id": "one_open_nonconformity_for_a_case",
    "watchlist_version.active": "one_active_watchlist",
    "stock_take.terminal": "one_open_stock_take_at_a_terminal",
    "queue_call.ticket_id": "one_open_call_for_a_ticket",
    "queue_call.officer_id": "one_open_call_for_an_officer",
    "queue_ticket.day, queue_ticket.series, queue_ticket.serial": "queue_number_used_once",
    "step_run.case_id, step_run.step, step_run.attempt": "step_completed_once",
    "case_event.key": "act_done_once",
    "handover.case_id": "one_handover_for_a_case",
    "handover.receipt_id": "one_handover_for_a_receipt",
    "payment.ntpn": "ntpn_used_once",
    "payment.key": "payment_intended_once",
    "billing.code": "billing_code_used_once",
    "officer.login": "login_taken",
    "person.staff_no": "staff_no_taken",
}

POSTGRES_NAMES = {
    "queue_ticket_day_series_serial": "queue_number_used_once",
    "step_run_case_id_step_attempt": "step_completed_once",
    "case_event_key": "act_done_once",
    "handover_case_id": "one_handover_for_a_case",
    "handover_receipt_id": "one_handover_for_a_receipt",
    "payment_ntpn": "ntpn_used_once",
    "payment_key": "payment_intended_once",
    "billing_code": "billing_code_used_once",
    "officer_login": "login_taken",
    "person_staff_no": "staff_no_taken",
}


def create(database: Database) -> None:
    """Add every constraint to a database whose tables exist."""
    for statement in statements(sqlite=isinstance(database, SqliteDatabase)):
        database.execute_sql(statement)


def drop(database: Database) -> None:
    """Remove what outlives the tables: PostgreSQL's trigger functions."""
    if isinstance(database, SqliteDatabase):
        return
    for statement in statements(sqlite=False):
        if statement.startswith("CREATE FUNCTION "):
            name = statement.removeprefix("CREATE FUNCTION ").split("(", 1)[0]
            database.execute_sql(f"DROP FUNCTION {name}() CASCADE")


def statements(*, sqlite: bool) -> Iterator[str]:
    """The data-definition statements of one dialect."""
    for name, table, columns, condition in PARTIAL_UNIQUE:
        yield f"CREATE UNIQUE INDEX {name} ON {table} ({columns}) WHERE {condition}"
    trigger = _sqlite_trigger if sqlite else _postgres_trigger
    for name, table, event, condition in GUARDS:
        yield from trigger(name, table, event, condition)
    for table in APPEND_ONLY:
        yield from trigger(f"{table}_append_only_update", table, "UPDATE", "")
    for table in (*APPEND_ONLY, *KEPT):
        yield from trigger(f"{table}_append_only_delete", table, "DELETE", "")
    if not sqlite:
        for table, events, topic in TOLD:
            body = f"PERFORM pg_notify('kiosk_changes', {topic}); RETURN NULL;"
            yield f"CREATE FUNCTION tell_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
            yield f"CREATE TRIGGER tell_{table} AFTER {events} ON {table} FOR EACH ROW EXECUTE FUNCTION tell_{table}()"


def _sqlite_trigger(name: str, table: str, event: str, condition: str) -> Iterator[str]:
    when = f" WHEN {condition}" if condition else ""
    yield f"CREATE TRIGGER {name} BEFORE {event} ON {table}{when} BEGIN SELECT RAISE(ABORT, '{name}'); END"


def _postgres_trigger(name: str, table: str, event: str, condition: str) -> Iterator[str]:
    raising = f"RAISE EXCEPTION '{name}' USING ERRCODE = '23514', CONSTRAINT = '{name}';"
    body = f"IF {condition} THEN {raising} END IF; RETURN NEW;" if condition else raising
    yield f"CREATE FUNCTION guard_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
    yield f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION guard_{name}()"


def named_by(error: BaseException) -> str:
    """The name of the constraint that `error` (of sqlite3 or psycopg) speaks of, or ''."""
    diagnosis = getattr(error, "diag", None)
    if diagnosis is not None and diagnosis.constraint_name:
        return POSTGRES_NAMES.get(diagnosis.constraint_name, str(diagnosis.constraint_name))
    message = str(error)
    for head in ("UNIQUE constraint failed: ", "CHECK constraint failed: "):
        if head in message:
            detail = message.split(head, 1)[1].strip()
            return UNIQUE_COLUMNS.get(detail, detail)
    return message.strip()
