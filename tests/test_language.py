"""The language that pages speak."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from crimemap.errors import ParameterError
from crimemap.language import LANGUAGES, catalogue, gettext, language, ngettext, speaking


def test_english_is_spoken_where_nothing_was_said():
    assert language() == "en"
    assert gettext("About the data") == "About the data"
    assert ngettext("one", "several", 2) == "several"


def test_welsh_texts_come_from_the_catalogue_and_end_with_the_block():
    with speaking("cy"):
        assert gettext("About the data") == "Ynglŷn â'r data"
    assert gettext("About the data") == "About the data"


def test_what_the_catalogue_lacks_stays_english():
    with speaking("cy"):
        assert gettext("no such text") == "no such text"


def test_two_threads_speak_two_languages_at_once():
    both = Barrier(2)

    def said(code):
        with speaking(code):
            both.wait(timeout=10)
            return gettext("Find an area")

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(said, ["en", "cy"])) == {"Find an area", "Dod o hyd i ardal"}


@pytest.mark.parametrize("code", ["fr", "../cy", ""])
def test_an_unknown_language_is_refused_with_those_there_are(code):
    with pytest.raises(ParameterError, match="Give one of en, cy"), speaking(code):
        pass


def test_every_language_but_english_has_a_catalogue():
    assert all(catalogue(code) is not None for code in LANGUAGES)
