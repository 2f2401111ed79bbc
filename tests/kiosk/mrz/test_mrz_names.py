"""Names in the zone: cut where they are too long, and compared with the printed name."""

from datetime import date

import pytest

from kiosk.mrz import Format, Mrz, compare_names, compose_td3, parse
from kiosk.mrz.layout import LAYOUTS
from kiosk.mrz.names import write_name

WIDTHS = {Format.TD3: 39, Format.MRV_A: 39, Format.TD2: 31, Format.MRV_B: 31, Format.TD1: 30}


def zone(surname: str, given_names: str = "") -> Mrz:
    lines = compose_td3(
        issuing_state="UTO",
        surname=surname,
        given_names=given_names,
        document_no="L898902C3",
        nationality="UTO",
        birth=date(1974, 8, 12),
        sex="F",
        expiry=date(2030, 4, 15),
    )
    read = parse("\n".join(lines), today=date(2026, 11, 24))
    assert isinstance(read, Mrz)
    return read


def test_the_name_field_has_39_31_or_30_characters() -> None:
    for form, width in WIDTHS.items():
        span = LAYOUTS[form].fields["name"]
        assert span.end - span.start == width


@pytest.mark.parametrize(
    ("surname", "given_names", "width", "field"),
    [
        ("van der Muellen", "Jonkheer Willem", 39, "VAN<DER<MUELLEN<<JONKHEER<WILLEM<<<<<<<"),
        ("O'Connor", "Enya Siobhan", 39, "OCONNOR<<ENYA<SIOBHAN<<<<<<<<<<<<<<<<<<"),
        ("Martin", "Jean-Paul", 30, "MARTIN<<JEAN<PAUL<<<<<<<<<<<<<"),
        ("Müller-Lüdenscheidt", "Jürg", 39, "MUELLER<LUEDENSCHEIDT<<JUERG<<<<<<<<<<<"),
        ("Suharto", "", 30, "SUHARTO<<<<<<<<<<<<<<<<<<<<<<<"),
        ("Papavassiliou", "Ioannis Konstantinos Alexandros", 39, "PAPAVASSILIOU<<IOANNIS<KONSTANTINOS<ALE"),
        ("Nilavadhanananda", "Arnpol Petch", 31, "NILAVADHANANANDA<<ARNPOL<PETCH<"),
        ("Bennelong Wooloomooloo Warrandyte Warnambool", "Dingo", 31, "BENNELONG<WOOLOOMOOLOO<WARRA<<D"),
    ],
)
def test_a_name_is_written_into_its_field(surname: str, given_names: str, width: int, field: str) -> None:
    assert write_name(surname, given_names, width) == field


@pytest.mark.parametrize("width", [39, 31, 30])
def test_a_cut_name_ends_in_a_letter_and_keeps_both_parts(width: int) -> None:
    for length in range(1, 60):
        for word in ("AB", "ABCDEFGH"):
            surname = " ".join([word] * 10)[:length].strip()
            field = write_name(surname, "XYZ XYZ XYZ XYZ XYZ XYZ XYZ XYZ XYZ XYZ", width)
            assert len(field) == width
            assert field[-1] != "<"
            assert field.count("<<") == 1
            assert "<<<" not in field


@pytest.mark.parametrize(
    ("printed", "surname", "given_names"),
    [
        ("ANNA MARIA ERIKSSON", "ERIKSSON", "ANNA MARIA"),
        ("Eriksson, Anna Maria", "ERIKSSON", "ANNA MARIA"),
        ("Jürgen Müller", "MUELLER", "JUERGEN"),
        ("Jürgen Müller", "MULLER", "JURGEN"),
        ("Jürgen Müller", "MUXXLLER", "JUXXRGEN"),
        ("Muñoz Ñaña", "MUNXXOZ", "NXXANXXA"),
        ("Søren Ærø Ångström", "ANGSTROM", "SOREN AERO"),
        ("Siobhán O’Connor", "OCONNOR", "SIOBHAN"),
        ("Jean-Paul Martin", "MARTIN", "JEAN PAUL"),
        ("SUHARTO", "SUHARTO", ""),
        ("Дмитрий Щукин", "SHCHUKIN", "DMITRII"),
    ],
)
def test_a_printed_name_agrees_with_every_legal_rendering(printed: str, surname: str, given_names: str) -> None:
    assert compare_names(printed, zone(surname, given_names)).agree


def test_words_that_differ_are_said() -> None:
    compared = compare_names("ANNA MARIE ERIKSSON", zone("ERIKSSON", "ANNA MARIA"))
    assert not compared.agree
    assert (compared.only_printed, compared.only_in_zone) == (("MARIE",), ("MARIA",))
    assert not compare_names("ERIKSSON", zone("ERIKSSON", "ANNA")).agree
    assert not compare_names("ANNA ANNA ERIKSSON", zone("ERIKSSON", "ANNA")).agree
    assert not compare_names("", zone("ERIKSSON", "ANNA")).agree
    assert not compare_names("王小明", zone("WANG", "XIAOMING")).agree


def test_a_cut_name_agrees_as_far_as_it_goes() -> None:
    cut = zone("PAPAVASSILIOU", "IOANNIS KONSTANTINOS ALEXANDROS")
    compared = compare_names("Ioannis Konstantinos Alexandros Papavassiliou", cut)
    assert (compared.agree, compared.truncated) == (True, True)
    assert not compare_names("Ioannis Konstantinos Dimitrios Papavassiliou", cut).agree
    assert not compare_names("Ioannis Georgios Alexandros Papavassiliou", cut).agree
