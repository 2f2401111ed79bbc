"""`kiosk report`: the treasurer's shift report, cash book (BKU), monthly data (LPJ) and reconciliation list."""

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from kiosk import clock
from kiosk.cli import service_reports
from kiosk.cli.common import Config, Exit, Failure, Json, answer, opened
from kiosk.formats import moment_short, numeric_date, rupiah
from kiosk.money import ledger, shifts
from kiosk.money.cash_book import as_csv, description, safe_cell
from kiosk.money.shifts import Settlement, Tally
from kiosk.records import plain
from kiosk.reports import edc_file, monthly, reconciliation, shift_report, treasury_file
from kiosk.reports import pages as pages_of
from kiosk.reports.period import Period, day, month
from kiosk.settings import Settings
from kiosk.words import Language, Words

app = typer.Typer(no_args_is_help=True, help="The treasurer's reports. Exit 1 where something differs or is undecided.")
service_reports.add_to(app)

Csv = Annotated[bool, typer.Option("--csv", help="A table for a spreadsheet on standard output.")]
Pages = Annotated[
    bool, typer.Option("--pages", help="Pages for an A4 printer, with lines to sign; for example into `lp`.")
]
Month = Annotated[str, typer.Option("--month", help="YYYY-MM; this month if not given.", show_default=False)]


Found = TypeVar("Found")


class _Paper:
    """The office's paper for a report: letterhead, who signs, when it was printed."""

    def __init__(self, settings: Settings) -> None:
        self._office = settings.office

    def put(self, words: Words, title: str, lines: list[str], *, treasurer: str = "") -> None:
        """The report as pages on standard output."""
        office = self._office
        printed = words.say("report.printed", place=office.place, at=moment_short(clock.now()))
        signatures = (
            pages_of.Signature(words.say("report.treasurer"), treasurer),
            pages_of.Signature(office.head_title, office.head_name),
        )
        head = pages_of.Head((*office.letterhead, office.address), title, printed)
        print(pages_of.paged(head, lines, signatures, words.say("report.page")), end="")


@app.command()
def shift(
    shift: Annotated[int | None, typer.Option(help="Number of the shift; the newest if not given.")] = None,
    config: Config = None,
    csv: Csv = False,
    json: Json = False,
    pages: Pages = False,
) -> None:
    """One shift: counts and sums by method and tariff row, voids, unknowns, the EDC's settlement beside our total."""
    with opened(config) as office, office.store.reading():
        found, words = shift_report.of_shift(shift), Words(Language(office.settings.language))
        paper = _Paper(office.settings)
    if found is None:
        raise Failure("giliran tidak ditemukan / no such shift", Exit.REFUSED)
    lines = _shift_lines(found, words)
    if pages:
        paper.put(words, words.say("report.shift", number=found.shift), lines, treasurer=found.treasurer)
    elif csv:
        _table(words, ("section", "name", "count", "amount", "note"), _shift_rows(found))
    else:
        answer({**plain(found), "adds_up": found.adds_up}, as_json=json, lines=lines)
    if not found.adds_up:
        raise typer.Exit(Exit.REFUSED)


def _shift_rows(found: shift_report.ShiftReport) -> Iterable[tuple[Any, ...]]:
    taken = found.summary
    yield from (("method", row.name, row.count, row.amount, "") for row in taken.by_method)
    yield from (("tariff", row.name, row.count, row.amount, _row_note(row)) for row in taken.by_tariff)
    yield from (("reversed", row.reference, 1, -row.amount, row.reason) for row in taken.reversed)
    yield from (("undecided", row.reference, 1, row.amount, row.state) for row in taken.undecided)
    yield "total", "", "", found.total, ""
    yield "edc_own", "", "", found.own_edc_total, ""
    yield from (("edc_batch", one.batch_no, "", one.total, one.difference) for one in taken.settlements)
    if taken.counted is not None:
        yield "cash_counted", "", "", taken.counted, found.cash_difference


def _shift_lines(found: shift_report.ShiftReport, words: Words) -> list[str]:
    until = moment_short(found.closed_at) if found.closed_at else words.say("report.shift_open")
    lines = [f"#{found.shift}  {found.terminal}  {found.treasurer}  {moment_short(found.opened_at)} - {until}"]
    taken = found.summary
    lines += [words.say("report.by_method"), *_tallies(words, "payment.method", taken.by_method)]
    lines += [words.say("report.by_tariff"), *_tallies(words, "payment.charge", taken.by_tariff)]
    lines += [
        f"  {words.say('report.reversed')}  {r.reference}  {rupiah(-r.amount)}  {r.reason}" for r in taken.reversed
    ]
    lines += [f"! {words.say('report.undecided')}  {u.reference}  {rupiah(u.amount)}" for u in taken.undecided]
    lines.append(f"{words.say('report.total')}  {rupiah(found.total)}")
    lines += [_batch(words, one) for one in taken.settlements]
    if taken.counted is not None:
        lines.append(_beside(words, "report.counted", taken.counted, found.cash_difference))
    if found.sealed is False:
        lines.append(f"! {words.say('report.seal_broken')}")
    return lines


def _tallies(words: Words, prefix: str, rows: Iterable[Tally]) -> list[str]:
    return [
        f"  {shifts.label(prefix, row).say(words.language):<48} {row.count:>5} {rupiah(row.amount):>16}" for row in rows
    ]


def _row_note(row: Tally) -> str:
    return " · ".join(str(part) for part in (row.days, row.basis) if part)


def _batch(words: Words, one: Settlement) -> str:
    if one.total is None:
        return f"! {words.say('report.edc_without_total', batch=one.batch_no or '-', own=rupiah(one.own))}"
    return _beside(words, "report.edc", one.total, one.difference)


def _beside(words: Words, key: str, theirs: int, difference: int | None) -> str:
    mark = "!" if difference else " "
    return f"{mark} {words.say(key)}  {rupiah(theirs)}  {words.say('report.difference')} {rupiah(difference or 0)}"


@app.command()
def bku(month: Month = "", config: Config = None, csv: Csv = False, json: Json = False, pages: Pages = False) -> None:
    """The cash book (BKU) of a month with its running balance: what is still to be deposited."""
    period = _month(month)
    with opened(config) as office, office.store.reading():
        opening = ledger.balance_before(period.since)
        lines = ledger.cash_book(period.since, period.until)
        language, paper = Language(office.settings.language), _Paper(office.settings)
    if csv:
        print(as_csv(lines, language), end="")
        return
    words = Words(language)
    closing = lines[-1].balance if lines else opening
    head = [words.say(f"cash_book.{name}") for name in ("date", "reference", "debit", "credit", "balance")]
    shown = [f"{head[0]:<16}  {head[1]:<12}  {head[2]:>11} {head[3]:>11} {head[4]:>12}"]
    shown.append(f"{words.say('report.opening'):<30}  {rupiah(opening):>36}")
    shown += [
        f"{moment_short(line.at)[:16]}  {line.reference:<12}  {line.debit:>11} {line.credit:>11} {line.balance:>12}  "
        f"{description(line, words)}"
        for line in lines
    ]
    shown.append(f"{words.say('report.closing'):<30}  {rupiah(closing):>36}")
    title = words.say("report.bku", month=period.name)
    if pages:
        paper.put(words, title, shown)
        return
    document = {"month": period.name, "opening": opening, "lines": [_book_line(line) for line in lines]}
    answer({**document, "closing": closing}, as_json=json, lines=[title, *shown])


def _book_line(line: ledger.Line) -> dict[str, Any]:
    return {**plain(line), "debit": line.debit, "credit": line.credit}


@app.command()
def lpj(month: Month = "", config: Config = None, csv: Csv = False, json: Json = False, pages: Pages = False) -> None:
    """The data of the monthly report to the KPPN (LPJ). Exit 1 if payments of the month are undecided or differ."""
    period = _month(month)
    with opened(config) as office, office.store.reading():
        found = monthly.of_month(period)
        open_ones = [line for line in reconciliation.of_period(period).payments if line.findings]
        words, paper = Words(Language(office.settings.language)), _Paper(office.settings)
    title = words.say("report.lpj", month=period.name, due=numeric_date(found.due))
    lines = [f"  {words.say(f'report.{name}'):<48} {rupiah(getattr(found, name)):>22}" for name in _SUMS]
    lines += [words.say("report.by_method"), *_tallies(words, "payment.method", found.by_method)]
    lines += [words.say("report.by_tariff"), *_tallies(words, "payment.charge", found.by_tariff)]
    lines += [_finding(words, line) for line in open_ones]
    if pages:
        paper.put(words, title, lines)
    elif csv:
        rows: list[tuple[Any, ...]] = [("method", row.name, row.count, row.amount, "") for row in found.by_method]
        rows += [("tariff", row.name, row.count, row.amount, _row_note(row)) for row in found.by_tariff]
        rows += [("sum", name, "", getattr(found, name), "") for name in _SUMS]
        _table(words, ("section", "name", "count", "amount", "note"), rows)
    else:
        document = {**plain(found), "open": [plain(line) for line in open_ones]}
        answer(document, as_json=json, lines=[title, *lines])
    if open_ones:
        raise typer.Exit(Exit.REFUSED)


_SUMS = (*("opening", "received", "reversed_sum", "deposited", "direct", "closing", "cash_in_hand", "in_account"),)


@app.command()
def reconcile(
    month: Month = "",
    shift: Annotated[int | None, typer.Option(help="Only the payments of this shift.")] = None,
    day: Annotated[str, typer.Option("--day", help="Only this day, YYYY-MM-DD.", show_default=False)] = "",
    edc: Annotated[Path | None, typer.Option(help="Day file of the EDC batch (CSV): compared line by line.")] = None,
    treasury: Annotated[
        Path | None, typer.Option(help="The treasury's list (CSV: NTPN, amount, billing code): compared line by line.")
    ] = None,
    config: Config = None,
    csv: Csv = False,
    json: Json = False,
    pages: Pages = False,
) -> None:
    """Billing codes, NTPN and EDC batch beside our payments; with --edc of today, unless another time is named."""
    period = _day(day) if day else _day("") if edc is not None and not month else _month(month)
    theirs = None if edc is None else _file(edc, edc_file.read)
    state = None if treasury is None else _file(treasury, treasury_file.read)
    with opened(config) as office, office.store.reading():
        found = reconciliation.of_period(period) if shift is None else reconciliation.of_shift(shift)
        if state is not None:
            found = reconciliation.with_treasury(found, period, state)
        words, paper = Words(Language(office.settings.language)), _Paper(office.settings)
    if theirs is not None:
        found = reconciliation.with_edc(found, theirs[0], by_terminal=theirs[1])
    lines = _reconcile_lines(found, words, compared=theirs is not None)
    if pages:
        paper.put(words, lines[0], lines[1:])
    elif csv:
        _table(words, _RECONCILE, _reconcile_rows(found))
    else:
        answer({**plain(found), "agrees": found.agrees}, as_json=json, lines=lines)
    if not found.agrees:
        raise typer.Exit(Exit.REFUSED)


_RECONCILE = (
    *("at", "reference", "method", "amount", "state", "billing_code", "bank_ref", "ntpn", "invoice", "batch"),
    *("edc_terminal", "findings"),
)


def _reconcile_rows(found: reconciliation.Reconciliation) -> Iterable[tuple[Any, ...]]:
    for line in found.payments:
        yield (
            *(moment_short(line.at), line.reference, line.method, line.amount, line.state),
            *(line.billing_code, line.bank_ref, line.ntpn, line.invoice, line.batch, line.edc),
            " ".join(line.findings),
        )
    for one in found.edc:
        amount = one.theirs if one.ours is None else one.ours
        yield "", one.reference, "edc", amount, "", "", "", "", one.key, "", "", one.how
    for one in found.treasury:
        amount = one.theirs if one.ours is None else one.ours
        yield "", one.reference, "treasury", amount, "", "", "", one.key, "", "", "", one.how
    for code in found.billing:
        state = "replaced" if code.replaced else "paid" if code.paid_by else "unpaid"
        yield moment_short(code.issued_at), code.paid_by, "billing", code.amount, state, code.code, *[""] * 6


def _reconcile_lines(found: reconciliation.Reconciliation, words: Words, *, compared: bool) -> list[str]:
    lines = [f"{words.say('report.reconcile')} {found.period}"]
    for line in found.payments:
        known = line.ntpn or line.invoice or line.bank_ref
        lines.append(f"  {line.reference}  {line.method:<14} {rupiah(line.amount):>14}  {line.state:<18} {known}")
    for code in found.billing:
        said = words.say("report.billing_replaced" if code.replaced else "report.billing_unpaid")
        lines.append(f"  {code.code}  billing  {rupiah(code.amount):>18}  {code.paid_by or said}")
    lines += [_finding(words, line) for line in found.payments if line.findings]
    for one in (*found.edc, *found.treasury):
        ours = "-" if one.ours is None else rupiah(one.ours)
        theirs = "-" if one.theirs is None else rupiah(one.theirs)
        lines.append(f"! {words.say(f'reconcile.{one.how}')}  {one.key}  {one.reference}  {ours} / {theirs}")
    if compared:
        lines.append(words.say("report.edc_compared", n=found.edc_compared, differing=len(found.edc)))
    if found.treasury_compared:
        differing = len(found.treasury)
        lines.append(words.say("report.treasury_compared", n=found.treasury_compared, differing=differing))
    return lines


def _finding(words: Words, line: reconciliation.PaymentLine) -> str:
    said = ", ".join(words.say(f"reconcile.{finding}") for finding in line.findings)
    return f"! {line.reference}  {rupiah(line.amount)}  {said}"


def _file(path: Path, read: Callable[[str], Found]) -> Found:
    try:
        return read(path.read_text("utf-8-sig"))
    except edc_file.DayFileError as error:
        raise Failure(f"{path}: {error}", Exit.ENVIRONMENT) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{path}: {type(error).__name__}", Exit.ENVIRONMENT) from None


def _month(text: str) -> Period:
    return _period(month, text or f"{clock.office_day(clock.now()):%Y-%m}", "YYYY-MM")


def _day(text: str) -> Period:
    return _period(day, text or clock.office_day(clock.now()).isoformat(), "YYYY-MM-DD")


def _period(read: Callable[[str], Period], text: str, form: str) -> Period:
    try:
        return read(text)
    except ValueError:
        raise Failure(form, Exit.USAGE) from None


def _table(words: Words, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([words.say(f"report.column.{column}") for column in columns])
    for row in rows:
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    print(text.getvalue(), end="")
