"""Which list that arrives is not believed: the one place for these rules."""

import base64
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.screening.acceptance import (
    Accepted,
    Objection,
    doubtful_rows,
    objections_to_file,
    objections_to_list,
    signature_objection,
)
from kiosk.screening.index import ListVersion
from kiosk.screening.reading import ReadList, read_json_lines

CURRENT = ListVersion("5", date(2026, 2, 1), "test", "0" * 64, 10)
GOOD = [b'{"id": "%d", "names": ["A B"]}\n' % number for number in range(10)]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
OTHER = base64.b64encode(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()).decode()

WEAK = base64.b64encode(b"\x01" + bytes(31)).decode()
"""A key of small order, under which one signature suits every file."""


def to_file(rows: list[bytes], *, share: float = 0.2, lost: bool = False) -> tuple[Objection, ...]:
    return objections_to_file(read_json_lines(rows), largest_lost_share=share, accepted=Accepted(lost=lost))


def test_broken_rows_do_not_stop_the_rest_up_to_the_share() -> None:
    assert to_file([*GOOD, b"{}\n", b"not json\n"]) == ()
    assert to_file([*GOOD, b"{}\n", b"not json\n", b"{}\n"]) == (Objection.ROWS_LOST,)
    assert to_file([*GOOD, b"{}\n"], share=0.05) == (Objection.ROWS_LOST,)
    assert to_file([*GOOD, b"{}\n", b"not json\n", b"{}\n"], lost=True) == ()


@pytest.mark.parametrize(
    "row",
    [
        b'{"id": "3", "names": ["TWICE"]}\n',
        b'{"id": "x", "names": ["caf\xe9"]}\n',
        '{"id": "x", "names": ["JosÃ© Ã\x81lvarez"]}\n'.encode(),
        b'{"id": "x", "names": ["A\\u001bB"]}\n',
        b'{"id": "x", "names": ["=HYPERLINK(1)"]}\n',
    ],
    ids=["an id twice", "two encodings", "encoded twice", "control characters", "a formula"],
)
def test_one_doubtful_row_refuses_the_file_until_somebody_has_looked(row: bytes) -> None:
    assert to_file([*GOOD, row]) == (Objection.DOUBTFUL_ROWS,)
    assert doubtful_rows(read_json_lines([*GOOD, row])) == (1, 11)
    assert to_file([*GOOD, row], lost=True) == ()


@pytest.mark.parametrize(
    ("rows", "objection"),
    [([], Objection.EMPTY), ([b"{}\n"], Objection.EMPTY), ([*GOOD, b'{"id": "11", "na'], Objection.TRUNCATED)],
)
def test_an_empty_or_cut_file_is_never_accepted(rows: list[bytes], objection: Objection) -> None:
    assert to_file(rows, lost=True)[0] is objection


@pytest.mark.parametrize(
    ("new", "removed", "options", "objections"),
    [
        (10, 2, {}, ()),
        (10, 3, {}, (Objection.ENTRIES_LOST,)),
        (13, 0, {}, (Objection.GREW,)),
        (12, 0, {}, ()),
        (13, 3, {"accepted": Accepted(size=True)}, ()),
        (10, 3, {"largest_lost_share": 0.3}, ()),
        (10, 0, {"listed_on": date(2026, 1, 31)}, (Objection.OLDER,)),
        (1, 10, {"current": None}, ()),
    ],
)
def test_a_list_far_from_the_active_one_is_not_taken_over(
    new: int, removed: int, options: dict[str, object], objections: tuple[Objection, ...]
) -> None:
    read = read_json_lines([b'{"id": "%d", "names": ["A B"]}\n' % number for number in range(new)])
    given: dict[str, object] = {
        "listed_on": date(2026, 3, 1),
        "current": CURRENT,
        "removed": removed,
        "largest_lost_share": 0.2,
        "accepted": Accepted(),
    }
    assert objections_to_list(read, **(given | options)) == objections  # type: ignore[arg-type]


def test_a_replaced_list_of_the_same_length_is_noticed() -> None:
    read = ReadList(read_json_lines(GOOD).entries, (), 10, truncated=False)
    found = objections_to_list(
        read, listed_on=date(2026, 3, 1), current=CURRENT, removed=10, largest_lost_share=0.2, accepted=Accepted()
    )
    assert found == (Objection.ENTRIES_LOST,)


CONTENT = b"".join(GOOD)


@pytest.mark.parametrize(
    ("content", "signature", "keys", "required", "objection"),
    [
        (CONTENT, KEY.sign(CONTENT), (PUBLIC,), True, None),
        (CONTENT, base64.b64encode(KEY.sign(CONTENT)) + b"\n", (OTHER, PUBLIC), True, None),
        (CONTENT, None, (PUBLIC,), True, Objection.UNSIGNED),
        (CONTENT, None, (PUBLIC,), False, None),
        (CONTENT, None, (), False, None),
        (CONTENT + b"\n", KEY.sign(CONTENT), (PUBLIC,), False, Objection.BADLY_SIGNED),
        (CONTENT, KEY.sign(CONTENT), (OTHER,), True, Objection.BADLY_SIGNED),
        (CONTENT, KEY.sign(CONTENT), (), False, Objection.BADLY_SIGNED),
        (CONTENT, KEY.sign(CONTENT), ("not a key", "AAAA"), True, Objection.BADLY_SIGNED),
        (CONTENT, KEY.sign(CONTENT)[:63], (PUBLIC,), True, Objection.BADLY_SIGNED),
        (CONTENT, b"", (PUBLIC,), True, Objection.BADLY_SIGNED),
        (CONTENT, b"\xff" * 1024, (PUBLIC,), True, Objection.BADLY_SIGNED),
        (CONTENT, b"\x01" + bytes(63), (WEAK,), True, Objection.BADLY_SIGNED),
    ],
)
def test_a_signature_is_right_or_the_file_is_refused(
    content: bytes, signature: bytes | None, keys: tuple[str, ...], required: bool, objection: Objection | None
) -> None:
    assert signature_objection(content, signature, keys, required=required) is objection
