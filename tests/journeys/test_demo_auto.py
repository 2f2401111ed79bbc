"""A day of the office by `kiosk demo --auto`, in a program of its own, and what a maintainer finds afterwards.

One day serves every test here.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from db.connection import Store
from db.tables import StepRun
from kiosk import clock, procedure
from kiosk.demo.applicants import make
from kiosk.demo.officers import OFFICERS
from kiosk.settings import load

SEED = 3
PROJECT = Path(__file__).parents[2]


def kiosk(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a `kiosk` command."""
    return subprocess.run(
        [sys.executable, "-m", "kiosk", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
    )


@dataclass(frozen=True)
class Day:
    """What the day left."""

    out: Path
    told: "subprocess.CompletedProcess[str]"

    @property
    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.out / "summary.json").read_text("utf-8"))
        return found

    @property
    def case(self) -> dict[str, Any]:
        (found,) = self.summary["cases"]
        return dict(found)

    @property
    def config(self) -> str:
        return str(self.summary["config"])

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must stand in no log and no file name: the applicant's names and numbers, the officers' PINs."""
        who = make(SEED, 0, clock.office_day(datetime.fromisoformat(self.case["events"][0]["at"])))
        data = who.data
        personal = (data.holder.surname, data.passport.number, data.holder.phone, data.holder.email)
        return (*(text for text in personal if text), *(person.pin for person in OFFICERS))


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    out = tmp_path_factory.mktemp("day") / "out"
    return Day(out, kiosk("demo", "--auto", "--cases", "1", "--seed", str(SEED), "--out", str(out), "--keep"))


def test_the_whole_day_ends_well(day: Day) -> None:
    assert day.told.returncode == 0, day.told.stderr
    assert day.told.stdout == ""
    titles = [line for line in day.told.stderr.splitlines() if line.strip()]
    assert len(titles) == 15
    assert all(title.endswith("1/1") for title in titles)


def test_every_step_was_completed_by_an_officer_of_its_unit(day: Day) -> None:
    sop = procedure.load()
    completed = {event["step"]: event for event in day.case["events"] if event["act"] == "complete"}
    assert set(completed) == {step.key for step in sop.steps}
    duties = {person.login: person.units for person in OFFICERS}
    for key, event in completed.items():
        step = sop.step(key)
        assert event["unit"] in {step.unit, *step.other_units} | ({"OFFICE_HEAD"} if step.authority else set())
        assert event["unit"] in duties[event["officer"]], event


def test_the_events_follow_each_other_in_the_order_of_the_sop(day: Day) -> None:
    events = day.case["events"]
    moments = [datetime.fromisoformat(event["at"]) for event in events]
    assert moments == sorted(moments)
    assert all(
        moment.tzinfo is not None and event["at"].endswith("Z") for moment, event in zip(moments, events, strict=True)
    )
    last = {event["step"]: place for place, event in enumerate(events) if event["act"] == "complete"}
    order = [step.key for step in procedure.load().steps]
    assert sorted(last, key=last.__getitem__) == order
    assert {event["terminal"] for event in events} == {"loket-1"}


def test_no_two_parts_that_must_be_two_persons_were_one(day: Day) -> None:
    completed: dict[str, set[str]] = {}
    for event in day.case["events"]:
        if event["act"] == "complete":
            completed.setdefault(event["step"], set()).add(event["officer"])
    pairs = [pair for pair in procedure.load().separations if {pair.first.act, pair.second.act} == {"complete"}]
    assert pairs
    for pair in pairs:
        assert not completed[pair.first.step] & completed[pair.second.step], pair


def test_the_side_paths_stand_in_the_history(day: Day) -> None:
    acts = [(event["step"], event["act"]) for event in day.case["events"]]
    assert acts.count(("scanning", "complete")) == 2, "sent back once"
    finding = acts.index(("approval", "raise"))
    assert acts[finding + 1] == ("approval", "send_back")
    assert acts.index(("watchlist", "hold")) < acts.index(("watchlist", "release"))
    assert acts.index(("watchlist", "release")) < acts.index(("watchlist", "complete"))


def test_the_declined_card_charged_nothing_and_the_qris_was_paid(day: Day) -> None:
    payments = [(payment["method"], payment["state"]) for payment in day.case["payments"]]
    assert payments == [("edc_card", "declined"), ("edc_qris", "approved")]
    assert {payment["amount"] for payment in day.case["payments"]} == {500_000}


def test_the_missing_finger_is_recorded_with_its_reason(day: Day) -> None:
    store = Store(load(Path(day.config)).database_url)
    with store.reading():
        output = json.loads(StepRun.get(StepRun.step == "biometrics").output)
    store.close()
    states = [finger["state"] for finger in output["fingers"]]
    assert (len(states), states.count("missing"), states.count("captured")) == (10, 1, 9)
    (missing,) = (finger for finger in output["fingers"] if finger["state"] == "missing")
    assert missing["reason"] == "Jari tidak ada sejak lahir."


def test_every_receipt_is_a_picture_whose_code_is_its_token(day: Day) -> None:
    receipts = day.case["receipts"]
    assert [receipt["type"] for receipt in receipts] == [1, 2, 3]
    for receipt in receipts:
        with Image.open(day.out / receipt["png"]) as picture:
            codes = {code.text for code in zxingcpp.read_barcodes(picture)}
        assert codes == {receipt["token"]}
        assert receipt["number"] in receipt["text"]
        assert day.case["number"] in receipt["text"]


def test_the_copy_is_marked_and_carries_the_same_code(day: Day) -> None:
    tray = Path(day.config).parent / "tray"
    copies = [path for path in sorted(tray.glob("*.txt")) if "SALINAN 1" in path.read_text("utf-8")]
    assert len(copies) == 1
    with Image.open(copies[0].with_suffix(".png")) as picture:
        codes = {code.text for code in zxingcpp.read_barcodes(picture)}
    (payment,) = (receipt for receipt in day.case["receipts"] if receipt["type"] == 2)
    assert codes == {payment["token"]}
    assert "SALINAN" not in payment["text"]


def test_anybody_with_the_published_keys_can_judge_a_receipt(day: Day) -> None:
    exported = kiosk("key", "export", "--config", day.config, "--json")
    assert exported.returncode == 0, exported.stderr
    assert {"office", "keys"} <= set(json.loads(exported.stdout))
    keys = day.out / "exported.json"
    keys.write_text(exported.stdout)
    for receipt in day.case["receipts"]:
        judged = kiosk("receipt", "verify", receipt["token"], "--keys", str(keys), "--json")
        assert judged.returncode == 0, judged.stderr
        assert json.loads(judged.stdout)["verdict"] == "ok"
    token = day.case["receipts"][0]["token"]
    forged = token[:60] + ("A" if token[60] != "A" else "B") + token[61:]
    refused = kiosk("receipt", "verify", forged, "--keys", str(keys), "--json")
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["verdict"] != "ok"


def test_the_audit_chain_is_whole_and_agrees_with_the_summary(day: Day) -> None:
    audited = kiosk("audit", "verify", "--config", day.config, "--json")
    assert audited.returncode == 0, audited.stderr
    document = json.loads(audited.stdout)
    told = day.summary["audit"]
    assert document["verified"] is told["verified"] is True
    assert document["witnesses"] == len(day.case["receipts"])
    assert document["events"] >= told["events"] > 50


def test_a_maintainer_sees_the_case_without_the_holder(day: Day) -> None:
    shown = kiosk("case", "show", day.case["number"], "--config", day.config, "--json")
    assert shown.returncode == 0, shown.stderr
    document = json.loads(shown.stdout)
    assert document["status"] == "ended"
    assert [line["holder"] for line in document["custody"]][-1] == "applicant"
    assert len(document["events"]) == len(day.case["events"])
    in_words = kiosk("case", "show", day.case["number"], "--config", day.config)
    for text in day.secrets:
        assert text not in shown.stdout + in_words.stdout + in_words.stderr


def test_the_doctor_finds_the_office_well(day: Day) -> None:
    asked = kiosk("doctor", "--config", day.config, "--json")
    wrong = [finding for finding in json.loads(asked.stdout) if not finding["ok"]]
    assert wrong == []
    assert asked.returncode == 0


def test_no_name_and_no_secret_stands_in_a_file_name_or_a_log(day: Day) -> None:
    folder = Path(day.config).parent
    names = "\n".join(str(path.relative_to(day.out)) for path in [*day.out.rglob("*"), *folder.rglob("*")])
    logs = "\n".join(path.read_text("utf-8", "replace") for path in folder.rglob("*.log*"))
    for text in day.secrets:
        assert text not in names
        assert text not in logs
        assert text not in day.told.stderr
    sealed = b"".join(path.read_bytes() for path in (folder / "vault").rglob("*") if path.is_file())
    assert len(sealed) > 100_000, "pages and portrait are there"
    for start in (b"\x89PNG", b"\xff\xd8\xff", b"%PDF"):
        assert start not in sealed[:4]
    for path in (folder / "vault").rglob("*"):
        if path.is_file():
            assert path.read_bytes()[:4] not in (b"\x89PNG", b"\xff\xd8\xff\xe0", b"%PDF")


def test_the_same_folder_is_not_filled_twice(day: Day) -> None:
    before = day.summary
    again = kiosk("demo", "--auto", "--cases", "1", "--out", str(day.out), "--keep")
    assert again.returncode == 1
    assert day.summary == before
