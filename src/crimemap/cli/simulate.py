"""Commands of the demonstration county."""

from pathlib import Path
from typing import Annotated, Any

import typer

from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say

__all__ = ["register"]

SeedOption = Annotated[int, typer.Option("--seed", help="The same seed gives the same county, to the byte.")]
MonthsOption = Annotated[int, typer.Option("--months", help="Length of the period, which ends with December 2025.")]
ScaleOption = Annotated[float, typer.Option("--scale", help="Incidents, as a share of some 8,600 a month.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("simulate")(_simulate)
    app.command("demo")(_demo)


def _simulate(
    out: Annotated[
        Path | None,
        typer.Argument(
            metavar="[OUT]",
            show_default=False,
            help="Directory to write; an earlier demonstration county in it is replaced. "
            "Default: downloads/demonstration-county in the workspace.",
        ),
    ] = None,
    seed: SeedOption = 1,
    months: MonthsOption = 36,
    scale: ScaleOption = 1.0,
    null: Annotated[
        bool, typer.Option("--null", help="Leave out everything that there is to find: what is found is a false alarm.")
    ] = False,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Write the demonstration county: an invented county whose hotspots, repeats and misfits are known.

    It holds archives as data.police.uk publishes them, boundaries, lookups, neighbourhood teams, the force's own
    confidential records of some offences, and in truth.json what was put in.
    """
    from crimemap.pipeline.demo import COUNTY_FOLDER, make_county
    from crimemap.workspace import Workspace

    with reported(as_json):
        if out is None:
            out = Workspace(workspace).create().downloads / COUNTY_FOLDER
        told = make_county(
            out, seed=seed, months=months, scale=scale, hotspots=not null, progress=_quiet if as_json else _progress
        )
        emit(told, as_json=as_json, show=lambda: _show_county(told))


def _demo(
    workspace: WorkspaceOption = Path("workspace"),
    seed: SeedOption = 1,
    months: MonthsOption = 36,
    scale: ScaleOption = 1.0,
    as_json: JsonOption = False,
) -> None:
    """
    Make a workspace of the demonstration county: simulated, ingested, released and activated.

    A second run takes seconds: what is there already, from the same seed, is left as it is.
    """
    from crimemap.pipeline.demo import build_demo

    with reported(as_json):
        made = build_demo(workspace, seed=seed, months=months, scale=scale, progress=_quiet if as_json else _progress)
        emit(made, as_json=as_json, show=lambda: _show_demo(made))


def _quiet(_: str) -> None:
    pass


def _progress(what: str) -> None:
    print(f"  {what}", flush=True)


def _show_county(told: dict[str, Any]) -> None:
    areas = told["areas"]
    say(f"The demonstration county of {told['force_name']} is in {told['path']}")
    say(f"  {told['incidents_that_happened']:,} incidents from {told['first_month']} to {told['latest_month']}")
    say(f"  {told['population']:,} people in {areas['neighbourhood']} neighbourhoods and {areas['lad']} districts")
    say(f"  no files for {told['missing_month']}, {told['confidential_records']:,} confidential records")
    say(f"What was put in is written in {told['path']}/truth.json")


def _show_demo(made: dict[str, Any]) -> None:
    areas = ", ".join(f"{n} {area_type}" for area_type, n in made["areas"].items())
    say(f"\nThe demonstration county is ready ({made['seconds']:.0f} seconds).")
    say(f"  workspace    {made['workspace']}")
    months = f"{made['first_month']} to {made['latest_month']}"
    say(f"  incidents    {made['incidents']:,}, {months}, at {made['places']:,} places")
    say(f"  no data      {made['missing_month']}: there was no file for it, which is not the same as no crime")
    say(f"  quarantined  {made['quarantined']:,} rows, each with its line and reason")
    say(f"  areas        {areas}")
    say(f"  release      {made['release']['id']} (active), {made['release']['files']:,} files")
    say(f"  the truth    {made['truth']}")
    say("\nTo look at it, run this (in a checkout 'make serve' does it) ...")
    say(f"  {made['serve_command']}")
    say(f"... and open {made['address']} in a browser:")
    for page in made["pages"]:
        say(f"    {made['address'].rstrip('/')}{page['path']}  {page['title']}")
    say("\nTo ask which partnerships should merge (the answer is known: see docs/demonstration-county.md):")
    say(f"  crimemap mergers search --workspace {made['workspace']}")
