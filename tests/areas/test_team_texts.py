"""What teams write: kept whole, never overwritten unseen, and harmless."""

import sqlite3
import threading

import pytest

from crimemap.areas.team_fields import TeamTextError, checked_text
from crimemap.areas.team_texts import StaleVersionError, TeamTexts
from crimemap.errors import NotFoundError
from crimemap.workspace import Workspace

SPEEDING = {"issue": "<p>Speeding</p>", "issue-date": "2025-07-01"}


@pytest.fixture
def texts(tmp_path):
    return TeamTexts(Workspace(tmp_path / "w"), force="avon", neighbourhood="A1")


def test_a_draft_on_a_published_text_is_not_public_until_it_is_published(texts):
    one = texts.create("priorities", SPEEDING, who="a")
    assert texts.public("priorities") == {}
    one = texts.publish("priorities", one.id, who="a", seen=one.tag)
    edited = texts.edit("priorities", one.id, SPEEDING | {"issue": "Racing"}, who="b", seen=one.tag)
    assert texts.public("priorities")[one.id].content["issue"] == "<p>Speeding</p>"
    texts.publish("priorities", one.id, who="b", seen=edited.tag)
    assert texts.public("priorities")[one.id].content["issue"] == "Racing"
    assert [(v.version, v.who, v.action) for v in texts.history("priorities", one.id)] == [
        (1, "a", "created"),
        (2, "a", "published"),
        (3, "b", "edited"),
        (4, "b", "published"),
    ]


def test_a_withdrawn_text_is_gone_and_comes_back_only_by_publishing(texts):
    one = texts.create("messages", {"title": "Burst main", "text": "Mind.", "date": "2025-07-01"}, who="a")
    one = texts.publish("messages", one.id, who="a", seen=one.tag)
    one = texts.withdraw("messages", one.id, who="a", seen=one.tag)
    assert texts.public("messages") == {one.id: None}
    one = texts.undo("messages", one.id, who="a", seen=one.tag)
    assert (one.action, one.state, texts.public("messages")) == ("restored 2", "draft", {one.id: None})
    one = texts.publish("messages", one.id, who="a", seen=one.tag)
    assert texts.public("messages")[one.id] == one


def test_undo_names_any_version_and_no_version_that_is_not_there(texts):
    one = texts.create("priorities", SPEEDING, who="a")
    with pytest.raises(NotFoundError):
        texts.undo("priorities", one.id, who="a", seen=one.tag)
    for issue in ("two", "three"):
        one = texts.edit("priorities", one.id, SPEEDING | {"issue": issue}, who="a", seen=one.tag)
    assert texts.undo("priorities", one.id, who="a", seen=one.tag, version=1).content["issue"] == "<p>Speeding</p>"
    with pytest.raises(NotFoundError):
        texts.undo("priorities", one.id, who="a", seen="*", version=99)


def test_of_many_who_read_the_same_version_one_writes(texts):
    one = texts.create("priorities", SPEEDING, who="a")
    won, lost = [], []

    def write(n):
        try:
            won.append(texts.edit("priorities", one.id, SPEEDING | {"issue": str(n)}, who=str(n), seen=one.tag))
        except StaleVersionError:
            lost.append(n)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 5)
    assert len(texts.history("priorities", one.id)) == 2


def test_another_team_has_none_of_it(texts, tmp_path):
    one = texts.create("priorities", SPEEDING, who="a")
    for force, code in (("avon", "A2"), ("kent", "A1")):
        other = TeamTexts(Workspace(tmp_path / "w"), force=force, neighbourhood=code)
        assert other.latest("priorities") == []
        with pytest.raises(NotFoundError):
            other.edit("priorities", one.id, SPEEDING, who="b", seen="*")


def test_the_file_is_the_owners_alone_and_refuses_to_forget(texts, tmp_path):
    texts.create("priorities", SPEEDING, who="a")
    path = tmp_path / "w" / "teams" / "texts.sqlite"
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    with sqlite3.connect(path) as database, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        database.execute("DELETE FROM versions")


@pytest.mark.parametrize(
    ("kind", "given", "fields"),
    [
        ("priorities", {}, ["issue", "issue-date"]),
        ("priorities", SPEEDING | {"issue": "<p> </p>"}, ["issue"]),
        ("priorities", SPEEDING | {"issue": "x" * 4001}, ["issue"]),
        ("priorities", SPEEDING | {"issue-date": "2025-02-30"}, ["issue-date"]),
        ("priorities", SPEEDING | {"issue-date": "1 July"}, ["issue-date"]),
        ("priorities", SPEEDING | {"action-date": "2025-06-30"}, ["action-date"]),
        ("priorities", SPEEDING | {"colour": "red", "action": 5}, ["action", "colour"]),
        ("events", {"title": "A", "start_date": "2025-07-01T19:00", "end_date": "2025-07-01T19:00"}, ["end_date"]),
        ("events", {"title": "A", "start_date": "2025-07-02", "end_date": "2025-07-01"}, ["end_date"]),
        ("messages", {"title": "A\ud800", "text": "b", "date": "2025-07-01"}, ["title"]),
        ("contact", {"email": "a@b", "telephone": "call us", "web": "javascript:x()"}, ["email", "telephone", "web"]),
    ],
)
def test_every_field_that_cannot_be_taken_is_named(kind, given, fields):
    with pytest.raises(TeamTextError) as caught:
        checked_text(kind, given)
    assert sorted(field for field, _ in caught.value.faults) == fields


def test_what_a_browser_would_run_or_load_is_not_kept():
    hostile = (
        '<p style="x" onclick=y()>A<img src=x onerror=y()><a href="javascript:y()">b</a></p><!-- end --><script>z()</script>'
    )
    kept = checked_text("priorities", SPEEDING | {"issue": hostile})["issue"]
    assert kept == "<p>A<a>b</a></p>"


def test_contact_details_that_are_not_named_are_not_touched():
    found = checked_text("contact", {"email": "team@example.org", "twitter": "", "telephone": "+44 (0)20 7946-0000"})
    assert found == {"email": "team@example.org", "telephone": "+44 (0)20 7946-0000", "twitter": ""}
