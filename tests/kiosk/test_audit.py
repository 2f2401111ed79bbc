"""The chain notices what is done to it."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from db.tables import AuditEvent, AuditHead
from kiosk import audit
from kiosk.audit import Signer
from kiosk.office import Office
from tests import databases

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def fill(office: Office, count: int = 40) -> list[str]:
    heads = []
    with office.store.writing():
        for number in range(count):
            at = AT + timedelta(seconds=number)
            heads.append(audit.append(at, Signer(1, 1, "t"), "act", f"case:{number}", {"n": number}).hash)
    return heads


def tamper(office: Office, *statements: str) -> None:
    """What someone with the database file can do: the triggers go first."""
    with office.store.reading():
        database = office.store.database
        for name in ("audit_event_append_only_update", "audit_event_append_only_delete"):
            database.execute_sql(f"DROP TRIGGER IF EXISTS {name}{' ON audit_event' if databases.SERVER else ''}")
        for statement in statements:
            database.execute_sql(statement)


def verdict(office: Office, *witnesses: str) -> audit.Verification:
    with office.store.reading():
        return audit.verify(witnesses)


def test_an_honest_chain_is_whole_and_knows_its_witnesses(office: Office) -> None:
    heads = fill(office)
    result = verdict(office, *(head[:16] for head in heads))
    assert result.verified
    assert result.head == heads[-1]


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("UPDATE audit_event SET body = replace(body, '\"n\":7', '\"n\":8') WHERE seq > 20", "hash"),
        ("DELETE FROM audit_event WHERE seq = 9", "gap"),
        ("DELETE FROM audit_event WHERE seq > 30", "head"),
        ("UPDATE audit_event SET seq = 1000 WHERE seq = 12", "gap"),
    ],
)
def test_editing_deleting_and_cutting_are_found(office: Office, what: str, reason: str) -> None:
    fill(office)
    tamper(office, what)
    broken = verdict(office).broken
    assert broken is not None
    assert broken.reason == reason


def test_a_chain_made_anew_is_betrayed_by_one_receipt(office: Office) -> None:
    witness = fill(office)[20]
    _rechain(office, lambda body: {**body, "data": {"n": 0}})
    assert verdict(office).verified, "a forger who re-chains everything leaves a chain that is whole in itself"
    broken = verdict(office, witness[:16]).broken
    assert broken is not None
    assert broken.reason == "witness"


def test_a_database_put_back_to_yesterday_is_betrayed_by_one_receipt(office: Office) -> None:
    witness = fill(office)[-1]
    with office.store.reading():
        keep = AuditEvent.get(AuditEvent.seq == 20)
    tamper(office, "DELETE FROM audit_event WHERE seq > 20")
    with office.store.writing():
        AuditHead.update(seq=20, hash=keep.hash).execute()
    assert verdict(office).verified
    assert not verdict(office, witness[:16]).verified


def _rechain(office: Office, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
    tamper(office)
    previous = audit.GENESIS
    with office.store.writing():
        for row in list(AuditEvent.select().order_by(AuditEvent.seq)):
            body = json.dumps({**change(json.loads(row.body)), "prev": previous}, sort_keys=True)
            previous = hashlib.sha256(body.encode()).hexdigest()
            AuditEvent.update(body=body, hash=previous).where(AuditEvent.seq == row.seq).execute()
        AuditHead.update(hash=previous).execute()


def test_the_database_refuses_to_change_an_event(office: Office) -> None:
    from db.connection import ConstraintBroken

    fill(office, 3)
    with pytest.raises(ConstraintBroken, match="append_only"), office.store.writing():
        AuditEvent.update(body="x").execute()


def test_events_hold_ids_only(office: Office) -> None:
    with office.store.writing():
        audit.append(AT, Signer(3, 4, "loket-1"), "complete", "case:5", {"step": "intake"})
    with office.store.reading():
        body = json.loads(AuditEvent.select().order_by(AuditEvent.seq.desc()).get().body)
    assert set(body) == {"seq", "at", "officer", "person", "terminal", "action", "subject", "data", "prev"}
