"""Commands that make, rotate, list and revoke tokens of the partner application."""

from pathlib import Path
from typing import Annotated, Any

import typer

from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say, table

__all__ = ["commands"]

commands = typer.Typer(
    help="Tokens with which teams, analysts and planners reach the partner application.", no_args_is_help=True
)


ExpiresOption = Annotated[int, typer.Option(help="For how many days it is good, 366 at most.")]


@commands.command("create")
def create(
    team: Annotated[
        str, typer.Option(help="The team: FORCE/NEIGHBOURHOOD, such as leicestershire/NC04. None for other people.")
    ] = "",
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it may do: team:read, team:write, jobs:run, planning, admin.", show_default="team:read"),
    ] = None,
    area: Annotated[
        list[str] | None,
        typer.Option(help="An area that the team may read beside its own: csp/E22000123, bcu/CODE."),
    ] = None,
    label: Annotated[str, typer.Option(help="What it is for, in your words.")] = "",
    expires: ExpiresOption = 90,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Make a token for a neighbourhood team, analyst or planner. It is shown now and never again: only its hash is kept."""
    with reported(as_json):
        from crimemap.pipeline.tokens import create_token
        from crimemap.workspace import Workspace

        made = create_token(
            Workspace(workspace), team=team, scopes=scope or ["team:read"], areas=area or [], label=label, days=expires
        )
        emit(made, as_json=as_json, show=lambda: _shown(made))


@commands.command("rotate")
def rotate(
    token_id: Annotated[str, typer.Argument(help="The token's id, from 'crimemap tokens list'.")],
    expires: ExpiresOption = 90,
    overlap: Annotated[int, typer.Option(help="For how many days the old one stays good, 30 at most; 0 ends it now.")] = 7,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Make a token that takes the place of another: the same rights, and both are good for a while."""
    with reported(as_json):
        from crimemap.pipeline.tokens import rotate_token
        from crimemap.workspace import Workspace

        made = rotate_token(Workspace(workspace), token_id, days=expires, overlap_days=overlap)
        emit(made, as_json=as_json, show=lambda: _shown(made))


def _shown(made: dict[str, Any]) -> None:
    say(made["token"])
    of = f" of {made['force']}/{made['neighbourhood']}" if made["force"] else ""
    after = f" It takes the place of {made['replaces']}." if made["replaces"] else ""
    say(f"Token {made['id']}{of}, good until {made['expires_at']}.{after} It is not shown again.")


@commands.command("list")
def list_(workspace: WorkspaceOption = Path("workspace"), as_json: JsonOption = False) -> None:
    """List the tokens: whose, for what, until when, and whether they are still good."""
    with reported(as_json):
        from crimemap.pipeline.tokens import list_tokens
        from crimemap.workspace import Workspace

        found = list_tokens(Workspace(workspace))

        def show() -> None:
            rows = [
                (
                    one["id"],
                    f"{one['force']}/{one['neighbourhood']}" if one["force"] else "none",
                    " ".join(one["scopes"]),
                    one["expires_at"],
                    one["status"],
                    one["label"],
                )
                for one in found["tokens"]
            ]
            table("Tokens", ["Id", "Team", "Scopes", "Expires", "Status", "Label"], rows)

        emit(found, as_json=as_json, show=show)


@commands.command("revoke")
def revoke(
    token_id: Annotated[str, typer.Argument(help="The token's id, from 'crimemap tokens list'.")],
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Revoke a token: from now on it opens nothing."""
    with reported(as_json):
        from crimemap.pipeline.tokens import revoke_token
        from crimemap.workspace import Workspace

        revoked = revoke_token(Workspace(workspace), token_id)
        emit(revoked, as_json=as_json, show=lambda: say(f"Token {revoked['id']} is revoked."))
