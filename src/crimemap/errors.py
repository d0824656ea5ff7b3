"""
Every error that crimemap raises on purpose.

::

    CrimemapError
    ├── InputError               something given to us cannot be used
    │   ├── UnreadableFileError  damaged, the wrong format, the wrong encoding, the wrong header
    │   ├── UnsafeArchiveError   a zip that would harm the machine: bombs, paths that climb out
    │   ├── CrsError             no coordinate system, the wrong one, or two that differ
    │   ├── GeometryError        shapes that cannot be repaired, or of another country
    │   ├── EmptyInputError      nothing left to work on
    │   └── ParameterError       an option out of its range, or two that contradict each other
    │       └── InfeasibleError  limits that no answer can keep
    ├── NotFoundError            a thing asked for by name or code that is not here
    ├── ConflictError            the workspace is in use, or already holds what is being added
    ├── LimitError               more than one asker may take; later, or less of it, would do
    ├── DisclosureError          a product would reveal what must stay private
    ├── ReleaseError             a release that is incomplete, changed, or not there
    └── FetchError               another server did not give what was asked

A message says what is wrong and what was found, never the content of a row; `where` names the file, line or option; `fix`
says what to do next.
"""

__all__ = [
    "ConflictError",
    "CrimemapError",
    "CrsError",
    "DisclosureError",
    "EmptyInputError",
    "FetchError",
    "GeometryError",
    "InfeasibleError",
    "InputError",
    "LimitError",
    "NotFoundError",
    "ParameterError",
    "ReleaseError",
    "UnreadableFileError",
    "UnsafeArchiveError",
]


class CrimemapError(Exception):
    """
    An error with a reason that a person can act on.

    Parameters
    ----------
    message
        What is wrong, and what was found.
    where
        The file, line, option or code that it is about.
    fix
        What to do about it: one sentence.

    Examples
    --------
    >>> str(CrimemapError("the header has 3 columns, 12 are expected", where="a.csv", fix="Download the file again."))
    'a.csv: the header has 3 columns, 12 are expected. Download the file again.'
    """

    def __init__(self, message: str, *, where: str = "", fix: str = "") -> None:
        self.message = message.rstrip(".")
        self.where = where
        self.fix = fix
        super().__init__(str(self))

    def __str__(self) -> str:
        """Put the three parts together as one sentence and its remedy."""
        said = f"{self.where}: {self.message}." if self.where else f"{self.message}."
        return f"{said} {self.fix}" if self.fix else said


class InputError(CrimemapError):
    """Something given to us cannot be used."""


class UnreadableFileError(InputError):
    """A file is damaged, in the wrong format, in the wrong encoding, or has the wrong header."""


class UnsafeArchiveError(InputError):
    """A zip would harm the machine: it expands without measure or its paths climb out."""


class CrsError(InputError):
    """A coordinate reference system is missing, wrong, or differs between two inputs."""


class GeometryError(InputError):
    """Shapes cannot be repaired, or lie in another country."""


class EmptyInputError(InputError):
    """Nothing is left to work on."""


class ParameterError(InputError):
    """An option is out of its range, or contradicts another."""


class InfeasibleError(ParameterError):
    """The limits given leave no answer at all."""


class NotFoundError(CrimemapError):
    """A thing asked for by name or code is not here."""


class ConflictError(CrimemapError):
    """The workspace is in use, or already holds what is being added."""


class LimitError(CrimemapError):
    """More is asked for than one asker may take: later, or less of it, would do."""


class DisclosureError(CrimemapError):
    """A product would reveal what must stay private."""


class ReleaseError(CrimemapError):
    """A release is incomplete, was changed, or is not there."""


class FetchError(CrimemapError):
    """Another server did not give what was asked."""
