"""What devices and officers capture of a case: kept in the vault at once, in a transaction of its own, with an audit
event. A step's Given then names it by id. Nothing captured is lost, and nothing is deleted: what is no good is marked.

Used by SOP steps 5 (scans), 8 (portrait and fingers), 11 (the stamped page) and 12 (to compare). The acts of the
devices are in `kiosk.capturing`.
"""

import contextlib
import errno
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from db.tables import Claim, VaultObject
from kiosk import audit
from kiosk.cases.engine import REASON_MINIMUM, Refuse, refuse, require_present, unit_of_work
from kiosk.cases.load import case_file
from kiosk.cases.model import CaseFile, Status
from kiosk.cases.transactions import refusing
from kiosk.cases.work import Look
from kiosk.clock import WIB
from kiosk.people.model import acting_unit, sees
from kiosk.records import from_json
from kiosk.refusals import Code, Refused, refused
from kiosk.text import clean
from kiosk.vault import OtherKey, VaultError

if TYPE_CHECKING:
    from kiosk.desk import Desk

PORTRAIT, FINGERPRINT, STAMPED_PAGE = "portrait", "fingerprint", "stamped_page"
"""Kinds of steps 8 and 11; step 5 uses the keys of the checklist."""
MINUTIAE = "minutiae"
"""Beside a fingerprint's template: the same finger for matchers of any maker (ISO/IEC 19794-2), `page` its code."""
SCANNING = "scanning"
GATE_PAGES = 12
"""A page laid on the glass twice is laid there twice in a row, or nearly; each costs 50 ms to look at."""


@dataclass(frozen=True, slots=True)
class Item:
    """One file to keep. `page` counts within its kind (0: the next one); for a fingerprint it is the finger's code.

    `meta` holds measures and findings, never a name or number of a person.
    """

    content: bytes
    media_type: str
    page: int = 0
    meta: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Capture:
    """A file of a case in the vault, without its content."""

    id: int
    case_id: int
    step: str
    kind: str
    page: int
    sha256: str
    media_type: str
    size: int
    created_at: datetime
    meta: Mapping[str, object]
    discarded: bool = False

    @property
    def findings(self) -> tuple[str, ...]:
        """What the quality gate found, by name."""
        found = self.meta.get("findings", ())
        return tuple(str(name) for name in found) if isinstance(found, list | tuple) else ()

    def number(self, name: str) -> int:
        """A measure kept with it; 0 if there is none."""
        value = self.meta.get(name)
        return value if isinstance(value, int) else 0


def live(case_id: int, *, step: str = "", kind: str = "") -> tuple[Capture, ...]:
    """What was captured of a case and not discarded, in the order of kind and page. Within a unit of work."""
    query = VaultObject.select().where((VaultObject.case == case_id) & VaultObject.discarded_at.is_null())
    if step:
        query = query.where(VaultObject.step == step)
    if kind:
        query = query.where(VaultObject.kind == kind)
    return tuple(_capture(row) for row in query.order_by(VaultObject.kind, VaultObject.page, VaultObject.id))


def keep(
    look: Look, case_id: int, step: str, kind: str, items: Sequence[Item], *, replaces: bool = False
) -> tuple[Capture, ...]:
    """Store files of one case. Within a writing unit of work. Raises Refuse.

    With `replaces` what was kept before of the same kind and page is discarded: a portrait or finger taken again.
    """
    case = require_may_capture(look, case_id, step)
    kept: list[Capture] = []
    there = list(live(case.id, step=step, kind=kind))
    for item in items:
        before = [c for c in there if not replaces or c.page == item.page]
        row = _put(look, case, step, kind, item, item.page or max((c.page for c in before), default=0) + 1)
        if replaces:
            _mark([c.id for c in before], look.now, "taken again")
            there = [c for c in there if c not in before]
        kept.append(_capture(row))
        there.append(kept[-1])
    ids = [capture.id for capture in kept]
    _audit(look, case.id, "captured", {"step": step, "kind": kind, "objects": ids})
    return tuple(kept)


def read(look: Look, capture_id: int) -> bytes:
    """The content of a capture; the reading is audited. Within a writing unit of work. Raises Refuse."""
    row = VaultObject.get_or_none(VaultObject.id == capture_id)
    case = None if row is None else case_file(row.case_id, look.kit.procedures)
    if row is None or case is None:
        require_present(look)
        raise refuse(Code.CAPTURES_CHANGED)
    require_may_read(look, case)
    _audit(look, case.id, "read_capture", {"object": row.id, "kind": row.kind})
    try:
        return look.kit.vault.get(row)
    except OtherKey as error:
        raise refuse(Code.VAULT_KEY_ROTATED, key=error.key_id) from None
    except VaultError:
        raise refuse(Code.CAPTURE_UNREADABLE) from None


def require_may_read(look: Look, case: CaseFile) -> None:
    """Whether this officer may look at what was captured of a case. Within a unit of work. Raises Refuse."""
    require_present(look)
    if not (look.officer.is_head or sees(look.officer, case.procedure, case.step)):
        raise refuse(Code.NOT_YOUR_UNIT, unit=case.procedure.unit(case.at.unit).label)


def require_may_capture(look: Look, case_id: int, step: str) -> CaseFile:
    """The case, if this officer may capture for `step` now. Within a unit of work. Raises Refuse.

    Documents may be scanned until the case ends: a scan put off at step 5 is made good later.
    """
    require_present(look)
    case = case_file(case_id, look.kit.procedures, outputs=False)
    if case is None:
        raise refuse(Code.CASE_NOT_FOUND)
    if case.status is Status.ENDED:
        raise refuse(Code.CASE_ENDED)
    later = step == SCANNING and case.at.number > case.procedure.step(step).number
    if case.step != step and not later:
        raise refuse(Code.CASE_MOVED_ON)
    if case.status.held and not later:
        raise refuse(Code.CASE_ON_HOLD)
    if acting_unit(look.officer, case.procedure, step) is None:
        raise refuse(Code.NOT_YOUR_UNIT, unit=case.procedure.unit(case.procedure.step(step).unit).label)
    if not later:
        _require_free(look, case)
    return case


class Captures:
    """The captures at one desk. Everything blocks, and answers with a value or Refused."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk

    @refusing
    def store(
        self, case_id: int, step: str, kind: str, items: Sequence[Item], *, replaces: bool = False
    ) -> tuple[Capture, ...] | Refused:
        """Keep files, all of them or none."""
        look = self._desk.look()
        try:
            with unit_of_work(self._desk.office.store) as answer:
                answer.value = keep(look, case_id, step, kind, items, replaces=replaces)
        except OSError as error:
            return _disk(error)
        stored: tuple[Capture, ...] | Refused = answer.refused or answer.value
        return stored

    def list(self, case_id: int, *, step: str = "", kind: str = "") -> tuple[Capture, ...]:
        """What is kept of a case and not discarded. Raises StoreError."""
        with self._desk.office.store.reading():
            return live(case_id, step=step, kind=kind)

    def pages(self, case_id: int, step: str, kind: str) -> tuple[bytes, ...]:
        """The newest pages of one document, for the quality gate, which shows them to nobody. Raises StoreError."""
        vault, found = self._desk.office.kit.vault, []
        with self._desk.office.store.reading():
            for page in live(case_id, step=step, kind=kind)[-GATE_PAGES:]:
                with contextlib.suppress(VaultError):
                    found.append(vault.get(VaultObject.get_by_id(page.id)))
        return tuple(found)

    @refusing
    def discard(self, capture_id: int, reason: str) -> Capture | Refused:
        """Mark a capture: it stays in the vault and no longer counts."""
        look, why = self._desk.look(), clean(reason)
        with unit_of_work(self._desk.office.store) as answer:
            row = VaultObject.get_or_none((VaultObject.id == capture_id) & VaultObject.discarded_at.is_null())
            if row is None:
                raise refuse(Code.CAPTURES_CHANGED)
            if len(why) < REASON_MINIMUM:
                raise refuse(Code.REASON_NEEDED, "reason", minimum=REASON_MINIMUM)
            require_may_capture(look, row.case_id, row.step)
            _mark([row.id], look.now, why)
            _audit(look, row.case_id, "capture_discarded", {"object": row.id, "kind": row.kind})
            answer.value = _capture(VaultObject.get_by_id(row.id))
        discarded: Capture | Refused = answer.refused or answer.value
        return discarded

    @refusing
    def read(self, capture_id: int) -> bytes | Refused:
        """The content of a capture. A protected read: it stands in the audit chain."""
        look = self._desk.look()
        with unit_of_work(self._desk.office.store) as answer:
            answer.value = read(look, capture_id)
        content: bytes | Refused = answer.refused or answer.value
        return content

    @refusing
    def may_capture(self, case_id: int, step: str) -> Refused | None:
        """Why nothing may be captured now; asked before a device is troubled."""
        look = self._desk.look()
        try:
            with self._desk.office.store.reading():
                require_may_capture(look, case_id, step)
        except Refuse as given_up:
            return given_up.answer
        return None

    def failed(self, case_id: int, step: str, kind: str, page: int, fault: str) -> None:
        """Keep in the audit chain that a device could not capture, and why."""
        look = self._desk.look()
        with unit_of_work(self._desk.office.store):
            data = {"step": step, "kind": kind, "page": page, "fault": fault}
            _audit(look, case_id, "capture_failed", data)


def _put(look: Look, case: CaseFile, step: str, kind: str, item: Item, page: int) -> VaultObject:
    try:
        return look.kit.vault.put(
            case_id=case.id,
            step=step,
            kind=kind,
            content=item.content,
            media_type=item.media_type,
            officer=look.officer.id,
            now=look.now,
            page=page,
            meta=dict(item.meta),
        )
    except OtherKey as error:
        raise refuse(Code.VAULT_KEY_ROTATED, key=error.key_id) from None
    except VaultError:
        raise refuse(Code.CAPTURE_UNREADABLE) from None


def _require_free(look: Look, case: CaseFile) -> None:
    """Nobody else may be at work on the case."""
    row = Claim.get_or_none((Claim.case == case.id) & Claim.released_at.is_null() & (Claim.lease_until > look.now))
    if row is not None and (row.officer_id != look.officer.id or row.terminal != look.kit.terminal):
        until = f"{row.lease_until.astimezone(WIB):%H:%M} WIB"
        raise refuse(Code.CLAIMED_BY_OTHER, officer=row.officer.person.name, terminal=row.terminal, until=until)


def _mark(ids: Sequence[int], now: datetime, reason: str) -> None:
    if ids:
        VaultObject.update(discarded_at=now, discard_reason=reason[:200]).where(VaultObject.id.in_(ids)).execute()


def _audit(look: Look, case_id: int, action: str, data: dict[str, object]) -> None:
    audit.append(look.now, look.signer, action, f"case:{case_id}", data)


def _capture(row: VaultObject) -> Capture:
    return Capture(
        id=row.id,
        case_id=row.case_id,
        step=row.step,
        kind=row.kind,
        page=row.page,
        sha256=row.sha256.strip(),
        media_type=row.media_type,
        size=row.size,
        created_at=row.created_at,
        meta=from_json(dict[str, object], row.meta),
        discarded=row.discarded_at is not None,
    )


def _disk(error: OSError) -> Refused:
    """A vault that can't be written: full, read-only, or gone."""
    code = Code.DISK_FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else Code.VAULT_NOT_WRITABLE
    return refused(code, found="", expected="")
