"""Laying an applicant's name beside a listed one: which word stands for which, in any order, joined or parted."""

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.screening.index import PARENT_MARK, PARTICLE, PATRONYMIC, ListIndex
from kiosk.screening.names import PARENT_MARKS
from kiosk.screening.similarity import PREFIX, SAME_SOUND, Likeness, QueryWord, joined_similarity, match

SURE = 0.85
"""Words this similar are paired before joined words are tried."""

LEAST_JOINED = 0.85
SHORTEST_JOINED = 5
"""Letters of a word that may be several words written together."""

SHORTEST_SAME = 4
"""Letters of a word that may be two short ones written together, letter by letter or by sound: YURO and YU RO."""

PARENT_WEIGHT = 0.35
"""Share of its weight that a patronymic, or a parent's name after BIN, counts where the other side leaves it out."""

SHORTEST_PREFIX = 2


@dataclass(frozen=True, slots=True)
class Pair:
    """Places of the words that stand for each other (more than one where they are joined), and how they match."""

    applicant: tuple[int, ...]
    listed: tuple[int, ...]
    similarity: float
    information: float
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Alignment:
    """`listed` are word numbers of the index; weights and sums are in nats."""

    applicant: tuple[QueryWord, ...]
    listed: tuple[int, ...]
    pairs: tuple[Pair, ...]
    missing_listed: tuple[int, ...]
    """Places of applicant's words that the listed name doesn't have."""
    missing_applicant: tuple[int, ...]
    """Places of listed words that the applicant's name doesn't have."""

    @property
    def swapped(self) -> bool:
        """The words that match stand in another order."""
        places = [pair.listed[0] for pair in sorted(self.pairs, key=lambda pair: pair.applicant)]
        return places != sorted(places)


def align(
    index: ListIndex,
    applicant: Sequence[QueryWord],
    listed: Sequence[int],
    *,
    may_be_cut: bool,
    parts_words: bool = False,
) -> Alignment:
    """The best pairs first, each word once; ties by place, so that the same names always align the same way.

    `parts_words`: a word of SHORTEST_SAME letters may be two as well.
    """
    shortest = SHORTEST_SAME if parts_words else SHORTEST_JOINED
    cells = []
    for i, word in enumerate(applicant):
        seen = word.seen
        for j, number in enumerate(listed):
            found = seen[number] if number in seen else match(index, word, number)
            if found is not None:
                cells.append((-found.similarity, abs(i - j), i, j, found))
    cells.sort(key=_order)
    free_applicant, free_listed = set(range(len(applicant))), set(range(len(listed)))
    pairs: list[Pair] = []
    joined = len(applicant) == len(listed) == 1
    for negative, _, i, j, found in cells:
        if not joined and -negative < SURE:
            joined = True
            _join(index, applicant, listed, free_applicant, free_listed, pairs, shortest)
        if i in free_applicant and j in free_listed:
            free_applicant.remove(i)
            free_listed.remove(j)
            pairs.append(Pair((i,), (j,), found.similarity, found.information, found.likeness))
    if free_applicant and free_listed:
        if not joined:
            _join(index, applicant, listed, free_applicant, free_listed, pairs, shortest)
        if may_be_cut:
            _complete(index, applicant, listed, free_applicant, free_listed, pairs)
    return Alignment(
        tuple(applicant), tuple(listed), tuple(pairs), tuple(sorted(free_applicant)), tuple(sorted(free_listed))
    )


def _order(cell: tuple[float, int, int, int, object]) -> tuple[float, int, int, int]:
    return cell[:4]


def _join(
    index: ListIndex,
    applicant: Sequence[QueryWord],
    listed: Sequence[int],
    free_applicant: set[int],
    free_listed: set[int],
    pairs: list[Pair],
    shortest: int,
) -> None:
    """Pair a word with two or three neighbouring words of the other side that were written together."""
    if not free_applicant or not free_listed or len(free_applicant) + len(free_listed) < 3:
        return
    texts = [word.word.text for word in applicant]
    others = [index.word(number)[0] for number in listed]
    found = [
        *((s, i, run, False) for i in free_applicant for s, run in _runs(texts[i], others, free_listed, shortest)),
        *((s, j, run, True) for j in free_listed for s, run in _runs(others[j], texts, free_applicant, shortest)),
    ]
    for similarity, one, run, parted in sorted(found, key=lambda row: (-row[0], row[1], row[2], row[3])):
        ours, theirs = (run, (one,)) if parted else ((one,), run)
        if free_applicant.issuperset(ours) and free_listed.issuperset(theirs):
            free_applicant.difference_update(ours)
            free_listed.difference_update(theirs)
            weight = min(sum(applicant[i].weight for i in ours), sum(index.word(listed[j])[3] for j in theirs))
            pairs.append(Pair(ours, theirs, similarity, weight, Likeness.JOINED))


def _runs(one: str, texts: Sequence[str], free: set[int], shortest: int) -> list[tuple[float, tuple[int, ...]]]:
    """Neighbouring free words that are `one` when written together, with the similarity."""
    found: list[tuple[float, tuple[int, ...]]] = []
    if len(one) >= shortest:
        least = LEAST_JOINED if len(one) >= SHORTEST_JOINED else SAME_SOUND
        for start in free:
            run: tuple[int, ...] = (start,)
            length = len(texts[start])
            for end in range(start + 1, min(start + 3, len(texts))):
                if end not in free:
                    break
                run = (*run, end)
                length += len(texts[end])
                begins_or_ends = one[0] == texts[start][0] or one[-1] == texts[end][-1]
                if begins_or_ends and -2 <= length - len(one) <= 2:
                    similarity = joined_similarity(one, tuple(texts[i] for i in run))
                    if similarity >= least:
                        found.append((similarity, run))
    return found


def _complete(
    index: ListIndex,
    applicant: Sequence[QueryWord],
    listed: Sequence[int],
    free_applicant: set[int],
    free_listed: set[int],
    pairs: list[Pair],
) -> None:
    """Pair the last word of a name that may be cut with the listed word it begins."""
    last = len(applicant) - 1
    beginning = applicant[last].word.text
    if last not in free_applicant or len(beginning) < SHORTEST_PREFIX:
        return
    for j in sorted(free_listed):
        text, _, _, weight = index.word(listed[j])
        if text.startswith(beginning):
            free_applicant.remove(last)
            free_listed.remove(j)
            information = min(weight, 1.2 * len(beginning))
            pairs.append(Pair((last,), (j,), PREFIX, information, Likeness.PREFIX))
            return


def missing_weight_applicant(alignment: Alignment) -> float:
    """Nats of the applicant's words without a counterpart; a parent's name counts less."""
    words = alignment.applicant
    return sum(words[i].weight * (PARENT_WEIGHT if _is_parent(words, i) else 1.0) for i in alignment.missing_listed)


def _is_parent(words: Sequence[QueryWord], place: int) -> bool:
    if words[place].word.patronymic:
        return True
    return place > 0 and words[place - 1].word.text in PARENT_MARKS


def missing_weight_listed(index: ListIndex, alignment: Alignment) -> float:
    """Nats of the listed words without a counterpart; a parent's name counts less."""
    total = 0.0
    for j in alignment.missing_applicant:
        _, _, flags, weight = index.word(alignment.listed[j])
        parent = flags & PATRONYMIC or (j > 0 and index.word(alignment.listed[j - 1])[2] & PARENT_MARK)
        total += weight * (PARENT_WEIGHT if parent else 1.0)
    return total


def counted_words(index: ListIndex, alignment: Alignment) -> int:
    """Pairs that are more than a particle."""
    return sum(
        1
        for pair in alignment.pairs
        if len(pair.applicant) > 1
        or not (
            alignment.applicant[pair.applicant[0]].word.particle
            or index.word(alignment.listed[pair.listed[0]])[2] & PARTICLE
        )
    )
