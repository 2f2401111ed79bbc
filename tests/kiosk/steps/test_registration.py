"""Step 9: numbers without gaps, a stamp that says what the slip says, and what becomes of a spoiled page."""

import secrets
import threading
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from db.tables import Counter, PrintJob, RegisterNumber
from kiosk import audit, clock
from kiosk.applicant import Passport
from kiosk.cases.model import Act, Claim, Moved, Outcome, Status
from kiosk.desk import Desk
from kiosk.founding import SYSTEM
from kiosk.office import Office
from kiosk.people import officers
from kiosk.permits import register_number
from kiosk.receipts import contents, layout
from kiosk.records import from_json
from kiosk.refusals import Code, Refused
from kiosk.steps import biometrics, registration, scanning
from kiosk.steps.register_book import Drawn
from kiosk.steps.registration import Given
from tests.builders import (
    PAGE,
    an_applicant,
    bill_of,
    case_at_endorsement,
    case_at_registration,
    case_at_watchlist,
    completed,
    given_registration,
    import_watchlist,
    pretend,
    produced_approval,
    skip,
)

GIVEN = Given("12", page_is_free=True, stamped=True)


def claimed(desk: Desk, case_id: int) -> Claim:
    claim = desk.claim(case_id)
    assert not isinstance(claim, Refused), claim
    return claim


def draw(desk: Desk, case_id: int, **changes: Any) -> Drawn | Refused:
    claim = claimed(desk, case_id)
    return registration.draw(desk, case_id, replace(GIVEN, **changes), claim=claim, key=secrets.token_hex(16))


def drawn(desk: Desk, case_id: int, **changes: Any) -> Drawn:
    answer = draw(desk, case_id, **changes)
    assert isinstance(answer, Drawn), answer
    return answer


def code(answer: Any) -> Code:
    assert isinstance(answer, Refused), answer
    return answer.first.code


def book(office: Office) -> list[tuple[int, str]]:
    """(serial, why it is void) of every number, as the register book shows them."""
    with office.store.reading():
        return [(row.serial, row.void_reason) for row in RegisterNumber.select().order_by(RegisterNumber.serial)]


def another(office: Office, desks: dict[str, Desk], number: str) -> int:
    """A second applicant's case at step 9, its earlier steps pretended."""
    data = an_applicant()
    passport = Passport("P", number, "RUS", expires=data.passport.expires, issued=data.passport.issued)
    return case_at_registration(office, desks, passport=passport)


def test_the_slip_is_printed_before_the_stamp_and_says_the_same(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_registration(office, desks)
    number = drawn(desks["yusuf"], case_id)
    with office.store.reading():
        job = PrintJob.get(PrintJob.paper == "StampGuide")
    slip = from_json(contents.StampGuide, job.content)
    produced = completed(desks["yusuf"], case_id, "registration", GIVEN)
    assert isinstance(produced, registration.Produced)
    assert produced.register_no == number.number == slip.register_no
    assert produced.stamp_text == layout.stamp_text(slip, contents.Letterhead.of(office.settings.office))
    assert produced.stamp_text[2].endswith(number.number)
    assert (produced.serial, produced.passport_page, produced.signatory) == (1, "12", "Made Adnyana")
    assert produced.stamp_text[-3:] == ("Kepala Kantor Imigrasi", "Made Adnyana", "NIP 196811171994031011")


def test_the_number_follows_the_offices_template(office: Office, desks: dict[str, Desk]) -> None:
    year = clock.office_day(clock.now()).year
    number = drawn(desks["yusuf"], case_at_registration(office, desks)).number
    assert number == register_number(office.regulations, "visit_visa_extension", 1, year)
    assert number.startswith("2B21ME0001-")


def test_the_screen_is_told_the_number_that_comes_next(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_registration(office, desks)
    before = desks["yusuf"].steps.registration.prepare(case_id)
    assert (before.number, before.extension_no, before.scans_owed) == ("", 1, ())
    number = drawn(desks["yusuf"], case_id)
    after = desks["yusuf"].steps.registration.prepare(case_id)
    assert (after.number, after.stamp_text) == (before.next_number, before.stamp_text)
    assert after.number == number.number


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"passport_page": " "}, Code.FIELD_REQUIRED, "passport_page"),
        ({"page_is_free": False}, Code.PASSPORT_FULL, "page_is_free"),
        ({"signatory": 3}, Code.NO_AUTHORITY_TO_ENDORSE, "signatory"),
    ],
)
def test_no_number_is_drawn_for_a_stamp_that_can_not_be(
    office: Office, desks: dict[str, Desk], changes: dict[str, Any], refusal: Code, field: str
) -> None:
    case_id = case_at_registration(office, desks)
    answer = draw(desks["yusuf"], case_id, **changes)
    assert code(answer) is refusal
    assert isinstance(answer, Refused)
    assert answer.first.field == field
    assert book(office) == []
    assert drawn(desks["yusuf"], case_id).serial == 1


def test_nothing_is_registered_without_a_number_or_a_stamp(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_registration(office, desks)
    assert code(completed(desks["yusuf"], case_id, "registration", GIVEN)) is Code.REGISTER_NUMBER_NEEDED
    drawn(desks["yusuf"], case_id)
    answer = completed(desks["yusuf"], case_id, "registration", replace(GIVEN, stamped=False))
    assert code(answer) is Code.STAMP_NOT_CONFIRMED
    assert isinstance(completed(desks["yusuf"], case_id, "registration", GIVEN), registration.Produced)


def test_scans_that_are_owed_block_the_number_until_they_are_made_good(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_watchlist(office, desks)
    skip(office, case_id, "watchlist", "verification")
    pretend(office, case_id, "scanning", scanning.Produced((), ("sponsor_id",)))
    pretend(office, case_id, "approval", produced_approval(bill_of()))
    skip(office, case_id, "payment")
    pretend(office, case_id, "biometrics", biometrics.Produced(0, (), "", ""))
    answer = draw(desks["yusuf"], case_id)
    assert code(answer) is Code.SCANS_OWED
    assert isinstance(answer, Refused)
    assert answer.first.details["documents"] == "sponsor_id"
    assert desks["yusuf"].steps.registration.prepare(case_id).scans_owed == ("sponsor_id",)
    desks["yusuf"].release(case_id)
    assert not isinstance(desks["budi"].captures.store(case_id, "scanning", "sponsor_id", [PAGE]), Refused)
    assert drawn(desks["yusuf"], case_id).serial == 1


def test_a_newer_cekal_list_that_may_name_the_applicant_holds_the_case(
    office: Office, desks: dict[str, Desk], tmp_path: Any
) -> None:
    case_id = case_at_registration(office, desks)
    entry = {"id": "N-9", "names": [{"name": "MARINA KUZNETSOVA"}], "birth": ["1988-03-14"], "nationality": ["RUS"]}
    import_watchlist(office, tmp_path, entry, version="v9")
    assert code(draw(desks["yusuf"], case_id)) is Code.WATCHLIST_POSSIBLE_HIT
    case = desks["yusuf"].case(case_id)
    assert case is not None
    assert case.status is Status.HELD_WATCHLIST
    assert book(office) == []


def test_asking_twice_draws_once(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_registration(office, desks)
    assert drawn(desks["yusuf"], case_id) == drawn(desks["yusuf"], case_id)
    assert book(office) == [(1, "")]
    with office.store.reading():
        assert PrintJob.select().where(PrintJob.paper == "StampGuide").count() == 1


def test_a_spoiled_page_voids_the_number_with_its_reason_and_the_next_is_drawn(
    office: Office, desks: dict[str, Desk]
) -> None:
    yusuf, case_id = desks["yusuf"], case_at_registration(office, desks)
    first = drawn(yusuf, case_id)
    claim = claimed(yusuf, case_id)
    assert code(registration.spoil(yusuf, case_id, " ", claim=claim, key="s0")) is Code.REASON_NEEDED
    assert registration.spoil(yusuf, case_id, "tinta meleber", claim=claim, key="s1") == first.number
    assert code(registration.spoil(yusuf, case_id, "sekali lagi", claim=claim, key="s2")) is Code.REGISTER_NUMBER_NEEDED
    second = drawn(yusuf, case_id, passport_page="13")
    assert second.number != first.number
    produced = completed(yusuf, case_id, "registration", replace(GIVEN, passport_page="13"))
    assert (produced.register_no, produced.passport_page) == (second.number, "13")
    assert book(office) == [(1, "tinta meleber"), (2, "")]
    reasons = [line.reason for line in yusuf.history(case_id) if line.act == "record"]
    assert reasons == [first.number, f"{first.number}: tinta meleber", second.number]
    assert [found.case_id for found in yusuf.search(first.number)] == [case_id]


def test_a_case_sent_back_voids_its_number_and_the_next_goes_on(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_endorsement(office, desks)
    back = desks["made"].act(case_id, Act.SEND_BACK, key="b", reason="nama salah pada cap", to="registration")
    assert isinstance(back, Moved)
    assert desks["yusuf"].steps.registration.prepare(case_id).number == ""
    again = completed(desks["yusuf"], case_id, "registration", given_registration(desks["yusuf"], case_id))
    assert again.serial == 2
    assert book(office) == [(1, "nama salah pada cap"), (2, "")]


def test_a_case_that_ends_after_its_number_voids_it(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_registration(office, desks)
    drawn(desks["yusuf"], case_id)
    ended = desks["yusuf"].act(case_id, Act.WITHDRAW, key="w", reason="pemohon pulang")
    assert isinstance(ended, Moved)
    assert ended.outcome is Outcome.WITHDRAWN
    assert book(office) == [(1, "pemohon pulang")]


def test_a_full_passport_waits_for_the_applicant(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_registration(office, desks)
    assert code(draw(desks["yusuf"], case_id, page_is_free=False)) is Code.PASSPORT_FULL
    held = desks["yusuf"].act(case_id, Act.HOLD, key="h", reason="paspor penuh", hold=Status.WAITING_APPLICANT)
    assert isinstance(held, Moved)
    back = desks["yusuf"].act(case_id, Act.SEND_BACK, key="b", reason="paspor baru", to="data_entry")
    assert isinstance(back, Moved)
    assert book(office) == []


def test_terminals_drawing_at_once_get_each_their_own_number(office: Office, desks: dict[str, Desk]) -> None:
    cases = [another(office, desks, f"53001{n:04d}") for n in range(5)]
    desk = desks["yusuf"]
    claims = {case_id: claimed(desk, case_id) for case_id in cases}
    answers: list[Any] = []
    start = threading.Barrier(2 * len(cases))

    def press(case_id: int, key: str) -> None:
        start.wait()
        answers.append(registration.draw(desk, case_id, GIVEN, claim=claims[case_id], key=key))

    threads = [threading.Thread(target=press, args=(case_id, f"{case_id}-{n}")) for case_id in cases for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.serial for answer in answers} == {1, 2, 3, 4, 5}
    assert [serial for serial, _ in book(office)] == [1, 2, 3, 4, 5]
    with office.store.reading():
        assert audit.verify().verified


def test_a_defect_while_drawing_takes_no_number(
    office: Office, desks: dict[str, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = case_at_registration(office, desks)
    with monkeypatch.context() as broken:
        broken.setattr(contents, "Clerk", None)
        with pytest.raises(TypeError):
            draw(desks["yusuf"], case_id)
    with office.store.reading():
        assert Counter.get_or_none(Counter.name.startswith("register-")) is None
    assert drawn(desks["yusuf"], case_id).serial == 1


def test_a_late_claim_draws_nothing(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_registration(office, desks)
    old = claimed(desks["yusuf"], case_id)
    desks["yusuf"].release(case_id)
    claimed(desks["yusuf"], case_id)
    assert code(registration.draw(desks["yusuf"], case_id, GIVEN, claim=old, key="late")) is Code.CLAIM_LAPSED
    assert book(office) == []


def test_a_new_year_begins_again_at_one(
    office: Office, desks: dict[str, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = another(office, desks, "530010001")
    second = another(office, desks, "530010002")
    drawn(desks["yusuf"], first)
    later = clock.now() + timedelta(days=366)
    monkeypatch.setattr(clock, "now", lambda: later)
    fresh = drawn(desks["yusuf"], second)
    assert fresh.serial == 1
    assert fresh.number[-1] != desks["yusuf"].steps.registration.prepare(first).number[-1]


@pytest.mark.maintainer
def test_a_delegate_may_stand_under_the_stamp(office: Office, desks: dict[str, Desk]) -> None:
    hendra, now = desks["hendra"].officer, clock.now()
    day = clock.office_day(now)
    with office.store.writing():
        officers.delegate(
            hendra.id, kind="plh", basis="KEP-12", valid_from=day, valid_until=day, now=now, signer=SYSTEM
        )
    case_id = case_at_registration(office, desks)
    choices = desks["yusuf"].steps.registration.prepare(case_id).signatories
    assert [(one.officer, one.title) for one in choices] == [
        (0, "Kepala Kantor Imigrasi"),
        (hendra.id, "Plh. Kepala Kantor Imigrasi"),
    ]
    given = given_registration(desks["yusuf"], case_id, signatory=hendra.id)
    produced = completed(desks["yusuf"], case_id, "registration", given)
    assert produced.stamp_text[-3:] == ("Plh. Kepala Kantor Imigrasi", "Hendra Gunawan", "NIP 197804212002121006")


def test_a_permit_that_extends_nothing_has_no_extension_number(office: Office) -> None:
    guide = contents.StampGuide(
        application_no="A",
        holder=contents.Holder("BAYI"),
        passport_no="X1",
        register_no="2B11ME0001-V",
        valid_until=date(2026, 3, 1),
        stamped_on=date(2026, 2, 1),
        signatory_title="Kepala",
        signatory_name="M",
        clerk=contents.Clerk("Y", "", "loket-1"),
    )
    lines = layout.stamp_text(guide, contents.Letterhead.of(office.settings.office))
    assert not any("PERPANJANGAN" in line.upper() for line in lines)
