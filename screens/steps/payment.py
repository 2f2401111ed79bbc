"""Step 7: the bill, the ways to pay it, and what the payment terminal says; never more than one charge."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from kiosk import clock
from kiosk.clock import office_day
from kiosk.formats import long_date, moment_short, numeric_date, rupiah
from kiosk.money.billing import BillingCode
from kiosk.money.methods import Method, StateReceipt, billing_day_doubtful, read_pasted
from kiosk.money.payments import PaymentView, Told
from kiosk.money.states import State
from kiosk.refusals import Code, Refusal, Refused
from kiosk.steps import payment
from screens.drafts import new_key
from screens.payment_text import bill_text, billing_text, state_text
from screens.plain import plain_lines
from screens.service import DeviceTalk
from screens.step_screen import Finished, Question, StepScreen
from screens.taking_back import AT_TERMINAL, PLACES
from screens.widgets.dialogs import Confirm, SecondPerson
from screens.widgets.fields import Choice, Field, Kind, Value, Values

PAID_BY_SLIP, NOT_PAID = "paid", "not_paid"
ENDINGS = (Choice(PAID_BY_SLIP, "payment.ending.paid"), Choice(NOT_PAID, "payment.ending.not_paid"))


class PaymentScreen(StepScreen[payment.Given, payment.Produced]):
    """F8 charges at the terminal or asks what became of a charge; F10 completes what is paid, or enters a slip."""

    KEY: ClassVar[str] = "payment"
    DEVICE_KEY: ClassVar[str] = "payment.key.charge"
    prepared: payment.Prepared
    _charge_key = ""

    # the form

    def fields(self) -> Sequence[Field]:
        methods = tuple(Choice(str(method), f"payment.method.{method}") for method in self.prepared.methods)
        return (
            Field("bill", Kind.SHOW, "payment.bill"),
            Field("promise", Kind.SHOW, "payment.promise"),
            Field("state", Kind.SHOW, "payment.state"),
            Field("method", Kind.CHOICE, "payment.method", required=True, choices=methods, only_if=self._free),
            Field("billing", Kind.SHOW, "payment.billing", only_if=self._by(Method.STATE_RECEIPT)),
            Field("record", Kind.YES_NO, "payment.record", only_if=self._by(Method.STATE_RECEIPT)),
            Field("new_code", Kind.DIGITS, "payment.new_code", True, 15, only_if=self._recording),
            *self._slip_fields(),
            Field("cash", Kind.MONEY, "payment.cash", required=True, only_if=self._by(Method.CASH)),
            *self._ending_fields(),
            Field("reverse", Kind.YES_NO, "payment.reverse", only_if=lambda _: self._paid),
            Field("reverse_reason", Kind.TEXT, "payment.reason", True, 200, only_if=self._reversing),
            Field("reverse_at", Kind.CHOICE, "taking_back.place", True, choices=PLACES, only_if=self._reversing_edc),
        )

    def _slip_fields(self) -> tuple[Field, ...]:
        chosen = self._by(Method.STATE_RECEIPT)

        def shown(values: Values) -> bool:
            return chosen(values) and not self._recording(values)

        return (
            Field("pasted", Kind.TEXT, "payment.pasted", max_length=200, hint="payment.pasted.hint", only_if=shown),
            Field("billing_code", Kind.DIGITS, "payment.billing_code", True, 15, only_if=shown),
            Field("bank_ref", Kind.UPPER, "payment.bank_ref", True, 20, only_if=shown),
            Field("ntpn", Kind.UPPER, "payment.ntpn", False, 16, hint="payment.ntpn.hint", only_if=shown),
            Field("amount", Kind.MONEY, "payment.amount", True, 16, only_if=shown),
            Field("paid_on", Kind.DATE, "payment.paid_on", True, only_if=shown),
        )

    def _ending_fields(self) -> tuple[Field, ...]:
        def paid(values: Values) -> bool:
            return self._undecided(values) and values.text("ending") == PAID_BY_SLIP

        return (
            Field("ending", Kind.CHOICE, "payment.ending", choices=ENDINGS, only_if=self._undecided),
            Field("approval_code", Kind.UPPER, "payment.approval_code", True, 12, only_if=paid),
            Field("invoice_no", Kind.UPPER, "payment.invoice_no", False, 12, only_if=paid),
            Field("rrn", Kind.UPPER, "payment.rrn", False, 16, only_if=paid),
            Field(
                "ending_reason",
                Kind.TEXT,
                "payment.reason",
                True,
                200,
                only_if=lambda values: self._undecided(values) and bool(values.text("ending")),
            ),
        )

    def _free(self, _: Values) -> bool:
        """Nothing is paid or undecided: a way to pay may be chosen."""
        return self.prepared.payment is None

    def _by(self, method: Method) -> Any:
        return lambda values: self._free(values) and values.text("method") == method

    def _recording(self, values: Values) -> bool:
        """A billing code is entered that nobody has paid yet."""
        return self._by(Method.STATE_RECEIPT)(values) and values.flag("record") is True

    def _undecided(self, _: Values) -> bool:
        live = self.prepared.payment
        return live is not None and live.state.open

    @property
    def _amount_changed(self) -> bool:
        live = self.prepared.payment
        return live is not None and live.state.paid and live.amount != self.prepared.bill.total

    @property
    def _paid(self) -> bool:
        live = self.prepared.payment
        return live is not None and live.state.paid

    def _reversing(self, values: Values) -> bool:
        return self._paid and values.flag("reverse") is True

    def _reversing_edc(self, values: Values) -> bool:
        live = self.prepared.payment
        return self._reversing(values) and live is not None and live.method.by_device

    def initial(self) -> Mapping[str, Value]:
        return {"method": str(Method.EDC_CARD), "amount": self.prepared.bill.total, "reverse_at": AT_TERMINAL}

    def opened(self) -> None:
        self._charge_key = self._charge_key or new_key()
        self._show()

    def refreshed(self) -> None:
        self._show()

    def relabel(self) -> None:
        super().relabel()
        if self._open and self._finished is None:
            self._show()

    def extra(self) -> dict[str, Any]:
        return {"charge": self._charge_key}

    def restore_extra(self, extra: dict[str, Any]) -> None:
        self._charge_key = str(extra.get("charge") or new_key())

    def changed(self, name: str) -> None:
        if name == "pasted":
            found = read_pasted(self.form.values().text("pasted"))
            if found:
                self.form.restore({**found, "pasted": ""})
                self.say("payment.pasted.found", fields=", ".join(self.form.label_of(name) for name in found))
        self.relabel_widgets()

    def on_scan(self, text: str) -> bool:
        """A state receipt's code, as scanners send it."""
        found = read_pasted(text)
        if not found or not self._open or self.prepared.payment is not None:
            return False
        self.form.restore({"method": str(Method.STATE_RECEIPT), **found})
        self.touched()
        return True

    # what is shown

    def _show(self) -> None:
        words, found = self.app.words, self.prepared
        self.form.show("bill", plain_lines(bill_text(words, found.bill)))
        ready = long_date(found.expected_ready, words.language)
        self.form.show("promise", words.say("payment.promise.text", day=ready))
        self.form.show("state", plain_lines(state_text(words, found, amount_changed=self._amount_changed)))
        self.form.show("billing", plain_lines(billing_text(words, found.billing, clock.now())))
        self.form.restore({})
        self.relabel_widgets()

    @property
    def key_words(self) -> Mapping[str, str]:
        words = dict(super().key_words)
        if self._open and self._undecided(Values()):
            words["device"] = "payment.key.ask"
        elif self._open and self._paid:
            words["device"] = "payment.key.is_paid"
        return words

    # F8

    def device_act(self) -> None:
        live = self.prepared.payment
        if live is not None and live.state.paid:
            self.show_refusal(Refusal(Code.PAYMENT_ALREADY_PAID))
        elif live is not None:
            self._ask(live)
        else:
            self._charge()

    def _charge(self) -> None:
        chosen = self.form.values().text("method")
        if chosen not in (Method.EDC_CARD, Method.EDC_QRIS):
            self.say("payment.f8_charges_at_the_terminal", "refusal", "payment.f8_charges_at_the_terminal.next")
            return
        desk, case_id, claim, key = self.app.signed_in(), self.case_id, self._claim, self._charge_key
        assert case_id is not None, "step 7 has a case"
        self._save()

        def act(talk: DeviceTalk) -> PaymentView | Refused:
            return desk.payments.charge(
                case_id, Method(chosen), key=key, claim=claim, report=talk.report, cancel=talk.cancel
            )

        self.run_device(act, self._answered, refused=self._not_charged)

    def _ask(self, live: PaymentView) -> None:
        desk = self.app.signed_in()
        self.say("payment.asking")
        self.run_device(lambda _: desk.payments.ask(live.id), self._answered)

    def _not_charged(self, refused: Refused) -> None:
        """Refused before the terminal heard of it; what stands in the way may be new to this screen."""
        self._charge_key = new_key()
        self._reload(lambda: self.show_refused(refused))

    def _answered(self, answer: PaymentView) -> None:
        if answer.state.final:
            self._charge_key = new_key()

        def say() -> None:
            tone = "done" if answer.state.paid else "refusal"
            key = f"payment.answer.{answer.state}"
            self.say(key, tone, f"{key}.next", code=answer.response_code or "-", amount=rupiah(answer.amount))

        self._reload(say)

    def _reload(self, then: Any) -> None:
        """Fetch the payment as it stands, show it, and only then speak."""
        service, case_id = self.service, self.case_id

        def shown(found: payment.Prepared) -> None:
            self.prepared = found
            self._show()
            self.touched()
            then()

        self.run_service(lambda: service.prepare(case_id), shown, group="reload", exclusive=True)

    # F10

    def build(self, values: Values) -> payment.Given | Refused:
        live = self.prepared.payment
        if live is not None:
            return payment.Given(payment_id=live.id)
        method = values.text("method")
        if method == Method.CASH:
            return payment.Given(cash_received=values.integer("cash") or 0)
        paid_on = values.day("paid_on")
        if method != Method.STATE_RECEIPT or paid_on is None:
            return payment.Given()
        slip = StateReceipt(
            billing_code=values.text("billing_code"),
            bank_ref=values.text("bank_ref"),
            amount=values.integer("amount") or 0,
            paid_on=paid_on,
            ntpn=values.text("ntpn"),
        )
        return payment.Given(state_receipt=slip)

    def question(self, given: payment.Given) -> Question | None:
        if given.payment_id:
            return None
        words = self.app.words
        if given.state_receipt is not None:
            slip = given.state_receipt
            detail = f"{rupiah(slip.amount)}  {slip.billing_code}\nNTB/NTP {slip.bank_ref}\nNTPN {slip.ntpn or '-'}"
            doubt = self._doubt(slip.billing_code)
            return Question("payment.question.state_receipt", detail=f"{detail}\n{numeric_date(slip.paid_on)}{doubt}")
        if given.cash_received:
            change = given.cash_received - self.prepared.bill.total
            return Question("payment.question.cash", detail=words.say("payment.change", amount=rupiah(change)))
        return None

    def _doubt(self, code: str) -> str:
        """A line of warning where the day in a billing code is no day of the last week."""
        doubtful = billing_day_doubtful(code, clock.now())
        return f"\n{self.app.words.say('payment.billing.doubtful')}" if doubtful else ""

    def action_complete(self) -> None:
        if self._open and self._finished is None and self.device_talk is None:
            values = self.form.read()
            if not isinstance(values, Refused):
                if self._recording(values):
                    self._record(values.text("new_code"))
                    return
                live = self.prepared.payment
                if live is not None and values.text("ending"):
                    self._end_together(live, values)
                    return
                if live is not None and self._reversing(values):
                    at_terminal = live.method.by_device and values.text("reverse_at") == AT_TERMINAL
                    self._take_back(live, values.text("reverse_reason"), at_terminal=at_terminal)
                    return
        super().action_complete()

    def _check(self) -> None:
        """The rules of completing say nothing of two people's decision, nor of giving money back."""
        values = self.form.read() if self._open and self._finished is None and self._by_two() else None
        if values is None:
            super()._check()
        elif not self._busy:
            self._show_readiness(values.refusals if isinstance(values, Refused) else ())

    def ready(self) -> str:
        return "step.ready_with_second" if self._by_two() else super().ready()

    def _by_two(self) -> bool:
        values = self.form.values()
        return (self._undecided(values) and bool(values.text("ending"))) or self._reversing(values)

    def _record(self, code: str) -> None:
        """A billing code of the state's system, for the applicant to pay; an earlier one is kept and replaced by it."""
        desk, case_id, due = self.app.signed_in(), self.case_id, self.prepared.bill.total
        assert case_id is not None, "step 7 has a case"

        def recorded(made: BillingCode) -> None:
            self.form.restore({"record": "", "new_code": ""})
            until = moment_short(made.expires_at)
            self._reload(lambda: self.say("payment.billing.recorded", "done", code=made.code, at=until))

        def sure(yes: bool | None) -> None:
            if yes:
                self.run_service(lambda: desk.payments.record_billing(case_id, code, due), recorded)

        detail = f"{code}  {rupiah(due)}{self._doubt(code)}"
        self.push(Confirm("payment.question.record", detail), sure)

    def _end_together(self, live: PaymentView, values: Values) -> None:
        """Two people with the slip end what the terminal left open."""
        told = Told(
            State.APPROVED if values.text("ending") == PAID_BY_SLIP else State.DECLINED,
            values.text("ending_reason"),
            approval_code=values.text("approval_code"),
            invoice_no=values.text("invoice_no"),
            rrn=values.text("rrn"),
        )
        desk = self.app.signed_in()

        def signed(witness: Any) -> None:
            if witness is not None:
                self.run_service(lambda: desk.payments.decide_together(live.id, told, witness), self._ended)

        def refused(answer: Refused) -> None:
            if answer.first.code is Code.SECOND_PERSON_NEEDED:
                self.push(SecondPerson(), signed)  # asked for only once the slip alone would do
            else:
                self.show_refused(answer)

        self.run_service(lambda: desk.payments.decide_together(live.id, told, None), self._ended, refused=refused)

    def _ended(self, answer: PaymentView) -> None:
        self.form.restore({"ending": "", "ending_reason": "", "approval_code": "", "invoice_no": "", "rrn": ""})
        self._answered(answer)

    def _take_back(self, live: PaymentView, reason: str, *, at_terminal: bool) -> None:
        """Two people give the money back, for example before another amount is charged."""
        desk = self.app.signed_in()

        def signed(witness: Any) -> None:
            if witness is not None:
                self.run_device(
                    lambda _: desk.payments.void(live.id, reason, witness, at_device=at_terminal), self._taken_back
                )

        def allowed(_: PaymentView) -> None:
            self.push(SecondPerson(), signed)

        self.run_service(lambda: desk.payments.may_void(live.id, reason), allowed)

    def _taken_back(self, answer: PaymentView) -> None:
        self.form.restore({"reverse": "", "reverse_reason": ""})
        self._answered(answer)

    def finished(self, produced: payment.Produced) -> Finished:
        ready = numeric_date(office_day(produced.promise_due))
        return Finished("payment.done", {"number": produced.receipt_number, "ready": ready})
