"""Phase one: one pass of `git log --raw` over what is new, into columns of commits and of changed files.

Nothing is done once per changed file, and little once per commit: bytes are split in bulk and become Arrow
columns. Fields are set apart by NUL, the one byte that neither names, messages nor paths can hold, and commits by
a random word that no content can foresee.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import pyarrow as pa
import pyarrow.compute as pc

from observer.connectors.sources.git.command import Git, read_blocks
from observer.connectors.sources.git.dates import Dates, parse_dates, raw_dates
from observer.connectors.sources.git.merges import FORGE_COMMITTERS, NO_MERGE, Merge, Signs, merge_of
from observer.connectors.sources.git.people import Person, agents, co_authors, person
from observer.connectors.sources.git.streams import PERSON
from observer.connectors.sources.git.writer import constant

_FIELDS = ("%H", "%T", "%P", "%an", "%ae", "%ad", "%cn", "%ce", "%cd", "%s", "%B")
_COUNT = len(_FIELDS)
_CHUNK = 16 << 20
_FORGE_COMMITTERS = frozenset(address.encode("ascii") for address in FORGE_COMMITTERS)

# Tells of a commit, from its id and its parents' ids, whether it is on the default branch and on its first-parent line.
Mark = Callable[[bytes, bytes], tuple[bool, bool]]


class Reach:
    """Marks commits that come children first: those that a head reaches, and those on its first-parent line."""

    def __init__(self, head: str | None) -> None:
        self._all = {head.encode("ascii")} if head else set()
        self._first = set(self._all)

    def __call__(self, commit_id: bytes, parent_ids: bytes) -> tuple[bool, bool]:
        if commit_id not in self._all:
            return False, False
        self._all.discard(commit_id)
        parents = parent_ids.split()
        self._all.update(parents)
        is_first = commit_id in self._first
        if is_first and parents:
            self._first.add(parents[0])
        return True, is_first


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns of some commits and of the files that they changed, by name of column."""

    commits: dict[str, pa.Array]
    changes: dict[str, pa.Array]
    on_default_branch: int


@dataclass(frozen=True, slots=True)
class _Parsed:
    fields: list[list[bytes]]
    marks: list[tuple[bool, bool]]
    headers: list[bytes]
    paths: list[bytes]
    counts: list[int]


def read_history(git: Git, url: str, *, tips: Iterable[str], known: Iterable[str], head: str | None) -> Iterator[Batch]:
    """Commits reachable from the tips and not from what is known, with their changes. Raises GitError."""
    revisions = [*tips, *(f"^{commit_id}" for commit_id in known)]
    mark = Reach(head)
    for commits in log(git, revisions, _FIELDS, "--topo-order", "--raw", "--no-abbrev"):
        yield _batch(git, url, _parse(commits, mark))


def read_commits(git: Git, url: str, commit_ids: Iterable[str], mark: Mark) -> Iterator[Batch]:
    """The named commits alone, without their changes. Raises GitError."""
    for commits in log(git, commit_ids, _FIELDS, "--no-walk=unsorted", "--no-patch"):
        yield _batch(git, url, _parse(commits, mark))


def log(git: Git, revisions: Iterable[str], fields: Sequence[str], *options: str) -> Iterator[list[bytes]]:
    """Commits as `git log -z` prints them, some at a time; each is its fields, then headers and paths in turns.

    All of it is set apart by NUL, and a last empty part follows. Raises GitError.
    """
    given = "".join(f"{revision}\n" for revision in revisions).encode("ascii")
    if not given:
        return
    word = secrets.token_hex(16)
    layout = "--format=%x00" + word + "%x00" + "%x00".join(fields)
    command = ("log", "-z", "--date=raw", "--no-notes", "--no-decorate", "--no-renames", *options, layout, "--stdin")
    separator = b"\0" + word.encode("ascii") + b"\0"
    with git.stream(*command, stdin=given) as out:
        rest = b""
        for block in read_blocks(out, size=_CHUNK):
            data = rest + block
            cut = data.rfind(separator)
            if cut > 0:
                yield data[:cut].split(separator)[1:]
                data = data[cut:]
            rest = data
        if rest:
            yield rest.split(separator)[1:]


def read_objects(git: Git, object_ids: Sequence[str]) -> Iterator[bytes]:
    """The content of each object, empty where there is none. Raises GitError."""
    if not object_ids:
        return
    data = git.run("cat-file", "--batch", stdin="".join(f"{i}\n" for i in object_ids).encode("ascii"))
    position = 0
    for _ in object_ids:
        end = data.index(b"\n", position)
        said = data[position:end].rsplit(b" ", 1)[1]
        size = int(said) if said.isdigit() else -1
        yield data[end + 1 : end + 1 + size] if size >= 0 else b""
        position = end + size + 2 if size >= 0 else end + 1


def _parse(commits: Iterable[bytes], mark: Mark) -> _Parsed:
    fields: list[bytes] = []
    marks: list[tuple[bool, bool]] = []
    headers: list[bytes] = []
    paths: list[bytes] = []
    counts: list[int] = []
    for commit in commits:
        tokens = commit.split(b"\0")
        fields += tokens[:_COUNT]
        marks.append(mark(tokens[0], tokens[2]))
        changed = tokens[_COUNT + 1 :: 2]
        headers += tokens[_COUNT:-1:2]
        paths += changed
        counts.append(len(changed))
    return _Parsed([fields[i::_COUNT] for i in range(_COUNT)], marks, headers, paths, counts)


def _batch(git: Git, url: str, parsed: _Parsed) -> Batch:
    ids = pa.array(parsed.fields[0], pa.string())
    refs = pc.binary_join_element_wise(pa.scalar(f"git+{url}@"), ids, "")
    return Batch(
        commits={"repository_url": constant(url, len(ids)), "commit_id": ids} | _commits(git, parsed, ids, refs),
        changes=_changes(url, parsed, ids, refs),
        on_default_branch=sum(mark[0] for mark in parsed.marks),
    )


def _changes(url: str, parsed: _Parsed, ids: pa.Array, refs: pa.Array) -> dict[str, pa.Array]:
    parts = b" ".join(parsed.headers).translate(None, b"\n:").split(b" ") if parsed.headers else []
    old_mode, new_mode, old_blob, new_blob, status = (pa.array(parts[i::5], pa.string()) for i in range(5))
    commit = pa.array([i for i, count in enumerate(parsed.counts) for _ in range(count)], pa.int32())
    return {
        "repository_url": constant(url, len(parsed.paths)),
        "commit_id": pa.DictionaryArray.from_arrays(commit, ids),
        "path": _texts(parsed.paths, "backslashreplace"),
        "status": status,
        "old_mode": old_mode,
        "new_mode": new_mode,
        "old_blob_id": old_blob,
        "new_blob_id": new_blob,
        "_record_ref": pa.DictionaryArray.from_arrays(commit, refs),
    }


def _commits(git: Git, parsed: _Parsed, ids: pa.Array, refs: pa.Array) -> dict[str, pa.Array]:
    _, trees, parents, names, emails, dates, committers, committer_emails, commit_dates, subjects, bodies = (
        parsed.fields
    )
    parent_counts = [text.count(b" ") + 1 if text else 0 for text in parents]
    authored, committed = parse_dates(_texts(dates)), parse_dates(_texts(commit_dates))
    is_valid = pc.and_(authored.is_valid, committed.is_valid)
    authored_raw, committed_raw = _raw(git, ids, is_valid, dates, commit_dates)
    merges = _merges(parsed, parent_counts, authored, committed)
    messages = _texts(bodies)
    return {
        "tree_id": pa.array(trees, pa.string()),
        "parent_ids": _parents(parents, parent_counts),
        "parent_count": pa.array(parent_counts, pa.int32()),
        "author_name": _texts(names),
        **_people("author", emails),
        "authored_at": authored.at,
        "author_offset_minutes": authored.offset,
        "committer_name": _texts(committers),
        **_people("committer", committer_emails),
        "committed_at": committed.at,
        "committer_offset_minutes": committed.offset,
        "authored_raw": authored_raw,
        "committed_raw": committed_raw,
        "has_valid_date": is_valid,
        "is_on_default_branch": pa.array([mark[0] for mark in parsed.marks], pa.bool_()),
        "is_on_first_parent": pa.array([mark[1] for mark in parsed.marks], pa.bool_()),
        "merge_kind": pa.array([merge.kind for merge in merges], pa.string()),
        "pull_request_number": pa.array([merge.number for merge in merges], pa.int32()),
        "co_authors": _co_authors(messages),
        "subject_length": pc.utf8_length(_texts(subjects)),
        "message_length": pc.utf8_length(pc.utf8_rtrim(messages, "\n")),
        "is_agent_assisted": _agent_assisted(messages, emails, committer_emails),
        "_record_ref": refs,
    }


def _parents(parents: Sequence[bytes], counts: Sequence[int]) -> pa.Array:
    ids = b" ".join(filter(None, parents)).split()
    offsets = pa.array(list(accumulate(counts, initial=0)), pa.int32())
    return pa.ListArray.from_arrays(offsets, pa.array(ids, pa.string()))


def _people(role: str, emails: Sequence[bytes]) -> dict[str, pa.Array]:
    """What is known of the people in one role, a column each."""
    position = {email: i for i, email in enumerate(dict.fromkeys(emails))}
    people = [person(_decoded(email)) for email in position]
    index = pa.array([position[email] for email in emails], pa.int32())
    columns = {
        "email_hash": pa.array([who.email_hash for who in people], pa.string()),
        "email_domain": pa.array([who.email_domain for who in people], pa.string()),
        "login": pa.array([who.login for who in people], pa.string()),
        "account_id": pa.array([who.account_id for who in people], pa.int64()),
    }
    return {f"{role}_{name}": column.take(index) for name, column in columns.items()}


def _raw(
    git: Git, ids: pa.Array, is_valid: pa.Array, dates: list[bytes], commit_dates: list[bytes]
) -> tuple[pa.Array, pa.Array]:
    """Both raw dates. Git shows an impossible one as another, so those are read from the commit itself."""
    odd = pc.indices_nonzero(pc.invert(is_valid)).to_pylist()
    if not odd:
        return _texts(dates), _texts(commit_dates)
    authored, committed = [_decoded(date) for date in dates], [_decoded(date) for date in commit_dates]
    for i, commit in zip(odd, read_objects(git, [ids[i].as_py() for i in odd]), strict=True):
        authored[i], committed[i] = raw_dates(commit)
    return pa.array(authored, pa.string()), pa.array(committed, pa.string())


def _merges(parsed: _Parsed, parent_counts: Sequence[int], authored: Dates, committed: Dates) -> list[Merge]:
    """The way that each commit came in. What shows no sign of a request is not looked at closer."""
    emails, committer_emails, subjects, bodies = (parsed.fields[i] for i in (4, 7, 9, 10))
    is_later = pc.fill_null(pc.less(authored.seconds, committed.seconds), False).to_pylist()
    merges = [NO_MERGE] * len(subjects)
    signs = zip(subjects, bodies, parent_counts, emails, committer_emails, is_later, strict=True)
    for i, (subject, body, parents, email, committer, later) in enumerate(signs):
        moved = later and (email != committer or committer in _FORGE_COMMITTERS)
        told = b"(#" in subject or b"(!" in subject or subject.startswith((b"Merge", b"Auto merge"))
        if parents > 1 or moved or told or b"See merge request" in body or b"/pulls/" in body:
            merges[i] = merge_of(
                Signs(
                    subject=_decoded(subject),
                    message=_decoded(body),
                    parent_count=parents,
                    is_by_forge=committer in _FORGE_COMMITTERS,
                    is_by_another=email != committer,
                    is_later=later,
                )
            )
    return merges


def _co_authors(messages: pa.Array) -> pa.Array:
    named = pc.indices_nonzero(pc.match_substring_regex(messages, "(?i)co-authored-by:")).to_pylist()
    lists: list[list[dict[str, object]]] = [[]] * len(messages)
    for i in named:
        lists[i] = [_co_author(name, person(email)) for name, email in co_authors(messages[i].as_py())]
    return pa.array(lists, pa.list_(PERSON))


def _co_author(name: str, who: Person) -> dict[str, object]:
    return {
        "login": who.login,
        "account_id": who.account_id,
        "email_hash": who.email_hash,
        "email_domain": who.email_domain,
        "name": name,
    }


def _agent_assisted(messages: pa.Array, *emails: Sequence[bytes]) -> pa.Array:
    known = agents()
    found = pc.match_substring_regex(messages, f"(?im){known.lines.pattern}")
    for role in emails:
        addresses = {email for email in set(role) if known.is_address(_decoded(email))}
        if addresses:
            found = pc.or_(found, pa.array([email in addresses for email in role], pa.bool_()))
    return found


def _texts(values: list[bytes], errors: str = "replace") -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return pa.array([value.decode("utf-8", errors) for value in values], pa.string())


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "replace")
