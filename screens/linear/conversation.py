"""The conversation: read what is new, ask for the field with the cursor, put the answer into it, and again."""

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from textual import events
from textual.screen import Screen
from textual.widget import Widget

from kiosk.refusals import Refusal
from screens.cover import Starting
from screens.defects import Said, say_refusal
from screens.keyboard import handled
from screens.keys import KEYS
from screens.linear.answers import FEW, options, put, take
from screens.linear.lines import Lines
from screens.linear.reading import Heard, heard, keys, label_of, value_of
from screens.office_screen import OfficeScreen
from screens.step_screen import StepScreen
from screens.wedge import is_code, is_mrz
from screens.widgets.editors import Editor, EditorDone
from screens.widgets.fields import Kind
from screens.widgets.form import Form
from screens.widgets.received import ReceivedList
from screens.widgets.rows import RowList

if TYPE_CHECKING:
    from screens.linear.app import LinearApp

LOOK_S = 0.005
CALM = 3
"""So often in a row nothing may be under way, before anything is read out."""
NEWS_S = 0.5
"""How often, while a question waits, it is seen whether another screen came up (a lock, a scan at the counter)."""
COMMAND = "/"
END = frozenset({"quit", "keluar"})
AGAIN = frozenset({"baca", "read"})
EMPTY = frozenset({"kosong", "clear"})
BEFORE = frozenset({"naik", "up"})
PAGES = {"pgup": "pageup", "pgdn": "pagedown"}
LONG_ZONE_LINE = 36
"""A zone of lines this long or longer has two of them, else three (ICAO 9303)."""


class Conversation:
    """One officer, one program, one pair of streams."""

    def __init__(self, app: "LinearApp", lines: Lines) -> None:
        self.app, self.lines = app, lines
        self._heard: WeakKeyDictionary[Screen[Any], dict[int, Heard]] = WeakKeyDictionary()
        self._screen: Screen[Any] | None = None
        self._said: tuple[Said, str] = (Said(""), "notice")
        self._at_end = False
        """The last field was answered: a key is asked for next."""
        self._all_said = True
        """Whether plain notices are read out too; while fields are filled one by one they would only be in the way."""
        self._zone: list[str] = []
        self._unfinished = ("", "")
        """A question that something came before, and what was typed of its answer."""

    async def run(self) -> None:
        """Until the input ends or the officer leaves."""
        self.lines.open()
        self.lines.say(self.app.words.say("linear.welcome"))
        while True:
            await self._settle()
            self._tell()
            line = await self._ask()
            if line is None or (line.startswith(COMMAND) and line[1:].strip().casefold() in END):
                self.app.end(0)
                return
            self.app.last_key = time.monotonic()
            await self._answer(line)

    # waiting

    async def _settle(self) -> None:
        """Wait until the app has done what came of the last answer; a device's progress is read out meanwhile."""
        app, calm = self.app, 0
        while calm < CALM:
            screen = app.screen
            await handled(app.focused or app.screen)
            await self._drawn()
            working = [worker for worker in app.workers if not worker.is_finished and worker.group != "quiet"]
            busy = working or app.has_keys_ahead or not screen.is_mounted or app.screen is not screen or self._opens()
            calm = 0 if busy else calm + 1
            if any(worker.group == "device" for worker in working):
                await self._during_device()
            elif busy:
                await asyncio.sleep(LOOK_S)

    async def _drawn(self) -> None:
        """Wait for what is put off until a screen is drawn, though nobody sees it."""
        done = asyncio.Event()
        if self.app.screen.call_after_refresh(done.set):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), LOOK_S * 20)

    def _opens(self) -> bool:
        """Whether the office is being opened."""
        screen = self.app.screen
        return isinstance(screen, Starting) and screen.refusal is None and screen.status.tone == "notice"

    async def _during_device(self) -> None:
        """What the device says, and Esc for it, if that is what was typed."""
        self._tell_status(notices=True)
        if (self.lines.next_up or "").strip().casefold() in {"/esc", "/stop"}:
            await self.lines.take()
            self._press("escape")
        await asyncio.sleep(LOOK_S * 4)

    # reading out

    def _tell(self) -> None:
        """What is new since the last question."""
        screen, words = self.app.screen, self.app.words
        known = self._heard.get(screen)
        now = heard(screen, words)
        came = screen is not self._screen
        if came:
            self._at_end = False
            self._all_said = True
            title = self._title(screen)
            if title:
                self.lines.say(f"== {title} ==")
        before = known or {}
        for each in now:
            old = before.get(each.whose)
            old_lines = () if old is None or (came and each.is_list) else old.lines
            fresh = [line for line in each.lines if line not in old_lines]
            if fresh:
                self.lines.say("\n".join(fresh))
        self._heard[screen] = {each.whose: each for each in now}
        self._screen = screen
        self._tell_status(notices=self._all_said or self._at_end)

    def _title(self, screen: "Screen[Any]") -> str:
        """The name of a screen that doesn't name itself."""
        words = self.app.words
        if isinstance(screen, OfficeScreen) and not isinstance(screen, StepScreen):
            key = f"{screen.HELP}.title"
            return words.say(key) if words.has(key) else ""
        return ""

    def _tell_status(self, *, notices: bool) -> None:
        status = getattr(self.app.screen, "status", None)
        if status is None or (status.said, status.tone) == self._said:
            return
        self._said = said, tone = status.said, status.tone
        if not said.what or (tone == "notice" and not notices):
            return
        code = f" [{said.code}]" if said.code and tone == "refusal" else ""
        self.lines.say(f"{status.MARKS[tone]} {said.what}{code}".strip())
        if said.next:
            self.lines.say(f"  {said.next}")

    # asking

    async def _ask(self) -> str | None:
        """The question for whatever has the cursor, and its answer."""
        while True:
            screen, focused = self.app.screen, self.app.focused
            secret = isinstance(focused, Editor) and focused.field.kind is Kind.SECRET
            question = self._question()
            if self._unfinished[0] == question:
                self.lines.say(self.app.words.say("linear.unfinished", typed=self._unfinished[1]))
                self._unfinished = ("", "")
            self.lines.ask(question, secret=secret)
            while not await self.lines.wait(NEWS_S):
                if self.app.screen is not screen:
                    break
            else:
                line = await self.lines.take()
                if line is not None:
                    self.lines.answered(line, secret=secret)
                return line
            typed = await self.lines.interrupted()
            if typed and not secret:
                self._unfinished = (question, typed)
            await self._settle()
            self._tell()

    def _question(self) -> str:
        words, focused = self.app.words, self.app.focused
        if self._zone:
            return words.say("linear.zone", number=len(self._zone) + 1)
        if self._at_end:
            return words.say("linear.command", keys=keys(self.app.screen, words))
        if isinstance(focused, Editor):
            return self._field_question(focused)
        if isinstance(focused, ReceivedList):
            return words.say("linear.documents")
        if isinstance(focused, RowList):
            return words.say("linear.row", keys=keys(self.app.screen, words))
        return words.say("linear.command", keys=keys(self.app.screen, words))

    def _field_question(self, editor: Editor) -> str:
        words = self.app.words
        parts = [label_of(editor, words) + (" *" if editor.field.required else "")]
        if editor.field.hint:
            parts.append(f"({words.say(editor.field.hint)})")
        listed = options(editor, words)
        if listed:
            parts.append(f"({', '.join(listed)})")
        placeholder = f"placeholder.{editor.field.kind}"
        if not editor.raw and words.has(placeholder):
            parts.append(f"({words.say(placeholder)})")
        now = value_of(editor, words)
        return " ".join([*parts, f"[{now}]"] if now else parts)

    # answering

    async def _answer(self, line: str) -> None:
        focused = self.app.focused
        if self._zone or (self._wants_mrz() and is_mrz(line)):
            self._zone_line(line)
        elif is_code(line):
            self._scanned(line)
        elif line.startswith(COMMAND) and not line.startswith(COMMAND * 2):
            self._command(line[1:])
        elif self._at_end or not isinstance(focused, Editor | RowList | ReceivedList):
            self._key_asked_for(line)
        elif isinstance(focused, Editor):
            await self._field(focused, line.removeprefix(COMMAND))
        elif isinstance(focused, ReceivedList):
            self._document(focused, line)
        elif isinstance(focused, RowList):
            self._row(focused, line)

    def _wants_mrz(self) -> bool:
        return isinstance(self.app.screen, OfficeScreen) and self.app.screen.WANTS_MRZ

    def _zone_line(self, line: str) -> None:
        """The lines of a machine-readable zone come one by one; an empty line gives up."""
        if not line.strip():
            self._zone = []
            return
        self._zone.append(line.strip().upper())
        if len(self._zone) == (2 if len(self._zone[0]) >= LONG_ZONE_LINE else 3):
            zone, self._zone = self._zone, []
            self._scanned("\n".join(zone))

    def _scanned(self, text: str) -> None:
        self._at_end, self._all_said = False, True
        if not self.app.take_scan(text.strip().upper()):
            self.lines.say(self.app.words.say("linear.not_wanted"))

    async def _field(self, editor: Editor, line: str) -> None:
        words = self.app.words
        screen: Any = self.app.screen
        if line.strip() or (line and editor.field.kind is Kind.SECRET):
            answer = take(editor, line, words)
            if isinstance(answer, Refusal):
                self.lines.say(f"! {label_of(editor, words)}: {say_refusal(words, answer).what}")
                return
            if answer is not None:
                self._which(answer)
                return
            await self._settle()
        if self.app.screen is not screen or self.app.focused is not editor:
            return
        self._all_said = not isinstance(screen, StepScreen)
        editor.post_message(EditorDone())
        await self._settle()
        if self.app.screen is screen and self.app.focused is editor:
            in_form = any(isinstance(node, Form) for node in editor.ancestors)
            if not in_form:
                self._go_on(editor)
            elif screen.status.tone != "refusal":
                self._at_end = True

    def _which(self, found: tuple[Any, ...]) -> None:
        """What was typed means several entries, or none."""
        words = self.app.words
        if not found:
            self.lines.say(f"! {words.say('linear.no_choice')}")
            return
        names = "; ".join(choice.label(words) for choice in found[:FEW])
        self.lines.say(words.say("linear.which", count=len(found), names=names))

    def _row(self, rows: "RowList[Any]", line: str) -> None:
        text = line.strip()
        self._all_said = True
        if not text:
            self._go_on(rows)
        elif text.isdigit() and 1 <= int(text) <= len(rows.rows):
            rows.go(int(text) - 1)
            rows.action_choose()
        else:
            self.lines.say(f"! {self.app.words.say('linear.no_row')}")

    def _document(self, received: ReceivedList, line: str) -> None:
        """`3` is here as asked for (again: the other forms), `3 12` has 12 pages, `3 words` is a note."""
        number, _, rest = line.strip().partition(" ")
        if not number:
            self._go_on(received)
        elif not number.isdigit() or not 1 <= int(number) <= len(received.items):
            self.lines.say(f"! {self.app.words.say('linear.no_row')}")
        else:
            received.cursor = int(number) - 1
            if not rest:
                received.action_turn()
            elif rest.isdigit():
                received.count(int(rest))
            else:
                received.note(rest)

    def _go_on(self, widget: Widget) -> None:
        """An empty answer in a list: to what follows it, or to the keys."""
        screen = self.app.screen
        chain = screen.focus_chain
        if widget in chain and chain.index(widget) + 1 < len(chain):
            screen.focus_next()
        else:
            self._at_end = True

    # keys

    def _key_asked_for(self, line: str) -> None:
        """After the last field, or where nothing can be typed: a key, or an empty line to go to the first field."""
        if line.strip():
            self._command(line.strip())
            return
        self._at_end = False
        screen = self.app.screen
        editors = [widget for widget in screen.focus_chain if isinstance(widget, Editor)]
        if editors:
            editors[0].focus()
        elif screen.focus_chain:
            screen.focus_chain[0].focus()
        else:
            self._press("enter")

    def _command(self, text: str) -> None:
        name, _, row = text.strip().casefold().partition(" ")
        self._at_end, self._all_said = False, True
        if name in AGAIN:
            self._read_again()
        elif name in EMPTY:
            self._clear()
        elif name in BEFORE:
            self.app.screen.focus_previous()
        elif name in PAGES:
            self._page(PAGES[name])
        elif name in {"?", ""}:
            self.lines.say(self.app.words.say("linear.help", keys=keys(self.app.screen, self.app.words)))
        else:
            self._function_key(name, row)

    def _function_key(self, name: str, row: str) -> None:
        words = self.app.words
        wanted = f"f{name}" if name.isdigit() else {"esc": "escape", "+": "plus"}.get(name, name)
        known = next((key for key in KEYS if key.key == wanted), None)
        if known is None:
            self.lines.say(f"! {words.say('linear.unknown', name=name)}")
            return
        if not self.app.screen.check_action(known.id, ()):
            self.lines.say(f"! {words.say('linear.not_here', key=known.shown, keys=keys(self.app.screen, words))}")
            return
        for rows in self.app.screen.query(RowList).results(RowList) if row.isdigit() else ():
            if 1 <= int(row) <= len(rows.rows):
                rows.go(int(row) - 1)
            break
        self._said = (Said(""), "")
        self._press(known.key)

    def _press(self, key: str) -> None:
        self.app.post_message(events.Key(key, "\r" if key == "enter" else None))

    def _read_again(self) -> None:
        """Everything on the screen, with what the fields hold."""
        lines = [line for each in heard(self.app.screen, self.app.words, whole=True) for line in each.lines]
        self.lines.say("\n".join(lines))
        self._said = (Said(""), "")

    def _clear(self) -> None:
        focused = self.app.focused
        if isinstance(focused, Editor):
            put(focused, [] if isinstance(focused.raw, list) else "")

    def _page(self, key: str) -> None:
        rows = next(iter(self.app.screen.query(RowList)), None)
        if rows is not None:
            rows.action_page(1 if key == "pagedown" else -1)
