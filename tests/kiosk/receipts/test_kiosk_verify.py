"""A11: a second verifier that shares nothing with the first answers every published vector and mutant alike."""

import ast
import importlib.util
import json
import random
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kiosk.receipts import kiosk_verify, token
from kiosk.receipts.keys import KeyExportError, read_export, verify_with_export
from kiosk.receipts.token import ReceiptType, TokenRefusal
from tests.kiosk.receipts.test_token_mutants import GENUINE, KEY, MUTATORS, NOW, OFFICE, judged

VECTORS = Path(__file__).parents[2] / "vectors"
PUBLISHED: dict[str, Any] = json.loads((VECTORS / "itk1.json").read_text("ascii"))
STAGES = {
    "ok",
    "malformed",
    "unsupported_version",
    "unknown_key",
    "revoked_key",
    "bad_signature",
    "wrong_type",
    "wrong_office",
    "not_yet_valid",
    "expired",
}


def first(vector: dict[str, Any], keys: dict[str, str]) -> str:
    """The program's own verdict."""
    kind = None if vector["type"] is None else ReceiptType(vector["type"])
    now = datetime.fromisoformat(vector["now"])
    answer = verify_with_export(
        vector["text"], keys[vector["keys"]], expected_type=kind, office=vector["office"], now=now
    )
    return str(answer.verdict) if isinstance(answer, TokenRefusal) else "ok"


def second(vector: dict[str, Any], keys: dict[str, Any]) -> str:
    """kiosk-verify's verdict."""
    now = kiosk_verify.moment(vector["now"])
    return kiosk_verify.verify(vector["text"], keys[vector["keys"]][1], vector["type"], vector["office"], now)


def test_a11_both_verifiers_answer_every_published_vector_as_published() -> None:
    files = {name: json.dumps(each) for name, each in PUBLISHED["key_files"].items()}
    keys = {name: kiosk_verify.read_keys(each) for name, each in files.items()}
    vectors = PUBLISHED["vectors"]
    wrong = [v for v in vectors if not v["verdict"] == first(v, files) == second(v, keys)]
    assert wrong == []
    assert len(vectors) >= 300
    assert {vector["verdict"] for vector in vectors} == STAGES


def test_both_refuse_the_same_key_files() -> None:
    for refused in PUBLISHED["refused_key_files"]:
        with pytest.raises(KeyExportError):
            read_export(refused["document"])
        with pytest.raises(kiosk_verify.NoKeyFile):
            kiosk_verify.read_keys(refused["document"])


def test_the_published_file_is_what_its_maker_makes() -> None:
    assert maker().document() == (VECTORS / "itk1.json").read_text("ascii")


def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_vectors", VECTORS / "make_vectors.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


def test_the_second_verifier_stands_alone() -> None:
    """Nothing but the standard library, in the grammar of Python 3.9, and no word of the first."""
    source = Path(kiosk_verify.__file__).read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 9))
    roots = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert roots <= {"argparse", "datetime", "hashlib", "json", "sys", "typing"}


def disagreements(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    row = {
        "key_id": 7,
        "public_key": KEY.public_key.hex(),
        "purposes": [1, 2],
        "not_before": KEY.not_before.isoformat(),
        "not_after": "2027-01-01T00:00:00+00:00",
    }
    _, keys = kiosk_verify.read_keys(json.dumps({"office": OFFICE, "keys": [row]}))
    found = []
    for number in range(count):
        mutant = MUTATORS[number % len(MUTATORS)](GENUINE, chance)
        answer = kiosk_verify.verify(mutant, keys, None, OFFICE, NOW)
        if answer != str(judged(mutant, {7: KEY}, None)) or (answer == "ok" and mutant != GENUINE):
            found.append(mutant)
    return found


def test_a11_both_verifiers_agree_on_mutants() -> None:
    assert disagreements(320, seed=11) == []


@pytest.mark.long
def test_a11_both_verifiers_agree_on_a_hundred_thousand_mutants() -> None:
    assert disagreements(100_000, seed=12) == []


@pytest.mark.parametrize(
    "mutant",
    [
        ("is_small_order", lambda point: True),
        ("is_signature", lambda key, message, signature: True),
        ("decoded", lambda text: kiosk_verify.base_multiples() and bytes(94)),
    ],
)
def test_a_verifier_with_a_fault_disagrees(mutant: tuple[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {name: kiosk_verify.read_keys(json.dumps(each)) for name, each in PUBLISHED["key_files"].items()}
    monkeypatch.setattr(kiosk_verify, *mutant)
    assert any(second(vector, keys) != vector["verdict"] for vector in PUBLISHED["vectors"])


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -I kiosk_verify.py ...`: isolated, so that nothing of ours can be imported."""
    command = [sys.executable, "-I", "-S", kiosk_verify.__file__, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_it_runs_as_one_file_with_an_answer_and_an_exit_code(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(PUBLISHED["key_files"]["office"]))
    good = next(v for v in PUBLISHED["vectors"] if v["verdict"] == "ok")
    late = next(v for v in PUBLISHED["vectors"] if v["verdict"] == "expired")
    for environment in ({"PYTHONHASHSEED": "0", "LC_ALL": "C"}, {"PYTHONHASHSEED": "7", "LC_ALL": "tr_TR.UTF-8"}):
        answer = run(str(keys), good["text"], "--now", good["now"], **environment)
        assert (answer.returncode, json.loads(answer.stdout)["verdict"]) == (0, "ok"), answer.stderr
    answer = run(str(keys), late["text"], "--now", late["now"])
    assert (answer.returncode, json.loads(answer.stdout)["verdict"]) == (1, "expired")
    assert run(str(keys), "\x1b[2J", "--type", "2").stdout == '{\n  "verdict": "malformed"\n}\n'
    assert run(str(tmp_path / "none"), good["text"]).returncode == 3
    assert run(str(keys)).returncode == 2


def test_a_token_is_verified_in_time() -> None:
    """1 ms with cryptography, 10 ms with the standard library; the quickest of some, as the machine is shared."""
    _, keys = kiosk_verify.read_keys(json.dumps(PUBLISHED["key_files"]["office"]))
    text = next(v["text"] for v in PUBLISHED["vectors"] if v["verdict"] == "ok")
    export = read_export(json.dumps(PUBLISHED["key_files"]["office"]))

    def best(work: Any, times: int) -> float:
        found = []
        for _ in range(times):
            begun = time.perf_counter()
            work()
            found.append(time.perf_counter() - begun)
        return min(found)

    now = datetime.fromisoformat("2026-11-24T10:05:00Z")
    assert best(lambda: kiosk_verify.verify(text, keys, None, OFFICE, now), 20) < 0.010
    by_id = export.by_id()
    assert best(lambda: token.verify(text, by_id, expected_type=None, office=OFFICE, now=now), 20) < 0.001
