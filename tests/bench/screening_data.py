"""Lists, queries and negatives for the screening bench.

Halves are split by the person, so that a fit never sees what is reported.
"""

import csv
import gzip
import io
import json
import random
import string
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from kiosk.screening.births import read_birth
from kiosk.screening.building import build_index
from kiosk.screening.countries import country_codes
from kiosk.screening.engine import Query
from kiosk.screening.entries import ListedName, NameKind, WatchlistEntry
from kiosk.screening.index import ListIndex
from kiosk.screening.names import split_name
from kiosk.screening.reading import read_json_lines

DATA = Path(__file__).parents[1] / "data" / "screening"
LISTED_ON = date(2026, 3, 1)
TRAIN, TEST = 0, 1
STOCKS = ("listed", "historical", "applicants")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A query and the entry that is its right answer (empty: none)."""

    query: Query
    target: str


def half(key: str) -> int:
    """TRAIN or TEST, by the person."""
    return zlib.crc32(key.encode()) % 2


def read_entries(name: str) -> tuple[WatchlistEntry, ...]:
    with gzip.open(DATA / f"{name}.jsonl.gz", "rb") as lines:
        return read_json_lines(lines).entries


def sanctions() -> tuple[WatchlistEntry, ...]:
    return read_entries("watchlist_ofac_un")


def historical() -> tuple[WatchlistEntry, ...]:
    return read_entries("historical_list")


def index_of(entries: Iterable[WatchlistEntry], version: str = "bench") -> ListIndex:
    return build_index(entries, version=version, listed_on=LISTED_ON, source="bench")


def rows(name: str) -> list[dict[str, str]]:
    text = gzip.decompress((DATA / f"{name}.csv.gz").read_bytes()).decode()
    return list(csv.DictReader(io.StringIO(text)))


def labelled(name: str, side: int | None) -> list[Labelled]:
    """The queries of a file whose person falls in `side` (None: all)."""
    found = []
    for number, row in enumerate(rows(name)):
        if side is None or half(row["target_id"] or row["name"]) == side:
            query = Query(
                f"{name}-{number}", (row["name"],), read_birth(row["dob"]), None, country_codes(row["country_iso2"])
            )
            found.append(Labelled(query, row["target_id"]))
    return found


def un_mutated(
    entries: Iterable[WatchlistEntry], side: int | None, *, heavy: bool = False, seed: int = 7
) -> list[Labelled]:
    """Every person of the UN list once, under the primary name with a mutation."""
    rng = random.Random(seed)
    found = []
    for entry in entries:
        if entry.source == "OFAC":
            continue
        text = mutated(entry.names[0].name, rng, heavy=heavy)
        born = rng.choice(entry.births) if entry.births else None
        if side is None or half(entry.id) == side:
            found.append(Labelled(Query(f"un-{entry.id}", (text,), born, None, entry.countries[:1]), entry.id))
    return found


def mutated(name: str, rng: random.Random, *, heavy: bool = False) -> str:
    """The name in machine letters with one mutation.

    One or two edits, words shuffled, two words merged, or a middle word dropped.

    `heavy`: edits and, half of the time, one of the others too.
    """
    words = split_name(name)
    kind = rng.choice(("edits", "shuffled", "merged", "dropped"))
    if heavy or kind == "edits" or (kind != "shuffled" and len(words) < 3):
        for _ in range(rng.choice((1, 2))):
            place = rng.randrange(len(words))
            words[place] = _edited(words[place], rng)
        if not heavy or rng.random() < 0.5:
            return " ".join(words)
    if kind == "shuffled":
        rng.shuffle(words)
    elif kind == "merged" and len(words) > 2:
        place = rng.randrange(len(words) - 1)
        words[place : place + 2] = [words[place] + words[place + 1]]
    elif kind == "dropped" and len(words) > 2:
        del words[rng.randrange(1, len(words) - 1)]
    return " ".join(words)


def _edited(word: str, rng: random.Random) -> str:
    if len(word) < 3 or not word.isascii():
        return word
    place, letter = rng.randrange(len(word)), rng.choice(string.ascii_uppercase)
    kind = rng.randrange(4)
    if kind == 0:
        return word[:place] + letter + word[place + 1 :]
    if kind == 1:
        return word[:place] + word[place + 1 :]
    if kind == 2:
        return word[:place] + letter + word[place:]
    place = min(place, len(word) - 2)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def random_birth(rng: random.Random, first: int = 1940, last: int = 2005) -> int:
    return rng.randint(first, last) * 10000 + rng.randint(1, 12) * 100 + rng.randint(1, 28)


def with_other_birth(queries: Iterable[Labelled], seed: int = 11) -> list[Labelled]:
    """The same queries with a random date of birth."""
    rng = random.Random(seed)
    return [Labelled(replace(each.query, born=random_birth(rng)), each.target) for each in queries]


def name_only(queries: Iterable[Labelled]) -> list[Labelled]:
    return [Labelled(replace(each.query, born=None, nationalities=()), each.target) for each in queries]


def recombined(queries: list[Labelled], count: int, seed: int = 13) -> list[Labelled]:
    """New applicants from the words of given ones: first words of one, last of another of the same nationality."""
    rng = random.Random(seed)
    by_country: dict[tuple[str, ...], list[Query]] = {}
    for each in queries:
        by_country.setdefault(each.query.nationalities, []).append(each.query)
    pool = [each.query for each in queries]
    made = []
    for number in range(count):
        one = rng.choice(pool)
        other = rng.choice(by_country[one.nationalities])
        first, last = one.names[0].split(), other.names[0].split()
        text = " ".join([*first[: max(1, len(first) // 2)], *last[len(last) // 2 :]])
        made.append(Labelled(replace(one, id=f"made-{number}", names=(text,), born=random_birth(rng)), ""))
    return made


def grown_list(
    size: int, side: int = TEST, seed: int = 17, *, dated: bool = False, stocks: Collection[str] = STOCKS
) -> Iterator[WatchlistEntry]:
    """The real lists, then persons recombined from their names and those of the negatives of one half.

    First words of one person, last words of another of the same source; a third with an edit, a sixth with an alias.

    So the applicants of that half have the names of the list: more false hits than where they are strangers to it.
    Of the recombined 8 in 100 have no birth date and 15 only its year; with `dated` all have a whole one. `stocks`
    say whose names they are recombined from.
    """
    real = [*sanctions(), *historical()]
    yield from real[:size]
    rng = random.Random(seed)
    stock = {name: people for name, people in name_stock(real, side).items() if name in stocks}
    sources = list(stock)
    weights = [len(stock[source]) for source in sources]
    for number in range(size - len(real)):
        people = stock[rng.choices(sources, weights)[0]]
        (first, countries), (last, _) = rng.sample(people, 2)
        words = [*first[: max(1, (len(first) + 1) // 2)], *last[len(last) // 2 :]]
        if rng.random() < 0.35:
            place = rng.randrange(len(words))
            words[place] = _edited(words[place], rng)
        names = [ListedName(" ".join(words), NameKind.PRIMARY)]
        if rng.random() < 0.16:
            names.append(ListedName(mutated(names[0].name, rng), NameKind.ALIAS))
        chance = rng.random()
        if dated:
            chance = 0.5
        births = () if chance < 0.08 else (random_birth(rng),) if chance < 0.85 else (rng.randint(1940, 2005) * 10000,)
        countries = countries if rng.random() < 0.7 else ()
        passports = (f"{rng.choice(string.ascii_uppercase)}{rng.randrange(10**7):07d}",) if rng.random() < 0.3 else ()
        yield WatchlistEntry(f"made-{number:07d}", tuple(names), births, None, countries, passports)


def name_stock(real: Iterable[WatchlistEntry], side: int) -> dict[str, list[tuple[list[str], tuple[str, ...]]]]:
    """Where names come from -> words and countries of each person."""
    stock: dict[str, list[tuple[list[str], tuple[str, ...]]]] = {"listed": [], "historical": [], "applicants": []}
    for entry in real:
        source = "historical" if entry.id.startswith("h-") else "listed"
        if words := split_name(entry.names[0].name):
            stock[source].append((words, entry.countries[:1]))
    for each in labelled("negatives_global", side):
        stock["applicants"].append((split_name(each.query.names[0]), each.query.nationalities))
    return stock


def listed_people(entries: Iterable[WatchlistEntry], count: int, seed: int = 19) -> list[Labelled]:
    """Listed persons as applicants: name mutated, a fifth with a wrong or missing birth date."""
    rng = random.Random(seed)
    chosen = _sample(entries, count, rng)
    found = []
    for number, entry in enumerate(chosen):
        text = mutated(rng.choice([name.name for name in entry.names]), rng)
        born = rng.choice(entry.births) if entry.births else None
        if rng.random() < 0.2:
            born = None if rng.random() < 0.5 else random_birth(rng)
        found.append(Labelled(Query(f"listed-{number}", (text,), born, None, entry.countries[:1]), entry.id))
    return found


def _sample(entries: Iterable[WatchlistEntry], count: int, rng: random.Random) -> list[WatchlistEntry]:
    """`count` entries of a stream, each with the same chance, in the order of ids."""
    kept: list[WatchlistEntry] = []
    for number, entry in enumerate(entries):
        if number < count:
            kept.append(entry)
        elif (place := rng.randrange(number + 1)) < count:
            kept[place] = entry
    return sorted(kept, key=lambda entry: entry.id)


def as_line(entry: WatchlistEntry) -> str:
    """The entry as a line of a list file (names, births and countries alone)."""
    from kiosk.screening.births import birth_text

    names = [{"name": name.name, "kind": name.kind.value} for name in entry.names]
    births = [birth_text(birth) for birth in entry.births]
    row = {"id": entry.id, "names": names, "dob": births, "countries": entry.countries, "passports": entry.passports}
    return json.dumps(row, ensure_ascii=False)
