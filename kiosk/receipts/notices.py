"""Notices that no step prints: the refusal's, handed out with the passport."""

from kiosk.bilingual import Bilingual
from kiosk.cases.work import Work
from kiosk.receipts import contents


def refusal_notice(work: Work, reason: str) -> contents.RefusalNotice:
    """Bukti penolakan for the case being refused: the reason as the official wrote it (UU 25/2009)."""
    case, look = work.case, work.look
    try:
        service = look.regulations.kind(case.kind).name
    except KeyError:
        service = Bilingual(case.kind, case.kind)
    return contents.RefusalNotice(
        application_no=case.application_no,
        decided_at=work.now,
        service=service,
        applicant=contents.Holder(case.holder_name, nationality=case.nationality),
        passport_no=case.passport_no,
        reason=reason,
        clerk=contents.Clerk(look.officer.name, look.officer.staff_no, work.kit.terminal),
        permit_expires=case.permit_expiry,
    )
