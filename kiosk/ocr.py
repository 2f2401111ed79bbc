"""The text on a scanned page, by tesseract as a child process where it is installed; never needed by a step."""

import os
import shutil
import subprocess
from functools import lru_cache

PROGRAM = "tesseract"
PAGE_SECONDS = 120.0
"""A dense A4 page at 300 dpi takes two seconds on one core."""
WANTED = ("ind", "eng")
"""Languages of this office's papers, those of them that are installed."""


def is_installed() -> bool:
    """Whether there is a tesseract with one of the languages."""
    return bool(_languages(shutil.which(PROGRAM) or ""))


def read_text(picture: bytes) -> str | None:
    """The text on a page; None when tesseract is absent, fails or takes too long."""
    program = shutil.which(PROGRAM) or ""
    languages = _languages(program)
    if not languages:
        return None
    command = [program, "stdin", "stdout", "-l", "+".join(languages)]
    try:
        done = subprocess.run(
            command, input=picture, capture_output=True, timeout=PAGE_SECONDS, env=_alone(), check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else None


@lru_cache(maxsize=4)
def _languages(program: str) -> tuple[str, ...]:
    if not program:
        return ()
    try:
        done = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    listed = done.stdout.split() + done.stderr.split()
    return tuple(language for language in WANTED if language in listed)


def _alone() -> dict[str, str]:
    """One thread: four threads of tesseract are three times slower than one, and take the counter's cores."""
    return os.environ | {"OMP_THREAD_LIMIT": "1"}
