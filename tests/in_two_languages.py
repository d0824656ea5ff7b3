"""Compare a document in two languages: sentences differ, everything else is the same."""

from collections.abc import Iterator
from typing import Any

__all__ = ["SAID", "texts", "worded_alike"]

#: Fields that hold sentences or words for people, at whatever depth; `rules` and lists hold several.
SAID = frozenset({"says", "cautions", "notes", "missing", "rules", "label", "left_out"})
#: Where these are codes or names after all.
CODES = frozenset({"code", "name", "force"})


def texts(document: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give every value of a document with the way to it."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from texts(value, (*path, str(key)))
    elif isinstance(document, list):
        for k, value in enumerate(document):
            yield from texts(value, (*path, str(k)))
    else:
        yield path, document


def worded_alike(english: Any, welsh: Any) -> int:
    """Insist that documents differ in all of their words for people and in nothing else; give how many such there are."""
    one, other = dict(texts(english)), dict(texts(welsh))
    assert list(one) == list(other)
    spoken = {path for path in one if SAID & set(path) and path[-1] not in CODES and isinstance(one[path], str)}
    assert [path for path in one if path not in spoken and one[path] != other[path] and not _of_a_body(path, one)] == []
    assert [one[path] for path in sorted(spoken) if one[path] == other[path]] == []
    return len(spoken)


def _of_a_body(path: tuple[str, ...], values: dict[tuple[str, ...], Any]) -> bool:
    """The Secretary of State is one person, whose name is a title."""
    return path[-1] == "name" and values.get((*path[:-1], "kind")) == "Secretary of State"
