"""A12: names, numbers and templates that were planted are nowhere but in the database and sealed in the vault.

Not in a log, a journal, a file's name, a key, a backup's manifest, a QR code or what a failing command says.
"""

import base64
import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from db.tables import AuditEvent, PrintJob, Receipt
from kiosk import backup, clock, logs
from kiosk.office import Office
from kiosk.receipts import token
from kiosk.refusals import Refused
from kiosk.settings import Settings
from screens.defects import log_defect
from tests import builders, databases
from tests.conftest import Desks
from tests.faults.test_draft_journal import away
from tests.faults.thirteen import passport

PROJECT = Path(__file__).parents[2]
NAME, NUMBER, TEMPLATE, SPONSOR = "KANARIA RAHASIAWATI", "KN7654321", b"KANARI-TEMPLATE-0123456789", "PT KANARI SPONSOR"
CANARIES = (b"KANARIA", b"RAHASIAWATI", NUMBER.encode(), TEMPLATE, b"KANARI SPONSOR")


def hits(content: bytes) -> list[bytes]:
    """The canaries in `content`: as they are, and in the encodings in which they might hide."""
    seen = content.upper()
    return [
        canary
        for canary in CANARIES
        if any(
            form.upper() in seen
            for form in (canary, canary.hex().encode(), base64.b64encode(canary).rstrip(b"=")[:-1], canary[::-1])
        )
    ]


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def is_database(path: Path) -> bool:
    return path.name.startswith("office.db") or path.name in {"office.dump", "office.sqlite"}


@pytest.fixture
def lived(settings: Settings) -> Iterator[Office]:
    """An office in which the planted applicant went all the way, with accidents."""
    folder = Path(settings.folder)
    logs.keep(folder)
    with Office.open(settings, devices=False) as office:
        desks = Desks(office)
        applicant = builders.an_applicant()
        planted = {
            "holder": replace(applicant.holder, surname="RAHASIAWATI", given_names="KANARIA", name_viz=NAME),
            "sponsor": replace(applicant.sponsor, name=SPONSOR),
            "passport": passport(NUMBER),
        }
        case_id = builders.case_at_biometrics(office, desks, **planted)
        agus = desks["agus"]
        assert not isinstance(agus.claim(case_id), Refused)
        item = builders.captures.Item(TEMPLATE, "application/octet-stream", 1, {"quality": 80, "attempts": 1})
        assert not isinstance(agus.captures.store(case_id, "biometrics", "fingerprint", [item], replaces=True), Refused)
        # accidents: a second file for the passport, a database that is away, a defect that holds what was typed
        again = builders.given_intake(builders.an_applicant(**planted))
        assert isinstance(desks["sri"].steps.intake.complete(None, again, key="again"), Refused)
        typed = {"typed": {"holder_name": NAME, "passport_no": NUMBER}, "extra": {}, "key": "k"}
        if office.store.path is not None:
            with away(settings):
                assert desks["sri"].save_draft("intake", None, typed) is not None
        try:
            raise ValueError(f"{NAME} {NUMBER} {TEMPLATE!r}")
        except ValueError as error:
            log_defect(error, "test")
            logging.getLogger("kiosk.test").exception("a defect", exc_info=error)
        desks["sri"].search(NAME)
        yield office
    for handler in [each for each in logging.getLogger().handlers if isinstance(each, logs._OwnFile)]:
        logging.getLogger().removeHandler(handler)
        handler.close()


def test_a12_what_was_planted_is_in_no_file_but_the_database(lived: Office) -> None:
    folder = Path(lived.settings.folder)
    seen = [path for path in files(folder) if not is_database(path)]
    names = {path.relative_to(folder).parts[0] for path in seen}
    assert {"log", "keys", "vault", "kiosk.toml"} <= names
    assert lived.store.path is None or "drafts" in names
    assert any(path.name == "kiosk.log" and path.stat().st_size > 200 for path in seen), "there is a log to look at"
    found = {str(path): hits(path.read_bytes() + str(path.relative_to(folder)).encode()) for path in seen}
    assert {path: canaries for path, canaries in found.items() if canaries} == {}
    assert lived.store.path is None or hits(b"".join(path.read_bytes() for path in files(folder) if is_database(path)))
    (folder / "log" / "planted").write_text(NUMBER)
    assert hits((folder / "log" / "planted").read_bytes()) == [NUMBER.encode()], "it would be found"
    check_codes_and_events(lived)


def check_codes_and_events(lived: Office) -> None:
    """Nor in a QR code, an event of the chain or the queue of papers."""
    with lived.store.reading():
        tokens = [row.token for row in Receipt.select()]
        events = [event.body for event in AuditEvent.select()]
        papers = [f"{job.state} {job.terminal}" for job in PrintJob.select()]
    assert len(tokens) >= 1
    assert len(events) > 20
    for text in tokens:
        parts = token.decode_text(text)
        assert parts is not None
        assert hits(text.encode() + parts[0] + parts[1]) == []
    assert [event for event in events if hits(event.encode())] == []
    assert [paper for paper in papers if hits(paper.encode())] == []


@pytest.mark.skipif(bool(databases.SERVER), reason="a dump needs the server's own tools")
def test_a12_what_was_planted_is_not_in_what_stands_around_a_backup(lived: Office, tmp_path: Path) -> None:
    made = backup.make(lived.settings, tmp_path / "backups", now=clock.now(), passphrase="frase sandi yang panjang")
    around = [path for path in files(tmp_path / "backups") if path.parent != made.folder or path.suffix != ".db"]
    assert {path.name for path in around} >= {"manifest.json", "kiosk.toml"}
    databases_found = [path for path in around if hits(path.read_bytes())]
    assert [path.name for path in databases_found if not path.read_bytes().startswith(b"SQLite format 3")] == []
    assert [path for path in around if hits(str(path.relative_to(tmp_path)).encode())] == []

    if lived.store.path is not None:
        check_failing_command(lived)


def check_failing_command(lived: Office) -> None:
    """Nor in what a command says whose database is away."""
    config = str(Path(lived.settings.folder) / "kiosk.toml")
    with away(lived.settings):
        told = subprocess.run(
            [sys.executable, "-m", "kiosk", "case", "show", "1", "--config", config],
            capture_output=True, cwd=PROJECT, stdin=subprocess.DEVNULL, timeout=60,
        )  # fmt: skip
    assert told.returncode == 3
    assert hits(told.stdout + told.stderr) == []
