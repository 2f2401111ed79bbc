"""Names taken apart: ICAO renderings, machine readable zones, titles, particles, parents' names, sounds, variants."""

import pytest

from kiosk.screening.names import read_name, split_name, variants_of, word
from kiosk.screening.passports import exact_number, misread_number
from kiosk.screening.sound import sound_form


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("ERIKSSON<<ANNA<MARIA<<<<<<<<", "ERIKSSON ANNA MARIA"),
        ("D'ARTAGNAN, Jean-Paul", "DARTAGNAN JEAN PAUL"),
        ("al-ʿUlayq", "AL ULAYQ"),
        ("Müller", "MUELLER"),
        ("ØSTENSVIG", "OESTENSVIG"),
        ("Straße Ðorđe", "STRASSE DORDE"),
        ("Хряков Юрий", "KHRIAKOV IURII"),
        ("Щукин", "SHCHUKIN"),
        ("İbrahim Işık", "IBRAHIM ISIK"),
        ("Nguyễn Văn", "NGUYEN VAN"),
        ("金铁三 Kim", "金铁三 KIM"),
        ("MUTHU A/L RAMASAMY", "MUTHU AL RAMASAMY"),
        ("Joko Widodo, S.H., M.Si.", "JOKO WIDODO"),
        ("M. Ali", "M ALI"),
        ("", ""),
    ],
)
def test_names_are_written_in_machine_letters(written: str, words: str) -> None:
    assert split_name(written) == words.split()


def test_titles_are_left_out_unless_nothing_else_is_there() -> None:
    assert [each.text for each in read_name("Dr. Haji Mullah OMAR").words] == ["OMAR"]
    assert [each.text for each in read_name("MULLAH").words] == ["MULLAH"]


def test_a_full_machine_name_may_be_cut_and_a_short_one_not() -> None:
    assert read_name("NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K").may_be_cut
    assert not read_name("ERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<").may_be_cut
    assert not read_name("Nilavadhanananda Chayapa Dejthamrong Kr").may_be_cut


@pytest.mark.parametrize(
    ("text", "patronymic", "particle"),
    [("GEORGIEVICH", True, False), ("IVANOVNA", True, False), ("MAMMADOGLU", True, False), ("BINTI", False, True),
     ("KURNIAWAN", False, False)],
)  # fmt: skip
def test_patronymics_and_particles_are_known(text: str, patronymic: bool, particle: bool) -> None:
    assert (word(text).patronymic, word(text).particle) == (patronymic, particle)


@pytest.mark.parametrize(
    "spellings",
    [
        "MUELLER MULLER MUXXLLER",
        "NUNEZ NUNXXEZ",
        "KHALID HALID",
        "SOEKARNO SUKARNO",
        "YEVGENIY EVGENY YEVGENII",
        "HUSSEIN HUSAYN HUSAIN",
        "KADYROW KADYROV",
        "PETROFF PETROV",
        "DJAMEL JAMEL",
        "SERGEI SERGEY",
        "YUSUF YUSUV",
        "MACDONALD MCDONALD",
        "ZHUKOV JUKOV",
        "PHILIP FILIP",
        "FATIMAH FATIMA",
        "SHCHUKIN SCHUKIN",
        "HSIAO XIAO",
    ],
)
def test_spellings_of_one_sound_have_one_form(spellings: str) -> None:
    assert len({sound_form(spelling) for spelling in spellings.split()}) == 1


def test_different_names_keep_different_sounds() -> None:
    words = ("AHMAD", "HAMID", "MAHMUD", "SUKARNO", "SUHARTO", "WANG", "ZHANG", "KUMAR", "OMAR")
    forms = [sound_form(text) for text in words]
    assert len(set(forms)) == len(forms)


def test_known_variants_are_found_both_ways() -> None:
    assert "ROBERT" in variants_of("BOB")
    assert "BOB" in variants_of("ROBERT")
    assert "MUHAMMAD" in variants_of("MOCH")
    assert variants_of("XQZW") == frozenset()


def test_passport_numbers_compare_without_what_a_reader_confuses() -> None:
    assert exact_number(" x-123 4567 ") == "X1234567"
    assert misread_number("XO123456I") == misread_number("X0I23456L")
    assert misread_number("B8012") is None
