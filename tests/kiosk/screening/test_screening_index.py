"""The index: it finds what a scan of every name finds, and comes back from its file as it was."""

import random
import stat
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from rapidfuzz.distance import OSA

from kiosk.screening.building import build_index
from kiosk.screening.comparison import compare
from kiosk.screening.engine import Query, Screener, applicants_of
from kiosk.screening.entries import WatchlistEntry
from kiosk.screening.index import ListIndex
from kiosk.screening.lines import answer
from kiosk.screening.storage import IndexDamaged, forget_shared, load_index, save_index
from tests.kiosk.screening.persons import person

QUERY = Query("q", ("SHALLAH Ramadan Abdallah",), 19580101, None, ("PSE",))
KEY = AESGCM(b"k" * 32)


def seal(number: int, chunk: bytes) -> bytes:
    return KEY.encrypt(number.to_bytes(12, "big"), chunk, b"list")


def open_blob(number: int, chunk: bytes) -> bytes:
    return KEY.decrypt(number.to_bytes(12, "big"), chunk, b"list")


def applicants(entries: tuple[WatchlistEntry, ...], count: int) -> list[Query]:
    """Listed persons with one letter changed and their words shuffled; every third with another birth date."""
    rng = random.Random(5)
    found = []
    for number, entry in enumerate(rng.sample(entries, count)):
        words = rng.choice(entry.names).name.upper().replace(",", "").split()
        place = rng.randrange(len(words))
        words[place] = words[place][:1] + "E" + words[place][2:]
        rng.shuffle(words)
        born = rng.choice(entry.births) if entry.births and number % 3 else 19660607
        found.append(Query(str(number), (" ".join(words),), born, None, entry.countries[:1]))
    return found


def test_the_index_finds_what_a_scan_of_every_name_finds(sanctions: tuple[WatchlistEntry, ...]) -> None:
    entries = sanctions[::3]
    index = build_index(entries, version="1", listed_on=date(2026, 3, 1), source="test")
    screener = Screener(index, today=date(2026, 3, 2))
    hits = missed = 0
    for query in applicants(entries, 12):
        best: dict[int, float] = {}
        for applicant in applicants_of(index, query, {}, parts_words=screener.coefficients.parts_words):
            for name, entry in enumerate(index.name_entry.tolist()):
                scored = compare(index, applicant, name, entry, None, screener.coefficients).score
                best[entry] = max(scored, best.get(entry, scored))
        over = {index.entry_id(entry) for entry, score in best.items() if score >= screener.threshold + 0.01}
        shown = {candidate.entry_id for candidate in screener.screen(query, limit=100).candidates}
        hits += len(over)
        missed += len(over - shown)
    assert hits > 10
    assert missed == 0


@pytest.mark.parametrize("text", ["MUHAMMAD", "LI", "ZAMBRANO", "QWERTYUIOP", "AB", "金铁三"])
def test_similar_words_are_all_words_within_the_distance(public_index: ListIndex, text: str) -> None:
    forms = [form.decode() for form in public_index.words.forms.tolist()]
    expected = {i for i, form in enumerate(forms) if OSA.normalized_similarity(text, form) >= 0.6}
    if not text.isascii():
        expected = {i for i, form in enumerate(forms) if form == text}
    assert set(public_index.words.similar(text, 0.6)[0].tolist()) == expected


def test_a_saved_index_answers_as_before(public: Screener, public_index: ListIndex, tmp_path: Path) -> None:
    save_index(public_index, tmp_path / "list")
    loaded = load_index(tmp_path / "list")
    assert loaded.version == public_index.version
    again = Screener(loaded, today=public.today)
    assert answer(again.screen(QUERY, floor=-100.0)) == answer(public.screen(QUERY, floor=-100.0))
    with pytest.raises(ValueError, match="read-only"):
        loaded.postings[0] = 1


def test_a_sealed_index_is_opened_once_into_memory_that_processes_share(
    public: Screener, public_index: ListIndex, tmp_path: Path
) -> None:
    shared = tmp_path / "memory"
    shared.mkdir()
    save_index(public_index, tmp_path / "list", seal)
    assert b"SHALLAH" not in (tmp_path / "list").read_bytes()
    first, second = (load_index(tmp_path / "list", open_blob, shared) for _ in range(2))
    (opened,) = shared.iterdir()
    assert stat.S_IMODE(opened.stat().st_mode) == 0o600
    private = load_index(tmp_path / "list", open_blob, None)
    for index in (first, second, private):
        assert answer(Screener(index, today=public.today).screen(QUERY)) == answer(public.screen(QUERY))
    forget_shared(tmp_path / "another", shared)
    assert opened.exists()
    forget_shared(tmp_path / "list", shared)
    assert not opened.exists()
    assert Screener(first, today=public.today).screen(QUERY).candidates


def test_a_sealed_file_that_was_changed_is_not_opened(public_index: ListIndex, tmp_path: Path) -> None:
    save_index(public_index, tmp_path / "list", seal)
    content = bytearray((tmp_path / "list").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "list").write_bytes(content)
    with pytest.raises(InvalidTag):
        load_index(tmp_path / "list", open_blob, tmp_path)
    with pytest.raises(IndexDamaged):
        load_index(tmp_path / "list")


@pytest.mark.parametrize("kept", [0, 10, 200, -1000])
def test_a_file_cut_off_is_not_loaded(public_index: ListIndex, tmp_path: Path, kept: int) -> None:
    save_index(public_index, tmp_path / "list")
    content = (tmp_path / "list").read_bytes()
    (tmp_path / "list").write_bytes(content[:kept])
    with pytest.raises(IndexDamaged):
        load_index(tmp_path / "list")


def test_a_new_list_takes_the_place_of_the_old_while_that_is_in_use(
    public: Screener, public_index: ListIndex, tmp_path: Path
) -> None:
    save_index(public_index, tmp_path / "list")
    old = Screener(load_index(tmp_path / "list"), today=public.today)
    smaller = build_index([person("w-1", "ZAMBRANO")], version="2", listed_on=public.today, source="test")
    save_index(smaller, tmp_path / "list")
    assert load_index(tmp_path / "list").entries == 1
    assert answer(old.screen(QUERY)) == answer(public.screen(QUERY))
    assert [path.name for path in tmp_path.iterdir()] == ["list"]


def test_a_list_without_names_is_refused() -> None:
    with pytest.raises(ValueError, match="no entry"):
        build_index([], version="1", listed_on=date(2026, 3, 1), source="test")


def test_the_index_is_a_few_arrays_of_numbers(public_index: ListIndex) -> None:
    assert public_index.size < 3_000_000
    assert all(array.dtype != np.dtype(object) for array in public_index.arrays.values())
