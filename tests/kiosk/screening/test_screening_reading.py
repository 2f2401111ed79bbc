"""Lists as they arrive: both formats, and every way a row can be broken without stopping the rest."""

import json
from datetime import date

import pytest

from kiosk.screening.entries import BanKind, ListedName, NameKind, Sex, list_hash
from kiosk.screening.reading import ReadList, Reason, read_csv, read_json_lines, read_list

FULL = {
    "id": "x-1",
    "names": [{"name": "ABU X", "kind": "primary"}, {"name": "Abu Y", "kind": "weak_alias"}],
    "dob": ["1954", "1954-03-21"],
    "sex": "M",
    "countries": ["AF", "PAK", "D"],
    "passports": ["A 123", "B-9"],
    "kind": "tangkal",
    "agency": "KPK",
    "decision_no": "7/2026",
    "reason_class": "narcotics",
    "valid_from": "2026-01-01",
    "valid_until": "2026-07-01",
    "revoked_at": None,
    "source": "test",
}


def lines(*rows: object) -> list[bytes]:
    return [row if isinstance(row, bytes) else json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows]


def reasons(read: ReadList) -> list[tuple[int, Reason, bool]]:
    return [(problem.line, problem.reason, problem.lost) for problem in read.problems]


def test_every_field_of_json_lines_is_read() -> None:
    (entry,) = read_json_lines(lines(FULL)).entries
    assert entry.names == (ListedName("ABU X", NameKind.PRIMARY), ListedName("Abu Y", NameKind.WEAK_ALIAS))
    assert entry.births == (19540000, 19540321)
    assert (entry.sex, entry.kind) == (Sex.MALE, BanKind.TANGKAL)
    assert entry.countries == ("AFG", "PAK", "DEU")
    assert entry.passports == ("A 123", "B-9")
    assert (entry.agency, entry.decision_no, entry.reason_class) == ("KPK", "7/2026", "narcotics")
    assert (entry.valid_from, entry.valid_until, entry.revoked_at) == (date(2026, 1, 1), date(2026, 7, 1), None)


def test_csv_takes_the_same_fields_with_lists_joined() -> None:
    heading = ",".join(FULL) + "\n"
    row = (
        "x-1,primary:ABU X;weak_alias:Abu Y,1954;1954-03-21,M,AF;PAK;D,A 123;B-9,tangkal,KPK,7/2026,narcotics,"
        '"2026-01-01",2026-07-01,,test\n'
    )
    from_csv = read_csv([heading.encode(), row.encode()]).entries
    assert from_csv == read_json_lines(lines(FULL)).entries
    assert from_csv[0].hash == read_json_lines(lines(FULL)).entries[0].hash


def test_a_plain_name_is_the_primary_one_and_the_others_are_aliases() -> None:
    (entry,) = read_json_lines(lines({"id": "1", "names": ["A B", "C D; C E"]})).entries
    assert [(name.name, name.kind.value) for name in entry.names] == [
        ("A B", "primary"),
        ("C D", "alias"),
        ("C E", "alias"),
    ]


def test_an_age_becomes_a_year_that_is_about_right() -> None:
    (entry,) = read_json_lines(lines({"id": "1", "names": ["A"], "age": 45, "age_on": "2020-05-01"})).entries
    assert entry.births == (19759900,)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"{not json}\n", Reason.NOT_JSON),
        (b"[1, 2]\n", Reason.NOT_AN_ENTRY),
        (b'{"id": "1", "names": ["caf\xe9"]}\n', Reason.NOT_TEXT),
        ({"id": "1", "names": ["JosÃ© Ã\x81lvarez"]}, Reason.NOT_TEXT),
        ({"names": ["A"]}, Reason.NO_ID),
        ({"id": "1"}, Reason.NO_NAME),
        ({"id": "1", "names": ["..."]}, Reason.NO_NAME),
        ({"id": "1", "names": ["A\u0007B"]}, Reason.CONTROL_CHARACTERS),
        ({"id": "1", "names": ["A\u202eB"]}, Reason.CONTROL_CHARACTERS),
        ({"id": "1", "names": ["=HYPERLINK(1)"]}, Reason.FORMULA),
        ({"id": "1", "names": ["A"], "agency": "@SUM(A1)"}, Reason.FORMULA),
        ({"id": "1", "names": ["A" * 600]}, Reason.TOO_LONG),
        ({"id": "1", "names": [5]}, Reason.BAD_VALUE),
        ({"id": "1", "names": ["A"], "sex": "Q"}, Reason.BAD_VALUE),
        ({"id": "1", "names": ["A"], "kind": "other"}, Reason.BAD_VALUE),
        ({"id": "1", "names": ["A"], "valid_until": "soon"}, Reason.BAD_DATE),
        ({"id": "1", "names": ["A"], "passports": [{}]}, Reason.BAD_VALUE),
    ],
)
def test_a_broken_row_is_reported_and_the_rest_is_read(row: object, reason: Reason) -> None:
    read = read_json_lines(lines({"id": "a", "names": ["A"]}, row, {"id": "b", "names": ["B"]}))
    assert [entry.id for entry in read.entries] == ["a", "b"]
    assert reasons(read) == [(2, reason, True)]
    assert (read.rows, read.lost, read.truncated) == (3, 1, False)


def test_a_second_row_with_an_id_is_reported() -> None:
    read = read_json_lines(lines({"id": "1", "names": ["A"]}, {"id": "1", "names": ["B"]}))
    assert [entry.names[0].name for entry in read.entries] == ["A"]
    assert reasons(read) == [(2, Reason.DUPLICATE_ID, True)]


def test_a_person_is_not_lost_for_a_date_or_a_country() -> None:
    read = read_json_lines(lines({"id": "1", "names": ["A"], "dob": ["1958-02-30"], "countries": ["Atlantis", "ID"]}))
    assert (read.entries[0].births, read.entries[0].countries) == ((19580000,), ("IDN",))
    assert reasons(read) == [(1, Reason.BAD_BIRTH, False), (1, Reason.UNKNOWN_COUNTRY, False)]


def test_a_file_that_breaks_off_is_told() -> None:
    read = read_json_lines([b'{"id": "1", "names": ["A"]}\n', b'{"id": "2", "na'])
    assert read.truncated
    assert [entry.id for entry in read.entries] == ["1"]


def test_csv_rows_with_too_few_columns_are_reported() -> None:
    read = read_csv([b"id,names,dob\n", b"1,A,1958\n", b"2,B\n", b'3,"C\n', b"4,D,\n"])
    assert [entry.id for entry in read.entries] == ["1", "4"]
    assert reasons(read) == [(3, Reason.COLUMNS, True), (4, Reason.COLUMNS, True)]


def test_an_empty_file_holds_nothing() -> None:
    read = read_list([], name="list.jsonl")
    assert (read.entries, read.rows) == ((), 0)


def test_the_public_lists_are_read_whole(sanctions: tuple[object, ...]) -> None:
    assert len(sanctions) == 5353


def test_the_hash_of_a_list_is_of_its_content_not_its_order() -> None:
    first, second = read_json_lines(lines(FULL, {"id": "b", "names": ["B"]})).entries
    changed = read_json_lines(lines({"id": "b", "names": ["B"], "sex": "F"})).entries[0]
    assert list_hash([(first.id, first.hash), (second.id, second.hash)]) == list_hash(
        [(second.id, second.hash), (first.id, first.hash)]
    )
    assert second.hash != changed.hash
    assert len(second.hash) == 32
