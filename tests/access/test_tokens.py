"""Tokens: shown once, kept as hashes, worthless once expired or revoked."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crimemap.access.principal import TEAM_READ
from crimemap.access.tokens import TokenStore
from crimemap.errors import NotFoundError, ParameterError
from crimemap.workspace import Workspace

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> TokenStore:
    return TokenStore(Workspace(tmp_path / "workspace").create())


def _made(store: TokenStore, **given):
    return store.create(
        **({"force": "northmarch", "neighbourhood": "NM01", "scopes": [TEAM_READ], "days": 30, "now": NOW} | given)
    )


def test_a_token_is_good_until_it_expires(store: TokenStore) -> None:
    token, text = _made(store)
    assert store.verify(text, now=NOW) == token
    assert store.verify(text, now=NOW + timedelta(days=29, hours=23)) == token
    assert store.verify(text, now=NOW + timedelta(days=30)) is None
    assert token.status(NOW + timedelta(days=31)) == "expired"


def test_a_revoked_token_is_worthless_at_once_and_stays_listed(store: TokenStore) -> None:
    token, text = _made(store)
    _, other = _made(store, neighbourhood="NM02")
    store.revoke(token.id, now=NOW)
    assert store.verify(text, now=NOW) is None
    assert store.verify(other, now=NOW) is not None
    assert {one.id: one.status(NOW) for one in store.list()}[token.id] == "revoked"


def test_a_text_that_differs_in_any_character_is_no_token(store: TokenStore) -> None:
    _, text = _made(store)
    for i in range(len(text)):
        changed = text[:i] + ("a" if text[i] != "a" else "b") + text[i + 1 :]
        assert store.verify(changed, now=NOW) is None, i
    for other in ("", "crimemap", text[:-1], text + "a", text + "\n", text.upper(), f" {text}"):
        assert store.verify(other, now=NOW) is None


def test_the_secret_is_in_no_file_and_the_file_is_the_owners_alone(store: TokenStore, tmp_path: Path) -> None:
    _, text = _made(store)
    secret = text.rsplit("_", 1)[1].encode() if "_" not in text[22:] else text[22:].encode()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert secret not in path.read_bytes()
    database = tmp_path / "workspace" / "tokens" / "tokens.sqlite"
    assert database.stat().st_mode & 0o077 == 0
    assert database.parent.stat().st_mode & 0o077 == 0


def test_two_tokens_are_never_the_same(store: TokenStore) -> None:
    assert len({_made(store)[1] for _ in range(20)}) == 20


@pytest.mark.parametrize("given", [{"scopes": ["everything"]}, {"scopes": []}, {"days": 0}, {"days": 4000}])
def test_what_cannot_be_granted_is_refused(store: TokenStore, given: dict) -> None:
    with pytest.raises(ParameterError, match=r"--scope|--expires"):
        _made(store, **given)
    assert store.list() == []


def test_revoking_what_is_not_there_says_so(store: TokenStore) -> None:
    with pytest.raises(NotFoundError, match="no such token"):
        store.revoke("0123456789ab")


def test_rotating_gives_the_same_rights_and_ends_the_old_one_after_the_overlap(store: TokenStore) -> None:
    old, old_text = _made(store, areas=["csp/E22000001"], label="tablet")
    made, text = store.rotate(old.id, days=90, overlap_days=7, now=NOW)
    assert (made.scopes, made.force, made.neighbourhood, made.areas, made.label) == (
        old.scopes,
        old.force,
        old.neighbourhood,
        old.areas,
        "tablet",
    )
    assert made.replaces == old.id
    later = NOW + timedelta(days=6, hours=23)
    assert store.verify(old_text, now=later) is not None
    assert store.verify(old_text, now=NOW + timedelta(days=7)) is None
    assert store.verify(text, now=NOW + timedelta(days=89)) == made


def test_tokens_that_took_each_others_place_are_of_one_lineage(store: TokenStore) -> None:
    first, _ = _made(store)
    second, _ = store.rotate(first.id, days=90, now=NOW)
    third, text = store.rotate(second.id, days=90, now=NOW)
    beside, _ = store.rotate(first.id, days=90, now=NOW)
    other, _ = _made(store)
    found = {one.id: one.lineage for one in store.list()}
    assert found == {one.id: first.id for one in (first, second, third, beside)} | {other.id: other.id}
    verified = store.verify(text, now=NOW)
    assert verified is not None
    assert (verified.principal().name, verified.principal().owner) == (f"token:{third.id}", f"token:{first.id}")


def test_an_overlap_never_makes_the_old_token_last_longer(store: TokenStore) -> None:
    old, text = _made(store, days=2)
    store.rotate(old.id, days=90, overlap_days=30, now=NOW)
    assert store.verify(text, now=NOW + timedelta(days=2)) is None


def test_no_overlap_ends_the_old_token_at_once(store: TokenStore) -> None:
    old, text = _made(store)
    store.rotate(old.id, days=90, overlap_days=0, now=NOW)
    assert store.verify(text, now=NOW) is None


def test_a_token_that_is_no_longer_good_is_not_rotated(store: TokenStore) -> None:
    old, _ = _made(store)
    store.revoke(old.id, now=NOW)
    for identifier in (old.id, "000000000000"):
        with pytest.raises(NotFoundError, match="still good"):
            store.rotate(identifier, days=90, now=NOW)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"areas": ["lad/E07000001"]}, "no area that can be granted"),
        ({"areas": ["csp"]}, "no area that can be granted"),
        ({"areas": ["csp/two words"]}, "no area that can be granted"),
        ({"force": "", "neighbourhood": ""}, "nothing without a team"),
        ({"label": "x" * 81}, "label"),
        ({"label": "two\nlines"}, "label"),
    ],
)
def test_rights_that_make_no_sense_are_refused(store: TokenStore, given: dict, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        _made(store, **given)


def test_tokens_from_before_there_were_granted_areas_still_open(store: TokenStore, tmp_path: Path) -> None:
    import sqlite3

    token, text = _made(store)
    file = tmp_path / "workspace" / "tokens" / "tokens.sqlite"
    with sqlite3.connect(file) as database:
        for column in ("areas", "label", "replaces"):
            database.execute(f"ALTER TABLE tokens DROP COLUMN {column}")
    database.close()
    assert store.verify(text, now=NOW) == token
