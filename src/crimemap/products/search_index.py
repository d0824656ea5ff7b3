"""
What the search knows of a release's names, in files so small that a telephone loads a few of them for a query.

A name is found by the first letters of each of its words. Names whose words begin alike share a file `n-LETTERS.json`; one
that would be too large keeps what matters most and the rest is shared out by one more letter, `_` for words that end there.
So the file with the longest letters that a typed word begins with has every name with that word, unless it is on the list
`cut`.
`w-` and `v-` files list words by how they begin and by how they end: one mistyped letter leaves one of the two as it was.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from crimemap.products.search_words import fold, readings

__all__ = ["INDEX", "KINDS", "AreaTable", "SearchArea", "SearchStreet", "write_names"]

INDEX: Final = "index.json"
#: Kinds of what can be found, those that most people look for first.
KINDS: Final = ("force", "csp", "lad", "neighbourhood", "ctyua", "county", "bcu", "pfa", "street")
_LEAST_LETTERS: Final = 2
_MOST_LETTERS: Final = 12
_END: Final = "_"
_WORD_BYTES: Final = 16_000


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SearchArea:
    """
    An area with a page.

    `within` names what it lies in, '' if nothing; `folder` is that of its page below the site's root; `also` are words by
    which it is found too.
    """

    kind: str
    name: str
    within: str
    folder: str
    force: str
    also: str = ""

    def row(self) -> list[str]:
        """Give the area as the files have it."""
        return [self.name, self.kind, self.within, self.folder, self.force, *([self.also] if self.also else [])]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SearchStreet:
    """A street's or public place's name, and the areas that have map points of that name."""

    name: str
    areas: tuple[SearchArea, ...]


@dataclass(frozen=True, slots=True)
class _Item:
    """Something that a file lists: its place in the order (by kind, short names first), its words, itself."""

    rank: tuple[int, int, str, str]
    words: tuple[str, ...]
    what: SearchArea | SearchStreet


class AreaTable:
    """The areas that a file names, each once, and their numbers in it."""

    def __init__(self) -> None:
        self._numbers: dict[SearchArea, int] = {}

    def number(self, area: SearchArea) -> int:
        """Give an area's number."""
        return self._numbers.setdefault(area, len(self._numbers))

    def rows(self) -> list[list[str]]:
        """List the areas."""
        return [area.row() for area in self._numbers]


def text_of(value: Any) -> str:
    """Write JSON without spaces, in the letters that names have."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def write_names(
    areas: Iterable[SearchArea],
    streets: Iterable[SearchStreet],
    folder: Path,
    *,
    most_bytes: int = 24_000,
    most_places: int = 12,
) -> dict[str, Any]:
    """
    Write the files of names and of words.

    Parameters
    ----------
    areas, streets
        What can be found.
    folder
        Where the files go; it is made.
    most_bytes
        Size in UTF-8 above which a file keeps what matters most and the rest is shared out.
    most_places
        A street in more areas than this has a file of its own for them.

    Returns
    -------
    dict
        `names` and `cut` (letters of the files of names), `first` and `last` (letters of the files of words).
    """
    folder.mkdir(parents=True, exist_ok=True)
    items = [
        _Item((KINDS.index(one.kind), len(fold(one.name)), one.name, one.folder), _words(one), one) for one in set(areas)
    ]
    street_rank = KINDS.index("street")
    items += [_Item((street_rank, len(fold(one.name)), one.name, ""), _words(one), one) for one in streets]
    items = sorted((one for one in items if one.words), key=lambda one: one.rank)
    writer = _Writer(folder, most_bytes, most_places)
    writer.share_out(items)
    first, last = _write_words(items, folder)
    return {"names": writer.whole, "cut": writer.cut, "first": first, "last": last}


def _words(one: SearchArea | SearchStreet) -> tuple[str, ...]:
    text = f"{one.name} {one.also}" if isinstance(one, SearchArea) else one.name
    return tuple(sorted({reading for word in fold(text) for reading in readings(word)}))


class _Writer:
    """Shares items out among files."""

    def __init__(self, folder: Path, most_bytes: int, most_places: int) -> None:
        self._folder, self._most_bytes, self._most_places = folder, most_bytes, most_places
        self._apart: dict[str, str] = {}
        self.whole: list[str] = []
        self.cut: list[str] = []

    def share_out(self, items: Sequence[_Item]) -> None:
        waiting = list(_by_letters(items, "", 1).items())
        while waiting:
            letters, some = waiting.pop()
            if self._fits(some):
                self.whole.append(letters)
                self._write(letters, some)
                continue
            self.cut.append(letters)
            self._write(letters, self._first_that_fit(some))
            if not letters.endswith(_END) and len(letters) < _MOST_LETTERS:
                waiting.extend(_by_letters(some, letters, len(letters) + 1).items())
        self.whole.sort()
        self.cut.sort()

    def _fits(self, items: Sequence[_Item]) -> bool:
        # An entry has more than 30 bytes, which says of many lists without writing them that they do not fit.
        return len(items) * 12 <= self._most_bytes and len(self._text(items).encode()) <= self._most_bytes

    def _first_that_fit(self, items: Sequence[_Item]) -> Sequence[_Item]:
        low, high = 0, min(len(items), self._most_bytes // 12)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._fits(items[:middle]) else (low, middle - 1)
        return items[:low]

    def _text(self, items: Sequence[_Item]) -> str:
        table = AreaTable()
        found, streets = [], []
        for item in items:
            if isinstance(item.what, SearchArea):
                found.append(table.number(item.what))
            elif len(item.what.areas) <= self._most_places:
                streets.append([item.what.name, [table.number(area) for area in item.what.areas]])
            else:
                streets.append([item.what.name, self._apart_file(item.what)])
        return text_of({"areas": table.rows(), "found": found, "streets": streets})

    def _apart_file(self, street: SearchStreet) -> str:
        """Write the areas of a street that is in very many, once; give the file's name."""
        if street.name not in self._apart:
            name = f"s-{len(self._apart)}"
            self._apart[street.name] = name
            rows = [area.row() for area in street.areas]
            (self._folder / f"{name}.json").write_text(text_of({"areas": rows}), encoding="utf-8")
        return self._apart[street.name]

    def _write(self, letters: str, items: Sequence[_Item]) -> None:
        (self._folder / f"n-{letters}.json").write_text(self._text(items), encoding="utf-8")


def _by_letters(items: Sequence[_Item], start: str, n: int) -> dict[str, list[_Item]]:
    """Group items by the first letters of their words that begin with `start`; a word that is `start` gets an end."""
    groups: dict[str, list[_Item]] = {}
    for item in items:
        keys = {word[:n] if len(word) >= n else word + _END for word in item.words if word.startswith(start)}
        for key in keys:
            groups.setdefault(key, []).append(item)
    return groups


def _write_words(items: Sequence[_Item], folder: Path) -> tuple[list[str], list[str]]:
    counted = Counter(word for item in items for word in item.words if len(word) >= _LEAST_LETTERS)
    words = sorted(counted.items())
    beginnings = _letters_of(words, lambda word, n: word[:n])
    endings = _letters_of(words, lambda word, n: word[-n:])
    for kind, groups in (("w", beginnings), ("v", endings)):
        for letters, some in groups.items():
            text = " ".join(f"{word} {n}" for word, n in some)
            (folder / f"{kind}-{letters}.json").write_text(text_of(text), encoding="utf-8")
    return sorted(beginnings), sorted(endings)


def _letters_of(words: list[tuple[str, int]], letters: Any) -> dict[str, list[tuple[str, int]]]:
    """Group words by one letter, or by two where one would make a large file."""
    groups: dict[str, list[tuple[str, int]]] = {}
    for word, n in words:
        groups.setdefault(letters(word, 1), []).append((word, n))
    made: dict[str, list[tuple[str, int]]] = {}
    for key, some in groups.items():
        if sum(len(word) + 3 for word, _ in some) <= _WORD_BYTES:
            made[key] = some
            continue
        for word, n in some:
            made.setdefault(letters(word, 2), []).append((word, n))
    return made
