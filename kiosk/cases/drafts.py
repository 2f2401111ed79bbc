"""What is typed and not completed: in the database, and on this terminal's own disk until the database has it.

A save goes to the terminal's journal first: a server that hangs, a line that is cut, a locked file cost nothing that
was typed. It comes back to the same officer, case and step, at the latest when that officer signs in here again.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from db.tables import CaseEvent, Draft
from kiosk.cases import claims
from kiosk.cases.engine import unit_of_work
from kiosk.cases.load import case_file
from kiosk.cases.transactions import refusing
from kiosk.cases.work import Look
from kiosk.draft_journal import Kept, Owner
from kiosk.given import unusable
from kiosk.records import from_json, to_json
from kiosk.refusals import Code, Refused, refused

if TYPE_CHECKING:
    from db.connection import Store
    from kiosk.draft_journal import DraftJournal

AWAY = frozenset({Code.DATABASE_UNREACHABLE, Code.DISK_FULL, Code.DATABASE_READ_ONLY})
"""The database can't write now, and will again."""


class Drafts:
    """The drafts of one officer at one terminal."""

    def __init__(self, store: "Store", journal: "DraftJournal") -> None:
        self._store = store
        self._journal = journal

    def keep_here(self, look: Look, step: str, case_id: int | None, content: Mapping[str, Any]) -> Kept | None:
        """Put `content` on this terminal's disk; None where that fails or it can't be a draft."""
        text = to_json(content)
        if len(text) > claims.DRAFT_LIMIT or any(unusable(content)):
            return None
        try:
            return self._journal.keep(_owner(look, step, case_id), text, look.now)
        except OSError:
            return None

    def save(self, look: Look, step: str, case_id: int | None, content: dict[str, Any]) -> Refused | None:
        """Keep `content`: here, then in the database. Where the database is away, DRAFT_KEPT_HERE says that it is here,
        DRAFT_NOT_KEPT that it is nowhere but on the screen."""
        if wrong := tuple(unusable(content)):
            return Refused(wrong)
        kept = self.keep_here(look, step, case_id, content)
        answer = claims.save_draft(self._store, look, step, case_id, content)
        if answer is None:
            self._journal.forget(_owner(look, step, case_id), kept.at if kept else None)
            return None
        if answer.first.code not in AWAY:
            return answer
        if kept is not None:
            return refused(Code.DRAFT_KEPT_HERE)
        return refused(Code.DRAFT_NOT_KEPT) if answer.first.code is Code.DATABASE_UNREACHABLE else answer

    def load(self, look: Look, step: str, case_id: int | None) -> dict[str, Any] | None:
        """What this officer typed here and did not complete; what only this terminal had is in the database then.

        Raises StoreError.
        """
        owner = _owner(look, step, case_id)
        kept = self._journal.kept(owner)
        if kept is not None:
            self._bring(look, kept)
        with self._store.reading():
            row = _row(owner)
        if row is None:
            return None
        self._journal.has(owner, row.saved_at)
        return from_json(dict, row.content)

    def drop(self, look: Look, step: str, case_id: int | None) -> Refused | None:
        """The step is completed, or nothing was typed: forget it, here and there."""
        self._journal.forget(_owner(look, step, case_id))
        return claims.drop_draft(self._store, look, step, case_id)

    def bring_back(self, look: Look) -> None:
        """Bring all that is kept here for this officer into the database. Where that fails it stays here."""
        for kept in self._journal.of(look.officer.id):
            self._bring(look, kept)

    @refusing
    def _bring(self, look: Look, kept: Kept) -> Refused | None:
        owner, upto = kept.owner, kept.at
        with unit_of_work(self._store) as answer:
            row = _row(owner)
            if row is not None and row.saved_at > kept.at:
                upto = row.saved_at
                self._journal.has(owner, upto)
            elif _is_open(look, kept):
                content = from_json(dict, kept.content)
                claims.write_draft(look, owner.step, owner.case_ref, to_json(content), kept.at)
        if answer.refused is None:
            self._journal.forget(owner, upto)
        return answer.refused


def _owner(look: Look, step: str, case_id: int | None) -> Owner:
    return Owner(look.officer.id, case_id or 0, step)


def _row(owner: Owner) -> Draft | None:
    return Draft.get_or_none(
        (Draft.officer == owner.officer) & (Draft.case_ref == owner.case_ref) & (Draft.step == owner.step)
    )


def _is_open(look: Look, kept: Kept) -> bool:
    """Whether there is still something to complete with it: the act that carries its key was not done, and the case
    stands where it was typed. A draft of no step (the cekal examination) needs only its case."""
    key = str(from_json(dict, kept.content).get("key") or "")
    if key and CaseEvent.select().where(CaseEvent.key == key).exists():
        return False
    if kept.owner.case_ref == 0:
        return True
    case = case_file(kept.owner.case_ref, look.kit.procedures)
    steps = {step.key for step in look.kit.procedure.steps}
    return case is not None and case.ended_at is None and kept.owner.step in {case.step} | ({kept.owner.step} - steps)
