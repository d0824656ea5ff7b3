"""A workspace that reads the demonstration county's data, with tokens, texts, jobs and releases of its own."""

import os
import shutil
from pathlib import Path

from crimemap.workspace import Workspace

OWN = frozenset({"jobs", "teams", "tokens", "audit", "subscriptions", "releases", ".lock"})


def with_own_releases(demo_workspace: Path, root: Path) -> Workspace:
    """Share what is only read; a release's files are never written into, so they can be linked."""
    root.mkdir()
    for folder in demo_workspace.iterdir():
        if folder.name not in OWN:
            (root / folder.name).symlink_to(folder)
    shutil.copytree(demo_workspace / "releases", root / "releases", copy_function=os.link)
    return Workspace(root)
