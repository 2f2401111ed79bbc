"""The fields of step 2 in the order of the passport and the form, and their values as ApplicantData."""

from collections.abc import Callable
from typing import TypeVar

from kiosk.applicant import (
    Address,
    ApplicantData,
    Collector,
    Holder,
    Passport,
    Request,
    Sex,
    Sponsor,
    SponsorBasis,
    Stay,
)
from kiosk.mrz import Mrz
from kiosk.passport_check import Typed
from kiosk.permits import lengths_for, needs_guardian, visas_for
from kiosk.regulations import Regulations
from kiosk.steps import data_entry
from screens.steps.intake_fields import NAMED_SPONSORS, OUTSIDE, regencies, regency_of, states
from screens.widgets.fields import Choice, Field, Kind, Value, Values, choices_of

T = TypeVar("T")
Shown = Callable[[str, Values], bool]
IN_ZONE = ("name_viz", "number", "issuing_state", "nationality", "sex", "born", "expires")
"""Fields that the machine readable zone has too."""
MARITAL = ("single", "married", "divorced", "widowed")


def fields(
    prepared: data_entry.Prepared, regulations: Regulations, *, doubted: Shown, differs: Shown
) -> tuple[Field, ...]:
    """All of them. `doubted` and `differs` say of a field whether it is typed again, or confirmed as printed."""
    return (
        Field("passport", Kind.HEADING, "data_entry.section.passport"),
        Field("mrz", Kind.SHOW, "data_entry.mrz"),
        *_beside(Field("name_viz", Kind.UPPER, "data_entry.name_viz", True, 200), doubted, differs),
        Field("surname", Kind.UPPER, "data_entry.surname", max_length=200, hint="data_entry.surname.hint"),
        Field("given_names", Kind.UPPER, "data_entry.given_names", max_length=200),
        Field("type", Kind.UPPER, "data_entry.type", True, 2),
        *_beside(Field("number", Kind.UPPER, "data_entry.number", True, 20), doubted, differs),
        *_beside(
            Field("issuing_state", Kind.CHOICE, "data_entry.issuing_state", True, choices=states()),
            doubted,
            differs,
        ),
        *_beside(Field("nationality", Kind.CHOICE, "data_entry.nationality", True, choices=states()), doubted, differs),
        *_beside(Field("sex", Kind.CHOICE, "data_entry.sex", True, choices=choices_of(Sex, "sex")), doubted, differs),
        *_beside(Field("born", Kind.PARTIAL_DATE, "data_entry.born", True, hint="intake.born.hint"), doubted, differs),
        Field("birth_place", Kind.UPPER, "data_entry.birth_place", True, 100),
        Field("issued", Kind.DATE, "data_entry.issued"),
        *_beside(Field("expires", Kind.DATE, "data_entry.expires", True), doubted, differs),
        Field("issued_at", Kind.UPPER, "data_entry.issued_at", max_length=100),
        Field("previous_number", Kind.UPPER, "data_entry.previous_number", max_length=20),
        Field("free_page", Kind.YES_NO, "data_entry.free_page", True),
        *_person(),
        *_stay(prepared, regulations),
        *_address(prepared),
        *_request(prepared, regulations),
        *_sponsor(),
    )


def _beside(field: Field, doubted: Shown, differs: Shown) -> tuple[Field, ...]:
    """A field, what the zone says of it, the second typing, and the question whether it is printed so."""
    name = field.name
    return (
        field,
        Field(f"{name}_zone", Kind.SHOW, "data_entry.in_zone", only_if=lambda v: doubted(name, v) or differs(name, v)),
        Field(
            f"{name}_again",
            Kind.UPPER,
            "data_entry.again",
            True,
            200,
            hint="data_entry.again.hint",
            only_if=lambda values: doubted(name, values),
        ),
        Field(
            f"{name}_as_printed",
            Kind.YES_NO,
            "data_entry.as_printed",
            True,
            hint="data_entry.as_printed.hint",
            only_if=lambda values: differs(name, values),
        ),
    )


def _person() -> tuple[Field, ...]:
    marital = tuple(Choice(state, f"marital.{state}") for state in MARITAL)
    return (
        Field("person", Kind.HEADING, "data_entry.section.person"),
        Field("former_names", Kind.UPPER, "data_entry.former_names", max_length=400, hint="data_entry.former.hint"),
        Field("occupation", Kind.TEXT, "data_entry.occupation", max_length=100),
        Field("marital_status", Kind.CHOICE, "data_entry.marital_status", choices=marital),
        Field("phone", Kind.TEXT, "data_entry.phone", max_length=20),
        Field("email", Kind.TEXT, "data_entry.email", max_length=120),
    )


def _stay(prepared: data_entry.Prepared, regulations: Regulations) -> tuple[Field, ...]:
    fitting = {visa.index for visa in visas_for(regulations, prepared.kind, prepared.today)}
    fitting.add(prepared.received.visa_index)
    visas = tuple(Choice(visa.index, title=visa.name) for visa in prepared.visas if visa.index in fitting)
    has_visa = prepared.kind.code != "newborn"
    return (
        Field("stay", Kind.HEADING, "data_entry.section.stay"),
        Field(
            "visa_index",
            Kind.CHOICE,
            "intake.visa_index",
            has_visa,
            choices=visas,
            only_if=lambda _: has_visa,
            nothing="intake.visa_index.nothing",
        ),
        Field("visa_no", Kind.UPPER, "data_entry.visa_no", max_length=30, only_if=lambda _: has_visa),
        Field("visa_date", Kind.DATE, "data_entry.visa_date", only_if=lambda _: has_visa),
        Field("arrived", Kind.DATE, "data_entry.arrived", True),
        Field("arrived_at", Kind.UPPER, "data_entry.arrived_at", max_length=60),
        Field("arrival_mark_no", Kind.UPPER, "data_entry.arrival_mark_no", max_length=30),
        Field("granted_days", Kind.INTEGER, "data_entry.granted_days"),
        Field("permit_no", Kind.UPPER, "data_entry.permit_no", max_length=30),
        Field("permit_expires", Kind.DATE, "intake.permit_expires", True),
        Field("extensions_before", Kind.INTEGER, "data_entry.extensions_before", True),
        Field("niora", Kind.UPPER, "data_entry.niora", max_length=20),
    )


def _address(prepared: data_entry.Prepared) -> tuple[Field, ...]:
    return (
        Field("address", Kind.HEADING, "data_entry.section.address"),
        Field("street", Kind.TEXT, "data_entry.street", True, 200),
        Field("neighbourhood", Kind.TEXT, "data_entry.neighbourhood", max_length=60),
        Field("village", Kind.TEXT, "data_entry.village", max_length=60),
        Field("district", Kind.TEXT, "data_entry.district", max_length=60),
        Field("regency", Kind.CHOICE, "intake.regency", True, choices=regencies(prepared.regencies)),
        Field(
            "regency_outside",
            Kind.TEXT,
            "intake.regency_outside",
            True,
            80,
            only_if=lambda values: values.text("regency") == OUTSIDE,
        ),
    )


def _request(prepared: data_entry.Prepared, regulations: Regulations) -> tuple[Field, ...]:
    def proxy(values: Values) -> bool:
        return values.text("filed_by") == Collector.PROXY

    def minor(values: Values) -> bool:
        born = values.partial_day("born")
        return born is not None and needs_guardian(regulations, born, prepared.today)

    offered = lengths_for(regulations, prepared.kind, "", prepared.today)
    lengths = sorted({*offered, prepared.received.days_requested})
    return (
        Field("request", Kind.HEADING, "data_entry.section.request"),
        Field("days", Kind.CHOICE, "intake.days", True, choices=tuple(Choice(str(n), text=str(n)) for n in lengths)),
        Field("purpose", Kind.TEXT, "data_entry.purpose", True, 200),
        Field("ticket_date", Kind.DATE, "data_entry.ticket_date"),
        Field("filed_by", Kind.CHOICE, "intake.filed_by", True, choices=choices_of(Collector, "collector")),
        Field("proxy_name", Kind.UPPER, "intake.proxy_name", True, 200, only_if=proxy),
        Field("proxy_identity_no", Kind.DIGITS, "data_entry.proxy_identity_no", True, 20, only_if=proxy),
        Field("guardian_name", Kind.UPPER, "intake.guardian_name", True, 200, only_if=minor),
        Field("guardian_relation", Kind.TEXT, "data_entry.guardian_relation", True, 60, only_if=minor),
    )


def _sponsor() -> tuple[Field, ...]:
    def named(values: Values) -> bool:
        return values.text("sponsor_basis") in NAMED_SPONSORS

    def of(*bases: SponsorBasis) -> Callable[[Values], bool]:
        return lambda values: values.text("sponsor_basis") in bases

    guaranteed = of(SponsorBasis.INDIVIDUAL, SponsorBasis.CORPORATE, SponsorBasis.DEPOSIT)
    return (
        Field("sponsor", Kind.HEADING, "data_entry.section.sponsor"),
        Field("sponsor_basis", Kind.CHOICE, "intake.sponsor_basis", True, choices=choices_of(SponsorBasis, "sponsor")),
        Field("sponsor_name", Kind.UPPER, "intake.sponsor_name", True, 200, only_if=named),
        Field("sponsor_identity_no", Kind.DIGITS, "data_entry.sponsor_identity_no", True, 20, only_if=named),
        Field(
            "sponsor_contact", Kind.TEXT, "data_entry.sponsor_contact", True, 100, only_if=of(SponsorBasis.CORPORATE)
        ),
        Field(
            "sponsor_relation",
            Kind.TEXT,
            "data_entry.sponsor_relation",
            True,
            60,
            only_if=of(SponsorBasis.FAMILY_GUARANTOR),
        ),
        Field("sponsor_address", Kind.TEXT, "data_entry.sponsor_address", True, 200, only_if=named),
        Field("sponsor_phone", Kind.TEXT, "data_entry.phone", max_length=20, only_if=named),
        Field("sponsor_email", Kind.TEXT, "data_entry.email", max_length=120, only_if=named),
        Field("guarantee_no", Kind.TEXT, "data_entry.guarantee_no", max_length=60, only_if=guaranteed),
        Field("guarantee_date", Kind.DATE, "data_entry.guarantee_date", only_if=guaranteed),
        Field("sponsor_exemption", Kind.TEXT, "data_entry.sponsor_exemption", True, 120, only_if=of(SponsorBasis.NONE)),
    )


def typed(values: Values) -> Typed:
    """What was typed so far of the fields that a zone has too."""
    return Typed(
        number=values.text("number").replace(" ", "") or None,
        issuing_state=values.text("issuing_state") or None,
        expires=values.day("expires"),
        born=values.partial_day("born"),
        sex=values.text("sex") or None,
        nationality=values.text("nationality") or None,
        name_viz=values.text("name_viz") or None,
    )


def from_step_1(prepared: data_entry.Prepared) -> dict[str, Value]:
    """What the counter wrote already."""
    received = prepared.received
    own = received.regency in prepared.regencies
    return {
        "type": "P",
        "name_viz": received.holder_name,
        "number": received.passport_no,
        "issuing_state": received.issuing_state,
        "nationality": received.nationality,
        "sex": received.sex,
        "born": received.born,
        "expires": received.passport_expires,
        "visa_index": received.visa_index,
        "permit_expires": received.permit_expires,
        "extensions_before": 0,
        "regency": received.regency if own else OUTSIDE,
        "regency_outside": "" if own else received.regency,
        "days": str(received.days_requested),
        "filed_by": received.filed_by,
        "proxy_name": received.proxy_name,
        "guardian_name": received.guardian_name,
        "sponsor_basis": received.sponsor_basis,
        "sponsor_name": received.sponsor_name,
    }


def names_from_zone(zone: Mrz) -> dict[str, Value]:
    """The parts of the name that only the zone tells apart."""
    return {"surname": zone.surname, "given_names": zone.given_names, "type": zone.document_code[:2]}


def applicant_data(values: Values, mrz: tuple[str, ...]) -> ApplicantData:
    """All of step 2, once the form's shape stands."""
    return ApplicantData(
        holder=_holder(values),
        passport=Passport(
            type=values.text("type"),
            number=values.text("number").replace(" ", ""),
            issuing_state=values.text("issuing_state"),
            expires=_given(values.day("expires")),
            issued=values.day("issued"),
            issued_at=values.text("issued_at"),
            mrz=mrz,
            previous_number=values.text("previous_number").replace(" ", ""),
            free_page=values.flag("free_page") is True,
        ),
        stay=_stay_data(values),
        address=Address(
            street=values.text("street"),
            regency=regency_of(values),
            neighbourhood=values.text("neighbourhood"),
            village=values.text("village"),
            district=values.text("district"),
        ),
        sponsor=_sponsor_data(values),
        request=Request(
            days=int(values.text("days") or 0),
            purpose=values.text("purpose"),
            filed_by=Collector(values.text("filed_by")),
            proxy_name=values.text("proxy_name"),
            proxy_identity_no=values.text("proxy_identity_no"),
            ticket_date=values.day("ticket_date"),
            guardian_name=values.text("guardian_name"),
            guardian_relation=values.text("guardian_relation"),
        ),
    )


def _holder(values: Values) -> Holder:
    former = (name.strip() for name in values.text("former_names").split(";"))
    return Holder(
        surname=values.text("surname"),
        given_names=values.text("given_names"),
        name_viz=values.text("name_viz"),
        sex=Sex(values.text("sex")),
        born=_given(values.partial_day("born")),
        birth_place=values.text("birth_place"),
        nationality=values.text("nationality"),
        occupation=values.text("occupation"),
        marital_status=values.text("marital_status"),
        email=values.text("email"),
        phone=values.text("phone"),
        former_names=tuple(name for name in former if name),
    )


def _stay_data(values: Values) -> Stay:
    return Stay(
        visa_index=values.text("visa_index"),
        arrived=_given(values.day("arrived")),
        permit_expires=_given(values.day("permit_expires")),
        visa_no=values.text("visa_no"),
        visa_date=values.day("visa_date"),
        arrived_at=values.text("arrived_at"),
        arrival_mark_no=values.text("arrival_mark_no"),
        granted_days=values.integer("granted_days") or 0,
        permit_no=values.text("permit_no"),
        extensions_before=values.integer("extensions_before") or 0,
        niora=values.text("niora"),
    )


def _sponsor_data(values: Values) -> Sponsor:
    return Sponsor(
        basis=SponsorBasis(values.text("sponsor_basis")),
        name=values.text("sponsor_name"),
        identity_no=values.text("sponsor_identity_no"),
        contact=values.text("sponsor_contact"),
        phone=values.text("sponsor_phone"),
        email=values.text("sponsor_email"),
        address=values.text("sponsor_address"),
        relation=values.text("sponsor_relation"),
        guarantee_no=values.text("guarantee_no"),
        guarantee_date=values.day("guarantee_date"),
        exemption=values.text("sponsor_exemption"),
    )


def _given(value: T | None) -> T:
    """A required field's value: the form refuses an empty one before this is asked."""
    assert value is not None, "a required field"
    return value
