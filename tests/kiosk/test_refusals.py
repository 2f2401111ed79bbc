"""The closed list of refusals: each has words and a next action in both languages, a way to reach it, and the values
that its words need wherever it is raised."""

import ast
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import hardware
import kiosk
import screens
from db.connection import StoreError, Trouble
from kiosk.cases.transactions import _OF_CONSTRAINT, BLANK, environment
from kiosk.receipts.verify import REFUSALS
from kiosk.refusals import Code, Refusal
from kiosk.words import Language, Words, catalogue
from screens.defects import say_refusal

ROOMS = tuple(Path(next(iter(room.__path__))) for room in (kiosk, screens, hardware))
IMPLIED = frozenset(REFUSALS.values()) | frozenset(_OF_CONSTRAINT.values())
"""Codes that a table makes from verdicts and constraints."""


@dataclass(frozen=True)
class Site:
    """A place where a code is raised: the codes it may be, and the names of the values it gives (None: unknown)."""

    where: str
    codes: frozenset[Code]
    given: frozenset[str] | None


def needed(code: Code) -> frozenset[str]:
    """The `{fields}` in the words of a code."""
    return frozenset(
        name
        for language in Language
        for key in (f"refusal.{code}", f"refusal.{code}.next")
        for _, name, _, _ in string.Formatter().parse(catalogue(language)[key])
        if name
    )


def codes_in(node: ast.AST) -> frozenset[Code]:
    """The codes named in an expression."""
    return frozenset(
        Code[part.attr]
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "Code"
    )


def local_values(function: ast.AST) -> Mapping[str, ast.expr]:
    """What local names are assigned in a function."""
    return {
        target.id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def keys_of(details: ast.expr | None) -> frozenset[str] | None:
    if details is None:
        return frozenset()
    if not isinstance(details, ast.Dict):
        return None
    names = [key.value for key in details.keys if isinstance(key, ast.Constant)]
    return frozenset(map(str, names)) if len(names) == len(details.keys) else None


def site(path: Path, call: ast.Call, names: Mapping[str, ast.expr]) -> Site | None:
    """The call as a place where a code is raised; None if it is none."""
    if not call.args:
        return None
    first = call.args[0]
    named = names.get(first.id, first) if isinstance(first, ast.Name) else first
    codes = codes_in(named)
    if not codes or any(isinstance(part, ast.Call) for part in ast.walk(named)):
        return None
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given: frozenset[str] | None
    if called == "Refusal":
        details = (
            call.args[2] if len(call.args) > 2 else next((k.value for k in call.keywords if k.arg == "details"), None)
        )
        given = keys_of(names.get(details.id, details) if isinstance(details, ast.Name) else details)
    elif any(keyword.arg is None for keyword in call.keywords):
        given = None
    else:
        given = frozenset(str(keyword.arg) for keyword in call.keywords)
    return Site(f"{path.name}:{call.lineno}", codes, given)


@cache
def sources() -> tuple[tuple[Path, ast.Module], ...]:
    return tuple(
        (path, ast.parse(path.read_text(encoding="utf-8")))
        for room in ROOMS
        for path in sorted(room.glob("**/*.py"))
        if path.name != "refusals.py"
    )


def sites() -> Iterator[Site]:
    """Every place in the program that raises a code."""
    for path, module in sources():
        functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        seen: set[int] = set()
        for function in reversed(functions):
            names = local_values(function)
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and id(node) not in seen:
                    seen.add(id(node))
                    found = site(path, node, names)
                    if found is not None:
                        yield found


def test_no_two_refusals_have_one_value() -> None:
    assert len(Code.__members__) == len(set(Code))


def test_every_refusal_has_words_and_a_next_action_in_both_languages() -> None:
    for language in Language:
        words = catalogue(language)
        lost = [
            str(code) for code in Code for tail in ("", ".next") if not words.get(f"refusal.{code}{tail}", "").strip()
        ]
        assert lost == [], language


def test_no_refusal_has_words_without_a_code() -> None:
    known = {f"refusal.{code}{tail}" for code in Code for tail in ("", ".next")}
    assert [key for key in catalogue(Language.ENGLISH) if key.startswith("refusal.") and key not in known] == []


def test_every_refusal_can_be_reached() -> None:
    reached = IMPLIED | {code for _, module in sources() for code in codes_in(module)}
    assert sorted(set(Code) - reached) == []


def test_whoever_raises_a_refusal_gives_the_values_of_its_words() -> None:
    lacking = [
        f"{found.where} {code} {sorted(needed(code) - found.given)}"
        for found in sites()
        if found.given is not None
        for code in found.codes
        if needed(code) - found.given
    ]
    assert lacking == []


def test_the_scan_knows_what_is_given_nearly_everywhere() -> None:
    found = list(sites())
    unknown = [one.where for one in found if one.given is None and any(needed(code) for code in one.codes)]
    assert len(found) > 250
    assert len(unknown) < 10, unknown


@pytest.mark.parametrize("code", sorted(set(_OF_CONSTRAINT.values())))
def test_a_broken_constraint_has_a_value_for_every_field(code: Code) -> None:
    assert needed(code) <= set(BLANK)


@pytest.mark.parametrize("trouble", list(Trouble))
def test_a_failing_database_has_a_value_for_every_field(trouble: Trouble) -> None:
    refusal = environment(StoreError(trouble, "x")).first
    assert needed(refusal.code) <= set(refusal.details)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("code", list(Code))
def test_a_refusal_without_its_values_is_still_said(code: Code, language: Language) -> None:
    said = say_refusal(Words(language), Refusal(code))
    assert said.what.strip()
    assert said.next.strip()
    assert said.code == code
