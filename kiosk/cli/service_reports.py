"""`kiosk report prediction` and `kiosk report flow`: how the office serves, in figures."""

import typer

from kiosk.cli import flow
from kiosk.cli.common import Config, Json, answer, opened
from kiosk.formats import decimal
from kiosk.records import plain
from kiosk.reports import prediction as of_prediction
from kiosk.words import Language, Words


def add_to(app: typer.Typer) -> None:
    """Add the verbs to `kiosk report`."""
    app.command()(prediction)
    flow.add_to(app)


def prediction(config: Config = None, json: Json = False) -> None:
    """The error of the estimated ready time on finished cases, beside the promise on the same cases."""
    with opened(config) as office, office.store.reading():
        found = of_prediction.measured(office.procedure, office.regulations)
        words = Words(Language(office.settings.language))
    lines = [words.say("report.prediction", finished=found.finished)]
    if found.estimate is None or found.promise is None:
        lines.append(words.say("report.prediction.too_few", needed=found.needed))
    else:
        lines += [_line(words, "estimate", found.estimate), _line(words, "promise", found.promise)]
    answer(plain(found), as_json=json, lines=lines)


def _line(words: Words, key: str, error: of_prediction.Error) -> str:
    return words.say(
        f"report.prediction.{key}",
        cases=error.cases,
        hours=decimal(error.median_hours, words.language),
        bias=decimal(error.bias_hours, words.language, signed=True),
        on_day=f"{error.on_day * 100:.0f}",
        days=decimal(error.days_said, words.language),
    )
