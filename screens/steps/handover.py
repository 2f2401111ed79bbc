"""Step 12: scan the claim first; then the person, the passport in the hand, and the record to sign."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult

from kiosk import mrz
from kiosk.clock import office_day
from kiosk.finger_check import FingerCheck
from kiosk.formats import mask_passport, numeric_date
from kiosk.receipts.claim import ClaimFound, Shown, claim_kinds
from kiosk.refusals import Code, Refusal, Refused
from kiosk.steps import handover
from kiosk.steps.handover import Kind, Relation
from kiosk.words import Language, Words, say
from screens.defects import Said, say_refusal
from screens.plain import plain_lines
from screens.service import DeviceTalk
from screens.step_screen import Finished, Question, StepScreen
from screens.wedge import is_code, is_mrz
from screens.widgets.fields import Choice, Field, Value, Values, choices_of
from screens.widgets.fields import Kind as FieldKind
from screens.widgets.picture import BesidePicture, Picture

IDENTITIES = ("passport", "ktp", "kitas", "driving_licence", "other")


class HandoverScreen(StepScreen[handover.Given, handover.Produced]):
    """A scan shows at once what the claim is worth; F8 compares a finger; F10 hands the passport over, once."""

    KEY: ClassVar[str] = "handover"
    LEAST: ClassVar[int] = 78
    WANTS_MRZ: ClassVar[bool] = True
    DEVICE_KEY: ClassVar[str] = "handover.key.finger"
    prepared: handover.Prepared
    _qr = ""
    _claim_said: ClaimFound | Refusal | None = None

    # the form

    def fields(self) -> Sequence[Field]:
        to_wasdakim = self.prepared.kind is Kind.TO_WASDAKIM
        relations = [Relation.WASDAKIM] if to_wasdakim else [r for r in Relation if r is not Relation.WASDAKIM]
        choices = choices_of(relations, "handover.relation")
        relation = Field("relation", FieldKind.CHOICE, "handover.relation", True, choices=choices)
        minutes = Field("minutes_no", FieldKind.TEXT, "handover.minutes_no", True, 60)
        return (
            Field("person", FieldKind.SHOW, "handover.person"),
            Field("document", FieldKind.SHOW, "handover.document"),
            *(() if to_wasdakim else self._claim_fields()),
            Field("passport_no", FieldKind.UPPER, "handover.passport_no", True, 20, hint="handover.passport_no.hint"),
            *((minutes, relation) if to_wasdakim else (relation,)),
            *self._collector_fields(),
            *self._person_fields(),
        )

    def _claim_fields(self) -> tuple[Field, ...]:
        def typed(values: Values) -> bool:
            return values.text("claim") == Shown.SHORT_CODE

        return (
            Field("claim", FieldKind.CHOICE, "handover.claim", True, choices=choices_of(Shown, "handover.claim")),
            Field("short_code", FieldKind.UPPER, "handover.short_code", True, 16, only_if=typed),
            Field("claim_said", FieldKind.SHOW, "handover.claim_said"),
        )

    def _collector_fields(self) -> tuple[Field, ...]:
        def other(values: Values) -> bool:
            return values.text("relation") in (Relation.SPONSOR, Relation.PROXY)

        kinds = tuple(Choice(kind, f"handover.identity.{kind}") for kind in IDENTITIES)
        return (
            Field("collected_by", FieldKind.TEXT, "handover.collected_by", True, 120, only_if=other),
            Field("identity_kind", FieldKind.CHOICE, "handover.identity_kind", True, choices=kinds, only_if=other),
            Field("identity_no", FieldKind.UPPER, "handover.identity_no", True, 40, only_if=other),
            Field("power_of_attorney", FieldKind.TEXT, "handover.power", True, 80, only_if=_is(Relation.PROXY)),
        )

    def _person_fields(self) -> tuple[Field, ...]:
        fingers = tuple(Choice(str(position), f"handover.finger.{position}") for position in self.prepared.fingers)

        def person(values: Values) -> bool:
            return values.text("relation") not in ("", Relation.WASDAKIM)

        return (
            Field("finger_said", FieldKind.SHOW, "handover.finger_said", only_if=self._finger_asked),
            Field("finger", FieldKind.CHOICE, "handover.finger", choices=fingers, only_if=self._finger_choosable),
            Field("face_agrees", FieldKind.YES_NO, "handover.face_agrees", True, only_if=person),
            Field(
                "reason",
                FieldKind.TEXT,
                "handover.reason",
                False,
                200,
                hint="handover.reason.hint",
                only_if=person,
                required_if=lambda values: values.text("claim") not in ("", Shown.QR),
            ),
        )

    def _finger_asked(self, values: Values) -> bool:
        return self.prepared.finger_wanted and values.text("relation") == Relation.APPLICANT

    def _finger_choosable(self, values: Values) -> bool:
        return self._finger_asked(values) and len(self.prepared.fingers) > 1

    def body(self) -> ComposeResult:
        self._picture = Picture()
        with BesidePicture():
            yield self.form
            yield self._picture

    def initial(self) -> Mapping[str, Value]:
        found = self.prepared
        if found.kind is Kind.TO_WASDAKIM:
            return {"relation": str(Relation.WASDAKIM)}
        first = str(found.fingers[0]) if found.fingers else None
        return {"claim": str(Shown.QR), "relation": str(Relation.APPLICANT), "finger": first}

    def opened(self) -> None:
        self._show()
        if self.prepared.portrait:
            desk, case_id = self.app.signed_in(), self.case_id
            assert case_id is not None, "step 12 has a case"
            self.run_service(lambda: desk.collection.portrait(case_id), self._picture.show, group="portrait")
        if self.prepared.kind is not Kind.TO_WASDAKIM:
            self.form.go_to("passport_no")

    def refreshed(self) -> None:
        self._show()

    def relabel(self) -> None:
        super().relabel()
        if self._open and self._finished is None:
            self._show()

    def extra(self) -> dict[str, Any]:
        return {"qr": self._qr}

    def restore_extra(self, extra: dict[str, Any]) -> None:
        self._qr = str(extra.get("qr") or "")
        if self._qr:
            self._look_at(Shown.QR, self._qr)

    def changed(self, name: str) -> None:
        values = self.form.values()
        if name == "relation" and values.text("relation") == Relation.SPONSOR and not values.text("collected_by"):
            self.form.restore({"collected_by": self.prepared.sponsor_name})
        if name == "relation" and values.text("relation") == Relation.PROXY and not values.text("collected_by"):
            self.form.restore({"collected_by": self.prepared.proxy_name})
        if name == "relation":
            self.relabel_widgets()
        if name == "claim":
            self.form.show("claim_said", self._claim_words())
        if name == "short_code" and len(values.text("short_code").replace("-", "").replace(" ", "")) == 12:
            self._look_at(Shown.SHORT_CODE, values.text("short_code"))

    # scans

    def on_scan(self, text: str) -> bool:
        if not self._open or self._finished is not None:
            return False
        if is_mrz(text):
            return self._passport_scanned(text)
        if is_code(text) and self.prepared.kind is not Kind.TO_WASDAKIM:
            self._qr = text.strip().upper()
            self.form.restore({"claim": str(Shown.QR)})
            self._look_at(Shown.QR, self._qr)
            self.touched()
            return True
        return False

    def _passport_scanned(self, text: str) -> bool:
        zone = mrz.parse(text, today=office_day(self.app.now()))
        if isinstance(zone, Refused):
            self.show_refused(zone)
        else:
            self.form.restore({"passport_no": zone.document_no})
            self.touched()
        return True

    def _look_at(self, shown: Shown, text: str) -> None:
        """Ask what the claim is worth, now."""
        desk, case_id = self.app.signed_in(), self.case_id
        assert case_id is not None, "step 12 has a case"
        self.run_service(
            lambda: desk.collection.seen(case_id, shown, text),
            self._claim_good,
            refused=self._claim_bad,
            group="claim",
            exclusive=True,
        )

    def _claim_good(self, found: ClaimFound) -> None:
        self._claim_said = found
        self._show()
        self.say("handover.claim_good", "done", "handover.claim_good.next", number=found.number)

    def _claim_bad(self, refused: Refused) -> None:
        self._claim_said = refused.first
        self._show()
        self.show_refusal(refused.first)

    # what is shown

    def _show(self) -> None:
        words, found = self.app.words, self.prepared
        photo = words.say("handover.portrait" if found.portrait else "handover.no_portrait")
        self.form.show("person", plain_lines(f"{found.holder_name}  {mask_passport(found.passport_no)}\n{photo}"))
        what = words.say(f"handover.kind.{found.kind}", outcome=words.say(f"handover.outcome.{found.outcome}"))
        until = found.permit.valid_until
        permit = f"  {found.permit.register_no} ({numeric_date(until)})" if until else ""
        self.form.show("document", f"{what}{permit}")
        if found.kind is not Kind.TO_WASDAKIM:
            self.form.show("claim_said", self._claim_words())
        self.form.show("finger_said", self._finger_words())
        self.form.restore({})
        self.relabel_widgets()

    def _claim_words(self) -> str:
        said, words = self._claim_said, self.app.words
        if self.form.values().text("claim") == Shown.LOST:
            return words.say("handover.claim.is_lost")
        if said is None:
            unpaid_too = self.case is not None and len(claim_kinds(self.case)) > 1
            return words.say("handover.claim.none_returned" if unpaid_too else "handover.claim.none")
        if isinstance(said, ClaimFound):
            return words.say("handover.claim.good", number=said.number)
        return f"! {say_refusal(words, said).what}"

    def _finger_words(self) -> str:
        done, words = self.prepared.finger, self.app.words
        if done is None:
            return words.say("handover.finger.none")
        key = "handover.finger.agrees" if done.agrees else "handover.finger.differs"
        return words.say(key, finger=words.say(f"handover.finger.{done.position}"), score=done.score)

    # F8: where no finger can be compared, it opens the devices as on other screens

    @property
    def _comparable(self) -> bool:
        if not self._open or not self.prepared.fingers:
            return False
        return self._finger_asked(self.form.values())

    @property
    def key_words(self) -> Mapping[str, str]:
        words = dict(super().key_words)
        if not self._comparable:
            words.pop("device", None)
        return words

    def action_device(self) -> None:
        if self._finished is None and self._open and not self._comparable:
            self._save()
            self.app.open_devices()
        else:
            super().action_device()

    def device_act(self) -> None:
        desk, case_id = self.app.signed_in(), self.case_id
        assert case_id is not None, "step 12 has a case"
        position = int(self.form.values().text("finger") or self.prepared.fingers[0])

        def act(talk: DeviceTalk) -> FingerCheck | Refused:
            return desk.collection.compare_finger(case_id, position, report=talk.report, cancel=talk.cancel)

        self.run_device(act, self._compared)

    def _compared(self, found: FingerCheck) -> None:
        service, case_id = self.service, self.case_id

        def shown(prepared: handover.Prepared) -> None:
            self.prepared = prepared
            self._show()
            self.touched()
            self.status.say(lambda words: self._said_of(found, words), "done" if found.agrees else "refusal")

        self.run_service(lambda: service.prepare(case_id), shown, group="reload", exclusive=True)

    def _said_of(self, found: FingerCheck, words: Words) -> Said:
        """What came of comparing a finger, who compared it where that was not the reader, and what to do next."""
        said = words.say("handover.compared.agrees" if found.agrees else "handover.compared.differs")
        said = words.say("handover.compared.by_host", said=said) if found.by_host else said
        return Said(said, self._after_finger(words) if found.agrees else words.say("handover.compared.differs.next"))

    def _after_finger(self, words: Words) -> str:
        values = self.form.values()
        if values.text("claim") == Shown.QR and not self._qr:
            return self._claim_words()
        given = self._given()
        if not isinstance(given, Refused):
            return words.say("handover.compared.agrees.next")
        names = ", ".join(self._label(refusal) for refusal in given.refusals)
        return words.say("handover.compared.then", fields=names)

    # F10

    def build(self, values: Values) -> handover.Given | Refused:
        claim = Shown(values.text("claim") or Shown.LOST)
        text = {Shown.QR: self._qr, Shown.SHORT_CODE: values.text("short_code"), Shown.LOST: ""}[claim]
        return handover.Given(
            claim=claim,
            claim_text=text,
            passport_no=values.text("passport_no"),
            relation=Relation(values.text("relation")),
            collected_by=values.text("collected_by"),
            identity_kind=self._identity_words(values.text("identity_kind")),
            identity_no=values.text("identity_no"),
            face_agrees=values.flag("face_agrees") is True,
            power_of_attorney=values.text("power_of_attorney"),
            minutes_no=values.text("minutes_no"),
            reason=values.text("reason"),
        )

    def _identity_words(self, kind: str) -> str:
        """What the record and the slip say, in the language of the office whatever the screen's is."""
        return say(Language.INDONESIAN, f"handover.identity.{kind}") if kind else ""

    def ready(self) -> str:
        by_code = self.form.values().text("claim") == Shown.QR and self.prepared.kind is not Kind.TO_WASDAKIM
        return super().ready() if by_code else "step.ready_with_second"

    def question(self, given: handover.Given) -> Question | None:
        words, found = self.app.words, self.prepared
        who = words.say(f"handover.relation.{given.relation}")
        detail = f"{found.holder_name}\n{given.passport_no}\n{who} {given.collected_by}".rstrip()
        return Question("handover.question", detail=detail)

    def show_refused(self, refused: Refused) -> None:
        """Who comes second at the counter is told when, where and to whom the passport went."""
        super().show_refused(refused)
        if refused.first.code is Code.CASE_MOVED_ON and self._qr:
            self._look_at(Shown.QR, self._qr)

    def finished(self, produced: handover.Produced) -> Finished:
        words = self.app.words
        lines = (
            words.say("handover.done.record", number=produced.receipt_number),
            words.say("handover.done.sign"),
            words.say("handover.done.give", who=produced.collected_by),
        )
        return Finished("handover.done", {"number": produced.receipt_number}, lines=lines)


def _is(relation: Relation) -> Any:
    return lambda values: values.text("relation") == relation
