"""The catalogues: every key in both languages with the same fields, every key that the rules name, every family that
an enumeration makes."""

import ast
import re
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import kiosk
import screens
from kiosk.applicant import Collector, Priority, SponsorBasis
from kiosk.cases.model import Act, Custodian, Outcome, Status
from kiosk.money.methods import Method
from kiosk.procedure import load
from kiosk.receipts.token import Verdict
from kiosk.steps.biometrics import FingerState
from kiosk.steps.cekal import Ground
from kiosk.steps.handover import Relation
from kiosk.steps.storage import Disposal, Shelf
from kiosk.words import LOCALE_DIR, Language, MissingWord, Words, catalogue, say
from screens.storage import WAYS

ROOMS = tuple(Path(next(iter(room.__path__))) for room in (kiosk, screens))
DOTTED = re.compile(r"[a-z][a-z_0-9]*(?:\.[a-z_0-9]+)+")
LABELS = frozenset({"label", "hint", "title", "key", "following", "empty"})
MSGID = re.compile(r'^msgid "(.+)"$', re.MULTILINE)


def fields(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def test_both_languages_have_the_same_keys() -> None:
    indonesian, english = catalogue(Language.INDONESIAN), catalogue(Language.ENGLISH)
    assert sorted(set(indonesian) ^ set(english)) == []


def test_both_languages_fill_the_same_fields() -> None:
    indonesian, english = catalogue(Language.INDONESIAN), catalogue(Language.ENGLISH)
    assert [key for key in indonesian if fields(indonesian[key]) != fields(english[key])] == []


@pytest.mark.parametrize("language", list(Language))
def test_every_key_has_words_and_one_home(language: Language) -> None:
    assert [key for key, words in catalogue(language).items() if not words.strip()] == []
    homes = Counter(
        key
        for source in (LOCALE_DIR / language / "LC_MESSAGES").glob("*.po")
        for key in MSGID.findall(source.read_text(encoding="utf-8"))
    )
    assert [key for key, count in homes.items() if count > 1] == []


@pytest.mark.parametrize("language", list(Language))
def test_fields_are_plain_names(language: Language) -> None:
    """A value that is missing or of another type can then never break a sentence."""
    odd = [
        key
        for key, words in catalogue(language).items()
        for _, name, form, conversion in string.Formatter().parse(words)
        if name is not None and (not name.isidentifier() or form or conversion)
    ]
    assert odd == []


def literals(module: ast.Module) -> Iterator[str]:
    """The words' keys that a module names: `say("...")`, labels and hints of fields, keys of questions and ends."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            named = [keyword.value for keyword in node.keywords if keyword.arg in LABELS]
            if called in {"say", "Finished", "Question", "Confirm", "ReasonDialog", "FormDialog", "Field", "Column"}:
                named += node.args
            for value in named:
                if isinstance(value, ast.Constant) and isinstance(value.value, str) and DOTTED.fullmatch(value.value):
                    yield value.value


@pytest.mark.parametrize("language", list(Language))
def test_every_key_that_the_program_names_has_words(language: Language) -> None:
    known = catalogue(language)
    paths = [path for room in ROOMS for path in sorted(room.glob("**/*.py"))]
    named = {key: path.name for path in paths for key in literals(ast.parse(path.read_text(encoding="utf-8")))}
    assert len(named) > 200
    assert {key: home for key, home in named.items() if key not in known} == {}


@pytest.mark.parametrize("language", list(Language))
def test_every_family_of_keys_is_complete(language: Language) -> None:
    wanted = [f"case.status.{one}" for one in Status]
    wanted += [f"case.outcome.{one}" for one in Outcome]
    wanted += [f"case.act.{one}" for one in Act]
    wanted += [f"case.holder.{one}" for one in Custodian]
    wanted += [f"priority.{one}" for one in Priority if one]
    wanted += [f"cekal.ground.{one}" for one in Ground]
    wanted += [f"verdict.{one}" for one in Verdict]
    wanted += [f"receipts.relation.{one}" for one in Relation]
    wanted += [f"receipts.method.{one}" for one in Method]
    wanted += [f"side.step.{step.key}" for step in load().steps]
    wanted += [f"storage.shelf.{one}" for one in Shelf]
    wanted += [f"storage.state.{one}" for one in (*(one for one in Disposal if one), "kept", "held")]
    wanted += [f"storage.act.{way.name}" for way in WAYS]
    wanted += [f"endorsement.title.{kind}" for kind in ("plh", "plt", "delegate")]
    assert [key for key in wanted if key not in catalogue(language)] == []


def test_a_key_without_words_is_a_defect() -> None:
    with pytest.raises(MissingWord, match=r"id: no\.such\.key"):
        Words().say("no.such.key")


def test_a_value_that_nobody_gave_loses_no_sentence() -> None:
    said = say(Language.ENGLISH, "endorsement.done", signatory="MADE")
    assert said == "Endorsed by MADE, {title}."


def test_braces_in_a_value_stay_as_they_are() -> None:
    said = say(Language.ENGLISH, "endorsement.done", signatory="{title}", title="{0.__class__}")
    assert said == "Endorsed by {title}, {0.__class__}."


def test_the_enumerations_are_not_empty() -> None:
    assert all(len(list(kind)) > 1 for kind in (SponsorBasis, Collector, FingerState))
