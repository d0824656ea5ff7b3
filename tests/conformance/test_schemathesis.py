"""
schemathesis reads each OpenAPI document and asks what it allows and what it forbids, with all of its checks.

The limits of requests are off and the demonstration county is loaded, as the tool asks for. One worker: with several, Python
3.11's parser sometimes fails inside the tool. `schemathesis.toml` says which answers are expected beyond its own rules.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.api.server import RunningServer

_CONFIG = Path(__file__).with_name("schemathesis.toml")
#: Examples for each operation and phase; the seed is fixed, so that a run says something of the change and not of its luck.
_EXAMPLES, _SEED, _LONGEST_S = 4, 20_251, 170


def run(url: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tool with every check on the document of a server."""
    command = [
        *(sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"),
        *("--config-file", str(_CONFIG), "run", f"{url}/openapi.json", "--checks", "all", "--workers", "1"),
        *("--max-examples", str(_EXAMPLES), "--seed", str(_SEED), "--wait-for-schema", "20", "--no-shrink"),
        *("--warnings", "off", *arguments),
    ]
    environment = os.environ | {"NO_COLOR": "1", "COLUMNS": "160"}
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
