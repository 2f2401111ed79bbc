"""The closed list of what can go wrong with a device, and the two exceptions that carry it."""

from enum import StrEnum


class FaultCode(StrEnum):
    """Why a device is not ready or an act failed. Words for each live in the catalogues, by value."""

    # the way to the device
    PORT_ABSENT = "port_absent"
    """Nothing is at the configured path."""
    PORT_DENIED = "port_denied"
    """The account may not open the path (group dialout, udev rule)."""
    PORT_LOCKED = "port_locked"
    """Another program holds the port."""
    PORT_LOST = "port_lost"
    """The cable was pulled, the device was switched off, the connection was closed."""
    WRITE_STALLED = "write_stalled"
    """The device stopped taking bytes. Part of the message may have arrived: the outcome is unknown."""
    NOT_INSTALLED = "not_installed"
    """A program or library the driver needs is not on this machine."""

    # the conversation
    NO_ANSWER = "no_answer"
    """The device is silent."""
    GARBLED = "garbled"
    """What arrived is no message, after the retries the protocol allows."""
    UNEXPECTED_ANSWER = "unexpected_answer"
    """A well-formed message that does not belong to the question."""
    WRONG_DEVICE = "wrong_device"
    """Something answers, but not the device this port is configured for."""
    REFUSED = "refused"
    """The device understood and said no; the detail carries its code."""
    UNSUPPORTED = "unsupported"
    """This model cannot do that."""
    CANCELLED = "cancelled"
    """Someone asked for it to stop, and it stopped."""
    STOPPED = "stopped"
    """The program is closing its devices."""
    DEFECT = "defect"
    """The driver itself failed; the log has the traceback."""

    # fingerprint
    FINGER_MISSING = "finger_missing"
    """No finger came within the time."""
    FINGER_NOT_LIFTED = "finger_not_lifted"
    """The finger stayed on the glass between two captures."""
    FINGER_UNREADABLE = "finger_unreadable"
    """Captures were too poor, after all retries."""
    FINGER_DIFFERENT = "finger_different"
    """Two captures are not of the same finger, after all retries."""
    TEMPLATE_INVALID = "template_invalid"
    """The template does not fit this reader family."""
    PASSWORD_WRONG = "password_wrong"  # noqa: S105 - a code, not a secret
    """The module is locked with another password."""
    SENSOR_FAULT = "sensor_fault"
    """The module reports a hardware fault."""

    # codes and zones
    SCAN_TIMEOUT = "scan_timeout"
    """The reader was triggered and saw nothing readable."""

    # pictures and pages
    NO_PICTURE = "no_picture"
    """The source gave no picture."""
    PICTURE_INVALID = "picture_invalid"
    """The source gave something that is no picture."""
    NO_DOCUMENT = "no_document"
    """The feeder or the drop folder is empty."""
    PAPER_JAM = "paper_jam"
    """Paper is stuck."""
    COVER_OPEN = "cover_open"
    """A cover is open."""
    DEVICE_BUSY = "device_busy"
    """Another program is using the device."""
    DEVICE_FAILED = "device_failed"
    """The device or its backend reports an input/output error."""
    NO_MEMORY = "no_memory"
    """The device or the machine ran out of memory."""


class DeviceError(Exception):
    """The outcome of an act that did not give a value.

    `code` is what happened; `detail` is for the log and the technician: no personal data, no template bytes.
    """

    def __init__(self, code: FaultCode, detail: str = "") -> None:
        super().__init__(f"{code.value}: {detail}" if detail else code.value)
        self.code = code
        self.detail = detail


class PortLost(DeviceError):
    """The port can't be opened, or went away. The only exception a `Port` raises."""
