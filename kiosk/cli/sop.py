"""`kiosk sop`: the procedure as data, printed, checked, exported."""

from pathlib import Path
from typing import Annotated

import typer

from kiosk import procedure
from kiosk.cli.common import Config, Exit, Failure, Json, answer, settings_of
from kiosk.procedure import Procedure
from kiosk.records import plain
from kiosk.words import Language, say

app = typer.Typer(no_args_is_help=True, help="The SOP as data.")


def _load(path: Path | None) -> Procedure:
    try:
        return procedure.load(path)
    except procedure.ProcedureError as error:
        raise Failure(_wrong(path, error), Exit.REFUSED) from None
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}", Exit.ENVIRONMENT) from None


def _wrong(path: Path | None, error: procedure.ProcedureError) -> str:
    """Every mistake with its line, in both languages."""
    return "\n".join(
        f"{path or 'itk.toml'}:{problem.line}: {say(language, problem.key, **dict(problem.details))}"
        for problem in error.problems
        for language in Language
    )


def _of_office(config: Path | None) -> Procedure:
    if config is None:
        return _load(None)
    settings = settings_of(config)
    return _load(settings.path(settings.procedure) if settings.procedure else None)


@app.command()
def show(config: Config = None, json: Json = False) -> None:
    """Print the procedure: head, legal basis, equipment and the thirteen rows."""
    sop = _of_office(config)
    document = {key: value for key, value in plain(sop).items() if key != "source"}
    answer(document, as_json=json, lines=list(_lines(sop)))


def _lines(sop: Procedure) -> list[str]:
    head = sop.sop
    lines = [*head.letterhead, "", f"NOMOR SOP {head.number}", f"NAMA SOP {head.name}"]
    lines += [f"TGL. PEMBUATAN {head.created:%d-%m-%Y}   TGL. EFEKTIF {head.effective:%d-%m-%Y}"]
    lines += ["", "Dasar hukum:", *(f"{n}. {text}" for n, text in enumerate(head.legal_basis, 1))]
    lines += ["", "Keterkaitan:", *head.related, "", "Peralatan:", *head.equipment, "", head.warning, head.storage]
    for step in sop.steps:
        units = " / ".join((sop.unit(step.unit).label, *(sop.unit(code).label for code in step.other_units)))
        lines += [
            "",
            f"{step.number}. {step.activity}",
            f"   {units} ({sop.role(step.role).name.indonesian}) - {step.minutes} menit",
            f"   Kelengkapan: {step.inputs}",
            f"   Output: {step.output or step.output_read_as or '-'}",
        ]
        if step.remark:
            lines.append(f"   Keterangan: {step.remark}")
        lines += [f"   -> {branch.when.indonesian}: {branch.target}" for branch in step.branches]
    lines += [
        "",
        f"Jumlah {sop.minutes} menit; janji layanan {sop.promise.working_days} hari kerja. SHA-256 {sop.hash}",
    ]
    return lines


@app.command()
def check(file: Annotated[Path, typer.Argument(help="A procedure file (TOML).")], json: Json = False) -> None:
    """Say whether a procedure file is sound; a file that contradicts itself is refused with the line that is wrong."""
    sop = _load(file)
    document = {"ok": True, "steps": len(sop.steps), "minutes": sop.minutes, "hash": sop.hash}
    answer(document, as_json=json, lines=[f"{file}: {len(sop.steps)} langkah, {sop.minutes} menit, SHA-256 {sop.hash}"])
