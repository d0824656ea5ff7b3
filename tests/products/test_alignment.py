"""The alignment of boundary sets in a release: what is stored, what is drawn, what is not counted."""

import gzip
import json
from dataclasses import replace

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from crimemap.alignment.overlap import overlap
from crimemap.crs import NATIONAL_GRID
from crimemap.language import WELSH
from crimemap.products.alignment import packed
from crimemap.products.alignment_map import drawn_pieces, simplified, tolerance_for
from crimemap.products.alignment_overlaps import transposed
from crimemap.products.alignment_planning import read_planning
from crimemap.products.alignment_sets import aligned_sets
from crimemap.products.alignment_words import LADDER, OVERVIEW, PAIR, PLANNING, read_words
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from tests.in_two_languages import worded_alike
from tests.products.county import MISSING, county


@pytest.fixture(scope="module")
def inputs():
    """A county whose months are all there, with a command unit that cuts districts."""
    made = county()
    frame = made.areas.copy()
    lad = frame[frame["area_type"] == "lad"].iloc[0]
    west, south, east, north = frame.total_bounds
    third = (north - south) / 3
    parts = [("A", shapely.box(west, south, east, south + third)), ("B", shapely.box(west, south + third, east, north))]
    units = gpd.GeoDataFrame(
        [{**lad.to_dict(), "area_type": "bcu", "area_code": code, "area_name": f"Unit {code}"} for code, _ in parts],
        geometry=[shape for _, shape in parts],
        crs=NATIONAL_GRID,
    )
    frame = gpd.GeoDataFrame(pd.concat([frame, units], ignore_index=True), crs=NATIONAL_GRID).rename_axis("area_id")
    places = made.places
    placed = shapely.STRtree(units.geometry.to_numpy()).query(
        shapely.points(places["easting"], places["northing"]), predicate="intersects"
    )
    more = pd.DataFrame({"place_id": places["place_id"].to_numpy()[placed[0]], "area_id": placed[1] + len(made.areas)})
    own = {**made.boundary_sets[1], "area_type": "bcu", "n_areas": 2}
    coverage = made.coverage.assign(status="loaded", kind="open", source="police.uk")
    return replace(
        made,
        areas=frame,
        place_areas=pd.concat([made.place_areas, more], ignore_index=True),
        boundary_sets=[*made.boundary_sets, own],
        coverage=coverage,
    )


@pytest.fixture(scope="module")
def db(inputs, tmp_path_factory):
    built = build_release(inputs, ReleaseOptions(), tmp_path_factory.mktemp("aligned"))
    with duckdb.connect(built.path / "release.duckdb", read_only=True) as opened:
        yield opened


def document(db, sql):
    return json.loads(gzip.decompress(db.execute(sql).fetchone()[0]))


def pair(db, source, target, what="document"):
    return document(db, f"SELECT {what} FROM alignment_pairs WHERE source = '{source}' AND target = '{target}'")  # noqa: S608


def test_every_ordered_pair_of_sets_is_compared(db):
    pairs = set(db.execute("SELECT source, target FROM alignment_pairs").fetchall())
    sets = ["bcu-2024", "csp-2024", "lad-2024", "pfa-2024"]
    assert pairs == {(a, b) for a in sets for b in sets if a != b}


def test_units_that_are_cut_differ_and_units_that_are_one_agree(db):
    classes = pair(db, "lad-2024", "csp-2024")["classes"]
    assert classes["sources"]["coterminous"] == classes["targets"]["coterminous"] == 2
    cut = pair(db, "lad-2024", "bcu-2024")
    assert cut["classes"]["sources"]["many-to-many"] == 2
    assert [row["share_of_source"] for row in cut["pieces"]] == pytest.approx([1 / 3, 2 / 3, 1 / 3, 2 / 3])
    drawn = pair(db, "lad-2024", "bcu-2024", "map")
    assert [one["properties"]["kind"] for one in drawn["features"]] == ["differ", "agree"] * 2
    nested = pair(db, "bcu-2024", "pfa-2024", "map")
    assert {one["properties"]["kind"] for one in nested["features"]} == {"agree"}


def test_people_and_incidents_of_the_pieces_sum_to_those_of_the_units(db, inputs):
    made = pair(db, "lad-2024", "bcu-2024")
    pieces = pd.DataFrame(made["pieces"]).groupby("source")
    units = pd.DataFrame(made["sources"]).set_index("area_code")
    for measure in ("population", "households", "incidents"):
        assert pieces[measure].sum().to_dict() == pytest.approx(units[measure].to_dict())
    assert units["population"].sum() == inputs.bricks.frame["population"].sum()
    year = inputs.months[-12:]
    counted = inputs.incidents[inputs.incidents["month"].isin(year) & inputs.incidents["place_id"].notna()]
    assert units["incidents"].sum() == len(counted) == made["incidents"]["selected"]


def test_documents_of_a_release_say_what_the_commands_say_before_figures_are_used(inputs, tmp_path):
    """A command unit ends where it did not before: the land beyond it is missing coverage, not misfit."""
    areas = inputs.areas.copy()
    unit = (areas["area_type"] == "bcu") & (areas["area_code"] == "A")
    west, south, east, north = areas.loc[unit].total_bounds
    areas.loc[unit, "geometry"] = shapely.box(west, south, (west + east) / 2, north)
    fewer = replace(inputs, areas=areas)
    built = build_release(fewer, ReleaseOptions(), tmp_path)
    with duckdb.connect(built.path / "release.duckdb", read_only=True) as opened:
        told = pair(opened, "lad-2024", "bcu-2024")["cautions"]
        ladder = document(opened, "SELECT document FROM alignment WHERE name = 'ladder'")
        welsh = read_words(opened, PAIR, ("lad-2024", "bcu-2024"), language=WELSH)
        assert worded_alike(ladder, ladder | read_words(opened, LADDER, language=WELSH)) == len(ladder["cautions"]) > 0
    assert len(told) == 1
    assert len(welsh["cautions"]) == 1
    assert welsh["cautions"][0].startswith("Mae bcu-2024 yn gadael ")
    assert told[0].startswith("bcu-2024 leaves ")
    assert "of lad-2024 uncovered" in told[0]
    assert any(sentence.startswith("bcu-2024 leaves ") and "of csp-2024" in sentence for sentence in ladder["cautions"])


def test_the_incidents_of_an_area_are_those_that_its_page_sums(db, inputs):
    published = dict(
        db.execute(
            """SELECT area_code, sum(incidents) FROM counts WHERE area_type = 'lad' AND offence_type = 'All'
               AND month >= ? GROUP BY ALL""",
            [inputs.months[-12]],
        ).fetchall()
    )
    told = {row["area_code"]: row["incidents"] for row in pair(db, "lad-2024", "bcu-2024")["sources"]}
    assert told == published


@pytest.mark.parametrize("case", ["four months without data", "confidential records"])
def test_what_was_not_counted_is_null_and_never_zero(inputs, tmp_path, case):
    coverage = inputs.coverage.copy()
    if case == "four months without data":
        coverage.loc[coverage["month"].isin(inputs.months[-5:-1]), ["status", "kind"]] = ["no_data", None]
    else:
        coverage["kind"] = "confidential"
    built = build_release(replace(inputs, coverage=coverage), ReleaseOptions(), tmp_path)
    with duckdb.connect(built.path / "release.duckdb", read_only=True) as opened:
        made = pair(opened, "lad-2024", "bcu-2024")
        told = document(opened, "SELECT document FROM planning WHERE unit_set = 'csp-2024' AND target_set = 'bcu-2024'")
        overview = document(opened, "SELECT document FROM alignment WHERE name = 'overview'")
        missing = overview["missing"]
        assert worded_alike(overview, overview | read_words(opened, OVERVIEW, language=WELSH)) == len(missing) + 1
        sets = ("lad-2024", "bcu-2024")
        assert worded_alike(made, made | read_words(opened, PAIR, sets, language=WELSH)) == len(made["cautions"]) + 1
        sets = ("csp-2024", "bcu-2024")
        assert worded_alike(told, told | read_words(opened, PLANNING, sets, language=WELSH)) == len(told["notes"]) + 1
    assert "incidents" not in made["sources"][0]
    assert made["incidents"]["selected"] == 0
    assert len(made["incidents"]["selection"]["left_out"]) == 1
    assert {unit["incidents"] for unit in told["units"]} == {None}
    assert any(sentence.startswith("Incidents of west-demoshire are not counted") for sentence in missing)


def test_a_force_that_is_not_counted_leaves_others_their_counts(inputs, tmp_path):
    """Two forces share the county: the eastern district's has four months missing."""
    areas = inputs.areas.copy()
    east = areas["area_code"].isin(["E07000902", "E22000902"])
    areas.loc[east, "force"] = "east-demoshire"
    rows = inputs.incidents.copy()
    coverage = pd.concat([inputs.coverage, inputs.coverage.assign(force="east-demoshire")], ignore_index=True)
    lost = coverage["month"].isin(inputs.months[-5:-1]) & (coverage["force"] == "east-demoshire")
    coverage.loc[lost, "status"] = "no_data"
    forces = [*inputs.forces, {**inputs.forces[0], "id": "east-demoshire", "name": "East"}]
    made_of = replace(inputs, areas=areas, incidents=rows, coverage=coverage, forces=forces)
    built = build_release(made_of, ReleaseOptions(), tmp_path)
    with duckdb.connect(built.path / "release.duckdb", read_only=True) as opened:
        made = pair(opened, "lad-2024", "bcu-2024")
        plan = read_planning(opened, "lad-2024", "bcu-2024")
    counts = {row["area_code"]: row["incidents"] for row in made["sources"]}
    assert counts["E07000901"] > 0
    assert counts["E07000902"] is None
    assert all(row["incidents"] is None for row in made["pieces"] if row["source"] == "E07000902")
    assert plan.units["incidents"].isna().tolist() == [False, True]
    assert plan.units["incidents"].iloc[0] == counts["E07000901"]


def test_a_month_that_a_force_lacks_is_counted_for_none(inputs, tmp_path):
    coverage = inputs.coverage.copy()
    coverage.loc[coverage["month"] == MISSING, ["status", "kind"]] = ["no_data", None]
    built = build_release(replace(inputs, coverage=coverage), ReleaseOptions(), tmp_path)
    with duckdb.connect(built.path / "release.duckdb", read_only=True) as opened:
        overview = document(opened, "SELECT document FROM alignment WHERE name = 'overview'")
        made = pair(opened, "lad-2024", "bcu-2024")
    assert overview["incidents"]["months"] == [month for month in inputs.months[-12:] if month != MISSING]
    assert "Incidents are of 11 months, 2024-07 to 2025-06." in overview["missing"]
    rows = inputs.incidents[inputs.incidents["place_id"].notna()]
    assert sum(row["incidents"] for row in made["sources"]) == rows["month"].isin(overview["incidents"]["months"]).sum()


def test_a_release_without_bricks_compares_by_area_and_says_so(inputs, tmp_path):
    built = build_release(replace(inputs, bricks=None), ReleaseOptions(), tmp_path)
    with duckdb.connect(built.path / "release.duckdb", read_only=True) as opened:
        overview = document(opened, "SELECT document FROM alignment WHERE name = 'overview'")
        assert opened.execute("SELECT count(*) FROM planning").fetchone() == (0,)
        assert "population" not in pair(opened, "lad-2024", "bcu-2024")["sources"][0]
    assert "how many people live where" in " ".join(overview["missing"])
    assert overview["planning"] == []


def test_a_release_without_sets_to_compare_has_no_alignment(inputs, tmp_path):
    only = inputs.areas[inputs.areas["area_type"].isin(["neighbourhood", "pfa"])]
    ids = pd.Series(range(len(only)), index=only.index)
    placed = inputs.place_areas[inputs.place_areas["area_id"].isin(ids.index)]
    placed = placed.assign(area_id=placed["area_id"].map(ids))
    frame = only.reset_index(drop=True).rename_axis("area_id")
    built = build_release(replace(inputs, areas=frame, place_areas=placed), ReleaseOptions(), tmp_path)
    with duckdb.connect(built.path / "release.duckdb", read_only=True) as opened:
        assert opened.execute("SELECT count(*) FROM alignment").fetchone() == (0,)


def test_the_ladder_is_there_with_the_rungs_that_are_known(db):
    made = document(db, "SELECT document FROM alignment WHERE name = 'ladder'")
    assert list(made["sets"]) == ["csp", "lad", "bcu", "pfa"]
    assert made["summary"]["csps"] == 2
    assert made["summary"]["bcu_agree"] == 0
    assert made["summary"]["pfa_agree"] == made["summary"]["lad_agree"] == 2
    missing = document(db, "SELECT document FROM alignment WHERE name = 'overview'")["missing"]
    assert missing == ["This release has no boundaries of counties."]


def test_a_planning_comes_back_as_it_was_stored(db):
    plan = read_planning(db, "csp-2024", "bcu-2024")
    assert (plan.unit_set, plan.target_set, plan.population_vintage) == ("csp-2024", "bcu-2024", "2021")
    assert plan.units["districts"].tolist() == [("E07000901",), ("E07000902",)]
    assert plan.units["force"].tolist() == ["E23000099"] * 2
    assert plan.districts.loc["E07000901", "forces"] == ("E23000099",)
    assert plan.contiguity.graph.number_of_edges() == 1
    assert plan.units["population"].sum() == plan.bricks["population"].sum()


def test_sets_of_forces_own_become_one_and_their_codes_stay_apart(inputs):
    areas = inputs.areas.copy()
    bcu = areas["area_type"] == "bcu"
    areas.loc[bcu, "area_code"] = "NA"
    areas.loc[bcu, "force"] = ["north", "south"]
    areas.loc[bcu, "vintage"] = ["2018", "2019"]
    own = [{**one, "force": "north"} if one["area_type"] == "bcu" else one for one in inputs.boundary_sets]
    found = {one.area_type: one for one in aligned_sets(replace(inputs, areas=areas, boundary_sets=own))}
    assert found["bcu"].set_id == "bcu"
    assert found["bcu"].frame.index.tolist() == ["north:NA", "south:NA"]
    assert found["bcu"].sources == ("bcu-2018-north", "bcu-2019-south")


def _grid(across, up, side, origin=(0.0, 0.0)):
    x, y = np.meshgrid(np.arange(across) * side + origin[0], np.arange(up) * side + origin[1])
    shapes = shapely.box(x.ravel(), y.ravel(), x.ravel() + side, y.ravel() + side)
    frame = gpd.GeoDataFrame(index=[f"{k:02d}" for k in range(len(shapes))], geometry=shapes, crs=NATIONAL_GRID)
    return frame.assign(area_name=frame.index)


def _wavy(frame, *, wave=9.0):
    """Draw straight lines with many small waves, the same for both sides of each."""

    def moved(xy):
        return xy + wave * np.column_stack([np.sin(xy[:, 1] / 170), np.sin(xy[:, 0] / 130)])

    dense = shapely.segmentize(frame.geometry.to_numpy(), 50)
    return frame.set_geometry(gpd.GeoSeries(shapely.transform(dense, moved), index=frame.index, crs=frame.crs))


def _drawn(source, target, tolerance=60.0):
    found = overlap(source, target)
    shapes = [simplified(np.asarray(one.geometry.array, dtype=object), tolerance) for one in (source, target)]
    return found, drawn_pieces(found, source, target, source_drawn=shapes[0], target_drawn=shapes[1])


def test_drawn_pieces_share_their_edges_and_fill_their_units():
    source, target = _wavy(_grid(3, 3, 6_000)), _wavy(_grid(4, 2, 4_500, (0.0, 0.0)))
    found, drawn = _drawn(source, target)
    assert set(zip(drawn["source"], drawn["target"], strict=True)) >= set(
        zip(*found.pieces.loc[~found.pieces["sliver"], ["source", "target"]].to_numpy().T, strict=True)
    )
    shapes = drawn.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.area(shapes).sum() == pytest.approx(source.area.sum(), rel=1e-3)
    assert shapely.get_num_coordinates(shapes).sum() < shapely.get_num_coordinates(source.geometry.to_numpy()).sum() / 4


def test_cuts_that_end_on_a_line_at_any_angle_cut_it():
    """A cut that ends a rounding short of it would leave two pieces in one another's place."""

    def turned(frame, angle):
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        moved = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy @ turn + [400_000.3, 250_000.7])
        return gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=moved, crs=NATIONAL_GRID)

    for k in range(12):
        source = turned(_wavy(_grid(3, 3, 6_000)), 0.1 + 0.05 * k)
        _, drawn = _drawn(source, turned(_wavy(_grid(6, 6, 3_000)), 0.1 + 0.05 * k))
        assert shapely.coverage_is_valid(drawn.geometry.to_numpy()), k
        assert drawn.area.sum() == pytest.approx(source.area.sum(), rel=1e-3)


def test_two_drawings_of_one_line_are_slivers_and_not_pieces_as_wide_as_the_simplification():
    source = _wavy(_grid(3, 3, 6_000))
    target = _wavy(_grid(3, 3, 6_000, (3.0, -4.0)), wave=11.0)
    found, drawn = _drawn(source, target)
    proper = drawn[drawn["kind"] != "sliver"]
    assert set(proper["kind"]) <= {"agree"}
    assert len(proper) == len(source)
    assert found.pieces["sliver"].sum() == (drawn["kind"] == "sliver").sum() > 0


def test_what_no_area_covers_is_drawn_as_not_covered():
    source, target = _grid(2, 1, 6_000), _grid(1, 1, 6_000)
    _, drawn = _drawn(source, target)
    assert list(drawn["kind"]) == ["agree", "not covered"]
    assert drawn["target"].tolist() == ["00", None]
    half = _grid(1, 1, 3_000)
    _, drawn = _drawn(source, half)
    assert dict(zip(drawn["kind"], drawn.area.round(), strict=True))["not covered"] > 0
    assert drawn.area.sum() == pytest.approx(source.area.sum())


def test_a_small_real_difference_is_not_lost_by_simplifying():
    source = _grid(2, 1, 6_000)
    target = gpd.GeoDataFrame(
        {"area_name": ["a", "b"]},
        index=["a", "b"],
        geometry=[shapely.box(0, 0, 6_040, 6_000), shapely.box(6_040, 0, 12_000, 6_000)],
        crs=NATIONAL_GRID,
    )
    _, drawn = _drawn(source, target, tolerance=500.0)
    assert ("01", "a", "differ") in set(zip(drawn["source"], drawn["target"], drawn["kind"], strict=True))


def test_sets_whose_areas_overlap_are_drawn_all_the_same():
    source = _grid(2, 1, 6_000)
    source.loc["01", "geometry"] = shapely.box(5_000, 0, 12_000, 6_000)
    _, drawn = _drawn(source, _grid(4, 1, 3_000))
    assert shapely.is_valid(drawn.geometry.to_numpy()).all()
    assert set(drawn["source"]) == {"00", "01"}


def test_an_overlap_turned_round_is_the_overlap_of_the_other_order():
    source, target = _wavy(_grid(3, 3, 6_000)), _grid(4, 2, 4_500)
    bricks = _grid(12, 12, 1_500).assign(population=100.0)
    once = transposed(overlap(source, target, bricks=bricks))
    other = overlap(target, source, bricks=bricks)
    pd.testing.assert_frame_equal(once.pieces, other.pieces, rtol=1e-9, atol=1e-6)
    pd.testing.assert_frame_equal(once.sources, other.sources, rtol=1e-9, atol=1e-6)
    assert once.measures("population").to_dict() == pytest.approx(other.measures("population").to_dict())


def test_the_same_document_is_the_same_bytes_at_any_time(monkeypatch):
    once = packed({"a": 1})
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert packed({"a": 1}) == once
    assert json.loads(gzip.decompress(once)) == {"a": 1}


def test_maps_are_as_fine_as_a_screen_shows():
    assert tolerance_for(np.array([0.0, 0.0, 1_000.0, 1_000.0])) == 5.0
    assert tolerance_for(np.array([0.0, 0.0, 600_000.0, 650_000.0])) == 130.0
    assert tolerance_for(np.array([0.0, 0.0, 9e6, 9e6])) == 150.0
