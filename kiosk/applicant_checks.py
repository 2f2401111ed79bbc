"""Is what stands in the fields of step 2 possible? Pure checks of shape and of dates among themselves (domain.md 3.0).

Each function gives the refusals of one part of ApplicantData; `field` names are those of the parts' attributes, with
`sponsor_`, `proxy_` and `guardian_` in front where two parts share a name. Rules of the permit are not here.
"""

import re
from collections.abc import Iterator
from datetime import date

from kiosk import identifiers
from kiosk.applicant import Address, ApplicantData, Collector, Holder, Passport, Request, Sponsor, SponsorBasis, Stay
from kiosk.formats import numeric_date
from kiosk.nationalities import nationality
from kiosk.partial_date import PartialDate
from kiosk.refusals import Code, Refusal
from kiosk.text import has_unsafe
from kiosk.transliteration import has_unknown_letters, mrz_letters

LONGEST_NAME = 200
LONGEST_TEXT = 200
OLDEST = 130
"""Years; nobody was ever older."""

Refusals = Iterator[Refusal]


def check_data(data: ApplicantData, today: date, *, specimens: bool = False) -> tuple[Refusal, ...]:
    """Everything impossible in `data`, in the order of the form. `specimens` admits the codes of sample passports."""
    return (
        *check_holder(data.holder, today, specimens=specimens),
        *check_passport(data.passport, data.holder, today, specimens=specimens),
        *check_stay(data.stay, data.holder, today),
        *check_address(data.address),
        *check_sponsor(data.sponsor),
        *check_request(data.request, today),
    )


def check_holder(holder: Holder, today: date, *, specimens: bool = False) -> Refusals:
    yield from name(holder.name_viz, "name_viz")
    if not holder.surname and not holder.given_names:
        yield Refusal(Code.FIELD_REQUIRED, "surname")
    for field in ("surname", "given_names"):
        if text := getattr(holder, field):
            yield from name(text, field)
    for former in holder.former_names:
        yield from name(former, "former_names")
    yield from born_possible(holder.born, today)
    yield from _required(holder.birth_place, "birth_place")
    yield from state(holder.nationality, "nationality", specimens=specimens)
    if holder.nationality == "IDN":
        yield Refusal(Code.PERSON_INDONESIAN, "nationality")
    for field in ("occupation", "marital_status"):
        yield from text_possible(getattr(holder, field), field)
    yield from _contact(holder.phone, holder.email, "phone", "email")


def check_passport(passport: Passport, holder: Holder, today: date, *, specimens: bool = False) -> Refusals:
    yield from _required(passport.type, "type", limit=2)
    yield from document_number(passport.number, "number", long=len(passport.mrz) == 3)
    yield from state(passport.issuing_state, "issuing_state", specimens=specimens)
    if passport.expires < today:
        yield Refusal(Code.PASSPORT_EXPIRED, "expires", {"expired": numeric_date(passport.expires)})
    if passport.issued is not None:
        yield from _between(holder.born.earliest, passport.issued, min(today, passport.expires), "issued")
    yield from text_possible(passport.issued_at, "issued_at")
    if passport.previous_number:
        yield from document_number(passport.previous_number, "previous_number", long=True)
        if passport.previous_number == passport.number:
            yield Refusal(Code.SAME_NUMBER_TWICE, "previous_number")
    if not passport.free_page:
        yield Refusal(Code.PASSPORT_FULL, "free_page")


def check_stay(stay: Stay, holder: Holder, today: date) -> Refusals:
    yield from _between(holder.born.earliest, stay.arrived, today, "arrived")
    yield from _between(stay.arrived, stay.permit_expires, None, "permit_expires")
    if stay.visa_date is not None:
        yield from _between(holder.born.earliest, stay.visa_date, stay.arrived, "visa_date")
    for field in ("granted_days", "extensions_before"):
        if not 0 <= getattr(stay, field) <= 3650:
            yield Refusal(Code.FIELD_NOT_A_NUMBER, field)
    for field in ("visa_no", "arrived_at", "arrival_mark_no", "permit_no", "niora"):
        yield from text_possible(getattr(stay, field), field, limit=60)


def check_address(address: Address) -> Refusals:
    yield from _required(address.street, "street")
    yield from _required(address.regency, "regency")
    for field in ("neighbourhood", "village", "district"):
        yield from text_possible(getattr(address, field), field)


def check_sponsor(sponsor: Sponsor) -> Refusals:
    if sponsor.basis is SponsorBasis.NONE:
        yield from _required(sponsor.exemption, "sponsor_exemption")
        return
    if sponsor.basis is SponsorBasis.DEPOSIT:
        yield from _required(sponsor.guarantee_no, "guarantee_no")
        return
    yield from _required(sponsor.name, "sponsor_name")
    if sponsor.name and has_unknown_letters(sponsor.name):
        yield Refusal(Code.NAME_NOT_LATIN, "sponsor_name")
    yield from identity_number(sponsor.identity_no, "sponsor_identity_no", sponsor.basis)
    if sponsor.basis is SponsorBasis.FAMILY_GUARANTOR:
        yield from _required(sponsor.relation, "sponsor_relation")
    if sponsor.basis is SponsorBasis.CORPORATE:
        yield from _required(sponsor.contact, "sponsor_contact")
    yield from _required(sponsor.address, "sponsor_address")
    yield from _contact(sponsor.phone, sponsor.email, "sponsor_phone", "sponsor_email")
    yield from text_possible(sponsor.guarantee_no, "guarantee_no", limit=60)


def check_request(request: Request, today: date) -> Refusals:
    if request.days < 1:
        yield Refusal(Code.FIELD_NOT_A_NUMBER, "days")
    yield from _required(request.purpose, "purpose")
    if request.filed_by is Collector.PROXY:
        yield from _required(request.proxy_name, "proxy_name")
        yield from identity_number(request.proxy_identity_no, "proxy_identity_no", SponsorBasis.INDIVIDUAL)
    if request.ticket_date is not None:
        yield from _between(today, request.ticket_date, None, "ticket_date")
    if request.guardian_name:
        yield from name(request.guardian_name, "guardian_name")
        yield from _required(request.guardian_relation, "guardian_relation")


def name(text: str, field: str) -> Refusals:
    """A person's name as a passport prints it: at least one letter, and only letters that A to Z can stand for."""
    if not text.strip():
        yield Refusal(Code.FIELD_REQUIRED, field)
    elif len(text) > LONGEST_NAME:
        yield Refusal(Code.FIELD_TOO_LONG, field, {"limit": LONGEST_NAME})
    elif has_unsafe(text):
        yield Refusal(Code.FIELD_UNSAFE, field)
    elif has_unknown_letters(text) or not re.search(r"[A-Z]", mrz_letters(text)):
        yield Refusal(Code.NAME_NOT_LATIN, field)


def born_possible(born: PartialDate, today: date) -> Refusals:
    """Not in the future, and not older than anybody was."""
    if born.earliest > today or born.age_on(today)[0] > OLDEST:
        yield Refusal(Code.BIRTH_IMPOSSIBLE, "born")


def document_number(text: str, field: str, *, long: bool = False) -> Refusals:
    """A travel document's number: A-Z and 0-9, at most 9 of them in a passport."""
    read = identifiers.passport_number(text, field, card=long)
    if isinstance(read, Refusal):
        yield read
    elif read != text:
        yield Refusal(Code.DOCUMENT_NUMBER_WRONG, field, {"limit": 20 if long else 9})


def state(code: str, field: str, *, specimens: bool = False) -> Refusals:
    """A code of a state, or of those that belong to none."""
    known = nationality(code)
    if not code:
        yield Refusal(Code.FIELD_REQUIRED, field)
    elif known is None or known.code != code or (known.kind == "specimen" and not specimens):
        yield Refusal(Code.STATE_UNKNOWN, field)


def identity_number(text: str, field: str, basis: SponsorBasis) -> Refusals:
    """NIK of a person, NIB or NPWP of a company, in digits only."""
    corporate = basis is SponsorBasis.CORPORATE
    readers = (identifiers.business_number, identifiers.tax_number) if corporate else (identifiers.national_id,)
    if not text:
        yield Refusal(Code.FIELD_REQUIRED, field)
    elif all(read(text) != text for read in readers):
        yield Refusal(Code.IDENTITY_NUMBER_WRONG, field, {"digits": "13/15/16" if corporate else "16"})


def _required(text: str, field: str, *, limit: int = LONGEST_TEXT) -> Refusals:
    if not text.strip():
        yield Refusal(Code.FIELD_REQUIRED, field)
    else:
        yield from text_possible(text, field, limit=limit)


def text_possible(text: str, field: str, *, limit: int = LONGEST_TEXT) -> Refusals:
    """Free text of one line: not too long, nothing in it that acts on a terminal or a printer."""
    if len(text) > limit:
        yield Refusal(Code.FIELD_TOO_LONG, field, {"limit": limit})
    elif has_unsafe(text):
        yield Refusal(Code.FIELD_UNSAFE, field)


def _contact(phone: str, email: str, phone_field: str, email_field: str) -> Refusals:
    for text, field, read in ((phone, phone_field, identifiers.phone), (email, email_field, identifiers.email)):
        if text and isinstance(refusal := read(text, field), Refusal):
            yield refusal


def _between(earliest: date, day: date, latest: date | None, field: str) -> Refusals:
    if day < earliest:
        yield Refusal(Code.DATE_TOO_EARLY, field, {"limit": numeric_date(earliest)})
    elif latest is not None and day > latest:
        yield Refusal(Code.DATE_TOO_LATE, field, {"limit": numeric_date(latest)})
