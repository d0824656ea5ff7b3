"""
In which languages the pages of a release are written, and the ways between them.

English pages stand at the site's root, those of another language in a folder named after it, under the same paths. Data,
maps and assets exist once.
"""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from crimemap.errors import ParameterError
from crimemap.forces import WELSH_FORCES
from crimemap.language import ENGLISH, LANGUAGES, WELSH, language

__all__ = ["checked_languages", "counterparts", "forces_of_languages", "page_folder", "ways"]

#: What a page's language is called in its markup.
_TAGS: Final = {ENGLISH: "en-GB"}


def checked_languages(asked: Iterable[str]) -> tuple[str, ...]:
    """
    Put languages in order, English first, each once.

    Raises
    ------
    ParameterError
        If one of them has no catalogue, or English is not among them: its pages are the ones at the root.

    Examples
    --------
    >>> checked_languages(["cy", "en"])
    ('en', 'cy')
    """
    given = [one.strip() for one in asked]
    for code in given:
        if code not in LANGUAGES:
            raise ParameterError(f"no language {code[:20]!r}", where="languages", fix=f"Give {','.join(LANGUAGES)} or less.")
    if ENGLISH not in given:
        raise ParameterError("pages are always written in English", where="languages", fix=f"Add {ENGLISH}.")
    return tuple(code for code in LANGUAGES if code in given)


def forces_of_languages(forces: Iterable[str], asked: tuple[str, ...] | None) -> dict[str, frozenset[str]]:
    """
    Give each language of a release the forces whose pages are written in it.

    Parameters
    ----------
    forces
        Slugs of the release's forces.
    asked
        The languages that every force shall have; None for Welsh where a force is one of Wales, and English for all.

    Examples
    --------
    >>> {code: sorted(some) for code, some in forces_of_languages(["gwent", "kent"], None).items()}
    {'en': ['gwent', 'kent'], 'cy': ['gwent']}
    >>> sorted(forces_of_languages(["kent"], None)), sorted(forces_of_languages(["kent"], ("en", "cy")))
    (['en'], ['cy', 'en'])
    """
    every = frozenset(forces)
    if asked is not None:
        return dict.fromkeys(asked, every)
    welsh = every & WELSH_FORCES
    return {ENGLISH: every, WELSH: welsh} if welsh else {ENGLISH: every}


def page_folder(folder: str) -> str:
    """Give the folder of a page in the language that is spoken, from that of the English page."""
    spoken = language()
    return folder if spoken == ENGLISH else f"{spoken}/{folder}".rstrip("/")


def ways(folder: str) -> tuple[str, str]:
    """
    Give the ways from a page to the root of its language's pages, and to the site's.

    Parameters
    ----------
    folder
        Of the English page, whatever is spoken.

    Examples
    --------
    >>> from crimemap.language import speaking
    >>> ways("areas/csp/E1")
    ('../../../', '../../../')
    >>> with speaking("cy"):
    ...     ways("areas/csp/E1")
    ('../../../', '../../../../')
    """
    home = "../" * len(Path(folder).parts)
    return home, home if language() == ENGLISH else f"{home}../"


def counterparts(page: str, written: Collection[str], *, root: str) -> list[dict[str, object]]:
    """
    Give the same page in each language that it is written in; nothing if that is one.

    Parameters
    ----------
    page
        The English page's address below the site's root.
    written
        The languages.
    root
        The way to the site's root.

    Examples
    --------
    >>> [one["href"] for one in counterparts("about/index.html", ["en", "cy"], root="../")]
    ['../about/index.html', '../cy/about/index.html']
    """
    if len(written) == 1:
        return []
    return [
        {
            "code": code,
            "tag": _TAGS.get(code, code),
            "name": LANGUAGES[code],
            "href": f"{root}{'' if code == ENGLISH else f'{code}/'}{page}",
            "current": code == language(),
        }
        for code in written
    ]
