"""An applicant and a candidate of the cekal list side by side: every word with its mark, every reason in words."""

import re
from collections.abc import Iterable

from textual.content import Content

from kiosk.applicant import ApplicantData
from kiosk.formats import decimal, numeric_date
from kiosk.screening.entries import WatchlistEntry
from kiosk.screening.explain import SIGNS, MarkedWord
from kiosk.screening_case import SPONSOR
from kiosk.steps.cekal import Decision, Examination, Examined
from kiosk.words import Words
from screens.plain import fit, plain

_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
LABEL = 14
BAR = 12
"""Cells of the longest bar of a contribution."""


def heading(words: Words, found: Examination, title: str) -> Content:
    """The case, and which list it was asked of."""
    listed = found.answer.listed
    of_list = words.say("cekal.list", version=listed.version, date=numeric_date(listed.listed_on), days=listed.age_days)
    return Content("\n").join([plain(title, style="bold"), plain(of_list)])


def pair(words: Words, found: Examination, each: Examined, width: int) -> list[Content]:
    """The comparison, line by line."""
    half = (width - LABEL - 3) // 2
    candidate, record = each.hit.candidate, each.record
    explanation = candidate.explanation

    def line(key: str, ours: str, theirs: str) -> Content:
        return Content(f"{fit(words.say(key), LABEL)} {fit(ours, half)} | ") + plain(fit(theirs, half))

    ours = _subject(found.data, each.hit.subject, words)
    lines = [
        Content.styled(
            f"{' ' * LABEL} {fit(words.say(f'cekal.{each.hit.subject}'), half)} | {words.say('cekal.listed')}", "bold"
        ),
        line("cekal.name", _marked(explanation.applicant), _marked(explanation.listed)),
        line("cekal.born", ours["born"], ", ".join(day_first(birth) for birth in explanation.births) or "-"),
        line("cekal.sex", ours["sex"], explanation.sex or "-"),
        line("cekal.nationality", ours["nationality"], ", ".join(explanation.countries) or "-"),
        line("cekal.passport", ours["passport"], ", ".join(record.passports) if record and record.passports else "-"),
    ]
    lines += [Content.styled(words.say("cekal.reasons"), "bold")]
    lines += [plain(f"- {day_first(reason.say(words))}") for reason in explanation.reasons]
    lines += _record(words, record)
    lines += [
        plain(
            words.say(
                "cekal.earlier",
                decision=words.say(f"cekal.earlier.{earlier.decision}"),
                date=numeric_date(earlier.at),
                reason=earlier.reason,
            )
        )
        for earlier in each.earlier
    ]
    return lines + _contributions(words, candidate.contributions, candidate.score)


def day_first(text: str) -> str:
    """`text` with the dates of the list (1994-03-22) as screens show dates (22-03-1994)."""
    return _ISO_DATE.sub(r"\3-\2-\1", text)


def decided_line(words: Words, decision: Decision) -> Content:
    """What the examiner has written."""
    return plain(f"> {words.say(f'cekal.ground.{decision.ground}')}: {decision.text}", style="bold")


def _subject(data: ApplicantData, subject: str, words: Words) -> dict[str, str]:
    if subject == SPONSOR:
        return {"born": "-", "sex": "-", "nationality": "-", "passport": words.say("cekal.nik")}
    holder, passport = data.holder, data.passport
    return {
        "born": holder.born.shown(),
        "sex": str(holder.sex),
        "nationality": holder.nationality,
        "passport": f"{passport.number} ({passport.issuing_state})",
    }


def _marked(marked: Iterable[MarkedWord]) -> str:
    return " ".join(f"{word.text}{SIGNS[word.mark]}" for word in marked)


def _record(words: Words, record: WatchlistEntry | None) -> list[Content]:
    """What only the list's own record says."""
    if record is None:
        return [plain(words.say("cekal.no_record"))]
    kind = words.say(f"cekal.kind.{record.kind.value}") if record.kind else "-"
    until = numeric_date(record.valid_until) if record.valid_until else "-"
    facts = words.say(
        "cekal.record",
        kind=kind,
        agency=record.agency or "-",
        decision=record.decision_no or "-",
        reason=record.reason_class or "-",
        until=until,
    )
    names = ", ".join(f"{name.name} ({words.say(f'cekal.name.{name.kind.value}')})" for name in record.names[:6])
    return [Content.styled(words.say("cekal.of_list"), "bold"), plain(facts), plain(names, limit=400)]


def _contributions(words: Words, contributions: dict[str, float], score: float) -> list[Content]:
    """How the score adds up: what speaks for it and against it, the weightiest first."""
    greatest = max((abs(value) for value in contributions.values()), default=1.0) or 1.0
    lines = [Content.styled(words.say("cekal.weights", score=decimal(score, words.language, signed=True)), "bold")]
    for name, value in sorted(contributions.items(), key=lambda each: -abs(each[1])):
        key = f"screening.contribution.{name}"
        said = words.say(key) if words.has(key) else name
        bar = ("+" if value > 0 else "-") * max(1, round(abs(value) / greatest * BAR))
        lines.append(plain(f"{fit(said, 38)} {decimal(value, words.language, signed=True):>6} {bar}"))
    return lines
