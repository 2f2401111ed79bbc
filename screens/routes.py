"""Where the keys lead: opening screens, each imported when it is first wanted, and closing them again."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import App
from textual.screen import Screen

from kiosk.words import Words
from screens.defects import Said
from screens.office_screen import OfficeScreen

if TYPE_CHECKING:
    from screens.app import KioskApp


class Routes(App[int] if TYPE_CHECKING else object):  # type: ignore[misc]
    """The ways between screens, for the app. The work list is the root; everything else stands on it."""

    def open_work_list(self: "KioskApp", said: Callable[[Words], Said] | None = None, tone: str = "notice") -> None:
        """Back to the work list; whatever stood on it is closed (typed text was kept)."""
        from screens.work_list import WorkListScreen

        for screen in reversed(self.screen_stack):
            if isinstance(screen, WorkListScreen):
                screen.load()
                if said is not None:
                    screen.status.say(said, tone)
                if tone == "done":
                    screen.rest()
                return
            self._close(screen)

    def open_search(self: "KioskApp", text: str = "", *, hint: str = "search.hint", **values: object) -> None:
        """Search. `hint` (with its values) is what the empty screen says."""
        from screens.search import SearchScreen

        self._go(SearchScreen(text, hint=hint, **values))

    def open_case(self: "KioskApp", case_id: int) -> None:
        """The whole of one case."""
        from screens.case import CaseScreen

        self._go(CaseScreen(case_id))

    def open_devices(self: "KioskApp") -> None:
        """The devices of this terminal."""
        from screens.devices import DevicesScreen

        self._go(DevicesScreen())

    def open_papers(self: "KioskApp", case_id: int | None) -> None:
        """The papers of a case, or those of this terminal that may not be printed."""
        from screens.papers import PapersScreen

        self._go(PapersScreen(case_id))

    def open_scans(self: "KioskApp", case_id: int) -> None:
        """The scanned papers of a case."""
        from screens.scans import ScansScreen

        self._go(ScansScreen(case_id))

    def open_help(self: "KioskApp", screen: OfficeScreen) -> None:
        """Help for `screen`: its keys and its page."""
        from screens.help import HelpScreen

        self._go(HelpScreen(screen))

    def open_side(self: "KioskApp", case_id: int) -> None:
        """The side procedures of one case."""
        from screens.side import SideScreen

        self._go(SideScreen(case_id))

    def open_cekal(self: "KioskApp", case_id: int) -> None:
        """SOP Cekal of one held case."""
        from screens.cekal import CekalScreen

        self._go(CekalScreen(case_id))

    def open_shift(self: "KioskApp") -> None:
        """The treasurer's shift."""
        from screens.shift import ShiftScreen

        self._go(ShiftScreen())

    def open_books(self: "KioskApp") -> None:
        """The treasurer's cash book and deposits."""
        from screens.books import BooksScreen

        self._go(BooksScreen())

    def open_billing_codes(self: "KioskApp") -> None:
        """The billing codes that nobody has paid yet."""
        from screens.billing_codes import BillingCodesScreen

        self._go(BillingCodesScreen())

    def open_taking_back(self: "KioskApp") -> None:
        """The payments of this terminal that may be taken back."""
        from screens.taking_back import TakingBackScreen

        self._go(TakingBackScreen())

    def open_storage(self: "KioskApp") -> None:
        """The files in the archive."""
        from screens.storage import StorageScreen

        self._go(StorageScreen())

    def open_passports(self: "KioskApp") -> None:
        """The passports the office has."""
        from screens.passports import PassportsScreen

        self._go(PassportsScreen())

    def open_endorse_many(self: "KioskApp") -> None:
        """Step 10 for all that wait."""
        from screens.endorse_many import EndorseManyScreen

        self._go(EndorseManyScreen())

    def open_day(self: "KioskApp") -> None:
        """What the officer did today and leaves open."""
        from screens.day import DayScreen

        self._go(DayScreen())

    def open_flow(self: "KioskApp") -> None:
        """The office today, for Kasi and Kakanim."""
        from screens.flow import FlowScreen

        self._go(FlowScreen())

    def open_queue(self: "KioskApp") -> None:
        """The queue of the waiting room."""
        from screens.queue import QueueScreen

        self._go(QueueScreen())

    def open_stock_take(self: "KioskApp") -> None:
        """A count of the passports, begun or taken up again."""
        from screens.stock_take import StockTakeScreen

        self._go(StockTakeScreen())

    def open_nonconformity(self: "KioskApp", case_id: int) -> None:
        """SOP Ketidaksesuaian: raise a finding on a case, or decide the open one."""
        from screens.nonconformity import NonconformityScreen

        self._go(NonconformityScreen(case_id))

    def open_scan_debt(self: "KioskApp", case_id: int) -> None:
        """The scans that a case still owes."""
        from screens.scan_debt import ScanDebtScreen

        self._go(ScanDebtScreen(case_id))

    def open_step(self: "KioskApp", step: str, case_id: int | None) -> None:
        """The screen of a step. A step without a screen is said in the status line."""
        from screens.steps import NoScreen, step_screen

        try:
            self._go(step_screen(step, case_id))
        except NoScreen:
            if isinstance(self.screen, OfficeScreen):
                self.screen.say("step.no_screen", "refusal", step=step)

    def leave(self: "KioskApp", screen: Screen[object]) -> None:
        """Close `screen` and whatever stands over it; the work list stays."""
        from screens.work_list import WorkListScreen

        if screen not in self.screen_stack or isinstance(screen, WorkListScreen):
            return
        closing = True
        while closing and len(self.screen_stack) > 1:
            closing = self.screen is not screen
            self._close(self.screen)
        if isinstance(self.screen, WorkListScreen):
            if self.screen.status.tone == "done":
                self.screen.quiet()  # what came of an earlier file says nothing of the one that was just left
            self.screen.load()

    def _go(self: "KioskApp", screen: OfficeScreen) -> None:
        """Show `screen`; an older one of the same kind is closed with what stands over it, so the stack stays short."""
        for older in self.screen_stack:
            if type(older) is type(screen):
                self.leave(older)
                break
        self.push_screen(screen)

    def _close(self: "KioskApp", screen: Screen[object]) -> None:
        if isinstance(screen, OfficeScreen):
            screen.on_closing()
        self.pop_screen()
