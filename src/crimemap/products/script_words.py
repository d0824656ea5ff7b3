"""The texts of scripts in each language: tables that `words.js` reads, made from the same catalogue as the pages."""

import json
from collections.abc import Iterable
from pathlib import Path

from crimemap.language import ENGLISH, read_catalogue

__all__ = ["script_words", "write_script_words"]

_SCRIPTS = "static/js/"


def script_words(code: str) -> dict[str, str | list[str]]:
    """
    Give what scripts say in a language, by the English text: a text, or one for each of the language's plural forms.

    Parameters
    ----------
    code
        A key of `crimemap.language.LANGUAGES` that has a catalogue.
    """
    words: dict[str, str | list[str]] = {}
    for message in read_catalogue(code):
        if message.id and message.string and any(file.startswith(_SCRIPTS) for file, _ in message.locations):
            if isinstance(message.id, str):
                words[message.id] = str(message.string)
            else:
                words[str(message.id[0])] = [str(one) for one in message.string]
    return words


def write_script_words(folder: Path, languages: Iterable[str]) -> None:
    """
    Write the table of each language but English, in which a text is its own key.

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
            text = json.dumps(script_words(code), ensure_ascii=False, sort_keys=True, indent=0)
            (folder / f"{code}.json").write_text(text + "\n", encoding="utf-8")
