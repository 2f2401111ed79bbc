"""Words that live in data, not in the catalogues: a step's title, a document of a checklist, a unit's name."""

from dataclasses import dataclass

from kiosk.words import Language


@dataclass(frozen=True, slots=True)
class Bilingual:
    """The same words in Indonesian and in English."""

    indonesian: str
    english: str

    def say(self, language: Language) -> str:
        return self.indonesian if language is Language.INDONESIAN else self.english
