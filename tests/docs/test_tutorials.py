"""The tutorial on the demonstration county: every command that it shows runs, and its figures are those that are printed."""

import calendar
import json
import re
from pathlib import Path

import geopandas
import pytest
import shapely

from crimemap.pipeline.areas import add_areas
from crimemap.pipeline.demo import COUNTY_FOLDER, make_county
from crimemap.pipeline.ingest import ingest
from crimemap.pipeline.lookups import add_statistics
from crimemap.workspace import Workspace
from tests.docs.tutorial_runs import NUMBERS, ROOT, found, printed, require_said, rounded, run, table

PAGE = "tutorial-demonstration-county.md"
#: Sections with tables of dozens of runs, each of which takes seconds: their figures are not checked here.
MANY_RUNS = {"Every method, against the truth", "A county with nothing to find"}

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not (ROOT / "docs").is_dir(), reason="docs/ is only in a checkout")]


def made_without_a_release(folder: Path) -> None:
    """Do what `crimemap demo` does for analysts: the release, which other tests build, takes three quarters of its time."""
    workspace = Workspace(folder / "demo-workspace")
    workspace.create()
    county = workspace.downloads / COUNTY_FOLDER
    make_county(county)
    truth = json.loads((county / "truth.json").read_text())
    ingest(workspace, [county / "archives" / name for name in truth["archives"]])
    for area_type in ("lsoa", "pfa"):
        add_areas(workspace, county / "boundaries" / f"{area_type}.gpkg", area_type=area_type, vintage=truth["vintage"])
    people = county / "lookups" / "lsoa_population.csv"
    add_statistics(workspace, people, area="lsoa:lsoa_code", vintage=truth["vintage"], population="population")


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    """Give the blocks of the tutorial on the demonstration county with what was printed, by heading, and the truth."""
    folder = tmp_path_factory.mktemp("tutorial")

    def adapted(line: str) -> str | None:
        if line == "crimemap demo --workspace demo-workspace":
            return made_without_a_release(folder)
        return f"{line} --months 6 --scale 0.05" if "--null" in line else line

    ran = {}
    for block, said in printed(PAGE, folder, adapted):
        again = f"{block.heading}, again" if block.heading in ran else block.heading
        assert again not in ran, "three blocks of one section, of which two would be told apart"
        ran[again] = (block, said)
    truth = json.loads((folder / "demo-workspace" / "downloads" / COUNTY_FOLDER / "truth.json").read_text())
    return ran, truth, folder


def planted(truth: dict, name: str) -> shapely.Geometry:
    hotspots = {one["name"]: one for one in [*truth["hotspots"], truth["emerging"]]}
    return shapely.Point(hotspots[name]["easting"], hotspots[name]["northing"]).buffer(hotspots[name]["radius_m"])


def test_every_section_of_the_demonstration_tutorial_was_run(demonstration):
    ran, _, _ = demonstration
    assert all(said for heading, (_, said) in ran.items() if heading)
    titles = re.findall(r"^## (.*)", (ROOT / "docs" / PAGE).read_text(), flags=re.MULTILINE)
    assert set(titles) - set(ran) < MANY_RUNS
    assert "DEMO ?= demo-workspace\n" in (ROOT / "Makefile").read_text(), "'make demo' and the tutorial name one workspace"


def test_the_hotspot_of_the_tutorial_is_the_one_that_was_put_there(demonstration):
    ran, truth, folder = demonstration
    block, (said,) = ran["1. Where is it hot?"]
    hot, cells = found(r"([\d,]+) of ([\d,]+) cells are hot", said)
    ((_, near, incidents, expected, *_),) = table(said)
    wider, coarser = found(r"Of the hot cells (\d+) stay hot with neighbours of ring 2, (\d+) with cells of h3:8", said)
    assert hot == wider == coarser
    caught, share = found(r"would have caught ([\d.]+) % of incidents on (\d+) % of the area", said)
    require_said(
        block,
        [
            f"{hot} of {cells} hexagons are hot, all in one hotspot near {near}",
            f"{incidents} incidents where {expected} would be expected",
            f"All {wider} stay hot with wider neighbours and with coarser hexagons",
            f"with {share} % of the area it would have caught {rounded(caught)} % of the incidents",
        ],
    )
    assert 'put there, "Castermere university"' in block.words
    areas = geopandas.read_file(folder / "bicycle.gpkg", layer="areas").to_crs(27700)
    disc = planted(truth, "Castermere university")
    assert shapely.intersection(areas.geometry.union_all(), disc).area > 0.5 * disc.area


def test_the_circles_of_the_tutorial_are_those_of_the_scan(demonstration):
    ran, _, _ = demonstration
    block, (said,) = ran["2. Is it more than the people who live there?"]
    first, second = table(said)
    require_said(
        block,
        [
            f"The first is {first[1]} again: {NUMBERS[int(first[4])]} LSOAs with",
            f"{first[2]} incidents where {first[3]} would be expected, p {first[6]}.",
            f"{second[2]} incidents where {rounded(second[3])} would be expected",
        ],
    )
    assert float(second[6]) <= 0.05, "the page calls it significant"


def test_what_the_tutorial_sets_beside_those_at_risk_is_what_is_hot_there(demonstration):
    ran, _, _ = demonstration
    block, (people, others) = ran["2. Is it more than the people who live there?, again"]
    of_people, of_others = table(people), table(others)
    phrases = [
        f"Beside people {found(r'([0-9,]+) of [0-9,]+ cells are hot', people)[0]} hexagons are hot, the first hotspot with",
        f"{of_people[0][2]} incidents where {of_people[0][3]} would be expected",
        f"the other {NUMBERS[len(of_people) - 1]} are places",
        f"{found(r'([0-9,]+) of [0-9,]+ cells are hot', others)[0]} are hot, {of_others[0][4]} of them the hotspot",
        f"{of_others[0][2]} incidents where {of_others[0][3]} would be expected",
    ]
    require_said(block, phrases)


def test_what_is_new_in_the_tutorial_is_what_was_made_to_grow(demonstration):
    ran, truth, _ = demonstration
    block, (said,) = ran["3. What is new?"]
    (count,) = found(r"(\d+) of [\d,]+ cells have a pattern", said)
    cells = [row for row in table(said) if len(row) > 2]
    assert len(cells) == int(count)
    assert {row[1] for row in cells} == {"consecutive hot", "sporadic hot"}
    hot = sorted(int(row[4]) for row in cells)
    year, month = truth["emerging"]["first_month"].split("-")
    require_said(
        block,
        [
            f"{NUMBERS[int(count)]} hexagons have a pattern, all in one place, hot in {hot[0]} to {hot[-1]} of the months",
            f"the {truth['emerging']['name']}, where {truth['emerging']['offence_type'].lower()} was made to grow",
            f"from {calendar.month_name[int(month)]} {year}",
        ],
    )


def test_the_repeats_of_the_tutorial_end_where_followers_were_put(demonstration):
    ran, truth, _ = demonstration
    block, (_, said) = ran["4. Does it repeat?"]
    made = truth["near_repeat"]
    metres, days, pairs, chance = found(r"Less than (\d+) m and (\d+) days apart: ([\d,]+) pairs, ([\d.]+) expected", said)
    within = f"{metres} m and {days} days"
    assert within == f"{made['space_band_m']:.0f} m and {made['time_band_days']:.0f} days"
    near, soon = {"same place", "0 to under 100 m", "100 to under 200 m"}, {"0 to under 7 days", "7 to under 14 days"}
    beyond = {(row[0], row[1]) for row in table(said) if row[-1] == "more than chance"}
    assert beyond == {(space, time) for space in near for time in soon}
    require_said(
        block,
        [
            f"Within {within} there are {pairs} pairs of burglaries where chance gives {rounded(chance)}",
            f"followers within {within}",
        ],
    )


def test_the_archives_of_the_tutorial_are_refused_for_near_repeat(demonstration):
    *_, folder = demonstration
    workspace = folder / "demo-workspace"
    said = run(f"crimemap near-repeat --force wendleshire --offence burglary --workspace {workspace}", status=1)
    assert "only the month is known" in said


def test_the_back_test_of_the_tutorial_says_what_it_said(demonstration):
    ran, _, _ = demonstration
    block, (said,) = ran["5. Would it have foreseen anything?"]
    metres, caught, counting = found(
        r"At 5 % of the area quartic kernel density of (\d+) m would have caught ([\d.]+) % of incidents: "
        r"beyond chance more than counting the last 12 months \(([\d.]+) %\)",
        said,
    )
    assert "At 1 % of the area no method beats counting the last 12 months" in said
    (tests,) = found(r"(\d+) tests of 1 month", said)
    (month,) = found(r"1 tests? left out, for months without data: (\S+)\.", said)
    gap = month.split("-")
    require_said(
        block,
        [
            f"Kernel density of {int(metres):,} m would have caught {caught} % of incidents on 5 % of the area",
            f"counting the last twelve months {counting} %: a difference beyond chance.",
            "On 1 % of the area no method beats counting.",
            f"{calendar.month_name[int(gap[1])]} {gap[0]} was never published",
            f"it is the one month of {int(tests) + 1} that is not tested",
        ],
    )
