"""The page of results as a server gives it to browsers that run no scripts; static/js/search.js says the same in others."""

from pathlib import Path
from typing import Any, Final

from markupsafe import escape

from crimemap.language import ENGLISH, gettext, language, ngettext, speaking
from crimemap.products.names import AREA_TYPE_NAMES, area_type_name
from crimemap.products.rendering import environment
from crimemap.products.search_query import Answer, Found, SearchFiles
from crimemap.products.wording import number

__all__ = ["Searched", "answer_search"]

_BEGIN: Final = "<!-- results -->"
_END: Final = "<!-- end of results -->"
_FIELD: Final = 'name="q" value=""'
_MOST: Final = 50


class Searched:
    """
    What a server answers a search with: a page, or the address of the one page that was asked for.

    Parameters
    ----------
    page
        HTML; '' where `go_to` is given.
    go_to
        The address of a page, from that of the page of results.
    """

    def __init__(self, *, page: str = "", go_to: str = "") -> None:
        self.page, self.go_to = page, go_to


def answer_search(site: Path, page: Path, asked: str, *, spoken: str = ENGLISH, home: str = "../") -> Searched:
    """
    Answer a search from a release's own files.

    Parameters
    ----------
    site
        The release's site.
    page
        Its page of results in the language of the reader.
    asked
        What was typed.
    spoken
        The language of the page.
    home
        The way from the page to the first page in its language.
    """
    answer = SearchFiles(site / "search").find(asked, most=_MOST)
    with speaking(spoken):
        results = [_shown(one, site, home) for one in answer.results]
        if answer.status == "postcode":
            return Searched(go_to=str(results[0]["href"]))
        said = environment().get_template("search_results.html")
        html = said.render(sentences=_sentences(asked.strip(), answer), results=results, lists=f"{home}index.html#forces")
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return Searched(page=f"{before}{html}{after}".replace(_FIELD, f'name="q" value="{escape(asked)}"', 1))


def _shown(one: Found, site: Path, home: str) -> dict[str, Any]:
    if one.kind == "outward":
        kind = gettext("Postcodes that begin so")
        return {"name": one.name, "href": f"{home}search/index.html?q={one.name}", "kind": kind, "within": ""}
    written = language() == ENGLISH or (site / language() / one.folder / "index.html").is_file()
    kind = area_type_name(one.kind) if one.kind in AREA_TYPE_NAMES else gettext("Street or public place")
    return {
        "name": one.name,
        "href": f"{home}{'' if written else '../'}{one.folder}/index.html",
        "kind": kind,
        "within": one.within,
    }


def _sentences(asked: str, answer: Answer) -> list[str]:
    """Say what was found, and what to do where it is not what was meant."""
    if answer.status == "short":
        return [gettext("Type at least two letters or digits.")]
    if answer.status == "none":
        return [
            gettext("Nothing here is called “{query}”.").format(query=asked),
            gettext("Check the spelling, leave a word out, or give the name of the town instead."),
        ]
    if answer.status == "unknown postcode":
        said = [
            gettext("We don't know the postcode {query}. It may be new, or outside the areas that this site has.").format(
                query=asked.upper()
            )
        ]
        return [*said, gettext("Postcodes that begin in the same way are in:")] if answer.total else said
    said = [
        ngettext("{n} result for “{query}”", "{n} results for “{query}”", answer.total).format(
            n=number(answer.total), query=answer.meant or asked
        )
    ]
    if answer.meant:
        said.insert(0, gettext("Nothing here is called “{query}”. Did you mean “{meant}”?").format(
            query=asked, meant=answer.meant
        ))  # fmt: skip
    if answer.status == "some":
        said = [gettext("Nothing here has all the words of “{query}”. These have some of them.").format(query=asked)]
    if answer.total > len(answer.results):
        said.append(
            gettext("The first {n} are listed. Add a word, such as the name of the town, to find fewer.").format(
                n=number(len(answer.results))
            )
        )
    return said
