"""The log of one office's programs: JSON lines in `log/kiosk.log` beside kiosk.toml, mode 0600, ids and never names.

Logging never goes to the terminal: the counter's screen is drawn there. A traceback is written as file, line and
function of each frame; messages of exceptions and local variables may hold what an applicant typed.
"""

import logging
import logging.handlers
import os
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

FILE = "kiosk.log"
FILE_BYTES = 4 * 1024 * 1024
FILES_KEPT = 8


def keep(folder: Path) -> bool:
    """Begin to log into `folder`/log; False where that can't be written (the program goes on without)."""
    import structlog

    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _OwnFile)]:
        root.removeHandler(handler)
        handler.close()
    try:
        (folder / "log").mkdir(mode=0o700, exist_ok=True)
        handler = _OwnFile(folder / "log" / FILE, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8")
    except OSError:
        root.addHandler(logging.NullHandler())
        return False
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _frames_only,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return True


def frames(error: BaseException) -> str:
    """The traceback as file, line and function of each frame: no source lines, no message, no locals."""
    lines: list[str] = []
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        lines.append(type(link).__qualname__)
        lines += [
            f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(link.__traceback__)
        ]
        link = link.__cause__ or link.__context__
    return "\n".join(lines)


class _OwnFile(logging.handlers.RotatingFileHandler):
    """A file that only its owner reads, and that never writes its own trouble to the terminal."""

    def _open(self) -> Any:
        return open(self.baseFilename, "a", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A full disk is said by the database; the log is silent."""


def _frames_only(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What a library logged with `exc_info`, as frames."""
    told: tuple[type[BaseException], BaseException, TracebackType] | bool | None = event.pop("exc_info", None)
    if isinstance(told, tuple) and told[1] is not None:
        event["frames"] = frames(told[1])
    record = event.get("_record")
    if record is not None:
        record.exc_info = record.exc_text = record.stack_info = None
    return event
