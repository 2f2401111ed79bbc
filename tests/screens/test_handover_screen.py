"""Step 12 through the keys: the scan comes first, the passport leaves once, every exception has a second person."""

import io
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from textual.pilot import Pilot

from db.tables import Case, Handover, Receipt
from kiosk.finger_check import FingerCheck
from kiosk.mrz import compose_td3
from kiosk.office import Office
from kiosk.receipts import short_code
from kiosk.steps import biometrics, handover
from kiosk.words import Language
from screens.steps.handover import HandoverScreen
from screens.themes import CONSOLE, MODERN
from screens.widgets.picture import Picture
from screens.work_list import WorkListScreen
from tests.builders import an_applicant, case_at_handover, claim_token, given_handover, pretend, skip
from tests.conftest import Desks
from tests.screens import counter
from tests.screens.counter import at_work, open_step, press
from tests.screens.driving import burst, settle
from tests.screens.snapshot import check, text


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office on a standing clock, without devices."""
    counter.stop_the_clock(monkeypatch)
    opened = counter.found(tmp_path / "office")
    yield opened
    opened.close()


@pytest.fixture
def case_id(office: Office) -> int:
    return case_at_handover(office, Desks(office))


async def at_handover(pilot: Pilot[Any], case_id: int) -> HandoverScreen:
    screen = await open_step(pilot, "handover", case_id)
    assert isinstance(screen, HandoverScreen)
    return screen


def words(pilot: Pilot[Any]) -> str:
    return " ".join(text(pilot.app).split())


def at(office: Office, case_id: int) -> str:
    with office.store.reading():
        return str(Case.get_by_id(case_id).step)


async def scan(pilot: Pilot[Any], code: str) -> None:
    """A code from a scanner in keyboard mode."""
    burst(pilot.app, code + "\n")
    await pilot.pause(0.15)
    await settle(pilot)


async def test_a_scanned_claim_and_passport_hand_the_passport_over(office: Office, case_id: int) -> None:
    async with at_work(office, "sri") as pilot:
        screen = await at_handover(pilot, case_id)
        assert "Pindai QR pada tanda bukti bayar" in words(pilot)
        assert "******345" in words(pilot)
        assert "530012345" not in words(pilot)
        await scan(pilot, claim_token(office, case_id))
        assert "sah dan belum dipakai" in words(pilot)
        assert "Sah: TBB-MRE-2026-00001" in words(pilot)
        data = an_applicant()
        zone = compose_td3(
            issuing_state="RUS",
            surname="KUZNETSOVA",
            given_names="MARINA",
            document_no="530012345",
            nationality="RUS",
            birth=data.holder.born,
            sex="F",
            expiry=data.passport.expires,
        )
        assert screen.on_scan("\n".join(zone))
        await settle(pilot)
        assert screen.form.values().text("passport_no") == "530012345"
        screen.form.restore({"face_agrees": "yes"})
        await press(pilot, "f10")
        assert "Serahkan paspor ini?" in words(pilot)
        assert at(office, case_id) == "handover"
        await press(pilot, "f10")
        assert "Minta pengambil menandatanganinya" in words(pilot)
        assert "MARINA KUZNETSOVA" in words(pilot)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, WorkListScreen)
    assert at(office, case_id) == "archiving"


async def test_no_to_the_question_hands_nothing_over(office: Office, case_id: int) -> None:
    async with at_work(office, "sri") as pilot:
        screen = await ready(pilot, office, case_id)
        await press(pilot, "f10")
        await press(pilot, "escape")
        assert screen.form.values().text("passport_no") == "530012345"
    assert at(office, case_id) == "handover"


async def ready(pilot: Pilot[Any], office: Office, case_id: int, **typed: Any) -> HandoverScreen:
    screen = await at_handover(pilot, case_id)
    await scan(pilot, claim_token(office, case_id))
    screen.form.restore({"passport_no": "530012345", "face_agrees": "yes", **typed})
    return screen


async def test_the_wrong_passport_in_the_hand_stays_here(office: Office, case_id: int) -> None:
    async with at_work(office, "sri") as pilot:
        await ready(pilot, office, case_id, passport_no="X9999999")
        await press(pilot, "f10")
        await press(pilot, "f10")
        assert "bukan untuk paspor ini" in words(pilot)
    assert at(office, case_id) == "handover"


async def test_a_receipt_of_another_case_is_said_at_the_scan(office: Office, case_id: int) -> None:
    passport = replace(an_applicant().passport, number="530099999")
    other = case_at_handover(office, Desks(office), passport=passport)
    async with at_work(office, "sri") as pilot:
        await at_handover(pilot, case_id)
        await scan(pilot, claim_token(office, other))
        assert "milik berkas lain" in words(pilot)
        assert pilot.app.screen.case_id == case_id


async def test_nothing_scanned_is_said_when_f10_is_pressed(office: Office, case_id: int) -> None:
    async with at_work(office, "sri") as pilot:
        screen = await at_handover(pilot, case_id)
        screen.form.restore({"passport_no": "530012345", "face_agrees": "yes"})
        await press(pilot, "f10")
        await press(pilot, "f10")
        assert "Tanda bukti belum dipindai" in words(pilot)


async def test_a_short_code_with_a_reason_is_signed_by_a_second_person(office: Office, case_id: int) -> None:
    with office.store.reading():
        row = Receipt.get((Receipt.case == case_id) & (Receipt.type == 2))
        code = short_code.make(bytes.fromhex(row.receipt_id))
    async with at_work(office, "sri") as pilot:
        screen = await at_handover(pilot, case_id)
        screen.form.restore({"claim": "short_code", "short_code": code.lower()})
        screen.changed("short_code")
        await settle(pilot)
        assert "Sah: TBB-MRE-2026-00001" in words(pilot)
        screen.form.restore({"passport_no": "530012345", "face_agrees": "yes", "reason": "QR robek"})
        await press(pilot, "f10")
        await press(pilot, "f10")
        assert at(office, case_id) == "handover"
        await press(pilot, *"wati", "enter", *"161803", "f10")
        assert "Minta pengambil menandatanganinya" in words(pilot)
    assert at(office, case_id) == "archiving"


async def test_who_comes_second_is_told_when_and_where_the_passport_went(office: Office, case_id: int) -> None:
    async with at_work(office, "sri") as pilot:
        await ready(pilot, office, case_id)
        desk = pilot.app.signed_in()
        given = given_handover(office, case_id)
        claim = desk.claim(case_id)
        done = desk.steps["handover"].complete(case_id, given, key=secrets.token_hex(8), claim=claim)
        assert done.handover_id
        await press(pilot, "f10")
        await press(pilot, "f10")
        assert "08:05 WIB" in words(pilot)
        assert "loket-1" in words(pilot)
        assert "[receipt_already_handed_over]" in words(pilot)
    with office.store.reading():
        assert Handover.select().count() == 1


async def test_a_scan_is_kept_in_the_draft(office: Office, case_id: int) -> None:
    async with at_work(office, "sri") as pilot:
        await ready(pilot, office, case_id)
        await press(pilot, "escape")
        await at_handover(pilot, case_id)
        assert "Sah: TBB-MRE-2026-00001" in words(pilot)


async def test_f8_offers_a_finger_only_where_one_can_be_compared(office: Office, case_id: int) -> None:
    async with at_work(office, "sri") as pilot:
        screen = await at_handover(pilot, case_id)
        assert "F8 Alat" in words(pilot), "no finger was enrolled"
        await press(pilot, "f8")
        assert "Alat terminal ini" in words(pilot)
        await press(pilot, "escape")
        screen.prepared = replace(screen.prepared, fingers=(2,), finger_wanted=True)
        screen.refreshed()
        await settle(pilot)
        assert "F8 Cocokkan jari" in words(pilot)
        screen.form.go_to("relation")
        await press(pilot, "right", "space")
        assert "F8 Alat" in words(pilot), "the sponsor's finger is in nobody's record"


async def test_a_finger_that_agrees_says_which_key_or_what_else_comes_next(office: Office, case_id: int) -> None:
    agrees = FingerCheck(2, True, 90, counter.AT)
    async with at_work(office, "sri") as pilot:
        screen = await at_handover(pilot, case_id)
        screen._compared(agrees)
        await settle(pilot)
        assert "Sidik jari cocok. Pindai QR pada tanda bukti bayar." in words(pilot)
        await scan(pilot, claim_token(office, case_id))
        screen._compared(agrees)
        await settle(pilot)
        assert "Isi Paspor di tangan, Wajah cocok, lalu F10" in words(pilot)
        screen.form.restore({"passport_no": "530012345", "face_agrees": "yes"})
        screen._compared(agrees)
        await settle(pilot)
        assert "Tekan F10 untuk menyerahkan paspor." in words(pilot)


async def test_the_reason_is_marked_as_required_where_no_code_is_scanned(office: Office, case_id: int) -> None:
    async with at_work(office, "sri") as pilot:
        screen = await at_handover(pilot, case_id)
        assert "Alasan pengecualian *" not in words(pilot)
        screen.form.restore({"claim": "lost", "passport_no": "530012345", "face_agrees": "yes"})
        await settle(pilot)
        assert "Alasan pengecualian *" in words(pilot)
        await press(pilot, "f10")
        assert pilot.app.focused.field.name == "reason"
        assert "Isian ini wajib" in words(pilot)
        screen.form.restore({"claim": "qr"})
        await settle(pilot)
        assert "Alasan pengecualian *" not in words(pilot)


async def test_a_confirmed_hit_is_taken_by_wasdakim_with_its_own_pin(office: Office, case_id: int) -> None:
    with office.store.writing():
        Case.update(outcome="watchlist_confirmed", version=Case.version + 1).where(Case.id == case_id).execute()
    async with at_work(office, "sri") as pilot:
        screen = await at_handover(pilot, case_id)
        assert "Wasdakim" in words(pilot)
        assert "cekal" not in words(pilot).lower()
        assert "F8 Alat" in words(pilot)
        screen.form.go_to("passport_no")
        await press(pilot, *"530012345", "enter", *"BA-7/2026", "f10")
        await press(pilot, "f10")
        await press(pilot, *"budi", "enter", *"314159", "f10")
        assert "[wasdakim_must_sign]" in words(pilot)
        await press(pilot, "f10")
        await press(pilot, "f10")
        await press(pilot, *"wati", "enter", *"161803", "f10")
        assert "Wati Rahayu" in words(pilot)
    assert at(office, case_id) == "archiving"


def with_picture(office: Office, case_id: int, content: bytes) -> None:
    """The portrait of step 8, in the vault and in the step's output."""
    with office.store.writing():
        stored = office.kit.vault.put(
            case_id=case_id,
            step="biometrics",
            kind="portrait",
            content=content,
            media_type="image/png",
            officer=1,
            now=counter.AT,
        )
        Case.update(step="biometrics", attempt=2, version=Case.version + 1).where(Case.id == case_id).execute()
    pretend(office, case_id, "biometrics", biometrics.Produced(int(stored.id), (), "", ""))
    skip(office, case_id, "registration", "endorsement", "stamp_scan")


def a_picture() -> bytes:
    picture = Image.new("RGB", (300, 400), (200, 30, 30))
    picture.paste((20, 20, 200), (0, 0, 300, 200))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(("theme", "blocks"), [(MODERN, True), (CONSOLE, False)])
async def test_the_portrait_stands_beside_the_form(office: Office, case_id: int, theme: str, blocks: bool) -> None:
    with_picture(office, case_id, a_picture())
    async with at_work(office, "sri", theme=theme) as pilot:
        await at_handover(pilot, case_id)
        assert pilot.app.screen.query_one(Picture).display
        assert ("\u2580" * 20 in text(pilot.app)) is blocks


async def test_what_is_no_picture_is_not_shown(office: Office, case_id: int) -> None:
    with_picture(office, case_id, b"no picture at all")
    async with at_work(office, "sri") as pilot:
        await at_handover(pilot, case_id)
        assert not pilot.app.screen.query_one(Picture).display


async def test_the_record_names_the_identity_in_the_language_of_the_office(office: Office, case_id: int) -> None:
    async with at_work(office, "sri", language=Language.ENGLISH) as pilot:
        screen = await at_handover(pilot, case_id)
        await scan(pilot, claim_token(office, case_id))
        screen.form.restore({"relation": "proxy", "identity_kind": "driving_licence", "identity_no": "1"})
        given = screen.build(screen.form.values())
    assert isinstance(given, handover.Given)
    assert given.identity_kind == "SIM"


@pytest.mark.parametrize("language", list(Language))
async def test_the_screen_as_it_looks(office: Office, case_id: int, language: Language) -> None:
    async with at_work(office, "sri", language=language) as pilot:
        screen = await at_handover(pilot, case_id)
        check(pilot.app, f"handover-{language}-office")
        await scan(pilot, claim_token(office, case_id))
        screen.form.restore({"relation": "proxy"})
        screen.form.go_to("collected_by")
        await settle(pilot)
        check(pilot.app, f"handover_proxy-{language}-office")
