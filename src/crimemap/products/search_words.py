"""
How the search reads names and what people type: without case, accents and apostrophes, abbreviations written out.

`static/js/search-index.js` does the same in the browser; a test holds the two to one another.
"""

import re
import unicodedata
from typing import Final

__all__ = ["ALIKE", "edits", "fold", "readings"]

_APOSTROPHES: Final = re.compile("['`\u2018\u2019\u02bc]")
_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")
#: What an abbreviation may stand for. "St" is a saint or a street.
ALIKE: Final = {
    "st": ("saint", "street"),
    "rd": ("road",),
    "ave": ("avenue",),
    "av": ("avenue",),
    "ln": ("lane",),
    "cl": ("close",),
    "cres": ("crescent",),
    "sq": ("square",),
    "dr": ("drive",),
    "pl": ("place",),
    "ct": ("court",),
    "gdns": ("gardens",),
    "terr": ("terrace",),
    "pk": ("park",),
}
_UNSAID: Final = "and"


def fold(text: str) -> list[str]:
    """
    Give the words of a name or query as the search compares them.

    Examples
    --------
    >>> fold("St. Mary's St"), fold("Ynys-môn"), fold("Harbour and Quay")
    (['st', 'marys', 'st'], ['ynys', 'mon'], ['harbour', 'quay'])
    """
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text).lower())
    letters = "".join(c for c in plain if not unicodedata.category(c).startswith("M"))
    words = _NOT_WORD.sub(" ", letters).split()
    return [word for word in words if word != _UNSAID] or words


def readings(word: str) -> tuple[str, ...]:
    """
    Give the words that a word of a name or query may stand for, itself first.

    Examples
    --------
    >>> readings("st"), readings("mill")
    (('st', 'saint', 'street'), ('mill',))
    """
    return (word, *ALIKE.get(word, ()))


def edits(one: str, other: str) -> int:
    """
    Count the letters to change, leave out, put in or swap with the next one, to make one word of another.

    Optimal string alignment distance; see https://doi.org/10.1145/363958.363994 (Damerau 1964).

    Examples
    --------
    >>> edits("cadriff", "cardiff"), edits("abbot", "abbots"), edits("", "abc")
    (1, 1, 3)
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
