"""The scanned papers of a case, for an officer who may see it: their pages, how good each is, and what it shows.

Pages of SOP step 5 and the stamped page of step 11. To look at one is a protected read: it stands in the audit chain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.bilingual import Bilingual
from kiosk.captures import SCANNING, STAMPED_PAGE, Capture, live, require_may_read
from kiosk.cases.engine import Refuse
from kiosk.cases.load import case_file
from kiosk.cases.model import CaseFile
from kiosk.cases.transactions import refusing
from kiosk.cases.work import Look
from kiosk.documents import TEXT
from kiosk.picture_cells import smaller
from kiosk.refusals import Code, Refused, refused
from kiosk.steps import intake, scanning

if TYPE_CHECKING:
    from kiosk.desk import Desk

SIDE = 1200
"""Pixels of the longer side: small print stays readable where the terminal draws pictures."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One page. `page` of `pages` of its document; `name` is None for a paper that no checklist names; `text` is the
    capture that holds the document's text, None where none was read of these pages."""

    capture: Capture
    name: Bilingual | None
    page: int
    pages: int
    text: Capture | None


@dataclass(frozen=True, slots=True)
class Looked:
    """A page as a picture that a terminal can show (JPEG; None where the scan is no picture), and the text on it, ""
    where none was read."""

    picture: bytes | None
    text: str


@refusing
def scans(desk: "Desk", case_id: int) -> tuple[Scan, ...] | Refused:
    """The pages that count, document by document."""
    look = desk.look()
    try:
        with desk.office.store.reading():
            case = case_file(case_id, look.kit.procedures)
            if case is None:
                return refused(Code.CASE_NOT_FOUND)
            require_may_read(look, case)
            return _scans(look, case)
    except Refuse as given_up:
        return given_up.answer


def look_at(desk: "Desk", scan: Scan) -> Looked | Refused:
    """The picture and text of a page. Reading either is audited."""
    picture = desk.captures.read(scan.capture.id)
    if isinstance(picture, Refused):
        return picture
    text = b"" if scan.text is None else desk.captures.read(scan.text.id)
    if isinstance(text, Refused):
        return text
    of_pages = text.decode("utf-8", "replace").split("\f")
    text_is_of_these_pages = len(of_pages) == scan.pages
    return Looked(smaller(picture, SIDE), of_pages[scan.page - 1].strip() if text_is_of_these_pages else "")


def _scans(look: Look, case: CaseFile) -> tuple[Scan, ...]:
    papers = (*live(case.id, step=SCANNING), *live(case.id, kind=STAMPED_PAGE))
    texts = {text.kind: text for text in live(case.id, step=TEXT)}
    names = _names(look, case)
    found = []
    for kind in dict.fromkeys(paper.kind for paper in papers):
        pages = [paper for paper in papers if paper.kind == kind]
        text = texts.get(kind)
        if text is not None and text.created_at < max(page.created_at for page in pages):
            text = None  # it is of pages that were scanned anew since
        found += [Scan(page, names.get(kind), n, len(pages), text) for n, page in enumerate(pages, 1)]
    return tuple(found)


def _names(look: Look, case: CaseFile) -> Mapping[str, Bilingual]:
    if case.output(intake.KEY, intake.Produced) is None:
        return {}
    return {document.kind: document.name for document in scanning.wanted(look, case)}
