"""Machine readable zones as passports have them: ICAO's own specimens, every check digit, and what people paste."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk import words
from kiosk.mrz import Format, Mrz, check_digit, compose, compose_td3, parse, undetected_substitutes
from kiosk.mrz.layout import ALPHABET, LAYOUTS
from kiosk.partial_date import PartialDate
from kiosk.refusals import Code, Refused
from kiosk.words import Language

TODAY = date(2026, 11, 24)
TD3 = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TD1 = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
MRV_A = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<")
MRV_B = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<")
SPECIMENS = [(Format.TD3, TD3), (Format.TD1, TD1), (Format.TD2, TD2), (Format.MRV_A, MRV_A), (Format.MRV_B, MRV_B)]


def read(*lines: str) -> Mrz:
    zone = parse("\n".join(lines), today=TODAY)
    assert isinstance(zone, Mrz), zone
    return zone


def refusals(text: str) -> list[tuple[Code, dict[str, object]]]:
    zone = parse(text, today=TODAY)
    assert isinstance(zone, Refused)
    return [(refusal.code, dict(refusal.details)) for refusal in zone.refusals]


def findings(zone: Mrz) -> list[tuple[Code, str | None]]:
    return [(finding.code, finding.field) for finding in zone.findings]


@pytest.mark.parametrize(("form", "lines"), SPECIMENS)
def test_the_specimens_of_icao_are_sound(form: Format, lines: tuple[str, ...]) -> None:
    zone = read(*lines)
    assert zone.format is form
    assert zone.findings == ()
    assert (zone.surname, zone.given_names, zone.full_name) == ("ERIKSSON", "ANNA MARIA", "ERIKSSON ANNA MARIA")
    assert zone.issuing_state == "UTO"


def test_the_fields_of_the_specimen_passport() -> None:
    zone = read(*TD3)
    assert (zone.document_code, zone.document_no, zone.nationality) == ("P", "L898902C3", "UTO")
    assert (zone.birth, zone.sex, zone.expiry) == (PartialDate(1974, 8, 12), "F", date(2012, 4, 15))
    assert zone.optional == "ZE184226B"


def test_the_visa_of_a_stateless_person() -> None:
    zone = read(*MRV_A)
    assert (zone.document_no, zone.nationality, zone.optional) == ("L8988901C", "XXX", "6ZE184226B")


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(TD3),
        "\r".join(TD3),
        "\r\n".join(TD3) + "\r\n",
        "".join(TD3),
        "\x02" + "\r".join(TD3) + "\r\x03",
        "\x02" + "\r\n".join(TD3) + "\x03",
        "\r".join(TD3) + "\r\r",
        "\n\n  " + "\n\n".join(TD3) + "\n \n",
        " ".join(TD3[0]) + "\n" + " ".join(TD3[1]),
        "\t".join(["", TD3[0], ""]) + "\n" + TD3[1],
        "\n".join(TD3).lower(),
        "\n".join(TD3).replace("<<", "«"),
        "\n".join(TD3).replace("<", "＜"),
        "\n".join(TD3).replace("1", "１"),
        "\n".join(TD3 + TD3),
        "\u2028".join(TD3),
    ],
)
def test_a_zone_is_read_however_it_was_pasted_or_sent(text: str) -> None:
    zone = parse(text, today=TODAY)
    assert isinstance(zone, Mrz)
    assert zone == read(*TD3)


@pytest.mark.parametrize(("_form", "lines"), SPECIMENS)
def test_a_zone_in_one_string_is_cut_into_its_lines(_form: Format, lines: tuple[str, ...]) -> None:
    assert parse("".join(lines), today=TODAY) == read(*lines)


@pytest.mark.parametrize(
    ("text", "code", "details"),
    [
        ("", Code.MRZ_EMPTY, {}),
        (" \r\n\t\x02\x03", Code.MRZ_EMPTY, {}),
        (TD3[0], Code.MRZ_LINE_MISSING, {"expected": 2, "got": 1}),
        (TD3[1], Code.MRZ_LINE_MISSING, {"expected": 2, "got": 1}),
        (TD1[0] + "\n" + TD1[1], Code.MRZ_LINE_MISSING, {"expected": 3, "got": 2}),
        ("\n".join([*TD1, TD1[0]]), Code.MRZ_TOO_MANY_LINES, {"expected": 3, "got": 4}),
        ("\n".join([TD3[0][:-1], TD3[1]]), Code.MRZ_WRONG_LENGTH, {"line": 1, "expected": 44, "got": 43}),
        ("\n".join([TD3[0], TD3[1] + "<"]), Code.MRZ_WRONG_LENGTH, {"line": 2, "expected": 44, "got": 45}),
        ("\n".join(TD2)[:-1], Code.MRZ_WRONG_LENGTH, {"line": 2, "expected": 36, "got": 35}),
        (
            "\n".join(TD3).replace("ERIK", "ÉRIK"),
            Code.MRZ_ILLEGAL_CHARACTER,
            {"line": 1, "position": 6, "character": "U+00C9"},
        ),
        (
            "\n".join(TD3).replace("ERIK", "ER\x1bK"),
            Code.MRZ_ILLEGAL_CHARACTER,
            {"line": 1, "position": 8, "character": "U+001B"},
        ),
        ("\n".join(TD3).replace("ERIK", "ER-K"), Code.MRZ_ILLEGAL_CHARACTER, {"line": 1, "position": 8}),
        ("\n".join(TD3).replace("ERIK", "E?IK"), Code.MRZ_UNREADABLE, {"line": 1, "position": 7}),
        ("hello", Code.MRZ_LINE_MISSING, {}),
        ("A" * 10_000, Code.MRZ_LINE_MISSING, {}),
        ("\n".join("A" * 10 for _ in range(1000)), Code.MRZ_TOO_MANY_LINES, {}),
        ("王" * 88, Code.MRZ_ILLEGAL_CHARACTER, {}),
        ("\u202e" + "\n".join(TD3), Code.MRZ_WRONG_LENGTH, {"line": 1, "got": 45}),
    ],
)
def test_what_is_no_zone_is_refused(text: str, code: Code, details: dict[str, object]) -> None:
    found = refusals(text)
    assert found[0][0] is code
    assert details.items() <= found[0][1].items()


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_is_more_than_a_refusal(text: str) -> None:
    assert isinstance(parse(text, today=TODAY), Refused | Mrz)


@settings(deadline=None)
@given(st.lists(st.text(alphabet=ALPHABET + "<", min_size=44, max_size=44), min_size=2, max_size=2))
def test_no_zone_of_the_right_size_is_more_than_findings(lines: list[str]) -> None:
    assert isinstance(parse("\n".join(lines), today=TODAY), Mrz)


def test_each_wrong_check_digit_is_named_with_what_it_should_be() -> None:
    for place, field in [(9, "document_no"), (19, "birth"), (27, "expiry"), (42, "optional")]:
        right = int(TD3[1][place])
        line = TD3[1][:place] + str((right + 1) % 10) + TD3[1][place + 1 :]
        zone = read(TD3[0], line)
        assert findings(zone) == [(Code.MRZ_CHECK_DIGIT, field), (Code.MRZ_CHECK_DIGIT, "composite")]
        assert zone.findings[0].details == {"expected": str(right), "read": str((right + 1) % 10)}
    assert findings(read(TD3[0], TD3[1][:-1] + "9")) == [(Code.MRZ_CHECK_DIGIT, "composite")]


@pytest.mark.parametrize(("form", "lines"), SPECIMENS)
def test_every_substitution_in_a_checked_field_is_found_or_known_to_be_undetectable(
    form: Format, lines: tuple[str, ...]
) -> None:
    layout = LAYOUTS[form]
    spans = [layout.fields[field] for field in layout.checks] + list(layout.checks.values()) + list(layout.composite)
    places = {(span.line, place) for span in spans for place in range(span.start, span.end)}
    tried = 0
    for number, place in sorted(places):
        old = lines[number][place]
        for new in set(ALPHABET + "<") - {old}:
            changed = list(lines)
            changed[number] = lines[number][:place] + new + lines[number][place + 1 :]
            assert findings(read(*changed)) or new in undetected_substitutes(old), (number, place, old, new)
            tried += 1
    assert tried == len(places) * 36 >= 24 * 36


def test_which_characters_a_check_digit_can_not_tell_apart() -> None:
    assert undetected_substitutes("0") == frozenset("AKU<")
    assert undetected_substitutes("B") == frozenset("1LV")
    assert check_digit("A") == check_digit("K") != check_digit("B")


def test_a_single_name_is_the_surname() -> None:
    zone = read("P<IDNSUHARTO".ljust(44, "<"), TD3[1])
    assert (zone.surname, zone.given_names, zone.full_name) == ("SUHARTO", "", "SUHARTO")
    assert read("P<IDN<<SUHARTO".ljust(44, "<"), TD3[1]).surname == "SUHARTO"


def test_an_unknown_day_or_month_of_birth_is_kept_unknown() -> None:
    for field, expected in [
        ("7408<<", PartialDate(1974, 8)),
        ("74<<<<", PartialDate(1974)),
        ("740800", PartialDate(1974, 8)),
        ("<<<<<<", None),
    ]:
        line = TD3[1][:13] + field + check_digit(field) + TD3[1][20:]
        composite = line[0:10] + line[13:20] + line[21:43]
        zone = read(TD3[0], line[:-1] + check_digit(composite))
        assert zone.birth == expected
        assert zone.findings == ()


@pytest.mark.parametrize("field", ["741312", "740230", "7408 2".replace(" ", "A"), "<<0812", "74<<12", "7408<1"])
def test_an_impossible_date_of_birth_is_a_finding(field: str) -> None:
    zone = read(TD3[0], TD3[1][:13] + field + check_digit(field) + TD3[1][20:])
    assert (Code.MRZ_DATE, "birth") in findings(zone)
    assert zone.birth is None


@pytest.mark.parametrize(
    ("born", "year"), [("261124", 2026), ("261125", 1926), ("000101", 2000), ("270101", 1927), ("2611<<", 2026)]
)
def test_a_birth_is_never_in_the_future(born: str, year: int) -> None:
    zone = read(TD3[0], TD3[1][:13] + born + check_digit(born) + TD3[1][20:])
    assert zone.birth is not None
    assert zone.birth.year == year


@pytest.mark.parametrize(("expiry", "year"), [("120415", 2012), ("361124", 2036), ("991231", 1999), ("750101", 2075)])
def test_an_expiry_is_in_the_nearest_century(expiry: str, year: int) -> None:
    zone = read(TD3[0], TD3[1][:21] + expiry + check_digit(expiry) + TD3[1][28:])
    assert zone.expiry is not None
    assert zone.expiry.year == year


@pytest.mark.parametrize(("char", "sex", "found"), [("M", "M", 0), ("<", "X", 0), ("X", "X", 0), ("K", "X", 1)])
def test_sex_is_m_f_or_x(char: str, sex: str, found: int) -> None:
    zone = read(TD3[0], TD3[1][:20] + char + TD3[1][21:])
    assert zone.sex == sex
    assert findings(zone).count((Code.MRZ_SEX, "sex")) == found


def test_an_unknown_state_and_a_digit_in_the_name_are_findings() -> None:
    zone = read("P<QQQERIKSS0N<<ANNA<MARIA".ljust(44, "<"), TD3[1])
    assert findings(zone) == [(Code.MRZ_NAME_CHARACTER, "name"), (Code.MRZ_STATE_UNKNOWN, "issuing_state")]
    assert (Code.MRZ_FIELD_EMPTY, "name") in findings(read("P<UTO".ljust(44, "<"), TD3[1]))
    assert (Code.MRZ_DOCUMENT_CODE, "document_code") in findings(read("X" + TD3[0][1:], TD3[1]))


def test_germany_writes_one_letter() -> None:
    zone = read("P<D<<MUELLER<<JUERGEN".ljust(44, "<"), TD3[1][:10] + "D<<" + TD3[1][13:])
    assert (zone.issuing_state, zone.nationality) == ("D", "D")
    assert zone.findings == ()


def test_a_long_number_of_a_card_goes_on_in_the_optional_data() -> None:
    for form, code in ((Format.TD1, "I"), (Format.TD2, "I")):
        lines = compose(
            form,
            document_code=code,
            issuing_state="BEL",
            surname="Vandersteen",
            given_names="Anna",
            document_no="000590448301",
            nationality="BEL",
            birth=date(1985, 10, 10),
            sex="F",
            expiry=date(2030, 5, 15),
        )
        zone = read(*lines)
        assert (zone.document_no, zone.optional, zone.findings) == ("000590448301", "", ())


NAMES = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ '-", min_size=1, max_size=60).filter(
    lambda name: any(char.isalpha() for char in name)
)
PARTIAL = st.one_of(
    st.dates(date(1927, 1, 1), TODAY).map(PartialDate.of),
    st.builds(PartialDate, st.integers(1927, 2025), st.integers(0, 12)),
)


@settings(deadline=None)
@given(
    form=st.sampled_from(Format),
    surname=NAMES,
    given_names=st.one_of(st.just(""), NAMES),
    number=st.text(alphabet=ALPHABET, min_size=1, max_size=9),
    state=st.sampled_from(["IDN", "NLD", "D", "GBO", "XXB"]),
    birth=PARTIAL,
    sex=st.sampled_from(["M", "F", "X"]),
    expiry=st.dates(date(2000, 1, 1), date(2049, 12, 31)),
    optional=st.text(alphabet=ALPHABET, max_size=7),
)
def test_what_was_composed_is_read_back(  # type: ignore[no-untyped-def]
    form, surname, given_names, number, state, birth, sex, expiry, optional
) -> None:
    code = {"T": "I", "M": "V"}[form[0]] if form is not Format.TD3 else "P"
    lines = compose(
        form,
        document_code=code,
        issuing_state=state,
        surname=surname,
        given_names=given_names,
        document_no=number,
        nationality=state,
        birth=birth,
        sex=sex,
        expiry=expiry,
        optional=optional,
    )
    zone = read(*lines)
    assert zone.findings == ()
    assert (zone.document_no, zone.nationality, zone.birth, zone.sex) == (number, state, birth, sex)
    assert (zone.expiry, zone.optional) == (expiry, optional)
    if not zone.name_truncated:
        plain = "".join(char for char in surname + given_names if char.isalpha())
        assert (zone.surname + zone.given_names).replace(" ", "") == plain


def test_the_specimen_can_be_composed() -> None:
    assert (
        compose_td3(
            issuing_state="UTO",
            surname="Eriksson",
            given_names="Anna Maria",
            document_no="L898902C3",
            nationality="UTO",
            birth=date(1974, 8, 12),
            sex="F",
            expiry=date(2012, 4, 15),
            optional="ZE184226B",
        )
        == TD3
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"document_no": "L898902C37"},
        {"document_no": "L89890-C3"},
        {"surname": ""},
        {"surname": "王小明"},
        {"surname": "R2D2"},
        {"issuing_state": "INDO"},
    ],
)
def test_a_value_without_a_place_in_the_zone_is_not_composed(wrong: dict[str, str]) -> None:
    values = {"issuing_state": "UTO", "surname": "E", "given_names": "A", "document_no": "L8", "nationality": "UTO"}
    with pytest.raises(ValueError, match=r"\w"):
        compose_td3(**(values | wrong), birth=None, sex="X", expiry=date(2030, 1, 1))


def test_every_finding_has_words_in_both_languages() -> None:
    zones = [("\n".join(TD3)).replace("ERIK", "E?IK"), TD3[0], "", "x\ny\nz\nw", "\n".join([TD3[0], TD3[1][:-1]])]
    spoiled = read("X<QQQ<1".ljust(44, "<"), "<" * 20 + "Q" + "A" * 23)
    found = [r for zone in zones for r in parse(zone, today=TODAY).refusals]  # type: ignore[union-attr]
    for language in Language:
        for refusal in (*found, *spoiled.findings):
            assert "{" not in words.say(language, refusal.key(), **refusal.details)
            assert words.say(language, refusal.next_key(), **refusal.details)
