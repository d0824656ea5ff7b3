"""How a process for one piece of heavy work behaves: others go first, and it takes no more memory than allowed."""

import os
from typing import Final

__all__ = ["go_gently"]

_GENTLE: Final = 5


def go_gently(memory_bytes: int) -> None:
    """Let others go first, and take no more memory than allowed, where the system can see to that."""
    if hasattr(os, "nice"):
        os.nice(_GENTLE)
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
