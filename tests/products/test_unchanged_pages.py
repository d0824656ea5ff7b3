"""A release that takes unchanged pages from the one before is, byte for byte, the one that would have been built without."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest

from crimemap.products import area_building, area_sources
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from crimemap.products.manifest import MANIFEST, hash_files, hash_of, write_manifest
from crimemap.products.page_record import PAGES, EarlierPages, PageFile, PageRecord, release_stamp
from tests.products.county import FORCE, LATEST, county

BEFORE, AFTER = datetime(2025, 7, 3, tzinfo=UTC), datetime(2025, 8, 14, tzinfo=UTC)
OPTIONS = ReleaseOptions(languages=("en", "cy"), reports="on-demand")
N01 = f"forces/{FORCE}/neighbourhoods/N01"
#: 12 neighbourhoods, one without a boundary, 2 districts, 2 partnerships, the force and its area; in two languages.
PAGES_OF_AREAS = 2 * 19


def changed_team(inputs, **texts):
    first, *rest = inputs.neighbourhoods
    return replace(inputs, neighbourhoods=[{**first, **texts}, *rest])


def without_the_last_month(inputs):
    return replace(
        inputs,
        latest_month="2025-05",
        incidents=inputs.incidents[inputs.incidents["month"] < LATEST],
        coverage=inputs.coverage[inputs.coverage["month"] < LATEST],
        outcomes=None,
    )


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    return build_release(county(), OPTIONS, tmp_path_factory.mktemp("before"), now=BEFORE)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Give what is built from the same with nothing before it."""
    return build_release(county(), OPTIONS, tmp_path_factory.mktemp("alone"), now=AFTER)


def beside(before, folder):
    """Give a folder of releases with a copy of the one before."""
    shutil.copytree(before.path, folder / before.release_id)
    return folder


def same_files(one, other):
    files = [
        {name: told["sha256"] for name, told in made.manifest["files"].items() if not name.endswith(".duckdb")}
        for made in (one, other)
    ]
    return one.release_id == other.release_id and files[0] == files[1]


def test_if_nothing_changed_no_page_of_an_area_is_built(before, alone, tmp_path):
    made = build_release(county(), OPTIONS, beside(before, tmp_path), now=AFTER)
    assert (made.areas.built, made.areas.unchanged, made.areas.known) == (0, PAGES_OF_AREAS, PAGES_OF_AREAS)
    assert (alone.areas.built, alone.areas.unchanged) == (PAGES_OF_AREAS, 0)
    assert same_files(made, alone)


def test_one_teams_words_build_its_page_alone_in_each_language(before, tmp_path):
    event = {"title": "Surgery", "start_date": "2025-09-02T18:30:00", "end_date": "2025-09-02T19:30:00"}
    inputs = changed_team(county(), description="<p>A new team.</p>", events=[event])
    made = build_release(inputs, OPTIONS, beside(before, tmp_path / "beside"), now=AFTER)
    assert (made.areas.built, made.areas.unchanged, made.areas.known) == (2, PAGES_OF_AREAS - 2, PAGES_OF_AREAS - 2)
    assert "A new team." in (made.path / f"site/{N01}/index.html").read_text("utf-8")
    assert "A new team." in (made.path / f"reports/{N01}/report.html").read_text("utf-8")
    assert "20250902T183000" in (made.path / f"site/{N01}/calendar.ics").read_text("utf-8")
    assert same_files(made, build_release(inputs, OPTIONS, tmp_path / "alone", now=AFTER))


def test_another_month_builds_every_page(alone, tmp_path):
    build_release(without_the_last_month(county()), OPTIONS, tmp_path, now=BEFORE)
    made = build_release(county(), OPTIONS, tmp_path, now=AFTER)
    assert made.areas.unchanged == 0
    assert same_files(made, alone)


def test_an_incident_more_builds_the_areas_that_say_so_and_not_all(before, tmp_path):
    inputs = county()
    one = inputs.incidents[inputs.incidents["place_id"] == 215].iloc[[0]].assign(id=10**7, month="2023-09")
    inputs = replace(inputs, incidents=pd.concat([inputs.incidents, one], ignore_index=True))
    made = build_release(inputs, OPTIONS, beside(before, tmp_path / "beside"), now=AFTER)
    assert 0 < made.areas.built < PAGES_OF_AREAS
    assert same_files(made, build_release(inputs, OPTIONS, tmp_path / "alone", now=AFTER))


def test_another_version_of_what_makes_pages_builds_them_all(before, tmp_path, monkeypatch):
    for module in (area_building, area_sources):
        monkeypatch.setattr(module, "page_maker", lambda: "another template")
    assert build_release(county(), OPTIONS, beside(before, tmp_path), now=AFTER).areas.unchanged == 0


def test_another_option_that_pages_show_builds_them_all(before, tmp_path):
    options = replace(OPTIONS, site_address="https://crime.example.org")
    made = build_release(county(), options, beside(before, tmp_path / "beside"), now=AFTER)
    assert made.areas.unchanged == 0
    assert same_files(made, build_release(county(), options, tmp_path / "alone", now=AFTER))


def test_all_pages_are_built_where_that_is_asked_for(before, tmp_path):
    assert build_release(county(), OPTIONS, beside(before, tmp_path), now=AFTER, anew=True).areas.unchanged == 0


def test_the_record_names_each_file_with_its_hash(before):
    told = json.loads((before.path / PAGES).read_text("utf-8"))
    assert told["release_id"] == before.release_id
    assert len(told["pages"]) == PAGES_OF_AREAS
    for page in told["pages"].values():
        assert {name: hash_of(before.path / name) for name in page["files"]} == page["files"]


SITE = {"name": "Crime in your area", "release_id": "20250814T000000Z-0badf00d", "created": AFTER.isoformat()}
FILES = [PageFile("site/a/index.html", "release_stamp.html"), PageFile("site/embed/a/index.html")]


@pytest.fixture
def earlier(tmp_path):
    """Give a release of one page."""
    release = tmp_path / "20250703T000000Z-00000000"
    site = {**SITE, "release_id": release.name, "created": BEFORE.isoformat()}
    for one in FILES:
        path = release / one.name
        path.parent.mkdir(parents=True)
        path.write_text(f"<p>Harbour</p><p>{release_stamp('release_stamp.html', site) if one.stamp else ''}</p>", "utf-8")
    record = PageRecord(release, site)
    record.note("a", "key", FILES)
    record.write()
    write_manifest(release, {"files": hash_files(release)})
    return release


def taken(release, folder, key="key", files=FILES):
    return EarlierPages(release).take("a", folder, SITE, key=key, files=files)


def test_a_page_is_taken_with_the_name_of_its_new_release(earlier, tmp_path):
    assert taken(earlier, tmp_path)
    assert (tmp_path / FILES[0].name).read_text("utf-8") == (
        "<p>Harbour</p><p>Release 20250814T000000Z-0badf00d, made 14 August 2025.</p>"
    )
    assert (tmp_path / FILES[1].name).read_bytes() == (earlier / FILES[1].name).read_bytes()


@pytest.mark.parametrize(
    "asked", [{"key": "other"}, {"files": FILES[:1]}, {"files": [*FILES, PageFile("site/a/feed.atom")]}]
)
def test_a_page_made_from_something_else_or_of_other_files_is_not_taken(earlier, tmp_path, asked):
    assert not taken(earlier, tmp_path, **asked)
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("damaged", ["site/a/index.html", "site/embed/a/index.html", PAGES, MANIFEST])
@pytest.mark.parametrize("gone", [True, False])
def test_nothing_is_taken_of_what_is_not_as_it_was_built(earlier, tmp_path, damaged, gone):
    path = earlier / damaged
    path.unlink() if gone else path.write_text(path.read_text("utf-8").replace("a", "b"), "utf-8")
    assert not taken(earlier, tmp_path)
    assert not (tmp_path / "site").exists()


def test_a_page_in_which_somebody_wrote_the_same_line_is_not_taken(earlier, tmp_path):
    path = earlier / FILES[0].name
    path.write_text(path.read_text("utf-8") * 2, "utf-8")
    record = PageRecord(earlier, {"release_id": earlier.name, "created": BEFORE.isoformat()})
    record.note("a", "key", FILES)
    record.write()
    write_manifest(earlier, {"files": hash_files(earlier)})
    assert not taken(earlier, tmp_path)


def _renamed(inputs):
    areas = inputs.areas.copy()
    areas.loc[areas["area_code"] == "N05", "area_name"] = "Another name"
    return replace(inputs, areas=areas)


def _more_people(inputs):
    areas = inputs.areas.copy()
    areas.loc[areas["area_code"] == "N05", "population"] = 3_000
    return replace(inputs, areas=areas)


def _another_boundary(inputs):
    areas = inputs.areas.copy()
    at = areas.index[areas["area_code"] == "N12"][0]
    areas.loc[at, "geometry"] = areas.geometry[at].buffer(-30)
    return replace(inputs, areas=areas)


def _another_street(inputs):
    busiest = inputs.incidents["place_id"].value_counts().index[0]
    there = inputs.incidents["place_id"] == busiest
    named = inputs.incidents["location"].mask(there, "On or near Elsewhere Street")
    return replace(inputs, incidents=inputs.incidents.assign(location=named))


def _another_type(inputs):
    incidents = inputs.incidents.copy()
    late = incidents.index[incidents["month"] == LATEST][:25]
    incidents.loc[late, "offence_type"] = "Burglary"
    return replace(inputs, incidents=incidents)


def _a_month_without_data(inputs):
    coverage = inputs.coverage.copy()
    coverage.loc[(coverage["month"] == "2024-11") & (coverage["table_name"] == "incidents"), "status"] = "no_data"
    return replace(inputs, coverage=coverage, incidents=inputs.incidents[inputs.incidents["month"] != "2024-11"])


def _other_outcomes(inputs):
    outcomes = inputs.outcomes.copy()
    outcomes["outcome"] = "Suspect charged"
    return replace(inputs, outcomes=outcomes, incidents=inputs.incidents.assign(last_outcome="Suspect charged"))


def _another_parent(inputs):
    return replace(inputs, area_parents=inputs.area_parents.iloc[:-1])


def _another_licence(inputs):
    first, *rest = inputs.boundary_sets
    return replace(inputs, boundary_sets=[{**first, "attribution": "Drawn by somebody else"}, *rest])


def _no_bricks(inputs):
    return replace(inputs, bricks=None)


@pytest.mark.parametrize(
    "changed",
    [
        _renamed, _more_people, _another_boundary, _another_street, _another_type, _a_month_without_data, _other_outcomes,
        _another_parent, _another_licence, _no_bricks,
    ],
)  # fmt: skip
def test_whatever_changes_no_page_stays_that_would_be_another(changed, before, tmp_path):
    inputs = changed(county())
    made = build_release(inputs, OPTIONS, beside(before, tmp_path / "beside"), now=AFTER)
    assert made.areas.built > 0
    assert same_files(made, build_release(inputs, OPTIONS, tmp_path / "alone", now=AFTER))
