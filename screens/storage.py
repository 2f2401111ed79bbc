"""SOP Penyimpanan Berkas: the files in the archive, shelf by shelf, and what becomes of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from kiosk.formats import numeric_date
from kiosk.refusals import Code, Refused
from kiosk.steps import storage
from kiosk.steps.storage import Disposal, Filed, Shelf
from screens.drafts import new_key
from screens.keys import bindings
from screens.office_screen import OfficeScreen
from screens.plain import plain
from screens.widgets.dialog import Dialog
from screens.widgets.dialogs import FormDialog, SecondPerson
from screens.widgets.fields import Field, Kind, Values
from screens.widgets.rows import Column, Row, RowList

if TYPE_CHECKING:
    from kiosk.desk import Desk
    from kiosk.people.model import Witness

COLUMNS = (
    Column("work_list.number", 18),
    Column("archiving.location", 16),
    Column("work_list.holder"),
    Column("storage.until", 10),
    Column("storage.state", 12),
)
Call = Callable[["Desk", Filed, Values, str, "Witness | None"], Filed | Refused]


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that can be done with a file: what is asked for it, and who does it. Words: `storage.act.<name>`."""

    name: str
    fields: tuple[Field, ...]
    offered: Callable[[Filed], bool]
    call: Call


REASON = Field("reason", Kind.TEXT, "storage.reason", required=True, max_length=200)
WAYS = (
    Way(
        "move",
        (Field("location", Kind.UPPER, "archiving.location", required=True, max_length=20),),
        lambda filed: True,
        lambda desk, filed, given, key, _: storage.move(desk, filed.case_id, given.text("location"), key=key),
    ),
    Way(
        "hold",
        (REASON,),
        lambda filed: not filed.legal_hold,
        lambda desk, filed, given, key, second: storage.hold(
            desk, filed.case_id, held=True, reason=given.text("reason"), key=key, witness=second
        ),
    ),
    Way(
        "lift",
        (REASON,),
        lambda filed: filed.legal_hold,
        lambda desk, filed, given, key, second: storage.hold(
            desk, filed.case_id, held=False, reason=given.text("reason"), key=key, witness=second
        ),
    ),
    Way(
        "propose",
        (),
        lambda filed: filed.disposal is Disposal.KEPT,
        lambda desk, filed, _, key, __: storage.propose(desk, filed.case_id, key=key),
    ),
    Way(
        "destroy",
        (
            Field("minutes_no", Kind.TEXT, "storage.minutes_no", required=True, max_length=60),
            Field("approval_no", Kind.TEXT, "storage.approval_no", required=True, max_length=60),
        ),
        lambda filed: filed.disposal is Disposal.PROPOSED,
        lambda desk, filed, given, key, second: storage.destroy(
            desk,
            filed.case_id,
            minutes_no=given.text("minutes_no"),
            approval_no=given.text("approval_no"),
            key=key,
            witness=second,
        ),
    ),
)


class WayDialog(Dialog[str]):
    """What is to be done with this file. The result is the name of a Way."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"lock", "back", "language"})

    def __init__(self, filed: Filed) -> None:
        super().__init__("storage.what", number=filed.application_no)
        self._filed = filed

    def body(self) -> ComposeResult:
        yield RowList[str]([Column("")], id="pick-rows")

    def relabel(self) -> None:
        super().relabel()
        words = self.app.words
        ways = [way for way in WAYS if way.offered(self._filed)]
        self.query_one(RowList).show([Row(way.name, (words.say(f"storage.act.{way.name}"),)) for way in ways])

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self.dismiss(event.key)


class StorageScreen(OfficeScreen):
    """Left and right change the shelf, PgUp and PgDn the page; Enter says what can be done with a file."""

    OFFERS: ClassVar[frozenset[str]] = frozenset({"case", "refresh"})
    KEY_WORDS: ClassVar[dict[str, str]] = {"device": "storage.key.print"}
    HELP: ClassVar[str] = "help.storage"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(),
        Binding("left", "shelf(-1)", show=False),
        Binding("right", "shelf(1)", show=False),
    ]

    def content(self) -> ComposeResult:
        yield Static(id="storage-title", markup=False, classes="title")
        yield RowList[int](COLUMNS, empty="storage.empty", id="files")
        yield Static(id="storage-detail", classes="quiet")

    def on_mount(self) -> None:
        self._shelf = Shelf.ALL
        self._pages = [0]
        self._files: tuple[Filed, ...] = ()
        self._more = False
        super().on_mount()
        self.call_after_refresh(self._load)

    def relabel(self) -> None:
        super().relabel()
        self._show()

    @property
    def _room(self) -> int:
        return max(3, min(20, self.query_one(RowList).room))

    def _load(self) -> None:
        desk, shelf, after, room = self.app.signed_in(), self._shelf, self._pages[-1], self._room
        self.run_service(
            lambda: storage.listed(desk, shelf, limit=room + 1, after=after),
            lambda files: self._loaded(files, room),
            group="files",
            exclusive=True,
        )

    def _loaded(self, files: tuple[Filed, ...], room: int) -> None:
        self._files, self._more = files[:room], len(files) > room
        self._show()

    def _show(self) -> None:
        words = self.app.words
        shelf = words.say(f"storage.shelf.{self._shelf}")
        page = words.say("work_list.page", page=len(self._pages), more="+" if self._more else "")
        self.query_one("#storage-title", Static).update(words.say("storage.title", shelf=shelf, page=page))
        self.query_one(RowList).show([Row(filed.case_id, self._cells(filed)) for filed in self._files])
        self._show_detail()

    def _cells(self, filed: Filed) -> tuple[str, ...]:
        until = numeric_date(filed.retention_until)
        return filed.application_no, filed.location, filed.holder_name, until, self._state(filed)

    def _state(self, filed: Filed) -> str:
        state = "held" if filed.legal_hold else str(filed.disposal) or "kept"
        return self.app.words.say(f"storage.state.{state}")

    @property
    def _current(self) -> Filed | None:
        row = self.query_one(RowList).current
        return next((filed for filed in self._files if row is not None and filed.case_id == row.key), None)

    def _show_detail(self) -> None:
        words, filed = self.app.words, self._current
        detail = Content(words.say("storage.hint"))
        if filed is not None:
            facts = words.say(
                "storage.detail", list_no=filed.list_no, pages=filed.pages, minutes=filed.minutes_no or "-"
            )
            detail = Content("\n").join([plain(facts), detail])
        self.query_one("#storage-detail", Static).update(detail)

    def on_row_list_moved(self) -> None:
        self._show_detail()

    def on_row_list_paged(self, event: RowList.Paged) -> None:
        if event.direction > 0 and self._more:
            self._pages.append(self._files[-1].place)
        elif event.direction < 0 and len(self._pages) > 1:
            self._pages.pop()
        else:
            return
        self.query_one(RowList).cursor = 0
        self._load()

    def action_shelf(self, by: int) -> None:
        shelves = list(Shelf)
        self._shelf = shelves[(shelves.index(self._shelf) + by) % len(shelves)]
        self._pages = [0]
        self.quiet()
        self._load()

    def action_refresh(self) -> None:
        self.quiet()
        self._load()

    def action_case(self) -> None:
        if self._current is not None:
            self.app.open_case(self._current.case_id)

    def action_device(self) -> None:
        """Print the list of the files proposed for destruction."""
        desk = self.app.signed_in()
        self.run_service(
            lambda: storage.print_disposal_list(desk),
            lambda count: self.say("storage.printed", "done", count=count),
            group="act",
        )

    # what is done with a file

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        filed = self._current
        if filed is None:
            return
        if filed.disposal is Disposal.DESTROYED:
            self.say("storage.gone", "refusal", minutes=filed.minutes_no)
            return
        chosen = filed
        self.app.push_screen(WayDialog(filed), lambda name: self._ask(chosen, name) if name else None)

    def _ask(self, filed: Filed, name: str) -> None:
        way, key = next(way for way in WAYS if way.name == name), new_key()
        if not way.fields:
            self._do(filed, way, Values(), key, None)
            return

        def given(values: Values | None) -> None:
            if values is not None:
                self._do(filed, way, values, key, None)

        fields = tuple(replace(field) for field in way.fields)
        self.app.push_screen(FormDialog(f"storage.act.{name}", fields), given)

    def _do(self, filed: Filed, way: Way, given: Values, key: str, second: "Witness | None") -> None:
        desk = self.app.signed_in()

        def refused(answer: Refused) -> None:
            if answer.first.code is not Code.SECOND_PERSON_NEEDED or second is not None:
                self.show_refused(answer)
                return
            self.app.push_screen(SecondPerson(), signed)

        def signed(witness: "Witness | None") -> None:
            if witness is not None:
                self._do(filed, way, given, key, witness)

        self.run_service(
            lambda: way.call(desk, filed, given, key, second),
            lambda changed: self._done(changed, way),
            refused=refused,
            group="act",
        )

    def _done(self, changed: Filed, way: Way) -> None:
        self.say(
            "storage.done", "done", number=changed.application_no, act=self.app.words.say(f"storage.act.{way.name}")
        )
        self._load()
