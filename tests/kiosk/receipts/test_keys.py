"""Key files stay private, and what is published of them is enough to verify a receipt."""

import errno
import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.receipts.keys import (
    KeyExport,
    KeyExportError,
    KeyFileError,
    KeyFileProblem,
    create_pepper,
    create_private_key,
    export_json,
    load_pepper,
    load_private_key,
    public_bytes,
    read_export,
    verify_with_export,
)
from kiosk.receipts.token import Payload, PublicKey, ReceiptType, TokenRefusal, Verdict, sign
from kiosk.words import Language, say

ISSUED = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
NOW = ISSUED + timedelta(hours=1)


def problem_of(path: Path) -> KeyFileProblem:
    with pytest.raises(KeyFileError) as caught:
        load_private_key(path)
    assert caught.value.path == path
    return caught.value.problem


def test_a_private_key_is_written_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "loket-1.key"
    old_mask = os.umask(0)
    try:
        public = create_private_key(path)
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert public_bytes(load_private_key(path)) == public
    with pytest.raises(KeyFileError) as caught:
        create_private_key(path)
    assert caught.value.problem is KeyFileProblem.EXISTS
    assert public_bytes(load_private_key(path)) == public


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o700, 0o644, 0o777])
def test_a_key_that_others_could_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    create_private_key(path)
    path.chmod(mode)
    assert problem_of(path) is KeyFileProblem.OPEN_TO_OTHERS


def test_a_link_a_folder_and_a_pipe_are_refused_without_waiting(tmp_path: Path) -> None:
    create_private_key(tmp_path / "key")
    (tmp_path / "link").symlink_to(tmp_path / "key")
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert problem_of(tmp_path / "link") is KeyFileProblem.UNREADABLE
    assert problem_of(tmp_path / "pipe") is KeyFileProblem.NOT_A_FILE
    assert problem_of(tmp_path) is KeyFileProblem.NOT_A_FILE
    assert problem_of(tmp_path / "nothing") is KeyFileProblem.ABSENT


def test_a_new_key_never_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyFileError):
        create_private_key(tmp_path / "link")
    assert not (tmp_path / "elsewhere").exists()


def test_a_full_disk_leaves_no_half_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(KeyFileError, match="unreadable"):
        create_private_key(tmp_path / "key")
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []
    create_private_key(tmp_path / "key")


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("problem", list(KeyFileProblem))
def test_every_problem_has_words_and_a_next_act(problem: KeyFileProblem, language: Language) -> None:
    assert "/a/key" in say(language, f"receipts.key_file.{problem}", path="/a/key")
    assert say(language, f"receipts.key_file.{problem}.next")


def test_what_is_no_ed25519_key_is_refused_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "key"
    other = X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for content in (b"", b"secret words", other):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(KeyFileError) as caught:
            load_private_key(path)
        assert caught.value.problem is KeyFileProblem.NOT_A_KEY
        assert "secret" not in str(caught.value)
        assert caught.value.__cause__ is None


def test_the_pepper_is_kept_like_a_key(tmp_path: Path) -> None:
    path = tmp_path / "pepper"
    pepper = create_pepper(path)
    assert len(pepper) == 32
    assert load_pepper(path) == pepper
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o604)
    with pytest.raises(KeyFileError, match="open_to_others"):
        load_pepper(path)
    for content in (b"zz", b"00" * 31, b"\xff\xfe"):
        path.chmod(0o600)
        path.write_bytes(content)
        with pytest.raises(KeyFileError, match="not_a_key"):
            load_pepper(path)


@pytest.fixture
def issued(tmp_path: Path) -> tuple[str, str]:
    """(token, exported keys) of a terminal that has just made its key."""
    public = create_private_key(tmp_path / "key")
    key = PublicKey(
        key_id=3,
        public_key=public,
        purposes=frozenset({ReceiptType.PAYMENT, ReceiptType.APPLICATION}),
        not_before=datetime(2026, 1, 1, 7, tzinfo=UTC),
        not_after=datetime(2027, 1, 1, tzinfo=UTC),
    )
    payload = Payload(ReceiptType.PAYMENT, 3, 745, ISSUED, 0, b"abcdef", b"1234567", b"12345678")
    return sign(payload, load_private_key(tmp_path / "key")), export_json(745, [key])


def test_the_export_has_the_published_shape(issued: tuple[str, str]) -> None:
    document = json.loads(issued[1])
    assert document["office"] == 745
    row = document["keys"][0]
    assert list(row) == ["key_id", "public_key", "purposes", "not_before", "not_after", "revoked_at"]
    assert row["purposes"] == [1, 2]
    assert row["not_before"] == "2026-01-01T07:00:00Z"
    assert row["revoked_at"] is None
    assert len(bytes.fromhex(row["public_key"])) == 32


def test_an_export_read_back_is_the_same(issued: tuple[str, str]) -> None:
    export = read_export(issued[1])
    assert export_json(export.office, export.keys) == issued[1]
    assert isinstance(export, KeyExport)
    assert set(export.by_id()) == {3}


def test_a_receipt_is_verified_with_the_file_alone(issued: tuple[str, str]) -> None:
    text, document = issued
    answer = verify_with_export(text, document, expected_type=ReceiptType.PAYMENT, now=NOW)
    assert isinstance(answer, Payload)
    assert answer.receipt_id == b"abcdef"
    assert verify_with_export(text, document, office=1, now=NOW) == TokenRefusal(Verdict.WRONG_OFFICE, answer)
    assert verify_with_export(text[:-2], document, now=NOW) == TokenRefusal(Verdict.MALFORMED)


def spoiled(document: str, **changes: object) -> str:
    data = json.loads(document)
    data["keys"][0] |= changes
    return json.dumps(data)


@pytest.mark.parametrize(
    "changes",
    [
        {"key_id": "3"},
        {"key_id": 1 << 16},
        {"key_id": True},
        {"public_key": "00"},
        {"public_key": "zz" * 32},
        {"public_key": "01" + "00" * 31},
        {"purposes": 2},
        {"purposes": [9]},
        {"not_before": None},
        {"not_before": "yesterday"},
        {"not_before": "2026-01-01T00:00:00"},
        {"revoked_at": "2026-01-01T00:00:00"},
    ],
)
def test_one_wrong_row_spoils_the_file(issued: tuple[str, str], changes: dict[str, object]) -> None:
    with pytest.raises(KeyExportError):
        read_export(spoiled(issued[1], **changes))


@pytest.mark.parametrize(
    "document", ["", "[]", "{}", "null", '{"office": 1}', '{"office": "1", "keys": []}', "[" * 100_000]
)
def test_what_is_no_export_is_refused(document: str) -> None:
    with pytest.raises(KeyExportError):
        read_export(document)


def test_a_key_id_twice_is_refused(issued: tuple[str, str]) -> None:
    data = json.loads(issued[1])
    data["keys"] *= 2
    with pytest.raises(KeyExportError, match="twice"):
        read_export(json.dumps(data))
