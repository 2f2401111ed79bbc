"""What may be chosen for a kind of application: visas it can come from, lengths that may be asked for.

Regulations: kinds.toml (sources), stays.toml (offered), visas.toml. What does not fit is refused by `assess_filing`;
this keeps it from being offered.
"""

from datetime import date

from kiosk.permits.stay import rule_for
from kiosk.regulations.model import ApplicationKind, Regulations, Source, VisaIndex


def visas_for(regulations: Regulations, kind: ApplicationKind, on: date) -> tuple[VisaIndex, ...]:
    """The visas that fit the kind; and those that fit no kind, for a person who holds one is told why it ends there."""
    served = {source for each in regulations.kinds if each.valid_from <= on for source in each.sources}
    return tuple(visa for visa in regulations.visas if visa.source in kind.sources or visa.source not in served)


def lengths_for(regulations: Regulations, kind: ApplicationKind | None, visa_index: str, on: date) -> tuple[int, ...]:
    """The days that may be asked for, the fewest first: of that visa where it is known, else of any the kind takes.

    Without a kind, or where no rule holds, every length that any rule offers.
    """
    visa = regulations.visa(visa_index) if visa_index else None
    sources: tuple[Source, ...] = ()
    if kind is not None:
        sources = (visa.source,) if visa is not None and visa.source in kind.sources else kind.sources
    rules = [rule_for(regulations, kind, source, on) for source in sources] if kind is not None else []
    days = {days for rule in rules if rule is not None for days in rule.offered}
    return tuple(sorted(days or {days for rule in regulations.stays for days in rule.offered}))
