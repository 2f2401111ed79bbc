"""Twenty terminals carry whole cases through all thirteen steps at once, through the services; then the books are read.

    python tests/bench/office.py postgresql://postgres@/?host=/tmp&port=5544 [TERMINALS] [CASES EACH]

A real office has 300 cases a day (verification.md). The terminals don't pause between acts, so that the machine is
full: the times are those of a queue. Prints steps a second, p50 and p99 for each step with its claim, and what was
checked afterwards. Exit 1 where a limit of issue 6 or a sum breaks.
"""

import contextlib
import multiprocessing
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
if len(sys.argv) > 1:
    os.environ["KIOSK_TEST_POSTGRES"] = sys.argv[1]

from db.tables import Case, Custody, Handover, Payment, PrintJob, Receipt, RegisterNumber, StepRun
from kiosk import audit, clock
from kiosk.applicant import Holder, Sponsor, SponsorBasis
from kiosk.demo.office import found_demo
from kiosk.founding import add_terminal
from kiosk.office import Office
from kiosk.partial_date import PartialDate
from kiosk.refusals import Refused
from kiosk.settings import Settings, load
from tests import builders, databases
from tests.bench.pty_session import quantile
from tests.conftest import Desks
from tests.faults.thirteen import STEPS, passport

STEPS_A_SECOND = 50.0
ACT_P99_MS = 100.0
WORDS = ("AMARA", "BORIS", "CELIA", "DMITRI", "ELENA", "FARID", "GRETA", "HIRO", "INES", "JONAS", "KEIKO", "LARS")
Times = dict[str, list[float]]


def main() -> int:
    terminals = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    each = int(sys.argv[3]) if len(sys.argv) > 3 else 12
    folder = Path(tempfile.mkdtemp(prefix="kiosk-office-"))
    try:
        settings = founded(folder / "office", terminals)
        times, refusals, seconds = run(settings, terminals, each)
        good = report(times, refusals, seconds, terminals, each)
        return 0 if checked(settings, terminals * each) and good else 1
    finally:
        databases.drop_copies()
        shutil.rmtree(folder, ignore_errors=True)


def founded(folder: Path, terminals: int) -> Settings:
    """An office with keys for its terminals `loket-1` and on."""
    settings = found_demo(folder, devices=False, database=databases.passing_address())
    with Office.open(settings, devices=False) as office:
        builders.import_watchlist(office, folder)
        for number in range(2, terminals + 1):
            add_terminal(office.store, settings, f"loket-{number}", now=clock.now(), approved_by="uji")
    return settings


def run(settings: Settings, terminals: int, each: int) -> tuple[Times, int, float]:
    context = multiprocessing.get_context("spawn")
    told, gate = context.Queue(), context.Barrier(terminals)
    config = str(settings.path("kiosk.toml"))
    children = [context.Process(target=terminal, args=(config, n, each, gate, told)) for n in range(1, terminals + 1)]
    for child in children:
        child.start()
    times: Times = defaultdict(list)
    refusals, moments = 0, []
    for _ in children:
        found, refused, *spent = told.get(timeout=1800)
        refusals += refused
        moments += spent
        for name, one in found.items():
            times[name] += one
    for child in children:
        child.join(60)
    return times, refusals, max(moments) - min(moments)


def terminal(config: str, number: int, each: int, gate: Any, told: Any) -> None:
    """One terminal: cases of its own, from the counter to the archive."""
    times: Times = defaultdict(list)
    refusals = 0
    with Office.open(load(Path(config)), terminal=f"loket-{number}", devices=False) as office:
        desks = Desks(office)
        for login in ("sri", "budi", "wati", "agus", "hendra", "ratna", "yusuf", "made", "eko"):
            _ = desks[login]
        witness = desks["sri"].witness("agus", "141421")
        gate.wait(300)
        begun = time.monotonic()
        for case in range(each):
            refusals += whole_case(office, desks, witness, number * 100_000 + case, times)
        ended = time.monotonic()
    told.put((dict(times), refusals, begun, ended))


def whole_case(office: Office, desks: Desks, witness: Any, number: int, times: Times) -> int:
    """All thirteen steps of one applicant; 1 where a step was refused."""
    data = builders.an_applicant(
        passport=passport(f"L{number:08d}"),
        holder=Holder(
            f"{WORDS[number % 12]}{number:07d}", WORDS[number // 12 % 12], "", builders.an_applicant().holder.sex,
            PartialDate(1960 + number % 40, 1 + number % 12, 1 + number % 28), "KAZAN", "RUS",
        ),
        sponsor=Sponsor(
            SponsorBasis.INDIVIDUAL, name="HARTONO", identity_no=f"16030117087{number % 100_000:05d}",
            address="Jalan Sudirman 5", phone="+62 812 3456 7890",
        ),
    )  # fmt: skip
    data = replace(data, holder=replace(data.holder, name_viz=data.holder.name))
    sri, budi = desks["sri"], desks["budi"]
    with timed(times, "intake"):
        received = sri.steps.intake.complete(None, builders.given_intake(data), key=secrets.token_hex(16))
    if isinstance(received, Refused):
        print(number, "intake", received)
        return 1
    case_id = sri.search(received.application_no)[0].case_id

    def done(login: str, step: str, given: Any, **more: Any) -> Any:
        with timed(times, step):
            produced = builders.completed(desks[login], case_id, step, given, **more)
        if isinstance(produced, Refused):
            raise RuntimeError(f"{number} {step}: {produced}")
        return produced

    try:
        done("budi", "data_entry", builders.given_data_entry(data))
        done("wati", "watchlist", builders.given_watchlist("v1"))
        done("agus", "verification", builders.given_verification(received))
        done("budi", "scanning", builders.given_scanning(budi, case_id))
        granted = done("hendra", "approval", builders.given_approval())
        slip = builders.given_payment(
            amount=granted.total,
            ntpn=secrets.token_hex(8).upper(),
            billing_code=f"{number:015d}",
            bank_ref=f"{number:012d}",
        )
        done("ratna", "payment", slip)
        done("agus", "biometrics", builders.given_biometrics(desks["agus"], case_id))
        done("yusuf", "registration", builders.given_registration(desks["yusuf"], case_id))
        done("made", "endorsement", builders.given_endorsement())
        done("budi", "stamp_scan", builders.given_stamp_scan(budi, case_id))
        given = builders.given_handover(office, case_id, reason="Alat sidik jari belum terpasang.")
        done("sri", "handover", given, witness=witness)
        prepared = desks["eko"].steps.archiving.prepare(case_id)
        assert not isinstance(prepared, Refused), prepared
        from kiosk.steps import archiving

        done("eko", "archiving", archiving.Given(f"L1-R1-B{1 + number % 90}", 24, True))
    except RuntimeError as error:
        print(error)
        return 1
    return 0


@contextlib.contextmanager
def timed(times: Times, name: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    times[name].append((time.perf_counter() - begun) * 1000)


def report(times: Times, refusals: int, seconds: float, terminals: int, each: int) -> bool:
    steps = sum(len(found) for found in times.values())
    rate, worst = steps / seconds, 0.0
    print(
        f"{terminals} terminals x {each} cases: {steps} steps in {seconds:.1f} s, "
        f"{rate:.1f} a second, {refusals} refused"
    )
    for step in STEPS:
        if found := times.get(step):
            p99 = quantile(found, 0.99)
            worst = max(worst, p99)
            print(f"  {step:<13} {len(found):>6}  p50 {quantile(found, 0.5):7.1f} ms  p99 {p99:7.1f} ms")
    print(f"limits: {STEPS_A_SECOND:g} steps a second, p99 {ACT_P99_MS:g} ms with claim; worst p99 {worst:.1f} ms")
    return rate >= STEPS_A_SECOND and worst <= ACT_P99_MS and not refusals


def checked(settings: Settings, cases: int) -> bool:
    """Money, custody, numbers and chain, read once all is done."""
    with Office.open(settings, devices=False) as office, office.store.reading():
        serials = sorted(row.serial for row in RegisterNumber.select(RegisterNumber.serial))
        paid = [row.amount for row in Payment.select(Payment.amount)]
        archived = Case.select().where(Case.status == "ended").count()
        sums = {
            "cases archived": (archived, cases),
            "step runs": (StepRun.select().count(), cases * len(STEPS)),
            "register numbers 1..n": (serials, list(range(1, cases + 1))),
            "payments": (len(paid), cases),
            "claims issued once": (Receipt.select().where(Receipt.type == 2).count(), cases),
            "hand-overs": (Handover.select().count(), cases),
            "passports with their holders": (Custody.select().where(Custody.holder == "applicant").count(), cases),
            "papers queued": (PrintJob.select().count() >= cases * 4, True),
            "audit chain whole": (audit.verify().verified, True),
        }
    for name, (found, wanted) in sums.items():
        shown = "ok" if found == wanted else f"BROKEN: {str(found)[:60]} instead of {str(wanted)[:60]}"
        print(f"  {name:<30} {shown}")
    print(f"  money taken {sum(paid):,} rupiah")
    return all(found == wanted for found, wanted in sums.values())


if __name__ == "__main__":
    sys.exit(main())
