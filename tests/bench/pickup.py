"""Measure the pickup with a million cases: scan to decision, the list of passports, a token's verification.

`python tests/bench/pickup.py [CASES]` prints a table; exit 1 if a limit of issue 3 is broken. Five minutes.
"""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from kiosk import clock, passports
from kiosk.demo.office import found_demo
from kiosk.office import Office
from kiosk.receipts import facts, kiosk_verify, token
from kiosk.receipts.claim import ClaimFound, Shown
from kiosk.receipts.keys import export_json
from kiosk.settings import load
from tests.bench.pty_session import quantile
from tests.builders import case_at_handover, claim_token
from tests.conftest import Desks
from tests.faults.thirteen import passport

CASES = 1_000_000
WAITING = 40
ROUNDS = 30
Row = tuple[str, str, str, bool]

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
TABLES = (
    (
        "itk_case (id, application_no, kind, procedure_id, version, attempt, step, status, outcome, opened_at,"
        " waiting_since, ended_at, priority, holder_name, nationality, issuing_state, passport_no)",
        "i + 1000, 'B-' || i, 'visit_visa_extension', '{procedure}', 14, 1, 'archiving', 'ended', 'issued', {at}, {at},"
        " {at}, '', 'GIVEN NAME' || i, 'NLD', 'NLD', 'B' || i",
    ),
    (
        "receipt (receipt_id, case_id, type, number, token, key_id, issued_at, officer_id, terminal, content, copies,"
        " void_reason)",
        "printf('%012x', i), i + 1000, 2, 'B-' || i, 'B-' || i, 1, {at}, 1, 'loket-1', '{{}}', 0, ''",
    ),
    (
        "payment (case_id, key, reference, method, amount, state, charge, officer_id, terminal, device, created_at,"
        " response_code, approval_code, rrn, invoice_no, batch_no, masked_pan, device_terminal, billing_code, bank_ref,"
        " reason, answer)",
        "i + 1000, 'B-' || i, printf('%012x', i), 'edc_card', 500000, 'approved', '{{}}', 1, 'loket-1', '', {at},"
        " '', '', '', '', '', '', '', '', '', '', '{{}}'",
    ),
    (
        "custody (case_id, passport_no, holder, place, note, officer_id, at)",
        "i + 1000, 'B' || i, 'applicant', '', '', 1, {at}",
    ),
    (
        "handover (case_id, receipt_id, kind, collected_by, relation, identity_kind, identity_no, officer_id, terminal,"
        " at, content)",
        "i + 1000, (SELECT id FROM receipt WHERE receipt_id = printf('%012x', i)), 'issued', 'X', 'applicant', '', '',"
        " 1, 'loket-1', {at}, '{{}}'",
    ),
)


def fill(office: Office, count: int) -> None:
    """`count` cases of earlier years, paid, handed over and archived."""
    with office.store.reading():
        at = office.store.database.execute_sql("SELECT opened_at FROM itk_case LIMIT 1").fetchone()[0]
    for into, select in TABLES:
        values = select.format(at=repr(at), procedure=office.procedure.hash)
        statement = f"{NUMBERS.format(count=count)} INSERT INTO {into} SELECT {values} FROM n"
        with office.store.writing():
            office.store.database.execute_sql(statement)


def milliseconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def row(name: str, found: list[float], limit: float) -> Row:
    p99 = quantile(found, 0.99)
    return (name, f"{quantile(found, 0.5):.2f} / {p99:.2f} ms", f"p99 {limit:g} ms", p99 <= limit)


def measure(office: Office, cases: list[int]) -> list[Row]:
    sri = Desks(office)["sri"]
    texts = {case_id: claim_token(office, case_id) for case_id in cases}

    def decide(case_id: int, text: str) -> None:
        assert sri.find_code(text) == case_id
        assert isinstance(sri.collection.seen(case_id, Shown.QR, text), ClaimFound)

    def opened(case_id: int) -> None:
        assert sri.steps.handover.prepare(case_id)

    scans = [milliseconds(lambda: decide(*item)) for _ in range(ROUNDS) for item in texts.items()]  # noqa: B023
    screens = [milliseconds(lambda: opened(case_id)) for case_id in cases for _ in range(3)]  # noqa: B023
    lists = [milliseconds(lambda: (passports.listed(sri), passports.counts(sri))) for _ in range(ROUNDS)]
    with office.store.reading():
        keys = facts.known_keys()
    exported = kiosk_verify.read_keys(export_json(745, keys.values()))[1]
    text, now = next(iter(texts.values())), clock.now()
    fast = [
        milliseconds(lambda: token.verify(text, keys, expected_type=None, office=745, now=now)) for _ in range(2000)
    ]
    plain = [milliseconds(lambda: kiosk_verify.verify(text, exported, None, 745, now)) for _ in range(500)]
    return [
        row("scan to decision", scans, 50),
        row("the hand-over screen's facts", screens, 50),
        row("list of passports with its counts", lists, 50),
        row("verify a token, cryptography", fast, 1),
        row("verify a token, standard library", plain, 10),
    ]


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    folder = Path(tempfile.mkdtemp(prefix="kiosk-pickup-"))
    try:
        found_demo(folder / "office", devices=False)
        with Office.open(load(folder / "office" / "kiosk.toml"), devices=False) as office:
            desks = Desks(office)
            cases = [case_at_handover(office, desks, passport=passport(f"53{n:07d}")) for n in range(WAITING)]
            begun = time.monotonic()
            fill(office, count)
            print(json.dumps({"cases": count, "filled_seconds": round(time.monotonic() - begun)}))
            rows = measure(office, cases)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{'measure, p50 / p99':<40} {'found':>20} {'limit':>14}")
    for name, found, limit, good in rows:
        print(f"{name:<40} {found:>20} {limit:>14} {'' if good else 'TOO SLOW'}")
    return 0 if all(row[3] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
