"""
Answering a search from the files of a release, as `static/js/search-index.js` does in the browser.

The public server uses it for readers whose browser runs no scripts.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

from crimemap.products.search_index import INDEX
from crimemap.products.search_postcode_typed import KnownOutwards, full_postcode
from crimemap.products.search_ranking import Score, Wording, name_rank, rated
from crimemap.products.search_words import edits, fold, readings

__all__ = ["Answer", "Found", "SearchFiles"]

_LONGEST: Final = 100
_MOST_WORDS: Final = 6
_MOST_LETTERS: Final = 12
_MOST_APART: Final = 3
_LEAST_TO_MEND: Final = 3
_LONG_WORD: Final = 6
_MOST_GUESSES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One result: an area, a street in an area, or (kind `outward`, no folder) the beginning of postcodes."""

    name: str
    kind: str
    within: str
    folder: str
    force: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    What a search found.

    `status` is `names`, `some` (only some of the words fit), `postcode` (one result), `postcodes` (areas of a partial
    postcode), `unknown postcode` (results are the areas near by, if any), `short` or `none`. `meant` is the query that was
    answered instead of the one asked, '' if it is the same. `more` says that longer words would find more.
    """

    status: str
    results: list[Found]
    total: int
    meant: str = ""
    more: bool = False


@dataclass(frozen=True, slots=True)
class _Area:
    name: str
    kind: str
    within: str
    folder: str
    force: str
    also: str

    def wording(self) -> Wording:
        return Wording.of(self.kind, self.name, around=self.within, folder=self.folder, also=self.also)

    def found(self) -> Found:
        return Found(name=self.name, kind=self.kind, within=self.within, folder=self.folder, force=self.force)


class SearchFiles:
    """
    The search files of one release.

    Parameters
    ----------
    folder
        `search` in the release's site.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, Any] = {}
        self._index: dict[str, Any] = self._read(INDEX.removesuffix(".json"))
        self._whole, self._cut = set(self._index["names"]), set(self._index["cut"])

    def find(self, asked: str, *, most: int = 50) -> Answer:
        """
        Search.

        Parameters
        ----------
        asked
            What was typed; the first 100 letters count.
        most
            How many results at most.
        """
        text = asked.strip()[:_LONGEST]
        full = full_postcode(text)
        if full is not None:
            return self._postcode(*full, most)
        known = KnownOutwards(self._index["postcodes"])
        partial = known.partial(text)
        if partial is not None:
            results = self._areas_of(*partial)
            return Answer(status="postcodes", results=results[:most], total=len(results))
        words = fold(text)[:_MOST_WORDS]
        if not any(len(word) > 1 for word in words):
            return Answer(status="short", results=[], total=0)
        begun = known.beginning_with(text)
        if begun and any(letter.isdigit() for letter in text):
            return _outwards(begun, most)
        answer = self._names(words, most)
        return _outwards(begun, most) if begun and answer.status != "names" else answer

    def _names(self, words: list[str], most: int) -> Answer:
        answer = self._matching(words, most, least=len(words))
        if answer.total:
            return answer
        for guess in self._guesses(words):
            mended = self._matching(guess, most, least=len(guess))
            if mended.total:
                return Answer(
                    status="names", results=mended.results, total=mended.total, meant=" ".join(guess), more=mended.more
                )
        if len(words) > 1:
            for least in range(len(words) - 1, 0, -1):
                some = self._matching(words, most, least=least)
                if some.total:
                    return Answer(status="some", results=some.results, total=some.total, more=some.more)
        return Answer(status="none", results=[], total=0)

    def _matching(self, words: list[str], most: int, *, least: int) -> Answer:
        areas: dict[str, _Area] = {}
        streets: dict[str, Any] = {}
        cut = False
        for name, whole in self._files_for(words).items():
            cut = cut or not whole
            held = self._read(f"n-{name}")
            table = [_area(row) for row in held["areas"]]
            for number in held["found"]:
                areas.setdefault(table[number].folder, table[number])
            for street, places in held["streets"]:
                streets.setdefault(street, places if isinstance(places, str) else [table[n] for n in places])
        scored = [(score, one.found()) for one in areas.values() if (score := rated(words, one.wording(), least=least))]
        of_streets, apart = self._streets(words, streets, least)
        scored += of_streets
        scored.sort(key=lambda pair: pair[0])
        results, more = [one for _, one in scored[:most]], cut or apart > _MOST_APART
        return Answer(status="names", results=results, total=len(scored), more=more)

    def _streets(self, words: list[str], streets: dict[str, Any], least: int) -> tuple[list[tuple[Score, Found]], int]:
        """Give streets with their scores, and how many of them have a file of their own: few of those are read."""
        ranks = {name: name_rank(words, Wording.of("street", name, around="", folder="")) for name in streets}
        scored: list[tuple[Score, Found]] = []
        apart = 0
        for _, name in sorted((rank, name) for name, rank in ranks.items() if rank is not None):
            places = streets[name]
            if isinstance(places, str):
                apart += 1
                if apart > _MOST_APART:
                    continue
                places = [_area(row) for row in self._read(places)["areas"]]
            for place in places:
                within = f"{place.name}, {place.within}" if place.within else place.name
                score = rated(words, Wording.of("street", name, around=within, folder=place.folder), least=least)
                if score is not None:
                    found = Found(name=name, kind="street", within=within, folder=place.folder, force=place.force)
                    scored.append((score, found))
        return scored, apart

    def _files_for(self, words: Iterable[str]) -> dict[str, bool]:
        """Give the files that may name the words, and whether each has all that it might."""
        found: dict[str, bool] = {}
        for word in words:
            for reading in readings(word):
                found |= self._files_of(reading)
        return found

    def _files_of(self, word: str) -> dict[str, bool]:
        for n in range(min(len(word), _MOST_LETTERS), 0, -1):
            letters = word[:n]
            if letters in self._whole:
                return {letters: True}
            if letters in self._cut:
                if n < min(len(word), _MOST_LETTERS):
                    return {}
                end = f"{letters}_"
                ended = {end: end in self._whole} if end in self._whole or end in self._cut else {}
                return {letters: False, **ended}
        return {}

    def _guesses(self, words: list[str]) -> list[list[str]]:
        """Give what the words may have been meant to be, likeliest first."""
        mended = [self._mended(word) for word in words]
        chosen = sorted(product(*(range(len(one)) for one in mended)), key=lambda numbers: (sum(numbers), numbers))
        guesses = [[one[n] for one, n in zip(mended, numbers, strict=True)] for numbers in chosen[: 2 * _MOST_GUESSES]]
        return [guess for guess in guesses if guess != words]

    def _mended(self, word: str) -> list[str]:
        if len(word) < _LEAST_TO_MEND:
            return [word]
        counted = self._words_like(word)
        if word in counted:
            return [word]
        allowed = 1 if len(word) < _LONG_WORD else 2
        ranked = []
        for known, n in counted.items():
            distance, begun = edits(word, known), False
            if len(known) > len(word) and distance > allowed:
                distance, begun = edits(word, known[: len(word)]), True
            if distance <= allowed:
                ranked.append((distance, begun, -n, known))
        best = [known for *_, known in sorted(ranked)[:_MOST_GUESSES]]
        # A word that others begin with may have been typed as far as that, or wrongly.
        return [word, *best] if not best or any(known.startswith(word) for known in counted) else best

    def _words_like(self, word: str) -> dict[str, int]:
        """Read the words that begin, or end, as the word does; or begin with its second letter, the first being astray."""
        names = [f"w-{one}" for one in self._index["first"] if word.startswith(one) or word[1:].startswith(one)]
        names += [f"v-{one}" for one in self._index["last"] if word.endswith(one)]
        counted: dict[str, int] = {}
        for name in names:
            parts = self._read(name).split(" ")
            counted.update(zip(parts[::2], map(int, parts[1::2]), strict=True))
        return counted

    def _postcode(self, outward: str, inward: str, most: int) -> Answer:
        if outward in self._index["postcodes"]:
            held = self._read(f"p-{outward}")
            for number, units in held["sectors"].get(inward[0], []):
                if inward[1:] in {units[at : at + 2] for at in range(0, len(units), 2)}:
                    return Answer(status="postcode", results=[_area(held["areas"][number]).found()], total=1)
            near = self._areas_of(outward, inward[0]) or self._areas_of(outward, "")
            return Answer(status="unknown postcode", results=near[:most], total=len(near))
        return Answer(status="unknown postcode", results=[], total=0)

    def _areas_of(self, outward: str, sector: str) -> list[Found]:
        """Give the areas of an outward code or of one of its sectors, those with most postcodes first."""
        held = self._read(f"p-{outward}")
        counted: dict[int, int] = {}
        for digit, parts in held["sectors"].items():
            for number, units in parts if not sector or digit == sector else ():
                counted[number] = counted.get(number, 0) + len(units)
        areas = [(-n, one.name, one.folder, one) for number, n in counted.items() for one in [_area(held["areas"][number])]]
        return [one.found() for *_, one in sorted(areas, key=lambda row: row[:3])]

    def _read(self, name: str) -> Any:
        if name not in self._held:
            self._held[name] = json.loads((self._folder / f"{name}.json").read_text(encoding="utf-8"))
        return self._held[name]


def _outwards(codes: list[str], most: int) -> Answer:
    results = [Found(name=code, kind="outward", within="", folder="", force="") for code in codes]
    return Answer(status="postcodes", results=results[:most], total=len(results))


def _area(row: list[str]) -> _Area:
    name, kind, within, folder, force, *also = row
    return _Area(name, kind, within, folder, force, " ".join(also))
