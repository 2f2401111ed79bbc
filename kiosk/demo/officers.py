"""The officers of a demo office: all five units and the Kakanim, each with the PIN that its sign-in screen shows."""

from dataclasses import dataclass

from kiosk.people.model import OFFICE_HEAD


@dataclass(frozen=True, slots=True)
class DemoPerson:
    login: str
    pin: str
    name: str
    staff_no: str
    duties: tuple[tuple[str, str], ...]

    @property
    def units(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(unit for unit, _ in self.duties))

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(role for _, role in self.duties)


OFFICERS = (
    DemoPerson(
        "sri",
        "271828",
        "Sri Lestari",
        "198803122010122001",
        (("LALINTUSKIM", "counter"), ("LALINTUSKIM", "delivery_counter")),
    ),
    DemoPerson(
        "budi",
        "314159",
        "Budi Santoso",
        "199001052012121002",
        (("LALINTUSKIM", "entry"), ("LALINTUSKIM", "scan_operator")),
    ),
    DemoPerson("wati", "161803", "Wati Rahayu", "198506172008012003", (("WASDAKIM", "watchlist_examiner"),)),
    DemoPerson("joko", "173205", "Joko Prasetyo", "198211302006041004", (("WASDAKIM", "watchlist_examiner"),)),
    DemoPerson(
        "agus",
        "141421",
        "Agus Wijaya",
        "198709092009121005",
        (("LALINTUSKIM", "verifier"), ("LALINTUSKIM", "biometric_operator")),
    ),
    DemoPerson("hendra", "223606", "Hendra Gunawan", "197804212002121006", (("LALINTUSKIM", "approver"),)),
    DemoPerson("ratna", "264575", "Ratna Dewi", "198912252011012007", (("BENDAHARA", "treasurer"),)),
    DemoPerson("yusuf", "282842", "Yusuf Hidayat", "199107072014021008", (("LALINTUSKIM", "register_clerk"),)),
    DemoPerson("tuti", "331662", "Tuti Handayani", "198402282007012009", (("TATA_USAHA", "register_clerk"),)),
    DemoPerson(
        "eko",
        "346410",
        "Eko Nugroho",
        "199305152016031010",
        (("INSARKOM", "archivist"), ("INSARKOM", "scan_operator"), ("INSARKOM", "entry")),
    ),
    DemoPerson("made", "360555", "Made Adnyana", "196811171994031011", ((OFFICE_HEAD, "endorser"),)),
)
