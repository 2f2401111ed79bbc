"""What step 8 takes of an applicant: the policy table by kind, number of the extension, date and age."""

from dataclasses import dataclass
from datetime import date

from kiosk.partial_date import PartialDate
from kiosk.regulations.model import Interview, Regulations, in_force


@dataclass(frozen=True, slots=True)
class BiometricRequirements:
    """Finger codes are those of ISO/IEC 19794: 1 right thumb to 5, 6 left thumb to 10. `basis` names the policy."""

    photo: bool
    fingers_wanted: tuple[int, ...]
    fingers_required: tuple[int, ...]
    interview: Interview
    basis: str


def biometric_requirements(
    regulations: Regulations, kind: str, extension_no: int, on: date, birth: PartialDate | None = None
) -> BiometricRequirements | None:
    """What is to be taken on the day `on`; None if no policy covers the kind.

    Of the policies of the newest date the one for the highest number of extensions holds. A young child gives a
    photo only; where the age isn't certain, as for the younger.
    """
    fitting = [row for row in regulations.biometrics if kind in row.kinds and row.from_extension <= extension_no]
    newest = in_force(fitting, on)
    if newest is None:
        return None
    policy = max((row for row in fitting if row.valid_from == newest.valid_from), key=lambda row: row.from_extension)
    if birth is not None and birth.age_on(on)[0] < policy.fingers_from_age:
        return BiometricRequirements(True, (), (), policy.interview, policy.basis)
    return BiometricRequirements(
        policy.photo, policy.fingers_wanted, policy.fingers_required, policy.interview, policy.basis
    )
