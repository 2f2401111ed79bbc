"""The BCA link's bytes against published log frames, recomputed check bytes, and lines that garble."""

import random
import time
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.payment.bca import (
    RESPONSE_FIELDS,
    BcaProfile,
    Dialect,
    Request,
    decode_response,
    encode_request,
)
from hardware.payment.fields import WIB, FieldError, amount_field, mask_pan
from hardware.payment.frames import (
    Acknowledged,
    Broken,
    Fault,
    Frame,
    FrameReader,
    Refused,
    after_stx,
    encode,
    length_bytes,
)
from hardware.payment.simulated_bank import Answer, Wish
from hardware.payment.simulated_bca import BcaLayout
from hardware.payment.terminal import Purpose, Reason, SaleState

ZEROS = Dialect(version=1)
ZEROS_V2 = Dialect(version=2)
ZEROS_V3 = Dialect(version=3)
SPACES_V2 = Dialect(version=2, optional_as_zeros=False)

APPROVED_2023 = (
    b"\x0101" + b"000000001000" + b"0" * 12 + b"************3367   " + b"****" + b"00" + b"      000136" + b"135537"
    b"20230824" + b"135537" + b"000885000224162" + b"DVMMDD01" + b"N" + b" " * 24 + b"/ " + b" " * 16 + b"000018"
    b"000002" + b"00" + b"NNN" + b"0" * 12 + b" " + b" " * 3 + b" " * 8 + b"N" + b" " * 8
)  # fmt: skip
REFUSED_P2 = (
    b"\x0101" + b"0" * 24 + b" " * 19 + b"0000" + b"P2" + b" " * 12 + b" " * 6 + b" " * 14 + b" " * 23 + b"N"
    + b" " * 42 + b"000000" + b" " * 6 + b"00" + b"NNN" + b"0" * 12 + b" " * 12 + b"N" + b" " * 8
)  # fmt: skip
WAITING_PT = b"\x0101" + b"0" * 24 + b" " * 23 + b"PT" + b" " * 148


@pytest.mark.parametrize(
    ("request_", "dialect", "lrc"),
    [
        (Request("01", 10), ZEROS, 0x0D),
        (Request("01", 500_000), ZEROS, 0x09),
        (Request("01", 500_000), SPACES_V2, 0x1A),
        (Request("31", 500_000), ZEROS_V3, 0x08),
        (Request("32", 0, rrn="000000000136"), ZEROS_V3, 0x0A),
        (Request("17"), ZEROS_V2, 0x08),
        (Request("10"), ZEROS_V2, 0x0F),
    ],
)
def test_requests_have_the_published_check_bytes(request_: Request, dialect: Dialect, lrc: int) -> None:
    frame = encode(encode_request(request_, dialect), after_stx)
    assert len(frame) == 155
    assert frame[:3] == b"\x02\x01\x50"
    assert frame[-2:] == bytes((3, lrc))


def test_the_published_sale_request_is_reproduced_byte_for_byte() -> None:
    logged = (
        b"\x02\x01\x50\x0101" + b"000000001000" + b"0" * 12 + b" " * 23 + b"00" + b"0" * 12 + b"  N" + b"00000"
        + b" " * 78 + b"\x03\x0d"
    )  # fmt: skip
    assert encode(encode_request(Request("01", 10), ZEROS), after_stx) == logged


@pytest.mark.parametrize(("body", "lrc"), [(APPROVED_2023, 0x45), (WAITING_PT, 0x25), (REFUSED_P2, 0x2D)])
def test_published_answers_have_the_published_check_bytes_and_are_understood(body: bytes, lrc: int) -> None:
    assert len(body) == 200
    frame = b"\x02\x02\x00" + body + bytes((3, lrc))
    assert FrameReader(200, after_stx).feed(frame) == [Frame(body)]
    decode_response(body)


def test_the_published_approval_says_what_its_log_says() -> None:
    reply = decode_response(APPROVED_2023)
    assert (reply.kind, reply.amount, reply.response_code) == ("01", 10, "00")
    assert (reply.rrn, reply.approval_code, reply.invoice_no, reply.batch_no) == (
        "000136",
        "135537",
        "000018",
        "000002",
    )
    assert (reply.merchant_id, reply.terminal_id, reply.masked_pan) == (
        "000885000224162",
        "DVMMDD01",
        "************3367",
    )
    assert reply.device_time is not None
    assert reply.device_time.isoformat() == "2023-08-24T13:55:37+07:00"


def test_the_simulator_writes_the_computed_approval_frame() -> None:
    answer = Answer(
        kind=b"01", version=2, code="00", amount=500_000, rrn="      000136".strip(), approval="135537",
        invoice="000018", batch="000002", pan="", at=datetime(2026, 1, 15, 9, 30, 12, tzinfo=WIB),
    )  # fmt: skip
    reply = decode_response(BcaLayout().write(answer))
    assert (reply.amount, reply.rrn, reply.approval_code) == (500_000, "000136", "135537")


def test_simulator_and_codec_agree_on_every_request_though_they_share_no_code() -> None:
    layout = BcaLayout()
    body = BcaProfile(ZEROS).request(Purpose.VOID, amount=350_000, reference="ITK26A0001", invoice_no="18")
    ask = layout.read(body)
    assert (ask.wish, ask.amount, ask.reference, ask.invoice) == (Wish.VOID, 350_000, "ITK26A0001", "000018")
    counted = length_bytes(len(body)) + body + b"\x03"
    assert layout.check(counted) == after_stx(counted)[0]


def test_amounts_carry_two_zero_decimals() -> None:
    assert amount_field(500_000) == "000050000000"
    with pytest.raises(ValueError, match="rupiah"):
        amount_field(10_000_000_000)
    with pytest.raises(ValueError, match="rupiah"):
        amount_field(-1)


def test_no_card_number_survives_decoding() -> None:
    leaky = bytearray(APPROVED_2023)
    leaky[27:46] = b"5371760012343367   "
    leaky[46:50] = b"2712"
    leaky[108:134] = b"SANTOSO/BUDI".ljust(26)
    leaky[134:150] = b"4556123412341234"
    reply = decode_response(bytes(leaky))
    everything = repr(reply)
    for secret in ("537176", "2712", "SANTOSO", "4556", "12341234"):
        assert secret not in everything
    assert reply.masked_pan == "************3367"
    assert len(reply.raw_masked) == 200


@pytest.mark.parametrize(
    ("pan", "masked"),
    [
        ("5371760012343367   ", "************3367"),
        ("************3367   ", "************3367"),
        (" " * 19, ""),
        ("0" * 19, ""),
        ("1234", "****"),
        ("537176001234336D271", "****************" + "***"),
    ],
)
def test_card_numbers_are_masked_whatever_the_terminal_sends(pan: str, masked: str) -> None:
    assert mask_pan(pan) == masked


@pytest.mark.parametrize("name", ["kind", "amount", "response_code", "date", "invoice_no", "batch_no"])
def test_an_answer_with_an_impossible_field_is_no_answer(name: str) -> None:
    offset, _ = RESPONSE_FIELDS[name]
    spoiled = bytearray(APPROVED_2023)
    spoiled[offset] = ord("?")
    with pytest.raises(FieldError, match=name):
        decode_response(bytes(spoiled))


def test_an_answer_with_control_characters_is_no_answer() -> None:
    spoiled = bytearray(APPROVED_2023)
    spoiled[112] = 0x1B
    with pytest.raises(FieldError):
        decode_response(bytes(spoiled))


@pytest.mark.parametrize(
    ("purpose", "code", "state", "reason"),
    [
        (Purpose.SALE_CARD, "00", SaleState.APPROVED, None),
        (Purpose.SALE_CARD, "05", SaleState.DECLINED, None),
        (Purpose.SALE_CARD, "P3", SaleState.CANCELLED, None),
        (Purpose.SALE_CARD, "TO", SaleState.UNKNOWN, Reason.DEVICE_UNSURE),
        (Purpose.SALE_CARD, "PT", SaleState.UNKNOWN, Reason.DEVICE_UNSURE),
        (Purpose.SALE_QRIS, "P3", SaleState.CANCELLED, None),
        (Purpose.INQUIRE_QRIS, "00", SaleState.APPROVED, None),
        (Purpose.INQUIRE_QRIS, "PT", SaleState.PENDING, Reason.AWAITING_CUSTOMER),
        (Purpose.INQUIRE_QRIS, "P3", SaleState.PENDING, Reason.AWAITING_CUSTOMER),
        (Purpose.INQUIRE_QRIS, "S4", SaleState.DECLINED, Reason.EXPIRED),
    ],
)
def test_what_a_response_code_means(purpose: Purpose, code: str, state: SaleState, reason: Reason | None) -> None:
    reply = decode_response(APPROVED_2023.replace(b"****00", b"****" + code.encode()))
    assert BcaProfile().verdict(purpose, reply) == (state, reason)


def test_a_created_qris_code_is_not_paid() -> None:
    body = bytearray(APPROVED_2023)
    body[64:70] = b" " * 6
    reply = decode_response(bytes(body))
    assert BcaProfile().verdict(Purpose.SALE_QRIS, reply) == (SaleState.PENDING, Reason.AWAITING_CUSTOMER)
    certified = BcaProfile(Dialect(qris_answers_when_paid=True))
    assert certified.verdict(Purpose.SALE_QRIS, reply)[0] is SaleState.APPROVED


def frame_of(body: bytes) -> bytes:
    return encode(body, after_stx)


def test_a_version_byte_that_equals_etx_ends_nothing() -> None:
    body = b"\x03" + APPROVED_2023[1:]
    assert FrameReader(200, after_stx).feed(frame_of(body)) == [Frame(body)]


@pytest.mark.parametrize("size", [1, 2, 7, 64, 204, 205, 1000])
def test_frames_arrive_in_pieces_of_any_size(size: int) -> None:
    reader = FrameReader(200, after_stx)
    stream = b"\x06" + frame_of(APPROVED_2023) + b"\x15" + frame_of(REFUSED_P2)
    events = [event for at in range(0, len(stream), size) for event in reader.feed(stream[at : at + size])]
    assert events == [Acknowledged(), Frame(APPROVED_2023), Refused(), Frame(REFUSED_P2)]


def test_junk_before_a_frame_is_skipped_and_control_bytes_in_junk_do_not_count() -> None:
    reader = FrameReader(200, after_stx)
    assert reader.feed(b"\x55\x15\x06\x02\x02\x99" + frame_of(APPROVED_2023)) == [Frame(APPROVED_2023)]


def test_the_last_byte_of_a_garbled_frame_is_never_taken_for_a_nak() -> None:
    frame = bytearray(frame_of(APPROVED_2023))
    frame[0] = 0xFD
    frame[-1] = 0x15
    reader = FrameReader(200, after_stx)
    assert reader.feed(bytes(frame)) == []
    assert reader.silence() == [Broken(Fault.NOISE, 205)]
    assert reader.feed(b"\x15") == [Refused()]


@pytest.mark.parametrize(("at", "fault"), [(100, Fault.BAD_LRC), (204, Fault.BAD_LRC), (203, Fault.NO_ETX)])
def test_a_garbled_frame_is_reported_once_after_a_silence(at: int, fault: Fault) -> None:
    frame = bytearray(frame_of(APPROVED_2023))
    frame[at] ^= 0x40
    reader = FrameReader(200, after_stx)
    assert reader.feed(bytes(frame)) == []
    assert reader.silence() == [Broken(fault, 205)]
    assert reader.silence() == []


def test_half_a_frame_is_reported_after_a_silence() -> None:
    reader = FrameReader(200, after_stx)
    reader.feed(frame_of(APPROVED_2023)[:90])
    assert reader.silence() == [Broken(Fault.CUT, 90)]


def test_a_frame_right_behind_a_frame_with_a_lost_byte_is_found() -> None:
    broken = frame_of(APPROVED_2023)
    reader = FrameReader(200, after_stx)
    assert reader.feed(broken[:80] + broken[81:] + frame_of(REFUSED_P2)) == [Frame(REFUSED_P2)]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=8))
def test_random_bytes_raise_nothing_and_a_frame_is_found_after_them(pieces: list[bytes]) -> None:
    reader = FrameReader(200, after_stx)
    for piece in pieces:
        reader.feed(piece)
    reader.silence()
    assert reader.feed(frame_of(APPROVED_2023)) == [Frame(APPROVED_2023)]


@settings(max_examples=300, deadline=None)
@given(st.binary(min_size=200, max_size=200))
def test_random_bodies_are_decoded_or_refused(body: bytes) -> None:
    try:
        reply = decode_response(body)
    except ValueError:
        return
    assert len(reply.raw_masked) == 200


def test_no_single_bit_error_passes() -> None:
    original = frame_of(REFUSED_P2)
    reader = FrameReader(200, after_stx)
    for at in range(len(original)):
        for bit in range(8):
            mutant = bytearray(original)
            mutant[at] ^= 1 << bit
            assert not [e for e in [*reader.feed(bytes(mutant)), *reader.silence()] if isinstance(e, Frame)]


def test_double_bit_errors_that_escape_the_lrc_do_not_turn_a_refusal_into_an_approval() -> None:
    chance = random.Random(4)
    reader = FrameReader(200, after_stx)
    for _ in range(3000):
        mutant = bytearray(frame_of(REFUSED_P2))
        bit = 1 << chance.randrange(8)
        for at in chance.sample(range(len(mutant)), 2):
            mutant[at] ^= bit
        for event in [*reader.feed(bytes(mutant)), *reader.silence()]:
            if isinstance(event, Frame):
                try:
                    assert decode_response(event.body).response_code != "00"
                except FieldError:
                    continue


def fuzz_rate(seconds: float, seed: int) -> int:
    """Bytes of random and mutated input that one reader took in so many seconds."""
    chance = random.Random(seed)
    reader = FrameReader(200, after_stx)
    good = frame_of(APPROVED_2023)
    taken = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        piece = bytearray(good if chance.random() < 0.5 else chance.randbytes(chance.randint(1, 400)))
        piece[chance.randrange(len(piece))] = chance.randrange(256)
        for event in [*reader.feed(bytes(piece)), *(reader.silence() if chance.random() < 0.2 else [])]:
            if isinstance(event, Frame):
                try:
                    decode_response(event.body)
                except FieldError:
                    continue
        assert len(reader._buffer) <= 205
        taken += len(piece)
    return taken


def test_fuzzed_bytes_raise_nothing() -> None:
    assert fuzz_rate(0.5, seed=1) > 10_000


@pytest.mark.long
def test_ten_million_fuzzed_bytes_raise_nothing() -> None:
    taken = 0
    seed = 0
    while taken < 10_000_000:
        seed += 1
        taken += fuzz_rate(5, seed)
    print(f"V1 payment frames: {taken} fuzzed bytes, 0 exceptions")
