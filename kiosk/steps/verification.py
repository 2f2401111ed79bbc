"""Step 4, verification: each document and the sponsor are checked by another person than the one who entered the data.

SOP row 4: a sign-off in the system, not the endorsement. Doubt does not complete the step: it goes by F7 to SOP
Ketidaksesuaian or to Wasdakim. Never the person of step 2 (the engine and the database hold that).
"""

from dataclasses import dataclass

from kiosk.applicant import ApplicantData, SponsorBasis
from kiosk.cases.model import CaseFile
from kiosk.cases.work import Look, Work
from kiosk.refusals import Code, Refusal
from kiosk.regulations import RequirementItem
from kiosk.steps import data_entry, intake
from kiosk.text import clean_lines

KEY = "verification"
NOTE_MINIMUM = 10


@dataclass(frozen=True, slots=True)
class DocumentChecked:
    """One document of the file and what the verifier found."""

    key: str
    authentic: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """The verifier's sign-off. A `note` is due where earlier steps left findings."""

    documents: tuple[DocumentChecked, ...]
    sponsor_ok: bool
    sponsor_note: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Produced:
    """A sign-off in the system; the only signature in the passport is that of step 10."""

    documents: tuple[DocumentChecked, ...]
    sponsor_ok: bool
    sponsor_note: str
    note: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is verified: the documents that were received, the data, and what the steps before found."""

    documents: tuple[tuple[intake.ItemReceived, RequirementItem], ...]
    data: ApplicantData
    findings: tuple[str, ...]
    entered_by: str


def prepare(look: Look, case: CaseFile) -> Prepared:
    entered = case.need(data_entry.KEY, data_entry.Produced)
    known = {item.key: item for item in look.regulations.items}
    received = case.need(intake.KEY, intake.Produced).items
    documents = tuple((item, known[item.key]) for item in received if item.key in known)
    return Prepared(documents, entered.data, entered.findings, case.runs[data_entry.KEY].officer_name)


def check(look: Look, case: CaseFile, given: Given) -> tuple[Refusal, ...]:
    entered = case.need(data_entry.KEY, data_entry.Produced)
    return (
        *_documents(case, given),
        *_sponsor(entered.data, given),
        *_note(entered.findings, given),
    )


def apply(work: Work, case: CaseFile, given: Given) -> Produced:
    return Produced(
        documents=tuple(
            DocumentChecked(checked.key, checked.authentic, clean_lines(checked.note)) for checked in given.documents
        ),
        sponsor_ok=given.sponsor_ok,
        sponsor_note=clean_lines(given.sponsor_note),
        note=clean_lines(given.note),
    )


def _documents(case: CaseFile, given: Given) -> tuple[Refusal, ...]:
    """Every document that was received has been looked at, and none is in doubt."""
    checked = {document.key: document for document in given.documents}
    refusals: list[Refusal] = []
    for item in case.need(intake.KEY, intake.Produced).items:
        if item.key not in checked:
            refusals.append(Refusal(Code.DOCUMENT_NOT_CHECKED, f"document_{item.key}"))
        elif not checked[item.key].authentic:
            refusals.append(Refusal(Code.DOCUMENT_DOUBTFUL, f"document_{item.key}"))
    return tuple(refusals)


def _sponsor(data: ApplicantData, given: Given) -> tuple[Refusal, ...]:
    if data.sponsor.basis is SponsorBasis.NONE or given.sponsor_ok:
        return ()
    return (Refusal(Code.SPONSOR_DOUBTFUL, "sponsor_ok"),)


def _note(findings: tuple[str, ...], given: Given) -> tuple[Refusal, ...]:
    """What earlier steps found is answered in words."""
    if findings and len(clean_lines(given.note)) < NOTE_MINIMUM:
        return (Refusal(Code.NOTE_NEEDED, "note", {"minimum": NOTE_MINIMUM}),)
    return ()
