"""The OpenAPI document describes what is answered."""

from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from pydantic import TypeAdapter

from api import models, models_v1
from tests.api.client import InProcess
from tests.api.release_fixture import FORCE

ANSWERS: dict[str, Any] = {
    "/api/forces": list[models.Force],
    f"/api/forces/{FORCE}": models.ForceDetail,
    f"/api/forces/{FORCE}/people": list[models.Person],
    f"/api/{FORCE}/neighbourhoods": list[models.Neighbourhood],
    f"/api/{FORCE}/NM01": models.NeighbourhoodDetail,
    f"/api/{FORCE}/NM01/boundary": list[models.Point],
    f"/api/{FORCE}/NM01/people": list[models.Person],
    f"/api/{FORCE}/NM01/events": list[models.Event],
    f"/api/{FORCE}/NM01/priorities": list[models.Priority],
    "/api/locate-neighbourhood?q=52.45,-1.55": models.Located,
    "/api/crimes-street/all-crime?lat=52.5&lng=-1.45": list[models.Crime],
    "/api/crimes-at-location?location_id=5": list[models.Crime],
    f"/api/crimes-no-location?category=all-crime&force={FORCE}": list[models.Crime],
    "/api/crime-categories": list[models.Category],
    "/api/crime-last-updated": models.LastUpdated,
    "/api/crimes-street-dates": list[models.MonthHeld],
    "/v1/areas": list[models_v1.AreaSet],
    "/v1/areas/neighbourhood": models_v1.AreaPage,
    "/v1/areas/neighbourhood/NM04": models_v1.AreaDetail,
    "/v1/areas/neighbourhood/NM04/geometry": models_v1.Feature,
    "/v1/summaries/neighbourhood/NM03": models_v1.AreaSummary,
    f"/v1/hotspots/{FORCE}": models_v1.FeatureCollection,
    "/v1/releases": models_v1.Releases,
    "/v1/releases/active": models_v1.Release,
}


@pytest.mark.parametrize("path", sorted(ANSWERS))
def test_every_answer_has_the_shape_that_is_documented(client: InProcess, path: str) -> None:
    TypeAdapter(ANSWERS[path]).validate_json(client.get(path).content, strict=False)


def test_every_route_is_described_and_422_is_not_promised(client: InProcess) -> None:
    document = client.get("/openapi.json").json()
    assert len(document["paths"]) >= 22
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["description"], path
            assert "422" not in operation["responses"], path
            assert "404" in operation["responses"], path


def test_parameters_have_examples(client: InProcess) -> None:
    document = client.get("/openapi.json").json()
    street = document["paths"]["/api/crimes-street/{crime_category}"]
    assert all("examples" in one["schema"] for one in street["get"]["parameters"])
    assert "example" in street["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]


def test_every_good_answer_has_an_example_that_its_schema_allows(client: InProcess) -> None:
    document = client.get("/openapi.json").json()
    seen = 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
            if not answers:
                assert path.startswith("/postcodesio/terminated_postcodes"), "which is never answered with anything but 404"
            for answer in answers:
                assert answer["description"], (method, path)
                assert answer["content"], (method, path)
                for kind, content in answer["content"].items():
                    if kind.endswith("json"):
                        assert content["example"] not in (None, {}), (method, path)
                        schema = content["schema"] | {"components": document["components"]}
                        Draft202012Validator(schema).validate(content["example"])
                        seen += 1
    assert seen > 60


def test_every_parameter_is_described_or_names_what_its_path_says(client: InProcess) -> None:
    document = client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if path.startswith(("/postcodesio", "/mapit")):
                    assert parameter.get("description"), (path, parameter["name"])


def test_what_is_needed_is_told_as_needed_and_answered_in_the_surfaces_own_words(client: InProcess) -> None:
    document = client.get("/openapi.json").json()
    (needed,) = document["paths"]["/api/locate-neighbourhood"]["get"]["parameters"]
    assert (needed["name"], needed["required"], needed["schema"]["type"]) == ("q", True, "string")
    answer = client.get("/api/locate-neighbourhood")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/plain; charset=utf-8")
    assert "x-needed" not in client.get("/openapi.json").text
