"""How well a name fits a query: best the name itself, then names that begin so, then names that have its words."""

from collections.abc import Iterable
from dataclasses import dataclass

from crimemap.products.search_index import KINDS
from crimemap.products.search_words import fold, readings

__all__ = ["Score", "Wording", "name_rank", "rated"]

Score = tuple[int, int, int, int, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A name as a query meets it: its words in order, all that it answers to, and the words of what is around it."""

    kind: str
    name: str
    around: str
    folder: str
    folded: tuple[str, ...]
    answers_to: frozenset[str]
    words_around: frozenset[str]

    @classmethod
    def of(cls, kind: str, name: str, *, around: str, folder: str, also: str = "") -> "Wording":
        """Take a name apart."""
        answers_to = frozenset(reading for word in fold(f"{name} {also}") for reading in readings(word))
        return cls(
            kind=kind,
            name=name,
            around=around,
            folder=folder,
            folded=tuple(fold(name)),
            answers_to=answers_to,
            words_around=frozenset(fold(around)),
        )


def _fits(word: str, words: Iterable[str]) -> bool:
    return any(one.startswith(reading) for reading in readings(word) for one in words)


def name_rank(words: list[str], wording: Wording) -> tuple[int, int] | None:
    """
    Say how well a name alone fits: 0 is the name, 1 its beginning, 2 some of its words; then less for each whole word.

    Words of the query that do not fit the name are for what is around it, and are passed over.

    Examples
    --------
    >>> mill = Wording.of("street", "Mill St", around="Ashby", folder="")
    >>> name_rank(["mill", "street"], mill), name_rank(["mil"], mill), name_rank(["st"], mill), name_rank(["bath"], mill)
    ((0, -2), (1, 0), (2, -1), None)
    """
    if not any(_fits(word, wording.answers_to) for word in words):
        return None
    whole = -sum(any(reading in wording.answers_to for reading in readings(word)) for word in words)
    inside = [word for word in words if _fits(word, wording.answers_to)]
    own = [frozenset(readings(word)) for word in wording.folded]
    pairs = list(zip(inside, own, strict=False))
    if len(inside) == len(own) and all(held.intersection(readings(word)) for word, held in pairs):
        return 0, whole
    begins = len(inside) <= len(own) and all(_fits(word, held) for word, held in pairs)
    return (1, whole) if begins else (2, whole)


def rated(words: list[str], wording: Wording, *, least: int) -> Score | None:
    """
    Rate a name for a query, the best lowest; None where fewer than `least` words fit it or what is around it.

    Examples
    --------
    >>> mill = Wording.of("street", "Mill Lane", around="Ashby", folder="x")
    >>> rated(["mill", "ash"], mill, least=2), rated(["mill", "bath"], mill, least=2)
    ((1, -1, 1, 8, 'Mill Lane', 'Ashby', 'x'), None)
    """
    rank = name_rank(words, wording)
    if rank is None:
        return None
    within = [_fits(word, wording.answers_to) for word in words]
    outside = sum(not inside and _fits(word, wording.words_around) for inside, word in zip(within, words, strict=True))
    if sum(within) + outside < least:
        return None
    return *rank, outside, KINDS.index(wording.kind), wording.name, wording.around, wording.folder
