"""The rows of each table file. What is wrong in a row is added to the file's problems with its line."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from kiosk.applicant import Collector, SponsorBasis
from kiosk.nationalities import nationality
from kiosk.regulations.model import (
    ApplicationKind,
    Approver,
    BiometricPolicy,
    CallingVisa,
    Closing,
    Counting,
    Holiday,
    HolidayKind,
    HolidayYear,
    Interview,
    ItemForm,
    NewbornRule,
    OfficeHours,
    OverstayRate,
    PassportRule,
    PriorityGroup,
    RegisterTemplate,
    Report,
    RequirementItem,
    Retention,
    Source,
    SponsorRule,
    StayRule,
    Strictness,
    TariffRow,
    Territory,
    VisaIndex,
    WindowRule,
)
from kiosk.toml_table import Table

_SOURCES: tuple[Source, ...] = get_args(Source)
_STRICT: tuple[Strictness, ...] = get_args(Strictness)
_BASES = tuple(SponsorBasis)
_PERSONS = tuple(Collector)
_FINGERS = range(1, 11)


@dataclass(frozen=True, slots=True)
class Kinds:
    """What kinds.toml holds."""

    kinds: tuple[ApplicationKind, ...]
    priorities: tuple[PriorityGroup, ...]
    adult_age: int


@dataclass(frozen=True, slots=True)
class Stays:
    """What stays.toml holds."""

    counting: Counting
    rules: tuple[StayRule, ...]
    windows: tuple[WindowRule, ...]
    newborn: NewbornRule
    passport: PassportRule
    sponsor: SponsorRule
    calling_visa: CallingVisa


@dataclass(frozen=True, slots=True)
class Office:
    """What office.toml holds."""

    territory: Territory
    hours: tuple[OfficeHours, ...]
    register: RegisterTemplate
    retention: Retention


def kinds(root: Table) -> Kinds:
    age = root.table("age")
    adult_age = age.positive("adult")
    age.text("basis")
    age.finish()
    tables = root.tables("kind", needed=True)
    found = tuple(_kind(table) for table in tables)
    _unique(tables, "code", [kind.code for kind in found])
    groups = root.tables("priority")
    priorities = tuple(_priority(table) for table in groups)
    _unique(groups, "code", [group.code for group in priorities])
    return Kinds(found, priorities, adult_age)


def _kind(table: Table) -> ApplicationKind:
    kind = ApplicationKind(
        code=table.text("code"),
        name=table.bilingual("name"),
        sources=table.choices("sources", _SOURCES),
        grants_as=table.choice("grants_as", _SOURCES) if table.has("grants_as") else None,
        tariff_kind=table.text("tariff_kind"),
        report=table.choice("report", get_args(Report)),
        form=table.text("form"),
        sponsor_bases=table.choices("sponsor_bases", _BASES),
        valid_from=table.day("valid_from"),
        basis=table.text("basis"),
        note=table.text("note", blank=True),
    )
    table.finish()
    return kind


def _priority(table: Table) -> PriorityGroup:
    group = PriorityGroup(table.text("code"), table.bilingual("name"), table.optional_integer("from_age"))
    table.finish()
    return group


def items(root: Table, codes: set[str]) -> tuple[RequirementItem, ...]:
    tables = root.tables("item", needed=True)
    found = tuple(_item(table, codes) for table in tables)
    _unique(tables, "key", [item.key for item in found])
    return found


def _item(table: Table, codes: set[str]) -> RequirementItem:
    item = RequirementItem(
        key=table.text("key"),
        name=table.bilingual("name"),
        kinds=_kind_codes(table, codes) if table.has("kinds") else (),
        sponsor_bases=table.choices("sponsor_bases", _BASES) if table.has("sponsor_bases") else (),
        persons=table.choices("persons", _PERSONS) if table.has("persons") else (),
        below_age=table.optional_integer("below_age"),
        form=table.choice("form", get_args(ItemForm)),
        required=table.flag("required"),
        basis=table.text("basis"),
    )
    table.finish()
    return item


def stays(root: Table, codes: set[str]) -> Stays:
    counting = root.table("counting")
    newborn = root.table("newborn")
    passport = root.table("passport")
    sponsor = root.table("sponsor")
    calling = root.table("calling_visa")
    found = Stays(
        counting=Counting(
            counting.flag("arrival_day_counts"), counting.flag("permit_day_is_legal"), counting.text("note", blank=True)
        ),
        rules=tuple(_stay(table) for table in root.tables("stay", needed=True)),
        windows=tuple(_window(table, codes) for table in root.tables("window", needed=True)),
        newborn=NewbornRule(newborn.positive("file_within_days"), newborn.text("basis")),
        passport=PassportRule(
            passport.positive("warn_months"), passport.choice("shorter_than_permit", _STRICT), passport.text("basis")
        ),
        sponsor=SponsorRule(sponsor.positive("most_foreigners"), sponsor.text("basis")),
        calling_visa=CallingVisa(
            _nationalities(calling), calling.choice("approver", get_args(Approver)), calling.text("basis")
        ),
    )
    for table in (counting, newborn, passport, sponsor, calling):
        table.finish()
    return found


def _stay(table: Table) -> StayRule:
    rule = StayRule(
        source=table.choice("source", _SOURCES),
        first_days=table.positive("first_days"),
        offered=table.integers("offered"),
        max_extensions=table.optional_integer("max_extensions"),
        ceiling_days=table.positive("ceiling_days"),
        approvers=table.choices_in_order("approvers", get_args(Approver)),
        valid_from=table.day("valid_from"),
        basis=table.text("basis"),
        note=table.text("note", blank=True),
    )
    if any(not 0 < days <= rule.ceiling_days for days in rule.offered):
        table.refuse("permits.problem.offered_beyond_ceiling", "offered", ceiling=rule.ceiling_days)
    if not rule.approvers:
        table.refuse("tomlfile.blank", "approvers", name="approvers")
    table.finish()
    return rule


def _window(table: Table, codes: set[str]) -> WindowRule:
    closes = table.choice("closes", get_args(Closing))
    rule = WindowRule(
        kinds=_kind_codes(table, codes),
        opens_days_before=table.positive("opens_days_before"),
        closes=closes,
        closes_days_before=table.integer("closes_days_before") if closes == "days_before" else 0,
        early=table.choice("early", _STRICT),
        late=table.choice("late", _STRICT),
        valid_from=table.day("valid_from"),
        basis=table.text("basis"),
    )
    table.finish()
    return rule


def _nationalities(table: Table) -> tuple[str, ...]:
    codes = table.texts("nationalities")
    for code in codes:
        if nationality(code) is None:
            table.refuse("permits.problem.unknown_nationality", "nationalities", code=code)
    return codes


def money(root: Table) -> tuple[tuple[TariffRow, ...], tuple[OverstayRate, ...]]:
    tables = root.tables("tariff", needed=True)
    tariffs = tuple(_tariff(table) for table in tables)
    for place, (table, row) in enumerate(zip(tables, tariffs, strict=True)):
        if any(_overlap(row, earlier) for earlier in tariffs[:place]):
            table.refuse("permits.problem.tariffs_overlap", None, kind=row.kind, days=row.days)
    return tariffs, tuple(_overstay(table) for table in root.tables("overstay", needed=True))


def _tariff(table: Table) -> TariffRow:
    row = TariffRow(
        kind=table.text("kind"),
        days=table.positive("days"),
        amount=table.positive("amount"),
        valid_from=table.day("valid_from"),
        valid_until=table.optional_day("valid_until"),
        basis=table.text("basis"),
        note=table.text("note", blank=True),
    )
    if row.valid_until and row.valid_until < row.valid_from:
        table.refuse("permits.problem.ends_before_it_begins", "valid_until")
    table.finish()
    return row


def _overlap(one: TariffRow, other: TariffRow) -> bool:
    """Two rows for one thing on one day; an open row ends where the next one begins."""
    if (one.kind, one.days) != (other.kind, other.days):
        return False
    first, second = sorted((one, other), key=lambda row: row.valid_from)
    if first.valid_from == second.valid_from:
        return True
    return first.valid_until is not None and first.valid_until >= second.valid_from


def _overstay(table: Table) -> OverstayRate:
    rate = OverstayRate(
        table.positive("amount_each_day"),
        table.positive("payable_below_days"),
        table.day("valid_from"),
        table.text("basis"),
    )
    table.finish()
    return rate


def biometrics(root: Table, codes: set[str]) -> tuple[BiometricPolicy, ...]:
    return tuple(_policy(table, codes) for table in root.tables("policy", needed=True))


def _policy(table: Table, codes: set[str]) -> BiometricPolicy:
    policy = BiometricPolicy(
        kinds=_kind_codes(table, codes),
        from_extension=table.integer("from_extension"),
        photo=table.flag("photo"),
        fingers_wanted=table.integers("fingers_wanted"),
        fingers_required=table.integers("fingers_required"),
        fingers_from_age=table.integer("fingers_from_age"),
        interview=table.choice("interview", get_args(Interview)),
        valid_from=table.day("valid_from"),
        basis=table.text("basis"),
    )
    if any(finger not in _FINGERS for finger in policy.fingers_wanted):
        table.refuse("permits.problem.no_such_finger", "fingers_wanted")
    if not set(policy.fingers_required) <= set(policy.fingers_wanted):
        table.refuse("permits.problem.required_not_wanted", "fingers_required")
    table.finish()
    return policy


def visas(root: Table) -> tuple[tuple[VisaIndex, ...], dict[str, Source]]:
    letters_table = root.table("letters")
    letters = {letter: letters_table.choice(letter, _SOURCES) for letter in letters_table.keys()}  # noqa: SIM118
    tables = root.tables("visa")
    found = []
    for table in tables:
        found.append(VisaIndex(table.text("index"), table.choice("source", _SOURCES), table.bilingual("name")))
        table.finish()
    _unique(tables, "index", [visa.index for visa in found])
    return tuple(found), letters


def holidays(root: Table) -> tuple[tuple[HolidayYear, ...], tuple[Holiday, ...]]:
    years = []
    for table in root.tables("year", needed=True):
        years.append(HolidayYear(table.positive("year"), table.text("basis"), table.flag("certain")))
        table.finish()
    tables = root.tables("holiday")
    found = []
    for table in tables:
        kind = table.choice("kind", get_args(HolidayKind))
        found.append(Holiday(table.day("day"), table.bilingual("name"), kind))
        if found[-1].day.year not in {year.year for year in years}:
            table.refuse("permits.problem.holiday_without_year", "day", year=found[-1].day.year)
        table.finish()
    _unique(tables, "day", [holiday.day.isoformat() for holiday in found])
    return tuple(years), tuple(found)


def office(root: Table, codes: set[str]) -> Office:
    territory, register, retention = (root.table(name) for name in ("territory", "register", "retention"))
    found = Office(
        territory=Territory(
            territory.texts("regencies", empty=False), territory.choice("outside", _STRICT), territory.text("basis")
        ),
        hours=tuple(_hours(table) for table in root.tables("hours", needed=True)),
        register=_register(register, codes),
        retention=Retention(
            retention.positive("paper_years"), retention.choice("electronic", ("keep",)), retention.text("basis")
        ),
    )
    for table in (territory, retention):
        table.finish()
    return found


def _hours(table: Table) -> OfficeHours:
    hours = OfficeHours(
        table.integers("weekdays"),
        table.time_of_day("opens"),
        table.time_of_day("break_from"),
        table.time_of_day("break_until"),
        table.time_of_day("closes"),
    )
    if not hours.opens <= hours.break_from <= hours.break_until <= hours.closes or hours.opens == hours.closes:
        table.refuse("permits.problem.hours_out_of_order", "opens")
    if any(day not in range(1, 8) for day in hours.weekdays):
        table.refuse("permits.problem.no_such_weekday", "weekdays")
    table.finish()
    return hours


def _register(table: Table, codes: set[str]) -> RegisterTemplate:
    kinds_table = table.table("kinds")
    found = RegisterTemplate(
        template=table.text("template"),
        permit_class=table.text("class"),
        office=table.text("office"),
        serial_digits=table.positive("serial_digits"),
        first_year=table.positive("first_year"),
        year_letters=table.text("year_letters"),
        kinds={code: kinds_table.text(code) for code in sorted(codes)},
        basis=table.text("basis"),
    )
    fields = dict.fromkeys(("class", "kind", "office", "serial", "year_letter", "year"), "0")
    try:
        varies = found.template.format(**fields) != found.template.format(**{**fields, "serial": "1"})
    except (KeyError, ValueError, IndexError, AttributeError):
        table.refuse("permits.problem.template", "template", fields=", ".join(f"{{{name}}}" for name in fields))
    else:
        if not varies:
            table.refuse("permits.problem.template_without_serial", "template")
    kinds_table.finish()
    table.finish()
    return found


def _kind_codes(table: Table, codes: set[str]) -> tuple[str, ...]:
    named = table.texts("kinds", empty=False)
    for code in named:
        if code not in codes:
            table.refuse("permits.problem.unknown_kind", "kinds", code=code)
    return named


def _unique(tables: list[Table], key: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for table, value in zip(tables, values, strict=True):
        if value in seen:
            table.refuse("permits.problem.given_twice", key, value=value)
        seen.add(value)
