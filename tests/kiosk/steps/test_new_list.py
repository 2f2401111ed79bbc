"""A list comes in while cases are open: what it names is held wherever it is, by the system, and nothing is let go."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from db.tables import AuditEvent, Case, CaseEvent, Claim, Draft, Screening
from kiosk import clock, screening_again, screening_lists
from kiosk.applicant import ApplicantData, Holder, Passport, Sex, Sponsor, SponsorBasis
from kiosk.cases.model import Act, Status
from kiosk.cli.explained import document_of
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.partial_date import PartialDate
from kiosk.people.model import Witness
from kiosk.records import from_json
from kiosk.refusals import Code, Refused
from kiosk.screening.acceptance import Accepted
from kiosk.screening.engine import Screener
from kiosk.screening.scoring import Coefficients, older_coefficients
from kiosk.screening_again import AskedAgain, ask_again
from kiosk.screening_explain import Explained, Reproduced, explain
from kiosk.screening_import import Imported, import_list
from kiosk.screening_records import Question, kept_answers
from kiosk.steps import cekal
from kiosk.steps.cekal import Decision, Ground
from kiosk.words import Language, Words
from tests.builders import (
    an_applicant,
    case_at_handover,
    case_at_payment,
    case_at_watchlist,
    given_verification,
    list_file,
    produced_intake,
    skip,
)

MARINA = {"id": "ID-1", "names": [{"name": "KUZNETSOVA MARINA"}], "dob": ["1988-03-14"], "countries": ["RU"]}
OTHERS = [
    {"id": f"X-{n}", "names": [{"name": name}], "dob": [f"19{60 + n}-01-02"], "countries": ["PK"]}
    for n, name in enumerate(("TARIQ MEHSUD", "BILAL AFRIDI", "USMAN KHATTAK"))
]
OTHER_PERSON = {
    "holder": Holder("NGUYEN", "THI LAN", "NGUYEN THI LAN", Sex.F, PartialDate(1994, 11, 2), "HUE", "VNM"),
    "passport": Passport("P", "C9876543", "VNM", expires=an_applicant().passport.expires, issued=None),
    "sponsor": Sponsor(SponsorBasis.NONE, exemption="VOA"),
}
Bring = Callable[..., AskedAgain]


@pytest.fixture
def bring(office: Office, tmp_path: Path) -> Bring:
    """Make a list of these rows the active one and ask it about the open cases."""

    def run(version: str, *rows: dict[str, object], ask: bool = True) -> AskedAgain:
        now = clock.now()
        done = import_list(
            office.store,
            office.settings,
            list_file(tmp_path / f"{version}.jsonl", rows),
            version=version,
            listed_on=clock.office_day(now),
            source="uji",
            operator="penguji",
            now=now,
            accepted=Accepted(size=True),
        )
        assert isinstance(done, Imported), done
        return again(office) if ask else AskedAgain()

    return run


def again(office: Office) -> AskedAgain:
    asked = ask_again(office.store, office.kit, clock.now())
    assert isinstance(asked, AskedAgain)
    return asked


def passport(number: str) -> Passport:
    given: ApplicantData = an_applicant()
    return Passport("P", number, "RUS", expires=given.passport.expires, issued=given.passport.issued)


def case_at_verification(office: Office, desks: dict[str, Desk], **changes: object) -> int:
    case_id = case_at_watchlist(office, desks, **changes)
    skip(office, case_id, "watchlist")
    return case_id


def state(office: Office, case_id: int) -> tuple[str, str]:
    with office.store.reading():
        row = Case.get_by_id(case_id)
        return row.step, row.status


def verdicts(office: Office, case_id: int) -> list[str]:
    with office.store.reading():
        return [row.verdict for row in Screening.select().where(Screening.case == case_id).order_by(Screening.id)]


def explained(office: Office, case_id: int) -> tuple[Explained, ...]:
    from kiosk.cli.common import MAINTAINER

    found = explain(office.store, office.kit, case_id, MAINTAINER, clock.now())
    assert not isinstance(found, Refused)
    return found


def test_a_new_hit_holds_a_case_at_whatever_step_it_is(office: Office, desks: dict[str, Desk], bring: Bring) -> None:
    named = {
        case_at_verification(office, desks, passport=passport("530012345")): "verification",
        case_at_payment(office, desks, passport=passport("530012346")): "payment",
        case_at_handover(office, desks, passport=passport("530012347")): "handover",
    }
    elsewhere = case_at_verification(office, desks, **OTHER_PERSON)
    unscreened = case_at_watchlist(office, desks, passport=passport("530012348"))
    assert bring("v1", *OTHERS) == AskedAgain(asked=4)
    assert bring("v2", *OTHERS, MARINA) == AskedAgain(asked=4, held=3)
    for case_id, step in named.items():
        assert state(office, case_id) == (step, Status.HELD_WATCHLIST)
        assert verdicts(office, case_id) == ["clear", "review"]
        assert "list" not in desks["sri"].history(case_id)[-1].reason.lower()
        assert desks["sri"].history(case_id)[-1].officer == ""
    assert state(office, elsewhere) == ("verification", Status.ACTIVE)
    assert verdicts(office, elsewhere) == ["clear", "unchanged"]
    assert verdicts(office, unscreened) == []
    with office.store.reading():
        held = CaseEvent.get((CaseEvent.case == next(iter(named))) & (CaseEvent.act == Act.HOLD))
        assert (held.officer_id, held.person_id) == (None, None)
        bodies = [json.loads(row.body) for row in AuditEvent.select().order_by(AuditEvent.seq)]
        asked = [body for body in bodies if body["action"] == "screened"]
        assert [(body["officer"], body["data"]["hits"]) for body in asked[-3:]] == [(0, 1)] * 3
    assert {line.case_id for line in cekal.waiting(desks["wati"])} == set(named)
    assert again(office) == AskedAgain()


def test_a_case_in_somebodys_hands_is_held_and_the_late_writer_is_refused(
    office: Office, desks: dict[str, Desk], bring: Bring
) -> None:
    case_id = case_at_verification(office, desks)
    bring("v1", *OTHERS)
    claim = desks["agus"].claim(case_id)
    assert not isinstance(claim, Refused)
    desks["agus"].save_draft("verification", case_id, {"note": "diketik"})
    assert bring("v2", *OTHERS, MARINA).held == 1
    given = given_verification(produced_intake(an_applicant(), "ITK-T"))
    late = desks["agus"].steps.verification.complete(case_id, given, key="late", claim=claim)
    assert isinstance(late, Refused)
    assert late.first.code is Code.CASE_ON_HOLD
    assert state(office, case_id) == ("verification", Status.HELD_WATCHLIST)
    with office.store.reading():
        assert not Claim.select().where(Claim.released_at.is_null()).exists()
        assert Draft.select().count() == 1


def test_an_import_that_was_killed_is_taken_up_where_it_stopped(
    office: Office, desks: dict[str, Desk], bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [case_at_verification(office, desks, passport=passport(f"53001234{n}")) for n in range(3)]
    bring("v1", *OTHERS)
    bring("v2", *OTHERS, MARINA, ask=False)
    real, calls = screening_again.record_screening, []

    def dies(work: object, found: object) -> int:
        calls.append(work)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(work, found)  # type: ignore[arg-type]

    monkeypatch.setattr(screening_again, "record_screening", dies)
    with pytest.raises(KeyboardInterrupt):
        again(office)
    assert [state(office, case_id)[1] for case_id in cases] == [Status.HELD_WATCHLIST, Status.ACTIVE, Status.ACTIVE]
    monkeypatch.undo()
    assert again(office) == AskedAgain(asked=2, held=2)
    assert again(office) == AskedAgain()
    with office.store.reading():
        assert CaseEvent.select().where(CaseEvent.act == Act.HOLD).count() == 3


def test_a_case_held_for_another_reason_is_held_for_wasdakim_when_it_is_taken_up_again(
    office: Office, desks: dict[str, Desk], bring: Bring
) -> None:
    case_id = case_at_verification(office, desks)
    bring("v1", *OTHERS)
    desks["agus"].act(case_id, Act.HOLD, key="h1", reason="Menunggu berkas.", hold=Status.WAITING_APPLICANT)
    assert bring("v2", *OTHERS, MARINA) == AskedAgain(asked=1, waiting=1)
    assert state(office, case_id) == ("verification", Status.WAITING_APPLICANT)
    desks["agus"].act(case_id, Act.RELEASE, key="r1", reason="Berkas sudah ada.")
    desks["agus"].claim(case_id)
    given = given_verification(produced_intake(an_applicant(), "ITK-T"))
    answer = desks["agus"].steps.verification.complete(case_id, given, key="k1")
    assert isinstance(answer, Refused)
    assert answer.first.code is Code.WATCHLIST_POSSIBLE_HIT
    assert state(office, case_id) == ("verification", Status.HELD_WATCHLIST)


def cleared(office: Office, desks: dict[str, Desk], case_id: int) -> None:
    witness = desks["wati"].witness("joko", "173205")
    assert isinstance(witness, Witness)
    decision = Decision("applicant", "ID-1", Ground.PHOTO_DIFFERS, "Foto menunjukkan orang lain.")
    moved = cekal.clear(desks["wati"], case_id, (decision,), witness=witness, key=f"c{case_id}")
    assert not isinstance(moved, Refused)


def test_a_cleared_hit_holds_again_only_when_its_entry_changes_and_no_list_clears_one(
    office: Office, desks: dict[str, Desk], bring: Bring
) -> None:
    case_id = case_at_verification(office, desks)
    bring("v1", *OTHERS)
    bring("v2", *OTHERS, MARINA)
    assert bring("v3", *OTHERS) == AskedAgain(asked=1)
    assert state(office, case_id)[1] == Status.HELD_WATCHLIST
    assert bring("v4", *OTHERS, MARINA).held == 0
    cleared(office, desks, case_id)
    assert bring("v5", *OTHERS[1:], MARINA).held == 0
    assert state(office, case_id)[1] == Status.ACTIVE
    assert bring("v6", *OTHERS, MARINA | {"decision_no": "R/2"}).held == 1
    found = explained(office, case_id)
    assert [each.reproduced for each in found] == [Reproduced.SAME] * len(found)
    assert [len(each.decisions) for each in found] == [0, 0, 0, 0, 1, 0, 0]


def test_without_the_old_lists_files_every_case_is_asked_the_whole_list(
    office: Office, desks: dict[str, Desk], bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = case_at_verification(office, desks)
    elsewhere = case_at_verification(office, desks, **OTHER_PERSON)
    bring("v1", *OTHERS)
    for folder in office.settings.path("watchlist").iterdir():
        shutil.rmtree(folder)
    monkeypatch.setattr(screening_lists, "_OPEN", screening_lists._OpenIndexes())
    assert bring("v2", *OTHERS, MARINA) == AskedAgain(asked=2, held=1)
    assert verdicts(office, elsewhere) == ["clear", "clear"]
    assert [each.reproduced for each in explained(office, case_id)] == [Reproduced.LIST_GONE, Reproduced.SAME]


def test_explaining_says_why_in_words_and_is_audited(office: Office, desks: dict[str, Desk], bring: Bring) -> None:
    case_id = case_at_verification(office, desks)
    bring("v1", *OTHERS)
    bring("v2", *OTHERS, MARINA)
    document = document_of("ITK-1", explained(office, case_id), Words(Language.ENGLISH))
    assert document["reproduced"] is True
    newest = document["screenings"][-1]
    (candidate,) = newest["answers"][0]["candidates"]
    assert candidate["entry"] == "ID-1"
    assert "Words in another order" in candidate["words"]
    assert "Same date of birth (1988-03-14)" in candidate["words"]
    assert candidate["score"] == pytest.approx(sum(candidate["contributions"].values()))
    assert newest["stored"] == newest["again"]
    with office.store.reading():
        body = json.loads(AuditEvent.select().order_by(AuditEvent.seq.desc()).get().body)
    assert (body["action"], body["subject"]) == ("explained_watchlist", f"case:{case_id}")


@pytest.mark.parametrize(
    ("stored", "scorer", "judged"),
    [
        (None, "0:another", Reproduced.OTHER_SCORER_SAME),
        ("[]", "0:another", Reproduced.OTHER_SCORER_DIFFERS),
        ("[]", None, Reproduced.DIFFERS),
        ('{"no": "record"}', None, Reproduced.UNREADABLE),
    ],
)
def test_a_record_that_is_not_reproduced_is_said(
    office: Office, desks: dict[str, Desk], bring: Bring, stored: str | None, scorer: str | None, judged: Reproduced
) -> None:
    case_id = case_at_verification(office, desks)
    bring("v1", *OTHERS)
    with office.store.writing():
        row = Screening.get()
        Screening.create(
            case=case_id,
            at=row.at,
            officer=None,
            list_version=row.list_version,
            list_hash=row.list_hash,
            scorer=scorer or row.scorer,
            verdict=row.verdict,
            query=row.query,
            answer=stored or row.answer,
        )
    assert [each.reproduced for each in explained(office, case_id)] == [Reproduced.SAME, judged]


def as_scored_by(engine: str, given: Coefficients, row: Screening, answer: str) -> None:
    """The record that an older scorer would have left in place of `row`."""
    Screening.create(
        case=row.case_id,
        at=row.at,
        officer=None,
        list_version=row.list_version,
        list_hash=row.list_hash,
        scorer=f"{engine}:{given.hash[:16]}",
        verdict=row.verdict,
        query=row.query,
        answer=answer,
    )


def test_a_record_of_an_older_scorer_is_reproduced_with_its_coefficients(
    office: Office, desks: dict[str, Desk], bring: Bring
) -> None:
    """Coefficients change; what they once answered is still explained byte for byte."""
    case_id = case_at_verification(office, desks)
    bring("v1", *OTHERS, MARINA)
    for engine, given in older_coefficients().items():
        with office.store.writing():
            row = Screening.get()
            question = from_json(Question, row.query)
            screener = Screener(
                screening_lists.open_list(office.settings, row.list_hash),
                today=question.today,
                longest_age_days=question.longest_age_days,
                false_hits=question.false_hits,
                given=given,
            )
            answered = kept_answers(screener.screen(person) for person in question.persons)
            as_scored_by(engine, given, row, answered)
        assert answered != row.answer
        assert explained(office, case_id)[-1].reproduced is Reproduced.SAME


def test_that_nothing_changed_is_reproduced_with_older_scorers_too(
    office: Office, desks: dict[str, Desk], bring: Bring
) -> None:
    case_id = case_at_verification(office, desks, **OTHER_PERSON)
    bring("v1", *OTHERS)
    bring("v2", *OTHERS, MARINA)
    assert verdicts(office, case_id) == ["clear", "unchanged"]
    for engine, given in older_coefficients().items():
        with office.store.writing():
            row = Screening.get(Screening.verdict == "unchanged")
            as_scored_by(engine, given, row, row.answer)
    found = explained(office, case_id)
    assert [each.reproduced for each in found] == [Reproduced.SAME] * (2 + len(older_coefficients()))


def born_as(number: int) -> PartialDate:
    return PartialDate(1960 + number % 40, number % 12 + 1, number % 28 + 1)


def letters(number: int) -> str:
    """A word of its own for each number, far from the others."""
    return "".join(
        "BDFGKLMNPRSTVZ"[digit % 14] + "AEIOU"[digit % 5] for digit in hashlib.sha256(b"%d" % number).digest()[:5]
    )


@pytest.mark.long
def test_a_thousand_open_cases_against_five_thousand_changed_entries(
    office: Office, desks: dict[str, Desk], bring: Bring
) -> None:
    born = {"dob": ["1950-05-05"], "countries": ["PK"]}
    rows = [{"id": f"L-{n}", "names": [{"name": f"{letters(n)} {letters(n * 7)}"}]} | born for n in range(20_000)]
    for n in range(1000):
        holder = Holder(letters(3 * n), letters(n), f"{letters(n)} {letters(3 * n)}", Sex.F, born_as(n), "X", "VNM")
        case_at_verification(office, desks, **OTHER_PERSON | {"holder": holder, "passport": passport(f"V{n:07d}")})
    bring("v1", *rows)
    changed = [row | {"dob": ["1951-05-05"]} for row in rows[:4999]]
    name = f"{letters(300)} {letters(900)}"
    named = {"id": "L-4999", "names": [{"name": name}], "dob": [born_as(300).iso()], "countries": ["VNM"]}
    bring("v2", *changed, named, *rows[5000:], ask=False)
    started = time.perf_counter(), time.process_time()
    assert again(office) == AskedAgain(asked=1000, held=1)
    print(f"{time.perf_counter() - started[0]:.2f} s wall, {time.process_time() - started[1]:.2f} s CPU")
    started = time.perf_counter(), time.process_time()
    assert again(office) == AskedAgain()
    print(f"nothing left: {time.perf_counter() - started[0]:.2f} s wall")
