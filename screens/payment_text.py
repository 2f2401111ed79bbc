"""What the payment screen says of a bill, of its billing codes and of the payment as it stands."""

from collections.abc import Iterable
from datetime import datetime

from kiosk.formats import amount_in_words, moment_short, rupiah
from kiosk.money.billing import BillingCode
from kiosk.money.charges import Charge
from kiosk.money.payments import Bill, PaymentView
from kiosk.steps.payment import Prepared
from kiosk.words import Words


def bill_text(words: Words, bill: Bill) -> str:
    """A line for each charge with its regulation, and the total in figures and words."""
    lines = [f"{_charge(words, charge)}: {rupiah(charge.amount)} ({charge.basis})" for charge in bill.charges]
    total = f"{words.say('payment.total')} {rupiah(bill.total)} ({amount_in_words(bill.total)})"
    return "\n".join([*lines, total])


def _charge(words: Words, charge: Charge) -> str:
    key = f"payment.charge.{charge.kind}"
    name = words.say(key) if words.has(key) else charge.kind
    return words.say("payment.charge.line", name=name, days=charge.days)


def billing_text(words: Words, codes: Iterable[BillingCode], now: datetime) -> str:
    """Every billing code of the case, newest first, and whether it can still be paid."""
    lines = []
    for code in codes:
        state = "replaced" if code.replaced else "good" if code.payable_at(now) else "expired"
        at, amount = moment_short(code.expires_at), rupiah(code.amount)
        lines.append(words.say(f"payment.billing.{state}", code=code.code, amount=amount, at=at))
    return "\n".join(lines) or words.say("payment.billing.none")


def state_text(words: Words, found: Prepared, *, amount_changed: bool) -> str:
    """How the payment stands, why it is undecided, and what was tried before."""
    live = found.payment
    no_key = [words.say("payment.no_key"), words.say("refusal.key_not_usable.next")] if found.no_key else []
    if live is None:
        tried = [*no_key, *(_tried(words, one) for one in found.earlier[-2:])]
        if found.blocked_by:
            tried.append(words.say("payment.blocked", application_no=found.blocked_by))
        return "\n".join([words.say("payment.nothing_paid"), *tried])
    said = words.say(
        f"payment.state.{live.state}",
        method=words.say(f"payment.method.{live.method}"),
        amount=rupiah(live.amount),
        at=moment_short(live.decided_at or live.created_at),
        reference=live.reference,
        terminal=live.terminal,
    )
    changed = words.say("payment.amount_changed", paid=rupiah(live.amount)) if amount_changed else ""
    return "\n".join(part for part in (said, _why(words, live), changed, *no_key) if part)


def _tried(words: Words, tried: PaymentView) -> str:
    return words.say(
        "payment.tried",
        method=words.say(f"payment.method.{tried.method}"),
        state=words.say(f"payment.tried.{tried.state}"),
        at=moment_short(tried.created_at),
        code=tried.response_code or "-",
    )


def _why(words: Words, live: PaymentView) -> str:
    key = f"payment.why.{live.reason}"
    return words.say(key) if live.state.open and words.has(key) else ""
