import json

import pytest

from crimemap.areas.neighbourhoods import NeighbourhoodStore
from crimemap.areas.sanitise import clean_date, clean_html, clean_text, clean_web_address
from crimemap.errors import GeometryError, InputError, NotFoundError, UnreadableFileError
from crimemap.pipeline.areas import add_areas
from crimemap.pipeline.neighbourhoods import add_neighbourhoods, list_neighbourhoods
from crimemap.workspace import Workspace
from tests.areas.made import squares, write

RING = [
    {"latitude": "52.10", "longitude": "-1.10"},
    {"latitude": "52.10", "longitude": "-1.00"},
    {"latitude": "52.20", "longitude": "-1.00"},
]


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def given(**more):
    return {"id": "AB1", "name": "Alder Bank", "centre": {"latitude": "52.15", "longitude": "-1.05"}} | more


def added(workspace, tmp_path, *neighbourhoods, force=None):
    path = tmp_path / "given.json"
    path.write_text(json.dumps({"force": force or {}, "neighbourhoods": list(neighbourhoods)}))
    return add_neighbourhoods(workspace, path, force="demoshire", vintage="2024")


def one(workspace):
    (found,) = NeighbourhoodStore(workspace).neighbourhoods("demoshire")
    return found


def test_every_key_of_the_public_api_is_there_even_where_nothing_was_given(workspace, tmp_path):
    added(workspace, tmp_path, {"id": "AB1"})
    assert one(workspace) == {
        "id": "AB1",
        "name": "AB1",
        "description": "",
        "url_force": "",
        "population": "0",
        "contact_details": {},
        "centre": None,
        "links": [],
        "locations": [],
        "people": [],
        "events": [],
        "priorities": [],
    }
    assert NeighbourhoodStore(workspace).force("demoshire")["name"] == "Demoshire"


def test_html_is_reduced_to_the_short_list_everywhere_it_may_come(workspace, tmp_path):
    bad = '<p onclick="x()">Hi<script>x()</script> <a href="javascript:x()">a</a><img src=x onerror=x()><b>b</b></p>'
    safe = "<p>Hi <a>a</a>b</p>"
    added(
        workspace,
        tmp_path,
        given(
            description=bad,
            people=[{"name": "<i>Ann</i> &amp; Co", "bio": bad}],
            events=[{"title": bad, "description": bad, "start_date": "2024-05-01"}],
            priorities=[{"issue": bad, "action": bad, "issue-date": "2024-05-01"}],
            links=[{"url": "http://a.uk/", "title": bad, "description": bad}],
        ),
    )
    held = one(workspace)
    assert held["description"] == held["people"][0]["bio"] == held["events"][0]["description"] == safe
    assert held["priorities"][0]["issue"] == held["priorities"][0]["action"] == held["links"][0]["description"] == safe
    assert held["people"][0]["name"] == "Ann & Co"
    assert held["events"][0]["title"] == "Hi ab"


def test_dates_have_one_form_and_all_four_keys_of_a_priority_are_there(workspace, tmp_path):
    added(
        workspace,
        tmp_path,
        given(
            priorities=[{"issue": "x", "issue_date": "14/04/2016"}, {"issue": "y", "issue-date": "2016-07-01T00:30:00Z"}],
            events=[{"title": "t", "start_date": "2016-09-17 12:00"}],
        ),
    )
    held = one(workspace)
    assert held["priorities"][0] == {
        "issue": "x",
        "issue-date": "2016-04-14T00:00:00",
        "action": None,
        "action-date": None,
    }
    assert held["priorities"][1]["issue-date"] == "2016-07-01T01:30:00"
    assert (held["events"][0]["start_date"], held["events"][0]["end_date"]) == ("2016-09-17T12:00:00", None)


def test_what_cannot_be_used_is_set_aside_with_a_reason_and_counted(workspace, tmp_path):
    result = added(
        workspace,
        tmp_path,
        given(
            priorities=[{"issue": "no date"}, {"issue": "ok", "issue-date": "2016-01-01"}],
            events=[{"title": "t", "start_date": "soon"}],
            links=[{"url": "javascript:alert(1)"}, "not an object"],
            locations=[{"name": "Station", "latitude": None, "longitude": None}],
            people=[{"rank": "Sgt"}],
            contact_details={"email": "nobody", "telephone": "101", "fax": None, "pigeon": "coo", "web": "ftp://x.uk"},
            population="many",
        ),
    )
    held = one(workspace)
    assert [len(held[part]) for part in ("priorities", "events", "links", "locations", "people")] == [1, 0, 0, 0, 0]
    assert held["contact_details"] == {"telephone": "101"}
    counted = {(row["part"], row["reason"]): row["count"] for row in result["set_aside"]}
    assert counted == {
        ("contact_details", "it is not contact details that can be shown"): 3,
        ("events", "its start date is missing or not a date"): 1,
        ("links", "its url is not an http or https address"): 1,
        ("links", "it is not an object"): 1,
        ("locations", "it has no position, or one outside the United Kingdom"): 1,
        ("people", "it has no name"): 1,
        ("population", "it is not a whole number"): 1,
        ("priorities", "its issue date is missing or not a date"): 1,
    }
    kept = NeighbourhoodStore(workspace).set_aside("demoshire")
    assert len(kept) == sum(counted.values())
    assert {"neighbourhood": "AB1", "part": "people", "reason": "it has no name", "raw": {"rank": "Sgt"}} in kept


def test_contact_details_never_hold_null(workspace, tmp_path):
    everything = {"email": "a@b.uk", "twitter": "@ab", "facebook": "www.facebook.com/ab", "google_plus": "", "rss": None}
    added(workspace, tmp_path, given(contact_details=everything))
    assert one(workspace)["contact_details"] == {
        "email": "a@b.uk",
        "twitter": "@ab",
        "facebook": "https://www.facebook.com/ab",
    }


@pytest.mark.parametrize("nid", ["", "neighbourhoods", "a/b", "..", "a?b", "x" * 65, "<b>"])
def test_an_id_that_cannot_stand_in_an_address_is_refused(workspace, tmp_path, nid):
    with pytest.raises(InputError, match=r"cannot be the id of a neighbourhood|has no id"):
        added(workspace, tmp_path, given(id=nid))
    assert not workspace.root.exists()


def test_an_id_given_twice_is_refused(workspace, tmp_path):
    with pytest.raises(InputError, match="1 ids come more than once, the first is 'AB1'"):
        added(workspace, tmp_path, given(), given())


def test_another_force_s_file_is_refused(workspace, tmp_path):
    with pytest.raises(InputError, match="about the force 'otherland'"):
        added(workspace, tmp_path, given(), force={"id": "otherland"})


def test_rings_become_a_boundary_set(workspace, tmp_path):
    result = added(workspace, tmp_path, given(boundary=RING), {"id": "AB2", "name": "No ring"})
    assert result["boundaries"]["set_id"] == "neighbourhood-2024-demoshire"
    assert result["boundaries"]["n_areas"] == 1
    held = NeighbourhoodStore(workspace).neighbourhoods("demoshire")
    assert [row["id"] for row in held] == ["AB1", "AB2"]


def test_a_ring_of_two_points_is_refused_and_changes_nothing(workspace, tmp_path):
    with pytest.raises(GeometryError, match="without a shape"):
        added(workspace, tmp_path, given(boundary=RING[:2]))
    assert not workspace.root.exists()


def test_boundaries_without_teams_are_neighbourhoods_all_the_same(workspace, tmp_path):
    path = write(squares(2, 1, columns_named=("id", "name")), tmp_path / "n.gpkg")
    add_areas(workspace, path, area_type="neighbourhood", vintage="2024", force="demoshire")
    store = NeighbourhoodStore(workspace)
    assert store.forces() == ["demoshire"]
    first = store.neighbourhoods("demoshire")[0]
    assert (first["id"], first["name"]) == ("E22000001", "Area 1")
    assert 51.5 < float(first["centre"]["latitude"]) < 52.5
    assert store.force("demoshire")["people"] == []
    with pytest.raises(NotFoundError, match="this force has no neighbourhoods"):
        store.neighbourhoods("otherland")


def test_the_same_again_changes_nothing_and_new_teams_replace_old_ones(workspace, tmp_path):
    assert added(workspace, tmp_path, given(people=[{"name": "Ann"}]))["changed"]
    assert not added(workspace, tmp_path, given(people=[{"name": "Ann"}]))["changed"]
    assert added(workspace, tmp_path, given(people=[{"name": "Bob"}]))["changed"]
    assert [person["name"] for person in one(workspace)["people"]] == ["Bob"]
    assert list_neighbourhoods(workspace)["forces"] == [
        {
            "force": "demoshire",
            "name": "Demoshire",
            "neighbourhoods": 1,
            "with_team": 1,
            "priorities": 0,
            "events": 0,
            "set_aside": 0,
        }
    ]


def test_a_folder_of_answers_of_the_api_is_read(workspace, tmp_path):
    folder = tmp_path / "answers"
    (folder / "AB1").mkdir(parents=True)
    (folder / "neighbourhoods.json").write_text(json.dumps([{"id": "AB1", "name": "Alder Bank"}]))
    (folder / "force.json").write_text(
        json.dumps({"id": "demoshire", "name": "Demoshire Police", "people": [{"name": "Chief"}]})
    )
    (folder / "AB1.json").write_text(json.dumps(given(description="<p>d</p>")))
    (folder / "AB1" / "people.json").write_text(json.dumps([{"name": "Ann", "rank": "PC"}]))
    (folder / "AB1" / "boundary.json").write_text(json.dumps(RING))
    result = add_neighbourhoods(workspace, folder, force="demoshire", vintage="2024")
    assert (result["neighbourhoods"], result["people"]) == (1, 2)
    assert one(workspace)["people"][0]["rank"] == "PC"
    assert result["boundaries"]["n_areas"] == 1
    assert NeighbourhoodStore(workspace).force("demoshire")["people"][0]["name"] == "Chief"


def test_ids_in_a_file_never_become_paths(workspace, tmp_path):
    folder = tmp_path / "answers"
    folder.mkdir()
    (tmp_path / "secret.json").write_text(json.dumps({"description": "secret"}))
    (folder / "neighbourhoods.json").write_text(json.dumps([{"id": "../secret", "name": "x"}]))
    with pytest.raises(InputError, match="cannot be the id"):
        add_neighbourhoods(workspace, folder, force="demoshire")


def test_simple_csv_files_are_read(workspace, tmp_path):
    folder = tmp_path / "csv"
    folder.mkdir()
    (folder / "neighbourhoods.csv").write_text(
        "id,name,description,email,telephone,latitude,longitude,population,colour\n"
        'NA,North,<p>x</p>,n@x.uk,101,52.1,-1.1,"1,200",red\nEA,East,,,,,,,\n'
    )
    (folder / "people.csv").write_text("neighbourhood,name,rank\nNA,Ann,PC\n,Chief,CC\n")
    (folder / "priorities.csv").write_text("neighbourhood,issue,issue_date,action,action_date\nNA,Speeding,01/02/2024,,\n")
    (folder / "events.csv").write_text("neighbourhood,title,start_date,email\nNA,Surgery,2024-03-01T10:00,e@x.uk\n")
    (folder / "links.csv").write_text("neighbourhood,url,title\nEA,www.example.org,Council\n")
    (folder / "locations.csv").write_text("neighbourhood,name,latitude,longitude,telephone\nNA,Station,52.1,-1.1,0116\n")
    result = add_neighbourhoods(workspace, folder, force="demoshire")
    assert result["notes"] == ["neighbourhoods.csv: columns that are not known were passed over: colour."]
    assert result["set_aside"] == []
    east, north = NeighbourhoodStore(workspace).neighbourhoods("demoshire")
    assert north["id"] == "NA"
    assert north["contact_details"] == {"email": "n@x.uk", "telephone": "101"}
    assert north["population"] == "1200"
    assert north["people"][0]["rank"] == "PC"
    assert north["priorities"][0]["issue-date"] == "2024-02-01T00:00:00"
    assert north["events"][0]["contact_details"] == {"email": "e@x.uk"}
    assert north["locations"][0]["telephone"] == "0116"
    assert east["links"] == [{"url": "https://www.example.org", "title": "Council", "description": ""}]
    assert NeighbourhoodStore(workspace).force("demoshire")["people"][0]["name"] == "Chief"


def test_a_row_about_an_unknown_neighbourhood_is_refused(workspace, tmp_path):
    (tmp_path / "neighbourhoods.csv").write_text("id,name\nA,x\n")
    (tmp_path / "people.csv").write_text("neighbourhood,name\nB,Ann\n")
    with pytest.raises(InputError, match=r"neighbourhood 'B', which is not in neighbourhoods\.csv"):
        add_neighbourhoods(workspace, tmp_path, force="demoshire")


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (b"{", UnreadableFileError, "not JSON at line 1"),
        (b"\xff\xfe{}", UnreadableFileError, "not UTF-8"),
        (b"[" * 200_000, UnreadableFileError, "not JSON"),
        (b'{"a": 1}', InputError, "not neighbourhoods"),
        (b"[1]", InputError, "not an object"),
        (b"[]", InputError, "no neighbourhoods in it"),
        (b'[{"id": "A", "name": {"x": 1}}]', InputError, "a text is not a text"),
    ],
)
def test_what_is_not_neighbourhoods_is_refused(workspace, tmp_path, content, error, said):
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(error, match=said):
        add_neighbourhoods(workspace, path, force="demoshire")
    assert not workspace.root.exists()


@pytest.mark.parametrize(
    "attack",
    [
        "<svg/onload=alert(1)>",
        '<a href="data:text/html,x">x</a>',
        "<a href=' javascript:alert(1)'>x</a>",
        '<a href="//evil.example/x">x</a>',
        '<p style="background:url(x)">x</p>',
        "<iframe src=x></iframe>",
        "<scr<script>ipt>alert(1)</script>",
        "<math><mi//xlink:href='data:x'>",
    ],
)
def test_attacks_leave_no_attribute_but_safe_links(attack):
    cleaned = clean_html(attack)
    for sign in ("onload", "javascript:", "data:", "//evil", "style", "iframe", "<script", "<math", "<svg"):
        assert sign not in cleaned.lower()
    assert "<script" not in clean_text(attack)


def test_small_cleaners_refuse_what_is_not_theirs():
    assert clean_date("31/02/2024") is None
    assert clean_date("0001-01-01") is None
    assert clean_date("2024-05-01T10:00:00.75") == "2024-05-01T10:00:00"
    assert clean_web_address("https://x.uk/a?b=c#d") == "https://x.uk/a?b=c#d"
    assert clean_web_address('https://x.uk/"onclick=') is None
    assert clean_web_address("not an address") is None
    assert clean_text("a\u202eb\x00c") == "abc"
