"""What `kiosk national status` says, at the register and in an office."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import psycopg

from db import national, national_lists, register
from db.national import Waiting
from kiosk import clock
from kiosk.cli.common import answer
from kiosk.formats import moment_short

STATES = {
    "current": "mutakhir / current",
    "copying": "sedang disalin / being copied",
    "behind": "tertinggal / behind",
    "no_line": "TIDAK TERHUBUNG / NO LINE: kantor tetap bekerja / the office works on",
    "stopped": "BERHENTI / STOPPED: log PostgreSQL; kiosk national join",
    "lost": "TEMPAT HILANG / PLACE LOST: kiosk national copy-again",
}
UNLIMITED = "max_slot_wal_keep_size = -1: disk"


def of_register(connection: "psycopg.Connection[Any]", *, as_json: bool) -> bool:
    """Every office's line; True where all of them are current or being copied."""
    found = register.received(connection)
    size = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    total = 0 if size is None else int(size[0])
    lines = []
    for each in found:
        place = "" if each.waiting is None else f"{each.waiting.behind:>12,} B"
        last = _when(each.last_act)
        lines.append(f"{each.code:>5} {each.short:<4} {each.cases:>8} {place:>14} {last:<17} {STATES[each.state]}")
        lines += [f"      {each.errors} errors"] if each.errors else []
        lines += [f"      {each.reason}"] if each.reason else []
    lines.append(f"{len(found)} offices, {total / 1e6:,.0f} MB")
    document = {"offices": [asdict(each) for each in found], "bytes": total}
    answer(document, as_json=as_json, lines=lines)
    return all(each.state in {"current", "copying"} for each in found)


def of_office(
    connection: "psycopg.Connection[Any]", code: int, wait: list[national_lists.Sent], *, as_json: bool
) -> bool:
    """The register's place in this office's log; True where the register takes what is published and no list waits."""
    national.published_as(connection)
    place = national.waiting(connection, national.slot_name(code))
    listening = national_lists.listening(connection)
    lines = [_place_line(place)]
    if place is not None and place.margin is None and not place.lost:
        lines.append(UNLIMITED)
    if listening is not None:
        lines.append(f"cekal <- {'terhubung / line is up' if listening else 'TIDAK TERHUBUNG / NO LINE'}")
    lines += [f"cekal {sent.version} {sent.list_date}: kiosk national take {sent.version}" for sent in wait]
    document = {
        "register": None if place is None else {**asdict(place), "lost": place.lost},
        "lists": {"line": listening, "waiting": [asdict(sent) for sent in wait]},
    }
    answer(document, as_json=as_json, lines=lines)
    return place is not None and place.active and not wait and listening is not False


def _place_line(place: Waiting | None) -> str:
    if place is None:
        return "register: belum bergabung / has not joined (kiosk national join)"
    if place.lost:
        return f"register: {STATES['lost']}"
    left = "" if place.margin is None else f", {place.margin / 1e6:,.0f} MB lagi sampai hilang / left until it is lost"
    line = "terhubung / line is up" if place.active else "TIDAK TERHUBUNG / NO LINE"
    return f"register: {line}, {place.behind / 1e6:,.1f} MB menunggu / wait{left} ({place.wal_status})"


def _when(moment: datetime | None) -> str:
    return "-" if moment is None else moment_short(moment.astimezone(clock.WIB))
