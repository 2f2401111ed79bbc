"""kiosk.toml as values: every key, its meaning and its default.

The folder of the file is the office's folder: relative paths start there.
"""

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec
import platformdirs

from kiosk.receipts.token import ReceiptType


class SettingsError(Exception):
    """kiosk.toml can't be used; the message says which key and why."""


THEMES = ("office", "console", "contrast", "monochrome")
SHARED = frozenset({"vault", "watchlist"})
RECEIPT_NUMBERS = {
    "1": "TT-{short}-{year}-{serial:05d}",
    "2": "TBB-{short}-{year}-{serial:05d}",
    "3": "ARS-{short}-{year}-{serial:05d}",
    "4": "AUD-{short}-{year}-{serial:05d}",
    "5": "ID-{short}-{year}-{serial:05d}",
}


class OfficeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[office]"""

    name: str = "Kantor Imigrasi Kelas II Non TPI Muara Enim"
    """Name on screens and papers."""
    code: int = 745
    """Office code in tokens, 0..65535."""
    short: str = "MRE"
    """Short name in numbers (application, receipt)."""
    place: str = "Muara Enim"
    """Place that stands on stamps and receipts."""
    letterhead: tuple[str, ...] = (
        "KEMENTERIAN IMIGRASI DAN PEMASYARAKATAN",
        "DIREKTORAT JENDERAL IMIGRASI",
        "KANTOR IMIGRASI KELAS II NON TPI MUARA ENIM",
    )
    """Lines at the head of every paper."""
    address: str = "Jalan Bakaran, Muara Enim, Sumatera Selatan"
    hotline: str = "(0734) 421 000"
    complaints: str = "lapor.go.id"
    head_title: str = "Kepala Kantor Imigrasi"
    """Title of the Kakanim on stamps."""
    head_name: str = "Kepala Kantor"
    """Name of the Kakanim, as it stands on stamps."""
    head_staff_no: str = ""
    application_number: str = "ITK-{short}-{year}-{serial:05d}"
    receipt_numbers: dict[str, str] = msgspec.field(default_factory=lambda: dict(RECEIPT_NUMBERS))
    """Number templates by the receipt's type."""
    collection_number: str = "BP-{short}-{year}-{serial:05d}"
    """Number of a bukti pengambilan (SOP step 12)."""
    collection_counter: str = ""
    """Number of the counter that hands passports over, for the self-service screen; empty: no number is said."""
    demo: bool = False
    """A demo office: the sign-in screen lists its officers and their PINs."""

    def receipt_number(self, kind: ReceiptType, year: int, serial: int) -> str:
        """The number printed on a receipt."""
        return self.receipt_numbers[str(int(kind))].format(short=self.short, year=year, serial=serial)

    def collection_no(self, year: int, serial: int) -> str:
        """The number of a bukti pengambilan."""
        return self.collection_number.format(short=self.short, year=year, serial=serial)

    def application_no(self, year: int, serial: int) -> str:
        return self.application_number.format(short=self.short, year=year, serial=serial)


class DeviceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[devices.<role>]"""

    driver: str
    """Name in hardware/registry.py, such as `zfm`, `bca`, `escpos`."""
    port: str = "simulated"
    """A device path, /dev/serial/by-id/..., socket://host:port, or `simulated`."""
    options: dict[str, Any] = {}
    """Options of the driver."""


class PolicySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[policy]: what the office may decide for itself."""

    idle_lock_seconds: int = 300
    """The screen locks and blanks after this long without a key."""
    quit_at_sign_in: bool = True
    """Esc on the sign-in screen ends the program, after a question."""
    lease_minutes: int = 15
    """A claim not renewed for this long can be taken over."""
    watchlist_max_age_days: int = 7
    """An older cekal list blocks step 3."""
    watchlist_false_hits: Literal[5, 20, 100] = 20
    """Of 1,000 applicants so many are wrongly examined, as measured; fewer means more of the listed are missed:
    tests/bench/RESULTS-screening.md has what 5, 20 and 100 find on lists of each length."""
    watchlist_largest_change: float = 0.2
    """A new list that lost, dropped or gained more than this share is refused until the maintainer accepts it."""
    watchlist_keys: tuple[str, ...] = ()
    """Ed25519 public keys (32 bytes, base64) of who sends lists; FILE.sig beside a list must be signed by one."""
    watchlist_signed: bool = True
    """Where keys are named: a list without FILE.sig is refused too."""
    clean_no_hit_by_lalintuskim: bool = True
    """Lalintuskim may confirm a clean no-hit (SOP step 3)."""
    cash: bool = False
    """Cash may be taken, in a cash session of the Bendahara."""
    tariff_units: tuple[str, ...] = ("BENDAHARA", "TATA_USAHA")
    """Whose officers enter and release tariffs, besides the Kakanim (units of the procedure)."""
    paper_columns: int = 48
    """48 for 80 mm paper, 32 for 58 mm."""
    finger_check_at_handover: bool = True
    """Ask for a finger 1:1 at hand-over where one is enrolled."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """kiosk.toml"""

    terminal: str = "loket-1"
    """Name of this terminal; also the name of its receipt key."""
    database: str = "sqlite:office.db"
    """`sqlite:FILE` (relative to the folder) or `postgresql://...`; on a server a member of `kiosk_terminal`.

    `postgresql://loket@server/kiosk?sslmode=verify-full&sslrootcert=ca.pem&passfile=sandi`: files of the folder;
    `passfile` has a line `host:port:database:user:password` and mode 0600, else it is not read. On the server itself
    `postgresql:///kiosk` by its socket (peer): the account that runs the program is the role."""
    database_owner: str = ""
    """The address of the tables' owner, for maintainers' commands; only in the kiosk.toml that they use."""
    shared: str = ""
    """The folder that every terminal of the office mounts: vault/ (scans, portraits) and watchlist/ lie there. Empty:
    in this folder, for an office of one machine."""
    language: str = "id"
    """Language at the start: `id` or `en`."""
    theme: str = ""
    """Look of the full screen: one of THEMES; empty: the one that suits the terminal. KIOSK_THEME wins."""
    procedure: str = ""
    """A procedure file in place of the built-in itk.toml."""
    regulations: str = ""
    """A folder whose tables stand in place of the built-in ones."""
    office: OfficeSettings = OfficeSettings()
    policy: PolicySettings = PolicySettings()
    devices: dict[str, DeviceSettings] = {}
    folder: str = ""
    """Set by `load`: the folder of the file."""

    def path(self, name: str) -> Path:
        """A path of the office's folder; what all terminals read is in the shared one."""
        place = self.shared if self.shared and name.split("/")[0] in SHARED else ""
        return Path(self.folder) / place / name

    def for_maintainers(self) -> "Settings":
        """These settings with the owner's address, where there is one."""
        return msgspec.structs.replace(self, database=self.database_owner or self.database)

    @property
    def database_url(self) -> str:
        if self.database.startswith("sqlite:"):
            return f"sqlite://{self.path(self.database.removeprefix('sqlite:')).absolute()}"
        from db import postgres  # the settings are read before anything of the database is there

        return postgres.under(Path(self.folder), self.database)


def default_path() -> Path:
    """KIOSK_CONFIG, else ./kiosk.toml, else the platform's place for site settings."""
    if named := os.environ.get("KIOSK_CONFIG"):
        return Path(named)
    if Path("kiosk.toml").exists():
        return Path("kiosk.toml")
    return Path(platformdirs.site_config_path("itk-kiosk")) / "kiosk.toml"


def load(path: Path | None = None) -> Settings:
    """The settings in `path` (else `default_path()`). Raises SettingsError."""
    path = path or default_path()
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from None
    try:
        settings = msgspec.convert({**values, "folder": str(path.absolute().parent)}, type=Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {error}") from None
    known_theme(settings.theme, path)
    return settings


def known_theme(theme: str, path: Path) -> str:
    """`theme`, if it is one of THEMES or empty. Raises SettingsError with the list."""
    if theme and theme not in THEMES:
        raise SettingsError(f"{path}: theme = {theme!r}: {' | '.join(THEMES)}")
    return theme
