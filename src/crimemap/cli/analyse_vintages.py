"""The command that says what changed between two vintages of a boundary set."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from crimemap.cli.analyse import OutputOption, run_process
from crimemap.cli.shared import JsonOption, WorkspaceOption, reported, say, table

__all__ = ["register"]

_SHOWN = 40


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("vintages")(vintages)


def vintages(
    old: Annotated[str, typer.Argument(metavar="SET_OLD", help="The earlier boundary set: csp-2017.")],
    new: Annotated[str, typer.Argument(metavar="SET_NEW", help="The later one: csp-2020.")],
    population: Annotated[
        str | None, typer.Option("--population", help="Small areas with people; the nearest vintage's by default.")
    ] = None,
    vintage: Annotated[str | None, typer.Option("--population-vintage", help="Vintage of their numbers.")] = None,
    sliver_width: Annotated[float, typer.Option("--sliver-width", help="Slivers are narrower than this, metres ...")] = 30.0,
    sliver_share: Annotated[float, typer.Option("--sliver-share", help="... and a smaller share of either area ...")] = 0.05,
    sliver_people: Annotated[float, typer.Option("--sliver-people", help="... and hold fewer people.")] = 500.0,
    counts: Annotated[
        Path | None,
        typer.Option("--counts", help="CSV file that 'crimemap counts' wrote by SET_OLD, to carry over to SET_NEW."),
    ] = None,
    output: OutputOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Say what changed between two vintages of a set, and carry counts over.

    Areas are recoded, renamed, merged, split, or an edge moved; how many people that concerns is said. With --counts and
    --output FILE.csv the file has the counts by the new areas.
    """
    with reported(as_json):
        given = {
            "old": old,
            "new": new,
            "population": population,
            "population_vintage": vintage,
            "sliver_width_m": sliver_width,
            "sliver_share": sliver_share,
            "sliver_people": sliver_people,
            "counts": None if counts is None else str(counts),
        }
        run_process("vintages", workspace, given, output=output, as_json=as_json, show=_show)


def _show(said: Mapping[str, Any]) -> None:
    summary = said["summary"]
    told = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in summary.items() if count)
    old, new = said["old"], said["new"]
    say(f"{old['set_id']} ({old['areas']:,} areas) to {new['set_id']} ({new['areas']:,}): {told}.")
    people = said["bricks"] is not None
    lines = [
        [
            event["kind"],
            "; ".join(f"{code} {name}" for code, name in zip(event["old_codes"], event["old_names"], strict=True)),
            "; ".join(f"{code} {name}" for code, name in zip(event["new_codes"], event["new_names"], strict=True)),
            f"{event['population']:,.0f}" if people else f"{event['area_m2'] / 1e6:,.2f}",
        ]
        for event in said["events"]
    ]
    if lines:
        head = "people" if people else "km²"
        table("What changed", ["change", "was", "is", head], lines[:_SHOWN], numeric=(head,))
    if len(lines) > _SHOWN:
        say(f"{len(lines) - _SHOWN:,} more; --output or --json gives all.")
    for caution in said["cautions"]:
        say(caution)
    if said["series"] is not None:
        known = [row for row in said["series"] if row["incidents"] is not None]
        total, divided = (sum(row[name] for row in known) for name in ("incidents", "divided"))
        say(f"{total:,.0f} incidents carried over, {divided:,.0f} of them from areas that were divided.")
        say(said["approximation"])
