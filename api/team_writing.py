"""What a team writes, as its members see it: the force's texts and their own, with versions to hold against each other."""

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

from fastapi import Request

from api.errors import BadRequestError, FaultyFieldsError, PreconditionError, PreconditionNeededError, UnknownError
from api.teams import team
from crimemap.access.principal import Principal
from crimemap.areas.team_fields import KINDS, TeamTextError, checked_text
from crimemap.areas.team_given import CONTACT_ID, LISTED, given_texts
from crimemap.areas.team_texts import PUBLISHED, TAKEN_OVER, StaleVersionError, TeamTexts, TextVersion
from crimemap.errors import ConflictError, NotFoundError
from crimemap.workspace import Workspace

__all__ = ["AT_ONCE", "GIVEN", "WITH_NEXT", "Desk", "if_match", "kind_named", "when_asked"]

AT_ONCE: Final = "at_once"
WITH_NEXT: Final = "next_release"
#: The action of a text that is as the force gave it, which is version 0.
GIVEN: Final = "given"
Made = TypeVar("Made")
_TAG: Final = re.compile(r'"([!#-~]{1,200})"')


def kind_named(text: str) -> str:
    """
    Read the kind of a text.

    Raises
    ------
    UnknownError
        If there is no such kind.
    """
    if text not in KINDS:
        raise UnknownError("there are no texts of this kind", fix=f"Use {', '.join(KINDS)}.")
    return text


def when_asked(text: str | None) -> str:
    """
    Read when something is to be made public.

    Raises
    ------
    BadRequestError
        If it is neither at once nor with the next release.
    """
    if text and text not in (AT_ONCE, WITH_NEXT):
        raise BadRequestError("there is no such time", where="when", fix=f"Use {AT_ONCE} or {WITH_NEXT}.")
    return text or WITH_NEXT


def if_match(request: Request) -> str:
    """
    Give the version that a client says it has read: a tag without its quotes, or `*` for whichever it is.

    Raises
    ------
    PreconditionNeededError
        If it says none.
    PreconditionError
        If what it says is no one strong tag.
    """
    given = request.headers.get("if-match", "").strip()
    if not given:
        raise PreconditionNeededError(
            "say which version was read", where="If-Match", fix="Send the ETag that came with it, in the header If-Match."
        )
    found = _TAG.fullmatch(given)
    if given != "*" and found is None:
        raise PreconditionError("this is not the tag of the latest version", where="If-Match", fix="Read the text again.")
    return "*" if found is None else found[1]


class Desk:
    """
    The texts of one team, those that its force gave among them.

    Parameters
    ----------
    workspace
        The workspace.
    who
        Who is writing.

    Raises
    ------
    NotFoundError
        If the workspace has no such neighbourhood any more.
    """

    def __init__(self, workspace: Workspace, who: Principal) -> None:
        self._given = team(workspace, force=who.force, neighbourhood=who.neighbourhood)
        self._texts = TeamTexts(workspace, force=who.force, neighbourhood=who.neighbourhood)
        self._who = who.name

    def all_of(self, kind: str) -> list[dict[str, Any]]:
        """Give every text of a kind as `told` does: what the force gave first."""
        held = {one.id: one for one in self._texts.latest(kind)}
        public = self._texts.public(kind)
        given = [_told(self._untouched(kind, key), None) for key in given_texts(kind, self._given) if key not in held]
        return given + [_told(one, public.get(one.id)) for one in held.values()]

    def read(self, kind: str, identifier: str) -> dict[str, Any]:
        """
        Give one text: its latest version, and which version of it is public.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        latest = self._latest(kind, identifier)
        return _told(latest, self._texts.public(kind).get(identifier))

    def history(self, kind: str, identifier: str) -> list[dict[str, Any]]:
        """Give every version of a text, the oldest first; raises as `read` does."""
        latest = self._latest(kind, identifier)
        versions = [latest] if latest.version == 0 else self._texts.history(kind, identifier)
        return [_version(one) for one in versions]

    def create(self, kind: str, given: dict[str, Any]) -> dict[str, Any]:
        """
        Write a new draft.

        Raises
        ------
        FaultyFieldsError
            If a field cannot be taken; it names every one.
        ConflictError
            If the team has too many, or the kind has but one text.
        """
        if kind not in LISTED:
            raise ConflictError("contact details are one text", where=kind, fix=f"Write it with PUT to {kind}/{CONTACT_ID}.")
        return _told(_checked(lambda: self._texts.create(kind, given, who=self._who)), None)

    def replace(self, kind: str, identifier: str, given: dict[str, Any], *, seen: str) -> dict[str, Any]:
        """
        Write a text anew, as a draft; what is public stays so until the draft is published.

        Raises
        ------
        NotFoundError
            If there is no such text.
        PreconditionError
            If `seen` is not its latest version.
        FaultyFieldsError
            As `create` does.
        """
        latest = self._latest(kind, identifier)
        if latest.version == 0:
            _checked(lambda: checked_text(kind, given))  # or a fault would leave the force's text taken over
        return self._change(
            kind, identifier, seen, lambda tag: self._texts.edit(kind, identifier, given, who=self._who, seen=tag)
        )

    def publish(self, kind: str, identifier: str, *, seen: str) -> dict[str, Any]:
        """Make the latest version the public one; raises as `replace` does."""
        return self._change(
            kind, identifier, seen, lambda tag: self._texts.publish(kind, identifier, who=self._who, seen=tag)
        )

    def withdraw(self, kind: str, identifier: str, *, seen: str) -> dict[str, Any]:
        """Take a text back; raises as `replace` does."""
        return self._change(
            kind, identifier, seen, lambda tag: self._texts.withdraw(kind, identifier, who=self._who, seen=tag)
        )

    def undo(self, kind: str, identifier: str, *, seen: str, version: int | None) -> dict[str, Any]:
        """Write an earlier version again as a draft: the one before, or the one named. Raises as `replace` does."""
        if self._latest(kind, identifier).version == 0:
            raise NotFoundError("there is no earlier version", where="version")
        return self._change(
            kind,
            identifier,
            seen,
            lambda tag: self._texts.undo(kind, identifier, who=self._who, seen=tag, version=version),
        )

    def _change(self, kind: str, identifier: str, seen: str, change: Callable[[str], TextVersion]) -> dict[str, Any]:
        latest = self._latest(kind, identifier)
        if seen not in ("*", latest.tag):
            raise PreconditionError("somebody changed this since it was read", where="If-Match", fix="Read it again.")
        if latest.version == 0:
            # Before anybody writes over what the force gave, it is kept; of two who do both at once, one is refused below.
            taken = self._texts.take_over(kind, identifier, latest.content, who=self._who)
            seen = taken.tag if seen != "*" and taken.action == TAKEN_OVER and taken.version == 1 else seen
        changed = _checked(lambda: change(seen))
        return _told(changed, self._texts.public(kind).get(identifier))

    def _latest(self, kind: str, identifier: str) -> TextVersion:
        try:
            return self._texts.get(kind, identifier)
        except NotFoundError:
            return self._untouched(kind, identifier)

    def _untouched(self, kind: str, identifier: str) -> TextVersion:
        content = given_texts(kind, self._given).get(identifier)
        if content is None:
            raise NotFoundError("this team has no such text", where=kind)
        return TextVersion(
            kind=kind, id=identifier, version=0, at="", who="", action=GIVEN, state=PUBLISHED, content=content
        )


def _checked(work: Callable[[], Made]) -> Made:
    try:
        return work()
    except TeamTextError as error:
        raise FaultyFieldsError(error.faults) from None
    except StaleVersionError as error:
        raise PreconditionError(error.message, where="If-Match", fix="Read it again.") from None


def _version(one: TextVersion) -> dict[str, Any]:
    return {
        "version": one.version,
        "tag": one.tag,
        "at": one.at or None,
        "who": one.who or None,
        "action": one.action,
        "state": one.state,
        "content": one.content,
    }


def _told(one: TextVersion, public: TextVersion | None) -> dict[str, Any]:
    shown = one if one.version == 0 else public
    return {
        "kind": one.kind,
        "id": one.id,
        **_version(one),
        "public_version": None if shown is None else shown.version,
    }
