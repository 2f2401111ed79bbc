"""Step 3 and SOP Cekal: what the list says decides nothing by itself; two people of Wasdakim do."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from db.tables import Case, Custody, Part, Screening, WatchlistDecision
from kiosk import clock
from kiosk.cases.model import Act, Outcome, Status
from kiosk.desk import Desk
from kiosk.office import Office
from kiosk.people.model import Witness
from kiosk.refusals import Code, Refused
from kiosk.screening_import import Imported, import_list
from kiosk.screening_lists import changes, versions
from kiosk.steps import cekal, watchlist
from kiosk.steps.cekal import Decision, Ground
from tests.builders import case_at_watchlist, list_file

AMINA = {
    "id": "ID-1",
    "names": [{"name": "KUZNETSOVA MARINA", "kind": "primary"}, {"name": "MARINA K", "kind": "weak_alias"}],
    "dob": ["1988-03-14"],
    "sex": "F",
    "countries": ["RU"],
    "passports": ["530012345"],
    "kind": "tangkal",
    "agency": "Kepolisian",
    "decision_no": "R/1/2026",
    "reason_class": "penipuan",
}
OTHERS = [
    {
        "id": f"X-{n}",
        "names": [{"name": f"{first} {last}"}],
        "dob": [f"19{50 + n}-01-0{n % 9 + 1}"],
        "countries": ["PK"],
    }
    for n, (first, last) in enumerate(
        (first, last) for first in ("TARIQ", "BILAL", "USMAN", "FAROOQ") for last in ("MEHSUD", "AFRIDI", "KHATTAK")
    )
]


@pytest.fixture
def imported(office: Office, tmp_path: Path) -> Callable[..., Imported | Refused]:
    """Import a list given as rows; the next one is a day newer unless `age` says otherwise."""

    def run(*rows: dict[str, object], version: str = "v1", age: int = 0, **options: bool) -> Imported | Refused:
        path = list_file(tmp_path / f"{version}.jsonl", rows or OTHERS)
        return import_list(
            office.store,
            office.settings,
            path,
            version=version,
            listed_on=clock.office_day(clock.now()) - timedelta(days=age),
            source="uji",
            operator="penguji",
            now=clock.now(),
            **options,
        )

    return run


def second(desks: dict[str, Desk], login: str = "joko", pin: str = "173205", first: str = "wati") -> Witness:
    found = desks[first].witness(login, pin)
    assert isinstance(found, Witness)
    return found


def confirm_clean(desk: Desk, case_id: int, version: str = "v1", key: str = "k1") -> watchlist.Produced | Refused:
    desk.claim(case_id)
    answer: watchlist.Produced | Refused = desk.steps.watchlist.complete(case_id, watchlist.Given(version), key=key)
    return answer


def row(office: Office, case_id: int) -> Case:
    with office.store.reading():
        return Case.get_by_id(case_id)


def test_no_list_means_not_checked(office: Office, desks: dict[str, Desk]) -> None:
    case_id = case_at_watchlist(office, desks)
    prepared = desks["wati"].steps.watchlist.prepare(case_id)
    assert prepared.blocked.code is Code.WATCHLIST_MISSING
    refusal = confirm_clean(desks["wati"], case_id)
    assert isinstance(refusal, Refused)
    assert refusal.first.code is Code.WATCHLIST_MISSING


def test_a_stale_list_blocks_even_a_clean_answer(
    office: Office, desks: dict[str, Desk], imported: Callable[..., Imported]
) -> None:
    imported(age=8)
    case_id = case_at_watchlist(office, desks)
    refusal = confirm_clean(desks["wati"], case_id)
    assert isinstance(refusal, Refused)
    assert refusal.first.code is Code.WATCHLIST_STALE
    assert refusal.first.details["age"] == 8


def test_damaged_list_files_block(office: Office, desks: dict[str, Desk], imported: Callable[..., Imported]) -> None:
    digest = imported().hash
    (office.settings.path("watchlist") / digest / "index.bin").write_bytes(b"KIOSKLST")
    refusal = confirm_clean(desks["wati"], case_at_watchlist(office, desks))
    assert isinstance(refusal, Refused)
    assert refusal.first.code is Code.WATCHLIST_UNREADABLE


def test_wasdakim_confirms_a_clean_no_hit_with_one_key(
    office: Office, desks: dict[str, Desk], imported: Callable[..., Imported]
) -> None:
    digest = imported().hash
    case_id = case_at_watchlist(office, desks)
    produced = confirm_clean(desks["wati"], case_id)
    assert isinstance(produced, watchlist.Produced)
    assert (produced.verdict, produced.list_version, produced.cleared) == ("clear", "v1", ())
    with office.store.reading():
        kept = Screening.get_by_id(produced.screening_id)
        assert kept.list_hash.strip() == digest
        assert "MARINA" in kept.query
    assert row(office, case_id).step == "verification"


def test_lalintuskim_confirms_a_clean_no_hit_where_the_office_allows_it(
    office: Office, desks: dict[str, Desk], imported: Callable[..., Imported], examiner_at_the_counter: Desk
) -> None:
    imported()
    produced = confirm_clean(examiner_at_the_counter, case_at_watchlist(office, desks))
    assert isinstance(produced, watchlist.Produced)


def test_lalintuskim_confirms_nothing_where_the_office_does_not_allow_it(
    office: Office, desks: dict[str, Desk], imported: Callable[..., Imported], examiner_at_the_counter: Desk
) -> None:
    import msgspec

    policy = msgspec.structs.replace(office.settings.policy, clean_no_hit_by_lalintuskim=False)
    object.__setattr__(office.kit, "settings", msgspec.structs.replace(office.settings, policy=policy))
    imported()
    refusal = confirm_clean(examiner_at_the_counter, case_at_watchlist(office, desks))
    assert isinstance(refusal, Refused)
    assert refusal.first.code is Code.WATCHLIST_ONLY_WASDAKIM


def test_the_answer_of_an_older_list_is_not_confirmed(
    office: Office, desks: dict[str, Desk], imported: Callable[..., Imported]
) -> None:
    imported()
    case_id = case_at_watchlist(office, desks)
    imported(*OTHERS[:-1], version="v2")
    refusal = confirm_clean(desks["wati"], case_id, version="v1")
    assert isinstance(refusal, Refused)
    assert refusal.first.code is Code.WATCHLIST_CHANGED


def test_a_possible_hit_is_held_and_leaves_the_counter_without_a_name(
    office: Office, desks: dict[str, Desk], imported: Callable[..., Imported], examiner_at_the_counter: Desk
) -> None:
    imported(AMINA, *OTHERS)
    case_id = case_at_watchlist(office, desks)
    prepared = examiner_at_the_counter.steps.watchlist.prepare(case_id)
    assert prepared.verdict == "passport_match"
    assert not prepared.examiner
    assert "ID-1" not in repr(prepared)
    assert "Kepolisian" not in repr(prepared)
    refusal = confirm_clean(examiner_at_the_counter, case_id)
    assert isinstance(refusal, Refused)
    assert refusal.first.code is Code.WATCHLIST_POSSIBLE_HIT
    held = row(office, case_id)
    assert (held.step, held.status, held.outcome) == ("watchlist", Status.HELD_WATCHLIST, Outcome.IN_PROCESS)
    assert [line.case_id for line in cekal.waiting(desks["wati"])] == [case_id]
    assert case_id in [item.case_id for item in desks["wati"].work_list()]
    assert case_id not in [item.case_id for item in examiner_at_the_counter.work_list()]


@pytest.fixture
def held(office: Office, desks: dict[str, Desk], imported: Callable[..., Imported]) -> int:
    """A case held for examination."""
    imported(AMINA, *OTHERS)
    case_id = case_at_watchlist(office, desks)
    confirm_clean(desks["wati"], case_id)
    assert row(office, case_id).status == Status.HELD_WATCHLIST
    return case_id


DIFFERS = Decision("applicant", "ID-1", Ground.PHOTO_DIFFERS, "Foto pada daftar menunjukkan orang lain.")


def test_the_examiner_sees_the_record_beside_the_applicant(desks: dict[str, Desk], held: int, office: Office) -> None:
    seen = cekal.examine(desks["wati"], held)
    assert isinstance(seen, cekal.Examination)
    (candidate,) = seen.candidates
    assert candidate.record is not None
    assert (candidate.record.agency, candidate.record.decision_no) == ("Kepolisian", "R/1/2026")
    assert candidate.hit.candidate.explanation.reasons
    with office.store.reading():
        from db.tables import AuditEvent

        newest = json.loads(AuditEvent.select().order_by(AuditEvent.seq.desc()).get().body)
    assert newest["action"] == "read_watchlist"


@pytest.mark.parametrize("login", ["budi", "agus", "hendra", "made"])
def test_only_wasdakim_sees_who_is_on_the_list(desks: dict[str, Desk], held: int, login: str) -> None:
    refusal = cekal.examine(desks[login], held)
    assert isinstance(refusal, Refused)
    assert refusal.first.code is Code.WATCHLIST_ONLY_WASDAKIM


def test_two_people_clear_a_hit_and_the_case_goes_on(office: Office, desks: dict[str, Desk], held: int) -> None:
    moved = cekal.clear(desks["wati"], held, (DIFFERS,), witness=second(desks), key="c1")
    assert not isinstance(moved, Refused)
    assert (moved.step, moved.status) == ("watchlist", Status.ACTIVE)
    produced = confirm_clean(desks["wati"], held, key="k2")
    assert isinstance(produced, watchlist.Produced)
    assert (produced.verdict, produced.cleared) == ("cleared", ("ID-1",))
    with office.store.reading():
        decision = WatchlistDecision.get()
        assert decision.reason.startswith("photo_differs: ")
        assert decision.officer_id != decision.witness_id
    texts = [line.reason for line in desks["budi"].history(held)]
    assert not any("Foto" in text or "ID-1" in text for text in texts)


def test_those_who_cleared_never_approve(office: Office, desks: dict[str, Desk], held: int) -> None:
    cekal.clear(desks["wati"], held, (DIFFERS,), witness=second(desks), key="c1")
    with office.store.reading():
        parts = {(part.part, part.person_id) for part in Part.select().where(Part.case == held)}
    assert {("watchlist_clearing", desks[login].officer.person_id) for login in ("wati", "joko")} <= parts
    from db.connection import ConstraintBroken

    with pytest.raises(ConstraintBroken, match="separation_of_duty"), office.store.writing():
        Part.create(case=held, part="approval", person=desks["joko"].officer.person_id, at=clock.now())


@pytest.mark.parametrize(
    ("login", "decisions", "witness", "code"),
    [
        ("wati", (DIFFERS,), None, Code.SECOND_PERSON_NEEDED),
        ("wati", (DIFFERS,), ("agus", "141421"), Code.WATCHLIST_WRONG_SECOND),
        ("wati", (), ("joko", "173205"), Code.WATCHLIST_UNDECIDED),
        ("budi", (DIFFERS,), ("joko", "173205"), Code.WATCHLIST_ONLY_WASDAKIM),
        ("wati", (Decision("applicant", "ID-1", Ground.OTHER, "x"),), ("joko", "173205"), Code.REASON_NEEDED),
        (
            "wati",
            (DIFFERS, Decision("applicant", "X-1", Ground.OTHER, "Orang lain sama sekali.")),
            ("joko", "173205"),
            Code.WATCHLIST_NOTHING_TO_DECIDE,
        ),
    ],
)
def test_a_hit_is_not_cleared_without(
    office: Office,
    desks: dict[str, Desk],
    held: int,
    login: str,
    decisions: tuple[Decision, ...],
    witness: tuple[str, str] | None,
    code: Code,
) -> None:
    person = second(desks, *witness, first=login) if witness else None
    refusal = cekal.clear(desks[login], held, decisions, witness=person, key="c1")
    assert isinstance(refusal, Refused)
    assert refusal.first.code is code
    assert row(office, held).status == Status.HELD_WATCHLIST


def test_a_confirmed_hit_ends_the_case_and_keeps_the_passport_in_custody(
    office: Office, desks: dict[str, Desk], held: int
) -> None:
    moved = cekal.confirm(desks["wati"], held, DIFFERS, witness=second(desks), key="c1")
    assert not isinstance(moved, Refused)
    assert (moved.step, moved.outcome) == ("handover", Outcome.WATCHLIST_CONFIRMED)
    with office.store.reading():
        assert Custody.select().where(Custody.case == held).order_by(Custody.id.desc()).get().holder == "office"


def test_a_decision_made_twice_with_one_key_is_one_decision(office: Office, desks: dict[str, Desk], held: int) -> None:
    witness = second(desks)
    first = cekal.clear(desks["wati"], held, (DIFFERS,), witness=witness, key="c1")
    assert cekal.clear(desks["wati"], held, (DIFFERS,), witness=witness, key="c1") == first
    with office.store.reading():
        assert WatchlistDecision.select().count() == 1


@pytest.mark.parametrize("what", [Act.RELEASE, Act.REFUSE, Act.WITHDRAW, Act.TRANSFER])
def test_nobody_gets_a_held_case_out_another_way(office: Office, desks: dict[str, Desk], held: int, what: Act) -> None:
    for login in ("wati", "hendra", "sri"):
        refusal = desks[login].act(held, what, key=f"{what}-{login}", reason="Tidak perlu.")
        assert isinstance(refusal, Refused)
        assert refusal.first.code is Code.WATCHLIST_ONLY_WASDAKIM


def test_a_cleared_pair_is_remembered_until_the_entry_changes(
    office: Office, desks: dict[str, Desk], held: int, imported: Callable[..., Imported]
) -> None:
    cekal.clear(desks["wati"], held, (DIFFERS,), witness=second(desks), key="c1")
    assert desks["wati"].steps.watchlist.prepare(held).remembered == 1
    imported(AMINA | {"decision_no": "R/2/2026"}, *OTHERS, version="v2")
    prepared = desks["wati"].steps.watchlist.prepare(held)
    assert (prepared.remembered, prepared.verdict) == (0, "passport_match")


def test_an_expired_clearing_is_asked_again(office: Office, desks: dict[str, Desk], held: int) -> None:
    import time_machine

    cekal.clear(desks["wati"], held, (DIFFERS,), witness=second(desks), key="c1")
    with time_machine.travel(clock.now() + timedelta(days=cekal.REMEMBERED_DAYS + 1)):
        assert desks["wati"].steps.watchlist.prepare(held).bands == ("passport",)


def test_a_newer_list_hits_an_open_case_before_the_register_number(
    office: Office, desks: dict[str, Desk], imported: Callable[..., Imported]
) -> None:
    imported()
    case_id = case_at_watchlist(office, desks)
    confirm_clean(desks["wati"], case_id)
    with office.store.reading():
        case, look = desks["wati"].case(case_id), desks["wati"].look()
    assert case is not None
    with office.store.reading():
        assert watchlist.recheck(look, case) == ()
    imported(*OTHERS, AMINA, version="v2")
    with office.store.reading():
        assert [refusal.code for refusal in watchlist.recheck(look, case)] == [Code.WATCHLIST_POSSIBLE_HIT]


def test_the_guarantor_is_screened_too(
    office: Office, desks: dict[str, Desk], imported: Callable[..., Imported]
) -> None:
    guarantor = {"id": "S-1", "names": [{"name": "HARTONO WIBISANA"}], "dob": ["1970-08-17"], "kind": "cegah"}
    imported(guarantor, *OTHERS)
    case_id = case_at_watchlist(office, desks)
    assert isinstance(confirm_clean(desks["wati"], case_id), Refused)
    seen = cekal.examine(desks["wati"], case_id)
    assert isinstance(seen, cekal.Examination)
    assert [(found.hit.subject, found.hit.candidate.entry_id) for found in seen.candidates] == [("sponsor", "S-1")]


# the lists


def test_a_list_switches_at_once_and_keeps_the_one_before(office: Office, imported: Callable[..., Imported]) -> None:
    before, after = imported(), imported(AMINA, *OTHERS[1:], version="v2")
    today = clock.office_day(clock.now())
    assert [(listed.version, active) for listed, active in versions(office.store, today)] == [
        ("v2", True),
        ("v1", False),
    ]
    assert changes(office.settings, before.hash, after.hash).added == ("ID-1",)
    assert changes(office.settings, before.hash, after.hash).removed == ("X-0",)


def test_a_missing_file_is_said(office: Office, tmp_path: Path) -> None:
    refusal = import_list(
        office.store,
        office.settings,
        tmp_path / "nowhere.csv",
        version="v1",
        listed_on=date(2026, 1, 1),
        source="",
        operator="",
        now=clock.now(),
    )
    assert isinstance(refusal, Refused)
    assert refusal.first.code is Code.LIST_FILE_UNREADABLE


def test_records_are_sealed_and_files_are_the_offices_own(office: Office, imported: Callable[..., Imported]) -> None:
    digest = imported(AMINA, *OTHERS).hash
    folder = office.settings.path("watchlist") / digest
    assert all(path.stat().st_mode & 0o077 == 0 for path in (folder, *folder.iterdir()))
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    assert not any(secret in content for secret in (b"Kepolisian", b"KUZNETSOVA", b"MARINA"))


def test_a_case_that_is_not_held_has_nothing_to_examine(
    office: Office, desks: dict[str, Desk], imported: Callable[..., Imported]
) -> None:
    imported()
    case_id = case_at_watchlist(office, desks)
    seen = cekal.examine(desks["wati"], case_id)
    moved = cekal.clear(desks["wati"], case_id, (), witness=second(desks), key="c1")
    assert isinstance(seen, Refused)
    assert isinstance(moved, Refused)
    assert {seen.first.code, moved.first.code} == {Code.WATCHLIST_NOT_HELD}


def test_an_unknown_case_is_said(desks: dict[str, Desk]) -> None:
    for answer in (cekal.examine(desks["wati"], 99), cekal.refer(desks["wati"], 99, key="r1")):
        assert isinstance(answer, Refused)
        assert answer.first.code is Code.CASE_NOT_FOUND


def test_a_confirmed_hit_at_the_delivery_counter_ends_the_case_too(
    office: Office, desks: dict[str, Desk], held: int
) -> None:
    with office.store.writing():
        Case.update(step="handover", version=Case.version + 1).where(Case.id == held).execute()
    moved = cekal.confirm(desks["wati"], held, DIFFERS, witness=second(desks), key="c1")
    assert not isinstance(moved, Refused)
    assert (moved.step, moved.status, moved.outcome) == ("handover", Status.ACTIVE, Outcome.WATCHLIST_CONFIRMED)
