"""The words of the screens: every key in both languages, every key that the code names, every value that needs one."""

import re
import string
from pathlib import Path

import pytest

import screens
from kiosk.cases import pauses
from kiosk.cases.model import Act, Custodian, Outcome, Status
from kiosk.devices import ROLES, DeviceState, FaultCode
from kiosk.procedure import load
from kiosk.words import Language, Words, catalogue
from screens.side import WAYS
from screens.widgets.fields import Kind

CODE = "\n".join(path.read_text(encoding="utf-8") for path in Path(screens.__path__[0]).glob("**/*.py"))
KEY = re.compile(r'"((?:[a-z_]+)(?:\.[a-z_0-9]+)+)"')
PLACES = {"kiosk.tcss"}


def test_both_languages_have_the_same_keys_and_fields() -> None:
    indonesian, english = catalogue(Language.INDONESIAN), catalogue(Language.ENGLISH)
    assert set(indonesian) == set(english)
    for key, words in indonesian.items():
        assert words.strip(), key
        assert english[key].strip(), key
        assert _fields(words) == _fields(english[key]), key


def _fields(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def test_every_key_in_the_code_has_words() -> None:
    known = catalogue(Language.INDONESIAN)
    prefixes = {key.split(".")[0] for key in known}
    named = {key for key in KEY.findall(CODE) if key.split(".")[0] in prefixes} - PLACES
    begun = {key.rpartition(".")[0] for key in known}
    assert not sorted(key for key in named if key not in known and key not in begun)


@pytest.mark.parametrize("language", list(Language))
def test_every_value_that_is_shown_has_words(language: Language) -> None:
    words = Words(language)
    keys = [f"fault.{code}" for code in FaultCode] + [f"fault.{code}.next" for code in FaultCode]
    keys += [f"devices.role.{role}" for role in ROLES] + [f"devices.state.{state}" for state in DeviceState]
    keys += [f"case.status.{status}" for status in Status] + [f"case.outcome.{outcome}" for outcome in Outcome]
    keys += [f"case.act.{act}" for act in Act] + [f"case.holder.{holder}" for holder in Custodian]
    keys += [f"pause.{reason}" for reason in pauses.REASONS]
    keys += [f"side.{way.name}" for way in WAYS] + [f"side.{way.name}.help" for way in WAYS]
    keys += [f"side.{way.name}.sure" for way in WAYS if way.final]
    keys += [f"side.step.{step.key}" for step in load().steps]
    keys += [f"placeholder.{kind}" for kind in (Kind.DATE, Kind.PARTIAL_DATE, Kind.DATE_TIME)]
    assert not [key for key in keys if not words.has(key)]


def test_the_words_of_the_screens_use_only_glyphs_of_a_console() -> None:
    glyphs = set(Path(__file__).with_name("console_glyphs.txt").read_text(encoding="utf-8"))
    for language in Language:
        for source in (Path(screens.__path__[0]).parent / "kiosk" / "locale" / language / "LC_MESSAGES").glob(
            "screens.po"
        ):
            assert set(source.read_text(encoding="utf-8")) <= glyphs, source
