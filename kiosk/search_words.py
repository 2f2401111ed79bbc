"""The words a case is found by: names folded to the letters of a machine-readable zone."""

from kiosk.transliteration import mrz_letters


def search_words(name: str) -> tuple[str, ...]:
    """Upper-case A-Z words of `name`, each once, in order; at most 20 of them."""
    words = mrz_letters(name).replace("<", " ").split()
    return tuple(dict.fromkeys(word[:60] for word in words))[:20]
