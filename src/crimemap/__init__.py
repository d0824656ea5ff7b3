"""Crime mapping, hotspots and boundary alignment for England and Wales."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("crimemap")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

__all__ = ["__version__"]
