"""A process whose n-th write fails: builds the shim (failing_writes.c), and is what runs under it.

As a program (with LD_PRELOAD set by `runs`) it is handed an office in which a case waits at every step, and for
each n copies it, forks, lets the child do one step with its n-th write failing, and says what the child was told.
"""

import ctypes
import json
import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kiosk.settings import Settings

PROJECT = Path(__file__).parents[2]
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Failed:
    """One run: which write failed how, in which copy of the office, and what the officer was told."""

    step: str
    n: int
    error: int
    for_good: bool
    config: str
    answer: str
    """`done`, the code of the refusal, or the traceback of what no one caught."""
    writes: int


def build(folder: Path) -> Path | None:
    """The shim, compiled; None where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    library = folder / "failing_writes.so"
    source = Path(__file__).with_suffix(".c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    return library


def runs(
    library: Path, config: Path, into: Path, steps: Sequence[str], *, every: int, error: int, for_good: bool = False
) -> Iterator[Failed]:
    """Each step with its every-th write failing, from the first until none fails. The copies are left in `into`."""
    plan = {"config": str(config), "into": str(into), "steps": list(steps), "every": every, "error": error}
    command = [sys.executable, __file__, json.dumps(plan | {"for_good": for_good, "library": str(library)})]
    environ = {**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as process:
        assert process.stdout is not None
        for line in process.stdout:
            yield Failed(**json.loads(line))
    assert process.returncode == 0


def _main() -> None:
    plan = json.loads(sys.argv[1])
    from argon2 import PasswordHasher

    from kiosk.people import sign_in
    from tests.faults import thirteen

    sign_in._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    cases = json.loads((Path(plan["config"]).parent / "cases.json").read_text())
    waiting = thirteen.Waiting(Path(plan["config"]), cases)
    for step in plan["steps"]:
        for n in range(1, MOST, plan["every"]):
            folder = Path(plan["into"]) / f"{step}-{plan['error']}-{int(plan['for_good'])}-{n}"
            settings = waiting.copy(folder)
            reading, writing = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.write(writing, json.dumps(_fail(settings, step, waiting.cases.get(step), n, plan)).encode())
                os._exit(0)
            os.close(writing)
            with os.fdopen(reading) as pipe:
                told = json.loads(pipe.read())
            os.waitpid(pid, 0)
            config = str(Path(settings.folder) / "kiosk.toml")
            failed = Failed(step, n, plan["error"], plan["for_good"], config, told["answer"], told["writes"])
            print(json.dumps(asdict(failed)), flush=True)
            if told["writes"] < n:
                break


def _fail(settings: "Settings", step: str, case_id: int | None, n: int, plan: dict[str, Any]) -> dict[str, Any]:
    """In the child: sign in and prepare with a good disk, complete the step with a failing one."""
    from kiosk.office import Office
    from kiosk.refusals import Refused
    from tests.conftest import Desks
    from tests.faults.thirteen import KEY, LOGIN, given

    shim = ctypes.CDLL(plan["library"])
    shim.fail_at.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_int, ctypes.c_char_p]
    shim.writes_seen.restype = ctypes.c_long
    office = Office.open(settings, devices=False)
    desk = Desks(office)[LOGIN[step]]
    claim = None if case_id is None else desk.claim(case_id)
    found, witness = given(desk, step, case_id)
    shim.fail_at(n, plan["error"], int(plan["for_good"]), str(settings.folder).encode())
    try:
        answer = desk.steps[step].complete(case_id, found, key=KEY, witness=witness, claim=claim)
        told = str(answer.first.code) if isinstance(answer, Refused) else "done"
    except Exception:
        told = traceback.format_exc()
    writes = shim.writes_seen()
    return {"answer": told, "writes": writes}


if __name__ == "__main__":
    _main()
