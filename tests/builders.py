"""Cases for tests: `given_<step>` builds what an officer gives; `pretend` puts a step's output in place."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from db.tables import Case, Custody, ProcedureVersion, StepRun
from kiosk import clock
from kiosk.applicant import Address, ApplicantData, Holder, Passport, Request, Sex, Sponsor, SponsorBasis, Stay
from kiosk.cases.work import next_number
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.partial_date import PartialDate
from kiosk.records import to_json
from kiosk.steps import data_entry, intake


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
