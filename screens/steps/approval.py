"""Step 6: the whole case on one screen, and the ways out of "Masalah?": approve, non-conformity, superior, refuse."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from kiosk.cases.model import Moved
from kiosk.finding_text import said
from kiosk.formats import numeric_date, rupiah
from kiosk.refusals import Refused
from kiosk.steps import approval
from kiosk.steps.approval_view import Offer, Summary
from kiosk.words import Words
from screens.defects import Said
from screens.plain import plain_lines
from screens.step_screen import Finished, Question, StepScreen
from screens.widgets.dialogs import Confirm
from screens.widgets.fields import Choice, Field, Kind, Value, Values

APPROVE, PROBLEM, SUPERIOR, REFUSE = "approve", "problem", "superior", "refuse"
FACTS = (
    "holder",
    "permit",
    "stay",
    "request",
    "sponsor",
    "watchlist",
    "verification",
    "scans",
    "findings",
    "past",
    "bill",
)


class ApprovalScreen(StepScreen[approval.Given, approval.Produced]):
    """F10 does what the decision says: it completes the step, raises a finding, waits, or ends the application."""

    KEY: ClassVar[str] = "approval"
    HELP: ClassVar[str] = "help.approval"
    prepared: Summary

    def fields(self) -> Sequence[Field]:
        ways = (APPROVE, PROBLEM, *((SUPERIOR,) if self._superior() else ()), REFUSE)
        choices = tuple(Choice(way, f"approval.way.{way}") for way in ways)
        return (
            Field("way", Kind.CHOICE, "approval.way", required=True, choices=choices, hint="approval.way.hint"),
            *(Field(name, Kind.SHOW, f"approval.{name}") for name in self._facts()),
            *self._grant_fields(),
            Field("note", Kind.NOTE, "approval.note", max_length=1000, only_if=_is(APPROVE)),
            Field("reason", Kind.NOTE, "approval.reason", True, 1000, only_if=_is(REFUSE, SUPERIOR)),
            Field("initial", Kind.UPPER, "approval.initial", True, approval.INITIAL_LONGEST, only_if=_is(APPROVE)),
        )

    def _grant_fields(self) -> tuple[Field, ...]:
        only = _is(APPROVE)
        over = (
            Field("overstay_days", Kind.INTEGER, "approval.overstay_days", True, only_if=only),
            Field("overstay_reason", Kind.TEXT, "approval.overstay_reason", True, 200, only_if=only),
        )
        superior = (
            Field("superior_no", Kind.TEXT, "approval.superior_no", True, 60, only_if=only),
            Field("superior_date", Kind.DATE, "approval.superior_date", True, only_if=only),
        )
        parents = (Field("parents_until", Kind.DATE, "approval.parents_until", True, only_if=only),)
        return (
            *(parents if self.prepared.is_birth else ()),
            Field("days", Kind.INTEGER, "approval.days", True, hint="approval.days.hint", only_if=only),
            *(over if self.prepared.overstay else ()),
            *(superior if self._superior() else ()),
        )

    def _superior(self) -> bool:
        return self.prepared.approver != "office_head"

    def _facts(self) -> tuple[str, ...]:
        found = self.prepared
        empty = {"findings": not found.findings, "past": not found.past}
        return tuple(name for name in FACTS if not empty.get(name))

    def initial(self) -> Mapping[str, Value]:
        offer, over = self.prepared.offer, self.prepared.overstay
        return {"days": offer.granted if offer else None, "overstay_days": over.days if over else None}

    def opened(self) -> None:
        self._show()

    def refreshed(self) -> None:
        self._show()

    def relabel(self) -> None:
        super().relabel()
        if self._open and self._finished is None:
            self._show()

    # the case

    def _show(self) -> None:
        told = facts(self.app.words, self.prepared)
        for name in self._facts():
            self.form.show(name, plain_lines(told[name], style="bold" if name in ("findings", "past") else ""))

    # the ways out

    def action_complete(self) -> None:
        way = self.form.values().text("way") if self._open and self._finished is None else ""
        if way in (PROBLEM, SUPERIOR, REFUSE) and not self._busy:
            self._other_way(way)
        else:
            super().action_complete()

    def _check(self) -> None:
        """The rules of approving say nothing of the other ways out."""
        way = self.form.values().text("way") if self._open and self._finished is None else ""
        values = self.form.read() if way in (PROBLEM, SUPERIOR, REFUSE) else None
        if values is None:
            super()._check()
        elif not self._busy:
            self._show_readiness(values.refusals if isinstance(values, Refused) else ())

    def ready(self) -> str:
        way = self.form.values().text("way")
        return f"approval.ready.{way}" if way in (PROBLEM, SUPERIOR, REFUSE) else super().ready()

    def _other_way(self, way: str) -> None:
        values = self.form.read()
        if isinstance(values, Refused):
            self.show_refused(values)
        elif way == PROBLEM:
            self._save()
            self.app.open_nonconformity(self._case_id())
        else:
            asked = Confirm(f"approval.{way}.sure", values.text("reason"))
            reason = values.text("reason")
            self.push(asked, lambda yes: self._decide(way, reason) if yes else None)

    def _decide(self, way: str, reason: str) -> None:
        desk, case_id, key, claim = self.app.signed_in(), self._case_id(), self._act_key, self._claim
        act = approval.refuse if way == REFUSE else approval.wait_for_superior
        self.run_service(lambda: act(desk, case_id, reason, key=key, claim=claim), self._decided)

    def _decided(self, moved: Moved) -> None:
        key = "approval.refused" if moved.step != approval.KEY else "approval.waiting"
        self.app.work_list_changed.publish(None)
        self.app.open_work_list(lambda words: Said(words.say(key)), "done")

    def _case_id(self) -> int:
        assert self.case_id is not None, "step 6 has a case"
        return self.case_id

    def build(self, values: Values) -> approval.Given | Refused:
        return approval.Given(
            days=values.integer("days") or 0,
            initial=values.text("initial"),
            note=values.text("note"),
            overstay_days=values.integer("overstay_days") or 0,
            overstay_reason=values.text("overstay_reason"),
            superior_no=values.text("superior_no"),
            superior_date=values.day("superior_date"),
            parents_until=values.day("parents_until"),
        )

    def question(self, given: approval.Given) -> Question | None:
        offer = next((one for one in self.prepared.lengths if one.granted == given.days), None)
        until = numeric_date(offer.valid_until) if offer else "-"
        return Question("approval.question", {"days": given.days, "until": until, "initial": given.initial})

    def finished(self, produced: approval.Produced) -> Finished:
        values = {
            "days": produced.days_granted,
            "until": numeric_date(produced.valid_until),
            "total": rupiah(produced.total),
        }
        return Finished("approval.done", values)


def _is(*ways: str) -> Callable[[Values], bool]:
    return lambda values: values.text("way") in ways


def facts(words: Words, found: Summary) -> dict[str, str]:
    """The case in lines, by field."""
    data = found.data
    holder, passport, stay = data.holder, data.passport, data.stay
    left = "approval.days_left" if found.days_left >= 0 else "approval.days_over"
    scans = sum(pages for _, pages in found.scanned)
    owed = words.say("approval.scans_owed", count=len(found.scans_owed)) if found.scans_owed else ""
    verdict = words.say(f"approval.verdict.{found.verdict}")
    return {
        "holder": f"{holder.name_viz or holder.name} ({holder.sex}) {holder.born.shown()} {holder.nationality}  "
        + words.say("approval.passport", number=passport.number, expires=numeric_date(passport.expires)),
        "permit": f"{stay.visa_index or '-'}  {numeric_date(stay.arrived)} - {numeric_date(stay.permit_expires)}  "
        + words.say(left, days=abs(found.days_left)),
        "stay": _stay(words, found),
        "request": f"{found.kind.say(words.language)} · {data.request.purpose}",
        "sponsor": " ".join(part for part in (words.say(f"sponsor.{data.sponsor.basis}"), data.sponsor.name) if part),
        "watchlist": words.say("approval.watchlist.said", verdict=verdict, version=found.list_version),
        "verification": " · ".join(part for part in (found.verified_by, found.verification.note) if part),
        "scans": words.say("approval.scans.said", pages=scans, documents=len(found.scanned)) + owed,
        "findings": "\n".join(f"! {said(words, finding)}" for finding in found.findings),
        "past": "\n".join(_past(words, past) for past in found.past),
        "bill": _bill(words, found),
    }


def _past(words: Words, past: Any) -> str:
    category, outcome = words.say(f"side.category.{past.category}"), words.say(f"nonconformity.outcome.{past.outcome}")
    return f"! {category}: {outcome}. {past.note}"


def _stay(words: Words, found: Summary) -> str:
    offer = found.offer
    if offer is None:
        return words.say("approval.no_rule")
    line = words.say(
        "approval.stay.said",
        number=found.extension_no,
        stayed=found.stayed_days,
        ceiling=offer.ceiling_days,
        asked=offer.days,
        granted=offer.granted,
        until=numeric_date(offer.valid_until),
    )
    return "\n".join([line, *(f"! {_cap(words, offer, cap)}" for cap in offer.caps)])


def _cap(words: Words, offer: Offer, cap: str) -> str:
    return words.say(f"permits.cap.{cap}", days=offer.ceiling_days)


def _bill(words: Words, found: Summary) -> str:
    lines = [
        words.say(f"approval.charge.{'overstay' if charge.kind == 'overstay' else 'permit'}", days=charge.days)
        + f"  {rupiah(charge.amount)}  {charge.basis}"
        for charge in found.bill
    ]
    if found.overstay and not found.overstay.payable:
        lines.append("! " + words.say("approval.overstay_not_payable", days=found.overstay.days))
    return "\n".join(lines) or words.say("approval.no_tariff")
