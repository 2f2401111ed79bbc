"""Reads a procedure file: its shape here, its contradictions in `checks`."""

import re
from importlib.resources import files
from pathlib import Path
from typing import get_args

from kiosk.procedure.checks import contradictions
from kiosk.procedure.model import (
    AlsoUnit,
    Authority,
    Branch,
    Category,
    Effect,
    Ending,
    Outcome,
    PassportFate,
    Procedure,
    Promise,
    Role,
    SeparatedAct,
    Separation,
    SeparationAct,
    SideProcedure,
    Sop,
    Step,
    TargetKind,
    Unit,
)
from kiosk.toml_file import FileRefused, Problem, TomlFile, decode_toml
from kiosk.toml_table import Table

_NAME = re.compile(r"[a-z][a-z0-9_]*|[A-Z][A-Z0-9_]*")


class ProcedureError(FileRefused):
    """A procedure file that can't be used: `line`, `key` (words in the catalogues), `details`, and all `problems`."""


def load(path: Path | None = None) -> Procedure:
    """The procedure in the file `path`, or the one that comes with the program (itk.toml).

    Raises ProcedureError with the line that is wrong, OSError if the file can't be read.
    """
    content = path.read_bytes() if path else files("kiosk.procedure").joinpath("itk.toml").read_bytes()
    return parse(content)


def parse(content: bytes | str) -> Procedure:
    """The procedure in `content`, for instance the `source` that a case was pinned to. Raises ProcedureError."""
    raw = content.encode() if isinstance(content, str) else content
    try:
        file = decode_toml(raw)
    except FileRefused as error:
        raise ProcedureError(list(error.problems)) from None
    problems: list[Problem] = []
    procedure = _procedure(file, problems, raw.decode("utf-8-sig"))
    # what a file with holes contradicts is not worth saying
    problems = problems or contradictions(procedure, file)
    if problems:
        raise ProcedureError(problems)
    return procedure


def _procedure(file: TomlFile, problems: list[Problem], source: str) -> Procedure:
    root = Table(file, problems, file.data)
    sop = _sop(root.table("sop"))
    promise = _promise(root.table("promise"))
    units = tuple(_unit(table) for table in root.tables("unit", needed=True))
    roles = tuple(_role(table) for table in root.tables("role", needed=True))
    endings = tuple(_ending(table) for table in root.tables("ending", needed=True))
    sides = tuple(_side(table) for table in root.tables("side", needed=True))
    step_tables = root.tables("step", needed=True)
    kinds: dict[str, TargetKind] = {}
    kinds |= {unit.code: "unit" for unit in units}
    kinds |= {ending.code: "ending" for ending in endings}
    kinds |= {side.code: "side" for side in sides}
    steps = tuple(_step(table, kinds) for table in step_tables)
    separations = tuple(_separation(table) for table in root.tables("separation", needed=True))
    root.finish()
    return Procedure(sop, promise, units, roles, endings, steps, sides, separations, file.hash, source)


def _sop(table: Table) -> Sop:
    sop = Sop(
        version=table.text("version"),
        letterhead=table.texts("letterhead", empty=False),
        number=table.text("number"),
        created=table.day("created"),
        revised=table.optional_day("revised"),
        effective=table.day("effective"),
        approved_by=table.text("approved_by"),
        approver_name=table.text("approver_name"),
        approver_staff_no=table.text("approver_staff_no"),
        name=table.text("name"),
        legal_basis=table.texts("legal_basis", empty=False),
        qualifications=table.texts("qualifications", empty=False),
        qualifications_read_as=table.optional_text("qualifications_read_as"),
        related=table.texts("related", empty=False),
        equipment=table.texts("equipment", empty=False),
        warning=table.text("warning"),
        storage=table.text("storage"),
    )
    table.finish()
    return sop


def _promise(table: Table) -> Promise:
    promise = Promise(table.positive("working_days"), table.text("counted_from"), table.text("basis"))
    table.finish()
    return promise


def _unit(table: Table) -> Unit:
    unit = Unit(_code(table), table.text("label"), table.text("modern"), table.bilingual("name"))
    table.finish()
    return unit


def _role(table: Table) -> Role:
    role = Role(_code(table), table.bilingual("name"))
    table.finish()
    return role


def _ending(table: Table) -> Ending:
    ending = Ending(_code(table), table.bilingual("name"), table.choice("passport", get_args(PassportFate)))
    table.finish()
    return ending


def _step(table: Table, kinds: dict[str, TargetKind]) -> Step:
    output_read_as = table.optional_text("output_read_as")
    step = Step(
        number=table.integer("number"),
        key=_code(table, "key"),
        title=table.bilingual("title"),
        activity=table.text("activity"),
        activity_read_as=table.optional_text("activity_read_as"),
        executor=table.text("executor", blank=True),
        executor_read_as=table.optional_text("executor_read_as"),
        unit=table.text("unit"),
        also=tuple(_also(also) for also in table.tables("also")),
        role=table.text("role"),
        authority=_authority(table),
        inputs=table.text("inputs"),
        inputs_read_as=table.optional_text("inputs_read_as"),
        minutes=table.positive("minutes"),
        # a blank output is the SOP's, but somebody must have said what it means
        output=table.text("output", blank=output_read_as is not None),
        output_read_as=output_read_as,
        remark=table.text("remark", blank=True),
        applicant_present=table.flag("applicant_present"),
        branches=tuple(_branch(branch, kinds) for branch in table.tables("branch")),
        send_back=table.texts("send_back"),
    )
    table.finish()
    return step


def _authority(table: Table) -> tuple[Authority, ...]:
    return table.choices("authority", get_args(Authority)) if table.has("authority") else ()


def _also(table: Table) -> AlsoUnit:
    also = AlsoUnit(table.text("unit"), table.optional_text("only"))
    table.finish()
    return also


def _branch(table: Table, kinds: dict[str, TargetKind]) -> Branch:
    target = table.text("to")
    branch = Branch(_code(table), table.bilingual("when"), target, kinds.get(target, "step"))
    table.finish()
    return branch


def _side(table: Table) -> SideProcedure:
    side = SideProcedure(
        code=_code(table),
        title=table.text("title"),
        title_read_as=table.optional_text("title_read_as"),
        name=table.bilingual("name"),
        public_words=table.bilingual("public_words"),
        unit=table.text("unit"),
        raised_at=table.texts("raised_at", empty=False),
        pauses_promise=table.flag("pauses_promise"),
        categories=tuple(_category(category) for category in table.tables("categories")),
        outcomes=tuple(_outcome(outcome) for outcome in table.tables("outcome", needed=True)),
    )
    table.finish()
    return side


def _category(table: Table) -> Category:
    category = Category(_code(table), table.bilingual("name"))
    table.finish()
    return category


def _outcome(table: Table) -> Outcome:
    outcome = Outcome(
        code=_code(table),
        name=table.bilingual("name"),
        effect=table.choice("effect", get_args(Effect)),
        ending=table.optional_text("ending"),
        refer_to=table.optional_text("refer_to"),
        reason_required=table.flag("reason_required"),
        second_person=table.flag("second_person"),
    )
    if (outcome.effect == "end") != (outcome.ending is not None):
        table.refuse("procedure.problem.ending_and_effect", "effect", code=outcome.code)
    if (outcome.effect == "refer") != (outcome.refer_to is not None):
        table.refuse("procedure.problem.refer_and_effect", "effect", code=outcome.code)
    table.finish()
    return outcome


def _separation(table: Table) -> Separation:
    separation = Separation(_act(table.table("first")), _act(table.table("second")))
    table.finish()
    return separation


def _act(table: Table) -> SeparatedAct:
    act = SeparatedAct(table.text("step"), table.choice("act", get_args(SeparationAct)))
    table.finish()
    return act


def _code(table: Table, key: str = "code") -> str:
    code = table.text(key)
    if code != "?" and not _NAME.fullmatch(code):
        table.refuse("procedure.problem.bad_code", key, code=code)
    return code
