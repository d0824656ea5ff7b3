"""wrk as a Python function: paths at a rate, and what came of it."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

__all__ = ["Figures", "load"]

_SCRIPT = Path(__file__).with_name("ask.lua")
_PROMPT_MS = 2.0


@dataclass(frozen=True)
class Figures:
    """Requests answered and how long they took; `refused` were answered with 4xx or 5xx, `broken` not at all."""

    requests: int
    seconds: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    refused: int
    broken: int

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def load(url: str, paths: list[str], *, seconds: float, per_second: float | None, connections: int = 50) -> Figures:
    """Ask for paths in turn, at a mean rate or, without one, as fast as answers come."""
    delay = 0.0 if per_second is None else max(0.0, 1000 * connections / per_second - _PROMPT_MS)
    with NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("\n".join(paths) + "\n")
        file.flush()
        told = {"CRIMEMAP_LOAD_PATHS": file.name, "CRIMEMAP_LOAD_DELAY_MS": str(delay)}
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "10s", "-s", str(_SCRIPT), url]
        ran = subprocess.run(command, env=os.environ | told, capture_output=True, text=True, check=True)
    return Figures(**json.loads(ran.stdout.strip().splitlines()[-1]))
