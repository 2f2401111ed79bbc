"""The life of a step on the screen: its case is claimed and opened, what is typed is kept, the case is let go.

What a step's screen gives, and how one is written, stands in screens/step_screen.py.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.widgets import Static

from kiosk.refusals import Code, Refused
from kiosk.words import Words
from screens.defects import Said
from screens.drafts import DraftKeeper, new_key
from screens.widgets.fields import Field, Value, Values
from screens.widgets.form import Form
from screens.with_aside import WithAside

if TYPE_CHECKING:
    from kiosk.cases.model import Claim
    from kiosk.cases.opening import Opened
    from kiosk.desk import Desk
    from kiosk.people.model import Witness
    from kiosk.step_service import StepService

GivenT = TypeVar("GivenT")
ProducedT = TypeVar("ProducedT")

SAVE_AFTER_S = 0.5
"""From the first unsaved change to the save: what was typed is on disk within a second."""
RENEW_CLAIM_S = 240.0
"""Well within the lease of 15 minutes."""
SAVE_AGAIN_S = 1.0
AWAY = frozenset(
    {Code.DATABASE_UNREACHABLE, Code.DISK_FULL, Code.DATABASE_READ_ONLY, Code.DRAFT_KEPT_HERE, Code.DRAFT_NOT_KEPT}
)
"""The database can't write now, and will again."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What the officer is told when the step is done.

    `key` (with `values`) is the sentence, `lines` is data shown in full on this screen until Enter: a register number,
    a stamp's text. Without lines the work list opens at once, the sentence in its status line.
    """

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Asked before a consequential act: a title key with its values, and data lines that say what will happen."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Shown:
    """`opened` is None at step 1."""

    opened: "Opened | None"
    prepared: Any
    draft: dict[str, Any] | None


class StepLife(WithAside, Generic[GivenT, ProducedT]):
    """A step's screen without its F10. `case_id` is None at step 1, where the case does not exist yet."""

    DEVICE_KEY: ClassVar[str] = ""
    """Catalogue key of what F8 does here; "" leaves F8 to the device screen."""
    HELP: ClassVar[str] = "help.step"
    FORESEES: ClassVar[bool] = True
    """Whether the rules are asked, while the officer pauses, if F10 would be refused."""

    form: Form
    prepared: Any = None
    """What the step's `prepare` gave."""
    witness: "Witness | None" = None
    """The second person of a two-person act, once they have signed."""

    def __init__(self, case_id: int | None) -> None:
        super().__init__()
        self.case_id = case_id
        self._claim: Claim | None = None
        self._keeper: DraftKeeper | None = None
        self._act_key = new_key()
        self._save_due = self._open = self._busy = self._paused = self._kept_here = False
        self._finished: Finished | None = None
        self._early: list[str] | None = None
        """Scans that came while the case is being opened; None when it is not."""
        self._result: Any = None
        """What the step produced, once it is done."""
        self._restored = False
        """A draft came back: it is said with what is still missing, until the first change."""
        self._ready: Callable[[Words], Said] = lambda words: Said("")
        self._idle: Any = None
        self._renewed_at = time.monotonic()

    @property
    def is_open(self) -> bool:
        """The case is open here and its fields can be typed into."""
        return self._open and self._finished is None

    @property
    def is_done(self) -> bool:
        """The step is completed and its result is shown; Enter leads on."""
        return self._finished is not None

    # what a step gives

    def fields(self) -> Sequence[Field]:
        """The form's fields; called when `prepared` and `case` are there."""
        return ()

    def body(self) -> ComposeResult:
        """The widgets under the SOP row."""
        yield self.form

    def initial(self) -> Mapping[str, Value]:
        """Values of the form where there is no draft."""
        return {}

    def opened(self) -> None:
        """The body is on the screen, the draft restored."""

    def build(self, values: Values) -> GivenT | Refused:
        """The step's input from the form's values; Refused for what is wrong with their shape."""
        raise NotImplementedError

    def finished(self, produced: ProducedT) -> Finished:
        """What to tell the officer."""
        return Finished("step.done", {"step": self.sop.step.title.say(self.app.words.language)})

    def question(self, given: GivenT) -> Question | None:
        """What to ask before completing; None for nothing."""
        return None

    def extra(self) -> dict[str, Any]:
        """What belongs in the draft beside the form."""
        return {}

    def restore_extra(self, extra: dict[str, Any]) -> None:
        """Put `extra` back."""

    def changed(self, name: str) -> None:
        """The officer changed the field `name`."""

    def device_act(self) -> None:
        """F8, where DEVICE_KEY is set."""

    # opening

    def content(self) -> ComposeResult:
        yield Static(id="opening", markup=False, classes="quiet")

    def on_mount(self) -> None:
        super().on_mount()
        if self._keeper is not None:
            return
        desk = self.app.signed_in()
        self._keeper = DraftKeeper(desk, self.KEY, self.case_id)
        self._begin()

    def relabel(self) -> None:
        super().relabel()
        if not self._open:
            self.query_one("#opening", Static).update(self.app.words.say("step.opening"))

    @property
    def service(self) -> "StepService[Any]":
        """The step's own service."""
        return self.app.signed_in().steps[self.KEY]

    def _begin(self) -> None:
        desk = self.app.signed_in()
        if not self._open:
            self._early = []
        self.run_service(
            lambda: self._fetch(desk),
            self._show_opened,
            refused=self._not_opened,
            failed=self._open_failed,
            group="open",
            exclusive=True,
        )

    def _not_opened(self, refused: Refused) -> None:
        self.show_refused(refused)
        self._give_early()

    def _open_failed(self, error: Exception) -> None:
        self.show_failed(error)
        self._give_early()

    def keep_scan(self, text: str) -> bool:
        if self._early is None:
            return False
        self._early.append(text)
        return True

    def _give_early(self) -> None:
        early, self._early = self._early or [], None
        for text in early:
            if self.app.screen is self:
                self.app.take_scan(text)
            else:
                self.on_scan(text)

    def _fetch(self, desk: "Desk") -> _Shown | Refused:
        assert self._keeper is not None
        service = desk.steps[self.KEY]
        if self.case_id is None:
            prepared = service.prepare(None)
            return prepared if isinstance(prepared, Refused) else _Shown(None, prepared, self._keeper.load())
        opened = service.open(self.case_id)
        return opened if isinstance(opened, Refused) else _Shown(opened, opened.prepared, self._keeper.load())

    async def _show_opened(self, shown: _Shown) -> None:
        again, opened = self._open, shown.opened
        self.prepared = shown.prepared
        self._claim, self.case = (opened.claim, opened.case) if opened else (None, None)
        self._paused = False
        if self.case is not None:
            self.sop.subject = f"{self.case.application_no} {self.case.holder_name}".strip()
            self.sop.step = self.case.at
        self.sop.show_clock(opened.worked_seconds if opened else 0, True)
        if again:
            self._keep_typed()
            return
        self.tell_news(opened.news if opened else None)
        self.form = Form(self.fields())
        content = self.query_one("#content")
        await content.remove_children()
        await content.mount_compose(self.body())
        self._open = True
        if self.form.is_mounted:
            self.form.fill(self.initial())
        if self._keeper is not None:
            self._keeper.untouched(self._content())
        self._restore(shown.draft)
        self.opened()
        if self.form.is_mounted and self.focused is None:
            self.form.go_to_first()
        self.relabel_widgets()
        self._wait_idle()
        self._give_early()

    def _keep_typed(self) -> None:
        self.refreshed()
        self.relabel_widgets()
        self._wait_idle()

    def refreshed(self) -> None:
        """F5 (or a resumed pause) brought a new `prepared`; what was typed is untouched."""

    def _restore(self, draft: dict[str, Any] | None) -> None:
        if not draft:
            return
        self._act_key = str(draft.get("key") or self._act_key)
        worked = draft.get("worked")
        if self.case_id is None and isinstance(worked, int):
            self.sop.show_clock(worked, True)
        typed, extra = draft.get("typed"), draft.get("extra")
        if isinstance(typed, dict) and self.form.is_mounted:
            self.form.restore(typed)
        if isinstance(extra, dict):
            self.restore_extra(extra)
        if self._keeper is not None and self._keeper.has_typed(draft):
            self._restored = True
            self.say("step.draft_restored")

    # keeping

    def on_form_changed(self, event: Form.Changed) -> None:
        event.stop()
        self.changed(event.name)
        self.touched()

    def on_form_at_field(self, event: Form.AtField) -> None:
        event.stop()
        if event.field.hint and self.status.tone == "notice":
            self.say(event.field.hint, following="step.draft_restored" if self._restored else "")
        elif self.status.tone == "notice" and not self._restored:
            self.status.say(self._ready)

    def touched(self) -> None:
        """Something was changed: it is saved within a second, and checked when the officer pauses."""
        if not self._open or self._finished is not None:
            return
        self._restored = False
        if self.status.tone != "notice":
            self.quiet()
        if not self._save_due:
            self._save_due = True
            self.set_timer(SAVE_AFTER_S, self._save)
        self._wait_idle()

    def _content(self) -> dict[str, Any]:
        typed = self.form.snapshot() if self.form.is_mounted else {}
        content: dict[str, Any] = {"typed": typed, "extra": self.extra(), "key": self._act_key}
        if self.case_id is None:  # no case keeps the time yet
            content["worked"] = int(self.sop.seconds)
        return content

    def _save(self) -> None:
        self._save_due = False
        keeper = self._keeper
        if keeper is not None and self._open and self._finished is None:
            content = self._content()
            self.run_service(lambda: keeper.save(content), self._saved, group="draft", refused=self._not_saved)

    def _saved(self, _: None) -> None:
        if self._kept_here:
            self._kept_here = False
            self.say("top.data_back", "done")

    def _not_saved(self, refused: Refused) -> None:
        """What is typed stands on the screen; where only the database is away it is saved when that is back."""
        self.show_refused(refused)
        self._kept_here = refused.first.code in AWAY
        if self._kept_here and not self._save_due:
            self._save_due = True
            self.set_timer(SAVE_AGAIN_S, self._save)

    def on_locked(self) -> None:
        self._save()

    def on_closing(self) -> None:
        self._let_go()

    def _let_go(self) -> None:
        """Save, and let the case go: done once, by a thread of the app, since this screen is about to be gone."""
        if self._keeper is None:
            return
        keeper, desk, case_id, claimed = self._keeper, self.app.desk, self.case_id, self._claim is not None
        content = self._content() if self._open and self._finished is None else None
        self._keeper = self._claim = None
        if desk is None:
            return

        def let_go() -> Refused | None:
            if content is not None:
                keeper.save(content)
            return desk.release(case_id) if claimed and case_id is not None else None

        self.app.run_quietly(let_go)

    def second_passed(self, in_front: bool) -> None:
        super().second_passed(in_front)
        if in_front:
            self.sop.second_passed()
        if time.monotonic() - self._renewed_at >= RENEW_CLAIM_S:
            self._renewed_at = time.monotonic()
            self._renew()

    def _renew(self) -> None:
        case_id, desk = self.case_id, self.app.signed_in()
        if self._claim is not None and case_id is not None and not self._paused:
            self.run_service(lambda: desk.claim(case_id), self._renewed, refused=self._lost, group="renew")

    def _renewed(self, claim: "Claim") -> None:
        self._claim = claim

    def _lost(self, refused: Refused) -> None:
        if refused.first.code not in AWAY:
            self._claim = None
        self.show_refused(refused)

    # what the screen adds

    def _wait_idle(self) -> None:
        """Begin to wait for the officer to pause."""
        raise NotImplementedError
