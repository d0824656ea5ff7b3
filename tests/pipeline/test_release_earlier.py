"""Earlier boundaries of a release, read from a workspace."""

import pytest
import shapely

from crimemap.areas.store import AreaStore
from crimemap.pipeline.release_earlier import gather_earlier
from crimemap.workspace import Workspace
from tests.pipeline.test_release_postcodes import areas, boundary_set, square


@pytest.fixture
def workspace(tmp_path):
    made = Workspace(tmp_path / "w")
    made.create()
    far = shapely.box(90_000, 90_000, 91_000, 91_000)
    both = shapely.box(0, 0, 2_000, 1_000)
    with made.writing():
        boundary_set(made, "lad", "2017", [("E07000900", "Old Town", both), ("E07000999", "Elsewhere", far)])
        boundary_set(made, "lad", "2024", [("E07000901", "Ashby", square(0, 0)), ("E06000901", "Brook", square(1, 0))])
        boundary_set(made, "lad", "2031", [("E07000902", "To come", both)])
        boundary_set(made, "csp", "2017", [("E22000900", "No set of this type is published", both)])
    return made


def published():
    return areas().assign(vintage="2024", force="west-demoshire")


def test_what_came_before_the_published_set_is_there_as_far_as_the_release_reaches(workspace):
    found = gather_earlier(workspace, published())
    assert found["area_code"].tolist() == ["E07000900"]
    row = found.iloc[0]
    assert (row["area_type"], row["vintage"], row["area_name"], row["force"]) == (
        "lad",
        "2017",
        "Old Town",
        "west-demoshire",
    )
    assert row["area_m2"] == pytest.approx(2e6)
    assert found.index.tolist() == [3], "numbers go on after those of the release's areas"
    assert found.crs == published().crs


def test_without_an_earlier_set_there_is_nothing(workspace):
    with workspace.writing():
        AreaStore(workspace).remove("lad-2017")
    assert gather_earlier(workspace, published()) is None
    assert gather_earlier(workspace, published().iloc[:0]) is None
