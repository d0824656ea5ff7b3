"""Words after one another as a sentence has them, with "and" as the language says it."""

import re
from typing import Final

from crimemap.language import WELSH, gettext, language

__all__ = ["joined_names", "listed_words"]

_VOWELS: Final = frozenset("aeiouwyâêîôûŵŷáéíóúàèìòùäëïöü")
#: Welsh "a" changes these letters at the start of the word after it, unless they are one letter with the h that follows.
_ASPIRATED: Final = re.compile(r"([cpt])(?!h)", re.IGNORECASE)
_WITH_H: Final = r"\1h"


def listed_words(words: list[str]) -> str:
    """
    Join words of the language that is spoken.

    Examples
    --------
    >>> listed_words(["May", "June", "July"]), listed_words(["May"])
    ('May, June and July', 'May')
    >>> from crimemap.language import speaking
    >>> with speaking("cy"):
    ...     listed_words(["Mai", "Tachwedd"]), listed_words(["Mawrth", "Ebrill"])
    ('Mai a Thachwedd', 'Mawrth ac Ebrill')
    """
    if len(words) < 2:  # noqa: PLR2004 - one word needs no joining
        return "".join(words)
    first, last = ", ".join(words[:-1]), words[-1]
    if language() != WELSH:
        return gettext("{words} and {last}").format(words=first, last=last)
    if last[:1].lower() in _VOWELS:
        return f"{first} ac {last}"
    return f"{first} a {_ASPIRATED.sub(_WITH_H, last, count=1) if _ASPIRATED.match(last) else last}"


def joined_names(names: list[str]) -> str:
    """
    Join names, which no language changes.

    Examples
    --------
    >>> joined_names(["data.police.uk", "the force's own records"])
    "data.police.uk and the force's own records"
    """
    if len(names) < 2:  # noqa: PLR2004 - one name needs no joining
        return "".join(names)
    return gettext("{names} and {last}").format(names=", ".join(names[:-1]), last=names[-1])
