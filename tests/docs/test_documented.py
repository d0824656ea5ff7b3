"""Everything a user can call, set or ask is documented, and what is documented exists."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer.main

from api import partner, public
from crimemap import settings
from crimemap.cli import app

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")), *sorted((ROOT / "boundaries").glob("*.md"))]

pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="docs/ is only in a checkout")


def commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    inner = getattr(group, "commands", None)
    if inner is None:
        yield path, group
        return
    for name, command in inner.items():
        yield from commands(command, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(app)))


def test_the_command_reference_is_what_the_commands_say_of_themselves():
    done = subprocess.run(
        [sys.executable, "-m", "typer", "crimemap.cli", "utils", "docs", "--name", "crimemap"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    written = (DOCS / "commands.md").read_text()
    assert written.strip() == done.stdout.strip(), "run 'make docs' and commit docs/commands.md"


def test_every_command_says_what_it_does_and_what_each_option_is():
    for path, command in COMMANDS.items():
        assert command.help, f"crimemap {' '.join(path)} has no help"
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"crimemap {' '.join(path)} {parameter.opts[0]} has no help"


def test_every_command_takes_a_workspace_and_speaks_json():
    without = {
        " ".join(path): sorted({"--workspace", "--json"} - {opt for parameter in command.params for opt in parameter.opts})
        for path, command in COMMANDS.items()
    }
    assert {name: missing for name, missing in without.items() if missing} == {}


def test_the_json_of_every_command_has_its_shape_described():
    described = "\n".join(page.read_text() for page in (DOCS / "json").glob("*.md"))
    headings = set(re.findall(r"^#+ `crimemap ([a-z -]+)`", described, flags=re.MULTILINE))
    assert {" ".join(path) for path in COMMANDS} - headings == set()


def test_every_setting_is_documented():
    page = (DOCS / "settings.md").read_text()
    for model in (settings.PublicSettings, settings.PrivateSettings):
        for name in model.model_fields:
            assert f"CRIMEMAP_{name.upper()}" in page


def test_every_route_is_documented():
    page = (DOCS / "api.md").read_text() + (DOCS / "lookups.md").read_text()
    routes = [*public.create_app().openapi()["paths"], *partner.create_app().openapi()["paths"]]
    assert len(routes) > 20
    assert [path for path in routes if f"`{path}`" not in page] == []


def test_commands_that_the_pages_tell_people_to_run_exist():
    names = {" ".join(path) for path in COMMANDS}
    groups = {name.split(" ")[0] for name in names}
    for page in PAGES:
        if page.name == "CHANGELOG.md":
            continue
        for block in re.findall(r"```(?:console|bash|sh|shell)\n(.*?)```", page.read_text(), flags=re.DOTALL):
            for line in block.splitlines():
                words = line.strip().removeprefix("$ ").split()
                if len(words) < 2 or words[0] != "crimemap" or words[1].startswith(("-", "[")):
                    continue
                assert words[1] in groups, f"{page.name}: {line}"
                if words[1] not in names and not words[2].isupper():
                    assert f"{words[1]} {words[2]}" in names, f"{page.name}: {line}"


def test_links_between_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target and not target.startswith("mailto:"):
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"
