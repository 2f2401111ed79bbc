"""The life of a device, with the plainest device there is: an echo on a pty."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hardware.device import (
    ActContext,
    CancelToken,
    Device,
    DeviceError,
    DeviceState,
    DeviceStatus,
    FaultCode,
    PortLost,
    Progress,
)
from hardware.port import Port, PortSettings, open_port, read_exactly
from hardware.pty_host import PtyHost


class EchoHost(PtyHost):
    def received(self, data: bytes) -> None:
        self.send(data)


class EchoDevice(Device[Port]):
    """Ready when a question mark comes back."""

    def __init__(self, path: str) -> None:
        super().__init__("echo")
        self.path = path
        self.unasked = b""

    def open_link(self) -> Port:
        return open_port(PortSettings(self.path))

    def identify(self, link: Port) -> str:
        if ask(b"?")(link, ActContext(lambda _: None, CancelToken())) != b"?":
            raise DeviceError(FaultCode.NO_ANSWER)
        return "Echo 1"

    def idle(self, link: Port, deadline: float) -> None:
        if link.wait(deadline):
            self.unasked += link.read(100, 0.0)


def ask(data: bytes, seconds: float = 0.3) -> Callable[[Port, ActContext], bytes]:
    def act(link: Port, context: ActContext) -> bytes:
        link.flush_input()
        link.write(data)
        return read_exactly(link, len(data), time.monotonic() + seconds)

    return act


def refuse(code: FaultCode) -> Callable[[Port, ActContext], None]:
    def act(link: Port, context: ActContext) -> None:
        raise DeviceError(code)

    return act


@pytest.fixture
def host() -> Iterator[EchoHost]:
    one = EchoHost()
    one.start()
    yield one
    one.stop()


@pytest.fixture
def echo(host: EchoHost) -> Iterator[EchoDevice]:
    one = EchoDevice(host.path)
    one.seen = []  # type: ignore[attr-defined]
    one.subscribe(one.seen.append)  # type: ignore[attr-defined]
    one.start()
    yield one
    one.stop()


def states(device: Any) -> list[DeviceState]:
    return [status.state for status in device.seen]


def test_becomes_ready_and_says_what_it_is(echo: EchoDevice) -> None:
    status = echo.wait_ready(3)
    assert status == DeviceStatus("echo", DeviceState.READY, None, "Echo 1")
    assert states(echo) == [DeviceState.OPENING, DeviceState.IDENTIFYING, DeviceState.READY]


def test_acts_run_one_at_a_time_in_order(echo: EchoDevice) -> None:
    futures = [echo.submit(ask(bytes([65 + number]) * 10)) for number in range(20)]
    assert [future.result(5) for future in futures] == [bytes([65 + number]) * 10 for number in range(20)]
    assert states(echo).count(DeviceState.BUSY) == 20
    assert echo.status.state is DeviceState.READY


def test_asking_does_not_wait_for_an_idle_look(echo: EchoDevice) -> None:
    echo.wait_ready(3)
    begun = time.monotonic()
    for _ in range(10):
        echo.submit(ask(b"x")).result(3)
    assert time.monotonic() - begun < 1.0


def test_a_second_request_does_not_disturb_the_running_act(echo: EchoDevice) -> None:
    echo.wait_ready(3)
    reached, go_on = threading.Event(), threading.Event()

    def slow(link: Port, context: ActContext) -> bytes:
        reached.set()
        go_on.wait(3)
        return ask(b"slow")(link, context)

    first = echo.submit(slow)
    reached.wait(3)
    second = echo.submit(ask(b"next"))
    go_on.set()
    assert (first.result(3), second.result(3)) == (b"slow", b"next")


def test_progress_is_told_while_it_runs(echo: EchoDevice) -> None:
    told: list[Progress] = []

    def act(link: Port, context: ActContext) -> int:
        context.progress("counting", 1, 2)
        context.progress("counting", 2, 2)
        return 7

    assert echo.submit(act, told.append).result(3) == 7
    assert told == [Progress("counting", 1, 2), Progress("counting", 2, 2)]


def test_a_request_to_stop_ends_a_waiting_act(echo: EchoDevice) -> None:
    cancel = CancelToken()
    future = echo.submit(lambda link, context: context.cancel.sleep(30), cancel=cancel)
    cancel.cancel()
    with pytest.raises(DeviceError) as stopped:
        future.result(2)
    assert stopped.value.code is FaultCode.CANCELLED
    assert echo.submit(ask(b"x")).result(3) == b"x"


def test_a_refusal_leaves_the_device_ready(echo: EchoDevice) -> None:
    with pytest.raises(DeviceError):
        echo.submit(refuse(FaultCode.REFUSED)).result(3)
    assert echo.status.state is DeviceState.READY


def test_after_silence_the_device_has_to_identify_itself_again(
    echo: EchoDevice, host: EchoHost, eventually: Callable[..., Any]
) -> None:
    echo.wait_ready(3)
    with pytest.raises(DeviceError):
        echo.submit(refuse(FaultCode.NO_ANSWER)).result(3)
    eventually(lambda: states(echo)[-2:] == [DeviceState.IDENTIFYING, DeviceState.READY])
    host.control({"fault": "silence", "count": 1})
    with pytest.raises(DeviceError):
        echo.submit(refuse(FaultCode.NO_ANSWER)).result(3)
    eventually(lambda: DeviceState.FAILED in states(echo))
    eventually(lambda: echo.status.state is DeviceState.READY)


def test_a_defect_in_an_act_is_an_outcome_not_the_end(echo: EchoDevice, caplog: pytest.LogCaptureFixture) -> None:
    def broken(link: Port, context: ActContext) -> None:
        raise ZeroDivisionError

    with pytest.raises(DeviceError) as defect:
        echo.submit(broken).result(3)
    assert defect.value.code is FaultCode.DEFECT
    assert "ZeroDivisionError" in caplog.text
    assert echo.submit(ask(b"x")).result(3) == b"x"


def test_a_listener_that_fails_harms_nobody(echo: EchoDevice) -> None:
    def broken(_: DeviceStatus) -> None:
        raise RuntimeError("listener")

    unsubscribe = echo.subscribe(broken)
    assert echo.submit(ask(b"x")).result(3) == b"x"
    unsubscribe()
    unsubscribe()


def test_a_pulled_cable_is_noticed_while_idle(echo: EchoDevice, host: EchoHost, eventually: Callable[..., Any]) -> None:
    echo.wait_ready(3)
    host.control({"plug": False})
    eventually(lambda: echo.status.state is DeviceState.ABSENT)
    assert echo.status.code in (FaultCode.PORT_LOST, FaultCode.PORT_ABSENT)
    host.control({"plug": True})
    eventually(lambda: echo.status.state is DeviceState.READY)


def test_a_device_that_comes_later_is_found(tmp_path: Any, eventually: Callable[..., Any]) -> None:
    late = EchoDevice(str(tmp_path / "tty"))
    late.start()
    assert late.wait_ready(3).code is FaultCode.PORT_ABSENT
    host = EchoHost(link=tmp_path / "tty")
    host.start()
    assert late.submit(ask(b"now")).result(3) == b"now"
    late.stop()
    host.stop()


def test_it_comes_back_under_another_name(echo: EchoDevice, host: EchoHost, eventually: Callable[..., Any]) -> None:
    import os

    echo.wait_ready(3)
    before = os.path.realpath(host.path)
    blocker = os.openpty()
    host.control({"plug": False})
    eventually(lambda: echo.status.state is DeviceState.ABSENT)
    taken = os.openpty()
    host.control({"plug": True})
    assert os.path.realpath(host.path) != before
    assert echo.submit(ask(b"again")).result(5) == b"again"
    for end in (*blocker, *taken):
        os.close(end)


def test_acts_for_an_absent_device_fail_at_once_with_its_fault(echo: EchoDevice, host: EchoHost) -> None:
    echo.wait_ready(3)
    host.control({"plug": False})
    begun = time.monotonic()
    with pytest.raises(DeviceError) as away:
        echo.submit(ask(b"x")).result(3)
    assert away.value.code in (FaultCode.PORT_LOST, FaultCode.PORT_ABSENT)
    with pytest.raises(DeviceError) as still:
        echo.submit(ask(b"x")).result(3)
    assert still.value.code is FaultCode.PORT_ABSENT
    assert time.monotonic() - begun < 1.5


def test_a_cable_pulled_during_an_act_is_its_outcome(echo: EchoDevice, host: EchoHost) -> None:
    echo.wait_ready(3)

    def act(link: Port, context: ActContext) -> bytes:
        host.control({"plug": False})
        return ask(b"x")(link, context)

    with pytest.raises(PortLost) as lost:
        echo.submit(act).result(3)
    assert lost.value.code is FaultCode.PORT_LOST
    assert echo.status.state is DeviceState.ABSENT


def test_waiting_acts_can_be_withdrawn(echo: EchoDevice) -> None:
    echo.wait_ready(3)
    go_on = threading.Event()
    first = echo.submit(lambda link, context: go_on.wait(3))
    second = echo.submit(ask(b"never"))
    assert second.cancel()
    go_on.set()
    first.result(3)
    assert echo.submit(ask(b"x")).result(3) == b"x"


def test_stopping_ends_everything_within_two_seconds(echo: EchoDevice) -> None:
    running = echo.submit(lambda link, context: context.cancel.sleep(30))
    waiting = echo.submit(ask(b"x"))
    begun = time.monotonic()
    echo.stop()
    assert time.monotonic() - begun < 2
    with pytest.raises(DeviceError) as first:
        running.result(0)
    with pytest.raises(DeviceError) as second:
        waiting.result(0)
    assert {first.value.code, second.value.code} <= {FaultCode.CANCELLED, FaultCode.STOPPED}
    with pytest.raises(DeviceError) as late:
        echo.submit(ask(b"x")).result(0)
    assert late.value.code is FaultCode.STOPPED
    echo.stop()


def test_unasked_bytes_reach_the_driver(echo: EchoDevice, host: EchoHost, eventually: Callable[..., Any]) -> None:
    echo.wait_ready(3)
    host.control({"send": "4142"})
    eventually(lambda: echo.unasked == b"AB")


def unplug_many_times(times: int, eventually: Callable[..., Any]) -> None:
    host = EchoHost()
    host.start()
    device = EchoDevice(host.path)
    device.start()
    for number in range(times):
        future = device.submit(ask(b"during", seconds=0.05))
        if number % 2:
            host.control({"plug": False})
        assert isinstance(future.exception(3), DeviceError | None)
        host.control({"plug": True})
        device.retry_now()
        eventually(lambda: device.status.state is DeviceState.READY)
    device.stop()
    host.stop()


def test_unplugging_leaves_nothing_behind(no_leaks: None, eventually: Callable[..., Any]) -> None:
    unplug_many_times(12, eventually)


@pytest.mark.long
def test_unplugging_two_hundred_times_leaves_nothing_behind(no_leaks: None, eventually: Callable[..., Any]) -> None:
    unplug_many_times(200, eventually)


def test_an_act_that_begins_in_the_moment_of_stopping_is_stopped_too(echo: EchoDevice) -> None:
    echo.wait_ready(3)
    go_on = threading.Event()
    echo.submit(lambda link, context: go_on.wait(3))
    begins = echo.submit(lambda link, context: context.cancel.sleep(30))
    begin = begins.set_running_or_notify_cancel
    stopper = threading.Thread(target=echo.stop)

    def begin_while_stopping() -> bool:
        stopper.start()
        while not echo.stopping:
            time.sleep(0.001)
        return begin()

    begins.set_running_or_notify_cancel = begin_while_stopping  # type: ignore[method-assign]
    go_on.set()
    with pytest.raises(DeviceError) as stopped:
        begins.result(3)
    assert stopped.value.code is FaultCode.CANCELLED
    stopper.join(3)
