"""Scanners that type: their codes never land in a field, and no officer's typing is ever swallowed."""

from typing import Any

import pytest

from kiosk.receipts.token import Verdict
from screens.case import CaseScreen
from screens.wedge import HOLD_S, Let, Scanned, Wedge, is_code, is_mrz
from tests.kiosk.receipts.test_token_mutants import GENUINE, KEY, judged
from tests.screens.driving import burst, settle, working
from tests.screens.fake_office import FakeOffice, item
from tests.screens.sample_step import SampleStep

CODE = "ITK1" + "AB2CD3EF4G" * 15 + "A"
MRZ = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"


def heard(text: str, *, gap: float = 0.001, mrz: bool = False) -> list[tuple[str, str]]:
    """What comes out of a wedge for `text` typed with `gap` seconds between keys: kind and text."""
    wedge: Wedge[str] = Wedge(mrz)
    outcomes: list[Any] = []
    now = 10.0
    for character in text:
        now += gap
        outcomes += wedge.settle(now)
        outcomes += wedge.feed(character, character if character.isprintable() or character == "\n" else None, now)
    outcomes += wedge.settle(now + 1)
    joined: list[tuple[str, str]] = []
    for outcome in outcomes:
        if isinstance(outcome, Scanned):
            joined.append(("scan", outcome.text))
        elif joined and joined[-1][0] == "typed":
            joined[-1] = ("typed", joined[-1][1] + "".join(outcome.keys))
        else:
            assert isinstance(outcome, Let)
            joined.append(("typed", "".join(outcome.keys)))
    return joined


def test_a_burst_is_a_scan() -> None:
    assert heard(CODE + "\n") == [("scan", CODE)]


def test_a_scan_without_a_suffix_ends_by_silence() -> None:
    assert heard(CODE) == [("scan", CODE)]


@pytest.mark.parametrize("at", [5, 60, 154])
def test_q5_a_line_that_halts_within_a_code_neither_cuts_it_nor_types_its_end(at: int) -> None:
    whole = "ITK1" + "A" * 151
    wedge: Wedge[str] = Wedge()
    out = [one for n, char in enumerate(whole) for one in wedge.feed(char, char, n * 0.001 + (0.3 if n >= at else 0.0))]
    assert out == []
    assert [one.text for one in wedge.feed("\n", "\n", 0.5) if isinstance(one, Scanned)] == [whole]


def test_two_scans_back_to_back_are_two() -> None:
    assert heard(CODE + "\n" + CODE + "\n") == [("scan", CODE), ("scan", CODE)]


@pytest.mark.parametrize("upper", [True, False])
def test_q5_a_german_layout_gives_a_scan_that_is_refused_cleanly(upper: bool) -> None:
    """A scanner set to US keys on a German terminal: Y and Z change places, nothing lands in a field."""
    swapped = GENUINE.translate(str.maketrans("YZ", "ZY"))
    assert swapped != GENUINE
    assert heard((swapped if upper else swapped.lower()) + "\n") == [("scan", swapped)]
    assert judged(swapped, {7: KEY}, None) in (Verdict.BAD_SIGNATURE, Verdict.MALFORMED)


FRENCH = str.maketrans("AQZWM0123456789", "QAWZ?à&é\"'(-è_ç")
"""What a French terminal types for US keys, capitals by Shift."""
AIM = "]Q3"


@pytest.mark.parametrize("caps_lock", [False, True])
@pytest.mark.parametrize("aim", ["", AIM])
@pytest.mark.parametrize("layout", ["us", "fr", "de"])
@pytest.mark.parametrize("suffix", ["", "\n"])
def test_q5_a_scanner_on_any_layout_is_understood_or_refused_and_types_nothing(
    layout: str, aim: str, caps_lock: bool, suffix: str
) -> None:
    sent = aim + GENUINE
    typed = {
        "us": sent,
        "fr": sent.replace("]", "$").translate(FRENCH),
        "de": sent.replace("]", "+").translate(str.maketrans("YZ", "ZY")),
    }[layout]
    ((kind, text),) = heard((typed.swapcase() if caps_lock else typed) + suffix)
    assert kind == "scan"
    understood = text == GENUINE
    assert understood or judged(text, {7: KEY}, None) in (Verdict.BAD_SIGNATURE, Verdict.MALFORMED)
    assert understood or (layout, aim) == ("de", "")


def test_q5_every_aim_identifier_of_a_qr_code_is_taken_off() -> None:
    assert {tuple(heard(f"]Q{digit}{CODE}\n")) for digit in range(10)} == {(("scan", CODE),)}
    assert is_code(AIM + CODE)


def test_caps_lock_does_not_matter() -> None:
    assert heard(CODE.lower() + "\n") == [("scan", CODE)]


@pytest.mark.parametrize(
    "text",
    [
        "INDONESIA",
        "ITK",
        "itu",
        "ITKA",
        "i",
        "ii",
        "IT1",
        "nIIITK",
        "IITALY\n",
        "P<",
        "A\x1bI",
        "+62",
        "$A",
        "]Q",
        "]Q3I",
        "+Q3ITK",
    ],
)
@pytest.mark.parametrize("gap", [0.0001, HOLD_S * 3])
def test_typing_comes_through_whole_and_in_order(text: str, gap: float) -> None:
    assert heard(text, gap=gap, mrz=True) == [("typed", text)]


def test_typed_slowly_even_a_code_is_typing() -> None:
    assert heard("ITK1ABC", gap=0.2) == [("typed", "ITK1ABC")]


def test_a_zone_of_two_lines_is_one_scan_where_it_is_wanted() -> None:
    assert heard(MRZ + "\n", mrz=True) == [("scan", MRZ)]
    assert heard(MRZ + "\n", mrz=False) == [("typed", MRZ + "\n")]


def test_a_name_typed_by_a_machine_is_no_zone() -> None:
    assert heard("PETERSON\nANNA\n", mrz=True) == [("typed", "PETERSON\nANNA\n")]


def test_a_scan_in_the_middle_of_typing_leaves_the_typing_alone() -> None:
    assert heard("AB" + CODE + "\nCD") == [("typed", "AB"), ("scan", CODE), ("typed", "CD")]


def test_shapes() -> None:
    assert is_code(CODE)
    assert not is_code("ITK1")
    assert not is_code("ITK1" + "1" * 151)
    assert is_mrz(MRZ)
    assert is_mrz(MRZ.splitlines()[1])
    assert not is_mrz("P<UTO")
    assert not is_mrz("")


@pytest.fixture
def office() -> FakeOffice:
    return FakeOffice(items=[item(1), item(2)])


async def test_a_code_anywhere_opens_its_case_and_leaves_the_field_alone(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = SampleStep(1)
        pilot.app.push_screen(screen)
        await settle(pilot)
        await pilot.press(*"abc")
        burst(pilot.app, CODE + "\n")
        await settle(pilot)
        assert isinstance(pilot.app.screen, CaseScreen)
        assert screen.form.snapshot()["surname"] == "ABC"
        assert screen.scans == [CODE]
        assert f"code {CODE}" in office.log


async def test_a_zone_goes_to_the_screen_that_wants_it(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = SampleStep(1)
        screen.__class__.WANTS_MRZ = True
        try:
            pilot.app.push_screen(screen)
            await settle(pilot)
            burst(pilot.app, MRZ + "\n")
            await pilot.pause(0.15)
            assert screen.scans == [MRZ]
            assert "surname" not in screen.form.snapshot()
        finally:
            screen.__class__.WANTS_MRZ = False


async def test_a_code_on_the_lock_screen_is_not_looked_up(office: FakeOffice) -> None:
    async with working(office) as pilot:
        pilot.app.lock()
        await settle(pilot)
        burst(pilot.app, CODE + "\n")
        await settle(pilot)
        assert not [line for line in office.log if line.startswith("code")]


async def test_a_code_in_a_dialog_confirms_nothing(office: FakeOffice) -> None:
    async with working(office) as pilot:
        screen = SampleStep(1)
        screen.ask = True
        pilot.app.push_screen(screen)
        await settle(pilot)
        screen.form.restore({"surname": "SMITH", "born": "1980", "sex": "M", "nationality": "AUS"})
        await pilot.press("f10")
        await settle(pilot)
        burst(pilot.app, CODE + "\n")
        await settle(pilot)
        assert not office.completions
        assert pilot.app.screen.is_modal
