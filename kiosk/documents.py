"""Scanned pages become documents: one PDF/A-1b of each kind in the vault, and its text where tesseract is installed.

A background job of the terminals that have a document scanner. It begins once a case has left SOP step 5, so that a
page scanned anew makes no second file, and makes a document again when its pages have changed.
"""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from peewee import fn

from db.connection import Store, StoreError
from db.tables import Case, VaultObject
from kiosk import audit, clock, ocr
from kiosk.audit import Signer
from kiosk.captures import SCANNING, Capture, live
from kiosk.cases.work import Kit
from kiosk.vault import VaultError

log = logging.getLogger(__name__)

DOCUMENT, TEXT = "document", "document_text"
"""Under which step a made file stands; its kind is the document's."""
PDF, PLAIN = "application/pdf", "text/plain; charset=utf-8"
LOOK_SECONDS = 20.0
CHANGED = "pages changed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document to make. `state` tells the pages it is of: how many, and the newest one's id."""

    case_id: int
    kind: str
    state: str


class DocumentKeeper:
    """The background job of one terminal."""

    def __init__(self, store: Store, kit: Kit) -> None:
        self._store = store
        self._kit = kit
        self._given_up: set[tuple[str, Wanted]] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._live, name="documents", daemon=True)

    def start(self) -> None:
        """Begin. Called once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the file in work."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def make_missing(self) -> int:
        """Make every file that is missing now; how many were made. Raises StoreError."""
        made = 0
        for step in (DOCUMENT, *((TEXT,) if ocr.is_installed() else ())):
            for wanted in self._missing(step):
                if self._stopping.is_set():
                    return made
                if (step, wanted) not in self._given_up:
                    made += self._make(step, wanted)
        return made

    def _live(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                self.make_missing()
            except StoreError:
                log.warning("documents wait for the database")
            except Exception:
                log.exception("documents: defect")

    def _missing(self, step: str) -> list[Wanted]:
        """The documents of open cases beyond step 5 whose file is not of the pages that count now."""
        row, case = VaultObject, Case
        with self._store.reading():
            kept = row.discarded_at.is_null() & case.ended_at.is_null()
            scanned = (row.step == SCANNING) & (case.step != SCANNING)
            counted = row.select(row.case, row.kind, fn.COUNT(row.id), fn.MAX(row.id)).join(case).where(kept & scanned)
            pages: list[Any] = list(counted.group_by(row.case, row.kind).tuples())
            files = row.select(row.case, row.kind, row.label).join(case).where(kept & (row.step == step))
            there: set[Any] = set(files.tuples())
        wanted = [Wanted(case_id, kind, f"{count}:{newest}") for case_id, kind, count, newest in pages]
        return [each for each in wanted if (each.case_id, each.kind, each.state) not in there]

    def _make(self, step: str, wanted: Wanted) -> int:
        pages = self._pages(wanted)
        try:
            content = self._content(step, pages)
        except (ValueError, OSError, VaultError) as error:
            log.warning("document of case %d, %s: %s", wanted.case_id, wanted.kind, type(error).__name__)
            content = None
        if content is None:
            self._given_up.add((step, wanted))
            return 0
        with self._store.writing():
            if _state(live(wanted.case_id, step=SCANNING, kind=wanted.kind)) != wanted.state or _is_there(step, wanted):
                return 0
            self._put(step, wanted, pages, content)
        return 1

    def _pages(self, wanted: Wanted) -> tuple[Capture, ...]:
        with self._store.reading():
            return live(wanted.case_id, step=SCANNING, kind=wanted.kind)

    def _content(self, step: str, pages: tuple[Capture, ...]) -> bytes | None:
        """The file; None for a text that could not be read. Raises ValueError, OSError, VaultError."""
        pictures = list(self._pictures(pages))
        if step == DOCUMENT:
            from kiosk.pdf_archive import pdf_a

            return pdf_a([(picture, page.number("dpi")) for picture, page in zip(pictures, pages, strict=True)])
        texts = [ocr.read_text(picture) for picture in pictures]
        return None if None in texts else "\f".join(text or "" for text in texts).encode()

    def _pictures(self, pages: tuple[Capture, ...]) -> Iterator[bytes]:
        for page in pages:
            with self._store.reading():
                yield self._kit.vault.get(VaultObject.get_by_id(page.id))

    def _put(self, step: str, wanted: Wanted, pages: tuple[Capture, ...], content: bytes) -> None:
        now = clock.now()
        before = live(wanted.case_id, step=step, kind=wanted.kind)
        for old in before:
            VaultObject.update(discarded_at=now, discard_reason=CHANGED).where(VaultObject.id == old.id).execute()
        row = self._kit.vault.put(
            case_id=wanted.case_id,
            step=step,
            kind=wanted.kind,
            content=content,
            media_type=PDF if step == DOCUMENT else PLAIN,
            officer=VaultObject.get_by_id(pages[-1].id).officer_id,
            now=now,
            label=wanted.state,
            page=1,
            meta={"pages": [page.id for page in pages]},
        )
        data = {"kind": wanted.kind, "file": step, "pages": [page.id for page in pages], "object": row.id}
        audit.append(now, Signer(0, 0, self._kit.terminal), "document_made", f"case:{wanted.case_id}", data)


def _state(pages: tuple[Capture, ...]) -> str:
    return f"{len(pages)}:{max((page.id for page in pages), default=0)}"


def _is_there(step: str, wanted: Wanted) -> bool:
    """Whether another terminal was quicker. Within a unit of work."""
    row = VaultObject
    kept = (row.case == wanted.case_id) & (row.step == step) & (row.kind == wanted.kind) & row.discarded_at.is_null()
    return bool(row.select().where(kept & (row.label == wanted.state)).exists())
