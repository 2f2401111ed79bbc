"""A case asked of the cekal list: whom to look for, the answer, what was decided before, and the record of it.

Screened are the applicant, under every name the passport and the form give, and the person who guarantees the stay.
Everything here runs within the caller's unit of work.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from db.tables import Screening, WatchlistDecision
from kiosk.applicant import ApplicantData, SponsorBasis
from kiosk.cases.model import CaseFile
from kiosk.cases.work import Look, Work
from kiosk.mrz import Mrz, parse
from kiosk.partial_date import PartialDate
from kiosk.records import to_json
from kiosk.refusals import Refused
from kiosk.screening.births import read_birth
from kiosk.screening.countries import country_code
from kiosk.screening.engine import ENGINE_VERSION, Candidate, Query, ScreeningResult, Verdict
from kiosk.screening_lists import Current, ListShown, current

APPLICANT = "applicant"
SPONSOR = "sponsor"
CLEARED = "cleared"
CONFIRMED = "confirmed"


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
    queries: tuple[Query, ...]
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
    asked = queries(data, listed.screener.today)
    cleared = _cleared_pairs([query.person_key for query in asked], now)
    results: list[ScreeningResult] = []
    hits: list[Hit] = []
    remembered: list[str] = []
    for query in asked:
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
        listed.listed, asked, tuple(results), tuple(hits), tuple(dict.fromkeys(remembered)), listed.screener.is_stale
    )


def _cleared_pairs(person_keys: Iterable[str], now: datetime) -> frozenset[tuple[str, str, str]]:
    """Pairs that stand cleared: the newest decision on a pair counts, until it expires."""
    newest: dict[tuple[str, str, str], str] = {}
    query = WatchlistDecision.select().where(
        WatchlistDecision.person_key.in_(list(person_keys))
        & (WatchlistDecision.expires_at.is_null() | (WatchlistDecision.expires_at > now))
    )
    for row in query.order_by(WatchlistDecision.id):
        newest[row.person_key.strip(), row.entry_id, row.entry_hash.strip()] = row.decision
    return frozenset(pair for pair, decision in newest.items() if decision == CLEARED)


def record_screening(work: Work, found: Answer) -> int:
    """Keep the question and the answer, clear ones too, so that it can be asked again. The row's id."""
    row = Screening.create(
        case=work.case.id,
        at=work.now,
        officer=work.look.officer.id,
        list_version=found.listed.version,
        list_hash=found.listed.hash,
        scorer=f"{ENGINE_VERSION}:{found.results[0].coefficients_hash[:16]}",
        verdict=str(found.verdict),
        query=to_json([_as_kept(query) for query in found.queries]),
        answer=to_json([_answer_kept(result) for result in found.results]),
    )
    data = {"screening": row.id, "verdict": str(found.verdict), "hits": len(found.hits), "list": found.listed.hash}
    work.audit("screened", data)
    return int(row.id)


def last_screening(case: CaseFile) -> Screening | None:
    """The newest screening of a case."""
    newest: Screening | None = Screening.select().where(Screening.case == case.id).order_by(Screening.id.desc()).first()
    return newest


def _as_kept(query: Query) -> Mapping[str, object]:
    return {
        "id": query.id,
        "names": query.names,
        "born": query.born,
        "sex": query.sex,
        "nationalities": query.nationalities,
        "passport": query.passport,
        "issuer": query.issuer,
        "person_key": query.person_key,
    }


def _answer_kept(result: ScreeningResult) -> Mapping[str, object]:
    return {
        "id": result.query_id,
        "verdict": str(result.verdict),
        "suppressed": result.suppressed,
        "thresholds": result.thresholds,
        "candidates": [
            {
                "entry": candidate.entry_id,
                "hash": candidate.entry_hash,
                "score": candidate.score,
                "band": str(candidate.band),
                "channel": str(candidate.channel),
                "contributions": candidate.contributions,
            }
            for candidate in result.candidates
        ],
    }
