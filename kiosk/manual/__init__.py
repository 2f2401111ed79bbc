"""The officers' manual: one Markdown page for each topic and language, read by F1.

A page has a title (`# `), sections (`## `), paragraphs, lists (`- `, `1. `) and **bold**; nothing else. Its name is the
step's key or the screen's; the pages stand in the order of PAGES when they are leafed through.
"""

from functools import cache
from importlib.resources import files

from kiosk.words import Language

STEPS = (
    "intake",
    "data_entry",
    "watchlist",
    "verification",
    "scanning",
    "approval",
    "payment",
    "biometrics",
    "registration",
    "endorsement",
    "stamp_scan",
    "handover",
    "archiving",
)
PAGES = (
    "keys",
    "sign_in",
    "work_list",
    "queue",
    "search",
    "case",
    "scans",
    *STEPS,
    "batch",
    "side",
    "cekal",
    "nonconformity",
    "devices",
    "papers",
    "shift",
    "passports",
    "storage",
    "day",
    "flow",
    "pickup",
)
ELSEWHERE = {
    "general": "keys",
    "step": "keys",
    "books": "shift",
    "billing": "shift",
    "taking_back": "shift",
    "stock_take": "passports",
}
"""Topics that another page tells too."""


def page_for(topic: str) -> str:
    """The page that tells about `topic`; the keys, where none does."""
    return topic if topic in PAGES else ELSEWHERE.get(topic, "keys")


@cache
def read(language: Language, page: str) -> str:
    """The Markdown of a page. Raises FileNotFoundError."""
    return files("kiosk").joinpath("manual", str(language), f"{page}.md").read_text(encoding="utf-8")
