"""The four looks: modern terminals, the Linux console, high contrast, monochrome. Chosen from the terminal.

All colours of the style sheet are variables of this page. A state is always told by a mark, a word or a text style as
well, so that the monochrome look loses nothing.
"""

import os
from collections.abc import Mapping

from textual.theme import BUILTIN_THEMES, Theme

MODERN, CONSOLE, CONTRAST, MONOCHROME = "office", "office-console", "office-contrast", "office-monochrome"
BARE = (CONTRAST, MONOCHROME)
"""Looks that show an empty field by a line of underscores, having no colour to fill it with."""
NAMES = (MODERN, CONSOLE, CONTRAST, MONOCHROME)

_MONOCHROME_TERMS = ("vt100", "vt102", "vt220", "xterm-mono", "linux-m")


def suited(environ: Mapping[str, str] | None = None, wanted: str = "") -> str:
    """The theme for this terminal: the one that is wanted (`KIOSK_THEME`), else by TERM, NO_COLOR and COLORTERM."""
    env = os.environ if environ is None else environ
    choice = wanted or env.get("KIOSK_THEME", "")
    if choice in NAMES or f"office-{choice}" in NAMES:
        return choice if choice in NAMES else f"office-{choice}"
    term = env.get("TERM", "")
    if env.get("NO_COLOR") or term in _MONOCHROME_TERMS:
        return MONOCHROME
    if env.get("COLORTERM") in {"truecolor", "24bit"} or "256color" in term or "direct" in term or "kitty" in term:
        return MODERN
    return CONSOLE


def _variables(**changes: str) -> dict[str, str]:
    plain = {
        "bar-background": "ansi_default",
        "bar-color": "ansi_default",
        "bar-style": "reverse",
        "key-background": "ansi_default",
        "key-color": "ansi_default",
        "key-style": "reverse",
        "title-background": "ansi_default",
        "title-color": "ansi_default",
        "title-style": "bold",
        "over-color": "ansi_default",
        "over-style": "bold underline",
        "field-background": "ansi_default",
        "field-color": "ansi_default",
        "field-style": "underline",
        "here-background": "ansi_default",
        "here-color": "ansi_default",
        "here-style": "bold underline",
        "cursor-background": "ansi_default",
        "cursor-color": "ansi_default",
        "cursor-style": "reverse",
        "away-background": "ansi_default",
        "away-color": "ansi_default",
        "away-style": "bold",
        "label-color": "ansi_default",
        "quiet-color": "ansi_default",
        "error-color": "ansi_default",
        "error-style": "bold",
        "done-color": "ansi_default",
        "done-style": "bold",
        "box-background": "ansi_default",
        "box-border": "ansi_default",
        "page-background": "ansi_default",
        "page-color": "ansi_default",
    }
    return plain | {name.replace("_", "-"): value for name, value in changes.items()}


_ANSI = BUILTIN_THEMES["ansi-dark"]


def _ansi(name: str, **changes: str) -> Theme:
    return Theme(
        name=name,
        ansi=True,
        dark=True,
        primary="ansi_blue",
        secondary="ansi_cyan",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        accent="ansi_cyan",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables={**_ANSI.variables, "input-cursor-text-style": "reverse", **_variables(**changes)},
    )


_CONSOLE = _ansi(
    CONSOLE,
    page_background="ansi_black",
    page_color="ansi_white",
    box_background="ansi_black",
    box_border="ansi_cyan",
    bar_background="ansi_cyan",
    bar_color="ansi_black",
    bar_style="none",
    key_background="ansi_cyan",
    key_color="ansi_black",
    key_style="none",
    title_background="ansi_black",
    title_color="ansi_cyan",
    over_color="ansi_yellow",
    over_style="bold",
    field_background="ansi_blue",
    field_color="ansi_white",
    field_style="none",
    here_background="ansi_white",
    here_color="ansi_black",
    here_style="none",
    cursor_background="ansi_cyan",
    cursor_color="ansi_black",
    cursor_style="none",
    away_background="ansi_blue",
    away_color="ansi_white",
    away_style="none",
    label_color="ansi_white",
    quiet_color="ansi_white",
    error_color="ansi_red",
    done_color="ansi_green",
)

_MODERN = Theme(
    name=MODERN,
    dark=True,
    primary="#4f8fc0",
    background="#10151c",
    surface="#18202a",
    foreground="#d8dee6",
    variables=_variables(
        page_background="#10151c",
        page_color="#d8dee6",
        box_background="#18202a",
        box_border="#4f8fc0",
        bar_background="#1f4e79",
        bar_color="#f0f4f8",
        bar_style="none",
        key_background="#2b3a4a",
        key_color="#ffd479",
        key_style="bold",
        title_background="#18202a",
        title_color="#8fc7f5",
        over_color="#ffb454",
        over_style="bold",
        field_background="#1f2935",
        field_color="#f0f4f8",
        field_style="none",
        here_background="#2d4a66",
        here_color="#ffffff",
        here_style="none",
        cursor_background="#4f8fc0",
        cursor_color="#0b0f14",
        cursor_style="bold",
        away_background="#24303d",
        away_color="#d8dee6",
        away_style="none",
        label_color="#aab6c2",
        quiet_color="#8a97a5",
        error_color="#ff8f80",
        done_color="#8fd694",
    ),
)

_CONTRAST = Theme(
    name=CONTRAST,
    dark=True,
    primary="#ffff00",
    background="#000000",
    surface="#000000",
    foreground="#ffffff",
    variables=_variables(
        page_background="#000000",
        page_color="#ffffff",
        box_background="#000000",
        box_border="#ffffff",
        bar_background="#ffffff",
        bar_color="#000000",
        bar_style="bold",
        key_background="#ffff00",
        key_color="#000000",
        key_style="bold",
        title_background="#000000",
        title_color="#ffff00",
        over_color="#ffff00",
        field_background="#000000",
        field_color="#ffffff",
        here_background="#000000",
        here_color="#ffff00",
        here_style="bold underline",
        cursor_background="#ffff00",
        cursor_color="#000000",
        cursor_style="bold",
        away_background="#000000",
        away_color="#ffff00",
        label_color="#ffffff",
        quiet_color="#ffffff",
        error_color="#ffff00",
        error_style="bold underline",
        done_color="#ffffff",
    ),
)

THEMES = (_MODERN, _CONSOLE, _CONTRAST, _ansi(MONOCHROME))
DEFAULTS = _variables()
"""The variables of the style sheet, for any theme that lacks them."""
