"""One terminal of the load generator: cases of its own, from the counter to the archive, each call of a service timed.

A step is opened as a screen opens it, captures what devices would, and completes.
"""

import functools
import random
import secrets
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kiosk import audit
from kiosk.applicant import Holder, Sponsor, SponsorBasis
from kiosk.captures import Captures
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.partial_date import PartialDate
from kiosk.people.model import Witness
from kiosk.refusals import Refused
from kiosk.settings import load
from kiosk.step_service import StepService
from kiosk.steps import archiving, registration
from kiosk.words import Language, catalogue
from tests import builders
from tests.conftest import Desks
from tests.faults.thirteen import LOGIN, STEPS, passport

WORDS = ("AMARA", "BORIS", "CELIA", "DMITRI", "ELENA", "FARID", "GRETA", "HIRO", "INES", "JONAS", "KEIKO", "LARS")
Times = dict[str, list[float]]


@dataclass(slots=True)
class Told:
    """What one terminal has to say: milliseconds of each act, how late steps began, seconds of processor."""

    terminal: int
    times: Times = field(default_factory=lambda: defaultdict(list))
    late: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    worked: float = 0.0
    begun: float = 0.0
    ended: float = 0.0


class Pace:
    """When the next step begins: at once, or at moments that don't wait for the step before (exponential, so that
    twenty terminals together are a Poisson stream)."""

    def __init__(self, steps_a_second: float, late: list[float], seed: int) -> None:
        self._rate = steps_a_second
        self._late = late
        self._random = random.Random(seed)
        self._next = time.monotonic()

    def wait(self) -> None:
        if not self._rate:
            return
        self._next += self._random.expovariate(self._rate)
        if (ahead := self._next - time.monotonic()) > 0:
            time.sleep(ahead)
        self._late.append(max(0.0, -ahead) * 1000)


def terminal(config: str, number: int, first: int, each: int, rate: float, gate: Any, told: Any) -> None:
    """`each` cases, their steps `rate` a second (0: without a pause), once all terminals are ready."""
    found = Told(number)
    with Office.open(load(Path(config)), terminal=f"loket-{number}", devices=False) as office:
        desks = Desks(office)
        for login in set(LOGIN.values()):
            _ = desks[login]
        witness = desks["sri"].witness("agus", "141421")
        assert isinstance(witness, Witness)
        for language in Language:  # which a terminal has read when its first applicant comes
            catalogue(language)
        timing(found.times)
        gate.wait(300)
        found.begun, busy = time.monotonic(), time.process_time()
        pace = Pace(rate, found.late, number)
        for case in range(first, first + each):
            found.refused += whole_case(office, desks, witness, number * 100_000 + case, pace.wait)
        found.ended, found.worked = time.monotonic(), time.process_time() - busy
    found.times = dict(found.times)
    told.put(found)


def timing(times: Times) -> None:
    """Time every call of the services in this process, whoever makes it, and what the audit chain adds to one."""
    for room, name, shown in (
        (Desk, "search", "search"),
        (StepService, "open", "open a step"),
        (StepService, "prepare", "prepare"),
        (Captures, "store", "capture"),
        (registration, "draw", "draw a number"),
        (audit, "link", "audit event"),
    ):
        setattr(room, name, _timed(getattr(room, name), times, lambda service, shown=shown: shown))
    complete = StepService.complete
    StepService.complete = _timed(complete, times, lambda service: service.rules.KEY)  # type: ignore[method-assign]


def _timed(function: Callable[..., Any], times: Times, named: Callable[[Any], str]) -> Callable[..., Any]:
    @functools.wraps(function)
    def timed(*args: Any, **kwargs: Any) -> Any:
        begun = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            times[named(args[0])].append((time.perf_counter() - begun) * 1000)

    return timed


def whole_case(
    office: Office, desks: Desks, witness: Witness, number: int, wait: Callable[[], None] = lambda: None
) -> list[str]:
    """All thirteen steps of one applicant, each after `wait`; what was refused."""
    data = applicant(number)
    wait()
    received = desks["sri"].steps.intake.complete(None, builders.given_intake(data), key=secrets.token_hex(16))
    if isinstance(received, Refused):
        return [f"{number} intake: {received}"]
    case_id = desks["sri"].search(received.application_no)[0].case_id
    given: dict[str, Callable[[Desk], Any]] = {
        "data_entry": lambda desk: builders.given_data_entry(data),
        "watchlist": lambda desk: builders.given_watchlist("v1"),
        "verification": lambda desk: builders.given_verification(received),
        "scanning": lambda desk: builders.given_scanning(desk, case_id),
        "approval": lambda desk: builders.given_approval(),
        "payment": lambda desk: builders.given_payment(
            ntpn=secrets.token_hex(8).upper(), billing_code=f"{number:015d}", bank_ref=f"{number:012d}"
        ),
        "biometrics": lambda desk: builders.given_biometrics(desk, case_id),
        "registration": lambda desk: builders.given_registration(desk, case_id),
        "endorsement": lambda desk: builders.given_endorsement(),
        "stamp_scan": lambda desk: builders.given_stamp_scan(desk, case_id),
        "handover": lambda desk: builders.given_handover(office, case_id, reason="Alat sidik jari belum terpasang."),
        "archiving": lambda desk: archiving.Given(f"L1-R1-B{1 + number % 90}", 24, True),
    }
    for step in STEPS[1:]:
        wait()
        desk = desks[LOGIN[step]]
        if isinstance(done := one_step(desk, case_id, step, given[step], witness), Refused):
            return [f"{number} {step}: {done}"]
    return []


def one_step(desk: Desk, case_id: int, step: str, given: Callable[[Desk], Any], witness: Witness) -> Any:
    service = desk.steps[step]
    if isinstance(opened := service.open(case_id), Refused):
        return opened
    second = witness if step == "handover" else None
    return service.complete(case_id, given(desk), key=secrets.token_hex(16), claim=opened.claim, witness=second)


def applicant(number: int) -> Any:
    """An applicant of that number: nobody else has the name, the passport or the sponsor."""
    someone = builders.an_applicant()
    data = builders.an_applicant(
        passport=passport(f"L{number:08d}"),
        holder=Holder(
            f"{WORDS[number % 12]}{number:07d}",
            WORDS[number // 12 % 12],
            "",
            someone.holder.sex,
            PartialDate(1960 + number % 40, 1 + number % 12, 1 + number % 28),
            "KAZAN",
            "RUS",
        ),
        sponsor=Sponsor(
            SponsorBasis.INDIVIDUAL,
            name="HARTONO",
            identity_no=f"16030117087{number % 100_000:05d}",
            address="Jalan Sudirman 5",
            phone="+62 812 3456 7890",
        ),
    )
    return replace(data, holder=replace(data.holder, name_viz=data.holder.name))
