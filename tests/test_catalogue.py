"""The catalogues hold every text, whole, with the places that its English has."""

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from crimemap.language import ENGLISH, LANGUAGES, WELSH, ngettext, read_catalogue, speaking
from crimemap.products.script_words import script_words
from tests.catalogue import ROOT, path_of, texts

TRANSLATED = [code for code in LANGUAGES if code != ENGLISH]
_PLACE = re.compile(r"%\((\w+)\)s|\{(\w+)\}|(%%)|(</?\w+[^>]*>)")

_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)


@pytest.fixture(scope="module")
def said():
    return {(message.context, message.id): message for message in texts() if message.id}


@pytest.fixture(scope="module", params=TRANSLATED)
def held(request):
    return {(message.context, message.id): message for message in read_catalogue(request.param) if message.id}


def places(text):
    return Counter("".join(found) for found in _PLACE.findall(text))


def forms(text):
    return [text] if isinstance(text, str) else list(text)


def test_the_texts_of_templates_python_and_scripts_are_found(said):
    files = {file for message in said.values() for file, _ in message.locations}
    assert {file.rpartition(".")[2] for file in files} == {"py", "html", "js"}
    assert (None, "Burglary") in said
    assert (None, "{n} incident was recorded {where} {when}.", "…")[1] in {
        key[1][0] for key in said if len(forms(key[1])) > 1
    }


def test_every_text_is_translated_whole(said, held):
    """`python -m tests.catalogue` brings new texts into the catalogue; each then needs its translation."""
    lacking = [key[1] for key in said if key not in held or not all(forms(held[key].string))]
    assert lacking == []


def test_no_translation_is_a_guess(held):
    assert [message.id for message in held.values() if message.fuzzy] == []


def test_the_catalogue_has_nothing_that_is_no_longer_said(said, held):
    assert [key[1] for key in held if key not in said] == []


def test_every_translation_has_the_places_of_its_text(held):
    """A form for a certain number may leave the number out; nothing else may be left out, and nothing may come in."""
    wrong = [
        (forms(message.id)[0], text)
        for message in held.values()
        for text in forms(message.string)
        if places(text) not in [places(english) for english in forms(message.id)]
    ]
    assert wrong == []


def test_welsh_has_six_forms_and_uses_each():
    with path_of(WELSH).open("rb") as file:
        assert read_po(file).num_plurals == 6
    with speaking(WELSH):
        said = [
            ngettext("{n} incident was recorded {where} {when}.", "{n} incidents were recorded {where} {when}.", n)
            for n in (0, 1, 2, 3, 6, 4, 7, 100)
        ]
        gaps = [
            ngettext(
                "{n} month is left out, as a number is not shown.", "{n} months are left out, as a number is not shown.", n
            )
            for n in (1, 2, 3)
        ]
    assert said[2] == "Cofnodwyd {n} ddigwyddiad {where} {when}."
    assert set(said) == {"Cofnodwyd {n} digwyddiad {where} {when}.", said[2]}
    assert [words.split()[2] for words in gaps] == ["mis", "fis", "mis"]


def test_each_number_takes_its_own_form():
    forms_ = read_catalogue(WELSH).get("{n} result for “{query}”")
    assert forms_ is not None
    zero, one, two, three, six, many = forms_.string
    with speaking(WELSH):
        for n, expected in (
            (0, zero),
            (1, one),
            (2, two),
            (3, three),
            (4, many),
            (5, many),
            (6, six),
            (7, many),
            (13, many),
        ):
            assert ngettext("{n} result for “{query}”", "{n} results for “{query}”", n) == expected


def test_scripts_find_their_words_by_the_english_text(said):
    scripts = {
        forms(message.id)[0]: {file for file, _ in message.locations if file.startswith("static/js/")}
        for message in said.values()
    }
    of_planner = "static/js/planner/"
    tables = {own: script_words(WELSH, own) for own in ("", "planner")}
    assert set(tables["planner"]) == {key for key, files in scripts.items() if any(f.startswith(of_planner) for f in files)}
    assert set(tables[""]) == {key for key, files in scripts.items() if any(not f.startswith(of_planner) for f in files)}
    assert all(len(text) == 6 for words in tables.values() for text in words.values() if isinstance(text, list))


def test_no_text_that_a_script_says_is_passed_over(said):
    """The reader of scripts does not see a text inside another's call, nor beside braces inside a template string."""
    known = {forms(message.id)[0] for message in said.values()}
    scripts = [file for file in (ROOT / "static" / "js").rglob("*.js") if "jobs" not in file.parts]
    spoken = [
        (file.name, text.replace(r"\'", "'"))
        for file in scripts
        for _, text in re.findall(
            r"""\bsay(?:Many)?\((['"])((?:\\.|(?!\1)[^\\])*)\1""", _COMMENT.sub("", file.read_text("utf-8"))
        )
    ]
    assert len(spoken) > 300
    assert [one for one in spoken if one[1] not in known] == []


def test_each_script_of_the_planner_that_speaks_is_read_for_the_catalogue(said):
    """Not the odd text of one file: every part of the page that a tab shows."""
    files = {Path(file).stem for message in said.values() for file, _ in message.locations if "static/js/planner/" in file}
    assert files >= {
        "assumptions",
        "fit",
        "front",
        "ladder",
        "legend",
        "main",
        "map",
        "matrix",
        "outcome",
        "plan",
        "scenario",
    }
    assert files >= {"search", "small_areas", "small_map", "tables", "words"}
