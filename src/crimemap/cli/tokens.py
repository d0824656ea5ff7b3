"""Commands that make, list and revoke tokens of neighbourhood teams."""

from pathlib import Path
from typing import Annotated

import typer

from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say, table

__all__ = ["commands"]

commands = typer.Typer(help="Tokens with which neighbourhood teams reach the partner application.", no_args_is_help=True)


@commands.command("create")
def create(
    team: Annotated[str, typer.Option(help="The team: FORCE/NEIGHBOURHOOD, such as leicestershire/NC04.")],
    scope: Annotated[list[str] | None, typer.Option(help="What it may do: team:read.", show_default="team:read")] = None,
    expires: Annotated[int, typer.Option(help="For how many days it is good, 366 at most.")] = 90,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Make a token for a neighbourhood team. It is shown now and never again: only its hash is kept."""
    with reported(as_json):
        from crimemap.pipeline.tokens import create_token
        from crimemap.workspace import Workspace

        made = create_token(Workspace(workspace), team=team, scopes=scope or ["team:read"], days=expires)

        def show() -> None:
            say(made["token"])
            say(f"Token {made['id']} of {team}, good until {made['expires_at']}. It is not shown again.")

        emit(made, as_json=as_json, show=show)


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
                    f"{one['force']}/{one['neighbourhood']}",
                    " ".join(one["scopes"]),
                    one["expires_at"],
                    one["status"],
                )
                for one in found["tokens"]
            ]
            table("Tokens", ["Id", "Team", "Scopes", "Expires", "Status"], rows)

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
