"""What the officers of all thirteen steps do at a real terminal, told by what stands on the screen."""

import re
from datetime import date
from pathlib import Path

from kiosk import clock
from kiosk.demo.applicants import DemoApplicant, make
from kiosk.demo.cekal import add_cekal, entries
from kiosk.demo.office import found_demo
from kiosk.formats import numeric_date
from kiosk.settings import Settings
from tests.journeys.person import DOWN, ENTER, F8, F10, Person

SEED = 5
DOCUMENTS = re.compile(r"^ \[(.)\] (\*| ) ")
APPLICATION_NO = re.compile(r"ITK-MRE-\d{4}-\d{5}")
REGISTER_NO = re.compile(r"No\. Register: (\S+)")
VALID_UNTIL = re.compile(r"Berlaku / Valid: \S+ - (\S+)")
MANY = 60


def found_with_devices(folder: Path) -> Settings:
    """A founded office with its devices, where nobody waits."""
    settings = found_demo(folder, brisk=True)
    add_cekal(settings, entries(applicant(31)), now=clock.now())
    return settings


def applicant(number: int) -> DemoApplicant:
    """Somebody new."""
    return make(SEED, number, clock.office_day(clock.now()))


def on_paper(day: date | None) -> str:
    assert day is not None
    return numeric_date(day)


def intake(person: Person, who: DemoApplicant) -> str:
    """Step 1: the zone is scanned as a burst, the rest typed, the documents counted. The application number."""
    data = who.data
    person.open_row("Permohonan baru")
    person.sees("Jenis permohonan")
    person.choose("Jenis permohonan", "Perpanjangan dari visa kunjungan")
    person.burst("\r".join(data.passport.mrz) + "\r")
    person.pick("Indeks visa", "C1")
    person.fill("Izin berlaku sampai", on_paper(data.stay.permit_expires))
    person.choose("Lama dimohon", "30")
    person.pick("Kabupaten/kota", "Kabupaten Muara Enim")
    person.choose("Dasar penjamin", "Perorangan")
    person.fill("Nama penjamin", "RINA MARLINA")
    count_documents(person)
    person.keys(F10)
    person.sees("Daftarkan berkas ini")
    person.keys(F10)
    person.sees("Menunggu saya")
    person.sees(lambda: APPLICATION_NO.search("\n".join(person.rows[18:])) is not None)
    found = APPLICATION_NO.search("\n".join(person.rows[18:]))
    assert found is not None
    return found.group()


def count_documents(person: Person) -> None:
    """Walk down the list: Space for what is here as asked for, its pages in digits."""
    for _ in range(40):
        if not person.next_field():
            break  # no label is lit: the cursor is in the list
    person.sees(lambda: sum(1 for row in person.rows if DOCUMENTS.match(row)) > 5)
    for row in [row for row in person.rows if DOCUMENTS.match(row)]:
        person.keys(*((" ", "1", DOWN) if row.startswith(" [ ] *") else (DOWN,)))
    person.sees(lambda: not any(row.startswith(" [ ] *") for row in person.rows))


def data_entry(person: Person, who: DemoApplicant) -> None:
    """Step 2: what the zone and step 1 don't know."""
    data = who.data
    person.sees("Tempat lahir")
    person.fill("Tempat lahir", data.holder.birth_place)
    person.fill("Tanggal terbit", on_paper(data.passport.issued))
    person.choose("Halaman kosong ada", "Ya")
    person.fill("Pekerjaan", "ENGINEER")
    person.fill("Telepon", "+62812345678")
    person.fill("Nomor visa", "V1234567")
    person.fill("Tanggal tiba", on_paper(data.stay.arrived))
    person.fill("TPI kedatangan", "SOEKARNO-HATTA")
    person.fill("Diberikan saat tiba", "60")
    person.fill("Jalan dan nomor", "Jalan Pramuka 31")
    person.fill("Maksud kunjungan", "Kunjungan keluarga")
    person.fill("NIK/NIB", "1603011708700001")
    person.fill("Alamat penjamin", "Jalan Pramuka 31")
    person.keys(F10)


def verification(person: Person) -> None:
    """Step 4: the documents are genuine and the sponsor stands: Ya to every question, Tab by Tab."""
    answered: list[str] = []
    while (label := person.lit()) not in answered:
        answered.append(label)
        if any(row[1:].startswith(label) and "( ) Ya" in row for row in person.rows):
            person.choose(label, "Ya")
        person.next_field()
    person.fill("Catatan verifikator", "Temuan diperiksa pada dokumen asli.")
    person.keys(F10)
    person.confirm()


def scanning(person: Person) -> None:
    """Step 5: F8 for each document that is not scanned yet."""
    each_open_row(person, "belum dipindai")
    person.keys(F10)


def each_open_row(person: Person, words: str) -> None:
    """Bring the mark to each row with these words and use the device there."""
    person.sees(words)
    for _ in range(MANY):
        if not any(words in row for row in person.rows):
            return
        marked = next((row for row in person.rows if row.startswith(" >")), "")
        if words in marked:
            person.device(marked)
        else:
            person.keys(DOWN)
    raise AssertionError(f"still {words}\n{person.text}")


def approval(person: Person) -> None:
    """Step 6: no problem, approved."""
    person.choose("Masalah?", "Tidak, setujui")
    person.fill("Paraf", "HG")
    person.keys(F10)
    person.confirm()


def payment(person: Person) -> None:
    """Step 7: by card at the EDC."""
    person.choose("Cara bayar", "Kartu di EDC")
    person.keys(F8)
    person.sees("LUNAS")
    person.keys(F10)


def biometrics(person: Person) -> None:
    """Step 8: portrait and ten fingers, notice, face, interview."""
    person.sees("belum diambil")
    person.keys(F8)
    person.sees("Enter atau F8 mengambil gambar ini")
    person.keys(ENTER)
    person.sees(lambda: "Enter atau F8 mengambil" not in person.text)
    each_open_row(person, "belum diambil")
    person.choose("Pemberitahuan dibacakan", "Ya")
    person.choose("Wajah sesuai paspor", "Ya")
    person.fill("Catatan wawancara", "Tujuan sesuai permohonan.")
    person.keys(F10)


def registration(person: Person) -> tuple[str, str]:
    """Step 9: the number is drawn, the passport stamped. What the stamp says: register number and last day."""
    person.fill("Halaman paspor", "12")
    person.choose("Ada halaman kosong?", "Ya")
    person.keys(F8)
    person.confirm()
    person.sees("No. Register:")
    number, until = REGISTER_NO.search(person.text), VALID_UNTIL.search(person.text)
    assert number is not None
    assert until is not None
    person.answer_beside("Cap diterakan tepat?", "1")
    person.keys(F10)
    return number.group(1), until.group(1)


def endorsement(person: Person) -> None:
    """Step 10: seen and signed."""
    person.answer_beside("Cap sama dengan teks?", "1")
    person.answer_beside("Paspor ditandatangani?", "1")
    person.keys(F10)
    person.confirm()


def stamp_scan(person: Person, register_no: str, valid_until: str) -> None:
    """Step 11: the stamped page is scanned, and typed as it stands in the passport."""
    person.sees("belum dipindai")
    person.keys(F8)
    person.sees("Halaman cap tersimpan")
    person.fill("Nomor register (cap)", register_no)
    person.fill("Berlaku sampai (cap)", valid_until)
    person.keys(F10)


def handover(person: Person, who: DemoApplicant, claim: str) -> None:
    """Step 12: the claim's code is scanned, the finger compared, the passport given."""
    person.sees("Paspor di tangan")
    person.burst(claim + "\r")
    person.sees("sah dan belum dipakai")
    person.keys(F8)
    person.sees(lambda: "Belum dicocokkan" not in person.text)
    person.fill("Paspor di tangan", who.data.passport.number)
    person.choose("Diambil oleh", "Pemohon")
    person.choose("Wajah cocok", "Ya")
    person.keys(F10)
    person.confirm()
    person.sees("kembali ke daftar kerja")
    person.keys(ENTER)


def archiving(person: Person) -> None:
    """Step 13: the place and the sheets."""
    person.fill("Lemari-rak-boks", "L1-R1-B2")
    person.fill("Jumlah lembar", "24")
    person.choose("Berkas lengkap?", "Ya")
    person.keys(F10)
