"""Reports on mergers: what a board reads agrees with what was scored, and nothing is promised that was not."""

import re
import zlib
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from importlib.util import find_spec

import geopandas as gpd
import pytest
import shapely

from crimemap.alignment.mergers.options import ScoreOptions, SearchOptions
from crimemap.alignment.mergers.scenario import parse
from crimemap.alignment.mergers.scored import score
from crimemap.alignment.mergers.searched import plan_search
from crimemap.errors import CrimemapError
from crimemap.language import ENGLISH, WELSH, speaking
from crimemap.products import merger_figures as figures
from crimemap.products import merger_words as words
from crimemap.products import pdf
from crimemap.products.merger_report import merger_report
from tests.alignment.mergers.made import TARGETS, UNITS, boxes, small

A, B, C, D = UNITS
ASSUMED = {
    "running_cost": [80_000, 120_000], "share_saved": [0.3, 0.5], "transition": [10_000, 20_000],
    "disaggregation": [0, 50_000], "years": 5, "source": "an example",
}  # fmt: skip
MADE = date(2026, 11, 5)


class Text(HTMLParser):
    """The words of a page, without scripts and styles."""

    def __init__(self):
        super().__init__()
        self.words, self.inside, self.tags = [], [], []

    def handle_starttag(self, tag, attrs):
        self.inside.append(tag)
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"style", "script"} & set(self.inside):
            self.words.append(data)


def read(html):
    page = Text()
    page.feed(html)
    return " ".join(" ".join(page.words).split()), page.tags


def shapes_after(merged):
    boxed = boxes(UNITS)
    made = {code: shapely.union_all(boxed.geometry.loc[units].to_numpy()) for code, units in merged.items()}
    left = [code for code in boxed.index if not any(code in units for units in merged.values())]
    shapes = made | {code: boxed.geometry[code] for code in left}
    return gpd.GeoDataFrame(index=list(shapes), geometry=list(shapes.values()), crs=27700)


def report(asked, merged, *, search=None, planning=None, **options):
    found = score(planning or small(), parse(asked), options=ScoreOptions.from_mapping(options)).to_json()
    return found, merger_report(
        found, before=boxes(UNITS), after=shapes_after(merged), targets=boxes(TARGETS), made=MADE,
        sources=["Source: an example <of a source>"], search=search,
    )  # fmt: skip


BOTH = {"merge": [{"units": [A, B], "code": "AB", "name": "Both"}]}


def test_the_report_says_what_was_scored():
    _, html = report(BOTH, {"AB": [A, B]})
    said, _ = read(html)
    assert "from 1,200 to 400" in said
    assert f"Join Area {A} and Area {B} as “Both”." in said
    assert "Coterminous areas: 0 before, 1 after; 0 people live in one before, 800 after." in said
    assert "People misplaced, all areas together 1,200 400 \N{MINUS SIGN}800" in said
    assert "No area is taken apart" in said
    assert "5 November 2026" in said


def test_everyone_who_must_agree_is_listed_and_counted():
    found, html = report(BOTH, {"AB": [A, B]})
    said, _ = read(html)
    parties = next(one for one in found["law"] if one["unit"] == "AB")["parties"]
    assert f"Both: {len(parties)} bodies must agree." in said
    assert said.count("County council:") == sum(one["kind"] == "county council" for one in parties) == 1
    assert "to be looked up" in said


def test_without_assumptions_no_pound_is_named():
    _, html = report(BOTH, {"AB": [A, B]})
    said, _ = read(html)
    assert "£" not in said
    assert "No savings are estimated, because no assumptions were given." in said


def test_savings_are_ranges_with_what_was_assumed():
    _, html = report(BOTH, {"AB": [A, B]}, savings=ASSUMED)
    said, _ = read(html)
    assert "Saved every year £24,000 to £60,000" in said
    assert "Spent once £20,000 to £40,000" in said
    assert "Net over 5 years £80,000 to £280,000" in said
    assert "Source of the assumptions: an example." in said


def test_a_proposal_across_forces_and_countries_warns_in_the_first_lines():
    asked = {"merge": [{"units": [C, D], "code": "CD", "name": "Across"}]}
    said, _ = read(report(asked, {"CD": [C, D]})[1])
    short = said[said.index("In short") : said.index("What is proposed")]
    assert "more than one police area" in short
    assert "an area in Wales" in short


def test_limits_for_local_focus_are_named_where_they_are_passed():
    said, _ = read(report(BOTH, {"AB": [A, B]}, spread={"distance_km": 1.5})[1])
    local = said[said.index("Is it still local?") : said.index("Who must agree")]
    assert "Limits set: 1.5 km to the farthest resident." in local
    assert re.search(r"km distance", local)


def test_the_alternatives_of_a_search_stand_beside_the_proposal():
    planning = small()
    found = plan_search(
        planning, options=SearchOptions.from_mapping({"objective": "misfit", "front": True, "savings": ASSUMED})
    )
    merged = {one["code"]: one["units"] for one in found.to_json()["scenario"]["merge"]}
    _, html = report(found.to_json()["scenario"], merged, search=found.to_json(), savings=ASSUMED)
    said, _ = read(html)
    alternatives = said[said.index("The alternatives") :]
    rows = found.to_json()["front"]["rows"]
    assert len(rows) > 1
    for row in rows:
        assert f"{row['n_partnerships']} {row['n_changes']} {round(row['people']):,} £" in alternatives
    assert found.to_json()["says"] in said


def test_people_under_another_force_are_named_and_within_one_force_nobody_is():
    made = small()
    force = made.bricks["unit"].map({A: "P1", B: "P2", C: "P1", D: "P2"})
    two, one = (replace(made, bricks=made.bricks.assign(force=given)) for given in (force, "P1"))
    moved = {"move": [{"bricks": [made.bricks.loc[made.bricks["unit"] == A, "brick"].iloc[0]], "to": C}]}
    said, _ = read(report(moved, {}, planning=two)[1])
    assert f"Move 1 small area of Area {A} to Area {C}." in said
    assert f"Area {A}: of the people of Area X who live outside it, 400 live under another police force" in said
    assert "another police force" not in read(report(moved, {}, planning=one)[1])[0]
    # Once both forces are in the group there is no line left between them.
    assert "another police force" not in read(report(BOTH, {"AB": [A, B]}, planning=two)[1])[0]


def test_no_change_reads_as_no_change():
    _, html = report({"merge": [{"units": [A, B], "code": "AB"}]}, {"AB": [A, B]})
    assert "as “" not in html
    found = score(small(), parse(BOTH), options=ScoreOptions()).to_json() | {
        "changed": [], "law": [], "spread": [], "after": [], "scenario": {"name": "", "merge": [], "split": [], "move": []},
    }  # fmt: skip
    found["after"] = found["before"]
    said, _ = read(merger_report(found, before=boxes(UNITS), after=boxes(UNITS), targets=None, made=MADE, sources=[]))
    assert "Nothing is changed: this is how things stand." in said
    assert "No partnership is combined" in said


def test_a_proposal_that_leaves_the_misfit_as_it_is_says_so():
    found = score(small(), parse(BOTH), options=ScoreOptions()).to_json()
    for row in found["summary"]:
        row["after"] = row["before"]
    said, _ = read(merger_report(found, before=boxes(UNITS), after=boxes(UNITS), targets=None, made=MADE, sources=[]))
    assert "as it is: 1,200." in said
    assert "from 1,200 to" not in said


def test_names_from_a_file_cannot_run_in_the_report():
    asked = {"merge": [{"units": [A, B], "code": "AB", "name": "<script>alert(1)</script>"}]}
    _, html = report(asked, {"AB": [A, B]})
    _, tags = read(html)
    assert not [tag for tag, _ in tags if tag == "script"]
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert "&lt;script&gt;" in html


def test_the_report_fetches_nothing():
    _, tags = read(report(BOTH, {"AB": [A, B]})[1])
    assert not [tag for tag, _ in tags if tag in ("link", "img", "iframe", "script")]
    assert not [value for _, attributes in tags for name, value in attributes.items() if name in ("src", "href")]


@pytest.mark.skipif(find_spec("weasyprint") is None, reason="the extra 'pdf' is not installed")
def test_the_printed_report_is_a_tagged_pdf_with_its_title():
    printed = pdf.pdf_of(report(BOTH, {"AB": [A, B]})[1])
    assert printed.startswith(b"%PDF-")
    streams = re.findall(rb"stream\n(.*?)\nendstream", printed, flags=re.DOTALL)
    inside = b"".join(zlib.decompress(stream) if stream.startswith(b"x") else stream for stream in streams)
    assert b"/StructTreeRoot" in inside
    assert b"pdfuaid" in inside


def test_a_page_that_asks_for_another_file_prints_without_it(caplog):
    pytest.importorskip("weasyprint", reason="the extra 'pdf' is not installed")
    printed = pdf.pdf_of('<html lang="en"><title>t</title><body><img alt="x" src="file:///etc/hostname">a</body></html>')
    assert printed.startswith(b"%PDF-")
    assert any("disallowed protocol" in record.getMessage() for record in caplog.records)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "weasyprint", None)
    with pytest.raises(CrimemapError, match=r"Install crimemap\[pdf\]"):
        pdf.pdf_of("<p>")


def test_an_unknown_number_is_not_a_zero():
    assert words.set_words("odd-2020") == "odd (2020)"
    rows = [{"measure": "misfit", "before": None, "after": 0.0, "change": None, "unit": "people"}]
    assert next(iter(figures.summary(rows))) == {
        "words": "People misplaced, all areas together", "before": "-", "after": "0", "change": "-",
    }  # fmt: skip


def told_in(code, steps, planning, *, search=False):
    """Make a report with all its sections, in a language; give its text, piece by piece, and its tags."""
    with speaking(code):
        found = plan_search(planning, options=SearchOptions.from_mapping({"front": True, "savings": ASSUMED}))
        scored = score(
            planning,
            parse(steps, may_be_empty=True),
            options=ScoreOptions.from_mapping({"savings": ASSUMED, "spread": {"distance_km": 1.5, "n_districts": 9}}),
        )
        html = merger_report(
            scored.to_json(), before=boxes(UNITS), after=boxes(UNITS), targets=boxes(TARGETS), made=MADE,
            sources=["Source: an example"], search=found.to_json() if search else None, release="r-1",
            incidents_months=("2025-01", "2025-12"),
        )  # fmt: skip
    page = Text()
    page.feed(html)
    return {" ".join(word.split()) for word in page.words if word.strip()}, page.tags, html


@pytest.mark.parametrize("search", [False, True])
@pytest.mark.parametrize(
    "steps",
    [
        {},
        {"merge": [{"units": [A, B], "code": "AB", "name": "Both"}]},
        {"merge": [{"units": [C, D]}]},
        {"split": [{"unit": C, "into": [{"code": "N1", "name": "N1", "districts": ["E06000003"]}]}]},
        {"move": [{"bricks": ["b00", "b01"], "to": B}]},
    ],
)
def test_a_report_in_welsh_says_nothing_in_english_but_names_and_where_figures_come_from(steps, search):
    made = small()
    force = made.bricks["unit"].map({A: "P1", B: "P2", C: "P1", D: "P2"})
    planning = replace(made, bricks=made.bricks.assign(force=force))
    english, tags, html = told_in(ENGLISH, steps, planning, search=search)
    welsh, welsh_tags, welsh_html = told_in(WELSH, steps, planning, search=search)
    assert [tag for tag, _ in welsh_tags] == [tag for tag, _ in tags]
    names = re.compile(r"(Area|Target|District) \S+|Area \S+ \+ Area \S+|Both|N1|Source: an example")
    words = {text for text in english & welsh if re.search("[A-Za-z]{3}", text)}
    assert [text for text in sorted(words) if not names.fullmatch(text)] == []
    assert dict(tags[0:1])["html"] == {"lang": "en-GB"}
    assert dict(welsh_tags[0:1])["html"] == {"lang": "cy"}
    assert '<li lang="en-GB">Source: an example</li>' in welsh_html
    assert "Source: an example</li>" in html
    assert 'lang="en-GB">Source' not in html
    assert "5 Tachwedd 2026" in welsh_html
    assert "Ffigurau: datganiad r-1 y wefan hon." in welsh
