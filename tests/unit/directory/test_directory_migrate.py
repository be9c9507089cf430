from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observer.directory.document import parse_document
from observer.directory.migrate import migrate_document, migrate_path, write_document
from observer.directory.validate import validate
from observer.errors import ContentError

Write = Callable[[Mapping[str, str]], Path]

FIRST = """\
# where it began
version: 1
slug: hop
name: Hop
optimism:
  - address: "0xaa"
    type: creator
  - address: "0xbb"
    type: factory
    name: Factory
  - address: "0xaa"
    type: contract
    name: Late name
github:
  - url: https://github.com/hop
"""

LAST = """\
version: 7
name: hop
display_name: Hop
github:
  - url: https://github.com/hop
blockchain:
  - address: "0xaa"
    tags:
      - creator
      - contract
    name: Late name
    networks:
      - optimism
  - address: "0xbb"
    tags:
      - factory
    name: Factory
    networks:
      - optimism
"""


def parsed(text: str) -> dict[str, object]:
    value = parse_document("x.yaml", text.encode()).value
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("kind", "version", "before", "after"),
    [
        ("project", 0, {"slug": "a"}, {"version": 1, "slug": "a"}),
        (
            "project",
            1,
            {"optimism": [{"address": "1", "type": "eoa"}, {"address": "1", "type": "eoa"}]},
            {"version": 2, "optimism": [{"address": "1", "tags": ["eoa"]}]},
        ),
        (
            "project",
            2,
            {"optimism": [{"address": "1", "tags": ["eoa"]}]},
            {"version": 3, "blockchain": [{"address": "1", "tags": ["eoa"], "networks": ["optimism"]}]},
        ),
        (
            "project",
            3,
            {"blockchain": [{"address": "1", "networks": ["arbitrum", "mainnet"]}]},
            {"version": 4, "blockchain": [{"address": "1", "networks": ["arbitrum-one", "mainnet"]}]},
        ),
        ("collection", 4, {"slug": "c", "name": "C"}, {"version": 5, "name": "c", "display_name": "C"}),
        (
            "project",
            5,
            {"twitter": "@hop", "websites": [{"url": "https://t.me/hop"}, {"url": "https://medium.com/@hop"}]},
            {
                "version": 6,
                "social": {
                    "twitter": [{"url": "https://twitter.com/hop"}],
                    "telegram": [{"url": "https://t.me/hop"}],
                    "medium": [{"url": "https://medium.com/@hop"}],
                },
            },
        ),
        (
            "project",
            5,
            {"websites": [{"url": "https://hop.org"}, {"url": "https://discord.com/invite/x"}], "social": {}},
            {"version": 6, "websites": [{"url": "https://hop.org"}, {"url": "https://discord.com/invite/x"}]},
        ),
        ("project", 5, {"twitter": "", "websites": []}, {"version": 6}),
        (
            "project",
            6,
            {"blockchain": [{"networks": ["arbitrum-one", "zksync-era", "base"]}]},
            {"version": 7, "blockchain": [{"networks": ["arbitrum_one", "zksync_era", "base"]}]},
        ),
    ],
)
def test_each_version_changes_what_it_says(
    kind: str, version: int, before: dict[str, object], after: dict[str, object]
) -> None:
    untouched = repr(before)

    migrated = migrate_document(before, kind, version, to_version=version + 1)

    assert migrated == after
    assert repr(before) == untouched


def test_a_document_of_version_one_reaches_the_current_version_in_the_order_of_its_keys() -> None:
    migrated = migrate_document(parsed(FIRST), "project", 1)

    assert migrated == parsed(LAST)
    assert list(migrated) == ["version", "name", "display_name", "github", "blockchain"]
    assert write_document(migrated) == LAST


@pytest.mark.parametrize("version", [-1, 8])
def test_a_version_that_never_was_is_refused(version: int) -> None:
    with pytest.raises(ContentError, match="cannot migrate"):
        migrate_document({}, "project", version)


def test_a_folder_is_migrated_and_then_valid(write: Write) -> None:
    folder = write(
        {
            "data/projects/h/hop.yaml": FIRST.replace('"0xaa"', '"0x' + "a" * 40 + '"'),
            "data/projects/n/new.yaml": "# kept\nversion:   7\nname: new\ndisplay_name: New\n",
            "data/collections/c.yaml": "version: 4\nslug: c\nname: C\nprojects:\n  - hop\n",
        }
    )
    current = (folder / "data/projects/n/new.yaml").read_bytes()

    planned = migrate_path(folder, is_dry_run=True)
    assert not validate(folder).is_valid
    done = migrate_path(folder)

    assert planned == done
    assert [(m.path, m.from_version, m.dropped_comments) for m in done] == [
        ("collections/c.yaml", 4, 0),
        ("projects/h/hop.yaml", 1, 1),
    ]
    assert validate(folder).problems == ()
    assert (folder / "data/projects/n/new.yaml").read_bytes() == current
    assert migrate_path(folder) == ()


def test_one_file_is_migrated_by_its_place(write: Write) -> None:
    folder = write(
        {"projects/h/hop.yaml": FIRST, "collections/c.yaml": "version: 4\nslug: c\nname: C\nprojects: [h]\n"}
    )

    migrate_path(folder / "projects/h/hop.yaml")
    migrate_path(folder / "collections/c.yaml")

    assert (folder / "projects/h/hop.yaml").read_text() == LAST
    assert parsed((folder / "collections/c.yaml").read_text())["display_name"] == "C"


def test_nothing_is_written_when_one_file_cannot_be_migrated(write: Write) -> None:
    files = {
        "projects/h/hop.yaml": FIRST,
        "projects/b/bad.yaml": "version: 4\nslug: other\nname: Bad\ngithub: x\n",
        "projects/f/future.yaml": "version: 9\nname: future\ndisplay_name: F\n",
        "projects/l/lie.yaml": "version: &v 3\nslug: lie\nname: Lie\n",
    }
    folder = write(files)

    with pytest.raises(ContentError) as caught:
        migrate_path(folder)

    assert [(p.path, p.code) for p in caught.value.problems] == [
        ("projects/b/bad.yaml", "file-name"),
        ("projects/b/bad.yaml", "type"),
        ("projects/f/future.yaml", "version"),
        ("projects/l/lie.yaml", "yaml-alias"),
    ]
    assert {path: (folder / path).read_text() for path in files} == files


_TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="".join(map(chr, [*range(32), *range(127, 160)])))
)
_WORDS = st.sampled_from(
    ["no", "0x12", "1e3", "a: b", "a #b", "- a", "'", '"', "a\\b", " a ", "a\nb", "a\n\n b\n", "é\u2028", "\U0001f9e9"]
)
_VALUES = st.recursive(
    _TEXTS | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS.filter(lambda k: k != "<<"), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(_TEXTS.filter(lambda k: k not in ("<<", "version")), _VALUES, min_size=1, max_size=4))
def test_what_is_written_is_read_back_as_it_was(value: dict[str, object]) -> None:
    document = parse_document("x.yaml", write_document(value).encode())

    assert document.problems == []
    assert [remark.code for remark in document.remarks] == []
    assert document.value == value
