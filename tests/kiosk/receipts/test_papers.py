"""Q6: what each paper says, on 58 and 80 mm, with the longest names, other scripts and hostile values.

The golden files show the papers as text. After a wanted change write them anew with
`WRITE_GOLDEN=1 pytest tests/kiosk/receipts/test_papers.py` and read the difference.
"""

import dataclasses
import os
import random
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hardware.printer.document import Align, Cut, Document, Qr, Rule, Text
from hardware.printer.escpos import qr_image, render
from hardware.printer.profiles import PROFILES
from kiosk.bilingual import Bilingual
from kiosk.receipts import short_code
from kiosk.receipts.contents import (
    PAPERS,
    ApplicationReceipt,
    Appointment,
    ArchiveCover,
    Book,
    BookRow,
    Charge,
    Clerk,
    CollectionRecord,
    Content,
    DayLeft,
    DayPaper,
    DayRow,
    DisposalList,
    FiledCase,
    HandoverList,
    Holder,
    Letterhead,
    Missing,
    MissingList,
    PaymentReceipt,
    ProposedFile,
    QueueSlip,
    Received,
    RefusalNotice,
    ShiftReport,
    StampGuide,
    StockLine,
    StockTakeReport,
    Subtotal,
    TreasurerReport,
    Unresolved,
    Voided,
)
from kiosk.receipts.layout import lay_out, stamp_text
from kiosk.receipts.page import LABEL_COLUMNS
from kiosk.receipts.token import Payload, ReceiptType, decode_text, sign
from kiosk.records import from_json, to_json
from kiosk.words import Language, catalogue

GOLDEN = Path(__file__).with_name("golden")
WIDTHS = (32, 42, 48)
AT = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
RECEIPT_ID = bytes.fromhex("0123456789ab")
PAYLOAD = Payload(ReceiptType.PAYMENT, 7, 745, AT, 0, RECEIPT_ID, b"1234567", b"12345678")
TOKEN = sign(PAYLOAD, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
CODE = short_code.make(RECEIPT_ID)
LETTERHEAD = Letterhead(
    lines=(
        "KEMENTERIAN IMIGRASI DAN PEMASYARAKATAN",
        "DIREKTORAT JENDERAL IMIGRASI",
        "KANTOR IMIGRASI KELAS II NON TPI MUARA ENIM",
    ),
    office="Kantor Imigrasi Kelas II Non TPI Muara Enim",
    address="Jalan Bakaran, Muara Enim, Sumatera Selatan",
    place="Muara Enim",
    hotline="(0734) 421 000",
    complaints="lapor.go.id",
    sop="W.6.IMI.IMI.2.GR.04.02-745",
)
SERVICE = Bilingual("Perpanjangan ITK visa kunjungan", "Extension of a visit stay permit")
HOLDER = Holder("Łukasz Jan MÜLLER", "MUELLER LUKASZ JAN", "POL", "M", "17-08-1985")
CLERK = Clerk("Siti Aminah", "198503122010011001", "loket-1")
PASSPORT = "XK9876543"

CONTENTS: Mapping[str, Content] = {
    "application": ApplicationReceipt(
        number="TT-MRE-2026-00001",
        application_no="ITK-MRE-2026-00001",
        issued_at=AT,
        service=SERVICE,
        applicant=HOLDER,
        passport_no=PASSPORT,
        passport_expires=date(2031, 5, 6),
        clerk=CLERK,
        token=TOKEN,
        short_code=CODE,
        permit_expires=date(2026, 12, 1),
        days_left=8,
        sponsor="PT Maju Mundur",
        documents=(
            Received(Bilingual("Paspor kebangsaan", "National passport")),
            Received(Bilingual("Surat permohonan", "Request letter"), "copy", 2),
        ),
        appointment=Appointment(
            Bilingual("Pembayaran dan biometrik", "Payment and biometrics"), AT + timedelta(days=1)
        ),
        expected_ready=date(2026, 11, 25),
        bring=(Bilingual("Tanda terima ini", "This receipt"),),
    ),
    "missing": MissingList(
        issued_at=AT,
        service=SERVICE,
        applicant=HOLDER,
        missing=(
            Missing(Bilingual("Surat penjaminan bermeterai", "Stamped guarantee letter"), "tanpa meterai"),
            Missing(Bilingual("Fotokopi KTP penjamin", "Copy of the sponsor's identity card")),
        ),
        clerk=CLERK,
        permit_expires=date(2026, 11, 20),
        days_left=-3,
        last_working_day=date(2026, 11, 19),
    ),
    "payment": PaymentReceipt(
        number="TBB-MRE-2026-00001",
        application_no="ITK-MRE-2026-00001",
        paid_at=AT,
        payer=HOLDER,
        passport_no=PASSPORT,
        service=SERVICE,
        charges=(
            Charge(Bilingual("ITK paling lama 60 hari", "Stay permit up to 60 days"), 1_000_000, "PP 45/2024"),
            Charge(Bilingual("Biaya beban 2 hari", "Overstay, 2 days"), 2_000_000, "PP 45/2024"),
        ),
        method="edc_card",
        treasurer=CLERK,
        token=TOKEN,
        short_code=CODE,
        days=60,
        billing_code="820261123465628",
        bank_ref="123456789012",
        approval_code="A1B2C3",
        card_last4="1234",
        expected_ready=date(2026, 11, 25),
        estimated_ready=date(2026, 11, 24),
        estimates_kept=18,
        estimates_measured=20,
    ),
    "collection": CollectionRecord(
        number="BP-MRE-2026-00001",
        application_no="ITK-MRE-2026-00001",
        handed_over_at=AT,
        holder=HOLDER,
        passport_no=PASSPORT,
        register_no="2A26MRE0001-X",
        collector="Budi Santoso",
        relation="proxy",
        clerk=CLERK,
        claim_no="TBB-MRE-2026-00001",
        permit_until=date(2027, 1, 30),
        identity_kind="KTP",
        identity_no="1603012345678901",
        power_of_attorney="SK-12/XI/2026",
    ),
    "stamp": StampGuide(
        application_no="ITK-MRE-2026-00001",
        holder=HOLDER,
        passport_no=PASSPORT,
        register_no="2A26MRE0001-X",
        valid_until=date(2027, 1, 30),
        stamped_on=date(2026, 11, 24),
        signatory_title="Kepala Kantor",
        signatory_name="Agus Wijaya",
        clerk=CLERK,
        signatory_staff_no="197001011995031001",
        valid_from=date(2026, 12, 1),
        extension_no=1,
    ),
    "shift": ShiftReport(
        number="SH-2026-00012",
        treasurer=CLERK,
        opened_at=AT,
        closed_at=AT + timedelta(hours=8),
        by_method=(
            Subtotal(Bilingual("Kartu (EDC)", "Card (EDC)"), 3, 2_500_000),
            Subtotal(Bilingual("Bukti penerimaan negara", "State receipt"), 2, 2_000_000),
        ),
        by_tariff=(Subtotal(Bilingual("ITK paling lama 60 hari", "Up to 60 days"), 5, 4_500_000),),
        voided=(Voided("TBB-MRE-2026-00003", 500_000, "salah tarif"),),
        unresolved=(Unresolved("PAY-000017", 500_000),),
        own_edc_total=2_500_000,
        edc_total=3_000_000,
    ),
    "books": TreasurerReport(
        book=Book.BKU,
        month="2026-11",
        made_at=AT,
        treasurer=CLERK,
        rows=(
            BookRow("Saldo awal", "Rp0", bold=True),
            BookRow("24-11 10:05 7K3MRE000001", "Rp500.000", "Penerimaan · Kartu (EDC) · ITK · Saldo Rp500.000"),
            BookRow("24-11 15:40 17", "-Rp500.000", "Setoran · billing 820261124900001 NTB 000012345678 · Saldo Rp0"),
            BookRow("Saldo akhir", "Rp0", bold=True),
        ),
    ),
    "files": HandoverList(
        number="STB-2026-00004",
        handed_over_at=AT,
        rows=(
            FiledCase("ITK-MRE-2026-00001", "2A26MRE0001-X", 24, "L3-R1-B1"),
            FiledCase("ITK-MRE-2026-00002", "2A26MRE0002-X", 1, "L3-R1-B2"),
        ),
        giver=CLERK,
        receiver=Clerk("Rina Kartika"),
    ),
    "refused": RefusalNotice(
        application_no="ITK-MRE-2026-00001",
        decided_at=AT,
        service=SERVICE,
        applicant=HOLDER,
        passport_no=PASSPORT,
        reason="Penjamin tidak dapat ditemukan di alamat yang diberikan.",
        clerk=CLERK,
        permit_expires=date(2026, 12, 1),
    ),
    "disposal": DisposalList(
        made_at=AT,
        rows=(
            ProposedFile("ITK-MRE-2022-00001", "STB-2022-00004", "L3-R1-B1", 24, date(2025, 11, 25)),
            ProposedFile("ITK-MRE-2022-00002", "STB-2022-00004", "L3-R1-B2", 1, date(2025, 11, 26)),
        ),
        clerk=CLERK,
        head_name="Made Adnyana",
    ),
    "stock": StockTakeReport(
        number="7",
        started_at=AT,
        ended_at=AT + timedelta(minutes=20),
        expected=41,
        found=40,
        missing=(StockLine("ITK-MRE-2026-00001", PASSPORT, "A-12", ""),),
        misplaced=(StockLine("ITK-MRE-2026-00002", "C01X00T47", "A-13", "B-2"),),
        foreign=(StockLine("", "L898902C3", "", "B-3"),),
        clerk=CLERK,
    ),
    "archive": ArchiveCover(
        number="ARS-MRE-2026-00001",
        application_no="ITK-MRE-2026-00001",
        register_no="2A26MRE0001-X",
        holder=HOLDER,
        passport_no=PASSPORT,
        service=SERVICE,
        outcome=Bilingual("Diserahkan", "Handed over"),
        opened_on=date(2026, 11, 23),
        closed_on=date(2026, 11, 25),
        pages=24,
        location="L3-R1-B1",
        token=TOKEN,
        short_code=CODE,
        retain_until=date(2029, 11, 25),
    ),
    "day": DayPaper(
        AT,
        CLERK,
        (DayRow(SERVICE, 12, 95, 120),),
        served=9,
        left=(
            DayLeft(Bilingual("isian", "draft"), "ITK-MRE-2026-00001", "1/13"),
            DayLeft(Bilingual("pembayaran", "payment"), "7K3MRE000001", "7/13"),
        ),
    ),
    "queue": QueueSlip("A012", SERVICE, AT, ahead=3, minutes=30, priority=True),
}


def shown(document: Document, columns: int) -> str:
    """The paper as text, with bold lines marked `*` and double ones `#` at the right edge."""
    lines = []
    for element in document.lines:
        match element:
            case Text():
                width = columns // 2 if element.double else columns
                placed = {Align.LEFT: str.ljust, Align.CENTER: str.center, Align.RIGHT: str.rjust}[element.align]
                marks = ("*" if element.bold else "") + ("#" if element.double else "")
                lines.append(f"|{placed(element.line, width)}|{marks}")
            case Rule(character=character):
                lines.append(f"|{character * columns}|")
            case Qr():
                lines += [
                    f"[QR {element.ecc}{element.module_dots} {place} {element.text}]" for place in element.placements
                ]
            case Cut():
                lines.append("[cut]")
            case feed:
                lines += ["|"] * feed.lines
    return "\n".join(lines) + "\n"


def text_lines(document: Document) -> list[Text]:
    return [element for element in document.lines if isinstance(element, Text)]


def words(document: Document) -> str:
    return "\n".join(text.line for text in text_lines(document))


def compare(name: str, text: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("columns", [32, 48])
@pytest.mark.parametrize("name", CONTENTS)
def test_each_paper_is_as_its_golden_file_shows(name: str, columns: int) -> None:
    compare(f"{name}-{columns}", shown(lay_out(CONTENTS[name], columns, LETTERHEAD), columns))


@pytest.mark.parametrize("name", ["application", "payment"])
def test_a_reprint_carries_the_same_token_and_the_copy_mark_at_both_ends(name: str) -> None:
    first, copy = (lay_out(CONTENTS[name], 48, LETTERHEAD, copy_no=number) for number in (0, 3))
    assert [e for e in first.lines if isinstance(e, Qr)] == [e for e in copy.lines if isinstance(e, Qr)]
    assert "SALINAN" not in words(first)
    assert words(copy).count("SALINAN 3") == words(copy).count("COPY 3") == 2
    compare(f"{name}-48-copy", shown(copy, 48))


HOSTILE = {
    "longest": "W" * 500 + " " + "Ü" * 39,
    "one-word": "Wolfeschlegelsteinhausenbergerdorff" * 4,
    "rtl": "محمد بن عبد الله \u202eevil\u202c",
    "cjk": "欧阳 小明 " * 20,
    "controls": "A\x1b@\x1d\x56\x00\x10\x04\x01B\r\nC\tD\x07\x9b31m\x7f\u2028E",
    "combining": "Z" + "\u0301" * 300,
    "emoji": "👩‍👩‍👧 <b>[link=x]</b>",
    "empty": "",
}


def hostile(content: Content, value: str) -> Content:
    """`content` with every text in it replaced by `value`, except the token and the keys of catalogues."""

    def replaced(name: str, old: object) -> object:
        if name in {"token", "short_code", "method", "relation", "form", "book"}:
            return old
        if isinstance(old, str):
            return value
        if isinstance(old, tuple):
            return tuple(replaced(name, item) for item in old)
        if dataclasses.is_dataclass(old) and not isinstance(old, type):
            changes = {field.name: replaced(field.name, getattr(old, field.name)) for field in dataclasses.fields(old)}
            return dataclasses.replace(old, **changes)
        return old

    changed = replaced("", content)
    assert type(changed) is type(content)
    return changed


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("name", CONTENTS)
def test_no_line_is_wider_than_the_paper_whatever_the_data_is(name: str, value: str, columns: int) -> None:
    letterhead = dataclasses.replace(LETTERHEAD, hotline=value, complaints=value, address=value, place=value)
    document = lay_out(hostile(CONTENTS[name], value), columns, letterhead, copy_no=99)
    for text in text_lines(document):
        assert len(text.line) <= (columns // 2 if text.double else columns)
        assert all(byte >= 0x20 and byte != 0x7F for byte in text.line.encode("cp858"))
    assert len(document.lines) < 1_000


@pytest.mark.parametrize("profile", [profile for profile in PROFILES.values() if profile.columns in WIDTHS])
def test_the_printer_takes_every_paper_and_data_gives_it_no_command(profile: object) -> None:
    """The commands between the texts are the same for hostile data and for harmless data of the same length."""
    for content in CONTENTS.values():
        documents = [lay_out(hostile(content, value), 32, LETTERHEAD) for value in ("A\x1b@\x1d\x56\x00B", "A@VB")]
        hostile_job, harmless_job = (b"".join(render(document, profile)) for document in documents)  # type: ignore[arg-type]
        assert hostile_job == harmless_job


@pytest.mark.parametrize("language", list(Language))
def test_labels_fit_beside_their_values(language: Language) -> None:
    labels = {key: text for key, text in catalogue(language).items() if key.startswith("receipts.label.")}
    assert len(labels) > 40
    assert {key: text for key, text in labels.items() if len(text) > LABEL_COLUMNS} == {}


def test_both_languages_have_the_same_words_and_fields() -> None:
    both = [
        {key: text for key, text in catalogue(language).items() if key.startswith("receipts.")} for language in Language
    ]
    assert both[0].keys() == both[1].keys()
    for key in both[0]:
        assert re.findall(r"\{\w+\}", both[0][key]) == re.findall(r"\{\w+\}", both[1][key]), key


def test_the_application_receipt_shows_the_passport_number_and_the_claim_masks_it() -> None:
    assert PASSPORT in words(lay_out(CONTENTS["application"], 48, LETTERHEAD))
    for name in ("payment", "archive"):
        paper = words(lay_out(CONTENTS[name], 48, LETTERHEAD))
        assert PASSPORT not in paper
        assert "******543" in paper


def test_the_missing_list_registers_nothing_and_has_no_code() -> None:
    document = lay_out(CONTENTS["missing"], 48, LETTERHEAD)
    assert [element for element in document.lines if isinstance(element, Qr)] == []
    assert "ITK-MRE" not in words(document)


def test_only_the_card_numbers_last_four_digits_are_printed() -> None:
    content = CONTENTS["payment"]
    assert isinstance(content, PaymentReceipt)
    paper = words(lay_out(dataclasses.replace(content, card_last4="9999888877771234"), 48, LETTERHEAD))
    assert "**** 1234" in paper
    assert "7777" not in paper


def test_an_ntpn_that_has_come_is_printed_and_one_to_come_is_announced() -> None:
    content = CONTENTS["payment"]
    assert isinstance(content, PaymentReceipt)
    assert "menyusul" in words(lay_out(content, 48, LETTERHEAD))
    settled = words(lay_out(dataclasses.replace(content, ntpn="1A2B3C4D5E6F7G8H"), 48, LETTERHEAD))
    assert "1A2B3C4D5E6F7G8H" in settled
    assert "menyusul" not in settled


def test_the_claims_total_is_the_sum_of_its_lines_in_figures_and_words() -> None:
    paper = words(lay_out(CONTENTS["payment"], 48, LETTERHEAD))
    assert re.search(r"TOTAL +Rp3\.000\.000", paper)
    assert "Tiga juta rupiah" in paper


def test_a_name_in_another_script_is_printed_as_the_passport_spells_it() -> None:
    content = CONTENTS["payment"]
    assert isinstance(content, PaymentReceipt)
    payer = Holder("欧阳小明", "OUYANG XIAOMING")
    assert "OUYANG XIAOMING" in words(lay_out(dataclasses.replace(content, payer=payer), 48, LETTERHEAD))
    payer = Holder("Щукин Юрий")
    assert "Shchukin Iurii" in words(lay_out(dataclasses.replace(content, payer=payer), 48, LETTERHEAD))


def test_the_stamp_guide_prints_exactly_the_text_of_the_stamp() -> None:
    guide = CONTENTS["stamp"]
    assert isinstance(guide, StampGuide)
    assert stamp_text(guide, LETTERHEAD) == (
        "IZIN TINGGAL KUNJUNGAN",
        "VISIT STAY PERMIT",
        "No. Register: 2A26MRE0001-X",
        "Perpanjangan ke-1 / Extension no. 1",
        "Berlaku / Valid: 01-12-2026 - 30-01-2027",
        "DILARANG BEKERJA",
        "EMPLOYMENT PROHIBITED",
        "Muara Enim, 24 November 2026",
        "Kantor Imigrasi Kelas II Non TPI Muara Enim",
        "Kepala Kantor",
        "Agus Wijaya",
        "NIP 197001011995031001",
    )
    paper = words(lay_out(guide, 48, LETTERHEAD))
    assert "\n".join(stamp_text(guide, LETTERHEAD)) in paper
    first = dataclasses.replace(guide, extension_no=None, valid_from=None, signatory_staff_no="")
    assert "Berlaku s.d. / Valid until: 30-01-2027" in stamp_text(first, LETTERHEAD)
    assert len(stamp_text(first, LETTERHEAD)) == 10


@pytest.mark.parametrize("name", CONTENTS)
def test_a_paper_comes_back_from_the_database_as_it_went_in(name: str) -> None:
    content = CONTENTS[name]
    assert all(f"papers.{type(content).__name__}" in catalogue(language) for language in Language)
    assert PAPERS[type(content).__name__] is type(content)
    assert from_json(type(content), to_json(content)) == content


def test_every_paper_is_in_the_golden_files() -> None:
    assert {type(content) for content in CONTENTS.values()} == set(PAPERS.values())


@pytest.mark.parametrize("columns", [0, 31, 65])
def test_a_width_that_no_paper_has_is_a_defect(columns: int) -> None:
    with pytest.raises(ValueError, match="columns wide"):
        lay_out(CONTENTS["payment"], columns, LETTERHEAD)


@pytest.mark.parametrize("paper_dots", [384, 576])
def test_the_printed_code_is_version_8_and_reads_back(paper_dots: int) -> None:
    chance = random.Random(8)
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    for _ in range(20):
        token = sign(dataclasses.replace(PAYLOAD, receipt_id=chance.randbytes(6), witness=chance.randbytes(8)), key)
        content = dataclasses.replace(CONTENTS["payment"], token=token)  # type: ignore[arg-type]
        codes = [element for element in lay_out(content, 48, LETTERHEAD).lines if isinstance(element, Qr)]
        assert [code.placements for code in codes] == [(Align.LEFT, Align.RIGHT)]
        assert (codes[0].ecc, codes[0].module_dots) == ("Q", 5)
        picture = qr_image(codes[0].text, codes[0].ecc, codes[0].module_dots, paper_dots)
        assert picture.size == ((49 + 8) * 5, (49 + 8) * 5)
        read = zxingcpp.read_barcodes(picture.convert("L"))
        assert [found.text for found in read] == [token]


def test_the_code_holds_no_personal_data() -> None:
    for content in CONTENTS.values():
        for code in (element for element in lay_out(content, 48, LETTERHEAD).lines if isinstance(element, Qr)):
            assert code.text == TOKEN
            parts = decode_text(code.text)
            assert parts is not None
            for known in (PASSPORT, "MUELLER", "POL", "Budi"):
                assert known.encode() not in b"".join(parts)
