"""Every screen of the program, in both languages, at 80x24 and 120x40, character by character.

One table names how each is reached; a screen class without a row fails. One run of the app shows a screen four times:
the language is switched and the terminal resized while it stands, as it may be at a counter.
"""

import asyncio
import importlib
import pkgutil
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

import screens
from db.tables import Case
from kiosk.applicant import ApplicantData, Holder, Sex
from kiosk.capturing import Seen
from kiosk.demo.officers import OFFICERS
from kiosk.office import Office, OfficeUnavailable
from kiosk.partial_date import PartialDate
from kiosk.refusals import Code, refused
from kiosk.steps import storage, watchlist
from kiosk.words import Language
from screens.board import BoardApp
from screens.pickup import PickupApp
from screens.sign_in import SignInScreen
from screens.step_screen import StepScreen
from screens.storage import WayDialog
from screens.themes import MODERN
from screens.tour import Tour
from screens.widgets.dialogs import Confirm, FormDialog, ReasonDialog, SecondPerson
from screens.widgets.fields import Choice, Field, Kind
from screens.widgets.pick_list import PickDialog
from screens.widgets.portrait_preview import PortraitPreview
from tests import builders
from tests.conftest import Desks
from tests.screens import counter
from tests.screens.counter import AT, desk_of, open_step
from tests.screens.driving import LOOKS, TestedApp, settle
from tests.screens.snapshot import check, text

SMALL, LARGE = (80, 24), (120, 40)
BASES = {
    "Asking",
    "Cover",
    "Dialog",
    "OfficeScreen",
    "StepLife",
    "StepScreen",
    "WithAside",
}
"""Classes that others are made from; never shown themselves."""

NAMES = (
    ("data_entry", "TANAKA", "HARUKI"),
    ("watchlist", "JANSEN", "PIETER"),
    ("verification", "MUELLER", "GRETA"),
    ("scanning", "DUBOIS", "CLAIRE"),
    ("approval", "OKAFOR", "CHIDI"),
    ("payment", "SILVA", "MARCOS"),
    ("biometrics", "NOVAK", "EVA"),
    ("registration", "HANSEN", "LARS"),
    ("endorsement", "ROSSI", "PAOLA"),
    ("stamp_scan", "KOVAC", "IVAN"),
    ("handover", "WALSH", "NIAMH"),
    ("archiving", "DEMIR", "SELIN"),
    ("archive", "COSTA", "RUI"),
)
"""Where a case stands, and whose it is."""
LISTED = {"id": "ID-1", "names": [{"name": "KUZNETSOVA MARINA"}], "dob": ["1988-03-14"], "passports": ["530012345"]}
NOBODY = {"id": "N-1", "names": [{"name": "ZORBLAT QUENNIX"}]}


def applicant(surname: str, given: str) -> ApplicantData:
    data = builders.an_applicant()
    number = f"5302{[one for _, one, _ in NAMES].index(surname):05d}"
    born = PartialDate(1985, 6, 1 + len(given))
    holder = Holder(surname, given, f"{given} {surname}", Sex.F, born, "KAZAN", "RUS")
    return replace(data, holder=holder, passport=replace(data.passport, number=number))


@dataclass
class World:
    """An office with a case at every step; opened once for all tests of this module."""

    office: Office
    cases: dict[str, int]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("every")
    with pytest.MonkeyPatch.context() as patch:
        counter.stop_the_clock(patch)
        patch.setattr("screens.widgets.sop.monotonic", lambda: 0.0)
        office = counter.found(folder / "office")
        with pytest.MonkeyPatch.context() as lot:
            lot.setattr("kiosk.money.payments.secrets.choice", random.Random(7).choice)
            cases = settled_cases(office, folder)
        yield World(office, cases)
        office.close()


def settled_cases(office: Office, folder: Path) -> dict[str, int]:
    desks, cases = Desks(office), {}
    for person in OFFICERS:
        assert desks[person.login], "everybody is at work"
    builders.import_watchlist(office, folder, NOBODY, version="v1")
    for step, surname, given in NAMES:
        data = applicant(surname, given)
        changes = {"holder": data.holder, "passport": data.passport}
        if step in {"data_entry", "watchlist", "verification"}:
            cases[step] = taken_in(office, desks, data, step)
        elif step == "archive":
            cases[step] = builders.case_in_archive(office, desks, **changes)
        else:
            cases[step] = getattr(builders, f"case_at_{step}")(office, desks, **changes)
    builders.import_watchlist(office, folder, LISTED, version="v2")
    cases["held"] = taken_in(office, desks, builders.an_applicant(), "watchlist")
    return cases


def taken_in(office: Office, desks: Desks, data: ApplicantData, step: str) -> int:
    """A case that came to its step the long way, so that it has documents and a history."""
    produced = desks["sri"].steps["intake"].complete(None, builders.given_intake(data), key=data.passport.number)
    with office.store.reading():
        case_id = int(Case.get(Case.application_no == produced.application_no).id)
    if step != "data_entry":
        builders.completed(desks["budi"], case_id, "data_entry", builders.given_data_entry(data))
    if step == "verification":
        builders.completed(desks["wati"], case_id, "watchlist", watchlist.Given("v1"))
    return case_id


# how each screen is reached

Reach = Callable[[Pilot[Any], World], Awaitable[object]]


@dataclass(frozen=True)
class Row:
    """A screen: its class's name, who works there, and how it comes to the front. `alike`: both languages at once.
    `restless`: a device works as long as it is open."""

    kind: str
    login: str
    reach: Reach
    program: str = "office"
    alike: bool = False
    restless: bool = False


def step_row(kind: str, login: str, step: str) -> Row:
    async def reach(pilot: Pilot[Any], world: World) -> None:
        screen = await open_step(pilot, step, world.cases.get(step))
        if step == "watchlist":
            screen.prepared = replace(screen.prepared, elapsed_ms=1.0)
            screen._show()

    return Row(kind, login, reach)


def opened(kind: str, login: str, how: Callable[[Any, World], object]) -> Row:
    async def reach(pilot: Pilot[Any], world: World) -> None:
        how(pilot.app, world)

    return Row(kind, login, reach)


def keyed(kind: str, login: str, *keys: str, **more: Any) -> Row:
    async def reach(pilot: Pilot[Any], world: World) -> None:
        await pilot.press(*keys)

    return Row(kind, login, reach, **more)


async def watch_camera(pilot: Pilot[Any], world: World) -> None:
    pilot.app.push_screen(PortraitPreview(pilot.app.signed_in(), world.cases["biometrics"], "biometrics"))


async def pausing(pilot: Pilot[Any], world: World) -> None:
    await open_step(pilot, "verification", world.cases["verification"])
    await pilot.press("f6")


async def small(pilot: Pilot[Any], world: World) -> None:
    await pilot.resize_terminal(60, 20)


async def search_marina(pilot: Pilot[Any], world: World) -> None:
    await pilot.press("f3", *"WALSH")
    await asyncio.sleep(0.4)


SEX = (Choice("M", "sex.M"), Choice("F", "sex.F"))
STEPS = (
    step_row("IntakeScreen", "sri", "intake"),
    step_row("DataEntryScreen", "budi", "data_entry"),
    step_row("WatchlistScreen", "wati", "watchlist"),
    step_row("VerificationScreen", "agus", "verification"),
    step_row("ScanningScreen", "budi", "scanning"),
    step_row("ApprovalScreen", "hendra", "approval"),
    step_row("PaymentScreen", "ratna", "payment"),
    step_row("BiometricsScreen", "agus", "biometrics"),
    step_row("RegistrationScreen", "yusuf", "registration"),
    step_row("EndorsementScreen", "made", "endorsement"),
    step_row("StampScanScreen", "budi", "stamp_scan"),
    step_row("HandoverScreen", "sri", "handover"),
    step_row("ArchivingScreen", "eko", "archiving"),
)
OTHERS = (
    Row("Starting", "", lambda pilot, world: settle(pilot), "closed"),
    Row("SignInScreen", "", lambda pilot, world: settle(pilot)),
    Row("TooSmall", "sri", small, alike=True),
    keyed("LockScreen", "sri", "f12"),
    keyed("ChangePinScreen", "sri", "f12", "f7"),
    opened("Tour", "sri", lambda app, world: app.push_screen(Tour())),
    Row("WorkListScreen", "sri", lambda pilot, world: settle(pilot)),
    keyed("HelpScreen", "sri", "f1"),
    keyed("DevicesScreen", "sri", "f8"),
    Row("SearchScreen", "sri", search_marina),
    opened("CaseScreen", "sri", lambda app, world: app.open_case(world.cases["handover"])),
    opened("PapersScreen", "sri", lambda app, world: app.open_papers(world.cases["handover"])),
    opened("ScansScreen", "budi", lambda app, world: app.open_scans(world.cases["approval"])),
    opened("ScanDebtScreen", "budi", lambda app, world: app.open_scan_debt(world.cases["approval"])),
    opened("SideScreen", "agus", lambda app, world: app.open_side(world.cases["verification"])),
    opened("NonconformityScreen", "agus", lambda app, world: app.open_nonconformity(world.cases["verification"])),
    opened("CekalScreen", "wati", lambda app, world: app.open_cekal(world.cases["held"])),
    opened("ShiftScreen", "ratna", lambda app, world: app.open_shift()),
    opened("BooksScreen", "ratna", lambda app, world: app.open_books()),
    opened("BillingCodesScreen", "ratna", lambda app, world: app.open_billing_codes()),
    opened("TakingBackScreen", "ratna", lambda app, world: app.open_taking_back()),
    opened("StorageScreen", "eko", lambda app, world: app.open_storage()),
    opened("PassportsScreen", "sri", lambda app, world: app.open_passports()),
    opened("StockTakeScreen", "sri", lambda app, world: app.open_stock_take()),
    opened("EndorseManyScreen", "made", lambda app, world: app.open_endorse_many()),
    opened("DayScreen", "sri", lambda app, world: app.open_day()),
    opened("FlowScreen", "hendra", lambda app, world: app.open_flow()),
    opened("QueueScreen", "sri", lambda app, world: app.open_queue()),
    opened("Confirm", "sri", lambda app, world: app.push_screen(Confirm("sign_in.quit", "SMITH [/b] JOHN"))),
    opened(
        "FormDialog",
        "sri",
        lambda app, world: app.push_screen(
            FormDialog("reason.label", (Field("reason", Kind.TEXT, "reason.label", True),), {"reason": "Sebab."})
        ),
    ),
    opened("ReasonDialog", "sri", lambda app, world: app.push_screen(ReasonDialog("pause.title"))),
    Row("PauseDialog", "agus", pausing),
    opened("SecondPerson", "sri", lambda app, world: app.push_screen(SecondPerson())),
    opened("PickDialog", "sri", lambda app, world: app.push_screen(PickDialog("reason.label", SEX))),
    opened(
        "WayDialog",
        "eko",
        lambda app, world: app.push_screen(WayDialog(storage.listed(app.signed_in())[0])),
    ),
    Row("PortraitPreview", "agus", watch_camera, restless=True),
    Row("PickupScreen", "", lambda pilot, world: settle(pilot), "pickup", alike=True),
    keyed("ExitDialog", "", "f12", program="pickup"),
    Row("BoardScreen", "", lambda pilot, world: settle(pilot), "board", alike=True),
)


# the programs


class Public(PickupApp):
    def now(self) -> Any:
        return AT


class Display(BoardApp):
    def now(self) -> Any:
        return AT


def closed() -> Office:
    raise OfficeUnavailable(refused(Code.DATABASE_UNREACHABLE))


@asynccontextmanager
async def shown(row: Row, world: World) -> AsyncIterator[Pilot[Any]]:
    """The row's screen in front, Indonesian, at 80x24."""
    program = {"pickup": Public, "board": Display}.get(row.program, TestedApp)
    app = program(closed if row.program == "closed" else lambda: world.office, theme=MODERN)
    async with app.run_test(size=SMALL) as pilot:
        await settle(pilot)
        if row.login:
            while not isinstance(app.screen, SignInScreen):
                await settle(pilot)
            app.start_work(desk_of(world.office, row.login))
            await settle(pilot)
        await row.reach(pilot, world)
        await still(pilot, row)
        yield pilot
        for screen in app.screen_stack:
            if app.desk is not None and isinstance(screen, StepScreen) and screen.case_id is not None:
                app.desk.release(screen.case_id)  # what one test holds would stand in another's list


async def still(pilot: Pilot[Any], row: Row) -> None:
    """Wait until what is shown no longer changes."""
    before = ""
    for _ in range(40):
        await settle(pilot, looks=100 if row.restless else LOOKS)
        if (now := text(pilot.app)).strip() and now == before:
            return
        before = now


@pytest.fixture(autouse=True)
def camera(monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera that sees nobody, so that only words are compared."""

    def choose(desk: Any, case_id: int, step: str, talk: Any, show: Callable[[Seen], object], take: Any) -> None:
        show(Seen(b"", ("size_low",)))
        while not talk.cancel.is_cancelled:
            time.sleep(0.01)

    monkeypatch.setattr("screens.widgets.portrait_preview.choose_portrait", choose)


async def looks_as_it_did(row: Row, world: World, *sizes: tuple[int, int]) -> None:
    async with shown(row, world) as pilot:
        assert type(pilot.app.screen).__name__ == row.kind
        for size in sizes:
            if row.kind != "TooSmall":
                await pilot.resize_terminal(*size)
            for language in list(Language)[: 1 if row.alike else 2]:
                if not row.alike and pilot.app.words.language is not language:
                    pilot.app.switch_language()
                await still(pilot, row)
                check(pilot.app, f"every-{row.kind}-{size[0]}x{size[1]}-{language}")


def named(row: Row) -> str:
    return row.kind


@pytest.mark.parametrize("row", STEPS, ids=named)
async def test_a_step_looks_as_it_did_in_both_languages_and_sizes(row: Row, world: World) -> None:
    await looks_as_it_did(row, world, SMALL, LARGE)


@pytest.mark.parametrize("row", OTHERS, ids=named)
async def test_a_screen_looks_as_it_did_in_both_languages(row: Row, world: World) -> None:
    await looks_as_it_did(row, world, SMALL)


@pytest.mark.long
@pytest.mark.parametrize("row", OTHERS, ids=named)
async def test_a_screen_looks_as_it_did_on_a_large_terminal(row: Row, world: World) -> None:
    await looks_as_it_did(row, world, LARGE)


def test_every_screen_class_has_a_row() -> None:
    known = {row.kind for row in (*STEPS, *OTHERS)}
    found = set()
    for module in pkgutil.walk_packages(screens.__path__, "screens."):
        for thing in vars(importlib.import_module(module.name)).values():
            if isinstance(thing, type) and issubclass(thing, Screen) and thing.__module__.startswith("screens."):
                found.add(thing.__name__)
    assert found - BASES == known
    assert found >= BASES


@pytest.mark.parametrize("row", STEPS, ids=named)
async def test_why_f10_would_be_refused_is_said_before_it_is_pressed(row: Row, world: World) -> None:
    """Nothing is filled in yet: the status line says what is missing, or that F10 may be pressed; and F10 agrees."""
    async with shown(row, world) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, StepScreen)
        if not screen.FORESEES:  # step 3: what F10 does is the last line of the answer itself
            assert "F10" in text(pilot.app).split(pilot.app.words.say("watchlist.elapsed"))[1].split("F1 ")[0]
            return
        screen._check()
        await settle(pilot)
        said, tone = screen.status.said, screen.status.tone
        words = pilot.app.words
        assert tone == "notice", "nothing was refused yet"
        foretold = tuple(
            words.say(key, fields="", why="", count="").strip() for key in ("step.missing", "step.not_yet")
        )
        warned = said.what.startswith((*foretold, words.say("step.missing_more").split("(")[0]))
        assert warned or said.what == words.say(screen.ready())
        if not warned:
            return  # F10 would complete the step, or ask first: the journeys press it
        await pilot.press("f10")
        await settle(pilot)
        assert pilot.app.screen is screen, "no question is asked of what would be refused"
        assert screen.is_open
        assert screen.status.tone == "refusal" or any(editor.error for editor in screen.form._editors.values())
