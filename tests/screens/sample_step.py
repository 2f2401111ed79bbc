"""A step screen with a field of every kind, for the framework's own tests."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from kiosk.refusals import Refused
from screens.step_screen import Finished, Question, StepScreen
from screens.widgets.fields import Choice, Field, Kind, Value, Values

COUNTRIES = tuple(
    Choice(code, text=name)
    for code, name in (
        ("AUS", "Australia"),
        ("CHN", "Tiongkok"),
        ("DEU", "Jerman"),
        ("FRA", "Prancis"),
        ("GBR", "Inggris"),
        ("IND", "India"),
        ("JPN", "Jepang"),
        ("KOR", "Korea Selatan"),
        ("XXX", "Tanpa [/x] kewarganegaraan"),
    )
)
PAPERS = tuple(Choice(value, text=text) for value, text in (("passport", "Paspor"), ("letter", "Surat permohonan")))
SEX = tuple(Choice(value, text=text) for value, text in (("F", "Perempuan"), ("M", "Laki-laki"), ("X", "Lainnya")))


class SampleStep(StepScreen[Any, Any]):
    """Step 4's SOP row over a form of every kind."""

    KEY = "verification"
    DEVICE_KEY = "key.device"
    ask = False
    many = False

    def fields(self) -> Sequence[Field]:
        return (
            Field("facts", Kind.HEADING, "work_list.holder"),
            Field("fact", Kind.SHOW, "work_list.number"),
            Field("surname", Kind.UPPER, "work_list.holder", required=True, max_length=39),
            Field("given", Kind.TEXT, "work_list.step", hint="work_list.hint"),
            Field("born", Kind.PARTIAL_DATE, "work_list.due", required=True),
            Field("expiry", Kind.DATE, "work_list.due"),
            Field("fee", Kind.MONEY, "work_list.waited"),
            Field("sex", Kind.CHOICE, "work_list.holder", required=True, choices=SEX),
            Field("nationality", Kind.CHOICE, "work_list.holder", required=True, choices=COUNTRIES),
            Field("sponsor", Kind.YES_NO, "work_list.holder"),
            Field(
                "sponsor_name",
                Kind.TEXT,
                "work_list.holder",
                required=True,
                only_if=lambda v: v.flag("sponsor") is True,
            ),
            Field("papers", Kind.CHECKLIST, "work_list.holder", choices=PAPERS),
            Field("remark", Kind.NOTE, "work_list.holder", max_length=200),
        )

    def __init__(self, case_id: int | None) -> None:
        super().__init__(case_id)
        self.scans: list[str] = []

    def initial(self) -> Mapping[str, Value]:
        return {"given": "dari berkas"}

    def opened(self) -> None:
        self.form.show("fact", self.prepared.fact)

    def build(self, values: Values) -> Any | Refused:
        return SimpleNamespace(**values)

    def question(self, given: Any) -> Question | None:
        return Question("key.complete.help", detail=f"{given.surname} [/x]") if self.ask else None

    def finished(self, produced: Any) -> Finished:
        lines = (produced.number, "ditulis di paspor") if self.many else ()
        return Finished("step.done", {"step": produced.number}, lines)

    def on_scan(self, text: str) -> bool:
        if not self.is_open:
            return False
        self.scans.append(text)
        return text.startswith("P<")
