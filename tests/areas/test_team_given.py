"""What the public sees of a team: the force's texts, with the team's own in their place or before them."""

import copy
from datetime import date

import pytest

from crimemap.areas.files import write_json
from crimemap.areas.team_given import CONTACT_ID, given_texts, with_texts
from crimemap.areas.team_texts import TeamTexts, teams_that_wrote
from crimemap.pipeline.release_neighbourhoods import gather_neighbourhoods
from crimemap.workspace import Workspace

DAY = date(2025, 7, 1)
GIVEN = {
    "id": "A1",
    "name": "Harbour",
    "contact_details": {"email": "force@example.org", "fax": "0123 456", "telephone": "101"},
    "priorities": [
        {"issue": "<p>Racing</p>", "issue-date": "2025-01-01T00:00:00", "action": None, "action-date": None},
        {"issue": "<p>Litter</p>", "issue-date": "2025-02-01T00:00:00", "action": None, "action-date": None},
        {"issue": "<p>Litter</p>", "issue-date": "2025-02-01T00:00:00", "action": None, "action-date": None},
    ],
    "events": [
        {"title": "Surgery", "start_date": "2025-08-01T18:00:00", "end_date": None, "contact_details": {"email": "x"}}
    ],
}


@pytest.fixture
def texts(tmp_path):
    return TeamTexts(Workspace(tmp_path / "w"), force="avon", neighbourhood="A1")


def _published(texts, kind, **content):
    one = texts.create(kind, content, who="a")
    return texts.publish(kind, one.id, who="a", seen=one.tag)


def _issues(made):
    return [one["issue"] for one in made["priorities"]]


def test_of_a_team_that_wrote_nothing_all_is_as_the_force_gave_it(texts):
    assert with_texts(GIVEN, texts, today=DAY) == GIVEN | {"messages": []}


def test_own_texts_come_first_the_newest_before_the_others_and_drafts_are_not_shown(texts):
    before = copy.deepcopy(GIVEN)
    for issue in ("one", "two"):
        _published(texts, "priorities", **{"issue": issue, "issue-date": "2025-03-01"})
    texts.create("priorities", {"issue": "draft", "issue-date": "2025-03-01"}, who="a")
    made = with_texts(GIVEN, texts, today=DAY)
    assert _issues(made) == ["two", "one", "<p>Racing</p>", "<p>Litter</p>", "<p>Litter</p>"]
    assert (made["priorities"][0]["action"], made["priorities"][0]["action-date"]) == (None, None)
    assert before == GIVEN


def test_what_the_force_gave_is_replaced_in_its_place_and_withdrawn_one_by_one(texts):
    racing, litter, again = given_texts("priorities", GIVEN).items()
    assert litter[0] != again[0], "two that say the same are two"
    for key, content in (racing, litter):
        texts.take_over("priorities", key, content, who="a")
    assert _issues(with_texts(GIVEN, texts, today=DAY)) == _issues(GIVEN)
    edited = texts.edit("priorities", racing[0], {"issue": "Racing at night", "issue-date": "2025-01-01"}, who="a", seen="*")
    texts.publish("priorities", racing[0], who="a", seen=edited.tag)
    texts.withdraw("priorities", litter[0], who="a", seen="*")
    assert _issues(with_texts(GIVEN, texts, today=DAY)) == ["Racing at night", "<p>Litter</p>"]


def test_a_changed_event_keeps_what_a_team_cannot_write(texts):
    ((key, content),) = given_texts("events", GIVEN).items()
    texts.take_over("events", key, content, who="a")
    edited = texts.edit("events", key, {"title": "Surgery, moved", "start_date": "2025-08-02T18:00"}, who="a", seen="*")
    texts.publish("events", key, who="a", seen=edited.tag)
    (made,) = with_texts(GIVEN, texts, today=DAY)["events"]
    assert (made["title"], made["start_date"], made["contact_details"]) == (
        "Surgery, moved",
        "2025-08-02T18:00:00",
        {"email": "x"},
    )


def test_contact_details_are_merged_and_an_empty_one_takes_away_what_the_force_gave(texts):
    one = texts.create("contact", {"email": "team@example.org", "fax": ""}, who="a", identifier=CONTACT_ID)
    assert with_texts(GIVEN, texts, today=DAY)["contact_details"] == GIVEN["contact_details"]
    one = texts.publish("contact", CONTACT_ID, who="a", seen=one.tag)
    assert with_texts(GIVEN, texts, today=DAY)["contact_details"] == {"email": "team@example.org", "telephone": "101"}
    texts.withdraw("contact", CONTACT_ID, who="a", seen=one.tag)
    assert with_texts(GIVEN, texts, today=DAY)["contact_details"] == GIVEN["contact_details"]


@pytest.mark.parametrize(("until", "shown"), [("", True), ("2025-07-01", True), ("2025-06-30", False)])
def test_a_message_is_shown_up_to_its_last_day(texts, until, shown):
    _published(texts, "messages", title="Burst main", text="Mind.", date="2025-06-01", until=until)
    assert bool(with_texts(GIVEN, texts, today=DAY)["messages"]) is shown


def test_a_release_takes_the_texts_of_the_team_that_wrote_them_alone(tmp_path):
    workspace = Workspace(tmp_path / "w").create()
    held = {"neighbourhoods": [GIVEN, GIVEN | {"id": "A2"}], "force": {"id": "avon"}, "set_aside": []}
    folder = workspace.neighbourhoods / "avon"
    folder.mkdir()
    write_json(folder / "neighbourhoods.json", held)
    assert teams_that_wrote(workspace) == set()
    _published(TeamTexts(workspace, force="avon", neighbourhood="A2"), "messages", title="Hail", text="!", date="2025-06-01")
    assert teams_that_wrote(workspace) == {("avon", "A2")}
    first, second = gather_neighbourhoods(workspace, ["avon", "kent"], today=DAY)
    assert (first.get("messages", []), [one["title"] for one in second["messages"]]) == ([], ["Hail"])
