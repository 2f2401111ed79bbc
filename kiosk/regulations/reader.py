"""Reads the tables, each from the office's folder if it is there, else the one that comes with the program."""

import hashlib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from kiosk.regulations import rows
from kiosk.regulations.model import Regulations
from kiosk.toml_file import FileRefused, Problem, TomlFile, decode_toml
from kiosk.toml_table import Table

FILES = ("kinds", "checklists", "stays", "money", "biometrics", "visas", "holidays", "office")
_T = TypeVar("_T")


class RegulationError(FileRefused):
    """A table that can't be used: `file` is its name, `line`, `key` and `details` say what is wrong in it."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        super().__init__(problems)
        self.file = file


def load_regulations(extra: Path | None = None) -> Regulations:
    """The tables that come with the program, each replaced by the file of the same name in the folder `extra`.

    Raises RegulationError, also if `extra` is no folder or has a file that no table is read from; OSError if a file
    can't be read.
    """
    if extra is not None:
        if not extra.is_dir():
            raise RegulationError(extra.name, [Problem(1, "permits.problem.no_folder", {"name": str(extra)})])
        for path in sorted(extra.glob("*.toml")):
            if path.stem not in FILES:
                details = {"name": path.name, "names": ", ".join(f"{name}.toml" for name in FILES)}
                raise RegulationError(path.name, [Problem(1, "permits.problem.unknown_file", details)])
    tables = {name: _File(name, extra) for name in FILES}
    kinds = tables["kinds"].read(rows.kinds)
    codes = {kind.code for kind in kinds.kinds}
    items = tables["checklists"].read(lambda root: rows.items(root, codes))
    stays = tables["stays"].read(lambda root: rows.stays(root, codes))
    tariffs, overstays = tables["money"].read(rows.money)
    policies = tables["biometrics"].read(lambda root: rows.biometrics(root, codes))
    visas, letters = tables["visas"].read(rows.visas)
    years, holidays = tables["holidays"].read(rows.holidays)
    office = tables["office"].read(lambda root: rows.office(root, codes))
    joined = "".join(tables[name].file.hash for name in FILES)
    return Regulations(
        kinds=kinds.kinds,
        priorities=kinds.priorities,
        adult_age=kinds.adult_age,
        items=items,
        counting=stays.counting,
        stays=stays.rules,
        windows=stays.windows,
        newborn=stays.newborn,
        passport=stays.passport,
        sponsor=stays.sponsor,
        calling_visa=stays.calling_visa,
        tariffs=tariffs,
        overstays=overstays,
        biometrics=policies,
        visas=visas,
        visa_letters=MappingProxyType(letters),
        years=years,
        holidays=MappingProxyType({holiday.day: holiday for holiday in holidays}),
        hours=office.hours,
        territory=office.territory,
        register=office.register,
        retention=office.retention,
        hash=hashlib.sha256(joined.encode()).hexdigest(),
    )


class _File:
    """One table file, read through to its end before anything in it is used."""

    def __init__(self, name: str, extra: Path | None) -> None:
        self.name = f"{name}.toml"
        own = extra / self.name if extra else None
        source = own if own and own.exists() else files("kiosk.regulations").joinpath(self.name)
        try:
            self.file: TomlFile = decode_toml(source.read_bytes())
        except FileRefused as error:
            raise RegulationError(self.name, list(error.problems)) from None

    def read(self, reading: Callable[[Table], _T]) -> _T:
        problems: list[Problem] = []
        root = Table(self.file, problems, self.file.data)
        result = reading(root)
        root.finish()
        if problems:
            raise RegulationError(self.name, problems)
        return result
