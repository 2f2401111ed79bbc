"""How each paper looks, on 58 mm (32 columns) and 80 mm (48 columns). Pure."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from hardware.printer.document import Document
from kiosk.bilingual import Bilingual
from kiosk.formats import (
    amount_in_words,
    counted,
    long_date,
    mask_passport,
    moment_short,
    numeric_date,
    rupiah,
)
from kiosk.receipts.contents import (
    ApplicationReceipt,
    ArchiveCover,
    CollectionRecord,
    Content,
    DayPaper,
    DisposalList,
    HandoverList,
    Holder,
    Letterhead,
    MissingList,
    PaymentReceipt,
    QueueSlip,
    RefusalNotice,
    ShiftReport,
    StampGuide,
    StockTakeReport,
    Subtotal,
    TreasurerReport,
)
from kiosk.receipts.page import Page
from kiosk.text import clean
from kiosk.words import Language, say

LEAST_COLUMNS, MOST_COLUMNS = 32, 64
"""58 mm paper has 32 characters of font A to a line, 80 mm has 48 (42 on printers of 180 dpi)."""


def lay_out(content: Content, columns: int, letterhead: Letterhead, copy_no: int = 0) -> Document:
    """The paper for `content`. `copy_no` > 0 marks a reprint: same token, SALINAN n / COPY n.

    Raises ValueError for a width that no receipt paper has.
    """
    if not LEAST_COLUMNS <= columns <= MOST_COLUMNS:
        raise ValueError(f"no paper is {columns} columns wide")
    page = Page(columns, letterhead, copy_no)
    _PAPERS[type(content)](page, content)
    return page.document(type(content).__name__)


def _application_receipt(page: Page, paper: ApplicationReceipt) -> None:
    page.head("application.title")
    page.field("application_no", paper.application_no, bold=True)
    page.field("receipt_no", paper.number)
    page.field("at", moment_short(paper.issued_at))
    page.field("service", paper.service)
    _person(page, paper.applicant)
    # readable here: while the passport is kept, this slip is what the holder shows to police and hotels
    page.field("passport_no", paper.passport_no, bold=True)
    page.field("passport_expires", numeric_date(paper.passport_expires))
    _permit_left(page, paper.permit_expires, paper.days_left)
    if paper.sponsor:
        page.field("sponsor", paper.sponsor)
    page.section("application.received")
    page.bullets(
        [received.item for received in paper.documents],
        [_form(received.form, received.pages) for received in paper.documents],
    )
    page.field("passport_kept", _words("yes" if paper.passport_kept else "no"), bold=True)
    page.section("application.next")
    if paper.appointment is not None:
        page.field("appointment", paper.appointment.what)
        page.field("appointment_at", moment_short(paper.appointment.at), bold=True)
    if paper.expected_ready is not None:
        page.field("expected_ready", _date_words(paper.expected_ready))
    if paper.bring:
        page.section("application.bring")
        page.bullets(paper.bring)
    page.rule()
    page.clerk("officer", paper.clerk)
    page.code(paper.token, paper.short_code)
    page.paragraph("application.not_a_permit", bold=True)
    page.paragraph("application.privacy")
    page.foot()


def _missing_list(page: Page, paper: MissingList) -> None:
    page.head("missing.title")
    page.field("at", moment_short(paper.issued_at))
    page.field("service", paper.service)
    page.name("applicant", paper.applicant)
    _permit_left(page, paper.permit_expires, paper.days_left)
    if paper.last_working_day is not None:
        page.field("last_day", _date_words(paper.last_working_day), bold=True)
    page.section("missing.items")
    page.bullets([missing.item for missing in paper.missing], [missing.note for missing in paper.missing])
    page.rule()
    page.paragraph("missing.not_registered", bold=True)
    page.paragraph("missing.come_back")
    page.clerk("officer", paper.clerk)
    page.foot()


def _payment_receipt(page: Page, paper: PaymentReceipt) -> None:
    page.head("payment.title")
    page.field("receipt_no", paper.number, bold=True)
    page.field("at", moment_short(paper.paid_at))
    page.field("application_no", paper.application_no, bold=True)
    page.name("payer", paper.payer)
    page.field("passport_no", mask_passport(clean(paper.passport_no)))
    page.field("service", paper.service)
    if paper.days is not None:
        page.field("days", _counted(paper.days, "day"))
    page.section("payment.charges")
    for charge in paper.charges:
        page.row(charge.label.indonesian, rupiah(charge.amount))
        page.notes(charge.label.english, charge.basis)
    page.row("TOTAL", rupiah(paper.total), bold=True)
    page.field("in_words", amount_in_words(paper.total))
    page.rule()
    _settlement(page, paper)
    page.clerk("treasurer", paper.treasurer)
    page.section("payment.collect")
    if paper.expected_ready is not None:
        page.field("expected_ready", _date_words(paper.expected_ready), bold=True)
    if paper.estimated_ready is not None:
        page.field("estimated_ready", _date_words(paper.estimated_ready))
        if paper.estimates_measured:
            kept, measured = str(paper.estimates_kept), str(paper.estimates_measured)
            page.paragraph("payment.estimates_kept", kept=kept, measured=measured)
    page.paragraph("payment.how_to_collect")
    page.paragraph("payment.who_may_collect")
    page.code(paper.token, paper.short_code, twice=True)
    page.paragraph("payment.keep", bold=True)
    page.paragraph("payment.no_refund")
    page.foot()


def _settlement(page: Page, paper: PaymentReceipt) -> None:
    """How it was paid, with every number that proves it."""
    page.field("method", _words(f"method.{paper.method}"))
    for key, value in (
        ("billing_code", paper.billing_code),
        ("bank_ref", paper.bank_ref),
        ("approval_code", paper.approval_code),
        ("card_last4", paper.card_last4 and f"**** {clean(paper.card_last4)[-4:]}"),
    ):
        if value:
            page.field(key, value)
    page.field("ntpn", paper.ntpn or _words("ntpn_to_follow"))


def _collection_record(page: Page, paper: CollectionRecord) -> None:
    page.head("collection.title")
    page.field("record_no", paper.number, bold=True)
    page.field("at", moment_short(paper.handed_over_at))
    page.field("application_no", paper.application_no)
    page.field("claim_no", paper.claim_no or "-")
    _person(page, paper.holder)
    page.field("passport_no", paper.passport_no)
    page.field("register_no", paper.register_no, bold=True)
    if paper.permit_until is not None:
        page.field("permit_until", _date_words(paper.permit_until))
    page.section("collection.collector")
    page.field("collector", paper.collector, bold=True)
    page.field("relation", _words(f"relation.{paper.relation}"))
    if paper.identity_no:
        page.field("identity", f"{paper.identity_kind} {paper.identity_no}".strip())
    if paper.power_of_attorney:
        page.field("power_of_attorney", paper.power_of_attorney)
    page.rule()
    page.paragraph("collection.received")
    page.signatures("collection.sign_collector", "collection.sign_officer", names=(paper.collector, paper.clerk.name))
    page.clerk("officer", paper.clerk)
    page.foot()


def stamp_text(guide: StampGuide, letterhead: Letterhead) -> tuple[str, ...]:
    """The lines to stamp or write in the passport, exactly; the same for the screen of step 9 and the slip."""

    def line(key: str, **values: object) -> str:
        return say(Language.INDONESIAN, f"receipts.stamp.{key}", **values)

    until = numeric_date(guide.valid_until)
    period = (
        line("until", until=until)
        if guide.valid_from is None
        else line("from_until", since=numeric_date(guide.valid_from), until=until)
    )
    extension = (line("extension", number=guide.extension_no),) if guide.extension_no else ()
    staff_no = (line("staff_no", number=guide.signatory_staff_no),) if guide.signatory_staff_no else ()
    return (
        line("title"),
        line("title_english"),
        line("register", number=guide.register_no),
        *extension,
        period,
        line("no_work"),
        line("no_work_english"),
        f"{letterhead.place}, {long_date(guide.stamped_on, Language.INDONESIAN)}",
        letterhead.office,
        guide.signatory_title,
        guide.signatory_name,
        *staff_no,
    )


def _stamp_guide(page: Page, paper: StampGuide) -> None:
    page.head("stamp.slip_title")
    page.field("application_no", paper.application_no)
    page.name("applicant", paper.holder)
    page.field("passport_no", paper.passport_no, bold=True)
    page.section("stamp.exact")
    page.exact(stamp_text(paper, page.letterhead))
    page.rule()
    page.paragraph("stamp.compare")
    page.clerk("officer", paper.clerk)


def _shift_report(page: Page, paper: ShiftReport) -> None:
    page.head("shift.title")
    page.field("report_no", paper.number, bold=True)
    page.clerk("treasurer", paper.treasurer)
    page.field("opened", moment_short(paper.opened_at))
    page.field("closed", moment_short(paper.closed_at))
    _subtotals(page, "shift.by_method", paper.by_method)
    page.row(f"TOTAL ({paper.count})", rupiah(paper.total), bold=True)
    _subtotals(page, "shift.by_tariff", paper.by_tariff)
    page.section("shift.voided")
    for void in paper.voided:
        page.row(f"{void.number} {void.reason}", rupiah(-void.amount))
    _tally(page, len(paper.voided), -sum(void.amount for void in paper.voided))
    page.section("shift.unresolved")
    for payment in paper.unresolved:
        page.row(payment.reference, rupiah(payment.amount))
    _tally(page, len(paper.unresolved), sum(payment.amount for payment in paper.unresolved))
    page.section("shift.edc")
    page.field("edc_own", rupiah(paper.own_edc_total))
    page.field("edc_device", _words("shift.no_settlement") if paper.edc_total is None else rupiah(paper.edc_total))
    if paper.edc_difference is not None:
        page.field("edc_difference", rupiah(paper.edc_difference), bold=paper.edc_difference != 0)
    page.signatures("shift.sign_treasurer", "shift.sign_witness", names=(paper.treasurer.name, ""))


def _treasurer_report(page: Page, paper: TreasurerReport) -> None:
    page.head(f"books.{paper.book}")
    page.field("month", paper.month, bold=True)
    page.field("at", moment_short(paper.made_at))
    page.clerk("treasurer", paper.treasurer)
    page.rule()
    for row in paper.rows:
        page.row(row.left, row.right, bold=row.bold)
        page.notes(row.note)
    page.signatures("shift.sign_treasurer", "shift.sign_witness", names=(paper.treasurer.name, ""))


def _subtotals(page: Page, key: str, rows: tuple[Subtotal, ...]) -> None:
    page.section(key)
    for row in rows:
        page.row(f"{row.label.indonesian} ({row.count})", rupiah(row.amount))


def _tally(page: Page, count: int, amount: int) -> None:
    page.row(say(Language.INDONESIAN, "receipts.shift.count", count=count), rupiah(amount), bold=True)


def _handover_list(page: Page, paper: HandoverList) -> None:
    page.head("files.title")
    page.field("list_no", paper.number, bold=True)
    page.field("at", moment_short(paper.handed_over_at))
    page.section("files.rows")
    for number, row in enumerate(paper.rows, start=1):
        page.row(f"{number}. {row.application_no}", counted(row.pages, "page", Language.INDONESIAN))
        page.row(row.register_no, row.location)
    page.rule()
    pages = sum(row.pages for row in paper.rows)
    files = say(Language.INDONESIAN, "receipts.files.count", count=len(paper.rows))
    page.row(files, counted(pages, "page", Language.INDONESIAN), bold=True)
    page.signatures("files.sign_giver", "files.sign_receiver", names=(paper.giver.name, paper.receiver.name))


def _refusal_notice(page: Page, paper: RefusalNotice) -> None:
    page.head("refused.title")
    page.field("application_no", paper.application_no, bold=True)
    page.field("at", moment_short(paper.decided_at))
    page.field("service", paper.service)
    page.name("applicant", paper.applicant)
    page.field("passport_no", mask_passport(clean(paper.passport_no)))
    if paper.permit_expires is not None:
        page.field("permit_expires", _date_words(paper.permit_expires), bold=True)
    page.section("refused.reason")
    page.notes(paper.reason or "-")
    page.rule()
    page.paragraph("refused.passport")
    page.paragraph("refused.complain")
    page.signatures("refused.sign_official", names=(paper.clerk.name,))
    page.foot()


def _disposal_list(page: Page, paper: DisposalList) -> None:
    page.head("disposal.title")
    page.field("at", moment_short(paper.made_at))
    page.section("disposal.rows")
    for number, row in enumerate(paper.rows, start=1):
        page.row(f"{number}. {row.application_no}", counted(row.pages, "page", Language.INDONESIAN))
        page.row(f"{row.list_no} {row.location}", numeric_date(row.retention_until))
    page.rule()
    files = say(Language.INDONESIAN, "receipts.files.count", count=len(paper.rows))
    pages = counted(sum(row.pages for row in paper.rows), "page", Language.INDONESIAN)
    page.row(files, pages, bold=True)
    page.paragraph("disposal.approval")
    page.signatures("disposal.sign_archivist", "disposal.sign_head", names=(paper.clerk.name, paper.head_name))


def _stock_take(page: Page, paper: StockTakeReport) -> None:
    page.head("stock.title")
    page.field("stock_no", paper.number, bold=True)
    page.field("opened", moment_short(paper.started_at))
    page.field("closed", moment_short(paper.ended_at))
    page.row(say(Language.INDONESIAN, "receipts.stock.expected"), f"{paper.expected}")
    page.row(say(Language.INDONESIAN, "receipts.stock.found"), f"{paper.found}", bold=True)
    for key, lines in (("missing", paper.missing), ("misplaced", paper.misplaced), ("foreign", paper.foreign)):
        page.section(f"stock.{key}")
        for line in lines:
            places = " > ".join(place for place in (line.recorded, line.found) if place)
            page.row(line.application_no or "-", mask_passport(clean(line.passport_no)))
            page.notes(places or say(Language.INDONESIAN, "receipts.stock.with_file"))
        page.row(say(Language.INDONESIAN, "receipts.stock.count", count=len(lines)), "", bold=True)
    page.signatures("stock.sign_counter", "stock.sign_witness", names=(paper.clerk.name, ""))


def _archive_cover(page: Page, paper: ArchiveCover) -> None:
    page.head("archive.title")
    page.field("location", paper.location, bold=True)
    page.field("cover_no", paper.number)
    page.field("application_no", paper.application_no, bold=True)
    page.field("register_no", paper.register_no or "-")
    page.name("applicant", paper.holder)
    page.field("passport_no", mask_passport(clean(paper.passport_no)))
    page.field("service", paper.service)
    page.field("outcome", paper.outcome)
    page.field("opened", numeric_date(paper.opened_on))
    page.field("closed", numeric_date(paper.closed_on))
    page.field("pages", str(paper.pages))
    if paper.retain_until is not None:
        page.field("retain_until", _date_words(paper.retain_until))
    page.code(paper.token, paper.short_code)


def _queue_slip(page: Page, paper: QueueSlip) -> None:
    page.head("queue.title")
    page.figure(paper.number)
    page.rule()
    page.field("service", paper.service, bold=True)
    page.field("at", moment_short(paper.issued_at))
    page.field("ahead", str(paper.ahead))
    page.field("expected_wait", _counted(paper.minutes, "minute") if paper.minutes else _words("queue.at_once"))
    if paper.priority:
        page.paragraph("queue.priority", bold=True)
    page.paragraph("queue.watch")
    page.paragraph("queue.absent")


def _day_paper(page: Page, paper: DayPaper) -> None:
    page.head("day.title")
    page.field("at", moment_short(paper.made_at))
    page.clerk("officer", paper.clerk)
    page.section("day.done")
    for row in paper.done:
        page.row(f"{row.count} x {row.step.indonesian}", f"{row.minutes}/{row.standard}'")
    if paper.served:
        page.row(say(Language.INDONESIAN, "receipts.day.served"), str(paper.served))
    page.section("day.left")
    for left in paper.left:
        page.row(f"{left.why.indonesian} {left.step}", left.number)
    page.row(say(Language.INDONESIAN, "receipts.day.count"), str(len(paper.left)), bold=True)
    page.signatures("day.sign_officer", "day.sign_superior", names=(paper.clerk.name, ""))


def _person(page: Page, holder: Holder) -> None:
    page.name("applicant", holder)
    if holder.nationality:
        page.field("nationality", holder.nationality)
    if holder.sex:
        page.field("sex", holder.sex)
    if holder.born:
        page.field("born", holder.born)


def _permit_left(page: Page, expires: date | None, days_left: int | None) -> None:
    if expires is not None:
        page.field("permit_expires", _date_words(expires))
    if days_left is not None:
        key = "days_left" if days_left >= 0 else "days_over"
        page.field(key, _counted(abs(days_left), "day"), bold=True)


def _words(key: str) -> Bilingual:
    return Bilingual(*(say(language, f"receipts.{key}") for language in Language))


def _date_words(day: date) -> Bilingual:
    return Bilingual(*(long_date(day, language) for language in Language))


def _counted(count: int, unit: str) -> Bilingual:
    return Bilingual(*(counted(count, unit, language) for language in Language))


def _form(form: str, pages: int) -> str:
    sheets = f", {counted(pages, 'page', Language.INDONESIAN)}" if pages else ""
    return say(Language.INDONESIAN, f"receipts.form.{form}") + sheets


_PAPERS: Mapping[type[Content], Callable[[Page, Any], None]] = {
    ApplicationReceipt: _application_receipt,
    MissingList: _missing_list,
    PaymentReceipt: _payment_receipt,
    CollectionRecord: _collection_record,
    StampGuide: _stamp_guide,
    ShiftReport: _shift_report,
    TreasurerReport: _treasurer_report,
    HandoverList: _handover_list,
    RefusalNotice: _refusal_notice,
    DisposalList: _disposal_list,
    StockTakeReport: _stock_take,
    ArchiveCover: _archive_cover,
    QueueSlip: _queue_slip,
    DayPaper: _day_paper,
}
