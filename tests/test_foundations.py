"""The words that everything shares."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crimemap import errors, forces, offences
from crimemap.checks import require_coordinates, require_positive
from crimemap.crs import require_national_grid, to_national_grid, to_wgs84
from crimemap.errors import ConflictError, CrimemapError, CrsError, InputError, NotFoundError, ParameterError
from crimemap.periods import Period, is_month, month_after, month_index, months_between, parse_month
from crimemap.workspace import Workspace

MONTHS = st.builds(lambda year, month: f"{year:04d}-{month:02d}", st.integers(1, 9000), st.integers(1, 12))


def test_every_error_is_exported_and_descends_from_one():
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), CrimemapError)
    defined = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert defined == set(errors.__all__)


def test_an_error_says_what_where_and_what_to_do():
    error = NotFoundError("there is no such set.", where="csp-2017", fix="Add it.")
    assert str(error) == "csp-2017: there is no such set. Add it."


@given(MONTHS, st.integers(-500, 500))
def test_month_arithmetic_goes_there_and_back(month, n):
    if 12 <= month_index(month) + n < 9999 * 12:
        assert month_after(month_after(month, n), -n) == month
        assert month_index(month_after(month, n)) - month_index(month) == n


@pytest.mark.parametrize(
    "text", ["2024-13", "2024-00", "24-01", "2024-1", "2024/01", "", "2024-01-01", "2024-01\n", "२०२४-०१"]
)
def test_what_is_not_a_month_is_refused(text):
    assert not is_month(text)
    with pytest.raises(ParameterError, match="is not a month"):
        parse_month(text)


def test_a_period_is_half_open():
    period = Period("2023-11", "2024-02")
    assert list(period) == ["2023-11", "2023-12", "2024-01"] == months_between("2023-11", "2024-02")
    assert len(period) == 3
    assert "2024-02" not in period
    with pytest.raises(ParameterError, match="holds no month"):
        Period("2024-02", "2024-02")


def test_the_national_grid_and_back_is_the_same_place():
    lon, lat = np.array([-3.18, 0.12, -5.53]), np.array([51.48, 52.2, 50.12])
    east, north = to_national_grid(lon, lat)
    back = to_wgs84(east, north)
    np.testing.assert_allclose(back[0], lon, atol=1e-7)
    np.testing.assert_allclose(back[1], lat, atol=1e-7)


def test_a_position_that_is_not_finite_stays_not_a_number():
    east, north = to_national_grid([np.nan, np.inf, -3.0], [51.0, 51.0, 51.5])
    assert np.isnan(east[:2]).all()
    assert np.isnan(north[:2]).all()
    assert np.isfinite(east[2])


def test_another_coordinate_system_is_an_error_not_a_warning():
    require_national_grid("EPSG:27700", where="a")
    with pytest.raises(CrsError, match="WGS 84"):
        require_national_grid("EPSG:4326", where="a")
    with pytest.raises(CrsError, match="no coordinate reference system"):
        require_national_grid(None, where="a")


def test_degrees_are_not_taken_for_metres():
    with pytest.raises(InputError, match="look like degrees"):
        require_coordinates([-3.1, 0.1], [51.5, 52.0], where="positions")
    with pytest.raises(InputError, match="1 of 2 positions are not finite"):
        require_coordinates([400000.0, np.nan], [300000.0, 300000.0], where="positions")


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_a_length_must_be_finite_and_above_zero(value):
    with pytest.raises(ParameterError, match="bandwidth_m"):
        require_positive(value, name="bandwidth_m", unit="metres")


def test_there_are_fourteen_current_offence_types_and_every_slug_is_a_slug():
    assert len(offences.CURRENT_OFFENCE_TYPES) == 14
    assert offences.offence_slug("Criminal damage and arson") == "criminal-damage-arson"
    assert offences.offence_slug("!!!") == "unnamed"


def test_there_are_forty_three_forces_with_an_area_and_codes_are_unique():
    codes = [force.area_code for force in forces.FORCES.values() if force.area_code]
    assert len(codes) == len(set(codes)) == 43
    assert forces.force_by_area_code("E23000035") == "devon-and-cornwall"
    assert forces.force_by_name("Leicestershire Constabulary") == "leicestershire"


def test_private_folders_are_for_their_owner_alone(tmp_path):
    workspace = Workspace(tmp_path / "w").create()
    for folder in (workspace.incidents, workspace.areas, workspace.lookups, workspace.places, workspace.neighbourhoods):
        assert folder.stat().st_mode & 0o077 == 0
    assert workspace.releases.stat().st_mode & 0o005


def test_a_second_writer_is_told_to_wait(tmp_path):
    first, second = Workspace(tmp_path), Workspace(tmp_path)
    with first.writing(), pytest.raises(ConflictError, match="another crimemap command"), second.writing():
        pass
    with second.writing():
        pass


def test_a_workspace_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(NotFoundError, match="no workspace"):
        Workspace(tmp_path / "none").require()
