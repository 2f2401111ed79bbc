"""What officers do at steps 1 to 4: the file, the data, the list, the documents."""

from kiosk.applicant import SponsorBasis
from kiosk.cli.auto.typist import Stuck, Typist
from kiosk.demo.applicants import DemoApplicant
from kiosk.demo.officers import OFFICERS
from kiosk.formats import numeric_date
from screens.cekal import CekalScreen
from screens.widgets.form import Form
from screens.widgets.received import ReceivedList
from screens.widgets.rows import RowList
from screens.work_list import WorkListScreen

PINS = {person.login: person.pin for person in OFFICERS}


async def intake(hands: Typist, who: DemoApplicant, *, leave_out: str = "") -> str:
    """Step 1. The application number; '' where a document was left out and the file went back with its list."""
    await hands.open_new()
    data = who.data
    await hands.fill({"kind": who.kind})
    await hands.scan("\n".join(data.passport.mrz))
    await hands.until(lambda: hands.form().values().text("passport_no") == data.passport.number, doing="zone read")
    await hands.fill(
        {
            "visa_index": data.stay.visa_index,
            "permit_expires": numeric_date(data.stay.permit_expires),
            "days": str(data.request.days),
            "regency": data.address.regency,
            "sponsor_basis": str(data.sponsor.basis),
        }
    )
    if data.sponsor.basis is not SponsorBasis.NONE:
        await hands.fill({"sponsor_name": data.sponsor.name.upper()})
    await _receive(hands, leave_out)
    if leave_out:
        await hands.press("f7")
        await hands.confirm()
        await hands.back_at_work_list()
        return ""
    await hands.complete(asked=True)
    return _application_number(hands.said())


def _application_number(said: str) -> str:
    word = next((word for word in said.split() if word.startswith("ITK-")), "")
    if not word:
        raise Stuck(f"no application number: {said}")
    return word.strip(".,:;")


async def _receive(hands: Typist, leave_out: str) -> None:
    """Tick every document that is asked for: Space says it is here as asked for, digits count its pages."""
    for _ in range(60):
        focused = hands.app.screen.focused
        if isinstance(focused, ReceivedList):
            break
        await hands.press("tab")
    else:
        raise Stuck("no list of documents")
    while focused.cursor:
        await hands.press("up")
    for number, item in enumerate(focused.items):
        if item.required and item.key != leave_out:
            await hands.press("space", "1")
        if number + 1 < len(focused.items):
            await hands.press("down")


async def data_entry(hands: Typist, who: DemoApplicant, number: str) -> None:
    """Step 2: what the zone and step 1 don't know."""
    await hands.open_row(number, "data_entry")
    data = who.data
    values: dict[str, object] = {
        "birth_place": data.holder.birth_place,
        "issued": numeric_date(data.passport.issued) if data.passport.issued else "",
        "free_page": True,
        "occupation": data.holder.occupation,
        "phone": data.holder.phone,
        "email": data.holder.email,
        "visa_no": data.stay.visa_no,
        "arrived": numeric_date(data.stay.arrived),
        "arrived_at": data.stay.arrived_at,
        "granted_days": data.stay.granted_days,
        "extensions_before": data.stay.extensions_before,
        "street": data.address.street,
        "purpose": data.request.purpose,
    }
    if data.sponsor.basis is not SponsorBasis.NONE:
        values["sponsor_identity_no"] = data.sponsor.identity_no
        values["sponsor_address"] = data.sponsor.address
    else:
        values["sponsor_exemption"] = data.sponsor.exemption
    await hands.fill(values)
    await hands.complete()


async def watchlist(hands: Typist, number: str) -> bool:
    """Step 3: clean is confirmed (True); a possible hit goes to SOP Cekal (False)."""
    screen = await hands.open_row(number, "watchlist")
    if not screen.prepared.bands:
        await hands.complete()
        return True
    await hands.press("f10")
    await hands.confirm()
    await hands.until(lambda: hands.on(CekalScreen) or hands.on(WorkListScreen), doing="held")
    return False


async def clear_hit(hands: Typist, second: str) -> None:
    """SOP Cekal: each candidate is another person, signed by two; then step 3 is completed."""
    await hands.until(lambda: hands.on(CekalScreen), doing="cekal")
    rows = hands.app.screen.query_one(RowList)
    await hands.until(lambda: rows.rows, doing="candidates")
    for place in range(len(rows.rows)):
        await hands.press("home", *["down"] * place, "enter")
        await hands.dialog(
            {"ground": "birth_differs", "text": "Tanggal lahir dan foto berbeda, paspor diperiksa langsung."}
        )
    await hands.press("f10")
    await hands.confirm()
    await hands.second_person(second, PINS[second])
    await hands.step_screen("watchlist")
    await hands.complete()


async def verification(hands: Typist, number: str) -> None:
    """Step 4: every document is genuine, the sponsor stands."""
    screen = await hands.open_row(number, "verification")
    await hands.fill(dict.fromkeys(_yes_no(screen.query_one(Form)), True))
    if screen.prepared.findings:
        await hands.fill({"note": "Temuan diperiksa pada dokumen asli, sesuai."})
    await hands.complete(asked=True)


def _yes_no(form: Form) -> tuple[str, ...]:
    """The documents' fields and the sponsor's."""
    names = (field.name for field in form.fields)
    return tuple(n for n in names if (n.startswith("document_") and not n.endswith("_note")) or n == "sponsor_ok")
