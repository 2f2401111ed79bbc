"""Minutiae records: the bytes the standard names, whatever anyone sends, and NIST's matcher on both sides."""

import dataclasses
import struct

import pytest

from hardware.fingerprint.image import FingerImage, can_assess, iso_record, record_score
from hardware.fingerprint.minutiae import Minutia, MinutiaeRecord
from hardware.fingerprint.ridges import ridge_image

needs_nbis = pytest.mark.skipif(not can_assess(), reason="nbis-py is not installed")
RECORD = MinutiaeRecord(2, 55, 256, 288, 500, (Minutia(1, 20, 81, 40, 13), Minutia(2, 23, 211, 216, 0)))


def press(finger: str, number: int = 1, quality: int = 90) -> FingerImage:
    return FingerImage(256, 288, 500, ridge_image(finger, 256, 288, quality, number))


def test_every_byte_of_a_record_is_the_standards() -> None:
    head = b"FMR\0 20\0" + bytes.fromhex("0000002a 0000 0100 0120 00c5 00c5 01 00")
    view = bytes.fromhex("02 00 37 02")
    points = bytes.fromhex("4014 0051 28 0d  8017 00d3 d8 00")
    assert RECORD.encode() == head + view + points + bytes(2)
    assert MinutiaeRecord.decode(RECORD.encode()) == RECORD


def test_of_too_many_minutiae_the_best_are_kept() -> None:
    many = tuple(Minutia(1, x, x, 0, x % 100) for x in range(400))
    kept = MinutiaeRecord.decode(dataclasses.replace(RECORD, minutiae=many).encode()).minutiae
    assert len(kept) == 255
    assert min(point.quality for point in kept) >= 36


@pytest.mark.parametrize("spoilt", [b"", b"FMR\0 20\0", RECORD.encode()[:-3], b"FIR" + RECORD.encode()[3:]])
def test_what_is_no_record_is_refused(spoilt: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several causes
        MinutiaeRecord.decode(spoilt)
    assert record_score(spoilt, press("applicant/1")) is None


@needs_nbis
def test_a_record_matches_another_press_of_its_finger_and_no_other_finger() -> None:
    records = {finger: iso_record(press(finger), 1) or b"" for finger in ("applicant/1", "applicant/2", "applicant/3")}
    for finger, record in records.items():
        assert MinutiaeRecord.decode(record).dpi == 500
        for other in records:
            score = record_score(record, press(other, 2, 70)) or 0
            assert score >= 40 if other == finger else score < 25


@needs_nbis
def test_places_count_from_the_upper_left_corner() -> None:
    whole = press("applicant/1").grey
    half = FingerImage(256, 288, 500, whole[: 256 * 144] + bytes([245]) * 256 * 144)
    record = MinutiaeRecord.decode(iso_record(half) or b"")
    assert max(point.y for point in record.minutiae) < 160
    assert struct.unpack(">H", (iso_record(half) or b"")[18:20]) == (197,), "pixels per centimetre"
