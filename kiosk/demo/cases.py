"""A few cases of a demo office waiting at different steps, carried there through the steps' own services."""

import secrets
from typing import Any

from hardware.document_scanner.sheets import sheet
from kiosk import clock
from kiosk.captures import Item
from kiosk.demo.applicants import DemoApplicant, make
from kiosk.demo.officers import OFFICERS
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.permits import checklist
from kiosk.refusals import Refused
from kiosk.settings import Settings
from kiosk.steps import approval, data_entry, intake, scanning, verification, watchlist

WAITING_AT = ("payment", "approval", "scanning", "verification", "watchlist", "data_entry")
"""One case for each, the one that is farthest first."""
LOOKALIKE = WAITING_AT.index("watchlist")
"""The applicant whose name somebody on the demo's cekal list has."""
_FORMS = {"original": (True, False), "copy": (False, True), "original_and_copy": (True, True)}


class DemoRefused(Exception):
    """A service refused a made-up case: the demo and the rules don't agree, a defect."""


def open_waiting_cases(settings: Settings, *, seed: int) -> list[str]:
    """Open the waiting cases; their application numbers. Raises OfficeUnavailable, DemoRefused, StoreError."""
    with Office.open(settings, devices=False) as office:
        desks = {person.login: _signed_in(office, person.login, person.pin) for person in OFFICERS}
        today = clock.office_day(clock.now())
        return [_carry(desks, make(seed, n, today), step) for n, step in enumerate(WAITING_AT)]


def lookalike(seed: int) -> DemoApplicant:
    """The applicant that the demo's cekal list will have a possible hit for."""
    return make(seed, LOOKALIKE, clock.office_day(clock.now()))


def _signed_in(office: Office, login: str, pin: str) -> Desk:
    return _good(office.sign_in(login, pin))  # type: ignore[no-any-return]


def _good(answer: Any) -> Any:
    if isinstance(answer, Refused):
        raise DemoRefused(f"{answer.first.code} {answer.first.field or ''}")
    return answer


def _carry(desks: dict[str, Desk], who: DemoApplicant, until: str) -> str:
    """One applicant from the counter to the step `until`, which is left to the officers."""
    desk = desks["sri"]
    opened = _good(desk.steps.intake.complete(None, _intake(desk, who), key=secrets.token_hex(16)))
    case_id = desk.search(opened.application_no)[0].case_id
    for login, step, given in (
        ("budi", "data_entry", lambda d: data_entry.Given(who.data)),
        ("wati", "watchlist", lambda d: watchlist.Given(d.steps.watchlist.prepare(case_id).listed.version)),
        ("agus", "verification", lambda d: _verification(d, case_id)),
        ("budi", "scanning", lambda d: _scanning(d, case_id)),
        ("hendra", "approval", lambda d: approval.Given(days=who.data.request.days, initial="HG")),
    ):
        if step == until:
            break
        claim = _good(desks[login].claim(case_id))
        _good(desks[login].steps[step].complete(case_id, given(desks[login]), key=secrets.token_hex(16), claim=claim))
    return str(opened.application_no)


def _intake(desk: Desk, who: DemoApplicant) -> intake.Given:
    data = who.data
    items = checklist(desk.office.regulations, who.kind, data.sponsor.basis, data.request.filed_by)
    return intake.Given(
        kind=who.kind,
        sponsor_basis=data.sponsor.basis,
        filed_by=data.request.filed_by,
        holder_name=data.holder.name,
        nationality=data.holder.nationality,
        sex=data.holder.sex,
        born=data.holder.born,
        issuing_state=data.passport.issuing_state,
        passport_no=data.passport.number,
        passport_expires=data.passport.expires,
        permit_expires=data.stay.permit_expires,
        days_requested=data.request.days,
        visa_index=data.stay.visa_index,
        regency=data.address.regency,
        sponsor_name=data.sponsor.name,
        priority=who.priority,
        mrz=data.passport.mrz,
        items=tuple(intake.ItemReceived(item.key, *_FORMS[item.form], pages=2) for item in items if item.required),
    )


def _verification(desk: Desk, case_id: int) -> verification.Given:
    prepared = _good(desk.steps.verification.prepare(case_id))
    return verification.Given(
        documents=tuple(verification.DocumentChecked(item.key, True) for item, _ in prepared.documents),
        sponsor_ok=True,
        note="Temuan diperiksa pada dokumen asli, sesuai." if prepared.findings else "",
    )


def _scanning(desk: Desk, case_id: int) -> scanning.Given:
    prepared = _good(desk.steps.scanning.prepare(case_id))
    for document in prepared.documents:
        page = Item(sheet(f"{case_id}/{document.kind}"), "image/png")
        _good(desk.captures.store(case_id, scanning.KEY, document.kind, [page]))
    return scanning.Given(tuple(page.id for page in desk.captures.list(case_id, step=scanning.KEY)))
