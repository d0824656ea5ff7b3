"""Commands that tell teams of changes by webhook."""

from pathlib import Path
from typing import Annotated, Any

import typer

from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say, table

__all__ = ["commands"]

commands = typer.Typer(help="Webhooks that tell teams that incidents of their area changed.", no_args_is_help=True)


@commands.command("deliver")
def deliver(
    watch: Annotated[bool, typer.Option("--watch", help="Go on until Ctrl-C, rather than once.")] = False,
    every: Annotated[int, typer.Option(min=1, max=86_400, help="With --watch: seconds between two looks.")] = 60,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Notice what changed, and send what waits: signed, tried again with longer and longer waits, given up with the reason.

    One process of a workspace delivers at a time. Run it after every load, or keep it running with --watch.
    """
    with reported(as_json):
        import contextlib
        import sqlite3
        import sys
        import time

        from crimemap.access.webhook_url import read_internal_hosts
        from crimemap.errors import CrimemapError
        from crimemap.jobs.subscriptions.delivering import Delivering
        from crimemap.jobs.subscriptions.delivering import deliver as delivered
        from crimemap.settings import PrivateSettings
        from crimemap.workspace import Workspace

        settings = PrivateSettings()
        how = Delivering(
            address=settings.partner_address,
            attempts=settings.webhook_attempts,
            first_wait_s=settings.webhook_first_wait_s,
            seconds=settings.webhook_time_limit_s,
            internal=read_internal_hosts(settings.webhook_internal_hosts),
        )
        total = delivered(Workspace(workspace), how)
        if watch:
            if not as_json:
                say(_words(total))
            with contextlib.suppress(KeyboardInterrupt):
                while True:
                    time.sleep(every)
                    try:
                        found = delivered(Workspace(workspace), how)
                    except (CrimemapError, OSError, sqlite3.Error) as error:
                        # A load that is under way, a disk that is full: the next look may find it over.
                        print(f"crimemap: {error}; looking again in {every} s", file=sys.stderr)
                        continue
                    total = {name: total[name] + n for name, n in found.items()}
                    if any(found.values()) and not as_json:
                        say(_words(found))
        emit(total, as_json=as_json, show=lambda: say(_words(total)))


def _words(said: dict[str, Any]) -> str:
    names = {"noticed": "noticed", "taken": "taken", "refused": "not taken", "stopped": "subscriptions ended"}
    return ", ".join(f"{said[name]} {told}" for name, told in names.items()) + "."


@commands.command("list")
def list_(workspace: WorkspaceOption = Path("workspace"), as_json: JsonOption = False) -> None:
    """List the subscriptions: whose, where to (the host), whether they are active, and what was last sent."""
    with reported(as_json):
        from crimemap.access.subscription_messages import MessageQueue
        from crimemap.access.subscriptions import SubscriptionStore
        from crimemap.workspace import Workspace

        held = SubscriptionStore(Workspace(workspace).require()).held()
        queue = MessageQueue(Workspace(workspace))
        found = {"subscriptions": [one.told() | {"messages": queue.log(one.id)} for one in held]}

        def show() -> None:
            rows = [
                (
                    one["id"],
                    f"{one['force']}/{one['neighbourhood']}",
                    f"{one['area_type']}/{one['area_code']}",
                    one["url"],
                    one["status"],
                    one["reason"],
                )
                for one in found["subscriptions"]
            ]
            table("Subscriptions", ["Id", "Team", "Area", "To", "Status", "Why"], rows)

        emit(found, as_json=as_json, show=show)


@commands.command("cancel")
def cancel(
    subscription_id: Annotated[str, typer.Argument(help="The subscription's id, from 'crimemap subscriptions list'.")],
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Delete a subscription, and what waits to be sent to it."""
    with reported(as_json):
        from crimemap.access.subscriptions import SubscriptionStore
        from crimemap.workspace import Workspace

        removed = SubscriptionStore(Workspace(workspace).require()).remove(subscription_id)
        emit(removed.told(), as_json=as_json, show=lambda: say(f"Subscription {removed.id} is deleted."))
