from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from observer.directory.document import MAX_BYTES, MAX_DEPTH, Document, LinedDict, parse_document


def parse(text: str) -> Document:
    return parse_document("projects/a/a.yaml", text.encode())


def codes(document: Document) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.code) for problem in document.problems]


@pytest.mark.parametrize(
    "text",
    [
        *("0x0d162447b8df47c2e7910441bf3c8c1b55b9b124", "no", "on", "true", "~", "null", "1e3", "007", "0o17", ".inf"),
        *("2024-05-06", "12:30", "1_000", "-5", "+1", "0b101", "Yes", "y"),
    ],
)
def test_an_unquoted_scalar_stays_the_text_that_it_is_and_is_remarked(text: str) -> None:
    document = parse(f"version: 7\naddress: {text}\n")

    assert document.value == {"version": 7, "address": text}
    assert [(remark.line, remark.code) for remark in document.remarks] == [(2, "unquoted")]


@pytest.mark.parametrize("text", ["'no'", '"0x12"', "uniswap", "https://a.org", "1inch", "0xhoney", "e3", "v1.0"])
def test_what_no_reader_mistakes_is_not_remarked(text: str) -> None:
    document = parse(f"address: {text}\n")

    assert document.value == {"address": text.strip("'\"")}
    assert document.remarks == []


def test_a_whole_number_is_a_number_where_the_schema_says_so_and_only_there() -> None:
    document = parse("version: 7\nname: 7\nnested:\n  version: 7\n")

    assert document.value == {"version": 7, "name": "7", "nested": {"version": "7"}}
    assert parse('version: "7"\n').value == {"version": "7"}
    assert parse("version: 7.0\n").value == {"version": "7.0"}


def test_a_key_without_a_value_has_none() -> None:
    assert parse("name:\nother: ''\n").value == {"name": None, "other": ""}


def test_every_value_knows_its_line() -> None:
    document = parse("# a comment\nname: a\ngithub:\n  - url: x\n  -\n    url: y\n")

    value = document.value
    assert isinstance(value, LinedDict)
    assert value.lines == {"name": 2, "github": 3}
    github = value["github"]
    assert github.lines == [4, 6]  # type: ignore[attr-defined]
    assert github[1].lines == {"url": 6}  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x 1\nb: *x\n", [(1, "yaml-alias"), (2, "yaml-alias")]),
        ("a: &x\n  b: 1\nc:\n  <<: *x\n", [(1, "yaml-alias"), (4, "yaml-alias"), (4, "yaml-alias")]),
        ("a: !!python/object:os.system x\n", [(1, "yaml-tag")]),
        ("a: !!str 5\nb: ! x\n", [(1, "yaml-tag"), (2, "yaml-tag")]),
        ("a: !!map\n  b: 1\n", [(1, "yaml-tag")]),
        ("%YAML 1.1\n---\na: 1\n", [(1, "yaml-tag")]),
        ("a: 1\nb: 2\na: 3\n", [(3, "duplicate-key")]),
        ("x:\n  - b: 1\n    b: 2\n    b: 3\n", [(3, "duplicate-key"), (4, "duplicate-key")]),
        ("a: 1\n---\nb: 2\n", [(2, "yaml-documents")]),
        ("? [a, b]\n: 1\n", [(1, "yaml-syntax")]),
        ("a: [1, 2\n", [(2, "yaml-syntax")]),
        ("a: 1\n b: 2\n", [(2, "yaml-syntax")]),
        ("a:\tb: x\n\t- c\n", [(1, "yaml-syntax")]),
        ('a: "x\\0y"\n', [(1, "control-character")]),
        ('"\\e[31m": "\\e]0;x\\a"\n', [(1, "control-character"), (1, "control-character")]),
        ("a: 1\nb: \x01\n", [(2, "yaml-syntax")]),
        ("- a\n", [(1, "type")]),
        ("text\n", [(1, "type")]),
        ("", [(1, "type")]),
        ("# nothing\n", [(1, "type")]),
        ("a: &a [*a]\n", [(1, "yaml-alias"), (1, "yaml-alias")]),
    ],
)
def test_yaml_that_would_lie_is_refused_with_its_line(text: str, expected: list[tuple[int, str]]) -> None:
    assert codes(parse(text)) == expected


def test_reading_goes_on_after_a_refused_alias_so_that_all_are_found() -> None:
    document = parse("a: *x\nb: 1\nc: *y\nb: 2\n")

    assert [line for line, _ in codes(document)] == [1, 3, 4]
    assert document.value == {"a": None, "b": "1", "c": None}


@pytest.mark.parametrize(
    ("data", "line"),
    [(b"\xef\xbb\xbfa: 1\n", 1), (b"\xff\xfea\x00", 1), (b"a: 1\nb: \xff\n", 2)],
    ids=["byte order mark", "UTF-16", "Latin-1"],
)
def test_a_file_that_is_not_plain_utf8_is_refused(data: bytes, line: int) -> None:
    document = parse_document("x.yaml", data)

    assert document.value is None
    assert codes(document) == [(line, "utf-8")]


def test_carriage_returns_are_remarked_once_and_do_not_enter_the_text() -> None:
    document = parse("a: 1\r\nb: x\r\n")

    assert document.value == {"a": "1", "b": "x"}
    assert [(r.line, r.code) for r in document.remarks if r.code == "line-ends"] == [(1, "line-ends")]


def _billion_laughs() -> str:
    lines = ["a0: &a0 [lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    return "\n".join(lines)


BOMBS = {
    "aliases": (_billion_laughs(), "yaml-alias"),
    "merges": ("a: &a {x: 1}\n" + "\n".join(f"b{n}: {{<<: *a}}" for n in range(500)), "yaml-alias"),
    "depth in flow": ("a: " + "[" * 100_000, "too-deep"),
    "depth in blocks": ("\n".join("  " * n + "a:" for n in range(700)), "too-deep"),
    "keys": ("\n".join(f"k{n}: 1" for n in range(100_000)), "too-large"),
    "values": ("a:\n" + "- 1\n" * 240_000, "too-large"),
    "bytes": ("a: " + "x" * MAX_BYTES, "too-large"),
    "aliases beyond counting": ("a: [" + "*x ," * 200_000 + "]", "too-many"),
    "quotes": ('a: "' + "\\x41" * 250_000, "yaml-syntax"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_within_a_second(name: str) -> None:
    text, code = BOMBS[name]
    started = time.process_time()

    document = parse(text)

    assert code in {problem.code for problem in document.problems}
    assert all(problem.line is not None or problem.code == "too-large" for problem in document.problems)
    assert time.process_time() - started < 1


def test_depth_is_counted_from_the_top() -> None:
    fits = "a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)

    assert parse(fits).problems == []
    assert codes(parse(fits.replace("[", "[[", 1) + "]")) == [(1, "too-deep")]


_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)
_KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        _KEYS,
        st.recursive(
            _TEXTS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=10
        ),
        min_size=1,
    )
)
def test_text_written_by_another_library_is_read_as_it_was(value: dict[str, object]) -> None:
    text = yaml.safe_dump(value, allow_unicode=True, default_style='"')

    document = parse(text)

    if not document.problems:
        assert document.value == value
    else:
        assert {problem.code for problem in document.problems} <= {"too-deep", "yaml-alias"}
