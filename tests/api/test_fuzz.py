"""Whatever is sent, the answer is one of those documented: never 422, never 500."""

from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.client import InProcess
from tests.api.release_fixture import FORCE

TEXT = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "nan", "inf", "-0", "1e400", "52.5", "-1.4", "2024-10", "2024-13", "all-crime", FORCE, "NM01", "%00", "\x00"]
    ),
    st.floats().map(str),
    st.integers().map(str),
    st.lists(st.tuples(st.floats(-200, 200), st.floats(-200, 200)), max_size=8).map(
        lambda points: ":".join(f"{y},{x}" for y, x in points)
    ),
)
NAMES = st.sampled_from(
    [
        "lat",
        "lng",
        "poly",
        "date",
        "q",
        "location_id",
        "category",
        "force",
        "limit",
        "offset",
        "months",
        "to",
        "vintage",
        "only",
        "h3_resolution",
    ]
)
PATHS = st.one_of(
    st.sampled_from(
        [
            "/api/crimes-street/all-crime",
            "/api/crimes-at-location",
            "/api/crimes-no-location",
            "/api/locate-neighbourhood",
            "/api/crime-categories",
            "/v1/areas/neighbourhood",
            "/v1/areas/neighbourhood/NM01",
            "/v1/summaries/neighbourhood/NM01",
            f"/v1/hotspots/{FORCE}",
            "/v1/alignment",
            "/v1/alignment/ladder",
            "/v1/alignment/scenarios",
            "/v1/alignment/searches",
            "/v1/alignment/pairs/csp-2024/bcu-2024/map",
        ]
    ),
    st.lists(st.text(max_size=12).map(lambda part: quote(part, safe="")), max_size=4).map(
        lambda parts: "/" + "/".join(parts)
    ),
    st.lists(st.text(max_size=12).map(lambda part: quote(part, safe="")), max_size=3).map(
        lambda parts: "/api/" + "/".join(parts)
    ),
    st.lists(st.text(max_size=12).map(lambda part: quote(part, safe="")), max_size=3).map(
        lambda parts: "/v1/" + "/".join(parts)
    ),
)
ALLOWED = {200, 204, 308, 400, 404, 405, 413, 503}


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=PATHS,
    parameters=st.dictionaries(NAMES, TEXT, max_size=5),
    method=st.sampled_from(["GET", "POST", "HEAD", "DELETE"]),
)
def test_no_request_gets_an_answer_that_is_not_documented(
    client: InProcess, aligned: InProcess, path: str, parameters: dict[str, str], method: str
) -> None:
    sent = {name: value.encode("utf-8", "replace").decode() for name, value in parameters.items()}
    how = {"data": sent} if method == "POST" else {"params": sent}
    for asked in (client, aligned):
        answer = asked.request(method, path, **how)
        assert answer.status_code in ALLOWED
    if path.startswith("/api/") and answer.status_code == 404 and method == "GET":
        assert answer.text == "Not Found"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=200), st.sampled_from(["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""])
)
def test_no_body_breaks_the_server(client: InProcess, body: bytes, kind: str) -> None:
    answer = client.post("/api/crimes-street/all-crime", content=body, headers={"content-type": kind})
    assert answer.status_code == 400
