"""A unix socket that takes instructions for a simulator: one JSON object a line, one JSON answer a line."""

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any


class ControlSocket:
    """Listens at `path` until closed; each connection has a thread of its own."""

    def __init__(self, path: Path, control: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self._path = path
        self._control = control
        path.unlink(missing_ok=True)
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._server.bind(str(path))
        path.chmod(0o600)
        self._server.listen()
        threading.Thread(target=self._accept, name="simulator-control", daemon=True).start()

    def close(self) -> None:
        """Stop listening and remove the socket."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream, suppress(OSError):
            for line in stream:
                stream.write(json.dumps(self._answer(line)).encode() + b"\n")
                stream.flush()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            command = json.loads(line)
        except ValueError as error:
            return {"ok": False, "error": str(error)}
        if not isinstance(command, dict):
            return {"ok": False, "error": "an instruction is a JSON object"}
        return self._control(command)


def send_command(path: Path, command: dict[str, Any]) -> dict[str, Any]:
    """Give one instruction to the simulator listening at `path`. Raises OSError if there is none."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(str(path))
        connection.sendall(json.dumps(command).encode() + b"\n")
        with connection.makefile("rb") as stream:
            answer = json.loads(stream.readline() or b'{"ok": false, "error": "no answer"}')
    return dict(answer)
