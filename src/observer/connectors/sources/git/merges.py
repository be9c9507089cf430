"""How a commit brought in a pull request: merged, squashed or rebased, and the request's number."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Who commits where a person presses a button on the forge.
FORGE_COMMITTERS = frozenset({"noreply@github.com", "noreply@gitlab.com"})
_MERGE_SUBJECT = re.compile(
    r"Merge pull request #(\d+)"  # GitHub, Bitbucket Server
    r"|Merge pull request .*\(#(\d+)\)"  # Gitea, Forgejo
    r"|Merged? PR #?(\d+)"  # Azure DevOps
    r"|Merged in .*\(pull request #(\d+)\)"  # Bitbucket
    r"|(?:Auto merge of|Merge) #(\d+)"  # bors, homu
)
_TRAILING_NUMBER = re.compile(r"\([#!](\d+)\)\s*$")
_GITLAB_REQUEST = re.compile(r"^See merge request [^\s!]*!(\d+)\s*$", re.MULTILINE)
_GITEA_REQUEST = re.compile(r"^Reviewed-on: https?://\S+/pulls/(\d+)\s*$", re.MULTILINE)
_LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Merge:
    """`kind` is merge, squash, rebase or None; `number` that of the pull (merge) request, where it is written."""

    kind: str | None
    number: int | None


NO_MERGE = Merge(None, None)


@dataclass(frozen=True, slots=True)
class Signs:
    """What the decision rests on.

    `is_by_forge`: the committer is the forge itself; `is_by_another`: committer and author have different
    addresses; `is_later`: both dates are possible and the commit is younger than its authoring.
    """

    subject: str
    message: str
    parent_count: int
    is_by_forge: bool
    is_by_another: bool
    is_later: bool


def merge_of(signs: Signs) -> Merge:
    """Decides by the first rule that holds; each is a function of the commit alone.

    1. Two or more parents and a request's number in a forge's wording: merge. Without a number: None,
       since a merge of branches is no pull request (`parent_count` tells merges apart).
    2. One parent, `(#N)` at the subject's end or a forge's trailer, committed by the forge or carrying its
       trailer: squash. A number without such a sign is kept, the kind is not guessed.
    3. One parent, no number, committed later than authored, by somebody else or by the forge: rebase.
       Doubt: git cannot tell this from `git am` and cherry-picks of other people's work, and it does not
       see rebases that authors merge themselves.
    """
    if signs.parent_count > 1:
        number = _number(_MERGE_SUBJECT.match(signs.subject)) or _trailer(signs.message)
        number = number or _number(_TRAILING_NUMBER.search(signs.subject))
        return Merge("merge", number) if number else NO_MERGE
    trailer = _trailer(signs.message)
    number = trailer or _number(_TRAILING_NUMBER.search(signs.subject) or _MERGE_SUBJECT.match(signs.subject))
    if number or signs.parent_count == 0:
        return Merge("squash" if number and (signs.is_by_forge or trailer) and signs.parent_count else None, number)
    is_moved = signs.is_later and (signs.is_by_forge or signs.is_by_another)
    return Merge("rebase", None) if is_moved else NO_MERGE


def _trailer(message: str) -> int | None:
    if "!" not in message and "/pulls/" not in message:
        return None
    return _number(_GITLAB_REQUEST.search(message) or _GITEA_REQUEST.search(message))


def _number(match: re.Match[str] | None) -> int | None:
    digits = next((group for group in match.groups() if group), None) if match else None
    return int(digits) if digits and len(digits) <= 10 and 0 < int(digits) <= _LARGEST else None
