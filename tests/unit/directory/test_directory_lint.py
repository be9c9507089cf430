from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from observer.directory.lint import lint
from observer.directory.load import load_directory
from observer.directory.validate import validate

Write = Callable[[Mapping[str, str]], Path]

U, Y, C = "projects/u/uniswap.yaml", "projects/y/yearn.yaml", "collections/defi.yaml"
ADDRESS = "0x" + "ab" * 20


def project(name: str, *lines: str, display_name: str | None = None) -> str:
    shown = display_name if display_name is not None else name.title()
    return "\n".join(["version: 7", f"name: {name}", f"display_name: {shown!r}", *lines, ""])


def github(name: str, *urls: str) -> str:
    return project(name, "github:", *[f"  - url: {url}" for url in urls])


def addresses(name: str, *entries: tuple[str, str]) -> str:
    lines = [
        f"  - address: '{address}'\n    tags: [contract]\n    networks: [{networks}]" for address, networks in entries
    ]
    return project(name, "blockchain:", *lines)


def members(*names: str) -> str:
    return "\n".join(["version: 7", "name: defi", "display_name: DeFi", "projects:", *[f"  - {n}" for n in names], ""])


# Each case: what to put in place of files, and the lints that must come, all of them.
CASES: dict[str, tuple[dict[str, str], list[tuple[str, int | None, str]]]] = {
    "file under another letter": (
        {"projects/x/aave.yaml": github("aave", "https://github.com/aave")},
        [("projects/x/aave.yaml", None, "wrong-folder")],
    ),
    "name with an underscore": (
        {"projects/a/a_b.yaml": github("a_b", "https://github.com/a")},
        [("projects/a/a_b.yaml", 2, "name")],
    ),
    "spaces around the display name": (
        {Y: project("yearn", "npm:", "  - url: https://www.npmjs.com/package/a", display_name=" Yearn")},
        [(Y, 3, "outer-space")],
    ),
    "no display name": (
        {Y: project("yearn", "npm:", "  - url: https://www.npmjs.com/package/a", display_name="")},
        [(Y, 3, "no-display-name")],
    ),
    "invisible character": (
        {Y: github("yearn", "https://github.com/yearn").replace("Yearn", "Ye\u200barn")},
        [(Y, 3, "invisible")],
    ),
    "invisible character in the description": (
        {Y: project("yearn", "description: 'a\u200db'", "github:", "  - url: https://github.com/yearn")},
        [(Y, 1, "invisible")],
    ),
    "nothing to measure": ({Y: project("yearn")}, [(Y, 1, "no-artifacts")]),
    "a website alone": (
        {Y: project("yearn", "websites:", "  - url: https://yearn.fi")},
        [(Y, 1, "no-artifacts")],
    ),
    "empty field": ({Y: github("yearn", "https://github.com/yearn") + "npm: []\n"}, [(Y, 6, "empty-field")]),
    "owner as a host": ({Y: github("yearn", "https://yearn")}, [(Y, 5, "odd-url")]),
    "file in a repository": (
        {Y: github("yearn", "https://github.com/yearn/v/blob/main/README.md")},
        [(Y, 5, "odd-url"), (Y, 5, "capitals")],
    ),
    "list of an organisation": (
        {Y: github("yearn", "https://github.com/orgs/yearn/repositories")},
        [(Y, 5, "odd-url")],
    ),
    "package under another field": (
        {Y: project("yearn", "crates:", "  - url: https://www.npmjs.com/package/a")},
        [(Y, 5, "odd-url")],
    ),
    "doubled scheme": (
        {Y: github("yearn", "https://github.com/y") + "social:\n  twitter:\n    - url: https://https://x.com/y\n"},
        [(Y, 8, "odd-url")],
    ),
    "trailing slash and suffix": (
        {Y: github("yearn", "https://github.com/yearn/v/", "https://github.com/yearn/w.git")},
        [(Y, 5, "trailing-slash"), (Y, 6, "git-suffix")],
    ),
    "capitals": ({Y: github("yearn", "https://github.com/Yearn")}, [(Y, 5, "capitals")]),
    "repository twice in a file": (
        {Y: github("yearn", "https://github.com/yearn/v", "https://github.com/yearn/V")},
        [(Y, 6, "capitals"), (Y, 6, "repeated-url")],
    ),
    "repository in two projects": (
        {Y: github("yearn", "https://github.com/uniswap/")},
        [(Y, 5, "trailing-slash"), (Y, 5, "shared-repository")],
    ),
    "repository of another project's owner": (
        {Y: github("yearn", "https://github.com/uniswap/v3")},
        [(Y, 5, "owner-elsewhere")],
    ),
    "repository of the project's own owner": (
        {Y: github("yearn", "https://github.com/yearn", "https://github.com/yearn/v")},
        [(Y, 6, "covered-by-owner")],
    ),
    "address with capitals": (
        {Y: addresses("yearn", ("0x" + "AB" * 20, "base"))},
        [(Y, 5, "mixed-case-address")],
    ),
    "address of the wrong length": ({Y: addresses("yearn", (ADDRESS + "0", "base"))}, [(Y, 5, "malformed-address")]),
    "address with a space": ({Y: addresses("yearn", (ADDRESS + " ", "base"))}, [(Y, 5, "malformed-address")]),
    "address with a chain's prefix": (
        {Y: addresses("yearn", ("oeth:" + ADDRESS, "base"))},
        [(Y, 5, "malformed-address")],
    ),
    "address twice in a file": (
        {Y: addresses("yearn", (ADDRESS, "base"), (ADDRESS.upper().replace("X", "x"), "zora"))},
        [(Y, 8, "mixed-case-address"), (Y, 8, "repeated-address")],
    ),
    "address in two projects": (
        {
            "projects/a/aave.yaml": addresses("aave", (ADDRESS, "base")),
            Y: addresses("yearn", (ADDRESS.upper().replace("X", "x"), "base, zora")),
        },
        [(Y, 5, "mixed-case-address"), (Y, 5, "shared-address")],
    ),
    "address in two projects on other networks": (
        {
            "projects/a/aave.yaml": addresses("aave", (ADDRESS, "base")),
            Y: addresses("yearn", (ADDRESS, "zora")),
        },
        [(Y, 5, "shared-address-other-network")],
    ),
    "a network beside any_evm": (
        {Y: addresses("yearn", (ADDRESS, "any_evm, base"))},
        [(Y, 5, "covered-by-any-evm")],
    ),
    "website of two projects": (
        {
            "projects/a/aave.yaml": github("aave", "https://github.com/a") + "websites:\n  - url: https://d.org\n",
            Y: github("yearn", "https://github.com/y") + "websites:\n  - url: https://D.org/\n",
        },
        [(Y, 7, "shared-website")],
    ),
    "display names that differ in case": (
        {Y: github("yearn", "https://github.com/y").replace("Yearn", "UNISWAP")},
        [(Y, 3, "similar-display-name")],
    ),
    "collection and project of one name": (
        {"projects/d/defi.yaml": project("defi", "npm:", "  - url: https://www.npmjs.com/package/a", display_name="D")},
        [(C, 2, "name-of-both")],
    ),
    "member twice": ({C: members("uniswap", "uniswap", "yearn")}, [(C, 6, "duplicate-member")]),
    "members out of order": ({C: members("yearn", "uniswap")}, [(C, 5, "not-sorted")]),
    "value to be quoted": (
        {Y: github("yearn", "https://github.com/y").replace("'Yearn'", "no")},
        [(Y, 3, "unquoted")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_anomaly_has_its_lint_and_no_other(valid: dict[str, str], write: Write, name: str) -> None:
    changes, expected = CASES[name]

    report = validate(write(valid | changes))

    assert report.problems == ()
    found = [(lint.path, lint.line, lint.code) for lint in report.lints]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_lints_come_in_a_stable_order_and_are_counted_by_code(valid: dict[str, str], write: Write) -> None:
    names = ["capitals", "members out of order", "file under another letter"]
    folder = write(valid | {path: text for name in names for path, text in CASES[name][0].items()})

    report = validate(folder)

    assert [lint.code for lint in report.lints] == ["not-sorted", "wrong-folder", "capitals"]
    assert report.counts["lint:capitals"] == 1
    assert report.counts["lints"] == 3
    assert lint(load_directory(folder)) == report.lints


def test_a_lint_says_what_to_do(valid: dict[str, str], write: Write) -> None:
    urls = ("https://ophis-fi", "https://github.com/uniswap/v3/tree/m", "https://x.com/yearnfi")
    changes = {Y: github("yearn", *urls), **CASES["file under another letter"][0]}

    shown = [str(lint) for lint in validate(write(valid | changes)).lints]

    assert shown == [
        "projects/x/aave.yaml: the file of 'aave' lies in projects/x/; its place is projects/a/aave.yaml",
        "projects/y/yearn.yaml:5: 'https://ophis-fi' names nothing that belongs under github; "
        "if an owner is meant, write https://github.com/ophis-fi",
        "projects/y/yearn.yaml:6: 'https://github.com/uniswap/v3/tree/m' is a page of https://github.com/uniswap/v3; "
        "write https://github.com/uniswap/v3",
        "projects/y/yearn.yaml:6: https://github.com/uniswap/v3 belongs to the owner listed in "
        "projects/u/uniswap.yaml:5; list it in one project only",
        "projects/y/yearn.yaml:7: 'https://x.com/yearnfi' names nothing that belongs under github; "
        "it belongs under twitter",
    ]
