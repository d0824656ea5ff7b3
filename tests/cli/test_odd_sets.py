"""Boundary sets as planners have them, compared by the commands: every oddity is told in a sentence, and none is misfit."""

import json

import geopandas as gpd
import pytest
import shapely
from typer.testing import CliRunner

from crimemap.cli import app
from tests.areas.made import square, squares, write

LAD = ("LAD17CD", "LAD17NM")


def _set(shapes, prefix, columns):
    codes = [f"{prefix}{k:06d}" for k in range(1, len(shapes) + 1)]
    return gpd.GeoDataFrame({columns[0]: codes, columns[1]: codes}, geometry=list(shapes), crs="EPSG:27700")


@pytest.fixture
def run(tmp_path):
    def _run(*arguments, ok=True):
        result = CliRunner().invoke(app, [*map(str, arguments), "--workspace", str(tmp_path / "workspace")])
        assert (result.exit_code == 0) is ok, result.output
        return result

    return _run


@pytest.fixture
def workspace(tmp_path, run):
    """Six partnerships of a square kilometre with people, and `add` to add districts to compare them with."""
    write(squares(), tmp_path / "csp.gpkg")
    run("areas", "add", tmp_path / "csp.gpkg", "--type", "csp", "--vintage", "2017")
    bricks = squares(prefix="E01", columns_named=("LSOA11CD", "LSOA11NM"))
    write(bricks, tmp_path / "lsoa.gpkg")
    run("areas", "add", tmp_path / "lsoa.gpkg", "--type", "lsoa", "--vintage", "2017")
    people = [100, 200, 300, 400, 0, 600]
    rows = [f"{code},{n},{n // 2}" for code, n in zip(bricks["LSOA11CD"], people, strict=True)]
    (tmp_path / "people.csv").write_text("\n".join(["LSOA11CD,persons,homes", *rows]) + "\n")
    run("lookups", "add", tmp_path / "people.csv", "--area", "lsoa", "--population", "persons", "--households", "homes",
        "--vintage", "2017")  # fmt: skip

    def add(frame, name="lad.gpkg", **options):
        write(frame, tmp_path / name, **options)
        return run("areas", "add", tmp_path / name, "--type", "lad", "--vintage", "2017")

    return add


def _said(run, command):
    people = ("--population", "lsoa-2017", "--json")
    if command == "ladder":
        return json.loads(run("ladder", "--csp", "csp-2017", "--lad", "lad-2017", *people).stdout)
    return json.loads(run(command, "csp-2017", "lad-2017", *people).stdout)


def _told(run, command):
    given = (
        ("ladder", "--csp", "csp-2017", "--lad", "lad-2017") if command == "ladder" else (command, "csp-2017", "lad-2017")
    )
    return " ".join(run(*given, "--population", "lsoa-2017").stdout.split())


COMMANDS = ("align", "ladder", "vintages")


def test_a_set_in_degrees_is_the_same_set(workspace, run):
    workspace(squares(prefix="E07", columns_named=LAD).to_crs(4326), "lad.geojson")
    assert _said(run, "align")["classes"]["sources"]["coterminous"] == 6
    assert _said(run, "ladder")["summary"]["lad_agree"] == 6
    said = _said(run, "vintages")
    assert (said["summary"]["recoded"], said["summary"]["moved_edge"]) == (6, 0)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_set_that_lacks_a_part_of_the_country_is_told_and_is_no_misfit(workspace, run, command):
    workspace(squares(columns=2, prefix="E07", columns_named=LAD))
    sentence = "lad-2017 leaves 2.00 km² of csp-2017 uncovered, 2 of 6 areas wholly and 0 in part"
    assert sentence in _told(run, command)
    said = _said(run, command)
    assert any(sentence in told for told in said["cautions"])
    if command == "align":
        assert said["classes"]["sources"] | {"coterminous": 4, "not covered": 2} == said["classes"]["sources"]
        assert said["measures"]["area_m2"]["v_measure"] == pytest.approx(1.0)
    if command == "ladder":
        assert [said["summary"][f"lad_{name}"] for name in ("covered", "agree", "outside")] == [4, 4, 0]
        assert [row["lad_agrees"] for row in said["rows"]].count(None) == 2
    if command == "vintages":
        assert (said["summary"]["gone"], said["summary"]["recoded"]) == (2, 4)


@pytest.mark.parametrize("command", COMMANDS)
def test_areas_of_one_set_that_overlap_one_another_are_told(workspace, run, command):
    shapes = [square(0, 0, 1000.0), square(0.5, 0, 1000.0), square(0, 1, 1000.0), square(1.5, 0, 1500.0)]
    workspace(_set(shapes, "E07", LAD))
    assert "Areas of lad-2017 overlap one another by" in _told(run, command)
    assert any("See 'crimemap areas check lad-2017'" in told for told in _said(run, command)["cautions"])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_gap_between_areas_is_uncovered_and_no_misfit(workspace, run, command):
    districts = squares(prefix="E07", columns_named=LAD)
    hole = square(0.2, 0.2, 300.0)
    workspace(districts.set_geometry(districts.geometry.difference(hole)))
    sentence = "lad-2017 leaves 0.09 km² of csp-2017 uncovered, 0 of 6 areas wholly and 1 in part"
    assert sentence in _told(run, command)
    if command == "align":
        said = _said(run, command)
        assert said["classes"]["sources"]["coterminous"] == 6
        assert said["sources"][0]["uncovered_share"] == pytest.approx(0.09)


def test_a_district_like_a_swiss_cheese_and_those_in_its_holes_are_each_measured(workspace, run):
    holes = [shapely.affinity.scale(square(x, y, 400.0), 0.5, 0.5) for x in range(3) for y in range(2)]
    cheese = shapely.union_all([square(x, y) for x in range(3) for y in range(2)]).difference(shapely.union_all(holes))
    workspace(_set([cheese, *holes], "E07", LAD))
    said = _said(run, "align")
    assert said["cautions"] == [
        f"1 of {n} areas of {name} have no {measure}: their class by it is that by area."
        for name, n in (("csp-2017", 6), ("lad-2017", 7))
        for measure in ("population", "households")
    ]
    assert sum(piece["area_m2"] for piece in said["pieces"]) == pytest.approx(6e6)
    assert [unit["class"] for unit in said["targets"]] == ["many-to-many", *["nested"] * 6]
    assert said["targets"][0]["area_m2"] == pytest.approx(6e6 - 6 * 200.0**2)
    # Each partnership is nearly all cheese, and each hole lies in one.
    rows = _said(run, "ladder")["rows"]
    assert {row["lad_class"] for row in rows} == {"many-to-many"}
    assert all(len(row["lad_codes"]) == 2 for row in rows)


def test_an_area_where_nobody_lives_has_a_class_and_no_people_outside(workspace, run):
    workspace(squares(prefix="E07", columns_named=LAD))
    assert "1 of 6 areas of csp-2017 have no population: their class by it is that by area." in _told(run, "align")
    empty = _said(run, "align")["sources"][4]
    assert [empty[name] for name in ("population", "class", "class_by_population", "population_outside")] == [
        0, "coterminous", "coterminous", 0]  # fmt: skip
    row = _said(run, "ladder")["rows"][4]
    assert (row["population"], row["households"], row["lad_agrees"], row["lad_outside"]) == (0, 0, True, 0)


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_sliver_is_can_be_set_and_stands_in_the_result(workspace, run, command):
    moved = [shapely.affinity.translate(shape, 40.0, 0) for shape in squares().geometry]
    workspace(_set(moved, "E07", LAD))
    sets = ("--csp", "csp-2017", "--lad", "lad-2017") if command == "ladder" else ("csp-2017", "lad-2017")
    told = " ".join(run(command, *sets).stdout.split())
    wide = "4 pieces as small as slivers are wider than the rule's 30 m, up to 38 m, and count as differences"
    assert f"{wide}: if one set is drawn at another scale" in told
    wider = ("--sliver-width", 90, "--sliver-share", 0.06, "--sliver-people", 400, "--json")
    said = json.loads(run(command, *sets, *wider).stdout)
    assert [said["parameters"][f"sliver_{name}"] for name in ("width_m", "share", "people")] == [90, 0.06, 400]
    assert not any("wider than the rule" in caution for caution in said["cautions"])
    if command == "vintages":
        assert said["summary"]["moved_edge"] == 0
    if command == "ladder":
        assert all(len(row["lad_codes"]) == 1 for row in said["rows"])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_rule_for_slivers_out_of_range_is_an_error(workspace, run, command):
    workspace(squares(prefix="E07", columns_named=LAD))
    sets = ("--csp", "csp-2017") if command == "ladder" else ("csp-2017", "lad-2017")
    assert "sliver_width_m" in run(command, *sets, "--sliver-width", 0, ok=False).stderr
