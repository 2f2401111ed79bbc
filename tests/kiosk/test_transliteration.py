"""Names of other scripts as A to Z, and what a printer can show of them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.transliteration import (
    ARABIC,
    CYRILLIC,
    GREEK,
    LATIN,
    has_unknown_letters,
    mrz_letters,
    printable,
    printable_name,
    search_words,
)


@pytest.mark.parametrize(
    ("name", "mrz"),
    [
        ("Müller-Lüdenscheidt", "MUELLER LUEDENSCHEIDT"),
        ("O'Connor", "OCONNOR"),
        ("O’Connor", "OCONNOR"),
        ("Thérèse Cañon", "THERESE CANON"),
        ("Łukasz Żółć", "LUKASZ ZOLC"),
        ("Nguyễn Thị Đào", "NGUYEN THI DAO"),
        ("Weiß", "WEISS"),
        ("Þór Æsir Øst Ångström", "THOR AESIR OEST AANGSTROEM"),
        ("İbrahim Işık", "IBRAHIM ISIK"),
        ("Щукин Юрий", "SHCHUKIN IURII"),
        ("Подъячев", "PODIEIACHEV"),
        ("Гоголь", "GOGOL"),
        ("محمود", "MXHMWD"),
        ("فاطمة", "FAXTTMXAH"),
        ("محمّد", "MXHMMD"),
        ("Παπαδόπουλος", "PAPADOPOULOS"),
        ("", ""),
    ],
)
def test_names_as_a_machine_readable_zone_writes_them(name: str, mrz: str) -> None:
    assert mrz_letters(name) == mrz


@pytest.mark.parametrize(
    ("name", "state", "mrz"),
    [
        ("Григорій", "UKR", "HRYHORII"),
        ("Єва Їжак", "UKR", "YEVA YIZHAK"),
        ("Щерев", "BGR", "SHTEREV"),
        ("Жарко Чолић", "SRB", "ZARKO COLIC"),
        ("Ѓорѓи", "MKD", "GJORGJI"),
    ],
)
def test_states_that_render_cyrillic_their_own_way(name: str, state: str, mrz: str) -> None:
    assert mrz_letters(name, state=state) == mrz


def test_every_table_is_of_single_letters_to_capitals() -> None:
    for table in (LATIN, CYRILLIC, GREEK, ARABIC):
        assert all(len(letter) == 1 and unicodedata.is_normalized("NFC", letter) for letter in table)
        assert all(not letters or (letters.isascii() and letters.isupper()) for letters in table.values())
    assert not set(CYRILLIC) & set(LATIN) | set(GREEK) & set(CYRILLIC)


@pytest.mark.parametrize(
    ("text", "paper"),
    [
        ("José Müller", "José Müller"),
        ("Łukasz", "Lukasz"),
        ("Щукин ЩУКИН", "Shchukin SHCHUKIN"),
        ("\u201cPT Maju\u201d \u2013 \u2026", '"PT Maju" - ...'),
        ("王小明", "???"),
        ("Rp500.000", "Rp500.000"),
        ("A\x1b[2JB\x1d\x10C", "A[2JBC"),
        ("\u202eevil\u202c", "evil"),
        ("e\u0301", "é"),
    ],
)
def test_paper_shows_what_the_code_page_has_and_transliterates_the_rest(text: str, paper: str) -> None:
    assert printable(text) == paper


def test_a_name_in_another_script_is_printed_as_the_passport_spells_it() -> None:
    assert printable_name("王小明", "WANG<XIAOMING") == "WANG XIAOMING"
    assert printable_name("محمد", "MOHAMMED") == "MOHAMMED"
    assert printable_name("Łukasz Żak", "ZAK<<LUKASZ") == "Lukasz Zak"
    assert printable_name("Иванов") == "Ivanov"


def test_letters_without_a_table_are_known_to_be_unknown() -> None:
    assert has_unknown_letters("王")
    assert has_unknown_letters("สมชาย")
    assert not has_unknown_letters("Łukasz Щукин محمد 12-3")


def test_a_name_is_found_by_any_of_its_words_however_it_is_typed() -> None:
    assert search_words("Müller-Lüdenscheidt, José") == {"MUELLER", "LUEDENSCHEIDT", "JOSE"}
    assert search_words("wang 小明") == {"WANG", "小明"}
    assert search_words("\x1b[31m") == {"31M"}
    assert search_words("") == set()


@given(st.text(max_size=60), st.sampled_from(["", "UKR", "SRB", "XXX"]))
def test_whatever_comes_in_only_printable_characters_go_out(text: str, state: str) -> None:
    paper = printable(text, state=state)
    assert all(byte >= 0x20 and byte != 0x7F for byte in paper.encode("cp858"))
    assert set(mrz_letters(text, state=state)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ")
