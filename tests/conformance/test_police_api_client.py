"""police-api-client 1.2.2, the official Python client."""

from datetime import datetime

import pytest
from police_api import PoliceAPI
from police_api.exceptions import APIError, InvalidCategoryException

from tests.api.release_fixture import FORCE, LATEST, MISSING_MONTH
from tests.api.server import RunningServer


@pytest.fixture
def api(server: RunningServer) -> PoliceAPI:
    return PoliceAPI(base_url=f"{server.url}/api/")


def test_it_walks_forces(api: PoliceAPI) -> None:
    forces = api.get_forces()
    assert [force.id for force in forces] == [FORCE, "vale-of-arden"]
    force = api.get_force(FORCE)
    assert force.name == "Northmarch Police"
    assert force.telephone == "101"
    assert force.engagement_methods[0]["title"] == "telephone"
    assert force.senior_officers[0].rank == "Chief"
    assert len(force.neighbourhoods) == 6


def test_it_reads_a_neighbourhood(api: PoliceAPI) -> None:
    one = api.get_neighbourhood(FORCE, "NM01")
    assert int(one.population) == 7985
    assert one.contact_details["email"] == "team@example.org"
    assert one.officers[0].name == "Sgt Ann Example"
    assert one.events[0].start_date == datetime(2025, 3, 1, 18)  # noqa: DTZ001 - as the client gives it
    assert [priority.issue_date for priority in one.priorities] == sorted(
        (priority.issue_date for priority in one.priorities), reverse=True
    )
    assert one.centre["latitude"] == "52.450000"
    assert api.locate_neighbourhood(52.45, -1.55) == one


def test_it_asks_for_the_crimes_of_every_boundary(api: PoliceAPI) -> None:
    neighbourhoods = api.get_neighbourhoods(FORCE)
    assert len(neighbourhoods) == 6
    for one in neighbourhoods:
        assert len(one.boundary) > 3
        assert one.crimes, one.id
        assert {crime.month for crime in one.crimes} == {LATEST}


def test_it_finds_crimes_near_a_point_and_at_their_locations(api: PoliceAPI) -> None:
    crimes = api.get_crimes_point(52.5, -1.45)
    assert crimes
    location = crimes[0].location
    same = api.get_crimes_location(location.id)
    assert crimes[0].id in {crime.id for crime in same}
    assert {crime.location.id for crime in same} == {location.id}
    assert not location.is_btp()
    some = api.get_crimes_point(52.5, -1.45, category="burglary", date="2024-10")
    assert {crime.category.id for crime in some} == {"burglary"}
    assert {crime.category.name for crime in some} == {"Burglary"}


def test_it_reads_outcomes_and_crimes_without_location(api: PoliceAPI) -> None:
    crimes = api.get_crimes_point(52.5, -1.45)
    status = next(crime.outcome_status for crime in crimes if crime.outcome_status)
    assert status.category.name in ("Under investigation", "Offender given a “caution”")
    nowhere = api.get_crimes_no_location(FORCE, date="2024-10")
    assert nowhere
    assert {crime.month for crime in nowhere} == {"2024-10"}


def test_it_reads_what_happened_to_a_crime(api: PoliceAPI) -> None:
    asked = [crime for crime in api.get_crimes_point(52.5, -1.45, date="2024-10") if crime.persistent_id][:40]
    told = [crime for crime in asked if crime.outcomes]
    assert told
    one = api.get_crime(told[0].persistent_id)
    assert one.id == told[0].id
    assert [outcome.category.id for outcome in one.outcomes] == [outcome.category.id for outcome in told[0].outcomes]
    assert all(outcome.date for outcome in one.outcomes)


def test_it_reads_dates_and_categories(api: PoliceAPI) -> None:
    assert api.get_latest_date() == LATEST
    assert api.get_dates() == [LATEST, "2025-01", "2024-11", "2024-10"]
    assert len(api.get_crime_categories()) == 14
    assert api.get_crime_category("violent-crime").name == "Violence and sexual offences"
    with pytest.raises(InvalidCategoryException):
        api.get_crime_category("nonsense")


WHOLE = [(52.4, -1.6), (52.6, -1.6), (52.6, -1.3), (52.4, -1.3)]
WRONG = {
    "force": (404, lambda api: api.get_force("nowhere").name),
    "neighbourhood": (404, lambda api: api.get_neighbourhood(FORCE, "XX").name),
    "month": (404, lambda api: api.get_crimes_point(52.5, -1.45, date=MISSING_MONTH)),
    "two points": (400, lambda api: api.get_crimes_area([(52.4, -1.6), (52.5, -1.4)])),
    "too many": (503, lambda api: api.get_crimes_area(WHOLE, date="2024-11")),
}


@pytest.mark.parametrize("what", sorted(WRONG))
def test_it_is_told_what_went_wrong(api: PoliceAPI, what: str) -> None:
    status, ask = WRONG[what]
    with pytest.raises(APIError) as raised:
        ask(api)
    assert raised.value.status_code == status


def test_a_place_outside_has_no_neighbourhood(api: PoliceAPI) -> None:
    assert api.locate_neighbourhood(51.5, -0.1) is None
