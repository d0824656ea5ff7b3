import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.alignment.overlap import Overlap, SliverRule, divide_bricks, overlap
from crimemap.errors import CrsError, EmptyInputError, GeometryError, InputError, ParameterError

X, Y = 500_000, 200_000


def _set(shapes: dict[str, shapely.Geometry], crs: object = 27700, **columns: list[float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, index=list(shapes), geometry=list(shapes.values()), crs=crs)


def _box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(X + west, Y + south, X + east, Y + north)


def _partition(seed: int, n: int, bounds: shapely.Polygon) -> gpd.GeoDataFrame:
    """Voronoi cells of random points, clipped: a coverage without gaps or overlaps."""
    rng = np.random.default_rng(seed)
    west, south, east, north = bounds.bounds
    points = shapely.MultiPoint(np.column_stack([rng.uniform(west, east, n), rng.uniform(south, north, n)]))
    cells = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(points, extend_to=bounds)), bounds)
    return gpd.GeoDataFrame(index=[f"U{i:02d}" for i in range(n)], geometry=cells, crs=27700)


AREA = _box(0, 0, 20_000, 15_000)
SOURCE, TARGET = _partition(1, 12, AREA), _partition(2, 7, AREA)
BRICKS = _partition(3, 150, AREA).assign(population=np.arange(150.0) + 1, households=1.0)


def test_shares_of_each_unit_sum_to_1():
    found = overlap(SOURCE, TARGET)
    for side, units in (("source", found.sources), ("target", found.targets)):
        shares = found.pieces.groupby(side)[f"share_of_{side}"].sum().reindex(units.index, fill_value=0.0)
        assert (shares + units["uncovered_share"]).to_numpy() == pytest.approx(np.ones(len(units)), abs=1e-12)


def test_areas_are_those_of_geopandas_overlay():
    found = overlap(SOURCE, TARGET).pieces.set_index(["source", "target"])["area_m2"]
    peer = gpd.overlay(SOURCE.rename_axis("a").reset_index(), TARGET.rename_axis("b").reset_index())
    expected = peer.assign(area=peer.area).groupby(["a", "b"])["area"].sum()
    assert sorted(found.index) == sorted(expected.index)
    assert (found - expected.reindex(found.index)).abs().max() <= 1e-9 * expected.max()


def test_a_set_against_itself_is_perfect():
    found = overlap(SOURCE, SOURCE, bricks=BRICKS)
    assert found.pieces["source"].tolist() == found.pieces["target"].tolist() == SOURCE.index.tolist()
    assert (found.pieces[["share_of_source", "share_of_target", "iou"]] == 1).all(axis=None)
    assert found.measures().to_dict()["v_measure"] == 1.0
    assert found.measures("population").to_dict()["v_measure"] == pytest.approx(1.0)
    assert found.sources["best_match"].tolist() == SOURCE.index.tolist()


def test_the_other_way_round_is_the_transpose():
    there, back = overlap(SOURCE, TARGET, bricks=BRICKS), overlap(TARGET, SOURCE, bricks=BRICKS)
    for weight in ("area_m2", "population"):
        assert there.matrix(weight).toarray() == pytest.approx(back.matrix(weight).toarray().T, rel=1e-9, abs=1e-6)
    assert there.sources["best_match"].tolist() == back.targets["best_match"].tolist()


@settings(max_examples=10, deadline=None)
@given(st.integers(-200_000, 100_000), st.integers(-150_000, 200_000))
def test_moving_both_sets_changes_nothing(east, north):
    moved = [frame.set_geometry(frame.geometry.translate(east, north)) for frame in (SOURCE, TARGET)]
    assert overlap(*moved).pieces["area_m2"].to_numpy() == pytest.approx(
        overlap(SOURCE, TARGET).pieces["area_m2"].to_numpy(), rel=1e-7, abs=1e-3
    )


def test_the_order_and_number_of_vertices_change_nothing():
    plain = overlap(SOURCE, TARGET).pieces
    turned = SOURCE.set_geometry(shapely.reverse(shapely.segmentize(SOURCE.geometry.to_numpy(), 700)))
    found = overlap(turned, TARGET).pieces
    assert found[["source", "target"]].to_numpy().tolist() == plain[["source", "target"]].to_numpy().tolist()
    assert found["area_m2"].to_numpy() == pytest.approx(plain["area_m2"].to_numpy(), rel=1e-9)


def test_a_nested_unit_lies_wholly_in_its_parent():
    parent = _set({"P": _box(0, 0, 10_000, 10_000), "Q": _box(10_000, 0, 20_000, 10_000)})
    child = _set({"a": _box(0, 0, 5000, 10_000), "b": _box(5000, 0, 10_000, 10_000), "c": _box(10_000, 0, 20_000, 10_000)})
    found = overlap(child, parent)
    assert found.sources["best_match"].tolist() == ["P", "P", "Q"]
    assert found.sources["best_share"].tolist() == [1.0, 1.0, 1.0]
    assert found.targets["n_matches"].tolist() == [2, 1]
    assert found.measures().nesting == 1.0


def test_units_that_only_touch_share_nothing():
    found = overlap(_set({"A": _box(0, 0, 1000, 1000)}), _set({"B": _box(1000, 0, 2000, 1000)}))
    assert found.pieces.empty
    assert found.sources["best_match"].tolist() == [None]
    assert found.sources["uncovered_share"].tolist() == [1.0]
    with pytest.raises(EmptyInputError, match="share nothing"):
        found.measures()


def test_partial_coverage_is_uncovered_and_not_misfit():
    half = _set({"A": _box(0, 0, 1000, 1000)})
    whole = _set({"A": _box(0, 0, 1000, 1000), "W": _box(5000, 0, 6000, 1000)})
    found = overlap(whole, half)
    assert found.sources["uncovered_share"].tolist() == [0.0, 1.0]
    assert found.measures().v_measure == 1.0


def test_units_that_overlap_one_another_are_told():
    found = overlap(_set({"A": _box(0, 0, 1000, 1000)}), _set({"B": _box(0, 0, 800, 1000), "C": _box(500, 0, 1000, 1000)}))
    assert found.sources["twice_covered_m2"].tolist() == pytest.approx([300_000])
    assert found.sources["uncovered_m2"].tolist() == [0.0]


def test_several_parts_and_holes_count():
    swiss = AREA.difference(shapely.union_all([_box(i * 900, 500, i * 900 + 300, 900) for i in range(1, 15)]))
    found = overlap(_set({"cheese": swiss}), TARGET)
    assert found.pieces["area_m2"].sum() == pytest.approx(swiss.area, rel=1e-12)


class TestPeople:
    def test_a_brick_wholly_inside_counts_whole_and_a_cut_one_by_area(self):
        source = _set({"A": _box(0, 0, 1000, 1000), "B": _box(1000, 0, 2000, 1000)})
        target = _set({"X": _box(0, 0, 1250, 1000), "Y": _box(1250, 0, 2000, 1000)})
        bricks = _set(
            {"in": _box(0, 0, 500, 1000), "whole": _box(500, 0, 1000, 1000), "cut": _box(1000, 0, 2000, 1000)},
            population=[10, 20, 100],
        )
        found = overlap(source, target, bricks=bricks)
        people = found.pieces.set_index(["source", "target"])[["population", "population_cut"]]
        assert people.loc[("A", "X")].tolist() == [30.0, 0.0]
        assert people.loc[("B", "X")].tolist() == pytest.approx([25.0, 25.0])
        assert people.loc[("B", "Y")].tolist() == pytest.approx([75.0, 75.0])
        assert found.bricks.loc["population"].tolist() == pytest.approx([130.0, 0.0, 100.0])

    def test_a_brick_cut_by_both_sets_is_divided_by_both(self):
        source = _set({"A": _box(0, 0, 1000, 500), "B": _box(0, 500, 1000, 1000)})
        target = _set({"X": _box(0, 0, 250, 1000), "Y": _box(250, 0, 1000, 1000)})
        bricks = _set({"one": _box(0, 0, 1000, 1000)}, population=[80.0])
        people = overlap(source, target, bricks=bricks).pieces["population"]
        assert people.tolist() == pytest.approx([10, 30, 10, 30])

    def test_people_are_neither_lost_nor_made(self):
        found = overlap(SOURCE, TARGET, bricks=BRICKS, brick_measures=("population", "households"))
        for name in ("population", "households"):
            assert found.pieces[name].sum() == pytest.approx(BRICKS[name].sum(), rel=1e-9)
            assert found.sources[name].sum() == pytest.approx(BRICKS[name].sum(), rel=1e-9)

    def test_people_outside_one_set_or_both_are_told(self):
        source, target = _set({"A": _box(0, 0, 1000, 1000)}), _set({"X": _box(0, 0, 500, 1000)})
        bricks = _set(
            {"in": _box(0, 0, 800, 1000), "out": _box(3000, 0, 4000, 1000), "edge": _box(900, 0, 1100, 1000)},
            population=[80, 7, 20],
        )
        found = overlap(source, target, bricks=bricks)
        assert found.pieces["population"].tolist() == pytest.approx([50])
        assert found.sources["population"].tolist() == pytest.approx([90])
        assert found.sources["population_uncovered"].tolist() == pytest.approx([40])
        assert found.bricks.loc["population", "outside_both"] == pytest.approx(17)

    def test_a_brick_cut_by_both_and_partly_outside_one_is_whole_in_the_sum(self):
        source = _set({"A": _box(0, 0, 1000, 400), "B": _box(0, 400, 1000, 700)})
        target = _set({"X": _box(0, 0, 250, 1000), "Y": _box(250, 0, 900, 1000)})
        bricks = _set({"one": _box(0, 0, 1000, 1000)}, population=[1000.0])
        found = overlap(source, target, bricks=bricks)
        people = found.pieces.set_index(["source", "target"])["population"]
        assert people.to_dict() == pytest.approx({("A", "X"): 100, ("A", "Y"): 260, ("B", "X"): 75, ("B", "Y"): 195})
        assert found.sources["population_uncovered"].tolist() == pytest.approx([40, 30])
        assert found.targets["population_uncovered"].tolist() == pytest.approx([75, 195])
        assert found.bricks.loc["population", "outside_both"] == pytest.approx(30)

    def test_shares_are_divided_against_direct_geometry(self):
        found = overlap(SOURCE, TARGET, bricks=BRICKS)
        expected = np.zeros((len(SOURCE), len(TARGET)))
        for i, a in enumerate(SOURCE.geometry):
            for j, b in enumerate(TARGET.geometry):
                part = shapely.area(shapely.intersection(BRICKS.geometry.to_numpy(), a.intersection(b)))
                expected[i, j] = (part / BRICKS.area * BRICKS["population"]).sum()
        assert found.matrix("population", slivers=True).toarray() == pytest.approx(expected, abs=1e-5)

    def test_a_missing_number_is_nobody_and_a_missing_column_is_an_error(self):
        bricks = BRICKS.assign(population=np.nan)
        assert overlap(SOURCE, TARGET, bricks=bricks).pieces["population"].sum() == 0
        with pytest.raises(InputError, match="no column residents"):
            overlap(SOURCE, TARGET, bricks=BRICKS, brick_measures=("residents",))
        with pytest.raises(InputError, match="negative"):
            overlap(SOURCE, TARGET, bricks=BRICKS.assign(population=-1.0))

    def test_best_matches_by_people_and_by_area_may_differ(self):
        source = _set({"A": _box(0, 0, 1000, 1000)})
        target = _set({"moor": _box(0, 0, 900, 1000), "town": _box(900, 0, 1000, 1000)})
        bricks = _set({"sheep": _box(0, 0, 900, 1000), "people": _box(900, 0, 1000, 1000)}, population=[3, 900])
        units = overlap(source, target, bricks=bricks).sources
        assert units[["best_match", "best_match_by_population"]].to_numpy().tolist() == [["moor", "town"]]


class TestSlivers:
    def _shifted(self, metres: float, **rule: float) -> Overlap:
        source = _set({"A": _box(0, 0, 10_000, 10_000), "B": _box(10_000, 0, 20_000, 10_000)})
        shift = 10_000 + metres
        target = _set({"X": _box(0, 0, shift, 10_000), "Y": _box(shift, 0, 20_000, 10_000)})
        return overlap(source, target, slivers=SliverRule(**rule))

    def test_a_line_drawn_twice_is_a_sliver_and_stays_listed(self):
        found = self._shifted(10)
        assert found.pieces["sliver"].tolist() == [False, True, False]
        assert found.pieces["width_m"].to_numpy()[1] == pytest.approx(10, rel=2e-3)
        assert found.sources["n_matches"].tolist() == [1, 1]
        assert found.measures().v_measure == 1.0
        assert found.matrix(slivers=True).nnz == 3

    def test_a_real_difference_is_none(self):
        found = self._shifted(500)
        assert not found.pieces["sliver"].any()
        assert found.measures().v_measure < 1

    def test_the_rule_is_the_planners_and_in_the_result(self):
        assert not self._shifted(10, width_m=5).pieces["sliver"].any()
        assert self._shifted(10, width_m=5).parameters["slivers"]["width_m"] == 5

    def test_a_thin_strip_in_which_people_live_is_none(self):
        source = _set({"A": _box(0, 0, 10_000, 10_000), "B": _box(10_000, 0, 20_000, 10_000)})
        target = _set({"X": _box(0, 0, 10_020, 10_000), "Y": _box(10_020, 0, 20_000, 10_000)})
        bricks = _set({"towers": _box(10_000, 0, 10_020, 10_000)}, population=[800])
        assert not overlap(source, target, bricks=bricks).pieces["sliver"].any()

    @pytest.mark.parametrize("rule", [{"width_m": 0}, {"share": 1.5}, {"people": -1}])
    def test_a_rule_out_of_range_is_refused(self, rule):
        with pytest.raises(ParameterError):
            SliverRule(**rule)


@pytest.mark.parametrize(
    ("source", "error", "said"),
    [
        (_set({"A": _box(0, 0, 1, 1)}, crs=None), CrsError, "no coordinate reference system"),
        (_set({"A": shapely.box(-1, 51, 0, 52)}, crs=4326), CrsError, "WGS 84"),
        (gpd.GeoDataFrame(index=["A", "A"], geometry=[_box(0, 0, 1, 1)] * 2, crs=27700), InputError, "more than once"),
        (gpd.GeoDataFrame(geometry=[], crs=27700), EmptyInputError, "no polygon"),
        (_set({"A": shapely.Polygon([(X, Y), (X + 9, Y + 9), (X + 9, Y), (X, Y + 9)])}), GeometryError, "not valid"),
    ],
)
def test_a_set_that_cannot_be_compared_is_refused_with_the_reason(source, error, said):
    with pytest.raises(error, match=said):
        overlap(source, TARGET)


def test_shapes_that_were_found_valid_before_are_not_examined_again_and_give_the_same(monkeypatch):
    looked = overlap(SOURCE, TARGET, bricks=BRICKS)

    def examined(*_args):
        raise AssertionError("shapes were examined")

    monkeypatch.setattr(shapely, "is_valid", examined)
    divided = divide_bricks(BRICKS, SOURCE, validated=True)
    for source_bricks in (None, divided):
        found = overlap(SOURCE, TARGET, bricks=BRICKS, source_bricks=source_bricks, validated=True)
        for name in ("pieces", "sources", "targets", "bricks"):
            pd.testing.assert_frame_equal(getattr(found, name), getattr(looked, name))
    with pytest.raises(AssertionError, match="examined"):
        overlap(SOURCE, TARGET)


def test_shapes_that_were_found_valid_before_must_still_be_of_the_grid_and_not_empty():
    with pytest.raises(CrsError):
        overlap(_set({"A": shapely.box(-1, 51, 0, 52)}, crs=4326), TARGET, validated=True)
    with pytest.raises(EmptyInputError):
        overlap(gpd.GeoDataFrame(geometry=[], crs=27700), TARGET, validated=True)


def test_a_weight_that_was_not_measured_is_refused():
    with pytest.raises(ParameterError, match="Take one of: area_m2"):
        overlap(SOURCE, TARGET).matrix("population")


def test_the_sets_given_are_not_changed():
    before = SOURCE.copy(), BRICKS.copy()
    overlap(SOURCE, TARGET, bricks=BRICKS)
    assert SOURCE.equals(before[0])
    assert BRICKS.equals(before[1])
