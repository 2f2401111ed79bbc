"""The log holds what a maintainer needs and nothing an applicant typed."""

import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk import logs

SECRET = "RAHASIA-PA1234567"


@pytest.fixture(autouse=True)
def the_root_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def lines(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / "log" / logs.FILE).read_text("utf-8").splitlines()]


def test_a_line_is_json_with_time_level_and_room(tmp_path: Path) -> None:
    assert logs.keep(tmp_path)
    logging.getLogger("kiosk.cases").warning("case %d waits", 7)
    [line] = lines(tmp_path)
    assert (line["event"], line["level"], line["logger"]) == ("case 7 waits", "warning", "kiosk.cases")
    assert line["timestamp"].endswith("Z")
    assert stat.S_IMODE((tmp_path / "log" / logs.FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o700


def test_a_traceback_is_frames_without_message_or_values(tmp_path: Path) -> None:
    logs.keep(tmp_path)
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("some.library").exception("it broke")
    [line] = lines(tmp_path)
    assert SECRET not in json.dumps(line)
    assert line["frames"].startswith("ValueError\n")
    assert "test_a_traceback_is_frames" in line["frames"]


def test_control_characters_are_escaped(tmp_path: Path) -> None:
    logs.keep(tmp_path)
    logging.getLogger("kiosk").info("\x1b]0;owned\x07\nsecond line")
    text = (tmp_path / "log" / logs.FILE).read_text("utf-8")
    assert "\x1b" not in text
    assert text.count("\n") == 1


def test_keeping_twice_writes_once(tmp_path: Path) -> None:
    logs.keep(tmp_path)
    logs.keep(tmp_path)
    logging.getLogger("kiosk").warning("once")
    assert len(lines(tmp_path)) == 1


def test_a_folder_that_can_not_be_written_is_no_reason_not_to_work(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("a file is in the way")
    assert not logs.keep(tmp_path)
    logging.getLogger("kiosk").warning("nobody hears this")
