"""How `kiosk watchlist explain` says what was recorded and what came of asking again."""

from collections.abc import Iterator, Sequence
from typing import Any

from kiosk.formats import iso_utc
from kiosk.records import plain
from kiosk.screening_explain import Explained, Reproduced
from kiosk.screening_records import KeptAnswer, KeptCandidate
from kiosk.words import Words

REPRODUCED = (Reproduced.SAME, Reproduced.OTHER_SCORER_SAME)


def document_of(number: str, found: Sequence[Explained], words: Words) -> dict[str, Any]:
    """Everything, machine-readable; `reproduced` is true when every record gave the same bytes again."""
    return {
        "case": number,
        "reproduced": all(each.reproduced in REPRODUCED for each in found),
        "screenings": [
            {
                **plain(each),
                "at": iso_utc(each.at),
                "answers": [plain(answer) | {"candidates": _candidates(answer, words)} for answer in each.answers],
                "decisions": [
                    plain(decided) | {"at": iso_utc(decided.at), "expires_at": decided.expires_at}
                    for decided in each.decisions
                ],
            }
            for each in found
        ],
    }


def _candidates(answer: KeptAnswer, words: Words) -> list[dict[str, Any]]:
    return [plain(each) | {"words": _reasons(each, words)} for each in answer.candidates]


def _reasons(candidate: KeptCandidate, words: Words) -> list[str]:
    return [words.say(reason.key, **dict(reason.values)) for reason in candidate.reasons]


def lines_of(number: str, found: Sequence[Explained], words: Words) -> list[str]:
    """The same for people."""
    return [f"{number}: {len(found)}", *(line for each in found for line in _lines(each, words))]


def _lines(each: Explained, words: Words) -> Iterator[str]:
    who = each.officer or words.say("watchlist.system")
    yield ""
    yield f"#{each.screening} {iso_utc(each.at)} {who}"
    verdict = words.say(f"watchlist.recorded.{each.verdict}")
    yield f"  {each.list_version} {each.list_hash[:16]}  {each.scorer}  {verdict}"
    yield f"  {words.say(f'watchlist.reproduced.{each.reproduced}')}"
    if each.since is not None:
        yield f"  {words.say('watchlist.since', number=each.since)}"
    for person in each.question.persons if each.question else ():
        yield f"  {words.say(f'cekal.{person.id}')}: {' / '.join(person.names)}"
        for candidate in (c for answer in each.answers if answer.id == person.id for c in answer.candidates):
            band = words.say(f"screening.band.{candidate.band}")
            yield f"    {candidate.entry}  {candidate.matched_name}  {candidate.score:+.4f}  {band}"
            yield from (f"      - {reason}" for reason in _reasons(candidate, words))
            sums = sorted(candidate.contributions.items(), key=lambda part: -abs(part[1]))
            parts = (f"{words.say(f'screening.contribution.{name}')} {value:+.4f}" for name, value in sums)
            yield f"      = {'; '.join(parts)}"
    for decided in each.decisions:
        yield f"  {decided.entry}: {words.say(f'watchlist.decided.{decided.decision}')}: {decided.reason}"
        yield f"    {decided.officer} + {decided.second}, {iso_utc(decided.at)}"
