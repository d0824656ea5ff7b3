"""Both clients walk the demonstration county as the program itself simulated, ingested and released it."""

import uk_police.client
from police_api import PoliceAPI
from uk_police.neighbourhoods import Neighbourhoods
from uk_police.street_level import StreetLevelCrime

from tests.api.server import RunningServer


def test_the_official_client_walks_all_of_it(demo_server: RunningServer) -> None:
    api = PoliceAPI(base_url=f"{demo_server.url}/api/")
    (force,) = api.get_forces()
    assert force.name
    assert force.description is not None
    neighbourhoods = force.neighbourhoods
    assert len(neighbourhoods) > 40
    months = api.get_dates()
    assert months == sorted(months, reverse=True)
    assert len(api.get_crime_categories()) == 14
    counted = 0
    for one in neighbourhoods:
        assert int(one.population) >= 0
        assert all(event.start_date.year > 2000 for event in one.events)
        assert all(priority.issue for priority in one.priorities)
        counted += len(one.crimes)
        middle = (float(one.centre["latitude"]), float(one.centre["longitude"]))
        found = api.locate_neighbourhood(*middle)
        assert found is not None
    everything = sum(len(api.get_crimes_no_location(force.id, date=month)) for month in months)
    assert counted > 0
    assert everything > 0
    near = api.get_crimes_point(*middle)
    assert {crime.month for crime in near} <= {months[0]}


def test_uk_police_walks_it_too(demo_server: RunningServer, monkeypatch) -> None:
    monkeypatch.setattr(uk_police.client.uk_police, "BASE_URL", f"{demo_server.url}/api")
    (force,) = [one["id"] for one in uk_police.client.uk_police()._get("forces")]
    asked, crimes = Neighbourhoods(), StreetLevelCrime()
    asked_of = asked.list_neighbourhoods(force)[:10]
    for one in asked_of:
        details = asked.get_neighbourhood_details(force, one["id"])
        centre = details["centre"]
        assert isinstance(crimes.get_street_crimes_at_location(float(centre["latitude"]), float(centre["longitude"])), list)
    asked.client.close()
    crimes.client.close()
