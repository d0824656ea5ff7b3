"""Build hook: the wheel carries the site's built assets, made here with npm if they are not there."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_NPM_FLAGS = ("--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")


class AssetsBuildHook(BuildHookInterface):
    """Makes `src/crimemap/products/web/` from `static/`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the assets unless they are there, or this is an editable installation, where `make assets` does."""
        del build_data
        root = Path(self.root)
        if (root / "src" / "crimemap" / "products" / "web" / "assets.json").is_file() or version == "editable":
            return
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError(
                "the site's assets are not built and npm was not found: install Node, or run 'make assets' where it is, "
                "then build again"
            )
        for command in ((npm, "install", *_NPM_FLAGS), (npm, "run", "--silent", "build")):
            done = subprocess.run(command, cwd=root / "static", check=False)  # noqa: S603 - npm, found on the path
            if done.returncode:
                raise RuntimeError(f"'{' '.join(command[1:3])}' failed in static/ with exit status {done.returncode}")
