"""A case asked of the cekal list: whom to look for, the answer, what was decided before, and the record of it.

Screened are the applicant, under every name the passport and the form give, and the person who guarantees the stay.
Everything here runs within the caller's unit of work.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from kiosk.applicant import ApplicantData, SponsorBasis
from kiosk.cases.work import Look, Work
from kiosk.mrz import Mrz, parse
from kiosk.partial_date import PartialDate
from kiosk.refusals import Refused
from kiosk.screening.births import read_birth
from kiosk.screening.countries import country_code
from kiosk.screening.engine import Candidate, Query, Screener, ScreeningResult, Verdict
from kiosk.screening_lists import Current, ListShown, current
from kiosk.screening_records import Question, Record, cleared_pairs, keep, kept_answers, scorer_name
from kiosk.words import Language, say

APPLICANT = "applicant"
SPONSOR = "sponsor"


@dataclass(frozen=True, slots=True)
class Hit:
    """A candidate that nobody has decided on, and which of the case's persons it may be."""

    subject: str
    person_key: str
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Answer:
    """What the list says of a case. `remembered` are the entries cleared for these persons before, by entry id."""

    listed: ListShown
    question: Question
    scorer: str
    results: tuple[ScreeningResult, ...]
    hits: tuple[Hit, ...]
    remembered: tuple[str, ...]
    stale: bool

    @property
    def verdict(self) -> Verdict:
        """The gravest of the persons' verdicts."""
        found = {result.verdict for result in self.results}
        order = (Verdict.NO_LIST, Verdict.STALE, Verdict.PASSPORT_MATCH, Verdict.REVIEW)
        return next((verdict for verdict in order if verdict in found), Verdict.CLEAR)

    @property
    def clean(self) -> bool:
        """No candidate, and none was put aside either."""
        return self.verdict is Verdict.CLEAR and not self.remembered


def queries(data: ApplicantData, today: date) -> tuple[Query, ...]:
    """Whom to look for. `today` decides the centuries of the zone's dates."""
    holder, passport = data.holder, data.passport
    names = [holder.name_viz, f"{holder.surname} {holder.given_names}", *holder.former_names]
    if passport.mrz and isinstance(zone := parse("\n".join(passport.mrz), today=today), Mrz):
        names.append(zone.full_name)
    nationality = country_code(holder.nationality)
    applicant = Query(
        id=APPLICANT,
        names=_distinct(names),
        born=_birth(holder.born),
        sex=holder.sex,
        nationalities=(nationality,) if nationality else (),
        passport=passport.number,
        issuer=passport.issuing_state,
    )
    sponsor = data.sponsor
    if sponsor.basis in (SponsorBasis.INDIVIDUAL, SponsorBasis.FAMILY_GUARANTOR):
        return applicant, Query(id=SPONSOR, names=_distinct([sponsor.name]), born=_birth_in_nik(sponsor.identity_no))
    return (applicant,)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def _birth(born: PartialDate) -> int | None:
    return read_birth(born.iso())


def _birth_in_nik(nik: str) -> int | None:
    """The birth date that digits 7 to 12 of a NIK hold: day (40 more for a woman), month, year without its century."""
    if len(nik) != 16 or not nik.isdigit():
        return None
    day, month, year = int(nik[6:8]) % 40, int(nik[8:10]), int(nik[10:12])
    century = 1900 if year > 20 else 2000
    return read_birth(f"{century + year:04d}-{month:02d}-{day:02d}", strict=True)


def ask(look: Look, data: ApplicantData) -> Answer | Refused:
    """The active list's answer for these data. Refused where there is no list that can be asked."""
    listed = current(look.kit, look.today)
    return listed if isinstance(listed, Refused) else answer(listed, data, look.now)


def answer(listed: Current, data: ApplicantData, now: datetime) -> Answer:
    """What `listed` answers, candidates cleared before put aside ahead of any cut."""
    question = question_of(listed.screener, queries(data, listed.screener.today))
    cleared = cleared_pairs([query.person_key for query in question.persons], now)
    results: list[ScreeningResult] = []
    hits: list[Hit] = []
    remembered: list[str] = []
    for query in question.persons:
        put_aside: list[str] = []

        def is_cleared(person: str, entry: str, digest: str, aside: list[str] = put_aside) -> bool:
            known = (person, entry, digest) in cleared
            if known:
                aside.append(entry)
            return known

        result = listed.screener.screen(query, cleared=is_cleared)
        results.append(result)
        hits.extend(Hit(query.id, query.person_key, candidate) for candidate in result.candidates)
        remembered.extend(dict.fromkeys(put_aside))
    return Answer(
        listed=listed.listed,
        question=question,
        scorer=scorer_name(listed.screener.coefficients),
        results=tuple(results),
        hits=tuple(hits),
        remembered=tuple(dict.fromkeys(remembered)),
        stale=listed.screener.is_stale,
    )


def question_of(screener: Screener, persons: tuple[Query, ...]) -> Question:
    """What `screener` is asked about these persons, as it is kept."""
    return Question(screener.today, screener.longest_age_days, screener.false_hits, persons)


def record_screening(work: Work, found: Answer) -> int:
    """Keep the question and the answer, clear ones too, so that it can be asked again. The row's id."""
    listed, verdict = found.listed, str(found.verdict)
    number = keep(
        work,
        Record(found.question, listed.version, listed.hash, found.scorer, verdict, kept_answers(found.results)),
    )
    data = {"screening": number, "verdict": verdict, "hits": len(found.hits)}
    work.audit("screened", data | {"list": listed.hash, "scorer": found.scorer})
    return number


def neutral(outcome: str) -> str:
    """What the case's history says of it: nothing about the list."""
    return say(Language.INDONESIAN, f"cekal.history.{outcome}")
