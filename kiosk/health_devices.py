"""What `kiosk doctor` says of ports, devices and the programs that are welcome but not needed."""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hardware.discovery import FoundPort, PortAdvice, find_ports, probe, udev_rule
from hardware.facts import Fact
from hardware.faults import DeviceError
from kiosk.devices import Devices, DeviceState
from kiosk.health import Finding
from kiosk.settings import DeviceSettings, Settings
from kiosk.words import Words

DEVICE_SECONDS = 8.0
ANSWER_SECONDS = 15.0
RULES = "70-itk-kiosk.rules"
RULE_FOLDERS = (Path("/etc/udev/rules.d"), Path("/usr/lib/udev/rules.d"), Path("/run/udev/rules.d"))
OPTIONAL = {"ocr": "tesseract", "a4": "lp", "face": "cv2", "nbis": "nbis", "picture": "textual_image"}
"""What is looked for: a program for the first two, a package for the others."""
PROGRAMS = ("ocr", "a4")


def ports(settings: Settings, words: Words, *, ask: bool) -> Iterator[Finding]:
    """The serial ports of this machine: who uses them, what hangs there, what is wrong with them."""
    found = find_ports()
    used = {os.path.realpath(given.port): role for role, given in settings.devices.items()}
    for port in found:
        yield _port(port, used.get(port.tty, ""), words, ask=ask)
    for role, given in settings.devices.items():
        yield from _name(role, given, found, words)
    if not any(port.usb for port in found):
        yield Finding("usb ports", True, words.say("port.none"))
        return
    there = any((folder / RULES).exists() for folder in RULE_FOLDERS)
    state = words.say("port.udev_there" if there else "port.udev_missing")
    yield Finding("udev", there, state, words.say("port.udev_missing.next"))


def devices(settings: Settings, words: Words) -> Iterator[Finding]:
    """Every device of kiosk.toml: whether it answers, and what it says of itself."""
    opened = Devices()
    opened.open(settings)
    try:
        for role, given in settings.devices.items():
            device = opened.get(role)
            status = opened.status(role) if device is None else device.wait_ready(DEVICE_SECONDS)
            if status.state is DeviceState.READY and device is not None:
                yield Finding(role, True, status.model)
                yield from _facts(role, device, words)
                continue
            code = str(status.code) if status.code else "no_answer"
            detail = f" ({status.detail})" if status.detail else ""
            do = f"{given.port}: {words.say(f'fault.{code}.next')}"
            yield Finding(role, False, f"{words.say(f'fault.{code}')} [{code}]{detail}", do)
    finally:
        opened.close()


def optional(words: Words) -> Iterator[Finding]:
    """Programs and packages that add something; without them it is plainly absent."""
    for name, wanted in OPTIONAL.items():
        there = shutil.which(wanted) if name in PROGRAMS else importlib.util.find_spec(wanted)
        what = words.say(f"doctor.optional.{name}")
        found = words.say("doctor.optional.there") if there else words.say("doctor.optional.absent", what=what)
        yield Finding(f"optional {name}", True, found)


def fact_words(fact: Fact, words: Words) -> tuple[str, str]:
    """A fact's value for people, and what to do about one that is not good."""
    key = f"fact.{fact.name}.{fact.value}"
    value = words.say(key) if words.has(key) else fact.value
    code = f"papers.code.{fact.value}"
    if fact.name == "printer" and words.has(code):
        value = words.say(code)
    nexts = (f"{key}.next", f"fact.{fact.name}.next")
    return value, next((words.say(each) for each in nexts if words.has(each)), "")


def _facts(role: str, device: Any, words: Words) -> Iterator[Finding]:
    try:
        facts: list[Fact] = device.facts().result(ANSWER_SECONDS)
    except (DeviceError, TimeoutError) as error:
        code = error.code.value if isinstance(error, DeviceError) else "no_answer"
        yield Finding(role, False, words.say(f"fault.{code}"), words.say(f"fault.{code}.next"))
        return
    for fact in facts:
        value, do = fact_words(fact, words)
        yield Finding(f"{role} {fact.name}", fact.good, value, do)


def _port(port: FoundPort, role: str, words: Words, *, ask: bool) -> Finding:
    found, do = [f"{port.path} {port.usb} {port.product}".strip()], []
    if PortAdvice.IN_USE in port.advice:
        found.append(words.say("port.in_use"))
    if role:
        found.append(words.say("port.configured", role=words.say(f"devices.role.{role}")))
    elif not ask:
        found.append(f"{words.say('port.free')}; {words.say('port.ask')}")
    elif (seen := probe(port.path)) is None:
        found.append(words.say("port.unknown"))
    else:
        its_role, driver, model = seen
        found.append(words.say("port.is", role=its_role, driver=driver, model=model))
        do.append(words.say("port.write", role=its_role, driver=driver, path=port.path))
    wrong = [advice for advice in port.advice if advice is not PortAdvice.IN_USE]
    do += [words.say(f"port.{advice}") for advice in wrong]
    if {PortAdvice.NO_OWN_NAME, PortAdvice.NO_STABLE_NAME} & set(wrong) and port.usb:
        do.append(words.say("port.rule", rule=udev_rule(port, f"itk-{role or 'device'}")))
    return Finding(f"port {Path(port.tty).name}", not do, "; ".join(found), " | ".join(do))


def _name(role: str, given: DeviceSettings, found: list[FoundPort], words: Words) -> Iterator[Finding]:
    """A device that is named as the kernel counts today may be another one tomorrow."""
    better = next((port.path for port in found if port.tty == given.port and port.path != given.port), "")
    if better:
        text = words.say("port.name_changes", port=given.port)
        yield Finding(f"{role} name", False, text, words.say("port.name_changes.next", path=better))
