"""Exit codes, and how a verb ends early."""

import sys
from enum import IntEnum


class Exit(IntEnum):
    DONE = 0
    REFUSED = 1
    USAGE = 2
    ENVIRONMENT = 3


class Failure(Exception):
    """Ends a verb with words on standard error and an exit code."""

    def __init__(self, words: str, exit_code: Exit) -> None:
        super().__init__(words)
        self.words = words
        self.exit_code = exit_code


def tell(words: str) -> None:
    """Words for people, on standard error."""
    print(words, file=sys.stderr)
