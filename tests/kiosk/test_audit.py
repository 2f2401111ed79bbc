"""A1-A9: whatever is done to the chain is found, by itself or by one receipt that was handed out.

Each kind of tampering is done at positions of chance of one log and taken back again. Quick: a log of 300 events, 2
positions; long: 10,000 events, 60 positions. Whoever tampers has the database file: no trigger stands in the way.
"""

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from db.connection import ConstraintBroken
from db.tables import AuditEvent, AuditHead, Receipt
from kiosk import audit
from kiosk.audit import Signer
from kiosk.office import Office
from kiosk.receipts import facts, token, witnesses
from kiosk.receipts.keys import public_bytes
from kiosk.receipts.token import Payload, ReceiptType
from kiosk.records import to_json
from kiosk.settings import Settings
from tests import databases
from tests.conftest import Desks
from tests.kiosk.test_cli import Run, config, run

__all__ = ["run"]

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
EVERY = 10
"""One receipt for so many events."""


@dataclass(frozen=True)
class Log:
    """An honest log and, by the number of the event it saw as head, each receipt's text."""

    office: Office
    events: int
    receipts: dict[int, str]

    def later(self, position: int) -> str:
        """A receipt that a holder got after `position`."""
        return next(text for seen, text in self.receipts.items() if seen >= position)


def fill(office: Office, count: int) -> Log:
    """Honest events with receipts among them, as the office writes them."""
    receipts = {}
    with office.store.writing():
        for number in range(1, count + 1):
            head = audit.link(
                AT + timedelta(seconds=number), Signer(1, 1, "loket-1"), "act", f"case:{number}", {"n": number}
            )
            if number % EVERY == 0:
                receipts[head.seq] = issue(office, head, number)
    return Log(office, head.seq, receipts)


def issue(office: Office, head: audit.Head, number: int) -> str:
    ((key_id, private),) = office.kit.keys.private.items()
    issued = token.whole_minute(AT + timedelta(days=1))
    identity = number.to_bytes(6, "big")
    text = token.sign(
        Payload(ReceiptType.PAYMENT, key_id, 745, issued, 0, identity, bytes(7), bytes.fromhex(head.hash)[:8]), private
    )
    Receipt.create(
        receipt_id=identity.hex(),
        type=2,
        number=f"TBB-{number}",
        token=text,
        key_id=key_id,
        issued_at=issued,
        officer=1,
        terminal="loket-1",
        content="",
    )
    return text


class TakenBack(Exception):
    """Ends a tampering: the log is honest again."""


@contextmanager
def tampering(office: Office) -> Iterator[None]:
    """What is done to the database within is taken back at the end; its triggers are out of the way."""
    database = office.store.database
    with pytest.raises(TakenBack), office.store.writing():
        if databases.SERVER:
            for table in ("audit_event", "receipt"):
                database.execute_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        else:
            names = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('audit_event', 'receipt')"
            for (name,) in database.execute_sql(names).fetchall():
                database.execute_sql(f"DROP TRIGGER {name}")
        yield
        raise TakenBack


def found(outside: str = "") -> str:
    """What `kiosk audit verify` says, with a receipt from outside if given: "" for whole, else why it is not."""
    keys = facts.known_keys()
    inside = witnesses.stored(keys)
    more = (witnesses.witness(outside, keys) or "-",) if outside else ()
    result = audit.verify((*inside.heads, *more))
    if result.broken is not None:
        return result.broken.reason
    return "forged" if inside.forged else ""


# what the nine tamperers do


def edit(log: Log, at: int) -> None:
    row = AuditEvent.get_by_id(at)
    AuditEvent.update(body=row.body.replace('"officer":1', '"officer":2')).where(AuditEvent.seq == at).execute()


def delete(log: Log, at: int) -> None:
    AuditEvent.delete().where(AuditEvent.seq == at).execute()


def insert(log: Log, at: int) -> None:
    """An event made up, with a good hash of its own, and all later ones moved up by one."""
    AuditEvent.update(seq=AuditEvent.seq * -1 - 1).where(AuditEvent.seq >= at).execute()
    AuditEvent.update(seq=AuditEvent.seq * -1).where(AuditEvent.seq < 0).execute()
    body = AuditEvent.get_by_id(at + 1).body
    AuditEvent.insert(seq=at, body=body, hash=hashlib.sha256(body.encode()).hexdigest()).execute()
    AuditHead.update(seq=AuditHead.seq + 1).execute()


def swap(log: Log, at: int) -> None:
    first, second = AuditEvent.get_by_id(at), AuditEvent.get_by_id(at + 1)
    for row, other in ((first, second), (second, first)):
        AuditEvent.update(body=other.body, hash=other.hash).where(AuditEvent.seq == row.seq).execute()


def rechain(log: Log, at: int) -> None:
    """Everything from `at` on is written anew and whole in itself; receipts can't be signed."""
    chain_anew(at, lambda body: {**body, "officer": 2})


def rechain_and_write_witnesses(log: Log, at: int) -> None:
    """The same, with the new witnesses written into the stored receipts, unsigned."""
    rechain(log, at)
    resign(log, at, None)


def rechain_with_key(log: Log, at: int) -> None:
    """The same, and every receipt of the database signed anew by who has the terminal's key."""
    rechain(log, at)
    resign(log, at, next(iter(log.office.kit.keys.private.values())))


def truncate(log: Log, at: int) -> None:
    """The tail is gone, receipts and all."""
    AuditEvent.delete().where(AuditEvent.seq >= at).execute()
    last = AuditEvent.get_by_id(at - 1)
    AuditHead.update(seq=last.seq, hash=last.hash).execute()
    gone = [text for seen, text in log.receipts.items() if seen >= at]
    for start in range(0, len(gone), 500):
        Receipt.delete().where(Receipt.token.in_(gone[start : start + 500])).execute()


def restore(log: Log, at: int) -> None:
    """A backup of that moment is put back, and the office works on until the log is as long as before."""
    truncate(log, at)
    for number in range(at, log.events + 1):
        audit.append(AT + timedelta(days=2, seconds=number), Signer(2, 2, "loket-1"), "act", f"case:{number}")


def fork(log: Log, at: int) -> None:
    """A clone that went its own way from `at` on, with receipts of its own: the holder of ours comes to the clone."""
    truncate(log, at)
    for number in range(at, min(at + 3 * EVERY, log.events)):
        head = audit.link(AT + timedelta(seconds=number), Signer(3, 3, "loket-1"), "act", f"case:{number}")
    issue(log.office, head, 10**6 + at)


def chain_anew(at: int, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    previous = AuditEvent.get_by_id(at - 1).hash
    rows = list(AuditEvent.select().where(AuditEvent.seq >= at).order_by(AuditEvent.seq))
    for row in rows:
        body = json.loads(row.body)
        body = {**(change(body) if row.seq == at else body), "prev": previous}
        row.body = json.dumps(body, sort_keys=True, separators=(",", ":"))
        previous = row.hash = hashlib.sha256(row.body.encode()).hexdigest()
    AuditEvent.bulk_update(rows, [AuditEvent.body, AuditEvent.hash], batch_size=200)
    AuditHead.update(hash=previous).execute()


def resign(log: Log, at: int, private: Ed25519PrivateKey | None) -> None:
    for seen, text in log.receipts.items():
        if seen >= at:
            raw, signature = token.decode_text(text) or (b"", b"")
            head = bytes.fromhex(AuditEvent.get_by_id(seen).hash)[:8]
            payload = replace(token.decode_payload(raw), witness=head)
            forged = token.encode_text(token.encode_payload(payload), signature)
            again = token.sign(payload, private) if private is not None else forged
            Receipt.update(token=again).where(Receipt.token == text).execute()


ALONE: dict[str, tuple[Callable[[Log, int], None], set[str]]] = {
    "A1 edit": (edit, {"hash"}),
    "A2 delete": (delete, {"gap"}),
    "A3 insert": (insert, {"link", "gap"}),
    "A4 swap": (swap, {"link"}),
    "A5 re-chain without the key": (rechain, {"witness"}),
    "A5 re-chain and write witnesses": (rechain_and_write_witnesses, {"forged"}),
}
"""What the database betrays by itself, and how."""
BETRAYED: dict[str, Callable[[Log, int], None]] = {
    "A6 re-chain with the key": rechain_with_key,
    "A7 truncate": truncate,
    "A8 restore": restore,
    "A9 fork": fork,
}
"""What leaves a database that is whole in itself: one later receipt betrays it."""


def suite(log: Log, positions: int, seed: int) -> dict[str, int]:
    """How often each kind was found, of `positions` places of chance."""
    chance = random.Random(seed)
    # a receipt was handed out after the last place, and the office's own first events stay
    places = [chance.randrange(30, log.events - 4 * EVERY) for _ in range(positions)]
    counts = dict.fromkeys((*ALONE, *BETRAYED), 0)
    for at in places:
        for name, (act, reasons) in ALONE.items():
            with tampering(log.office):
                act(log, at)
                counts[name] += found() in reasons
        for name, act in BETRAYED.items():
            with tampering(log.office):
                act(log, at)
                assert found() == "", f"{name} at {at}: whole in itself"
                counts[name] += found(log.later(at)) == "witness"
    return counts


def test_a1_to_a9_what_is_done_to_the_chain_is_found(office: Office) -> None:
    log = fill(office, 300)
    with office.store.reading():
        assert found(log.later(290)) == ""
    assert suite(log, 2, seed=1) == dict.fromkeys((*ALONE, *BETRAYED), 2)
    with office.store.reading():
        assert found() == "", "every tampering was taken back"


@pytest.mark.long
def test_a1_to_a9_sixty_positions_of_ten_thousand_events(office: Office) -> None:
    log = fill(office, 10_000)
    assert suite(log, 60, seed=2) == dict.fromkeys((*ALONE, *BETRAYED), 60)


def test_a_verifier_that_looks_at_links_only_would_miss_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: without the receipts' signatures, a chain made anew with new witnesses passes."""
    log = fill(office, 100)
    monkeypatch.setattr(token, "is_signed_by", lambda key, raw, signature: True)
    with tampering(office):
        rechain_and_write_witnesses(log, 50)
        assert found() == ""


def honest(office: Office, count: int) -> int:
    """False alarms in `count` honest events with clock jumps and a declared restore; the number of events."""
    at, chance = AT, random.Random(5)
    rows = []
    with office.store.writing():
        head = audit.head()
        previous, seq = head.hash, head.seq
        for number in range(count):
            at += timedelta(seconds=chance.choice([1, 1, 1, 0, -3600, 86_400, -86_400]))
            seq += 1
            action = "restored" if number % 50_000 == 49_999 else "act"
            body = json.dumps({"seq": seq, "at": at.isoformat(), "action": action, "prev": previous})
            previous = hashlib.sha256(body.encode()).hexdigest()
            rows.append((seq, body, previous))
        for start in range(0, count, 200):
            AuditEvent.insert_many(
                rows[start : start + 200], [AuditEvent.seq, AuditEvent.body, AuditEvent.hash]
            ).execute()
        AuditHead.update(seq=seq, hash=previous).execute()
        result = audit.verify(tuple(row[2][:16] for row in chance.sample(rows, min(1000, count))))
    assert result.verified, result.broken
    return result.events


def test_no_false_alarm_on_honest_events(office: Office) -> None:
    assert honest(office, 3_000) > 3_000


@pytest.mark.long
def test_no_false_alarm_on_a_million_honest_events(office: Office) -> None:
    assert honest(office, 1_000_000) > 1_000_000


def test_the_command_hears_a_receipt_and_nothing_else(run: Run, settings: Settings) -> None:
    toml = config(settings)
    with Office.open(settings, devices=False) as office:
        log = fill(office, 40)
    text = log.later(30)
    code, out, _ = run("audit", "verify", "--witness", text, "--json", "--config", toml)
    assert (code, json.loads(out)["witnesses"]) == (0, 5)
    forged = text[:-40] + ("A" if text[-40] != "A" else "B") + text[-39:]
    code, _, err = run("audit", "verify", "--witness", forged, "--config", toml)
    assert (code, "no receipt of this office" in err) == (1, True)
    assert run("audit", "verify", "--witness", "ab", "--config", toml)[0] == 2
    assert run("audit", "verify", "--witness", "0123456789abcdef", "--config", toml)[0] == 1
    with Office.open(settings, devices=False) as office, office.store.writing():
        for name in ("audit_event_append_only_delete", "receipt_append_only_delete"):
            table = name.split("_append")[0]
            office.store.database.execute_sql(f"DROP TRIGGER {name}{f' ON {table}' if databases.SERVER else ''}")
        truncate(log, 20)
    assert run("audit", "verify", "--config", toml)[0] == 0
    code, out, _ = run("audit", "verify", "--witness", text, "--json", "--config", toml)
    assert (code, json.loads(out)["outside_witnesses_missing"]) == (1, [text])


def test_keys_from_outside_show_a_database_whose_keys_were_changed(office: Office) -> None:
    log, stranger = fill(office, 20), Ed25519PrivateKey.generate()
    with office.store.reading():
        published = facts.known_keys()
    with office.store.writing():
        for trigger, table in (("signing_key_is_frozen", "signing_key"), ("receipt_is_frozen", "receipt")):
            on = f" ON {table}" if databases.SERVER else ""
            office.store.database.execute_sql(f"DROP TRIGGER {trigger}{on}")
        office.store.database.execute_sql(f"UPDATE signing_key SET public_key = '{public_bytes(stranger).hex()}'")
        resign(log, 1, stranger)
    with office.store.reading():
        assert found() == ""
        assert witnesses.stored(facts.known_keys()).forged == ()
        assert witnesses.stored(published).forged == ("TBB-10", "TBB-20")


def test_the_database_refuses_to_change_an_event(office: Office) -> None:
    fill(office, 3)
    with pytest.raises(ConstraintBroken, match="append_only"), office.store.writing():
        AuditEvent.update(body="x").execute()


def test_events_hold_ids_only(office: Office) -> None:
    with office.store.writing():
        audit.append(AT, Signer(3, 4, "loket-1"), "complete", "case:5", {"step": "intake"})
    with office.store.reading():
        body = json.loads(AuditEvent.select().order_by(AuditEvent.seq.desc()).get().body)
    assert set(body) == {"seq", "at", "officer", "person", "terminal", "action", "subject", "data", "prev"}


def test_a_receipt_says_what_the_head_was_when_it_was_issued(office: Office) -> None:
    from tests.builders import given_intake

    with office.store.reading():
        before = {row.hash[:16] for row in AuditEvent.select()}
    answer = Desks(office)["sri"].steps.intake.complete(None, given_intake(), key="k")
    with office.store.reading():
        text = Receipt.get(Receipt.number == answer.receipt_number).token
        keys = facts.known_keys()
        after = {row.hash[:16] for row in AuditEvent.select()} - before
        assert witnesses.witness(text, keys) in after
        assert witnesses.witness(text.lower(), keys) == witnesses.witness(text, keys)


def test_terminals_that_append_at_once_make_one_chain(office: Office) -> None:
    """Reads are one statement, acts a transaction of several events; on PostgreSQL the server itself makes the link."""

    def terminal(number: int) -> None:
        signer = audit.Signer(number, number, f"loket-{number}")
        for turn in range(12):
            with office.store.writing_once():
                audit.append(AT, signer, "read_case", f"case:{turn}", {"view": 'it\'s \\ "50 %" é'})
            with office.store.writing():
                audit.append(AT, signer, "act", f"case:{turn}")
                audit.append(AT, signer, "act", f"case:{turn}", {"turn": turn})

    with office.store.reading():
        before = audit.head().seq
    with ThreadPoolExecutor(6) as terminals:
        list(terminals.map(terminal, range(1, 7)))
    with office.store.reading():
        assert audit.verify().verified
        assert audit.head().seq == before + 6 * 12 * 3
        bodies = [row.body for row in AuditEvent.select().where(AuditEvent.seq > before)]
    assert all(body == to_json(json.loads(body)) for body in bodies), "canonical, as every event is"
    assert sum(json.loads(body)["data"].get("view") == 'it\'s \\ "50 %" é' for body in bodies) == 6 * 12
