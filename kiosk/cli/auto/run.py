"""`kiosk demo --auto`: a day of the office, every step by key presses at the real terminal app, and what it left."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from kiosk import clock
from kiosk.cli.auto import back_office, counters
from kiosk.cli.auto.summary import write_summary
from kiosk.cli.auto.typist import Stuck, Typist
from kiosk.cli.auto.world import World
from kiosk.cli.exits import Exit, tell
from kiosk.demo.applicants import DemoApplicant, make
from kiosk.demo.cekal import add_cekal, entries
from kiosk.demo.office import found_demo
from kiosk.demo.officers import OFFICERS
from kiosk.formats import numeric_date
from kiosk.office import Office
from kiosk.settings import Settings
from screens.app import KioskApp
from screens.sign_in import SignInScreen

SIDE_PATHS = (
    "incomplete",
    "cekal_cleared",
    "nonconformity",
    "card_declined",
    "finger_missing",
    "reprinted",
)
PRINT_SECONDS = 60.0


@dataclass(slots=True)
class Visit:
    """One applicant on the way through the office."""

    who: DemoApplicant
    sides: frozenset[str]
    number: str = ""
    register_no: str = ""
    valid_until: str = ""


@dataclass(slots=True)
class Day:
    """The terminal, the hands at it, the applicants, and the side paths that really happened."""

    hands: Typist
    world: World
    visits: list[Visit]
    happened: set[str] = field(default_factory=set)


def run_auto(*, cases: int, out: Path, seed: int, keep: bool, database: str) -> int:
    """Run the day; the exit code: 0 only if every case was archived and every side path happened."""
    out.mkdir(parents=True, exist_ok=True)
    folder = out / "office" if keep else Path(tempfile.mkdtemp(prefix="kiosk-demo-"))
    if (folder / "kiosk.toml").exists():
        tell(f"{folder}: sudah ada / exists already")
        return Exit.REFUSED
    try:
        settings = found_demo(folder, database=database, brisk=True)
        today = clock.office_day(clock.now())
        visits = _visits(seed, cases, today)
        lookalike = next(visit.who for visit in visits if "cekal_cleared" in visit.sides)
        add_cekal(settings, entries(lookalike), now=clock.now())
        complete = asyncio.run(_open(settings, visits))
        good = write_summary(settings, [visit.number for visit in visits], out)
    except Stuck as stuck:
        tell(f"macet / stuck: {stuck}")
        return Exit.REFUSED
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    return Exit.DONE if complete and good else Exit.REFUSED


def _visits(seed: int, cases: int, today: date) -> list[Visit]:
    """Applicants with the side paths spread over them."""
    shared: dict[int, set[str]] = {number: set() for number in range(cases)}
    for place, side in enumerate(SIDE_PATHS):
        shared[(place + 1) % cases].add(side)
    return [Visit(make(seed, number, today), frozenset(shared[number])) for number in range(cases)]


async def _open(settings: Settings, visits: list[Visit]) -> bool:
    app = KioskApp(lambda: Office.open(settings))
    async with app.run_test(size=(80, 24)) as pilot:
        hands = Typist(app, pilot)
        await hands.until(lambda: hands.on(SignInScreen), doing="open the office")
        await _devices_ready(hands, app.the_office())
        day = Day(hands, World(app.the_office().devices, settings.path("tray")), visits)
        for title, login, work in STAGES:
            await _stage(day, title, login, work)
        await hands.until(app.the_office().printing.settled, seconds=PRINT_SECONDS, doing="print everything")
        app.exit()
    app.close_office()
    missing = set(SIDE_PATHS) - day.happened
    for side in sorted(missing):
        tell(f"tidak terjadi / did not happen: {side}")
    return not missing


async def _devices_ready(hands: Typist, office: Office) -> None:
    for role in office.settings.devices:
        await hands.until(lambda: office.devices.status(role).state == "ready", doing=f"{role} ready")  # noqa: B023


Work = Callable[[Day, Visit], Awaitable[None]]


async def _stage(day: Day, title: str, login: str, work: Work) -> None:
    """One officer signs in, does one step for everybody, and signs out."""
    pin = next(person.pin for person in OFFICERS if person.login == login)
    await day.hands.sign_in(login, pin)
    for place, visit in enumerate(day.visits, 1):
        await work(day, visit)
        _progress(title, place, len(day.visits))
    await day.hands.sign_out()


def _progress(title: str, place: int, visits: int) -> None:
    """One line that counts up on a terminal; elsewhere one line when the stage is done."""
    stderr = sys.__stderr__  # the app's own stands in for sys.stderr while it runs, and says it is a terminal
    if stderr is None or not (stderr.isatty() or place == visits):
        return
    head, end = ("\r", "\n" if place == visits else "") if stderr.isatty() else ("", "\n")
    print(f"{head}{title:<24} {place}/{visits}", end=end, file=stderr, flush=True)


async def _intake(day: Day, visit: Visit) -> None:
    if "incomplete" in visit.sides:
        await counters.intake(day.hands, visit.who, leave_out="request_letter")
        day.happened.add("incomplete")
    visit.number = await counters.intake(day.hands, visit.who)


async def _data_entry(day: Day, visit: Visit) -> None:
    await counters.data_entry(day.hands, visit.who, visit.number)


async def _watchlist(day: Day, visit: Visit) -> None:
    if not await counters.watchlist(day.hands, visit.number):
        await counters.clear_hit(day.hands, "joko")
        day.happened.add("cekal_cleared")


async def _verification(day: Day, visit: Visit) -> None:
    await counters.verification(day.hands, visit.number)


async def _scanning(day: Day, visit: Visit) -> None:
    await back_office.scanning(day.hands, visit.number)


async def _problem(day: Day, visit: Visit) -> None:
    if "nonconformity" in visit.sides:
        await back_office.nonconformity(day.hands, visit.number, back_to="scanning")
        day.happened.add("nonconformity")


async def _scanning_again(day: Day, visit: Visit) -> None:
    if "nonconformity" in visit.sides:
        await back_office.scanning(day.hands, visit.number)


async def _approval(day: Day, visit: Visit) -> None:
    await back_office.approval(day.hands, visit.number)


async def _payment(day: Day, visit: Visit) -> None:
    declined = "card_declined" in visit.sides
    await back_office.payment(day.hands, visit.number, declined_first=declined, world=day.world)
    if declined:
        day.happened.add("card_declined")


async def _biometrics(day: Day, visit: Visit) -> None:
    missing = "finger_missing" in visit.sides
    await back_office.biometrics(day.hands, visit.number, missing_finger=missing)
    if missing:
        day.happened.add("finger_missing")


async def _registration(day: Day, visit: Visit) -> None:
    visit.register_no, until = await back_office.registration(day.hands, visit.number)
    visit.valid_until = numeric_date(until)


async def _endorsement(day: Day, visit: Visit) -> None:
    await back_office.endorsement(day.hands, visit.number)


async def _stamp_scan(day: Day, visit: Visit) -> None:
    await back_office.stamp_scan(day.hands, visit.number, visit.register_no, visit.valid_until)


async def _handover(day: Day, visit: Visit) -> None:
    printing = day.hands.app.the_office().printing
    if "reprinted" in visit.sides:
        await back_office.reprint(day.hands, visit.number, "PaymentReceipt")
        day.happened.add("reprinted")
    await day.hands.until(printing.settled, seconds=PRINT_SECONDS, doing="print the claims")
    second = "hendra" if "reprinted" in visit.sides else ""
    await back_office.handover(day.hands, visit.number, day.world, visit.who.data.passport.number, second=second)


async def _archiving(day: Day, visit: Visit) -> None:
    await back_office.archiving(day.hands, visit.number, 1 + visit.who.number // 20)


STAGES: tuple[tuple[str, str, Work], ...] = (
    ("1 loket", "sri", _intake),
    ("2 entri data", "budi", _data_entry),
    ("3 cekal", "wati", _watchlist),
    ("4 verifikasi", "agus", _verification),
    ("5 pemindaian", "budi", _scanning),
    ("6 ketidaksesuaian", "hendra", _problem),
    ("5 pemindaian ulang", "budi", _scanning_again),
    ("6 persetujuan", "hendra", _approval),
    ("7 pembayaran", "ratna", _payment),
    ("8 biometrik", "agus", _biometrics),
    ("9 register", "yusuf", _registration),
    ("10 pengesahan", "made", _endorsement),
    ("11 pindai cap", "budi", _stamp_scan),
    ("12 penyerahan", "sri", _handover),
    ("13 arsip", "eko", _archiving),
)
