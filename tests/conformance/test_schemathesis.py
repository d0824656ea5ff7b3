"""
schemathesis reads each OpenAPI document and asks what it allows and what it forbids, with all of its checks.

The limits of requests are off and the demonstration county is loaded, as the tool asks for. One worker: with several, Python
3.11's parser sometimes fails inside the tool. `schemathesis.toml` and `schemathesis-partner.toml` say which answers are
expected beyond the tool's own rules, `dependent_parameters.py` makes parameters go together that have to.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crimemap.access.principal import SCOPES
from crimemap.access.tokens import TokenStore
from tests.api.server import RunningServer, free_port
from tests.briefing_county import made_county

_ROOT = Path(__file__).parents[2]
_PUBLIC = Path(__file__).with_name("schemathesis.toml")
_PARTNER = Path(__file__).with_name("schemathesis-partner.toml")
#: Examples for each operation and phase; the seed is fixed, so that a run says something of the change and not of its luck.
_EXAMPLES, _SEED, _LONGEST_S = 4, 20_251, 170


def run(url: str, folder: Path, *arguments: str, config: Path = _PUBLIC, area: str = "") -> subprocess.CompletedProcess[str]:
    """Run the tool with every check on the document of a server; `area` is one that the token may run analyses of."""
    command = [
        *(sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"),
        *("--config-file", str(config), "run", f"{url}/openapi.json", "--checks", "all", "--workers", "1"),
        *("--max-examples", str(_EXAMPLES), "--seed", str(_SEED), "--wait-for-schema", "20", "--no-shrink"),
        *("--warnings", "off", *arguments),
    ]
    environment = os.environ | {"NO_COLOR": "1", "COLUMNS": "160", "PYTHONPATH": str(_ROOT), "TEAM_AREA": area}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_LONGEST_S, check=False
    )


def test_the_public_document_is_kept(demo_server: RunningServer, tmp_path: Path) -> None:
    found = run(demo_server.url, tmp_path)
    assert found.returncode == 0, found.stdout[-12_000:] + found.stderr[-2_000:]
    assert "operations" in found.stdout.lower()


def test_look_ups_keep_it_where_there_are_postcodes_too(lookups_server: RunningServer, tmp_path: Path) -> None:
    found = run(
        lookups_server.url, tmp_path, "--include-path-regex", "^/(postcodesio|mapit)/", "--phases", "examples,fuzzing"
    )
    assert found.returncode == 0, found.stdout[-12_000:] + found.stderr[-2_000:]


@pytest.fixture(scope="module")
def partner(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """
    The partner application over a copy of the demonstration county, and a token that may do everything as a team.

    Its force has dated records of its own too, so that days and shifts can be asked about.
    """
    folder = tmp_path_factory.mktemp("partner-document")
    county = made_county(demo_workspace, folder / "workspace")
    workspace = county.workspace
    for held in demo_workspace.iterdir():
        if (
            held.is_dir()
            and held.name not in {"downloads", "releases", "jobs"}
            and not (workspace.root / held.name).exists()
        ):
            shutil.copytree(held, workspace.root / held.name)
    _, token = TokenStore(workspace).create(scopes=list(SCOPES), force=county.force, neighbourhood=county.code, days=1)
    unlimited = {f"CRIMEMAP_FAILED_ATTEMPTS_{name}": "1000000" for name in ("BURST", "PER_MINUTE")}
    port = free_port()
    command = [
        sys.executable,
        "-P",
        "-m",
        "uvicorn",
        "api.main:partner",
        "--factory",
        "--port",
        str(port),
        "--no-access-log",
    ]
    environment = os.environ | {"CRIMEMAP_WORKSPACE": str(workspace.root)} | unlimited
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield f"http://127.0.0.1:{port}", token, f"{county.area.set_id}:{county.code}"
    finally:
        process.terminate()
        process.wait(20)


def test_the_partner_document_is_kept(partner: tuple[str, str, str], tmp_path: Path) -> None:
    url, token, area = partner
    found = run(url, tmp_path, "--header", f"Authorization: Bearer {token}", config=_PARTNER, area=area)
    assert found.returncode == 0, found.stdout[-12_000:] + found.stderr[-2_000:]
