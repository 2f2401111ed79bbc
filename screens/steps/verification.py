"""Step 4: every document that was received, the sponsor, and what the steps before found; then the sign-off."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from kiosk.applicant import SponsorBasis
from kiosk.finding_text import said
from kiosk.formats import mask_passport, numeric_date
from kiosk.refusals import Refused
from kiosk.steps import verification
from screens.plain import plain, plain_lines
from screens.step_screen import Finished, Question, StepScreen
from screens.widgets.fields import Field, Kind, Value, Values


class VerificationScreen(StepScreen[verification.Given, verification.Produced]):
    """Doubt is said with "Tidak" and goes on by F7; only a file without doubt is signed off with F10."""

    KEY: ClassVar[str] = "verification"
    HELP: ClassVar[str] = "help.verification"
    prepared: verification.Prepared

    def fields(self) -> Sequence[Field]:
        found = (Field("findings", Kind.SHOW, "verification.findings"),) if self.prepared.findings else ()
        return (
            Field("holder", Kind.SHOW, "verification.holder"),
            Field("stay", Kind.SHOW, "verification.stay"),
            Field("entered_by", Kind.SHOW, "verification.entered_by"),
            *found,
            Field("documents", Kind.HEADING, "verification.documents"),
            *(field for item, _ in self.prepared.documents for field in self._document(item.key)),
            *self._sponsor(),
            Field(
                "note",
                Kind.NOTE,
                "verification.note",
                bool(self.prepared.findings),
                1000,
                hint="verification.note.hint",
            ),
        )

    def _document(self, key: str) -> tuple[Field, Field]:
        item = next(item for received, item in self.prepared.documents if received.key == key)
        name = f"document_{key}"
        return (
            Field(name, Kind.YES_NO, required=True, title=item.name, hint="verification.document.hint"),
            Field(
                f"{name}_note",
                Kind.TEXT,
                "verification.doubt",
                True,
                200,
                only_if=lambda values: values.flag(name) is False,
            ),
        )

    def _sponsor(self) -> tuple[Field, ...]:
        if self.prepared.data.sponsor.basis is SponsorBasis.NONE:
            return ()
        return (
            Field("sponsor_heading", Kind.HEADING, "data_entry.section.sponsor"),
            Field("sponsor", Kind.SHOW, "verification.sponsor"),
            Field("sponsor_ok", Kind.YES_NO, "verification.sponsor_ok", True, hint="verification.sponsor_ok.hint"),
            Field("sponsor_note", Kind.TEXT, "verification.sponsor_note", max_length=300),
        )

    def opened(self) -> None:
        self._show_facts()

    def relabel(self) -> None:
        super().relabel()
        if hasattr(self, "form") and self.form.is_mounted:
            self._show_facts()

    def _show_facts(self) -> None:
        words, data = self.app.words, self.prepared.data
        holder, passport = data.holder, data.passport
        self.form.show(
            "holder",
            f"{holder.name_viz} ({holder.sex}) {holder.born.shown()} {holder.nationality}  {passport.number}",
        )
        expires = numeric_date(data.stay.permit_expires)
        self.form.show("stay", words.say("verification.stay.said", visa=data.stay.visa_index or "-", expires=expires))
        self.form.show("entered_by", self.prepared.entered_by)
        if self.prepared.findings:
            lines = "\n".join(f"! {said(words, finding)}" for finding in self.prepared.findings)
            self.form.show("findings", plain_lines(lines, style="bold"))
        if data.sponsor.basis is not SponsorBasis.NONE:
            sponsor = data.sponsor
            number = mask_passport(sponsor.identity_no) if sponsor.identity_no else sponsor.guarantee_no
            basis = words.say(f"sponsor.{sponsor.basis}")
            self.form.show("sponsor", plain(f"{basis}: {sponsor.name} {number} {sponsor.address}".strip()))

    def initial(self) -> Mapping[str, Value]:
        return {}

    def build(self, values: Values) -> verification.Given | Refused:
        return verification.Given(
            documents=tuple(
                verification.DocumentChecked(
                    item.key,
                    values.flag(f"document_{item.key}") is True,
                    values.text(f"document_{item.key}_note"),
                )
                for item, _ in self.prepared.documents
            ),
            sponsor_ok=values.flag("sponsor_ok") is True,
            sponsor_note=values.text("sponsor_note"),
            note=values.text("note"),
        )

    def question(self, given: verification.Given) -> Question | None:
        doubt = any(not document.authentic for document in given.documents)
        return None if doubt else Question("verification.question", {"count": len(given.documents)})

    def finished(self, produced: verification.Produced) -> Finished:
        return Finished("verification.done", {"count": len(produced.documents)})
