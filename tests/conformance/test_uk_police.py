"""uk-police 0.3.0."""

from collections.abc import Iterator

import pytest
import uk_police.client
from uk_police.exceptions import APIError
from uk_police.forces import Forces
from uk_police.neighbourhoods import Neighbourhoods
from uk_police.stop_search import StopSearch
from uk_police.street_level import StreetLevelCrime

from tests.api.release_fixture import FORCE, LATEST
from tests.api.server import RunningServer


@pytest.fixture(autouse=True)
def _pointed_at_us(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uk_police.client.uk_police, "BASE_URL", f"{server.url}/api")


@pytest.fixture
def forces() -> Iterator[Forces]:
    made = Forces()
    yield made
    made.client.close()


@pytest.fixture
def searches() -> Iterator[StopSearch]:
    made = StopSearch()
    yield made
    made.client.close()


@pytest.fixture
def neighbourhoods() -> Iterator[Neighbourhoods]:
    made = Neighbourhoods()
    yield made
    made.client.close()


@pytest.fixture
def crimes() -> Iterator[StreetLevelCrime]:
    made = StreetLevelCrime()
    yield made
    made.client.close()


def test_it_walks_forces_and_neighbourhoods(forces: Forces, neighbourhoods: Neighbourhoods) -> None:
    assert [force["id"] for force in forces.list_forces()] == [FORCE, "vale-of-arden"]
    assert forces.get_force_details(FORCE)["telephone"] == "101"
    assert forces.get_senior_officers(FORCE)[0]["name"] == "A. Example"
    for one in neighbourhoods.list_neighbourhoods(FORCE):
        code = one["id"]
        assert neighbourhoods.get_neighbourhood_details(FORCE, code)["name"] == one["name"]
        assert isinstance(neighbourhoods.get_neighbourhood_team(FORCE, code), list)
        assert isinstance(neighbourhoods.get_neighbourhood_events(FORCE, code), list)
        assert isinstance(neighbourhoods.get_neighbourhood_priorities(FORCE, code), list)
    assert neighbourhoods.locate_neighbourhood(52.45, -1.55) == {"force": FORCE, "neighbourhood": "NM01"}


def test_it_asks_for_the_crimes_of_every_boundary_that_fits_an_address(
    neighbourhoods: Neighbourhoods, crimes: StreetLevelCrime
) -> None:
    asked = 0
    for one in neighbourhoods.list_neighbourhoods(FORCE):
        ring = neighbourhoods.get_neighbourhood_boundary(FORCE, one["id"])
        poly = ":".join(f"{point['latitude']},{point['longitude']}" for point in ring)
        if len(poly) < 2000:  # this client never uses POST
            assert crimes.get_street_crimes_in_area(poly), one
            asked += 1
    assert asked == 5


def test_it_finds_crimes(crimes: StreetLevelCrime) -> None:
    found = crimes.get_street_crimes_at_location(52.5, -1.45)
    assert {crime["month"] for crime in found} == {LATEST}
    place = found[0]["location"]["street"]["id"]
    assert found[0]["id"] in {crime["id"] for crime in crimes.get_crimes_at_specific_location(location_id=str(place))}
    assert crimes.get_crimes_at_specific_location(lat=52.5, lng=-1.45, date="2024-10") is not None
    nowhere = crimes.get_crimes_no_location("all-crime", FORCE, "2024-10")
    assert {crime["location"] for crime in nowhere} == {None}


def test_it_reads_dates_and_categories(crimes: StreetLevelCrime) -> None:
    assert crimes.get_last_updated() == {"date": f"{LATEST}-01"}
    assert len(crimes.get_crime_categories()) == 15


def test_it_reads_outcomes(crimes: StreetLevelCrime) -> None:
    found = crimes.get_outcomes_by_coordinates(52.5, -1.45)
    assert {one["date"] for one in found} == {LATEST}
    place = found[0]["crime"]["location"]["street"]["id"]
    assert found[0] in crimes.get_outcomes_at_location(str(place))
    assert crimes.get_outcomes_in_area("52.4,-1.6:52.45,-1.6:52.45,-1.5:52.4,-1.5")
    one = crimes.get_outcomes_for_crime(found[0]["crime"]["persistent_id"])
    assert one["crime"]["id"] == found[0]["crime"]["id"]
    assert found[0]["category"] in [outcome["category"] for outcome in one["outcomes"]]


def test_it_reads_stops_and_searches(searches: StopSearch) -> None:
    found = searches.stop_and_search_by_area(52.5, -1.45)
    place = found[0]["location"]["street"]["id"]
    assert found[0] in searches.stop_and_search_by_location(str(place))
    assert {one["location"] for one in searches.stop_and_search_no_location(FORCE)} == {None}
    assert len(searches.stop_and_search_by_force(FORCE)) > len(found)


def test_it_raises_its_own_error(forces: Forces, crimes: StreetLevelCrime) -> None:
    with pytest.raises(APIError):
        forces.get_force_details("nowhere")
    with pytest.raises(APIError):
        crimes.get_street_crimes_at_location(52.5, -1.45, date="1999-01")
