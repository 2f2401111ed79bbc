"""The simulator's prints before an independent judge: NIST's NBIS and NFIQ 2.

Through nbis-py (`pip install nbis-py==0.1.3`)."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from hardware.fingerprint import image as image_module
from hardware.fingerprint.image import FingerImage, bozorth3_score, can_assess, iso_record, nfiq2_score
from hardware.fingerprint.ridges import ridge_image

needs_nbis = pytest.mark.skipif(not can_assess(), reason="nbis-py is not installed")


def press(finger: str, number: int = 1, quality: int = 90, size: tuple[int, int] = (256, 288)) -> FingerImage:
    grey = ridge_image(finger, *size, quality, number)
    return FingerImage(*size, 500, bytes(level // 16 * 17 for level in grey))


@needs_nbis
def test_two_presses_of_one_finger_match_and_different_fingers_do_not() -> None:
    fingers = [f"applicant/{number}" for number in range(1, 6)]
    assert all((bozorth3_score(press(finger, 1), press(finger, 2, 70)) or 0) >= 40 for finger in fingers)
    for one, other in itertools.combinations(fingers, 2):
        assert (bozorth3_score(press(one), press(other)) or 0) < 25


@needs_nbis
def test_quality_and_iso_records() -> None:
    assert 30 <= (nfiq2_score(press("applicant/1")) or 0) <= 100
    assert (iso_record(press("applicant/1")) or b"").startswith(b"FMR\0 20\0")


@needs_nbis
def test_a_blank_glass_has_no_quality() -> None:
    blank = FingerImage(256, 288, 500, bytes([238]) * 256 * 288)
    assert nfiq2_score(blank) is None
    assert bozorth3_score(blank, press("applicant/1")) is None


@needs_nbis
def test_an_enrolment_with_a_picture_has_nists_measure(device: Callable[..., Any]) -> None:
    reader = device("fingerprint", "simulated:reaction=0.02", poll_seconds=0.02)
    enrolment = reader.capture(1, with_image=True).result(15)
    assert 20 <= enrolment.nfiq2 <= 100
    assert enrolment.minutiae == iso_record(enrolment.image, 1)


def test_without_the_library_an_enrolment_simply_has_no_measure(
    device: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_module, "_extractor", lambda dpi: None)
    reader = device("fingerprint", "simulated:reaction=0.02", poll_seconds=0.02)
    enrolment = reader.capture(1, with_image=True).result(15)
    assert (enrolment.nfiq2, enrolment.minutiae) == (None, None)
    assert (enrolment.image.width, enrolment.image.height) == (256, 288)


def test_pictures_are_png_with_their_resolution() -> None:
    data = press("applicant/1").png()
    assert data.startswith(b"\x89PNG")
    assert b"pHYs" in data
