"""What an officer gets from a receipt printer: paper, or a true word about why not."""

import os
import pty
import random
import socket
import threading
import time
import tty
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from hardware.device import ActContext, CancelToken, DeviceState, FaultCode, PortLost
from hardware.printer import driver
from hardware.printer.document import Cut, Document, Qr, Text
from hardware.printer.driver import escpos_printer
from hardware.printer.escpos import render
from hardware.printer.file_port import FilePort, is_file_port
from hardware.printer.job import EscposPrinter, Leftover, Timings
from hardware.printer.outcome import PrintCode, PrintState
from hardware.printer.profiles import PROFILES
from hardware.printer.simulated_stream import StreamReader
from hardware.registry import start_simulator

HASTY = {"answer": 0.1, "confirm": 0.2, "repair": 0.1}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
FAST = {"answer": 0.1, "confirm": 0.4, "repair": 0.2, "look": 0.03}


def codes(picture: Path) -> list[str]:
    with Image.open(picture) as opened:
        found = zxingcpp.read_barcodes(opened.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)
    return [code.text for code in found]


def test_a_claim_receipt_is_confirmed_and_carries_its_code_twice(printer: Any, receipt: Any) -> None:
    outcome = printer.print()
    assert (outcome.state, outcome.code) == (PrintState.CONFIRMED, None)
    assert printer.pieces == ["0001"]
    token = receipt.__globals__["TOKEN"]
    assert codes(printer.tray / "0001.png") == [token, token]
    text = (printer.tray / "0001.txt").read_text(encoding="utf-8").splitlines()
    assert text[0] == "KANTOR IMIGRASI"
    assert text[2] == "Nama   : MÜLLER LUKASZ"
    assert printer.order(printed=True)["unknown"] == 0


@pytest.mark.parametrize(
    ("simulated", "options"),
    [
        ("width=576", {"profile": "tm-t20"}),
        ("width=512", {"profile": "tm-t88"}),
        ("width=576", {"profile": "generic80"}),
        ("width=384", {"profile": "tm58"}),
        ("width=384", {"profile": "pos58"}),
        ("width=576", {"profile": "tm-t20", "native_qr": True}),
        ("width=384", {"profile": "tm58", "native_qr": True}),
    ],
)
def test_every_profile_prints_a_code_that_reads(new_bench: Any, receipt: Any, simulated: str, options: Any) -> None:
    with new_bench(simulated, **options) as printer:
        assert printer.print().state is PrintState.CONFIRMED
        printer.wait_for(lambda: printer.pieces)
        assert codes(printer.tray / "0001.png") == [receipt.__globals__["TOKEN"]] * 2


def print_tokens(new_bench: Callable[..., Any], profile: str, count: int, seed: int) -> int:
    """How many of so many random tokens were read back from paper, both copies."""
    chance = random.Random(seed)
    read = 0
    with new_bench(f"width={384 if profile == 'tm58' else 576}", profile=profile) as printer:
        for number in range(1, count + 1):
            token = "ITK1" + "".join(chance.choices(ALPHABET, k=151))
            assert printer.print(Document((Qr(token), Cut()))).state is PrintState.CONFIRMED
            printer.wait_for(lambda n=number: len(printer.pieces) == n)
            picture = printer.tray / f"{number:04d}.png"
            read += codes(picture) == [token]
            picture.unlink()
    return read


def test_thirty_random_tokens_are_read_back_from_paper(new_bench: Any) -> None:
    assert print_tokens(new_bench, "tm-t20", 30, seed=3) == 30


@pytest.mark.long
def test_a_thousand_random_tokens_are_read_back_from_paper(new_bench: Any) -> None:
    read = print_tokens(new_bench, "tm-t20", 1000, seed=4)
    print(f"Q3: {read} of 1000 random tokens read back from the printed dots")
    assert read == 1000


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"paper": "out"}, PrintCode.PAPER_OUT),
        ({"cover": "open"}, PrintCode.COVER_OPEN),
        ({"offline": True}, PrintCode.OFFLINE),
        ({"silent": True}, PrintCode.NO_ANSWER),
    ],
)
def test_a_printer_in_trouble_is_not_sent_a_single_byte(printer: Any, order: Any, code: PrintCode) -> None:
    printer.order(**order)
    outcome = printer.print()
    assert (outcome.state, outcome.code, outcome.bytes_sent) == (PrintState.FAILED, code, 0)
    assert printer.pieces == []


def test_paper_near_its_end_still_prints(printer: Any) -> None:
    printer.order(paper="near_end")
    assert printer.print().state is PrintState.CONFIRMED
    assert printer.device.check().result(5).paper_near_end


TROUBLES = {
    "paper out": {"paper": "out"},
    "cover open": {"cover": "open"},
    "offline": {"offline": True},
    "silent": {"silent": True},
    "unplugged": {"plug": False},
}


def job_bytes(new_bench: Any) -> int:
    with new_bench() as printer:
        return int(printer.print().bytes_sent)


def one_trouble(new_bench: Any, name: str, at: int) -> str:
    """Trouble after so many bytes of a job: what the driver said, checked against the paper."""
    with new_bench(**HASTY) as printer:
        printer.order(after_bytes=at, then=TROUBLES[name])
        outcome = printer.print()
        printed = len(printer.pieces)
        if outcome.state is PrintState.CONFIRMED:
            assert printed == 1, (name, at, outcome)
        if outcome.state is PrintState.FAILED:
            assert printed == 0, (name, at, outcome)
        return f"{name}: {outcome.state.value}"


def test_trouble_at_any_byte_of_a_job_is_never_called_printed(new_bench: Any) -> None:
    whole = job_bytes(new_bench)
    stages = [1, 3, 40, 512, 2048, whole // 2, whole - 600, whole - 10, whole - 3, whole]
    cells = [(name, at) for name in TROUBLES for at in stages]
    with ThreadPoolExecutor(12) as pool:
        said = Counter(pool.map(lambda cell: one_trouble(new_bench, *cell), cells))
    print(f"Q4: {len(cells)} troubles at stages of the job: {dict(said)}, none called printed that was not")
    assert said["paper out: failed"] > 5
    assert said["cover open: failed"] > 5


def test_a_knife_that_jams_is_named(printer: Any) -> None:
    printer.order(cutter="jammed")
    outcome = printer.print()
    assert (outcome.state, outcome.code) == (PrintState.FAILED, PrintCode.CUTTER)


def test_paper_put_in_during_a_job_lets_it_finish(new_bench: Any) -> None:
    with new_bench(repair=5.0) as printer:
        printer.order(after_bytes=3000, then={"paper": "out"})
        future = printer.device.print(printer.receipt, printer.heard)
        printer.wait_for(lambda: "paper_out" in printer.phases)
        printer.order(paper="ok")
        assert future.result(10).state is PrintState.CONFIRMED
        assert printer.pieces == ["0001"]


def test_a_printer_without_paper_says_so_until_it_has_some(printer: Any) -> None:
    said = []
    printer.device.subscribe(lambda status: said.append((status.state, status.trouble)))
    printer.order(after_bytes=3000, then={"paper": "out"})
    assert printer.print().code is PrintCode.PAPER_OUT
    printer.wait_for(lambda: printer.device.status.state is DeviceState.READY)
    assert printer.device.status.trouble == "paper_out"
    after = said[said.index((DeviceState.BUSY, "paper_out")) :]
    assert {trouble for _, trouble in after} == {"paper_out"}, "never ready meanwhile"
    printer.order(paper="ok")
    printer.wait_for(lambda: printer.device.status.trouble == "")


def test_an_empty_roll_is_noticed_before_anything_is_printed(new_bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "LOOK_WELL_S", 0.05)
    with new_bench() as printer:
        printer.order(paper="out")
        printer.wait_for(lambda: printer.device.status.trouble == "paper_out")
        assert printer.device.status.state is DeviceState.READY, "it can be talked to"


def test_a_job_given_up_does_not_come_out_later(printer: Any) -> None:
    printer.order(after_bytes=3000, then={"paper": "out"})
    assert printer.print().state is PrintState.FAILED
    printer.order(paper="ok")
    assert printer.print().state is PrintState.CONFIRMED
    assert len(printer.pieces) == 1


@pytest.mark.parametrize("answer_lost", [False, True])
def test_a_late_confirmation_is_not_the_next_jobs(new_bench: Any, answer_lost: bool) -> None:
    with new_bench(confirm=0.5, profile="generic80") as printer:
        printer.order(busy=0.9)
        first = printer.print()
        assert (first.state, first.code) == (PrintState.UNKNOWN, PrintCode.UNCONFIRMED)
        if answer_lost:
            printer.order(fault="drop", count=1)
        second = printer.print()
        if second.state is PrintState.CONFIRMED:
            assert printer.pieces == ["0001", "0002"]
        else:
            assert printer.pieces in ([], ["0001"])
        printer.wait_for(lambda: printer.pieces)
        assert printer.print().state is PrintState.CONFIRMED


def test_a_printer_that_stopped_working_is_not_given_another_job(new_bench: Any) -> None:
    with new_bench(confirm=0.15, profile="generic80") as printer:
        printer.order(busy=3.0)
        assert printer.print().state is PrintState.UNKNOWN
        second = printer.print()
        assert (second.state, second.code, second.bytes_sent) == (PrintState.FAILED, PrintCode.NO_ANSWER, 0)


def test_an_old_confirmation_that_comes_while_a_job_is_sent_does_not_confirm_it(receipt: Any) -> None:
    """The older job's answer arrives, then the printer dies: only one answer for two requests."""
    port = AnsweringPort()
    leftover = Leftover(confirmations=1)
    timings = Timings(answer=0.05, confirm=0.1, look=0.02)
    printer = EscposPrinter(port, timings, leftover, answers=True)  # type: ignore[arg-type]
    outcome = printer.print(render(receipt(), PROFILES["generic80"]), ActContext(lambda _: None, CancelToken()))
    assert outcome.state is not PrintState.CONFIRMED


class AnsweringPort:
    """Well by every real-time question; answers the first GS r only."""

    def __init__(self) -> None:
        self._answers = bytearray()
        self._confirmed = False

    def write(self, data: bytes) -> None:
        if data.startswith(b"\x10\x04"):
            self._answers += b"\x12"
        elif data == b"\x1dr\x01" and not self._confirmed:
            self._confirmed = True
            self._answers += b"\x00"

    def read(self, n: int, deadline: float) -> bytes:
        taken = bytes(self._answers[:n])
        del self._answers[:n]
        if not taken:
            time.sleep(max(0.0, deadline - time.monotonic()))
        return taken


def test_a_printer_in_trouble_is_soon_sent_no_more(printer: Any) -> None:
    printer.order(after_bytes=3000, then={"paper": "out"})
    assert printer.print().bytes_sent < 12_000


def test_a_cancelled_job_stops_between_two_commands(printer: Any) -> None:
    cancel = CancelToken()
    future = printer.device.print(printer.receipt, lambda progress: cancel.cancel(), cancel)
    outcome = future.result(5)
    assert (outcome.state, outcome.code) == (PrintState.FAILED, PrintCode.CANCELLED)
    assert 0 < outcome.bytes_sent < 20_000
    assert printer.print().state is PrintState.CONFIRMED


def one_garbled_status(new_bench: Any, fault: str, skipped: int) -> str:
    with new_bench(**HASTY) as printer:
        for _ in range(skipped):
            printer.order(fault="delay", seconds=0.0)
        printer.order(fault=fault, count=3)
        outcome = printer.print()
        if outcome.state is PrintState.CONFIRMED:
            assert printer.pieces == ["0001"], (fault, skipped)
        if outcome.bytes_sent == 0:
            assert printer.pieces == [], (fault, skipped)
        return str(outcome.state)


def test_garbled_status_answers_never_make_a_job_printed(new_bench: Any) -> None:
    cells = [(fault, n) for fault in ("drop", "garble", "silence", "duplicate", "junk") for n in range(0, 24, 3)]
    with ThreadPoolExecutor(12) as pool:
        said = Counter(pool.map(lambda cell: one_garbled_status(new_bench, *cell), cells))
    print(f"Q4: {len(cells)} garbled status conversations: {dict(said)}")


def test_a_printer_that_answers_nothing_is_unconfirmed(new_bench: Any) -> None:
    with new_bench("width=384,answers=no", profile="pos58") as printer:
        outcome = printer.print()
        assert (outcome.state, outcome.code) == (PrintState.UNKNOWN, PrintCode.UNCONFIRMED)
        assert outcome.bytes_sent > 10_000
        printer.wait_for(lambda: printer.pieces == ["0001"])


def test_a_printer_without_gs_r_is_unconfirmed_but_its_troubles_are_known(new_bench: Any) -> None:
    with new_bench(confirms=False) as printer:
        outcome = printer.print()
        assert (outcome.state, outcome.code) == (PrintState.UNKNOWN, PrintCode.UNCONFIRMED)
        printer.order(cover="open")
        assert printer.print().code is PrintCode.COVER_OPEN


def test_a_usb_printer_class_device_is_read_and_written_as_a_file(tmp_path: Path, receipt: Any) -> None:
    simulator = start_simulator("printer", {"tray": str(tmp_path)})
    port = FilePort(simulator.path)
    printer = EscposPrinter(port, Timings(), Leftover(), answers=True)
    assert printer.status().online
    assert printer.model() == "ITK-SIM 80"
    outcome = printer.print(render(receipt(), PROFILES["tm-t20"]), ActContext(lambda _: None, CancelToken()))
    assert outcome.state is PrintState.CONFIRMED
    simulator.control({"plug": False})
    outcome = printer.print(render(receipt(), PROFILES["tm-t20"]), ActContext(lambda _: None, CancelToken()))
    assert (outcome.state, outcome.code, outcome.bytes_sent) == (PrintState.FAILED, PrintCode.PORT_LOST, 0)
    with pytest.raises(PortLost):
        printer.wait_idle(time.monotonic())
    printer.close()
    printer.close()
    simulator.stop()


def test_a_usb_printer_that_is_not_there_is_absent() -> None:
    assert is_file_port("/dev/usb/lp7")
    with pytest.raises(PortLost) as caught:
        FilePort("/dev/usb/lp7")
    assert caught.value.code is FaultCode.PORT_ABSENT


def replug(printer: Any, times: int) -> None:
    for _ in range(times):
        printer.order(plug=False)
        printer.wait_for(lambda: printer.device.status.state is DeviceState.ABSENT)
        printer.order(plug=True)
        printer.device.retry_now()
        printer.wait_for(lambda: printer.device.status.state is DeviceState.READY)


def test_replugging_leaks_nothing(printer: Any) -> None:
    replug(printer, 1)
    before = len(os.listdir("/proc/self/fd")), threading.active_count()
    replug(printer, 8)
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == before


@pytest.mark.long
def test_replugging_two_hundred_times_leaks_nothing(printer: Any) -> None:
    replug(printer, 1)
    before = len(os.listdir("/proc/self/fd")), threading.active_count()
    replug(printer, 200)
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == before
    assert printer.print().state is PrintState.CONFIRMED
    print("V3 printer: 200 replugs, no descriptor or thread leaked")


def test_a_slow_line_prints_the_same(new_bench: Any) -> None:
    with new_bench("baud=38400", confirm=10.0) as printer:
        outcome = printer.print(Document((Text("Tanda Terima"), Qr("ITK1SLOW", module_dots=3), Cut())))
        assert outcome.state is PrintState.CONFIRMED
        assert codes(printer.tray / "0001.png") == ["ITK1SLOW"]


def test_a_printer_that_must_answer_and_does_not_is_failed() -> None:
    simulator = start_simulator("printer", {"answers": False})
    device = escpos_printer(simulator.path, FAST)
    device.start()
    status = device.wait_ready(5)
    device.stop()
    simulator.stop()
    assert (status.state, status.code) == (DeviceState.FAILED, FaultCode.NO_ANSWER)


def test_a_printer_that_stops_taking_bytes_is_unknown() -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    device = escpos_printer(os.ttyname(slave), {**FAST, "status": "none"})
    device.start()
    assert device.wait_ready(5).state is DeviceState.READY
    started = time.monotonic()
    outcome = device.print(Document(tuple(Text("x" * 48) for _ in range(500)))).result(20)
    device.stop()
    os.close(master)
    os.close(slave)
    assert (outcome.state, outcome.code) == (PrintState.UNKNOWN, PrintCode.STALLED)
    assert time.monotonic() - started < 8


class StallingPort:
    """Takes so many bytes, then stalls once; remembers everything it took."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.taken = b""

    def write(self, data: bytes) -> None:
        fits, self.room = data[: self.room], self.room - len(data)
        self.taken += fits
        if self.room < 0:
            self.room = 1_000_000
            raise PortLost(FaultCode.WRITE_STALLED)

    def read(self, n: int, deadline: float) -> bytes:
        return b""


@pytest.mark.parametrize("room", [30, 700, 2000, 9000, 20_000])
def test_a_job_after_one_that_broke_off_inside_a_raster_is_whole(receipt: Any, room: int) -> None:
    port: Any = StallingPort(room)
    leftover = Leftover()
    context = ActContext(lambda _: None, CancelToken())
    commands = render(receipt(), PROFILES["pos58"])
    for state in (PrintCode.STALLED, PrintCode.UNCONFIRMED):
        printer = EscposPrinter(port, Timings(), leftover, answers=False)
        assert printer.print(commands, context).code is state
    expected = Counter(one.name for one in StreamReader().feed(b"".join(commands)))
    last_job = port.taken[port.taken.rindex(b"\x1b@") :]
    assert last_job == b"".join(commands)
    parsed = list(StreamReader().feed(port.taken))
    assert [one.data for one in parsed if one.name == b"unknown"] == []
    second = Counter(one.name for one in parsed[-sum(expected.values()) :])
    assert second == expected, "the printer sees every command of the second job"


def test_printing_to_a_file_is_unconfirmed_and_whole(tmp_path: Path) -> None:
    target = tmp_path / "out.bin"
    device = escpos_printer(f"file:{target}", {})
    device.start()
    outcome = device.print(Document((Text("Tanda Terima"), Cut()))).result(5)
    device.stop()
    assert (outcome.state, outcome.code) == (PrintState.UNKNOWN, PrintCode.UNCONFIRMED)
    assert b"Tanda Terima\n" in target.read_bytes()
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_network_printer_is_spoken_to_over_tcp() -> None:
    received = bytearray()
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            while data := connection.recv(4096):
                received.extend(data)
                for n in range(1, 5):
                    connection.sendall(b"\x12" * data.count(bytes((0x10, 4, n))))
                connection.sendall(b"\x00" * data.count(b"\x1dr\x01") + b"_NET\0" * data.count(b"\x1dIC"))

    threading.Thread(target=serve, daemon=True).start()
    device = escpos_printer(f"socket://127.0.0.1:{server.getsockname()[1]}", FAST)
    device.start()
    status = device.wait_ready(5)
    outcome = device.print(Document((Text("Tanda Terima"), Cut()))).result(5)
    device.stop()
    server.close()
    assert "NET" in status.model
    assert outcome.state is PrintState.CONFIRMED
    assert b"Tanda Terima\n" in received


def test_unplug_and_replug_brings_the_printer_back(printer: Any) -> None:
    printer.order(plug=False)
    printer.wait_for(lambda: printer.device.status.state is DeviceState.ABSENT)
    printer.order(plug=True)
    printer.device.retry_now()
    printer.wait_for(lambda: printer.device.status.state is DeviceState.READY)
    assert printer.print().state is PrintState.CONFIRMED


def test_file_names_in_the_tray_say_nothing_about_anybody(printer: Any) -> None:
    printer.print(Document((Text("SANTOSO BUDI"), Cut()), "claim receipt"))
    printer.print(Document((Text("SANTOSO BUDI"), Cut()), "claim receipt"))
    assert sorted(path.name for path in printer.tray.iterdir()) == ["0001.png", "0001.txt", "0002.png", "0002.txt"]
