"""The fields of step 1, and their values as the counter's input."""

from kiosk.applicant import Collector, Priority, Sex, SponsorBasis
from kiosk.formats import numeric_date
from kiosk.mrz import Mrz
from kiosk.nationalities import nationalities
from kiosk.passport_check import doubtful_fields
from kiosk.permits import lengths_for, needs_guardian, visas_for
from kiosk.regulations import ApplicationKind
from kiosk.steps import intake
from kiosk.steps.intake import Given, ItemReceived
from kiosk.steps.turned_away import Attempt
from kiosk.words import Words
from screens.widgets.fields import Choice, Field, Kind, Value, Values, choices_of

NAMED_SPONSORS = frozenset({SponsorBasis.INDIVIDUAL, SponsorBasis.CORPORATE, SponsorBasis.FAMILY_GUARANTOR})
OUTSIDE = "-"
"""The choice of a kabupaten or kota that is not this office's."""


def fields(prepared: intake.Prepared, words: Words) -> tuple[Field, ...]:
    """All of them; what doesn't concern this file is hidden."""
    kinds = tuple(_kind(kind, words) for kind in prepared.kinds)
    priorities = tuple(choice for choice in choices_of(Priority, "priority") if choice.value)
    return (
        Field("kind", Kind.CHOICE, "intake.kind", True, choices=kinds),
        Field("filed_by", Kind.CHOICE, "intake.filed_by", True, choices=choices_of(Collector, "collector")),
        Field("passport", Kind.HEADING, "intake.section.passport"),
        Field("mrz", Kind.SHOW, "intake.mrz"),
        Field("holder_name", Kind.UPPER, "intake.holder_name", True, 200, hint="intake.holder_name.hint"),
        Field("passport_no", Kind.UPPER, "intake.passport_no", True, 20),
        Field("issuing_state", Kind.CHOICE, "intake.issuing_state", True, choices=states()),
        Field("nationality", Kind.CHOICE, "intake.nationality", True, choices=states()),
        Field("sex", Kind.CHOICE, "intake.sex", True, choices=choices_of(Sex, "sex")),
        Field("born", Kind.PARTIAL_DATE, "intake.born", True, hint="intake.born.hint"),
        Field("passport_expires", Kind.DATE, "intake.passport_expires", True),
        Field("permit", Kind.HEADING, "intake.section.permit"),
        Field(
            "visa_index",
            Kind.CHOICE,
            "intake.visa_index",
            True,
            choices=visa_choices(prepared, ""),
            only_if=_has_visa,
            nothing="intake.visa_index.nothing",
        ),
        Field("permit_expires", Kind.DATE, "intake.permit_expires", True, hint="intake.permit_expires.hint"),
        Field("deadline", Kind.SHOW, "intake.deadline"),
        Field("overstay_told", Kind.YES_NO, "intake.overstay_told", only_if=lambda values: _late(prepared, values)),
        Field("days", Kind.CHOICE, "intake.days", True, choices=length_choices(prepared, "", "")),
        Field("regency", Kind.CHOICE, "intake.regency", True, choices=regencies(prepared.regencies)),
        Field("regency_outside", Kind.TEXT, "intake.regency_outside", True, 80, only_if=_is_outside),
        Field("people", Kind.HEADING, "intake.section.people"),
        Field("sponsor_basis", Kind.CHOICE, "intake.sponsor_basis", True, choices=choices_of(SponsorBasis, "sponsor")),
        Field("sponsor_name", Kind.UPPER, "intake.sponsor_name", True, 200, only_if=_is_sponsored),
        Field("proxy_name", Kind.UPPER, "intake.proxy_name", True, 200, only_if=_is_proxy),
        Field(
            "guardian_name",
            Kind.UPPER,
            "intake.guardian_name",
            True,
            200,
            only_if=lambda values: _is_minor(prepared, values),
        ),
        Field("priority", Kind.CHOICE, "intake.priority", choices=priorities),
    )


def _kind(kind: ApplicationKind, words: Words) -> Choice:
    """A kind by its short name, where it has one."""
    short = f"kind.{kind.code}"
    return Choice(kind.code, short) if words.has(short) else Choice(kind.code, title=kind.name)


def visa_choices(prepared: intake.Prepared, kind: str) -> tuple[Choice, ...]:
    """The visas that fit the kind; all of them before one is chosen."""
    chosen = _of(prepared, kind)
    visas = visas_for(prepared.regulations, chosen, prepared.today) if chosen else prepared.visas
    return tuple(Choice(visa.index, title=visa.name) for visa in visas)


def length_choices(prepared: intake.Prepared, kind: str, visa_index: str) -> tuple[Choice, ...]:
    """The days that may be asked for with this kind and visa."""
    lengths = lengths_for(prepared.regulations, _of(prepared, kind), visa_index, prepared.today)
    return tuple(Choice(str(days), text=str(days)) for days in lengths)


def _of(prepared: intake.Prepared, code: str) -> ApplicationKind | None:
    return next((kind for kind in prepared.kinds if kind.code == code), None)


def states() -> tuple[Choice, ...]:
    """Every code a passport may name."""
    return tuple(Choice(code, title=state.name) for code, state in nationalities().items())


def regencies(own: tuple[str, ...]) -> tuple[Choice, ...]:
    """This office's kabupaten and kota, and one for everywhere else."""
    return (*(Choice(name, text=name) for name in own), Choice(OUTSIDE, "intake.regency.outside"))


def regency_of(values: Values) -> str:
    """The kabupaten or kota that was chosen or, outside the territory, typed."""
    return values.text("regency_outside") if values.text("regency") == OUTSIDE else values.text("regency")


def given(values: Values, items: tuple[ItemReceived, ...], mrz: tuple[str, ...]) -> Given:
    """What the counter gives, once the form's shape stands."""
    born, passport_expires = values.partial_day("born"), values.day("passport_expires")
    permit_expires = values.day("permit_expires")
    assert born is not None, "a required field"
    assert passport_expires is not None, "a required field"
    assert permit_expires is not None, "a required field"
    return Given(
        kind=values.text("kind"),
        sponsor_basis=SponsorBasis(values.text("sponsor_basis")),
        filed_by=Collector(values.text("filed_by")),
        holder_name=values.text("holder_name"),
        nationality=values.text("nationality"),
        sex=Sex(values.text("sex")),
        born=born,
        issuing_state=values.text("issuing_state"),
        passport_no=values.text("passport_no").replace(" ", ""),
        passport_expires=passport_expires,
        permit_expires=permit_expires,
        days_requested=int(values.text("days") or 0),
        visa_index=values.text("visa_index"),
        regency=regency_of(values),
        items=items,
        sponsor_name=values.text("sponsor_name"),
        proxy_name=values.text("proxy_name"),
        guardian_name=values.text("guardian_name"),
        priority=Priority(values.text("priority")),
        mrz=mrz,
        overstay_told=values.flag("overstay_told") is True,
    )


def attempt(values: Values, items: tuple[ItemReceived, ...]) -> Attempt:
    """The file as far as the form was filled in."""
    return Attempt(
        kind=values.text("kind"),
        sponsor_basis=SponsorBasis(values.text("sponsor_basis") or SponsorBasis.NONE),
        filed_by=Collector(values.text("filed_by") or Collector.APPLICANT),
        items=items,
        holder_name=values.text("holder_name"),
        nationality=values.text("nationality"),
        born=values.partial_day("born"),
        passport_expires=values.day("passport_expires"),
        permit_expires=values.day("permit_expires"),
        days_requested=int(values.text("days")) if values.text("days") else None,
        visa_index=values.text("visa_index"),
        regency=regency_of(values),
        guardian_name=values.text("guardian_name"),
    )


def from_zone(zone: Mrz) -> dict[str, Value]:
    """What a zone says of the form's fields, without what its check digits put in doubt."""
    doubtful = doubtful_fields(zone)
    says: dict[str, tuple[str, Value]] = {
        "holder_name": ("name_viz", f"{zone.given_names} {zone.surname}".strip()),
        "passport_no": ("number", zone.document_no),
        "issuing_state": ("issuing_state", zone.issuing_state),
        "nationality": ("nationality", zone.nationality),
        "sex": ("sex", zone.sex),
        "born": ("born", zone.birth),
        "passport_expires": ("expires", zone.expiry),
    }
    return {name: value for name, (field, value) in says.items() if field not in doubtful and value is not None}


def deadline_words(words: Words, deadline: intake.Deadline) -> str:
    """How much time is left, and until when one may file."""
    if deadline.overstay_days:
        return words.say("intake.deadline.over", days=deadline.overstay_days, amount=deadline.overstay_amount)
    key = "intake.deadline.open" if deadline.may_file else "intake.deadline.shut"
    opens = numeric_date(deadline.opens) if deadline.opens else "-"
    closes = numeric_date(deadline.closes) if deadline.closes else "-"
    return words.say(key, days=deadline.days_left, opens=opens, closes=closes)


def _has_visa(values: Values) -> bool:
    return values.text("kind") != "newborn"


def _is_outside(values: Values) -> bool:
    return values.text("regency") == OUTSIDE


def _is_sponsored(values: Values) -> bool:
    return values.text("sponsor_basis") in NAMED_SPONSORS


def _is_proxy(values: Values) -> bool:
    return values.text("filed_by") == Collector.PROXY


def _is_minor(prepared: intake.Prepared, values: Values) -> bool:
    born = values.partial_day("born")
    return born is not None and needs_guardian(prepared.regulations, born, prepared.today)


def _late(prepared: intake.Prepared, values: Values) -> bool:
    expires = values.day("permit_expires")
    return expires is not None and bool(intake.deadline(prepared, values.text("kind"), expires).overstay_days)
