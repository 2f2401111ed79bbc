"""What officers do at steps 5 to 13: scans, decision, money, biometrics, stamp, signature, hand-over, archive."""

from datetime import date
from typing import Any

from kiosk.cli.auto.counters import PINS
from kiosk.cli.auto.typist import Stuck, Typist
from kiosk.cli.auto.world import World
from screens.nonconformity import NonconformityScreen
from screens.papers import PapersScreen
from screens.step_screen import StepScreen
from screens.widgets.form import Form
from screens.widgets.rows import RowList


async def scanning(hands: Typist, number: str) -> None:
    """Step 5: F8 for each document until none is open."""
    screen = await hands.open_row(number, "scanning")
    rows = screen.query_one(RowList)
    for _ in range(40):
        if not any(row.mark == "-" for row in rows.rows):
            break
        await _to_open_row(hands, rows)
        tone = await hands.device(doing="scan")
        if tone == "refusal":
            raise Stuck(hands.said())
        if rows.current is not None and rows.current.mark == "!":
            await hands.press("enter")
            await hands.dialog({"way": "accept"})
    await hands.complete()


async def _to_open_row(hands: Typist, rows: "RowList[str]") -> None:
    """The cursor to the next row that is still open."""
    while rows.current is None or rows.current.mark != "-":
        wanted = next(n for n, row in enumerate(rows.rows) if row.mark == "-")
        await hands.press("down" if wanted > rows.cursor else "up")


async def approval(hands: Typist, number: str) -> None:
    """Step 6: approved with paraf."""
    screen = await hands.open_row(number, "approval")
    values: dict[str, object] = {"way": "approve", "initial": "HG"}
    if screen.prepared.overstay:
        values["overstay_reason"] = "Dihitung bersama pemohon dari cap masuk."
    await hands.fill(values)
    await hands.complete(asked=True)


async def nonconformity(hands: Typist, number: str, *, back_to: str) -> None:
    """Step 6, "Masalah?" Ya: a finding is raised, and decided to go back to an earlier step."""
    await hands.open_row(number, "approval")
    await hands.fill({"way": "problem"})
    await hands.press("f10")
    await _finding(
        hands,
        {
            "category": 1,
            "finding": "Alamat pada formulir berbeda dengan surat penjamin.",
            "who_acts": 1,
        },
    )
    await hands.back_at_work_list()
    await hands.press("f3")
    await hands.until(lambda: type(hands.app.screen).__name__ == "SearchScreen", doing="search")
    await hands.write(number)
    await hands.press("enter")
    await hands.until(lambda: hands.app.screen.query_one(RowList).rows, doing="found")
    await hands.press("enter")
    await hands.until(lambda: type(hands.app.screen).__name__ == "CaseScreen", doing="case")
    await hands.press("f7")
    await hands.until(lambda: type(hands.app.screen).__name__ != "CaseScreen", doing="side")
    if not hands.on(NonconformityScreen):
        await hands.press("enter")
    await _finding(hands, {"outcome": 1, "back_to": back_to, "note": "Diperbaiki sesuai surat penjamin."})
    await hands.back_at_work_list()


async def _finding(hands: Typist, values: dict[str, object]) -> None:
    await hands.until(lambda: hands.on(NonconformityScreen) and bool(hands.app.screen.query(Form)), doing="finding")
    form = hands.form()
    for name, value in values.items():
        field = next(field for field in form.fields if field.name == name)
        chosen = field.entries()[int(value) - 1].value if isinstance(value, int) else value
        await hands.fill({name: chosen})
    await hands.press("f10")


async def payment(hands: Typist, number: str, *, declined_first: bool, world: World) -> None:
    """Step 7: by card; where the card is declined, by QRIS."""
    await hands.open_row(number, "payment")
    if declined_first:
        world.decline_next_card()
        await hands.fill({"method": "edc_card"})
        if await hands.device(doing="card") != "refusal":
            raise Stuck(f"declined card was not refused: {hands.said()}")
        await hands.fill({"method": "edc_qris"})
    else:
        await hands.fill({"method": "edc_card"})
    await _until_paid(hands)
    await hands.complete()


async def _until_paid(hands: Typist) -> None:
    for _ in range(6):
        if await hands.device(doing="charge") == "done":
            return
    raise Stuck(f"not paid: {hands.said()}")


async def biometrics(hands: Typist, number: str, *, missing_finger: bool) -> None:
    """Step 8: portrait, ten fingers (one missing, if so), notice, face and interview."""
    screen = await hands.open_row(number, "biometrics")
    rows = screen.query_one(RowList)
    if missing_finger:
        await hands.press("end", "enter")
        await hands.dialog({"state": "missing", "reason": "Jari tidak ada sejak lahir."})
    while any(row.mark == "-" for row in rows.rows):
        await _to_open_row(hands, rows)
        if await hands.device(doing="capture") == "refusal":
            raise Stuck(hands.said())
    values: dict[str, object] = {"notice_given": True, "face_agrees": True}
    if any(field.name == "interview" for field in screen.query_one(Form).fields):
        values["interview"] = "Wawancara: tujuan kunjungan sesuai permohonan."
    await hands.fill(values)
    await hands.press("f10")
    if missing_finger:
        await hands.second_person("hendra", PINS["hendra"])
    await hands.back_at_work_list()


async def registration(hands: Typist, number: str) -> tuple[str, date]:
    """Step 9: the number is drawn, the stamp confirmed. The register number and the permit's last day."""
    await hands.open_row(number, "registration")
    await hands.fill({"passport_page": "12", "page_is_free": True})
    await hands.press("f8")
    await hands.confirm()
    screen = await hands.until(lambda: _drawn(hands), doing="number drawn")
    register_no, until = str(screen.prepared.number), screen.prepared.valid_until
    await hands.fill({"stamped": True})
    await hands.complete()
    return register_no, until


def _drawn(hands: Typist) -> StepScreen[Any, Any] | None:
    screen = hands.app.screen
    return screen if isinstance(screen, StepScreen) and screen.is_open and screen.prepared.number else None


async def endorsement(hands: Typist, number: str) -> None:
    """Step 10: seen and signed."""
    await hands.open_row(number, "endorsement")
    await hands.fill({"stamp_seen": True, "signed": True})
    await hands.complete(asked=True)


async def stamp_scan(hands: Typist, number: str, register_no: str, valid_until: str) -> None:
    """Step 11: the stamped page is scanned and read back."""
    await hands.open_row(number, "stamp_scan")
    if await hands.device(doing="scan the stamp") == "refusal":
        raise Stuck(hands.said())
    await hands.fill({"register_no_read": register_no, "valid_until_read": valid_until})
    if hands.is_shown("accepted"):
        await hands.fill({"accepted": True})
    await hands.complete()


async def handover(hands: Typist, number: str, world: World, passport_no: str, *, second: str = "") -> None:
    """Step 12: the claim's QR is scanned from the paper, the finger compared, the passport given.

    `second` is the login of who signs too, where the same officer printed a copy of the claim.
    """
    screen = await hands.open_row(number, "handover")
    await hands.scan(world.read_claim(number))
    await hands.until(lambda: hands.screen.status.tone == "done", doing="claim good")
    if screen.prepared.finger_wanted:
        await hands.device(doing="compare finger")
    values: dict[str, object] = {"passport_no": passport_no, "relation": "applicant", "face_agrees": True}
    if second:
        values["reason"] = "Salinan dicetak karena kertas pertama tersobek."
    await hands.fill(values)
    await hands.press("f10")
    await hands.confirm()
    if second:
        await hands.second_person(second, PINS[second])
    await hands.back_at_work_list()


async def archiving(hands: Typist, number: str, box: int) -> None:
    """Step 13: the place and the sheets."""
    await hands.open_row(number, "archiving")
    await hands.fill({"location": f"L1-R1-B{box}", "pages": 24, "complete": True})
    await hands.complete()


async def reprint(hands: Typist, number: str, paper: str) -> None:
    """A copy of one of the case's papers, with a reason."""
    await hands.to_row(lambda row: row.cells[0] == number, doing=f"{number} waits")
    await hands.press("f4")
    await hands.until(lambda: type(hands.app.screen).__name__ == "CaseScreen", doing="case")
    await hands.press("f8")
    await hands.until(lambda: hands.on(PapersScreen), doing="papers")
    words = hands.app.words.say(f"papers.{paper}")
    await hands.to_row(lambda row: row.cells[0] == words, doing=f"paper {paper}")
    await hands.press("enter")
    await hands.until(lambda: not hands.on(PapersScreen), doing="reason")
    await hands.fill({"reason": "Kertas pertama tersobek."})
    await hands.press("f10")
    await hands.until(lambda: hands.on(PapersScreen) and hands.screen.status.tone == "done", doing="copy queued")
    await hands.press("f2")
    await hands.back_at_work_list()
