"""`kiosk device`: what hangs on this terminal, whether it works, what passes on its line."""

import json as json_format
import queue
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from hardware.facts import Fact
from hardware.faults import DeviceError
from kiosk import clock
from kiosk.cli.common import Config, Exit, Failure, Json, answer, settings_of, tell
from kiosk.devices import ROLES, Devices, DeviceState, DeviceStatus
from kiosk.health_devices import fact_words
from kiosk.settings import Settings
from kiosk.text import clean
from kiosk.words import Language, Words

app = typer.Typer(no_args_is_help=True, help="Devices.")
SETTLE_SECONDS = 8.0
ANSWER_SECONDS = 15.0
LINELESS = ("camera", "document_scanner")
SET_UP = Path(__file__).parent.parent / "terminal_files"
Role = Annotated[str, typer.Argument(help=f"One of: {', '.join(ROLES)}")]


@app.command("list")
def list_(config: Config = None, json: Json = False) -> None:
    """Open every configured device and say what it is."""
    settings = settings_of(config)
    devices = Devices()
    devices.open(settings)
    try:
        rows = [_row(devices, role) for role in settings.devices]
    finally:
        devices.close()
    lines = [
        f"{r['role']:<18} {r['state']:<12} {r['code'] or r.get('trouble') or '-':<18} {clean(r['model'])}" for r in rows
    ]
    answer(rows, as_json=json, lines=lines)


@app.command("test")
def probe(role: Role, config: Config = None, json: Json = False) -> None:
    """Does the device answer as what it should be, and is all well with it? Exit 0 if so, 1 if not."""
    settings = _only(settings_of(config), role)
    words = Words(Language(settings.language))
    devices = Devices()
    devices.open(settings)
    try:
        row, facts = _row(devices, role), _facts(devices, role)
    finally:
        devices.close()
    lines = [f"{role}: {row['state']} {row['model']} {row['code'] or ''}"]
    if row["code"]:
        lines += [words.say(f"fault.{row['code']}"), words.say(f"fault.{row['code']}.next")]
    for fact in facts:
        value, do = fact_words(fact, words)
        lines.append(f"{words.say(f'fact.{fact.name}')}: {value}{'' if fact.good else ' -> ' + do}")
    row["facts"] = {fact.name.value: {"value": fact.value, "good": fact.good} for fact in facts}
    answer(row, as_json=json, lines=lines)
    if row["state"] != DeviceState.READY or not all(fact.good for fact in facts):
        raise typer.Exit(Exit.REFUSED)


@app.command()
def monitor(
    role: Role,
    config: Config = None,
    seconds: Annotated[float | None, typer.Option(help="End after so long; else Ctrl-C ends.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show a device's states and what passes on its line, live. Codes, cards, prints and names stay hidden."""
    settings = _only(settings_of(config), role)
    words = Words(Language(settings.language))
    heard: queue.SimpleQueue[str | DeviceStatus] = queue.SimpleQueue()
    devices = Devices()
    devices.subscribe(heard.put)
    devices.open(settings, heard.put)
    heard.put(devices.status(role))
    key = "device.monitor.no_wire" if role in LINELESS else "device.monitor.listening"
    tell(words.say(key, role=words.say(f"devices.role.{role}")))
    try:
        for item in _until(heard, seconds):
            _show(item, words, as_json=json)
    except KeyboardInterrupt:
        return
    finally:
        devices.close()


@app.command()
def files(to: Annotated[Path, typer.Option("--to", help="The folder to write into.")], config: Config = None) -> None:
    """Write a terminal's udev rules, sysusers file, systemd units and SSH settings, to be looked at and installed."""
    words = Words(Language(settings_of(config).language)) if config else Words()
    try:
        for source in sorted(SET_UP.rglob("*")):
            if source.is_file():
                target = to / source.relative_to(SET_UP)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
                tell(words.say("device.files.written", path=target))
    except OSError as error:
        raise Failure(f"{to}: {error.strerror}", Exit.ENVIRONMENT) from None


def _only(settings: Settings, role: str) -> Settings:
    """The settings with this device alone. Raises Failure."""
    given = settings.devices.get(role)
    if given is None:
        raise Failure(Words(Language(settings.language)).say("device.not_configured", role=role), Exit.ENVIRONMENT)
    return msgspec.structs.replace(settings, devices={role: given})


def _row(devices: Devices, role: str) -> dict[str, Any]:
    device = devices.get(role)
    status = devices.status(role) if device is None else device.wait_ready(SETTLE_SECONDS)
    return {
        "role": role,
        "state": str(status.state),
        "code": None if status.code is None else str(status.code),
        "model": status.model,
        "detail": status.detail,
        "trouble": status.trouble,
    }


def _facts(devices: Devices, role: str) -> list[Fact]:
    device = devices.get(role)
    if device is None or device.status.state is not DeviceState.READY:
        return []
    try:
        facts: list[Fact] = device.facts().result(ANSWER_SECONDS)
    except (DeviceError, TimeoutError):
        return []
    return facts


def _until(heard: "queue.SimpleQueue[str | DeviceStatus]", seconds: float | None) -> Iterator[str | DeviceStatus]:
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        try:
            yield heard.get(timeout=None if deadline is None else max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return


def _show(item: str | DeviceStatus, words: Words, *, as_json: bool) -> None:
    now = clock.now()
    if isinstance(item, DeviceStatus):
        code = None if item.code is None else str(item.code)
        document = {"at": now.isoformat(), "state": str(item.state), "code": code, "model": item.model}
        line = f"= {words.say(f'devices.state.{item.state}')} {item.model}".rstrip()
        line += f" [{code}] {words.say(f'fault.{code}')} {words.say(f'fault.{code}.next')}" if code else ""
    else:
        document, line = {"at": now.isoformat(), "wire": item}, item
    if as_json:
        print(json_format.dumps(document, ensure_ascii=False), flush=True)
    else:
        print(f"{now.astimezone(clock.WIB):%H:%M:%S.%f}"[:12] + f" {clean(line, limit=400)}", flush=True)
