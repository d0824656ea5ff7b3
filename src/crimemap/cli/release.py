"""Commands that make and manage releases: what the public may see."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say, table

__all__ = ["register"]

_release = typer.Typer(help="Make and manage releases: what the public may see.", no_args_is_help=True)

_IdArgument = Annotated[str | None, typer.Argument(help="The release; the latest if not given.", show_default=False)]
_MEGABYTE = 1_000_000


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_release, name="release")


def _tell(text: str) -> None:
    """Say on standard error what is being done."""
    print(f"crimemap: {text}", file=sys.stderr, flush=True)


@_release.command("build")
def build(
    workspace: WorkspaceOption = Path("workspace"),
    months: Annotated[int, typer.Option(min=1, help="How many of the latest months to publish.")] = 36,
    force: Annotated[
        list[str] | None, typer.Option(help="Publish this force alone; may be given several times.", show_default=False)
    ] = None,
    threshold: Annotated[
        int, typer.Option(min=3, help="Counts of confidential incidents below this number are suppressed.")
    ] = 5,
    h3_resolution: Annotated[
        int, typer.Option("--h3-resolution", min=7, max=10, help="Size of the hotspot hexagons, 7 (large) to 10 (small).")
    ] = 9,
    source: Annotated[
        str | None,
        typer.Option(help="The source to take where two hold the same month of the same force.", show_default=False),
    ] = None,
    languages: Annotated[
        str | None,
        typer.Option(
            help="Languages of the pages of every force, such as en,cy. Without it, forces of Wales have Welsh pages too.",
            show_default=False,
        ),
    ] = None,
    tiles_url: Annotated[
        str | None,
        typer.Option(
            help="Tiles for the background of maps: an address with {z}, {x} and {y}. Without it maps need no other server.",
            show_default=False,
        ),
    ] = None,
    tiles_attribution: Annotated[str, typer.Option(help="What maps say of whose the tiles are.", show_default=False)] = "",
    site_address: Annotated[
        str,
        typer.Option(
            envvar="CRIMEMAP_SITE_ADDRESS",
            help="Address of the site's first page, for canonical links, a sitemap and what other sites show of pages.",
            show_default=False,
        ),
    ] = "",
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Print the report to the community of every neighbourhood and partnership (PDF).")
    ] = False,
    pdf_on_demand: Annotated[
        bool, typer.Option("--pdf-on-demand", help="Link these reports; 'crimemap serve' prints them when asked for.")
    ] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="Make every page again, also those that the newest release has the same.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """
    Build a release from the workspace: pages, maps, downloads and a database, audited for anything private.

    It is not published until 'crimemap release activate'. An interrupted build leaves nothing behind that looks like a
    release.
    """
    with reported(as_json):
        from crimemap.disclosure.policy import Policy
        from crimemap.pipeline import release
        from crimemap.products.addresses import checked_site_address
        from crimemap.products.base_map import BaseMap
        from crimemap.products.inputs import ReleaseOptions
        from crimemap.products.page_languages import checked_languages
        from crimemap.workspace import Workspace

        options = ReleaseOptions(
            months=months,
            h3_resolution=h3_resolution,
            policy=Policy(threshold=threshold),
            languages=None if languages is None else checked_languages(languages.split(",")),
            reports="pdf" if pdf else "on-demand" if pdf_on_demand else "none",
            site_address=checked_site_address(site_address) if site_address else "",
            base_map=None if tiles_url is None else BaseMap(url=tiles_url, attribution=tiles_attribution),
        )
        made = release.build(Workspace(workspace), options, forces=force or (), source=source, anew=anew, progress=_tell)

        def show() -> None:
            say(f"Built release {made['id']}: {made['first_month']} to {made['latest_month']}, {', '.join(made['forces'])}.")
            pages = made["area_pages"]
            say(f"Pages of areas: {pages['built']:,} built, {pages['unchanged']:,} unchanged.")
            say(f"{made['files']:,} files, {made['bytes'] / _MEGABYTE:,.1f} MB, in {made['path']}")
            say("To publish it: crimemap release activate")

        emit(made, as_json=as_json, show=show)


@_release.command("patch")
def patch(
    team: Annotated[
        str | None,
        typer.Option(
            help="FORCE/NEIGHBOURHOOD: take what this team says alone; of every team if not given.", show_default=False
        ),
    ] = None,
    only_make: Annotated[bool, typer.Option("--only-make", help="Make the release, and do not publish it.")] = False,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Publish what teams wrote in a release made from the active one, in seconds.

    Priorities, events, messages to residents and contact details are put anew; everything else is that of the active
    release, which stays as it is and can be activated again.
    """
    with reported(as_json):
        from crimemap.pipeline import release_patch
        from crimemap.workspace import Workspace

        force, neighbourhood = release_patch.named_team(team)
        done = release_patch.patch(Workspace(workspace), force=force, neighbourhood=neighbourhood, activate=not only_make)

        def show() -> None:
            if not done["teams"]:
                say(f"Every team says what release {done['id']} has of it; there is nothing to patch.")
                return
            say(f"Made release {done['id']} from {done['patch_of']}: {', '.join(done['teams'])}.")
            say(f"{len(done['files']):,} files differ.")
            say(f"Active release: {done['id']}" if done["active"] else "To publish it: crimemap release activate")

        emit(done, as_json=as_json, show=show)


@_release.command("list")
def list_(workspace: WorkspaceOption = Path("workspace"), as_json: JsonOption = False) -> None:
    """List the releases, newest first, and say which one is active."""
    with reported(as_json):
        from crimemap.pipeline import release
        from crimemap.workspace import Workspace

        found = release.list_releases(Workspace(workspace))

        def show() -> None:
            if not found["releases"]:
                say("No releases yet. Build one with 'crimemap release build'.")
                return
            rows = [
                (
                    one["id"] + ("" if one["readable"] else " (unreadable)"),
                    "active" if one["active"] else "",
                    f"{one['first_month']} to {one['latest_month']}" if one["readable"] else "manifest damaged",
                    ", ".join(one["forces"]),
                    one["files"],
                    f"{one['bytes'] / _MEGABYTE:,.1f}",
                )
                for one in found["releases"]
            ]
            table("", ("release", "", "months", "forces", "files", "MB"), rows, numeric=("files", "MB"))

        emit(found, as_json=as_json, show=show)


@_release.command("verify")
def verify(
    release_id: Annotated[
        str | None, typer.Argument(help="The release; the active one if not given, else the latest.", show_default=False)
    ] = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Hash every file of a release again and repeat its audit. Exit status 1 if anything is wrong."""
    with reported(as_json):
        from crimemap.pipeline import release
        from crimemap.workspace import Workspace

        found = release.verify(Workspace(workspace), release_id)
        emit(found, as_json=as_json, show=lambda: _show_verified(found))
        if not found["ok"]:
            wrong = len(found["differences"]) + len(found["findings"])
            _tell(f"{found['id']}: {wrong:,} thing{'s' * (wrong != 1)} wrong with this release. Build it again.")
            raise typer.Exit(1)


def _show_verified(found: dict[str, Any]) -> None:
    if found["ok"]:
        say(f"{found['id']}: every file is as it was built, and the audit passes.")
        return
    for sentence in found["differences"]:
        say(f"{found['id']}: {sentence}")
    for finding in found["findings"]:
        say(f"{found['id']}: {finding['where']} {finding['what']}")


@_release.command("activate")
def activate(
    release_id: _IdArgument = None, workspace: WorkspaceOption = Path("workspace"), as_json: JsonOption = False
) -> None:
    """Audit a release and publish it. The server notices by itself."""
    with reported(as_json):
        from crimemap.pipeline import release
        from crimemap.workspace import Workspace

        done = release.activate(Workspace(workspace), release_id)
        before = done["previous"]
        after = f" (before: {before})" if before and before != done["active"] else ""
        emit(done, as_json=as_json, show=lambda: say(f"Active release: {done['active']}{after}"))


@_release.command("rollback")
def rollback(workspace: WorkspaceOption = Path("workspace"), as_json: JsonOption = False) -> None:
    """Publish the release that was active before this one."""
    with reported(as_json):
        from crimemap.pipeline import release
        from crimemap.workspace import Workspace

        done = release.roll_back(Workspace(workspace))
        emit(done, as_json=as_json, show=lambda: say(f"Active release: {done['active']} (left: {done['previous']})"))


@_release.command("prune")
def prune(
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest releases to keep.")] = 3,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Remove old releases. The active one always stays."""
    with reported(as_json):
        from crimemap.pipeline import release
        from crimemap.workspace import Workspace

        done = release.prune(Workspace(workspace), keep)

        def show() -> None:
            say(f"Removed {len(done['removed'])}, kept {len(done['kept'])}.")

        emit(done, as_json=as_json, show=show)
