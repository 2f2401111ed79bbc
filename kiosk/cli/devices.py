"""`kiosk device`, `kiosk simulate`, `kiosk doctor`: what hangs on this terminal."""

from pathlib import Path
from typing import Annotated, Any

import typer

from kiosk.cli.common import Config, Exit, Failure, Json, answer, settings_of
from kiosk.devices import ROLES, Devices, DeviceState

app = typer.Typer(no_args_is_help=True, help="Devices.")
SETTLE_SECONDS = 8.0


def add_to(parent: typer.Typer) -> None:
    parent.add_typer(app, name="device")
    parent.command("simulate")(simulate)
    parent.command("doctor")(doctor)


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
    answer(rows, as_json=json, lines=[f"{r['role']:<18} {r['state']:<10} {r['model']} {r['code'] or ''}" for r in rows])


def _row(devices: Devices, role: str) -> dict[str, Any]:
    device = devices.get(role)
    status = devices.status(role) if device is None else device.wait_ready(SETTLE_SECONDS)
    return {
        "role": role,
        "state": str(status.state),
        "code": None if status.code is None else str(status.code),
        "model": status.model,
        "detail": status.detail,
    }


@app.command("test")
def probe(
    role: Annotated[str, typer.Argument(help=f"One of: {', '.join(ROLES)}")], config: Config = None, json: Json = False
) -> None:
    """Does the device answer as what it should be? Exit 0 if it is ready, 1 if not."""
    settings = settings_of(config)
    if role not in settings.devices:
        raise Failure(f"{role}: tidak ada di kiosk.toml / not in kiosk.toml", Exit.ENVIRONMENT)
    devices = Devices()
    devices.open(settings)
    try:
        row = _row(devices, role)
    finally:
        devices.close()
    answer(row, as_json=json, lines=[f"{role}: {row['state']} {row['model']} {row['code'] or ''}"])
    if row["state"] != DeviceState.READY:
        raise typer.Exit(Exit.REFUSED)


def simulate(
    role: Annotated[str, typer.Argument(help="fingerprint, payment, printer, scanner, camera ...")],
    link: Annotated[Path, typer.Option(help="A symbolic link to make, that a kiosk.toml can name as port.")],
    control: Annotated[Path | None, typer.Option(help="A UNIX socket that takes JSON lines while it runs.")] = None,
    option: Annotated[list[str] | None, typer.Option(help="key=value of the simulator.")] = None,
) -> None:
    """Run one device of code on a pseudo-terminal, speaking its real protocol, until interrupted."""
    from hardware.options import OptionError
    from hardware.simulate import run_simulator

    options = dict(item.split("=", 1) for item in option or () if "=" in item)
    try:
        run_simulator(role, link, control, options)
    except OptionError as error:
        raise Failure(str(error), Exit.USAGE) from None
    except OSError as error:
        raise Failure(f"{link}: {error.strerror}", Exit.ENVIRONMENT) from None


def doctor(config: Config = None, json: Json = False) -> None:
    """Look at settings, database, keys, clock, disk and devices; say what to do. Exit 1 if anything is wrong."""
    from kiosk.health import examine

    findings = examine(settings_of(config))
    rows = [{"check": f.check, "ok": f.ok, "found": f.found, "do": f.do} for f in findings]
    lines = [f"{'ok ' if f.ok else 'X  '} {f.check:<22} {f.found}{'' if f.ok else '  -> ' + f.do}" for f in findings]
    answer(rows, as_json=json, lines=lines)
    if not all(f.ok for f in findings):
        raise typer.Exit(Exit.REFUSED)
