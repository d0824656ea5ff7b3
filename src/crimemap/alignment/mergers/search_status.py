"""What somebody who waits for a search is told, apart from its progress and from what it found."""

from typing import Final

from crimemap.language import Sentence, marked

__all__ = ["CALLED_OFF", "NO_ANSWER", "STARTING", "TOO_LARGE", "TOO_MUCH_MEMORY", "WAITING", "too_long"]

WAITING: Final = Sentence(marked("Waiting for other searches to end."))
STARTING: Final = Sentence(marked("Starting."))
CALLED_OFF: Final = Sentence(marked("The search was called off."))
NO_ANSWER: Final = Sentence(marked("The search ended without an answer."))
TOO_LARGE: Final = Sentence(marked("The answer is too large to be kept. Search fewer forces at once."))
TOO_MUCH_MEMORY: Final = Sentence(marked("The search needed more memory than it may have. Search fewer forces at once."))


def too_long(seconds: float) -> Sentence:
    """
    Say that a search took longer than it may.

    Examples
    --------
    >>> str(too_long(20.0))
    'The search did not end within 20 s.'
    """
    return Sentence(marked("The search did not end within {seconds} s."), {"seconds": f"{seconds:g}"})
