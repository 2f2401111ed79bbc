"""A collector's finger against the one enrolled at step 8: the reader's word, kept in the case's history.

Which fingers there are to compare, what the reader of this counter said last, and asking it anew. Where nbis-py is
installed and step 8 kept minutiae, the host compares the picture with them too: its score stands beside the reader's,
and where this reader can't read the template (it is of another family) the host's word is the answer.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from db.connection import StoreError
from db.tables import CaseEvent, VaultObject
from hardware.acts import CancelToken, Progress
from hardware.device import DeviceState
from hardware.faults import DeviceError, FaultCode
from kiosk import audit
from kiosk.captures import MINUTIAE, live
from kiosk.capturing import device_refused
from kiosk.cases.engine import Refuse, environment, record, refuse, require_present, unit_of_work
from kiosk.cases.load import case_file
from kiosk.cases.model import Act, CaseFile
from kiosk.cases.requirements import lock
from kiosk.cases.transactions import refusing
from kiosk.cases.work import Look, Work
from kiosk.people.model import acting_unit
from kiosk.records import from_json
from kiosk.refusals import Code, Refused, refused
from kiosk.steps import biometrics
from kiosk.steps.biometrics import FingerState, FingerTaken
from kiosk.vault import VaultError

if TYPE_CHECKING:
    from kiosk.desk import Desk

LIFE = timedelta(minutes=15)
"""A comparison older than this was of somebody who may have left the counter."""
STEP = "handover"


@dataclass(frozen=True, slots=True)
class FingerCheck:
    """One comparison: the finger's ISO/IEC 19794 code, whether it agrees, and the reader's own score.

    `host_score` is BOZORTH3's, None where the host did not compare; `by_host` where the answer is the host's, because
    the template is of another family of readers (`score` is then 0).
    """

    position: int
    agrees: bool
    score: int
    host_score: int | None = None
    by_host: bool = False


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What step 8 kept of one finger. `minutiae` is b"" where it kept none of this capture."""

    template: bytes
    minutiae: bytes


def enrolled(case: CaseFile) -> tuple[FingerTaken, ...]:
    """The fingers taken at step 8 that can be compared."""
    taken = case.output(biometrics.KEY, biometrics.Produced)
    fingers = taken.fingers if taken else ()
    return tuple(f for f in fingers if f.state is FingerState.CAPTURED and f.object_id)


def newest(look: Look, case: CaseFile) -> FingerCheck | None:
    """What this counter's reader said last in this attempt, if it is fresh. Within a unit of work."""
    query = CaseEvent.select().where(
        (CaseEvent.case == case.id)
        & (CaseEvent.step == STEP)
        & (CaseEvent.act == Act.RECORD)
        & (CaseEvent.attempt == case.attempt)
        & (CaseEvent.terminal == look.kit.terminal)
        & (CaseEvent.at > look.now - LIFE)
    )
    for event in query.order_by(CaseEvent.id.desc()):
        data = from_json(dict, event.data)
        if data.get("check") == "finger":
            return FingerCheck(data["position"], data["agrees"], data["score"])
    return None


def compare(
    desk: "Desk",
    case_id: int,
    position: int,
    *,
    report: Callable[[Progress], None] | None = None,
    cancel: CancelToken | None = None,
) -> FingerCheck | Refused:
    """Compare the finger on the glass with the enrolled one of `position`; the answer is kept."""
    reader = desk.office.devices.get("fingerprint")
    if reader is None or reader.status.state not in (DeviceState.READY, DeviceState.BUSY):
        return refused(Code.READER_NOT_READY)
    kept = _kept(desk, case_id, position)
    if isinstance(kept, Refused):
        return kept
    try:
        found = _compared(reader, position, kept, report, cancel)
    except DeviceError as error:
        return device_refused(error)
    return _keep(desk, case_id, found)


def _compared(
    reader: Any,
    position: int,
    kept: Enrolled,
    report: Callable[[Progress], None] | None,
    cancel: CancelToken | None,
) -> FingerCheck:
    """Raises DeviceError."""
    from hardware.fingerprint.image import LIKELY_MATCH, can_assess, record_score

    by_host_too = bool(kept.minutiae) and can_assess()
    try:
        result = reader.match(kept.template, report, cancel, with_image=by_host_too).result()
    except DeviceError as error:
        if error.code is not FaultCode.TEMPLATE_INVALID or not by_host_too:
            raise
        score = record_score(kept.minutiae, reader.image(report, cancel).result())
        return FingerCheck(position, (score or 0) >= LIKELY_MATCH, 0, score, by_host=True)
    score = record_score(kept.minutiae, result.image) if by_host_too else None
    return FingerCheck(position, bool(result.matched), int(result.score), score)


@refusing
def _kept(desk: "Desk", case_id: int, position: int) -> Enrolled | Refused:
    """The enrolled finger, and its reading in the audit chain."""
    look = desk.look()
    with unit_of_work(desk.office.store) as answer:
        case = _case(look, case_id)
        finger = next((one for one in enrolled(case) if one.position == position), None)
        row = VaultObject.get_or_none(VaultObject.id == finger.object_id) if finger else None
        if row is None or row.case_id != case_id:
            raise refuse(Code.FINGER_NOT_ENROLLED, "finger")
        records = [one for one in live(case_id, kind=MINUTIAE) if one.number("of") == row.id]
        read = [row.id, *(one.id for one in records)]
        audit.append(look.now, look.signer, "read_finger", f"case:{case_id}", {"object": row.id, "objects": read})
        try:
            beside = look.kit.vault.get(VaultObject.get_by_id(records[0].id)) if records else b""
            answer.value = Enrolled(look.kit.vault.get(row), beside)
        except VaultError:
            raise refuse(Code.FINGER_NOT_ENROLLED, "finger") from None
    found: Enrolled | Refused = answer.refused or answer.value
    return found


@refusing
def _keep(desk: "Desk", case_id: int, found: FingerCheck) -> FingerCheck | Refused:
    look = desk.look()
    with unit_of_work(desk.office.store) as answer:
        lock(case_id)
        case = _case(look, case_id)
        work = Work(look, case, acting_unit(look.officer, case.procedure, STEP) or "")
        data: dict[str, Any] = {
            "check": "finger",
            "position": found.position,
            "agrees": found.agrees,
            "score": found.score,
        }
        if found.host_score is not None:
            data |= {"host_score": found.host_score, "by_host": found.by_host}
        record(work, Act.RECORD, secrets.token_hex(16), data=data)
    return answer.refused or found


def portrait(desk: "Desk", case_id: int) -> bytes | Refused:
    """The picture taken at step 8 (a JPEG or PNG file), its reading kept in the audit chain."""
    look = desk.look()
    try:
        with desk.office.store.writing():
            case = _case(look, case_id)
            taken = case.output(biometrics.KEY, biometrics.Produced)
            row = VaultObject.get_or_none(VaultObject.id == taken.portrait) if taken and taken.portrait else None
            if row is None or row.case_id != case_id:
                return refused(Code.PORTRAIT_UNREADABLE)
            audit.append(look.now, look.signer, "read_portrait", f"case:{case_id}", {"object": row.id})
            return look.kit.vault.get(row)
    except VaultError:
        return refused(Code.PORTRAIT_UNREADABLE)
    except Refuse as given_up:
        return given_up.answer
    except StoreError as error:
        return environment(error)


def _case(look: Look, case_id: int) -> CaseFile:
    """The case, for an officer who may hand passports over. Raises Refuse."""
    case = case_file(case_id, look.kit.procedures)
    if case is None:
        raise refuse(Code.CASE_NOT_FOUND)
    require_present(look)
    if acting_unit(look.officer, case.procedure, STEP) is None:
        raise refuse(Code.NOT_YOUR_UNIT, unit=case.procedure.unit(case.procedure.step(STEP).unit).label)
    return case
