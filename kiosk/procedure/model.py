"""The procedure as values: what the SOP file says, nothing about any case."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol, TypeVar

from kiosk.bilingual import Bilingual

TargetKind = Literal["step", "side", "ending", "unit"]
Authority = Literal["office_head", "delegation"]
SeparationAct = Literal["complete", "clear"]
PassportFate = Literal["never_taken", "handed_over", "passed_to_wasdakim"]
Effect = Literal["continue", "back_to_step", "wait_for_applicant", "refer", "end", "record"]


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


_T = TypeVar("_T", bound=_Coded)


def _find(values: tuple[_T, ...], code: str) -> _T:
    for value in values:
        if value.code == code:
            return value
    raise KeyError(code)


@dataclass(frozen=True, slots=True)
class Sop:
    """The head of the SOP, in its own words. `qualifications_read_as` says how a slip of the text is read."""

    version: str
    letterhead: tuple[str, ...]
    number: str
    created: date
    revised: date | None
    effective: date
    approved_by: str
    approver_name: str
    approver_staff_no: str
    name: str
    legal_basis: tuple[str, ...]
    qualifications: tuple[str, ...]
    qualifications_read_as: str | None
    related: tuple[str, ...]
    equipment: tuple[str, ...]
    warning: str
    storage: str


@dataclass(frozen=True, slots=True)
class Promise:
    """The public promise: `working_days` after the completion of the step `counted_from`."""

    working_days: int
    counted_from: str
    basis: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A column of the SOP's table. `label` is the SOP's word, `modern` the section's name of today."""

    code: str
    label: str
    modern: str
    name: Bilingual


@dataclass(frozen=True, slots=True)
class Role:
    """What a person does inside a unit at one step."""

    code: str
    name: Bilingual


@dataclass(frozen=True, slots=True)
class Ending:
    """A way a case ends without being archived as finished, and what becomes of the passport."""

    code: str
    name: Bilingual
    passport: PassportFate


@dataclass(frozen=True, slots=True)
class AlsoUnit:
    """A unit that may act at a step it doesn't own. `only` names the single thing it may do there, if limited."""

    unit: str
    only: str | None


@dataclass(frozen=True, slots=True)
class Branch:
    """A way out of a step other than its completion. `target` is a step, side procedure, ending or unit."""

    code: str
    when: Bilingual
    target: str
    kind: TargetKind


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the SOP. Wording is the SOP's; a `..._read_as` says how the project reads a slip or a blank.

    `minutes` is the standard touch time. `send_back` are the keys of the earlier steps a case may return to from here.
    `authority` is what a person needs beside unit and role; any one of them is enough.
    """

    number: int
    key: str
    title: Bilingual
    activity: str
    activity_read_as: str | None
    executor: str
    executor_read_as: str | None
    unit: str
    also: tuple[AlsoUnit, ...]
    role: str
    authority: tuple[Authority, ...]
    inputs: str
    inputs_read_as: str | None
    minutes: int
    output: str
    output_read_as: str | None
    remark: str
    applicant_present: bool
    branches: tuple[Branch, ...]
    send_back: tuple[str, ...]

    @property
    def other_units(self) -> tuple[str, ...]:
        """Units beside the owner that may act here, limited ones included."""
        return tuple(also.unit for also in self.also)

    def admits(self, unit: str, *, only: str | None = None) -> bool:
        """May `unit` act here? A limited unit only when `only` is the one thing it may do."""
        return unit == self.unit or any(a.unit == unit and a.only in (None, only) for a in self.also)

    def branch(self, code: str) -> Branch:
        """Raises KeyError."""
        return _find(self.branches, code)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a side procedure ends. `ending` goes with the effect "end", `refer_to` (a unit) with "refer"."""

    code: str
    name: Bilingual
    effect: Effect
    ending: str | None
    refer_to: str | None
    reason_required: bool
    second_person: bool


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of finding that a side procedure sorts by."""

    code: str
    name: Bilingual


@dataclass(frozen=True, slots=True)
class SideProcedure:
    """A related SOP, as far as the thirteen steps need it. The public sees `public_words` and nothing else."""

    code: str
    title: str
    title_read_as: str | None
    name: Bilingual
    public_words: Bilingual
    unit: str
    raised_at: tuple[str, ...]
    pauses_promise: bool
    categories: tuple[Category, ...]
    outcomes: tuple[Outcome, ...]

    def outcome(self, code: str) -> Outcome:
        """Raises KeyError."""
        return _find(self.outcomes, code)


@dataclass(frozen=True, slots=True)
class SeparatedAct:
    """An act whose person is compared: the completion of a step, or the clearing of its side procedure."""

    step: str
    act: SeparationAct


@dataclass(frozen=True, slots=True)
class Separation:
    """Two acts that never fall to one person in one case."""

    first: SeparatedAct
    second: SeparatedAct


@dataclass(frozen=True, slots=True)
class Procedure:
    """The whole SOP. `hash` (SHA-256, hex) pins the content, `source` is the text it was read from."""

    sop: Sop
    promise: Promise
    units: tuple[Unit, ...]
    roles: tuple[Role, ...]
    endings: tuple[Ending, ...]
    steps: tuple[Step, ...]
    sides: tuple[SideProcedure, ...]
    separations: tuple[Separation, ...]
    hash: str
    source: str

    @property
    def version(self) -> str:
        return self.sop.version

    @property
    def minutes(self) -> int:
        """Standard touch time of the whole procedure."""
        return sum(step.minutes for step in self.steps)

    def step(self, key: str) -> Step:
        """Raises KeyError."""
        for step in self.steps:
            if step.key == key:
                return step
        raise KeyError(key)

    def numbered(self, number: int) -> Step:
        """Raises KeyError."""
        if 1 <= number <= len(self.steps):
            return self.steps[number - 1]
        raise KeyError(number)

    def after(self, key: str) -> Step | None:
        """The step that follows, or None after the last one."""
        following = self.step(key).number
        return self.steps[following] if following < len(self.steps) else None

    def before(self, key: str) -> tuple[Step, ...]:
        """Every earlier step, in order."""
        return self.steps[: self.step(key).number - 1]

    def unit(self, code: str) -> Unit:
        """Raises KeyError."""
        return _find(self.units, code)

    def role(self, code: str) -> Role:
        """Raises KeyError."""
        return _find(self.roles, code)

    def ending(self, code: str) -> Ending:
        """Raises KeyError."""
        return _find(self.endings, code)

    def side(self, code: str) -> SideProcedure:
        """Raises KeyError."""
        return _find(self.sides, code)

    def separated_from(self, key: str, act: SeparationAct = "complete") -> tuple[SeparatedAct, ...]:
        """The acts whose persons may not do `act` at the step `key` of the same case."""
        here = SeparatedAct(key, act)
        return tuple(
            other
            for pair in self.separations
            for mine, other in ((pair.first, pair.second), (pair.second, pair.first))
            if mine == here
        )
