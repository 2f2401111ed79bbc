"""Step 3: what the cekal list answers. Clean is confirmed with F10; anything else goes to Wasdakim with F10."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from kiosk.formats import decimal, numeric_date, thousands
from kiosk.refusals import Code, Refusal, Refused
from kiosk.steps import watchlist
from screens.defects import Said, say_refusal
from screens.plain import plain
from screens.step_screen import Finished, Question, StepScreen
from screens.widgets.fields import Values

LABEL_WIDTH = 22


class WatchlistScreen(StepScreen[watchlist.Given, watchlist.Produced]):
    """The verdict, the list it comes from, and how many candidates there are; who they are is for Wasdakim alone."""

    KEY: ClassVar[str] = "watchlist"
    HELP: ClassVar[str] = "help.watchlist"
    FORESEES: ClassVar[bool] = False
    prepared: watchlist.Prepared

    def body(self) -> ComposeResult:
        yield Static(id="verdict", markup=False)

    def opened(self) -> None:
        self._show()

    def refreshed(self) -> None:
        self._show()
        self.quiet()

    def relabel(self) -> None:
        super().relabel()
        if self.prepared is not None and self.query("#verdict"):
            self._show()

    def _show(self) -> None:
        found, words = self.prepared, self.app.words
        key = "blocked" if found.blocked else found.verdict
        lines = [Content.styled(words.say(f"watchlist.verdict.{key}", count=len(found.bands)), "bold"), Content("")]
        lines += [self._line("watchlist.names", " / ".join(found.names))]
        if found.listed is not None:
            listed = found.listed
            lines += [
                self._line(
                    "watchlist.list", f"{listed.version} ({listed.source})" if listed.source else listed.version
                ),
                self._line(
                    "watchlist.list_date",
                    words.say("watchlist.age", date=numeric_date(listed.listed_on), days=listed.age_days),
                ),
                self._line("watchlist.entries", thousands(listed.entries)),
                self._line(
                    "watchlist.elapsed", words.say("watchlist.ms", ms=decimal(found.elapsed_ms, words.language))
                ),
            ]
        if found.remembered:
            lines += [self._line("watchlist.remembered", str(found.remembered))]
        if found.bands:
            bands = ", ".join(words.say(f"screening.band.{band}") for band in dict.fromkeys(found.bands))
            lines += [self._line("watchlist.bands", bands if found.examiner else words.say("watchlist.hidden"))]
        lines += [Content(""), *self._what_now()]
        self.query_one("#verdict", Static).update(Content("\n").join(lines))

    def _what_now(self) -> list[Content]:
        words, found = self.app.words, self.prepared
        if found.blocked:
            said = say_refusal(words, found.blocked)
            return [Content(said.what), Content(said.next)]
        if found.bands:
            return [Content(words.say("watchlist.refer")), Content(words.say("watchlist.public"))]
        return [Content(words.say("watchlist.confirm"))]

    def _line(self, key: str, value: str) -> Content:
        return Content(f"{self.app.words.say(key):<{LABEL_WIDTH}} ") + plain(value)

    # F10

    def build(self, values: Values) -> watchlist.Given | Refused:
        found = self.prepared
        if found.listed is None:
            return Refused((found.blocked or Refusal(Code.WATCHLIST_MISSING),))
        return watchlist.Given(found.listed.version)

    def question(self, given: watchlist.Given) -> Question | None:
        if not self.prepared.bands or self.prepared.blocked:
            return None
        return Question("watchlist.question", {"count": len(self.prepared.bands)})

    def show_refused(self, refused: Refused) -> None:
        if refused.first.code is not Code.WATCHLIST_POSSIBLE_HIT:
            super().show_refused(refused)
            return
        self.app.work_list_changed.publish(None)
        if self.prepared.examiner and self.case_id is not None:
            self.app.open_work_list()
            self.app.open_cekal(self.case_id)
        else:
            self.app.open_work_list(lambda words: Said(words.say("watchlist.held")), "done")

    def finished(self, produced: watchlist.Produced) -> Finished:
        return Finished(f"watchlist.done.{'cleared' if produced.cleared else 'clear'}")
