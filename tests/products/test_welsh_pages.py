"""No English is left on Welsh pages but names, what publishers and teams wrote, and what is said to be English."""

import re
from html.parser import HTMLParser

import pytest

from crimemap.language import WELSH, read_catalogue

#: Words that no Welsh sentence has and hardly an English one does without.
_ENGLISH = re.compile(
    r"\b(the|of|and|are|was|were|with|this|that|from|which|have|has|been|not|there|each|every)\b", re.IGNORECASE
)
_SPOKEN = ("aria-label", "title", "alt", "placeholder", "content")
_VOID = {"meta", "link", "input", "br", "img", "hr", "wbr"}


class Words(HTMLParser):
    """The texts of a page and of its attributes that are read out, but those in another language or by a team."""

    def __init__(self):
        super().__init__()
        self.open, self.said = [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        elsewhere = given.get("lang", "cy") != "cy" or "cm-user-content" in (given.get("class") or "") or tag == "script"
        skipped = elsewhere or (bool(self.open) and self.open[-1][1])
        if not skipped and given.get("name") not in {"viewport", "theme-color"}:
            self.said += [given[name] for name in _SPOKEN if given.get(name)]
        if tag not in _VOID:
            self.open.append((tag, skipped))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if data.strip() and not (self.open and self.open[-1][1]):
            self.said.append(" ".join(data.split()))


def words_of(page):
    found = Words()
    found.feed(page)
    return found.said


@pytest.fixture(scope="module")
def pages(bilingual):
    folder = bilingual.path / "site" / "cy"
    return {page.relative_to(folder).as_posix(): page.read_text("utf-8") for page in folder.rglob("*.html")}


def test_english_would_be_seen_and_what_is_marked_as_english_is_not():
    assert words_of('<p>one<br>two</p><p lang="en-GB">three</p><b aria-label="four">five</b>') == [
        "one",
        "two",
        "four",
        "five",
    ]


def test_no_text_of_a_welsh_page_is_english(pages):
    assert len(pages) > 20
    left = {(name, text) for name, page in pages.items() for text in words_of(page) if _ENGLISH.search(text)}
    assert left == set()


def test_no_text_stands_untranslated_on_a_welsh_page(pages):
    """Short texts have none of those words: whatever equals an English text that has a translation is one that got away."""
    english = {
        text.replace("%%", "%")
        for message in read_catalogue(WELSH)
        for text, said in [(message.id, message.string)]
        if isinstance(text, str) and text and "{" not in text and "%(" not in text and said != text
    }
    left = {(name, text) for name, page in pages.items() for text in words_of(page) if text in english}
    assert left == set()
