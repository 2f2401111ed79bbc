"""Data on its way to a widget: cleaned, and never read as markup."""

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from kiosk.text import clean, clean_lines


def plain(value: object, *, style: str | Style = "", limit: int = 200) -> Content:
    """`value` as one line a widget may show. Every piece of data goes through here on its way to the screen.

    `limit` is the greatest length in characters; None shows as nothing.
    """
    return Content.styled(clean("" if value is None else str(value), limit=limit), style)


def plain_lines(value: object, *, style: str | Style = "", limit: int = 4000) -> Content:
    """Like `plain`, for text of several lines."""
    return Content.styled(clean_lines("" if value is None else str(value), limit=limit), style)


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` cells: cut with two full stops or filled with spaces. Wide characters count two.

    Two full stops and not an ellipsis: some console fonts have none.
    """
    if width <= 0:
        return ""
    if cell_len(text) > width:
        return set_cell_size(set_cell_size(text, max(0, width - 2)).rstrip() + "..", width)
    return set_cell_size(text, width)


def part(widget: Widget, name: str) -> Style:
    """The style of a part (component class) of `widget`. Textual's own answer leaves reverse video out."""
    reverse = widget.get_component_styles(name).text_style.reverse
    return widget.get_visual_style(name) + Style(reverse=reverse)
