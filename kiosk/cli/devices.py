"""`kiosk device`: what hangs on this terminal."""

from typing import Annotated, Any

import typer

from kiosk.cli.common import Config, Exit, Failure, Json, answer, settings_of
from kiosk.devices import ROLES, Devices, DeviceState

app = typer.Typer(no_args_is_help=True, help="Devices.")
SETTLE_SECONDS = 8.0


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
