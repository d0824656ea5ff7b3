"""Commands that serve."""

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from crimemap.cli import audit, subscriptions, tokens
from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("serve")(serve)
    app.add_typer(tokens.commands, name="tokens")
    app.add_typer(subscriptions.commands, name="subscriptions")
    app.command("audit")(audit.audit)


def serve(
    workspace: WorkspaceOption = Path("workspace"),
    public: Annotated[
        bool, typer.Option("--public", help="Serve the public application alone, unless --partner is given too.")
    ] = False,
    partner: Annotated[
        bool, typer.Option("--partner", help="Serve the partner application alone, unless --public is given too.")
    ] = False,
    host: Annotated[
        str, typer.Option(help="The address to listen at; 0.0.0.0 for every one of this machine.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port of the public application; 0 takes a free one.")
    ] = 8000,
    partner_port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port of the partner application; 0 takes a free one.")
    ] = 8001,
    worker: Annotated[
        bool,
        typer.Option("--worker/--no-worker", help="Run the partner application's jobs too, as 'crimemap worker' does."),
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """
    Serve the active release to everybody, and the workspace to whoever has a token.

    Two applications are started, each a process of its own: the public one, with the site and the API under /api and /v1, is
    told where the releases are and nothing else; the partner one is for teams, analysts and planners. Beside the partner
    application a worker runs jobs; one that ends is started again. A release that is activated meanwhile is served from then
    on. Ctrl-C ends all.
    """
    with reported(as_json):
        from crimemap.cli.servers import PARTNER, PUBLIC, WORKER, started_together, watch
        from crimemap.workspace import Workspace

        both = public == partner
        wanted = [(PUBLIC, port)] if public or both else []
        if partner or both:
            wanted.append((PARTNER, partner_port))
        place = Workspace(workspace)
        with (
            started_together(place, wanted, host=host, worker=(partner or both) and worker) as servers,
            contextlib.suppress(KeyboardInterrupt),
        ):
            applications = [one for one in servers if one.name != WORKER]
            result = {
                "servers": [{"application": one.name, "url": one.url, "pid": one.pid} for one in applications],
                "workers": [{"pid": one.pid} for one in servers if one.name == WORKER],
            }

            def show() -> None:
                for one in applications:
                    say(f"Serving the {one.name} application at {one.url} (Ctrl-C ends it).")

            emit(result, as_json=as_json, show=show)
            watch(place, servers)
