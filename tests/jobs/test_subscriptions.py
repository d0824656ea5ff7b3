"""A team is told that something changed, once, signed, however its receiver behaves; and nothing of what changed."""

import base64
import hashlib
import hmac
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from crimemap.access.audit_log import AuditLog
from crimemap.access.principal import JOBS_RUN, TEAM_READ
from crimemap.access.subscription_messages import MessageQueue
from crimemap.access.subscriptions import MOST_OF_A_TEAM, Subscription, SubscriptionStore
from crimemap.access.tokens import TokenStore
from crimemap.cli import app as cli
from crimemap.errors import ConflictError
from crimemap.jobs.subscriptions.delivering import Delivering, deliver
from crimemap.jobs.subscriptions.noticing import mark_now
from tests.access.hooks import Receiver, ask_to_wait, hang_up, receiver
from tests.briefing_county import BURGLARY, County, at

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    with receiver(tmp_path_factory.mktemp("hooks")) as made:
        yield made


class Told:
    """A team that has a subscription, in a workspace that incidents can be loaded into."""

    def __init__(self, county: County, hooks: Receiver) -> None:
        self.county, self.hooks, self.workspace = county, hooks, county.workspace
        hooks.got.clear()
        hooks.answers.clear()
        self.store, self.queue = SubscriptionStore(self.workspace), MessageQueue(self.workspace)
        self.tokens = TokenStore(self.workspace)
        self.token, _ = self.tokens.create(
            force=county.force, neighbourhood=county.code, scopes=[TEAM_READ], days=300, now=NOW
        )
        self.one = self.subscribe()

    def subscribe(self, **other: object) -> Subscription:
        of = {
            "force": self.county.force,
            "neighbourhood": self.county.code,
            "area_type": "neighbourhood",
            "area_code": self.county.code,
            "url": self.hooks.url,
            "created_by": f"token:{self.token.id}",
            "mark": mark_now(self.workspace, self.county.area),
        }
        return self.store.create(**of | other)

    def deliver(self, after: timedelta = timedelta(0), **other: object) -> dict[str, int]:
        hooks = self.hooks
        how = {
            "address": "https://partner.force.test/",
            "resolve": hooks.resolve,
            "internal": hooks.allowed,
            "context": hooks.trusted,
            "seconds": 2.0,
        }
        return deliver(self.workspace, Delivering(**how | other), now=NOW + after)

    def load(self, name: str, n: int = 3) -> None:
        where = self.county.middle
        self.county.load([(BURGLARY, at(f"2025-12-{k + 1:02d} 03:00"), where.x, where.y) for k in range(n)], name)

    def bodies(self) -> list[dict[str, object]]:
        return [json.loads(body) for _, _, body in self.hooks.got]

    def status(self) -> tuple[str, str]:
        (one,) = [one for one in self.store.held() if one.id == self.one.id]
        return one.status, one.reason


@pytest.fixture
def told(demo_workspace: Path, tmp_path: Path, hooks: Receiver) -> Told:
    return Told(County(demo_workspace, tmp_path / "workspace"), hooks)


def test_a_change_is_told_once_with_counts_and_links_and_no_incident(told: Told) -> None:
    assert told.deliver() == {"noticed": 0, "taken": 0, "refused": 0, "stopped": 0}
    told.load("first")
    assert told.deliver() == {"noticed": 1, "taken": 1, "refused": 0, "stopped": 0}
    (said,) = told.bodies()
    assert said["type"] == "incidents.changed"
    # The month's published incidents of the area gave way to the force's own.
    counts = said["data"]["counts"]
    assert (counts["new"], counts["changed"], counts["at_least"]) == (3, 0, False)
    assert said["data"]["links"]["briefing"] == "https://partner.force.test/teams/me/briefing"
    text = json.dumps(said)
    assert "Burglary" not in text
    assert "House" not in text
    assert f"{told.county.middle.x:.0f}" not in text
    assert told.deliver() == {"noticed": 0, "taken": 0, "refused": 0, "stopped": 0}
    assert len(told.hooks.got) == 1


def test_a_load_that_changes_nothing_in_the_area_is_not_told(told: Told) -> None:
    elsewhere = told.county.elsewhere
    told.county.load([(BURGLARY, at("2027-01-05 03:00"), elsewhere.x, elsewhere.y)], "far")
    assert told.deliver() == {"noticed": 0, "taken": 0, "refused": 0, "stopped": 0}
    told.load("near")
    assert told.deliver()["taken"] == 1


def test_the_message_is_signed_with_the_secret_of_its_subscription(told: Told) -> None:
    told.load("first")
    told.deliver()
    _, headers, body = told.hooks.got[0]
    key = base64.b64decode(told.one.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert json.loads(body)["data"]["message"] == headers["webhook-id"]


def test_a_receiver_that_fails_is_tried_again_later_and_later_with_the_same_message(told: Told) -> None:
    told.load("first")
    told.hooks.answers += [500, hang_up, 204]
    assert told.deliver()["refused"] == 1
    assert told.deliver(timedelta(seconds=26))["refused"] == 0, "not before its time"
    assert told.deliver(timedelta(seconds=40))["refused"] == 1
    assert told.deliver(timedelta(seconds=90))["refused"] == 0
    assert told.deliver(timedelta(seconds=120))["taken"] == 1
    ids = [headers["webhook-id"] for _, headers, _ in told.hooks.got]
    assert len(ids) == 3
    assert len(set(ids)) == 1
    (line,) = told.queue.log(told.one.id)
    assert (line["status"], line["attempts"], line["http_status"]) == ("taken", 3, 204)


def test_what_changes_while_a_message_waits_is_told_after_it_and_not_lost(told: Told) -> None:
    told.load("first")
    told.hooks.answers.append(503)
    told.deliver()
    told.load("second", 5)
    assert told.deliver(timedelta(minutes=2)) == {"noticed": 0, "taken": 1, "refused": 0, "stopped": 0}
    assert told.deliver(timedelta(minutes=3)) == {"noticed": 1, "taken": 1, "refused": 0, "stopped": 0}
    assert told.bodies()[-1]["data"]["counts"]["new"] == 5


def test_a_receiver_that_asks_to_wait_is_left_alone_for_so_long(told: Told) -> None:
    told.load("first")
    told.hooks.answers.append(ask_to_wait("3600"))
    told.deliver()
    assert told.deliver(timedelta(minutes=59)) == {"noticed": 0, "taken": 0, "refused": 0, "stopped": 0}
    assert told.deliver(timedelta(minutes=61))["taken"] == 1


def test_a_message_is_given_up_after_so_many_attempts_and_the_subscription_says_why(told: Told) -> None:
    told.load("first")
    told.hooks.answers += [500, 500, 307]
    found = [told.deliver(timedelta(hours=k), attempts=3) for k in range(4)]
    assert [one["refused"] for one in found] == [1, 1, 1, 0]
    assert [one["stopped"] for one in found] == [0, 0, 1, 0]
    assert told.status() == ("stopped", "given up after 3 attempts, the last: redirected, which is not followed")
    told.load("second", 4)
    assert told.deliver(timedelta(hours=9)) == {"noticed": 0, "taken": 0, "refused": 0, "stopped": 0}
    assert len(told.hooks.got) == 3


def test_a_receiver_that_is_gone_is_believed_at_once(told: Told) -> None:
    told.load("first")
    told.hooks.answers.append(410)
    assert told.deliver()["stopped"] == 1
    assert told.status()[0] == "stopped"


def test_a_message_whose_process_was_ended_while_sending_is_sent_again(told: Told) -> None:
    told.load("first")
    told.hooks.answers.append(hang_up)
    assert told.deliver(attempts=5)["refused"] == 1
    # As if the process had ended after taking the message and before writing down what came of it.
    (message,) = told.queue.due(wait_s=30, now=NOW + timedelta(minutes=5))
    assert message.attempts == 2
    assert told.deliver(timedelta(minutes=5, seconds=10)) == {"noticed": 0, "taken": 0, "refused": 0, "stopped": 0}
    assert told.deliver(timedelta(minutes=6))["taken"] == 1


def test_one_slow_receiver_does_not_keep_the_others_waiting(told: Told) -> None:
    told.subscribe()
    told.load("first")
    told.hooks.answers += [lambda _handler: time.sleep(3)]
    found = told.deliver(seconds=0.7)
    assert (found["taken"], found["refused"]) == (1, 1)


def test_a_revoked_token_ends_its_subscriptions_and_a_rotated_one_hands_them_over(told: Told) -> None:
    new, _ = told.tokens.rotate(told.token.id, days=300, overlap_days=0, now=NOW)
    told.load("first")
    assert told.deliver(timedelta(hours=1))["taken"] == 1
    assert told.store.held()[0].created_by == f"token:{new.id}"
    told.tokens.revoke(new.id)
    told.load("second", 5)
    assert told.deliver(timedelta(hours=2)) == {"noticed": 0, "taken": 0, "refused": 0, "stopped": 1}
    assert told.status() == ("stopped", "the token that it was made with has ended")
    assert len(told.hooks.got) == 1


def test_of_two_tokens_that_took_the_place_of_one_the_good_one_holds_its_subscriptions(told: Told) -> None:
    lost, kept = (told.tokens.rotate(told.token.id, days=300, overlap_days=7, now=NOW)[0] for _ in range(2))
    told.tokens.revoke(told.token.id)
    told.tokens.revoke(lost.id)
    told.load("first")
    assert told.deliver(timedelta(hours=1))["taken"] == 1
    assert told.store.held()[0].created_by == f"token:{kept.id}"


def test_a_token_that_may_not_read_the_area_ends_its_subscription(told: Told) -> None:
    other, _ = told.tokens.create(
        force=told.county.force, neighbourhood=told.county.code, scopes=[JOBS_RUN], days=300, now=NOW
    )
    told.subscribe(created_by=f"token:{other.id}")
    told.subscribe(area_type="csp", area_code="E22000001")
    assert told.deliver()["stopped"] == 2
    assert told.status()[0] == "active"


def test_a_sign_in_that_does_not_last_ends_with_its_time(told: Told) -> None:
    made = told.subscribe(created_by="oidc:somebody", ends_at=NOW + timedelta(days=30))
    assert told.deliver(timedelta(days=29))["stopped"] == 0
    assert told.deliver(timedelta(days=30))["stopped"] == 1
    assert {one.id: one.status for one in told.store.held()}[made.id] == "stopped"


def test_a_state_that_is_no_longer_kept_is_told_as_a_reload_without_counts(told: Told) -> None:
    mark = dict(told.one.mark) | {"table": "another"}
    told.store.move(told.one.id, mark)
    assert told.deliver()["taken"] == 1
    (said,) = told.bodies()
    assert (said["type"], said["data"]["counts"]) == ("incidents.reloaded", None)


def test_what_was_sent_is_forgotten_and_the_file_is_its_owners_alone(told: Told) -> None:
    told.load("first")
    told.deliver()
    path = told.workspace.root / "subscriptions" / "subscriptions.sqlite"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert told.hooks.got
    assert b"incidents/changes" not in path.read_bytes()
    assert set(told.queue.log(told.one.id)[0]) == {
        "id", "event", "created_at", "attempts", "next_at", "status", "http_status", "reason", "ended_at",
    }  # fmt: skip


def test_every_attempt_is_in_the_audit_log_without_the_address(told: Told) -> None:
    told.load("first")
    told.hooks.answers.append(500)
    told.deliver()
    told.deliver(timedelta(minutes=2))
    taken, refused = AuditLog(told.workspace).read(limit=2)
    assert (refused["status"], refused["n_rows"]) == (500, None)
    assert (taken["status"], taken["who"], taken["area_code"]) == (204, f"subscription:{told.one.id}", told.county.code)
    assert taken["n_rows"] >= 3
    assert "open-sesame" not in json.dumps(AuditLog(told.workspace).read())


def test_a_team_has_so_many_subscriptions_and_no_more(told: Told) -> None:
    for _ in range(MOST_OF_A_TEAM - 1):
        told.subscribe()
    with pytest.raises(ConflictError, match="at most 10"):
        told.subscribe()
    told.store.remove(told.one.id)
    told.subscribe()


def test_one_process_delivers_at_a_time(told: Told) -> None:
    told.deliver()
    with FileLock(told.workspace.root / "subscriptions" / "delivering.lock"), pytest.raises(ConflictError, match="another"):
        told.deliver()


def test_the_command_delivers_lists_and_cancels(told: Told, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    host = told.hooks.url.split("/")[2]
    monkeypatch.setenv("CRIMEMAP_WEBHOOK_INTERNAL_HOSTS", host)
    monkeypatch.setenv("CRIMEMAP_WEBHOOK_TIME_LIMIT_S", "2")
    token, _ = told.tokens.create(force=told.county.force, neighbourhood=told.county.code, scopes=[TEAM_READ], days=300)
    told.store.hand_over(told.one.id, f"token:{token.id}")
    where = ["--workspace", str(told.workspace.root), "--json"]
    told.load("first")
    run = CliRunner().invoke
    # The host is not in any directory of names: that is said, and tried again later.
    monkeypatch.setattr("crimemap.access.webhook_url.socket.getaddrinfo", _unknown)
    found = json.loads(run(cli, ["subscriptions", "deliver", *where]).stdout)
    assert (found["noticed"], found["refused"]) == (1, 1)
    (listed,) = json.loads(run(cli, ["subscriptions", "list", *where]).stdout)["subscriptions"]
    assert listed["url"] == f"https://{host}/…"
    assert listed["messages"][0]["reason"] == "the host has no address"
    assert told.one.secret not in json.dumps(listed)
    assert json.loads(run(cli, ["subscriptions", "cancel", told.one.id, *where]).stdout)["id"] == told.one.id
    assert told.store.held() == []
    assert run(cli, ["subscriptions", "cancel", told.one.id, *where]).exit_code == 1


def test_the_watching_command_tells_what_is_loaded_meanwhile_and_outlives_a_lock(
    demo_workspace: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with receiver(tmp_path_factory.mktemp("localhost"), "localhost") as hooks:
        told = Told(County(demo_workspace, tmp_path / "workspace"), hooks)
        token, _ = told.tokens.create(force=told.county.force, neighbourhood=told.county.code, scopes=[TEAM_READ], days=1)
        told.store.remove(told.one.id)
        made = told.subscribe(url=f"https://localhost:{hooks.port}/in", created_by=f"token:{token.id}")
        environment = os.environ | {
            "CRIMEMAP_WEBHOOK_INTERNAL_HOSTS": f"localhost:{hooks.port}",
            "SSL_CERT_FILE": str(hooks.certificate),
        }
        command = [sys.executable, "-c", "from crimemap.cli import main; main()", "subscriptions", "deliver", "--watch"]
        command += ["--every", "1", "--json", "--workspace", str(told.workspace.root)]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True) as process:
            try:
                lock = told.workspace.root / "subscriptions" / "delivering.lock"
                assert _within(30, lock.exists)
                with FileLock(lock):
                    time.sleep(2.5)
                told.load("first")
                assert _within(30, lambda: [line["status"] for line in told.queue.log(made.id)] == ["taken"])
                time.sleep(0.5)  # it has been written down, and is being counted
            finally:
                process.send_signal(signal.SIGINT)
                said, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert json.loads(said) == {"noticed": 1, "taken": 1, "refused": 0, "stopped": 0}
    assert "another process is delivering" in errors
    assert "Traceback" not in errors


def _within(seconds: float, true: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()


def _unknown(*_: object, **__: object) -> None:
    raise OSError
