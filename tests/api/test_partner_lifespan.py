"""What the partner application does when it starts and when it ends."""

import asyncio
from pathlib import Path

import pytest

from api.partner import create_app
from crimemap.areas.neighbourhoods import NeighbourhoodStore
from crimemap.jobs.briefings import hotspots
from crimemap.settings import PrivateSettings
from crimemap.workspace import Workspace
from tests.api.analysts import Asking, borrowed


@pytest.fixture
def workspace(demo_workspace: Path, tmp_path: Path) -> Workspace:
    return borrowed(demo_workspace, tmp_path / "workspace")


def held_open(folder: Path) -> set[str]:
    """Name the files in a folder that this process has open."""
    found = (link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
    return {one.name for one in found if one.is_relative_to(folder.resolve())}


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are listed by Linux alone")
def test_when_it_ends_nothing_of_the_jobs_stays_open(workspace: Workspace) -> None:
    app = create_app(PrivateSettings(workspace=workspace.root))
    analyst = Asking(app, workspace, scopes=["jobs:run"])

    def asked() -> None:
        answer = analyst.post(
            "/processes/counts/execution", json={"inputs": {"by": "csp"}}, headers={"Prefer": "respond-async"}
        )
        assert answer.status_code == 201

    async def live() -> set[str]:
        async with app.router.lifespan_context(app):
            await asyncio.to_thread(asked)
            return held_open(workspace.root / "jobs")

    assert {"jobs.sqlite", "queue.sqlite"} <= asyncio.run(live())
    assert held_open(workspace.root / "jobs") == set()
    # Whoever asks again opens it again, as a server does that starts anew in the same process.
    asked()
    app.state.jobs.close()
    assert held_open(workspace.root / "jobs") == set()


def test_the_cells_of_a_force_with_teams_are_laid_before_its_first_briefing(workspace: Workspace) -> None:
    store = NeighbourhoodStore(workspace)
    force = store.forces()[0]
    code = str(store.neighbourhoods(force)[0]["id"])
    app = create_app(PrivateSettings(workspace=workspace.root))
    team = Asking(app, workspace, scopes=["team:read"], force=force, neighbourhood=code)

    async def live() -> None:
        async with app.router.lifespan_context(app):
            await asyncio.to_thread(app.state.warming.wait)

    hotspots._grid.cache_clear()
    asyncio.run(live())
    laid = hotspots._grid.cache_info()
    assert (laid.misses, laid.currsize) == (1, 1)
    answer = team.get("/teams/me/briefing")
    assert answer.status_code == 200, answer.text
    found = hotspots._grid.cache_info()
    assert (found.misses, found.hits) == (1, 1)


def test_it_starts_and_ends_on_a_workspace_without_anything(tmp_path: Path) -> None:
    app = create_app(
        PrivateSettings(workspace=tmp_path / "none", oidc_issuer="https://id.example", oidc_audience="crimemap")
    )

    async def live() -> None:
        async with app.router.lifespan_context(app):
            await asyncio.to_thread(app.state.warming.wait)

    asyncio.run(live())
    assert not (tmp_path / "none").exists()
