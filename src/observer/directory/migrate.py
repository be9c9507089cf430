"""Brings documents of older schema versions to the current one, and rewrites their files.

A document passes through every version in between. Nothing is written unless every file can be migrated.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from observer.directory import rules
from observer.directory.document import looks_typed, parse_document
from observer.directory.folder import read_folder
from observer.directory.schema import Findings
from observer.directory.tree import ROOTS
from observer.errors import ContentError, Problem
from observer.model.directory import SCHEMA_VERSION

Document = dict[str, object]

_KEY_ORDER = (
    *("version", "name", "display_name", "description", "websites", "social", "github", "git", "npm", "blockchain"),
)
_MOVED_SITES = {"https://t.me/": "telegram", "https://medium.com/": "medium"}
_PLAIN_START = re.compile(r"[^\W_]|[/(]")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
_COMMENT = re.compile(rb"^\s*#", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Migration:
    """One rewritten file: its path, the version that it had, and how many comment lines the rewriting dropped."""

    path: str
    from_version: int
    dropped_comments: int


def migrate_document(
    document: Mapping[str, object], kind: str, from_version: int, *, to_version: int = SCHEMA_VERSION
) -> Document:
    """The document at a newer version, keys in the order in which files are written.

    `kind` is "project" or "collection"; `document` is as parsed, scalars as text, and is not changed. Version 1
    changes nothing. Raises ContentError for a version from the future or one that is not a version.
    """
    if not 0 <= from_version <= to_version <= SCHEMA_VERSION:
        what = f"cannot migrate from version {from_version} to {to_version}"
        raise ContentError.one(str(document.get("name", kind)), None, what)
    migrated = dict(document)
    for version in range(from_version + 1, to_version + 1):
        migrated = _STEPS[version](migrated, kind)
        migrated["version"] = version
    order = [key for key in _KEY_ORDER if key in migrated]
    return {key: migrated[key] for key in (*order, *(key for key in migrated if key not in order))}


def migrate_path(path: str | Path, *, is_dry_run: bool = False) -> tuple[Migration, ...]:
    """Migrates one file, or every file of the directory in a folder; gives those that were older.

    Every result is validated by schema and file name before the first file is written; ContentError has all
    problems. A file that is current is left as it is, byte by byte.
    """
    place = Path(path)
    files = list(_files(place))
    problems: list[Problem] = []
    migrations: list[Migration] = []
    texts: list[tuple[Path, str]] = []
    for file, name, data in files:
        kind = rules.file_kind(name)
        document = parse_document(name, data)
        problems += document.problems
        if document.value is None or document.problems or kind is None:
            continue
        version = document.value.get("version")
        if type(version) is not int or not 0 <= version <= SCHEMA_VERSION:
            line = document.value.lines.get("version", 1)
            hint = f"known: 1 to {SCHEMA_VERSION}"
            problems.append(Problem(name, line, f"version {version} is unknown", hint, "version"))
        elif version < SCHEMA_VERSION:
            text = write_document(migrate_document(document.value, kind, version))
            problems += _problems_of(name, kind, text)
            texts.append((file, text))
            migrations.append(Migration(name, version, len(_COMMENT.findall(data))))
    if problems:
        raise ContentError(problems)
    for file, text in () if is_dry_run else texts:
        _replace(file, text)
    return tuple(migrations)


def write_document(document: Mapping[str, object]) -> str:
    """The YAML of a document: two spaces, no anchors, quotes where a reader could mistake a text."""
    return "".join(f"{line}\n" for line in _mapping_lines(document, ""))


def _to_1(document: Document, kind: str) -> Document:
    return document


def _to_2(document: Document, kind: str) -> Document:
    """One entry per address: the first name stays, the types become tags."""
    if "optimism" not in document:
        return document
    entries: dict[object, Document] = {}
    for old in _entries(document, "optimism"):
        new = entries.setdefault(old.get("address"), {"address": old.get("address"), "tags": []})
        tags = new["tags"]
        for tag in _listed(old.get("tags")) if "tags" in old else [old.get("type")]:
            if isinstance(tags, list) and tag is not None and tag not in tags:
                tags.append(tag)
        for key, value in old.items():
            if key not in ("type", "tags"):
                new.setdefault(key, value)
    return {**document, "optimism": list(entries.values())}


def _to_3(document: Document, kind: str) -> Document:
    """`optimism` becomes `blockchain`, with the network at each address."""
    if "optimism" not in document:
        return document
    moved = [{**entry, "networks": ["optimism"]} for entry in _entries(document, "optimism")]
    return {
        ("blockchain" if key == "optimism" else key): (moved if key == "optimism" else value)
        for key, value in document.items()
    }


def _to_4(document: Document, kind: str) -> Document:
    return _rename_networks(document, lambda network: "arbitrum-one" if network == "arbitrum" else network)


def _to_5(document: Document, kind: str) -> Document:
    """`slug` becomes `name`, and what was `name` becomes `display_name`."""
    if "slug" not in document:
        return document
    names = {"slug": "name", "name": "display_name"}
    return {names.get(key, key): value for key, value in document.items()}


def _to_6(document: Document, kind: str) -> Document:
    """Twitter handles and links to Telegram and Medium move to `social`.

    Discord links stay under `websites`, since the social profile of version 7 has no place for them.
    """
    if kind != "project":
        return document
    social = {key: list(_listed(value)) for key, value in _mapping(document.get("social")).items()}
    handle = document.get("twitter")
    if isinstance(handle, str) and handle.strip():
        url = handle if "://" in handle else f"https://twitter.com/{handle.strip().removeprefix('@')}"
        social.setdefault("twitter", []).append({"url": url})
    websites: list[object] = []
    for entry in _listed(document.get("websites")):
        link = str(_mapping(entry).get("url"))
        field = next((name for prefix, name in _MOVED_SITES.items() if link.startswith(prefix)), None)
        (websites if field is None else social.setdefault(field, [])).append(entry)
    rest = {key: value for key, value in document.items() if key not in ("twitter", "websites", "social")}
    if websites:
        rest["websites"] = websites
    if any(social.values()):
        rest["social"] = {key: value for key, value in social.items() if value}
    return rest


def _to_7(document: Document, kind: str) -> Document:
    return _rename_networks(document, lambda network: network.replace("-", "_"))


_STEPS: dict[int, Callable[[Document, str], Document]] = {
    1: _to_1,
    2: _to_2,
    3: _to_3,
    4: _to_4,
    5: _to_5,
    6: _to_6,
    7: _to_7,
}


def _rename_networks(document: Document, rename: Callable[[str], str]) -> Document:
    if "blockchain" not in document:
        return document
    entries = [
        {**entry, "networks": [rename(n) if isinstance(n, str) else n for n in _listed(entry.get("networks"))]}
        for entry in _entries(document, "blockchain")
    ]
    return {**document, "blockchain": entries}


def _entries(document: Document, key: str) -> list[Document]:
    return [_mapping(entry) for entry in _listed(document.get(key))]


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> Document:
    return value if isinstance(value, dict) else {}


def _files(place: Path) -> Iterator[tuple[Path, str, bytes]]:
    if place.is_file():
        parts = place.resolve().parts
        count = 2 if "collections" in parts[-2:-1] else 3
        yield place, "/".join(parts[-count:]), place.read_bytes()
        return
    tree = read_folder(place)
    if tree.problems:
        raise ContentError(tree.problems)
    base = next(b for root in ROOTS if (b := place / root).joinpath("projects").is_dir())
    for file in tree.files:
        yield base / file.path, file.path, file.data


def _problems_of(path: str, kind: str, text: str) -> list[Problem]:
    document = parse_document(path, text.encode("utf-8"))
    findings = Findings(path, problems=document.problems)
    if document.value is not None:
        rules.check_document(findings, kind, document.value)
    return findings.problems


def _replace(file: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="\n", dir=file.parent, delete=False) as new:
        new.write(text)
    temporary = Path(new.name)
    temporary.chmod(file.stat().st_mode & 0o777)
    temporary.replace(file)


def _mapping_lines(mapping: Mapping[str, object], indent: str) -> Iterator[str]:
    for key, value in mapping.items():
        yield from _value_lines(f"{indent}{_scalar(key)}:", value, indent)


def _value_lines(head: str, value: object, indent: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield head
        yield from _mapping_lines(value, f"{indent}  ")
    elif isinstance(value, list) and value:
        yield head
        for item in value:
            yield from _item_lines(item, f"{indent}  ")
    elif isinstance(value, str) and _fits_block(value):
        chomp = "" if value.endswith("\n") else "-"
        yield f"{head} |{chomp}"
        yield from (f"{indent}  {line}" if line else "" for line in value.removesuffix("\n").split("\n"))
    else:
        yield f"{head} {_scalar(value)}".rstrip()


def _item_lines(item: object, indent: str) -> Iterator[str]:
    if isinstance(item, dict) and item:
        first, *rest = _mapping_lines(item, f"{indent}  ")
        yield f"{indent}- {first.lstrip()}"
        yield from rest
    else:
        yield from _value_lines(f"{indent}-", item, indent)


def _fits_block(text: str) -> bool:
    lines = text.removesuffix("\n").split("\n")
    return len(lines) > 1 and all(
        line == line.strip() and line.isprintable() and (line or 0 < number < len(lines) - 1)
        for number, line in enumerate(lines)
    )


def _scalar(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, dict)):
        return "[]" if isinstance(value, list) else "{}"
    text = str(value)
    is_plain = (
        _PLAIN_START.match(text) is not None
        and text == text.strip()
        and text.isprintable()
        and ": " not in text
        and " #" not in text
        and not text.endswith(":")
        and not looks_typed(text)
    )
    return text if is_plain else _quoted(text)


def _quoted(text: str) -> str:
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\u{number:04X}" if number <= 0xFFFF else f"\\U{number:08X}"
