"""`kiosk terminal invite|join`: another counter for an office on a server."""

import os
from pathlib import Path
from typing import Annotated

import typer

from db.connection import StoreError
from kiosk import audit, clock, joining, sealing
from kiosk.cases.transactions import environment
from kiosk.cli.backup import PassphraseFile, passphrase_of
from kiosk.cli.changing import Asked, DryRun, Yes, changed
from kiosk.cli.common import MAINTAINER, Config, Exit, Failure, Json, answer, refuse, settings_of, stored
from kiosk.receipts.keys import KeyFileError
from kiosk.settings import SettingsError

app = typer.Typer(no_args_is_help=True, help="The office's terminals.")


@app.command()
def invite(
    terminal: Annotated[str, typer.Argument(help="Name of the new terminal, such as loket-4.")],
    to: Annotated[Path, typer.Option("--to", help="The new file that holds the invitation, sealed.")],
    passphrase_file: PassphraseFile,
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """An invitation for a new machine: its kiosk.toml and the office's secrets. The passphrase goes another way.

    The address in it is kiosk.toml's `database`, so let that be a counter's (a member of kiosk_terminal).
    """
    counters = settings_of(config, as_terminal=True)
    if to.exists():
        raise Failure(f"{to}: sudah ada / exists already", Exit.REFUSED)
    with stored(config) as (_, store):
        try:
            sealed = joining.invite(counters, terminal, passphrase_of(passphrase_file) or "")
        except joining.JoiningError as error:
            raise Failure(str(error), Exit.REFUSED) from None
        except sealing.PassphraseTooShort:
            raise Failure(f"--passphrase-file: >= {sealing.SHORTEST}", Exit.USAGE) from None

        def act() -> object:
            if (taken := joining.require_free(terminal)) is None:
                audit.append(clock.now(), MAINTAINER, "terminal_invited", "", {"terminal": terminal})
            return taken

        changed(store, [f"+ {to} ({len(sealed)} B)"], Asked(yes, dry_run, json), act)
    with open(to, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(sealed)
    line = f"{to}: di mesin baru / on the new machine: kiosk terminal join {to.name} --dir DIR --passphrase-file FILE"
    answer({"terminal": terminal, "invitation": str(to)}, as_json=json, lines=[line])


@app.command()
def join(
    invitation: Annotated[Path, typer.Argument(help="The file of `kiosk terminal invite`.")],
    folder: Annotated[Path, typer.Option("--dir", help="The terminal's folder; made if it is not there.")],
    passphrase_file: PassphraseFile,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Make this machine the invited terminal: its folder, and a receipt key of its own that waits for approval."""
    Asked(yes, dry_run, json).agree([f"+ {folder.absolute()}"])
    try:
        joined = joining.join(invitation.read_bytes(), passphrase_of(passphrase_file) or "", folder, now=clock.now())
    except joining.JoiningError as error:
        raise Failure(str(error), Exit.REFUSED) from None
    except sealing.SealBroken:
        raise Failure(f"{invitation}: kata sandi salah / wrong passphrase", Exit.REFUSED) from None
    except StoreError as error:
        raise refuse(environment(error)) from None
    except (KeyFileError, SettingsError, OSError) as error:
        raise Failure(str(error), Exit.ENVIRONMENT) from None
    path = joined.settings.path("kiosk.toml")
    lines = [
        f"{path}: {joined.settings.terminal}, kunci / key {joined.key_id}",
        f"kiosk key approve {joined.key_id} --login ...; {invitation}: hapus / delete it",
    ]
    document = {"config": str(path), "terminal": joined.settings.terminal, "key_id": joined.key_id, "state": "waiting"}
    answer(document, as_json=json, lines=lines)
