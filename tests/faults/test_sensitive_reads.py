"""A10, the other half: what a service tells about an applicant beyond a line of a list leaves an event in the chain.

Every service that is asked from a desk is found by its signature and stands in one of three tables here: reads of one
applicant (each is asked, must tell something of a planted applicant, and must leave an event that names the case),
lists and answers without such data, and acts, whose events test_completeness.py follows statement by statement.
"""

import dataclasses
import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

import kiosk
from db.tables import AuditEvent
from kiosk import captures, finger_check, protected_reads
from kiosk.captures import Captures
from kiosk.collection import Collection
from kiosk.desk import Desk
from kiosk.money.service import Payments, Shifts
from kiosk.office import Office
from kiosk.refusals import Refused
from kiosk.step_service import StepService
from kiosk.steps import endorsing_many, nonconformity
from tests import builders
from tests.conftest import Desks
from tests.faults.thirteen import passport

SURNAME, GIVEN, NUMBER, TEMPLATE = "RAHASIAWATI", "KANARIA", "KN7654321", b"KANARI-TEMPLATE-0123456789"
CANARIES = (SURNAME, GIVEN, NUMBER, "KANARI")
PLAIN = builders.an_applicant()
PLANTED = {
    "holder": replace(PLAIN.holder, surname=SURNAME, given_names=GIVEN, name_viz=f"{GIVEN} {SURNAME}"),
    "passport": passport(NUMBER),
}
ROOMS = (Desk, StepService, Captures, Collection, Payments, Shifts)


def services() -> set[str]:
    """Every function of the office whose first argument is a desk, and every method of a desk's own rooms."""
    found = {
        f"{room.__name__}.{name}"
        for room in ROOMS
        for name, member in vars(room).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }
    for module in pkgutil.walk_packages(kiosk.__path__, "kiosk."):
        if module.name.startswith(("kiosk.cli", "kiosk.__main__")):
            continue
        loaded = importlib.import_module(module.name)
        for name, member in vars(loaded).items():
            if inspect.isfunction(member) and member.__module__ == module.name and not name.startswith("_"):
                first = next(iter(inspect.signature(member).parameters.values()), None)
                if first is not None and str(first.annotation).strip("'\"<>").endswith("Desk"):
                    found.add(f"{module.name.removeprefix('kiosk.')}.{name}")
    return found


@dataclasses.dataclass
class Place:
    """An office with the planted applicant's cases, asked by officers who may."""

    desks: Desks
    signing: int
    """Waiting for the signatory, with a portrait and scans."""
    held: int
    """With an open nonconformity."""

    def desk(self, login: str) -> Desk:
        return self.desks[login]


def capture_of(place: Place, kind: str) -> int:
    return next(each.id for each in place.desk("agus").captures.list(place.signing) if each.kind == kind)


def finger(place: Place) -> Any:
    made = place.desk("made")
    return made.captures.read(capture_of(place, captures.FINGERPRINT))


READS: Mapping[str, Callable[[Place], Any]] = {
    "Desk.case": lambda place: place.desk("budi").case(place.signing),
    "Desk.search": lambda place: place.desk("budi").search(GIVEN),
    "StepService.prepare": lambda place: place.desk("made").steps.endorsement.prepare(place.signing),
    "StepService.open": lambda place: place.desk("hendra").steps.approval.open(place.held),
    "Captures.read": finger,
    "Collection.portrait": lambda place: place.desk("sri").collection.portrait(place.signing),
    "finger_check.portrait": lambda place: finger_check.portrait(place.desk("sri"), place.signing),
    "steps.endorsing_many.look_at": lambda place: endorsing_many.look_at(place.desk("made"), place.signing),
    "steps.nonconformity.prepare": lambda place: nonconformity.prepare(place.desk("made"), place.held),
}
"""What tells of one applicant, and how it is asked."""
BESIDE = {
    "Desk.history": "one look with Desk.case (test_protected_reads.py)",
    "Desk.custody": "one look with Desk.case",
    "steps.cekal.examine": "leaves read_watchlist (steps/test_cekal.py)",
    "Collection.compare_finger": "leaves read_finger (test_finger_check.py)",
    "finger_check.compare": "leaves read_finger",
    "taking_next.take_next": "opens a step (test_work_list.py)",
    "scans.look_at": "by Captures.read",
}
LISTS = {
    "Desk.work_list", "passports.listed", "passports.counts", "steps.storage.listed", "steps.cekal.waiting",
    "steps.endorsing_many.waiting", "steps.endorsing_many.kept", "queue.desk.overview", "day_list.today",
    "reports.flow_desk.today", "Payments.undecided", "Payments.lacking_ntpn", "Payments.paid_recently",
    "Payments.unpaid_billing", "Payments.deposits_lacking_ntpn", "Payments.cash_book",
}  # fmt: skip
"""Lines of lists: a name and numbers, by which a case is found, for who works with that list."""
NOTHING_OF_AN_APPLICANT = {
    "Desk.look", "Desk.may", "Desk.staffing", "Desk.find_code", "Desk.papers", "Desk.draft",
    "StepService.check", "Captures.list", "Captures.pages", "Captures.may_capture", "Collection.seen", "scans.scans",
    "Payments.of_case", "Payments.may_void", "Payments.held", "Shifts.current", "queue.desk.plan_of",
    "queue.desk.serves", "stock_take.current", "steps.scanning.owed",
}  # fmt: skip
"""Answers without data of an applicant, what an officer typed, or the name beside a case's number."""
ACTS = {
    "Desk.sign_out", "Desk.unlock", "Desk.witness", "Desk.claim", "Desk.release", "Desk.pause", "Desk.save_draft",
    "Desk.keep_draft_here", "Desk.drop_draft", "Desk.bring_drafts_back", "Desk.print_again", "Desk.act",
    "StepService.complete", "Captures.store", "Captures.discard", "Captures.failed", "Payments.charge", "Payments.ask",
    "Payments.decide_together", "Payments.void", "Payments.add_ntpn", "Payments.record_billing", "Payments.deposit",
    "Payments.add_deposit_ntpn", "Payments.print_book", "Shifts.open", "Shifts.settle", "Shifts.close",
    "capturing.scan_documents", "capturing.take_portrait", "capturing.choose_portrait", "capturing.take_finger",
    "day_list.print_it", "passports.shelve", "privacy.erase", "queue.desk.issue", "queue.desk.call_next",
    "queue.desk.recall", "queue.desk.start", "queue.desk.absent", "queue.desk.served", "queue.desk.back",
    "steps.approval.refuse", "steps.approval.wait_for_superior", "steps.cekal.refer", "steps.cekal.hold_undecided",
    "steps.cekal.clear", "steps.cekal.confirm", "steps.endorsing_many.keep", "steps.endorsing_many.sign",
    "steps.nonconformity.raise_finding", "steps.nonconformity.decide", "steps.registration.draw",
    "steps.registration.spoil", "steps.storage.move", "steps.storage.hold", "steps.storage.propose",
    "steps.storage.destroy", "steps.storage.print_disposal_list", "steps.turned_away.turn_away", "stock_take.begin",
    "stock_take.find", "stock_take.finish",
}  # fmt: skip
"""They write; each write has its event (test_completeness.py)."""


def test_a10_every_service_is_a_read_a_list_or_an_act() -> None:
    """A new one fails here until it is said which it is."""
    told = [*READS, *BESIDE, *LISTS, *NOTHING_OF_AN_APPLICANT, *ACTS]
    assert len(told) == len(set(told))
    found = services() - {"StepService.rules"}
    assert sorted(found - set(told)) == [], "say what these tell of an applicant"
    assert sorted(set(told) - found) == [], "these are no longer there"


@pytest.fixture
def place(office: Office, monkeypatch: pytest.MonkeyPatch) -> Place:
    desks = Desks(office)
    monkeypatch.setattr(protected_reads, "AGAIN_S", 0.0)
    signing = builders.case_at_endorsement(office, desks, **PLANTED)
    held = builders.case_at_approval(office, desks, **PLANTED | {"passport": passport("KN1111111")})
    return Place(desks, signing, held)


def told_of_applicant(value: Any) -> bool:
    """Is there a name, number, picture or template of the planted one in an answer?"""
    if isinstance(value, bytes):
        return bool(value)
    if isinstance(value, str):
        return any(canary in value.upper() for canary in CANARIES)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return any(told_of_applicant(getattr(value, part.name)) for part in dataclasses.fields(value))
    if isinstance(value, Mapping):
        return any(map(told_of_applicant, value.values()))
    return isinstance(value, tuple | list | frozenset) and any(map(told_of_applicant, value))


def events(office: Office, after: int) -> Iterator[Mapping[str, Any]]:
    with office.store.reading():
        for row in AuditEvent.select().where(AuditEvent.seq > after).order_by(AuditEvent.seq):
            yield json.loads(row.body)


def left_by(place: Place, read: Callable[[Place], Any]) -> list[str]:
    """The events that name the case which a read told of."""
    office = place.desk("made").office
    drawn = place.desk("agus")
    with office.store.reading():
        before = AuditEvent.select().count()
    answer = read(place)
    assert drawn
    assert not isinstance(answer, Refused), (read, answer)
    assert told_of_applicant(answer), "it tells of nobody"
    return [
        event["action"]
        for event in events(office, before)
        if event["subject"] in {f"case:{place.signing}", f"case:{place.held}"} or event["data"].get("cases")
    ]


def test_a10_every_read_of_an_applicant_leaves_an_event(place: Place) -> None:
    for login in ("agus", "budi", "made", "sri", "tuti"):
        assert place.desk(login)
    for name, read in READS.items():
        assert any(action.startswith("read_") for action in left_by(place, read)), f"{name} leaves no trace"


def test_a10_a_read_without_an_event_is_found(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant: a desk that forgets to record."""
    monkeypatch.setattr(protected_reads.ProtectedReads, "case", lambda *_: None)
    assert left_by(place, READS["Desk.case"]) == []
