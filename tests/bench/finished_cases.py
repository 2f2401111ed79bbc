"""A PostgreSQL office with any number of finished cases, made by the server itself: a million in some minutes."""

from collections.abc import Iterator
from typing import Any

from peewee import Model

from db.tables import (
    ArchiveRecord,
    AuditEvent,
    AuditHead,
    Case,
    CaseEvent,
    CaseKey,
    CaseName,
    Claim,
    Custody,
    Handover,
    Ledger,
    Part,
    Payment,
    PrintJob,
    ProcedureVersion,
    Receipt,
    RegisterNumber,
    Screening,
    StepRun,
    StepWork,
    VaultObject,
)
from kiosk import clock
from kiosk.office import Office

FROM = 100_000
"""Ids of real cases of the office stay below."""
AT = "TIMESTAMP '2020-01-01' + i * INTERVAL '3 minutes'"
HEX = "encode(sha256(convert_to('{word}' || i, 'UTF8')), 'hex')"
COMMON = {
    **dict.fromkeys(("officer", "person", "handed_by", "received_by"), "1"),
    **dict.fromkeys(("at", "opened_at", "completed_at", "taken_at", "lease_until", "released_at", "closed_at"), AT),
    **dict.fromkeys(("created_at", "issued_at", "drawn_at", "received_at", "waiting_since", "ended_at"), AT),
    **dict.fromkeys(("content", "output", "charge", "query", "answer", "meta"), "'{}'"),
    "terminal": "'loket-1'",
    "case": "i",
    "step": "'archiving'",
    "attempt": "1",
    "key": "'S' || i",
    "passport_no": "'S' || i",
    "number": "'S-' || i",
    "amount": "500000",
}
"""Columns that every table takes alike, by name; `i` counts cases."""
TABLES: tuple[tuple[type[Model], dict[str, str]], ...] = (
    (
        Case,
        {
            "id": "i",
            "application_no": "'S-' || i",
            "kind": "'visit_visa_extension'",
            "procedure": "'{procedure}'",
            "status": "'ended'",
            "outcome": "'issued'",
            "holder_name": "'GIVEN' || mod(i, 97) || ' NAME' || i",
            **dict.fromkeys(("nationality", "issuing_state"), "'NLD'"),
            "sponsor_no": "'9' || mod(i, 50000)",
        },
    ),
    (CaseName, {"word": "'NAME' || i"}),
    (CaseName, {"word": "'GIVEN' || mod(i, 97)"}),
    (Claim, {}),
    (CaseEvent, {"act": "'open'", "unit": "'LALINTUSKIM'", "key": "'o' || i"}),
    (CaseEvent, {"act": "'complete'", "unit": "'LALINTUSKIM'", "key": "'c' || i"}),
    (StepRun, {"step": "'intake'", "seconds": "60"}),
    (StepRun, {"seconds": "60"}),
    (StepWork, {"closed_by": "'complete'"}),
    (Part, {"part": "'intake'"}),
    (Part, {"part": "'archiving'"}),
    (Custody, {"holder": "'office'"}),
    (Custody, {"holder": "'applicant'"}),
    (
        Receipt,
        {"id": "i", "receipt_id": "lpad(to_hex(i), 12, '0')", "type": "2", "token": "'S-' || i", "key_id": "1"},
    ),
    (PrintJob, {"paper": "'ClaimReceipt'", "state": "'printed'"}),
    (
        Payment,
        {
            "id": "i",
            "reference": "lpad(to_hex(i), 12, '0')",
            "method": "'state_receipt'",
            "state": "'settled'",
            "billing_code": "lpad(i::text, 15, '8')",
            "bank_ref": "lpad(i::text, 12, '7')",
            "ntpn": "lpad(to_hex(i), 16, 'F')",
        },
    ),
    (Ledger, {"kind": "'sale'", "payment": "i", "method": "'state_receipt'"}),
    (RegisterNumber, {"year": "2020", "series": "'S'", "serial": "i", "number": "'R-' || i"}),
    (
        Handover,
        {
            "receipt": "i",
            "kind": "'issued'",
            "collected_by": "'X'",
            "relation": "'applicant'",
            **dict.fromkeys(("identity_kind", "identity_no"), "''"),
        },
    ),
    (
        ArchiveRecord,
        {"list_no": "'S' || i", "location": "'L1-R1-B1'", "pages": "30", "retention_until": "DATE '2040-01-01'"},
    ),
    (CaseKey, {"wrapped": "''"}),
    (
        VaultObject,
        {
            "kind": "'passport'",
            "sha256": HEX.format(word="s"),
            "blob": HEX.format(word="b"),
            "media_type": "'image/png'",
            "size": "9",
        },
    ),
    (
        Screening,
        {
            "list_version": "'v0'",
            "list_hash": HEX.format(word="l"),
            "scorer": "'s'",
            "verdict": "'clear'",
            "answer": "'[]'",
        },
    ),
)
EVENTS_A_CASE = 3


def fill(office: Office, count: int) -> None:
    """`count` cases of earlier years; constraints between tables are not asked again for each row."""
    with office.store.writing():
        ProcedureVersion.insert(
            hash=office.procedure.hash, content=office.procedure.source, first_used=clock.now()
        ).on_conflict_ignore().execute()
    numbers = f"generate_series({FROM}, {FROM + count - 1}) AS i"
    for table, given in TABLES:
        columns = dict(_columns(table, given, office.procedure.hash))
        names, values = ", ".join(columns), ", ".join(columns.values())
        _alone(office, f"INSERT INTO {table._meta.table_name} ({names}) SELECT {values} FROM {numbers}")
    _events(office, count * EVENTS_A_CASE)
    for table in dict.fromkeys(table for table, _ in TABLES):
        if table._meta.auto_increment:
            name = table._meta.table_name
            _alone(office, f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT MAX(id) FROM {name}))")
    with office.store.alone():
        office.store.database.execute_sql("SET statement_timeout = 0")
        office.store.database.execute_sql("VACUUM ANALYZE")
        office.store.database.execute_sql("RESET statement_timeout")


def _columns(table: type[Model], given: dict[str, str], procedure: str) -> Iterator[tuple[str, str]]:
    for field in table._meta.sorted_fields:
        value: Any = given.get(field.name, None if field.null else COMMON.get(field.name))
        if value is None and field.name in ("ended_at", "closed_at", "released_at", "case", "person"):
            value = COMMON[field.name]
        if value is not None:
            yield field.column_name, value.replace("{procedure}", procedure)
        elif field.default is not None:
            yield field.column_name, repr(field.default).replace("False", "false")


def _events(office: Office, count: int) -> None:
    """Events before those of the office: the chain is not whole then, and nothing here walks it."""
    with office.store.reading():
        end = AuditHead.get()
    first = end.seq + 1
    _alone(
        office,
        f"INSERT INTO {AuditEvent._meta.table_name} (seq, body, hash) SELECT i, repeat('x', 260), "
        f"{HEX.format(word='a')} FROM generate_series({first}, {first + count - 1}) AS i",
    )
    with office.store.writing():
        AuditHead.update(seq=first + count - 1).where(AuditHead.id == 1).execute()


def _alone(office: Office, statement: str) -> None:
    with office.store.writing():
        office.store.database.execute_sql("SET LOCAL session_replication_role = replica")
        office.store.database.execute_sql("SET LOCAL statement_timeout = 0")
        office.store.database.execute_sql("SET LOCAL synchronous_commit = off")
        office.store.database.execute_sql(statement)
