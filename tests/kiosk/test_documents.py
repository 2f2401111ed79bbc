"""Scanned pages as PDF/A-1b documents in the vault, judged by programs of others where they are installed."""

import io
import json
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageCms

from db.tables import AuditEvent, Case, VaultObject
from hardware.document_scanner.sheets import sheet
from kiosk import audit, ocr
from kiosk.captures import Capture, Item, live
from kiosk.desk import Desk
from kiosk.documents import DOCUMENT, PDF, TEXT, DocumentKeeper
from kiosk.office import Office
from kiosk.pdf_archive import pdf_a
from kiosk.refusals import Refused
from kiosk.srgb import srgb_profile
from tests.builders import case_at_scanning
from tests.kiosk.test_cli import Run, config, run

__all__ = ["run"]
JAVA = Path("/usr/share/java")
JARS = ("preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "commons-io", "javax.activation", "jaxb-api")
MODES = [("L", "PNG"), ("1", "PNG"), ("P", "PNG"), ("RGBA", "PNG"), ("LA", "PNG"), ("RGB", "JPEG"), ("CMYK", "JPEG")]
FAKE = """#!{python}
import sys
if "--list-langs" in sys.argv:
    print("List of available languages (2):", "eng", "osd", sep=chr(10))
else:
    print("READ", len(sys.stdin.buffer.read()) > 1000, sys.argv[4])
"""


def picture(mode: str, form: str) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(sheet("a", dpi=72))).convert(mode).save(out, form)
    return out.getvalue()


@pytest.fixture(scope="module")
def every_mode() -> bytes:
    """A document with a page of each kind of picture a scanner may give."""
    return pdf_a([(picture(*mode), 72) for mode in MODES])


def test_a_document_says_that_it_is_pdf_a_1b_and_keeps_the_papers_size(every_mode: bytes) -> None:
    with pikepdf.open(io.BytesIO(every_mode)) as document:
        assert document.open_metadata().pdfa_status == "1B"
        assert not document.is_encrypted
        assert len(document.pages) == len(MODES)
        for page in document.pages:
            assert (round(page.mediabox[2]), round(page.mediabox[3])) == (595, 842)
            assert not any("/SMask" in image for image in page.get_images().values())
        (intent,) = document.Root.OutputIntents
        assert intent.DestOutputProfile.read_bytes() == srgb_profile()


@pytest.mark.skipif(not (JAVA / "preflight.jar").exists(), reason="PDFBox Preflight (libpdfbox2-java) is not installed")
def test_preflight_of_pdfbox_finds_nothing_against_it(every_mode: bytes, tmp_path: Path) -> None:
    (tmp_path / "made.pdf").write_bytes(every_mode)
    command = [
        "java",
        "-cp",
        ":".join(f"{JAVA}/{jar}.jar" for jar in JARS),
        "org.apache.pdfbox.preflight.Validator_A1b",
        tmp_path / "made.pdf",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "is a valid PDF/A-1b file" in done.stdout, done.stdout


def test_a_page_that_may_stay_keeps_its_bytes() -> None:
    page = picture("RGB", "JPEG")
    assert page in pdf_a([(page, 300)])


def test_what_is_no_page_is_refused() -> None:
    with pytest.raises(ValueError, match="without a page"):
        pdf_a([])
    with pytest.raises(OSError, match="image"):
        pdf_a([(b"rubbish", 300)])


def test_the_colour_profile_is_version_2_and_changes_no_colour() -> None:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    assert int(profile.profile.version) == 2
    patch = Image.new("RGB", (1, 1), (128, 64, 250))
    assert ImageCms.profileToProfile(patch, profile, ImageCms.createProfile("sRGB")).getpixel((0, 0)) == (128, 64, 250)


# the background job


def scan(desk: Desk, case_id: int, kind: str, *seeds: str) -> tuple[Capture, ...]:
    items = [Item(sheet(seed, dpi=72), "image/png", meta={"dpi": 72}) for seed in seeds]
    stored = desk.captures.store(case_id, "scanning", kind, items)
    assert not isinstance(stored, Refused), stored
    return stored


@pytest.fixture
def scanned(office: Office, desks: dict[str, Desk]) -> int:
    """A case past step 5 with a passport of two pages and a letter."""
    case_id = case_at_scanning(office, desks)
    scan(desks["budi"], case_id, "passport", "a", "b")
    scan(desks["budi"], case_id, "guarantee", "c")
    return case_id


@pytest.fixture
def keeper(office: Office, monkeypatch: pytest.MonkeyPatch) -> DocumentKeeper:
    monkeypatch.setattr(ocr, "PROGRAM", "no-such-program")
    return DocumentKeeper(office.store, office.kit)


def made(office: Office, case_id: int, step: str = DOCUMENT) -> dict[str, Capture]:
    with office.store.reading():
        return {capture.kind: capture for capture in live(case_id, step=step)}


def beyond_scanning(office: Office, case_id: int) -> None:
    with office.store.writing():
        Case.update(step="approval").where(Case.id == case_id).execute()


def test_each_kind_of_a_case_beyond_step_5_becomes_one_document(
    office: Office, keeper: DocumentKeeper, scanned: int
) -> None:
    assert keeper.make_missing() == 0, "at step 5 pages may still change"
    beyond_scanning(office, scanned)
    assert keeper.make_missing() == 2
    assert keeper.make_missing() == 0
    documents = made(office, scanned)
    assert {kind: capture.media_type for kind, capture in documents.items()} == {"passport": PDF, "guarantee": PDF}
    with office.store.reading():
        content = office.kit.vault.get(VaultObject.get_by_id(documents["passport"].id))
        assert audit.verify().verified
        (first, _) = AuditEvent.select().order_by(AuditEvent.seq.desc()).limit(2)
        assert json.loads(first.body)["action"] == "document_made"
    with pikepdf.open(io.BytesIO(content)) as document:
        assert len(document.pages) == 2
    stored = [path.read_bytes() for path in office.settings.path("vault").rglob("*") if path.is_file()]
    assert len(stored) == 5
    assert not any(b"%PDF" in blob for blob in stored), "in the vault nothing is readable"


def test_pages_that_change_make_the_document_anew(
    office: Office, desks: dict[str, Desk], keeper: DocumentKeeper, scanned: int
) -> None:
    beyond_scanning(office, scanned)
    keeper.make_missing()
    before = made(office, scanned)["passport"].id
    scan(desks["budi"], scanned, "passport", "d")
    assert keeper.make_missing() == 1
    after = made(office, scanned)["passport"]
    assert after.id != before
    assert len(after.meta["pages"]) == 3  # type: ignore[arg-type]
    with office.store.reading():
        assert VaultObject.get_by_id(before).discard_reason == "pages changed"


def test_two_terminals_make_one_document(office: Office, keeper: DocumentKeeper, scanned: int) -> None:
    beyond_scanning(office, scanned)
    other = DocumentKeeper(office.store, office.kit)
    (wanted, _) = other._missing(DOCUMENT)
    keeper.make_missing()
    assert other._make(DOCUMENT, wanted) == 0
    assert len(made(office, scanned)) == 2


def test_a_page_that_cannot_be_read_is_given_up_once_and_the_others_are_made(
    office: Office, desks: dict[str, Desk], keeper: DocumentKeeper, scanned: int, caplog: pytest.LogCaptureFixture
) -> None:
    desks["budi"].captures.store(scanned, "scanning", "ticket", [Item(b"no picture", "image/png")])
    beyond_scanning(office, scanned)
    assert (keeper.make_missing(), keeper.make_missing()) == (2, 0)
    assert caplog.text.count("document of case") == 1


def test_text_is_read_where_tesseract_is_installed(
    office: Office, scanned: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "tesseract"
    fake.write_text(FAKE.replace("{python}", sys.executable))
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    beyond_scanning(office, scanned)
    assert DocumentKeeper(office.store, office.kit).make_missing() == 4
    texts = made(office, scanned, TEXT)
    with office.store.reading():
        content = office.kit.vault.get(VaultObject.get_by_id(texts["passport"].id))
    assert content == b"READ True eng\fREAD True eng"


@pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract is not installed")
def test_tesseract_reads_a_specimen() -> None:
    assert "SPECIMEN" in (ocr.read_text(sheet("a", dpi=200)) or "")


def test_documents_are_exported_by_an_officer_who_may_see_the_case(
    run: Run, office: Office, keeper: DocumentKeeper, scanned: int, tmp_path: Path
) -> None:
    from tests.kiosk.test_cli_reprint import pin_of

    beyond_scanning(office, scanned)
    with office.store.reading():
        number = Case.get_by_id(scanned).application_no
    where = ("--config", config(office.settings))
    call = ("document", "export", number.lower(), "--to", tmp_path / "out", *where)
    code, out, err = run(*call, "--login", "made", "--json", stdin=pin_of("made"))
    assert code == 0, err
    written = [Path(name) for name in json.loads(out)]
    assert [path.name for path in written] == [f"{number}-guarantee.pdf", f"{number}-passport.pdf"]
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}
    assert all(path.read_bytes().startswith(b"%PDF") for path in written)
    code, out, _ = run("document", "list", number, *where, "--json")
    assert [row["kind"] for row in json.loads(out)] == ["guarantee", "passport"]
    code, _, err = run(*call, "--login", "ratna", stdin=pin_of("ratna"))
    assert code == 1
    assert "[not_your_unit]" in err
    assert run("document", "list", "ITK-NONE", *where)[0] == 1
