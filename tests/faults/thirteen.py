"""One case waiting at each of the thirteen steps, and what the officer of each step does there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from db.tables import Case
from kiosk import clock
from kiosk.applicant import Passport
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.people.model import Witness
from kiosk.settings import Settings, load
from kiosk.steps import intake
from tests import builders, databases
from tests.conftest import Desks
from tests.faults.killing import Child

STEPS = (
    "intake",
    "data_entry",
    "watchlist",
    "verification",
    "scanning",
    "approval",
    "payment",
    "biometrics",
    "registration",
    "endorsement",
    "stamp_scan",
    "handover",
    "archiving",
)
KEY = "the-key-of-this-act"
TYPED = {"typed": {"note": "diketik"}, "key": KEY}


def passport(number: str) -> Passport:
    """A passport of its own: one passport has one open case."""
    today = clock.office_day(clock.now())
    return Passport("P", number, "RUS", expires=today + timedelta(days=1500), issued=today - timedelta(days=2000))


def case_at_verification(office: Office, desks: Desks, **changes: Any) -> int:
    """A screened case waiting at step 4."""
    from kiosk.steps import watchlist

    case_id = builders.case_at_watchlist(office, desks, **changes)
    screened = watchlist.Produced(1, "clear", "v1", ())
    builders.pretend(office, case_id, "watchlist", screened, officer=desks["wati"].officer.id)
    return case_id


def case_at_data_entry(office: Office, desks: Desks, **changes: Any) -> int:
    """A case waiting at step 2."""
    return builders.pretend_intake(office, desks["sri"], builders.an_applicant(**changes))


AT: dict[str, Callable[..., int]] = {
    "data_entry": case_at_data_entry,
    "watchlist": builders.case_at_watchlist,
    "verification": case_at_verification,
    "scanning": builders.case_at_scanning,
    "approval": builders.case_at_approval,
    "payment": builders.case_at_payment,
    "biometrics": builders.case_at_biometrics,
    "registration": builders.case_at_registration,
    "endorsement": builders.case_at_endorsement,
    "stamp_scan": builders.case_at_stamp_scan,
    "handover": builders.case_at_handover,
    "archiving": builders.case_at_archiving,
}
LOGIN = dict(
    zip(
        STEPS,
        (
            "sri",
            "budi",
            "wati",
            "agus",
            "budi",
            "hendra",
            "ratna",
            "agus",
            "yusuf",
            "made",
            "budi",
            "sri",
            "eko",
        ),
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The office with its waiting cases, closed: to be copied, never opened itself."""

    config: Path
    cases: dict[str, int]

    def copy(self, folder: Path) -> Settings:
        """A fresh copy of the office."""
        return load(databases.copy(self.config.parent, folder))


def found_waiting(settings: Settings, folder: Path) -> Waiting:
    """Let a case wait at every step of an office that was just founded."""
    cases = {}
    with Office.open(settings, devices=False) as office:
        desks = Desks(office)
        builders.import_watchlist(office, folder)
        for number, (step, make) in enumerate(AT.items(), 1):
            cases[step] = make(office, desks, passport=passport(f"5300{number:05d}"))
    return Waiting(Path(settings.folder) / "kiosk.toml", cases)


def given(desk: Desk, step: str, case_id: int | None) -> tuple[Any, Witness | None]:
    """What the officer gives at `step`, devices and second person included."""
    if case_id is None:
        return builders.given_intake(builders.an_applicant(passport=passport("530099999"))), None
    office = desk.office
    if step == "handover":
        witness = desk.witness("agus", "141421")
        assert isinstance(witness, Witness), witness
        return builders.given_handover(office, case_id, reason="Alat sidik jari belum terpasang."), witness
    makers: dict[str, Callable[[], Any]] = {
        "data_entry": lambda: builders.given_data_entry(builders.an_applicant(passport=_passport_of(office, case_id))),
        "watchlist": lambda: builders.given_watchlist("v1"),
        "verification": lambda: builders.given_verification(_received(desk, case_id)),
        "scanning": lambda: builders.given_scanning(desk, case_id),
        "approval": builders.given_approval,
        "payment": lambda: builders.given_payment(billing_code=f"{case_id:015d}", ntpn="AB12CD34EF56AB78"),
        "biometrics": lambda: builders.given_biometrics(desk, case_id),
        "registration": lambda: builders.given_registration(desk, case_id),
        "endorsement": builders.given_endorsement,
        "stamp_scan": lambda: builders.given_stamp_scan(desk, case_id),
        "archiving": builders.given_archiving,
    }
    return makers[step](), None


def _received(desk: Desk, case_id: int) -> intake.Produced:
    case = desk.case(case_id)
    assert case is not None
    return case.need("intake", intake.Produced)


def _passport_of(office: Office, case_id: int) -> Passport:
    with office.store.reading():
        return passport(str(Case.get_by_id(case_id).passport_no))


def carry_out(settings: Settings, step: str, case_id: int | None, child: Child | None = None) -> Any:
    """Sign in, type, capture and complete `step`, as a screen does: the same key until the outcome is known."""
    ack = child.ack if child is not None else lambda _: None
    with Office.open(settings, devices=False) as office:
        desk = Desks(office)[LOGIN[step]]
        claim = None
        if case_id is not None:
            claim = desk.claim(case_id)
            assert not hasattr(claim, "refusals"), claim
            ack("claim")
        assert desk.save_draft(step, case_id, TYPED) is None
        ack("draft")
        found, witness = given(desk, step, case_id)
        ack("captures")
        produced = desk.steps[step].complete(case_id, found, key=KEY, witness=witness, claim=claim)
        assert not hasattr(produced, "refusals"), produced
        ack("complete")
    return produced


def with_devices(settings: Settings, **devices: Any) -> Settings:
    """The settings with these devices."""
    return msgspec.structs.replace(settings, devices=devices)
