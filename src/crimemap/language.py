"""
The language that pages speak: English, or what a catalogue has.

It is a property of the running context, as the time zone is for a clock: a function of words needs no parameter for it, and
two threads may write in two languages at once. Catalogues are the `.po` files that translators edit; nothing is compiled.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from gettext import NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from crimemap.errors import ParameterError

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "WELSH",
    "Sentence",
    "catalogue",
    "gettext",
    "language",
    "marked",
    "ngettext",
    "pgettext",
    "read_catalogue",
    "speaking",
]

ENGLISH: Final = "en"
WELSH: Final = "cy"
#: Each language's name in itself.
LANGUAGES: Final = {ENGLISH: "English", WELSH: "Cymraeg"}

_spoken: ContextVar[str] = ContextVar("crimemap_language", default=ENGLISH)


@cache
def catalogue(code: str) -> NullTranslations:
    """
    Read a language's catalogue; English needs none.

    Parameters
    ----------
    code
        A key of `LANGUAGES`.

    Raises
    ------
    ParameterError
        If there is no such language.
    """
    if code not in LANGUAGES:
        raise ParameterError(f"no language {code!r}", where="language", fix=f"Give one of {', '.join(LANGUAGES)}.")
    if code == ENGLISH:
        return NullTranslations()
    # In memory: nobody has to remember to compile.
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(code))
    compiled.seek(0)
    return Translations(compiled, domain="crimemap")


def read_catalogue(code: str) -> Catalog:
    """Read a language's catalogue as its translators wrote it, with the places where each text stands."""
    with (files("crimemap") / "locale" / code / "LC_MESSAGES" / "crimemap.po").open("rb") as file:
        return read_po(file)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """
    Speak a language inside a `with` block.

    Examples
    --------
    >>> with speaking("cy"):
    ...     language()
    'cy'
    >>> language()
    'en'
    """
    catalogue(code)
    token = _spoken.set(code)
    try:
        yield
    finally:
        _spoken.reset(token)


def language() -> str:
    """Give the language that is spoken here."""
    return _spoken.get()


def gettext(message: str) -> str:
    """Translate a text; what the catalogue lacks stays English, and nothing stays nothing."""
    return catalogue(_spoken.get()).gettext(message) if message else message


def marked(message: str) -> str:
    """Give a text back as it is: it stands in a table of a module, and whoever reads the table translates it."""
    return message


def ngettext(singular: str, plural: str, n: int) -> str:
    """Translate a text that depends on a number: Welsh has six forms of it."""
    return catalogue(_spoken.get()).ngettext(singular, plural, n)


def pgettext(context: str, message: str) -> str:
    """Translate a text whose meaning depends on where it stands."""
    return catalogue(_spoken.get()).pgettext(context, message)


@dataclass(frozen=True, slots=True)
class Sentence:
    """
    A sentence that is kept and worded when it is told, in the language that is spoken then.

    Attributes
    ----------
    text
        In English, `marked` where it stands in a program, with a place for each value.
    values
        What stands in the places, as text; without any the text is said as it is.

    Examples
    --------
    >>> kept = Sentence("The search did not end within {seconds} s.", {"seconds": "20"})
    >>> str(kept)
    'The search did not end within 20 s.'
    """

    text: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Word it."""
        said = gettext(self.text)
        return said.format(**self.values) if self.values else said
