"""postcodes_io_api 0.0.4 and postcodes_io 0.1.0, pointed at us by their base address and nothing else."""

import pytest
from postcodes_io import Postcodes
from postcodes_io.exceptions import PostcodeNotFoundError
from postcodes_io_api import Api

from api.errors import POSTCODES_IO
from tests.api.server import RunningServer

KNOWN = "ZZ1 1AA"


@pytest.fixture
def api(lookups_server: RunningServer) -> Api:
    return Api(base_url=lookups_server.url + POSTCODES_IO)


@pytest.fixture(params=["", "/"])
def postcodes(lookups_server: RunningServer, request: pytest.FixtureRequest) -> Postcodes:
    return Postcodes(base_url=lookups_server.url + POSTCODES_IO + request.param)


def test_the_one_walks_every_method(api: Api) -> None:
    assert api.is_postcode_valid(KNOWN) is True
    assert api.is_postcode_valid("ZZ9 9ZZ") is False
    assert api.is_postcode_terminated(KNOWN) is False
    place = api.get_postcode(KNOWN)["result"]
    assert (place["postcode"], place["codes"]["pfa"]) == (KNOWN, "E23000099")
    assert api.get_postcode("nonsense") == {"status": 404, "error": "Invalid postcode"}
    near = api.get_nearest_postcodes_for_postcode(postcode=KNOWN, limit=2, radius=900)["result"]
    assert (near[0]["postcode"], near[0]["distance"], len(near)) == (KNOWN, 0, 2)
    there = {"latitude": place["latitude"], "longitude": place["longitude"]}
    assert api.get_nearest_postcodes_for_coordinates(**there, limit=1)["result"][0]["postcode"] == KNOWN
    assert api.get_autocomplete_postcode(postcode="ZZ10", limit=2)["result"] == ["ZZ10 0AA", "ZZ10 1AA"]
    assert api.get_outcode("zz10")["result"]["outcode"] == "ZZ10"
    assert api.get_nearest_outcodes_for_outcode(outcode="ZZ10", limit=1)["result"][0]["outcode"] == "ZZ10"
    assert api.get_nearest_outcodes_for_coordinates(**there)["result"][0]["outcode"] in ("ZZ1", "ZZ10")
    assert api.get_random_postcode()["result"]["country"] == "England"


def test_the_one_asks_for_many(api: Api) -> None:
    found = api.get_bulk_postcodes([KNOWN, "nonsense"])["result"]
    assert [(one["query"], one["result"] is None) for one in found] == [(KNOWN, False), ("nonsense", True)]
    place = found[0]["result"]
    geolocations = [{"longitude": place["longitude"], "latitude": place["latitude"], "limit": 1}]
    (reversed_,) = api.get_bulk_reverse_geocode({"geolocations": geolocations})["result"]
    assert reversed_["result"][0]["postcode"] == KNOWN


def test_the_other_walks_every_method(postcodes: Postcodes) -> None:
    place = postcodes.get(KNOWN)
    assert place["admin_district"] == "Ashby"
    assert postcodes.validate(KNOWN) is True
    assert postcodes.nearest(KNOWN)[0]["postcode"] == KNOWN
    assert postcodes.autocomplete("ZZ10")[0] == "ZZ10 0AA"
    assert postcodes.query("ZZ10")[0]["postcode"] == "ZZ10 0AA"
    assert postcodes.nearest_by_geo(place["latitude"], place["longitude"])[0]["postcode"] == KNOWN
    assert [one["query"] for one in postcodes.get_many([KNOWN, "ZZ10 0AA"])] == [KNOWN, "ZZ10 0AA"]


def test_the_other_raises_its_own_error(postcodes: Postcodes) -> None:
    with pytest.raises(PostcodeNotFoundError, match="Postcode not found"):
        postcodes.get("ZZ9 9ZZ")
