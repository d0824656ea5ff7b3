"""The texts of scripts in each language: tables that `words.js` reads, made from the same catalogue as the pages."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from crimemap.language import ENGLISH, read_catalogue

__all__ = ["OWN_TABLES", "script_words", "write_script_words"]

_SCRIPTS: Final = "static/js/"
#: Folders of scripts that say so much that one page alone reads it: each has a table of its own.
OWN_TABLES: Final = ("planner",)


def script_words(code: str, folder: str = "") -> dict[str, str | list[str]]:
    """
    Give what scripts say in a language, by the English text: a text, or one for each of the language's plural forms.

    Parameters
    ----------
    code
        A key of `crimemap.language.LANGUAGES` that has a catalogue.
    folder
        One of `OWN_TABLES`; without it, what the scripts outside of these say.
    """
    words: dict[str, str | list[str]] = {}
    for message in read_catalogue(code):
        if message.id and message.string and any(_folder(file) == folder for file, _ in message.locations):
            if isinstance(message.id, str):
                words[message.id] = str(message.string)
            else:
                words[str(message.id[0])] = [str(one) for one in message.string]
    return words


def _folder(file: str) -> str | None:
    """Give whose table a source's texts stand in; None for what is no script."""
    if not file.startswith(_SCRIPTS):
        return None
    first = file.removeprefix(_SCRIPTS).partition("/")[0]
    return first if first in OWN_TABLES else ""


def write_script_words(folder: Path, languages: Iterable[str]) -> None:
    """
    Write the tables of each language but English, in which a text is its own key.

    Parameters
    ----------
    folder
        Where `words.js` looks for them.
    languages
        Of the release.
    """
    for code in languages:
        if code != ENGLISH:
            folder.mkdir(exist_ok=True)
            for own in ("", *OWN_TABLES):
                text = json.dumps(script_words(code, own), ensure_ascii=False, sort_keys=True, indent=0)
                name = f"{code}-{own}.json" if own else f"{code}.json"
                (folder / name).write_text(text + "\n", encoding="utf-8")
