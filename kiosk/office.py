"""The composition root: everything one terminal has, and the desk of an officer signed in there.

An Office opens the settings, database, keys, procedure, regulations and devices. A Desk is what screens and
commands are handed: every question and act of one officer at one terminal. All of it may block: screens call it
from worker threads only.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from db import schema
from db.connection import Store, StoreError
from db.tables import SeparationPair, Session, Terminal
from kiosk import audit, clock, procedure, regulations
from kiosk.audit import Signer
from kiosk.cases.engine import environment, unit_of_work
from kiosk.cases.load import Procedures
from kiosk.cases.requirements import part_name
from kiosk.cases.transactions import refusing
from kiosk.cases.work import Kit, Look
from kiosk.desk import Desk
from kiosk.devices import Devices
from kiosk.documents import DocumentKeeper
from kiosk.draft_journal import DraftJournal, kept_keys
from kiosk.live import Live
from kiosk.money.cashier import Cashier
from kiosk.people import left_open, sign_in
from kiosk.receipts import keys, terminal_keys
from kiosk.receipts.keys_held import KeysHeld
from kiosk.receipts.print_queue import PrintQueue
from kiosk.refusals import Code, Refused, refused
from kiosk.settings import Settings
from kiosk.vault import Vault
from kiosk.vault_keys import KeyNotHeld, VaultKeys

if TYPE_CHECKING:
    from kiosk.people.own_pin import Changed


class OfficeUnavailable(Exception):
    """The office can't be opened: `refusal` says why and what to do."""

    def __init__(self, answer: Refused) -> None:
        super().__init__(answer.first.code)
        self.refusal = answer.first


@dataclass(frozen=True, slots=True)
class DemoOfficer:
    """An officer of a demo office, as its sign-in screen shows them."""

    login: str
    pin: str
    name: str
    units: tuple[str, ...]
    roles: tuple[str, ...]


class Office:
    """Everything one terminal has. Use `Office.open`, and `close` it."""

    def __init__(self, settings: Settings, store: Store, kit: Kit, devices: Devices) -> None:
        self.settings = settings
        self.store = store
        self.kit = kit
        self.devices = devices
        self.printing = PrintQueue(store, settings, devices, kit.procedure.sop.number)
        self.cashier = Cashier(store, kit, devices)
        self.documents = DocumentKeeper(store, kit)
        self.live = Live(store, self.printing, settings.terminal)
        """What other terminals change; listening where the devices are open."""
        self._held = left_open.Held.of(settings)

    @classmethod
    def open(
        cls, settings: Settings, *, terminal: str | None = None, devices: bool = True, secrets: bool = True
    ) -> "Office":
        """Open an office that `kiosk init` made. Raises OfficeUnavailable.

        Without `secrets` it needs no key file: it verifies receipts, and can neither issue one nor open the vault.
        """
        import msgspec

        if terminal is not None:
            settings = msgspec.structs.replace(settings, terminal=terminal)
        try:
            store = Store(settings.database_url)
            if settings.database_url.startswith("sqlite:") and not Path(settings.database_url[9:]).exists():
                raise OfficeUnavailable(refused(Code.DATABASE_UNREACHABLE))
            schema.require_current(store)
            kit = _kit(settings, store, secrets=secrets)
            office = cls(settings, store, kit, Devices())
            office._arrive()
            if devices:
                left_open.close_left(store, office._held, office.terminal, clock.now())
        except StoreError as error:
            raise OfficeUnavailable(environment(error)) from error
        except keys.KeyFileError as error:
            raise OfficeUnavailable(refused(Code.KEY_FILE_UNUSABLE, path=str(error.path))) from error
        except (procedure.ProcedureError, regulations.RegulationError) as error:
            raise OfficeUnavailable(refused(Code.RULES_UNREADABLE, detail=str(error))) from error
        if devices:
            office.devices.open(settings)
            office.printing.start()
            office.cashier.start()
            if "document_scanner" in settings.devices:
                office.documents.start()
            office.live.start()
        return office

    def _arrive(self) -> None:
        now = clock.now()
        with self.store.writing():
            Terminal.insert(name=self.terminal, first_seen=now, last_seen=now).on_conflict(
                conflict_target=[Terminal.name], update={Terminal.last_seen: now}
            ).execute()

    @property
    def terminal(self) -> str:
        return self.settings.terminal

    @property
    def procedure(self) -> procedure.Procedure:
        return self.kit.procedure

    @property
    def regulations(self) -> regulations.Regulations:
        return self.kit.regulations

    def close(self) -> None:
        """Let go of devices, threads and the database."""
        self.live.stop()
        self.printing.stop()
        self.documents.stop()
        self.devices.close()
        self.store.close()
        self._held.close()

    def __enter__(self) -> "Office":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @refusing
    def sign_in(self, login: str, pin: str) -> Desk | Refused:
        """The desk of the officer whose PIN this is."""
        now = clock.now()
        self._held.hold()
        with unit_of_work(self.store) as answer:
            row = sign_in.check_pin(login, pin, now=now, terminal=self.terminal)
            if isinstance(row, Refused):
                answer.value = row
            else:
                officer = sign_in.officer_at(row, clock.office_day(now))
                session = Session.create(officer=row.id, terminal=self.terminal, started_at=now)
                audit.append(now, Signer(row.id, row.person_id, self.terminal), "sign_in", f"session:{session.id}")
                answer.value = Desk(self, officer, int(session.id))
        found: Desk | Refused = answer.refused or answer.value
        if isinstance(found, Desk):
            found.bring_drafts_back()
        return found

    @refusing
    def change_pin(self, desk: Desk, *, old: str, new: str, again: str) -> "Changed | Refused":
        """The PIN of the officer at `desk`, changed by themselves; their sign-ins elsewhere end."""
        from kiosk.people import own_pin

        return own_pin.change(self.store, desk.look(), old=old, new=new, again=again)

    def whose_badge(self, text: str) -> str | Refused:
        """The login that a scanned badge stands for. The PIN is asked for all the same."""
        from kiosk.people import badge

        return badge.login_of(self.store, self.kit, text, clock.now())

    def demo_officers(self) -> tuple[DemoOfficer, ...]:
        """The officers and PINs of a demo office; none elsewhere."""
        if not self.settings.office.demo:
            return ()
        from kiosk.demo.officers import OFFICERS

        return tuple(DemoOfficer(o.login, o.pin, o.name, o.units, o.roles) for o in OFFICERS)

    def look(self, officer: Any, now: datetime | None = None) -> Look:
        return Look(self.kit, officer, now or clock.now())


def _kit(settings: Settings, store: Store, *, secrets: bool = True) -> Kit:
    folder = settings.path("keys")
    if secrets:
        with store.reading():
            held = terminal_keys.held(folder, settings.terminal)
        if held is None:
            raise OfficeUnavailable(refused(Code.KEY_NOT_APPROVED, terminal=settings.terminal))
        ring, older = _vault_keys(folder, store), kept_keys(folder)
    else:
        held, ring, older = KeysHeld({}, b""), VaultKeys.none(), ()
    return Kit(
        settings=settings,
        procedures=Procedures(procedure.load(settings.path(settings.procedure) if settings.procedure else None)),
        regulations=regulations.load_regulations(settings.path(settings.regulations) if settings.regulations else None),
        keys=held,
        vault=Vault(settings.path("vault"), ring),
        drafts=DraftJournal(settings.path("drafts") / settings.terminal, ring.held[ring.main], older),
        terminal=settings.terminal,
    )


def _vault_keys(folder: Path, store: Store) -> VaultKeys:
    """The vault's keys here, the office's current one among them. Raises OfficeUnavailable, KeyFileError."""
    ring = VaultKeys.load(folder)
    try:
        with store.reading():
            ring.current()
    except KeyNotHeld as error:
        raise OfficeUnavailable(refused(Code.VAULT_KEY_ROTATED, key=error.key_id)) from None
    return ring


def fill_separation(current: procedure.Procedure) -> None:
    """Write the pairs of parts that one person may not play. Within a writing unit of work."""
    SeparationPair.delete().execute()
    for pair in current.separations:
        SeparationPair.create(
            first=part_name(pair.first.step, pair.first.act), second=part_name(pair.second.step, pair.second.act)
        )
