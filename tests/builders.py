"""Cases for tests: `given_<step>` builds what an officer gives; `pretend` puts a step's output in place."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from db.connection import Store
from db.tables import Case, CaseName, Custody, ProcedureVersion, Receipt, StepRun
from kiosk import captures, clock
from kiosk.applicant import Address, ApplicantData, Holder, Passport, Request, Sex, Sponsor, SponsorBasis, Stay
from kiosk.cases import touch
from kiosk.cases.load import case_file
from kiosk.cases.work import next_number
from kiosk.desk import Desk
from kiosk.money.charges import Charge
from kiosk.money.methods import StateReceipt
from kiosk.office import Office
from kiosk.partial_date import PartialDate
from kiosk.receipts.claim import Shown
from kiosk.records import to_json
from kiosk.refusals import Refused
from kiosk.screening.acceptance import Accepted
from kiosk.screening_import import Imported, import_list
from kiosk.search_words import search_words
from kiosk.steps import (
    approval,
    archiving,
    biometrics,
    data_entry,
    endorsement,
    handover,
    intake,
    payment,
    registration,
    scanning,
    stamp_scan,
    verification,
    watchlist,
)


def pretend(office: Office, case_id: int, step: str, produced: Any, *, officer: int = 1) -> None:
    """Record `produced` as the output of `step` and move the case on, without the step's rules."""
    following = office.procedure.after(step)
    with office.store.writing():
        row = Case.get_by_id(case_id)
        StepRun.create(
            case=case_id,
            step=step,
            attempt=row.attempt,
            officer=officer,
            completed_at=clock.now(),
            seconds=60,
            output=to_json(produced),
        )
        if following is not None:
            Case.update(step=following.key, version=Case.version + 1).where(Case.id == case_id).execute()


# steps 1 to 4: intake, data_entry, watchlist, verification


def list_file(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """A cekal list of JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def an_applicant(**changes: Any) -> ApplicantData:
    """A made-up applicant whose every field holds; `changes` replace parts (`holder=...`)."""
    today = clock.office_day(clock.now())
    data = ApplicantData(
        holder=Holder("KUZNETSOVA", "MARINA", "MARINA KUZNETSOVA", Sex.F, PartialDate(1988, 3, 14), "KAZAN", "RUS"),
        passport=Passport(
            "P", "530012345", "RUS", expires=today + timedelta(days=1500), issued=today - timedelta(days=2000)
        ),
        stay=Stay("C6", today - timedelta(days=50), today + timedelta(days=10), visa_no="V123456", granted_days=60),
        address=Address("Jalan Sudirman 5", "Kabupaten Muara Enim"),
        sponsor=Sponsor(
            SponsorBasis.INDIVIDUAL,
            name="HARTONO WIBISANA",
            identity_no="1603011708700001",
            address="Jalan Sudirman 5",
            phone="+62 812 3456 7890",
        ),
        request=Request(30, "Kunjungan keluarga"),
    )
    return replace(data, **changes)


def given_intake(data: ApplicantData | None = None, **changes: Any) -> intake.Given:
    """A complete file at the counter for this applicant, whose passport was typed."""
    data = data or an_applicant()
    given = intake.Given(
        kind="visit_visa_extension",
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
        items=tuple(
            intake.ItemReceived(key, original=original, copy=copy, pages=pages)
            for key, original, copy, pages in (
                ("passport", True, True, 3),
                ("visa_and_arrival_stamp", False, True, 1),
                ("application_form", True, False, 2),
                ("request_letter", True, False, 1),
                ("guarantee_letter", True, False, 1),
                ("sponsor_id", False, True, 1),
            )
        ),
        mrz=data.passport.mrz,
    )
    return replace(given, **changes)


def given_data_entry(data: ApplicantData | None = None, **changes: Any) -> data_entry.Given:
    """Step 2 of the applicant that `given_intake` brings."""
    return replace(data_entry.Given(data or an_applicant()), **changes)


def given_watchlist(version: str) -> watchlist.Given:
    """A clean answer of this list, confirmed."""
    return watchlist.Given(version)


def given_verification(received: intake.Produced, **changes: Any) -> verification.Given:
    """Every document that was received is genuine, the sponsor is in order."""
    documents = tuple(verification.DocumentChecked(item.key, True) for item in received.items)
    return replace(verification.Given(documents, True, note="Dokumen cocok dengan data."), **changes)


def import_watchlist(office: Office, folder: Path, *rows: Mapping[str, object], version: str = "v1") -> None:
    """Make a cekal list of these rows (else of one made-up person) the active one."""
    path = list_file(folder / f"{version}.jsonl", rows or ({"id": "N-1", "names": [{"name": "ZORBLAT QUENNIX"}]},))
    now, owner = clock.now(), Store(office.settings.for_maintainers().database_url)
    imported = import_list(
        owner,
        office.settings,
        path,
        version=version,
        listed_on=clock.office_day(now),
        source="uji",
        operator="penguji",
        now=now,
        accepted=Accepted(size=True),
    )
    owner.close()
    assert isinstance(imported, Imported), imported


def pretend_intake(office: Office, desk: Desk, data: ApplicantData) -> int:
    """A case past step 1, without the counter: its number."""
    now = clock.now()
    with office.store.writing():
        ProcedureVersion.insert(
            hash=office.procedure.hash, content=office.procedure.source, first_used=now
        ).on_conflict_ignore().execute()
        row = Case.create(
            application_no=f"ITK-TEST-{next_number('test'):05d}",
            kind="visit_visa_extension",
            procedure=office.procedure.hash,
            step="intake",
            status="active",
            outcome="in_process",
            opened_at=now,
            waiting_since=now,
            holder_name=data.holder.name,
            nationality=data.holder.nationality,
            issuing_state=data.passport.issuing_state,
            passport_no=data.passport.number,
            permit_expiry=data.stay.permit_expires,
        )
        Custody.create(case=row.id, passport_no=row.passport_no, holder="office", officer=desk.officer.id, at=now)
        for word in search_words(data.holder.name):
            CaseName.create(case=row.id, word=word)
    pretend(office, row.id, "intake", produced_intake(data, row.application_no), officer=desk.officer.id)
    return int(row.id)


def produced_intake(data: ApplicantData, application_no: str) -> intake.Produced:
    """What step 1 would have produced for this applicant."""
    return intake.Produced(
        application_no=application_no,
        kind="visit_visa_extension",
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
        sponsor_name=data.sponsor.name,
        proxy_name=data.request.proxy_name,
        items=(),
        findings=(),
        overstay_days=0,
        mrz=data.passport.mrz,
        receipt_number="TT-TEST",
        visa_index=data.stay.visa_index,
        regency=data.address.regency,
    )


def case_at_watchlist(office: Office, desks: Mapping[str, Desk], **changes: Any) -> int:
    """A case waiting at step 3."""
    data = an_applicant(**changes)
    case_id = pretend_intake(office, desks["sri"], data)
    pretend(
        office, case_id, "data_entry", data_entry.Produced(data=data, findings=()), officer=desks["budi"].officer.id
    )
    return case_id


# steps 7 and 12: payment, handover


def bill_of(amount: int = 500_000, days: int = 30, overstay: int = 0) -> tuple[Charge, ...]:
    """The charges of an approval: a permit, and days of overstay at 1,000,000 rupiah if any."""
    permit = Charge("itk", days, amount, 8, "PP 45/2024")
    beban = Charge("overstay", overstay, overstay * 1_000_000, 0, "PP 28/2019")
    return (permit, beban) if overstay else (permit,)


def produced_approval(charges: tuple[Charge, ...]) -> approval.Produced:
    """What step 6 would have produced for these charges."""
    today = clock.office_day(clock.now())
    return approval.Produced(
        decision=approval.APPROVED,
        initial="HG",
        days_granted=charges[0].days,
        valid_from=today + timedelta(days=11),
        valid_until=today + timedelta(days=40),
        caps=(),
        charges=charges,
        total=sum(charge.amount for charge in charges),
        note="",
    )


def case_at_payment(
    office: Office, desks: Mapping[str, Desk], charges: tuple[Charge, ...] | None = None, **changes: Any
) -> int:
    """A case waiting at step 7 with an approved bill."""
    case_id = case_at_watchlist(office, desks, **changes)
    officer = desks["hendra"].officer.id
    skip(office, case_id, "watchlist", "verification", "scanning", officer=officer)
    pretend(office, case_id, "approval", produced_approval(charges or bill_of()), officer=officer)
    return case_id


def skip(office: Office, case_id: int, *steps: str, officer: int = 1) -> None:
    """Move a case past steps whose output nobody in the test reads."""
    for step in steps:
        pretend(office, case_id, step, {}, officer=officer)


def given_payment(**changes: Any) -> payment.Given:
    """A state receipt for 500,000 rupiah with its NTPN; `changes` replace its fields."""
    today = clock.office_day(clock.now())
    slip = StateReceipt(
        billing_code=f"8{today:%Y%m%d}465628",
        bank_ref="000012345678",
        amount=500_000,
        paid_on=today,
        ntpn="2A8F4C11D0E93B75",
    )
    return payment.Given(state_receipt=replace(slip, **changes))


def completed(desk: Desk, case_id: int, step: str, given: Any, **more: Any) -> Any:
    """Claim the case and complete its step at this desk: what it produced, or the refusal."""
    claim = desk.claim(case_id)
    assert not isinstance(claim, Refused), claim
    return desk.steps[step].complete(case_id, given, key=secrets.token_hex(16), claim=claim, **more)


def case_at_handover(office: Office, desks: Mapping[str, Desk], **changes: Any) -> int:
    """A paid case waiting at step 12, its claim receipt printed, no finger enrolled."""
    case_id = case_at_payment(office, desks, **changes)
    ntpn = secrets.token_hex(8).upper()
    paid = completed(desks["ratna"], case_id, "payment", given_payment(ntpn=ntpn, billing_code=f"{case_id:015d}"))
    assert isinstance(paid, payment.Produced), paid
    officer = desks["agus"].officer.id
    pretend(office, case_id, "biometrics", biometrics.Produced(0, (), "", ""), officer=officer)
    skip(office, case_id, "registration", "endorsement", "stamp_scan", officer=officer)
    return case_id


def claim_token(office: Office, case_id: int, kind: int = 2) -> str:
    """The token of the case's live receipt of that type."""
    with office.store.reading():
        row = Receipt.get((Receipt.case == case_id) & (Receipt.type == kind) & Receipt.voided_at.is_null())
        return str(row.token)


def passport_no(office: Office, case_id: int) -> str:
    """The number of the passport that the case is about."""
    with office.store.reading():
        return str(Case.get_by_id(case_id).passport_no)


def given_handover(office: Office, case_id: int, **changes: Any) -> handover.Given:
    """The applicant shows the claim's QR and is the person on the picture."""
    given = handover.Given(
        claim=Shown.QR,
        passport_no=passport_no(office, case_id),
        relation=handover.Relation.APPLICANT,
        claim_text=claim_token(office, case_id) if changes.get("claim", Shown.QR) is Shown.QR else "",
        face_agrees=True,
    )
    return replace(given, **changes)


# steps 5, 6, 8 and 11: scanning, approval, biometrics, stamp_scan

PAGE = captures.Item(b"\x89PNG page", "image/png", meta={"width": 1240, "height": 1754, "dpi": 150, "findings": []})
"""A page that the quality gate has no finding about."""


def case_at_scanning(office: Office, desks: Mapping[str, Desk], **changes: Any) -> int:
    """A verified case waiting at step 5."""
    case_id = case_at_watchlist(office, desks, **changes)
    screened = watchlist.Produced(1, "clear", "v1", ())
    pretend(office, case_id, "watchlist", screened, officer=desks["wati"].officer.id)
    checked = verification.Produced((), True, "", "Dokumen cocok dengan data.")
    pretend(office, case_id, "verification", checked, officer=desks["agus"].officer.id)
    return case_id


def given_scanning(desk: Desk, case_id: int, *but: str, **changes: Any) -> scanning.Given:
    """One good page of every document of the file, but for the kinds named."""
    assert not isinstance(desk.claim(case_id), Refused)
    prepared = desk.steps.scanning.prepare(case_id)
    scanned = {page.kind for page in prepared.pages}
    for document in prepared.documents:
        if document.kind not in scanned and document.kind not in but:
            stored = desk.captures.store(case_id, scanning.KEY, document.kind, [PAGE])
            assert not isinstance(stored, Refused), stored
    pages = desk.captures.list(case_id, step=scanning.KEY)
    return replace(scanning.Given(tuple(page.id for page in pages)), **changes)


def case_at_approval(office: Office, desks: Mapping[str, Desk], **changes: Any) -> int:
    """A scanned case waiting at step 6."""
    case_id = case_at_scanning(office, desks, **changes)
    produced = completed(desks["budi"], case_id, "scanning", given_scanning(desks["budi"], case_id))
    assert isinstance(produced, scanning.Produced), produced
    return case_id


def given_approval(**changes: Any) -> approval.Given:
    """The thirty days that were asked for, initialled."""
    return replace(approval.Given(days=30, initial="HG"), **changes)


def case_at_biometrics(office: Office, desks: Mapping[str, Desk], **changes: Any) -> int:
    """A paid case waiting at step 8."""
    case_id = case_at_approval(office, desks, **changes)
    granted = completed(desks["hendra"], case_id, "approval", given_approval())
    assert isinstance(granted, approval.Produced), granted
    slip = given_payment(amount=granted.total, ntpn=secrets.token_hex(8).upper(), billing_code=f"{case_id:015d}")
    paid = completed(desks["ratna"], case_id, "payment", slip)
    assert isinstance(paid, payment.Produced), paid
    return case_id


def given_biometrics(desk: Desk, case_id: int, **changes: Any) -> biometrics.Given:
    """A portrait, all ten fingers and an interview."""
    assert not isinstance(desk.claim(case_id), Refused)
    portrait = captures.Item(b"\xff\xd8\xff portrait", "image/jpeg", 1)
    face = desk.captures.store(case_id, biometrics.KEY, captures.PORTRAIT, [portrait], replaces=True)
    assert not isinstance(face, Refused), face
    templates = [
        captures.Item(f"finger {number}".encode(), "application/octet-stream", number, {"quality": 80, "attempts": 2})
        for number in range(1, 11)
    ]
    taken = desk.captures.store(case_id, biometrics.KEY, captures.FINGERPRINT, templates, replaces=True)
    assert not isinstance(taken, Refused), taken
    fingers = tuple(
        biometrics.FingerTaken(finger.page, biometrics.FingerState.CAPTURED, finger.id, 80, 2) for finger in taken
    )
    given = biometrics.Given(face[0].id, fingers, True, True, "Tujuan kunjungan dijelaskan.")
    return replace(given, **changes)


def case_at_stamp_scan(office: Office, desks: Mapping[str, Desk], **changes: Any) -> int:
    """A stamped and endorsed case waiting at step 11."""
    case_id = case_at_biometrics(office, desks, **changes)
    taken = completed(desks["agus"], case_id, "biometrics", given_biometrics(desks["agus"], case_id))
    assert isinstance(taken, biometrics.Produced), taken
    until = clock.office_day(clock.now()) + timedelta(days=40)
    stamped = registration.Produced("2B26MRE0007-C", 7, until - timedelta(days=29), until, 1, ("ITK",), "12")
    pretend(office, case_id, "registration", stamped, officer=desks["yusuf"].officer.id)
    skip(office, case_id, "endorsement", officer=desks["made"].officer.id)
    return case_id


def given_stamp_scan(desk: Desk, case_id: int, **changes: Any) -> stamp_scan.Given:
    """The stamped page, read as it stands in the data."""
    assert not isinstance(desk.claim(case_id), Refused)
    stored = desk.captures.store(case_id, stamp_scan.KEY, captures.STAMPED_PAGE, [PAGE], replaces=True)
    assert not isinstance(stored, Refused), stored
    case = desk.case(case_id)
    assert case is not None
    stamped = case.need(registration.KEY, registration.Produced)
    return replace(stamp_scan.Given(stored[0].id, stamped.register_no, stamped.valid_until), **changes)


# steps 9, 10 and 13: registration, endorsement, archiving


def case_at_registration(office: Office, desks: Mapping[str, Desk], **changes: Any) -> int:
    """A case with its biometrics taken, waiting at step 9."""
    case_id = case_at_biometrics(office, desks, **changes)
    taken = completed(desks["agus"], case_id, "biometrics", given_biometrics(desks["agus"], case_id))
    assert isinstance(taken, biometrics.Produced), taken
    return case_id


def given_registration(desk: Desk, case_id: int, **changes: Any) -> registration.Given:
    """The number is drawn and its slip printed, page 12 is stamped as the slip says."""
    given = replace(registration.Given("12", page_is_free=True, stamped=True), **changes)
    claim = desk.claim(case_id)
    assert not isinstance(claim, Refused), claim
    drawn = registration.draw(desk, case_id, given, claim=claim, key=secrets.token_hex(16))
    assert not isinstance(drawn, Refused), drawn
    return given


def case_at_endorsement(office: Office, desks: Mapping[str, Desk], **changes: Any) -> int:
    """A stamped case waiting at step 10, registered by yusuf."""
    case_id = case_at_registration(office, desks, **changes)
    stamped = completed(desks["yusuf"], case_id, "registration", given_registration(desks["yusuf"], case_id))
    assert isinstance(stamped, registration.Produced), stamped
    return case_id


def given_endorsement(**changes: Any) -> endorsement.Given:
    """The signatory compared the stamp with the text and signed."""
    return replace(endorsement.Given(stamp_seen=True, signed=True), **changes)


def case_at_archiving(office: Office, desks: Mapping[str, Desk], **changes: Any) -> int:
    """A case whose passport was handed over with its permit, waiting at step 13."""
    case_id = case_at_endorsement(office, desks, **changes)
    signed = completed(desks["made"], case_id, "endorsement", given_endorsement())
    assert isinstance(signed, endorsement.Produced), signed
    scanned = completed(desks["budi"], case_id, "stamp_scan", given_stamp_scan(desks["budi"], case_id))
    assert isinstance(scanned, stamp_scan.Produced), scanned
    sri = desks["sri"]
    witness = sri.witness("agus", "141421")
    assert not isinstance(witness, Refused), witness
    given = given_handover(office, case_id, reason="Alat sidik jari belum terpasang.")
    handed = completed(sri, case_id, "handover", given, witness=witness)
    assert isinstance(handed, handover.Produced), handed
    return case_id


def given_archiving(**changes: Any) -> archiving.Given:
    """Thirty-two sheets, complete, into cupboard 3."""
    return replace(archiving.Given("L3-R1-B12", pages=32, complete=True), **changes)


def case_in_archive(office: Office, desks: Mapping[str, Desk], **changes: Any) -> int:
    """A finished case, filed by eko."""
    case_id = case_at_archiving(office, desks, **changes)
    filed = completed(desks["eko"], case_id, "archiving", given_archiving())
    assert isinstance(filed, archiving.Produced), filed
    return case_id


def touch_clock(desk: Desk, case_id: int) -> tuple[int, bool]:
    """Seconds worked on the step the case is at; does a stretch run?"""
    with desk.office.store.reading():
        case = case_file(case_id, desk.office.kit.procedures, outputs=False)
        assert case is not None
        return touch.worked(case, clock.now())
