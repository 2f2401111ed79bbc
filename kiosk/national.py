"""An office among many: what tells its numbers from every other office's, and the cekal list from the capital.

What leaves an office, and what makes it unique in the country:

- rows of the agreed tables (db.national): the office's code with the office's own key
- application, receipt and collection numbers: the office's short name, which every template must hold
- register numbers (domain.md 3.5): the office's letters, which the template must hold
- a receipt's token: the code is in the signed payload; its 48 random bits are unique within the office only, and so is
  the number of the key that signed it
- payment references: 60 random bits; billing codes, NTB and NTPN are the state's own
- the audit chain: its head with the code; the chain's first event names the office

Queue numbers, drafts, the vault's files and the keys of acts never leave. That no two offices have the same code, short
name or letters is checked where they meet: when one joins the register.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from db.connection import Store
from db.national import OfficeNames
from db.national_lists import Sent
from kiosk.refusals import Code, Refused, refused
from kiosk.regulations import Regulations
from kiosk.screening.acceptance import Accepted
from kiosk.screening_import import NOTHING, Imported, Preview, import_list, preview, read_file
from kiosk.screening_lists import active_list
from kiosk.settings import Settings

SHORT, LETTERS = "{short}", "{office}"


def names_of(settings: Settings, rules: Regulations) -> OfficeNames:
    """What this office is told apart by."""
    office = settings.office
    return OfficeNames(office.code, office.short, rules.register.office, office.name)


def alike_elsewhere(settings: Settings, rules: Regulations) -> tuple[str, ...]:
    """The templates whose numbers another office could give too: they hold neither its short name nor its letters."""
    office = settings.office
    templates = {
        "office.application_number": (office.application_number, SHORT),
        **{f"office.receipt_numbers.{kind}": (text, SHORT) for kind, text in office.receipt_numbers.items()},
        "office.collection_number": (office.collection_number, SHORT),
        "office.toml register.template": (rules.register.template, LETTERS),
    }
    return tuple(name for name, (text, part) in templates.items() if part not in text)


def preview_list(store: Store, settings: Settings, sent: Sent, content: bytes, signature: bytes) -> Preview | Refused:
    """What taking a list would change, or why it is not taken. Raises ListFilesBroken, OSError, StoreError."""
    with _laid_down(settings, sent.name, content, signature) as path:
        return _refusal_of_parcel(settings, sent, path) or preview(store, settings, path)


def take_list(
    store: Store,
    settings: Settings,
    sent: Sent,
    content: bytes,
    signature: bytes,
    *,
    operator: str,
    now: datetime,
    accepted: Accepted = NOTHING,
) -> Imported | Refused:
    """Import a list that came from the capital by the rules of every import (kiosk.screening_import), and these: it
    must be signed by a key of kiosk.toml and hold as many rows as its sender counted. The open cases are asked by the
    caller. Raises OSError, StoreError."""
    with _laid_down(settings, sent.name, content, signature) as path:
        return _refusal_of_parcel(settings, sent, path) or import_list(
            store,
            settings,
            path,
            version=sent.version,
            listed_on=sent.list_date,
            source=sent.source,
            operator=operator,
            now=now,
            accepted=accepted,
        )


def _refusal_of_parcel(settings: Settings, sent: Sent, path: Path) -> Refused | None:
    """An office that knows no sender's key takes nothing that came by itself."""
    if not settings.policy.watchlist_keys:
        return refused(Code.LIST_UNSIGNED, "file", signature="policy.watchlist_keys")
    arrived = read_file(settings, path)
    if isinstance(arrived, Refused):
        return arrived
    return refused(Code.LIST_TRUNCATED, "file") if arrived.read.rows != sent.rows else None


def untaken(store: Store, lists: list[Sent]) -> list[Sent]:
    """The lists that are newer than the active one. Raises StoreError."""
    with store.reading():
        active = active_list()
    return [sent for sent in lists if active is None or sent.list_date > active.list_date]


@contextmanager
def _laid_down(settings: Settings, name: str, content: bytes, signature: bytes) -> Iterator[Path]:
    """The file with its signature beside it, in a folder that only this account reads, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=".list-", dir=settings.path("watchlist").parent) as folder:
        path = Path(folder) / (Path(name).name or "list.jsonl")
        for each, data in ((path, content), (path.with_name(path.name + ".sig"), signature)):
            handle = os.open(each, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
        yield path
