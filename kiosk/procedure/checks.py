"""What a procedure file may not contradict itself in; each finding names the line."""

from collections.abc import Iterator, Sequence

from kiosk.procedure.model import Branch, Procedure, Step
from kiosk.toml_file import KeyPath, Problem, TomlFile


def contradictions(procedure: Procedure, file: TomlFile) -> list[Problem]:
    """Every contradiction in a procedure whose shape is right."""
    found: list[tuple[KeyPath, str, dict[str, object]]] = [
        *_head(procedure),
        *_names(procedure),
        *_units(procedure),
        *_sides(procedure),
        *_separations(procedure),
    ]
    for place, step in enumerate(procedure.steps):
        found += _step(procedure, place, step)
    return [Problem(file.line(path), f"procedure.problem.{name}", details) for path, name, details in found]


Findings = Iterator[tuple[KeyPath, str, dict[str, object]]]


def _head(procedure: Procedure) -> Findings:
    sop = procedure.sop
    if sop.effective < sop.created:
        yield ("sop", "effective"), "effective_before_created", {"effective": sop.effective.isoformat()}
    if sop.revised and sop.revised < sop.created:
        yield ("sop", "revised"), "revised_before_created", {"revised": sop.revised.isoformat()}
    if procedure.promise.counted_from not in _keys(procedure):
        yield ("promise", "counted_from"), "unknown_step", {"step": procedure.promise.counted_from}


def _names(procedure: Procedure) -> Findings:
    """Codes are unique, and a branch's target can be only one thing."""
    seen: dict[str, str] = {}
    rows: list[tuple[str, str, Sequence[str]]] = [
        ("unit", "code", [unit.code for unit in procedure.units]),
        ("ending", "code", [ending.code for ending in procedure.endings]),
        ("step", "key", [step.key for step in procedure.steps]),
        ("side", "code", [side.code for side in procedure.sides]),
    ]
    for table, key, codes in rows:
        for place, code in enumerate(codes):
            if code in seen:
                yield (table, place, key), "duplicate_code", {"code": code, "first": seen[code]}
            seen.setdefault(code, table)
    yield from _duplicates(("role",), "code", [role.code for role in procedure.roles])
    for place, step in enumerate(procedure.steps):
        yield from _duplicates(("step", place, "branch"), "code", [branch.code for branch in step.branches])
    for place, side in enumerate(procedure.sides):
        yield from _duplicates(("side", place, "outcome"), "code", [outcome.code for outcome in side.outcomes])
        yield from _duplicates(("side", place, "categories"), "code", [category.code for category in side.categories])


def _duplicates(path: KeyPath, key: str, codes: list[str]) -> Findings:
    for place, code in enumerate(codes):
        if code in codes[:place]:
            yield (*path, place, key), "duplicate_code", {"code": code, "first": str(path[-1])}


def _units(procedure: Procedure) -> Findings:
    owners = {step.unit for step in procedure.steps}
    for place, unit in enumerate(procedure.units):
        if unit.code not in owners:
            yield ("unit", place, "code"), "unit_owns_no_step", {"unit": unit.code}


def _step(procedure: Procedure, place: int, step: Step) -> Findings:
    path: KeyPath = ("step", place)
    units = [unit.code for unit in procedure.units]
    if step.number != place + 1:
        yield (*path, "number"), "number_gap", {"number": step.number, "expected": place + 1}
    if step.unit not in units:
        yield (*path, "unit"), "unknown_unit", {"unit": step.unit}
    for also in step.other_units:
        if also not in units:
            yield (*path, "also"), "unknown_unit", {"unit": also}
        elif also == step.unit or step.other_units.count(also) > 1:
            yield (*path, "also"), "unit_named_twice", {"unit": also}
    if step.role not in {role.code for role in procedure.roles}:
        yield (*path, "role"), "unknown_role", {"role": step.role}
    for number, branch in enumerate(step.branches):
        yield from _branch(procedure, (*path, "branch", number, "to"), place, branch)
    for target in step.send_back:
        if target not in _keys(procedure):
            yield (*path, "send_back"), "unknown_step", {"step": target}
        elif _keys(procedure).index(target) >= place:
            yield (*path, "send_back"), "send_back_not_earlier", {"step": target}


def _branch(procedure: Procedure, path: KeyPath, place: int, branch: Branch) -> Findings:
    keys = _keys(procedure)
    if branch.kind == "step" and branch.target not in keys:
        yield path, "unknown_target", {"target": branch.target}
    elif branch.kind == "step" and keys.index(branch.target) == place:
        yield path, "branch_to_itself", {"target": branch.target}
    elif branch.kind == "step" and keys.index(branch.target) > place + 1:
        yield path, "branch_skips_steps", {"target": branch.target}
    elif branch.kind == "side" and keys[place] not in procedure.side(branch.target).raised_at:
        yield path, "side_not_raised_here", {"target": branch.target, "step": keys[place]}


def _sides(procedure: Procedure) -> Findings:
    units = [unit.code for unit in procedure.units]
    endings = [ending.code for ending in procedure.endings]
    for place, side in enumerate(procedure.sides):
        path: KeyPath = ("side", place)
        if side.unit not in units:
            yield (*path, "unit"), "unknown_unit", {"unit": side.unit}
        for key in side.raised_at:
            if key not in _keys(procedure):
                yield (*path, "raised_at"), "unknown_step", {"step": key}
        for number, outcome in enumerate(side.outcomes):
            if outcome.ending is not None and outcome.ending not in endings:
                yield (*path, "outcome", number, "ending"), "unknown_ending", {"ending": outcome.ending}
            if outcome.refer_to is not None and outcome.refer_to not in units:
                yield (*path, "outcome", number, "refer_to"), "unknown_unit", {"unit": outcome.refer_to}


def _separations(procedure: Procedure) -> Findings:
    for place, pair in enumerate(procedure.separations):
        for name, act in (("first", pair.first), ("second", pair.second)):
            if act.step not in _keys(procedure):
                yield ("separation", place, name), "unknown_step", {"step": act.step}
        if pair.first.step == pair.second.step:
            yield ("separation", place, "second"), "separation_of_one_step", {"step": pair.first.step}


def _keys(procedure: Procedure) -> list[str]:
    return [step.key for step in procedure.steps]
