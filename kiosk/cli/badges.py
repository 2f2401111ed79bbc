"""`kiosk officer badge`: the QR code that an officer scans in place of typing the login."""

from pathlib import Path
from typing import Annotated

import typer

from kiosk import clock
from kiosk.cli.changing import Asked, DryRun, Yes, changed
from kiosk.cli.common import MAINTAINER, Config, Exit, Failure, Json, answer, opened
from kiosk.people import badge as badges

DOT = 8


def add_to(app: typer.Typer) -> None:
    app.command()(badge)


def badge(
    login: Annotated[str, typer.Argument(help="The officer's login.")],
    out: Annotated[Path, typer.Option("--out", help="The picture to print: PNG.")],
    yes: Yes = False,
    dry_run: DryRun = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """A badge for an officer: scanned at sign-in it stands for the login; the PIN is typed all the same."""
    with opened(config) as office:
        text = changed(
            office.store,
            [f"+ {login}: {out}"],
            Asked(yes, dry_run, json),
            lambda: badges.issue(office.kit, login, now=clock.now(), signer=MAINTAINER),
        )
    _draw(text, out)
    document = {"login": login, "file": str(out), "days": badges.BADGE_DAYS}
    answer(document, as_json=json, lines=[f"{login}: {out} ({badges.BADGE_DAYS} hari / days)"])


def _draw(text: str, out: Path) -> None:
    import qrcode

    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, box_size=DOT)
    code.add_data(text)
    try:
        with out.open("wb") as file:
            code.make_image().save(file)
    except OSError as error:
        raise Failure(f"{out}: {error.strerror}", Exit.ENVIRONMENT) from None
