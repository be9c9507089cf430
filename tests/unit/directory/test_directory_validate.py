from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from observer.directory.load import load_directory
from observer.directory.validate import validate
from observer.errors import ContentError

Write = Callable[[Mapping[str, str]], Path]

U, Y, C = "projects/u/uniswap.yaml", "projects/y/yearn.yaml", "collections/defi.yaml"


def problems(folder: Path) -> list[tuple[str, int | None, str]]:
    return [(p.path, p.line, p.code) for p in validate(folder).problems]


def test_a_valid_directory_loads_with_lines_and_paths(valid: dict[str, str], write: Write) -> None:
    directory = load_directory(write(valid))

    uniswap, yearn = directory.projects
    assert (uniswap.name, uniswap.display_name, uniswap.path) == ("uniswap", "Uniswap", U)
    assert [(entry.url, entry.line) for entry in uniswap.github] == [("https://github.com/uniswap", 5)]
    (address,) = uniswap.blockchain
    assert (address.tags, address.networks, address.name, address.line) == (
        ("safe", "wallet"),
        ("optimism",),
        "Grants",
        9,
    )
    assert [(field, url.line) for field, url in yearn.social.entries()] == [("twitter", 8)]
    (collection,) = directory.collections
    assert [(member.project_name, member.line) for member in collection.projects] == [("uniswap", 5), ("yearn", 6)]
    assert directory.revision.commit_id is None
    assert len(directory.revision.digest) == 64


def test_a_valid_directory_has_no_problems(valid: dict[str, str], write: Write) -> None:
    report = validate(write(valid))

    assert report.is_valid
    assert report.counts["projects"] == 2
    assert report.counts["collections"] == 1
    assert report.lints == ()


@pytest.mark.parametrize("root", ["data", "directory"])
def test_the_directory_may_lie_one_folder_deeper(valid: dict[str, str], write: Write, root: str) -> None:
    folder = write({f"{root}/{path}": text for path, text in valid.items()})

    assert [project.path for project in load_directory(folder).projects] == [U, Y]


# Each case: what to put in place of files, and the problems that must come, all of them.
CASES: dict[str, tuple[dict[str, str], list[tuple[str, int | None, str]]]] = {
    "not yaml": ({U: "name: [\n"}, [(U, 2, "yaml-syntax")]),
    "no name": ({U: "version: 7\ndisplay_name: U\n"}, [(U, 1, "required")]),
    "empty file": ({U: ""}, [(U, 1, "type")]),
    "old version": ({U: "version: 3\nslug: uniswap\nname: Uniswap\n"}, [(U, 1, "version")]),
    "version of the future": ({U: "version: 8\nname: uniswap\ndisplay_name: U\n"}, [(U, 1, "version")]),
    "version in quotes": ({U: 'version: "7"\nname: uniswap\ndisplay_name: U\n'}, [(U, 1, "type")]),
    "no version": ({U: "name: uniswap\ndisplay_name: U\n"}, [(U, 1, "required")]),
    "name of another file": ({U: "version: 7\nname: uniswop\ndisplay_name: U\n"}, [(U, 2, "file-name")]),
    "not a list": ({U: "version: 7\nname: uniswap\ndisplay_name: U\ngithub: x\n"}, [(U, 4, "type")]),
    "no value": ({U: "version: 7\nname: uniswap\ndisplay_name:\n"}, [(U, 3, "type")]),
    "not a url": (
        {U: "version: 7\nname: uniswap\ndisplay_name: U\ngithub:\n  - url: github.com/uniswap\n"},
        [(U, 5, "format")],
    ),
    "script in a url": (
        {U: "version: 7\nname: uniswap\ndisplay_name: U\nwebsites:\n  - url: javascript:alert(1)\n"},
        [(U, 5, "url-scheme")],
    ),
    "script in a social url": (
        {U: "version: 7\nname: uniswap\ndisplay_name: U\nsocial:\n  mirror:\n    - url: data:text/html,x\n"},
        [(U, 6, "url-scheme")],
    ),
    "unknown social key": (
        {U: "version: 7\nname: uniswap\ndisplay_name: U\nsocial:\n  discord:\n    - url: https://discord.gg/x\n"},
        [(U, 5, "unknown-key")],
    ),
    "unknown network and tag": (
        {
            U: "version: 7\nname: uniswap\ndisplay_name: U\nblockchain:\n"
            '  - address: "0x1"\n    tags: [eoaa]\n    networks: [optimism, optimsm]\n'
        },
        [(U, 6, "enum"), (U, 7, "enum")],
    ),
    "empty tags": (
        {
            U: "version: 7\nname: uniswap\ndisplay_name: U\nblockchain:\n"
            '  - address: "0x1"\n    tags: []\n    networks: [base]\n'
        },
        [(U, 6, "empty")],
    ),
    "collection without members": (
        {C: "version: 7\nname: defi\ndisplay_name: DeFi\nprojects: []\n"},
        [(C, 4, "empty")],
    ),
    "unknown member": (
        {C: "version: 7\nname: defi\ndisplay_name: DeFi\nprojects:\n  - uniswap\n  - yarn\n"},
        [(C, 6, "unknown-member")],
    ),
    "member in a wrong folder": (
        {
            "projects/x/aave.yaml": "version: 7\nname: aave\ndisplay_name: Aave\n",
            C: "version: 7\nname: defi\ndisplay_name: DeFi\nprojects:\n  - aave\n",
        },
        [(C, 5, "unknown-member")],
    ),
    "display name twice": (
        {Y: "version: 7\nname: yearn\ndisplay_name: Uniswap\n"},
        [(Y, 3, "duplicate")],
    ),
    "repository in two projects": (
        {Y: "version: 7\nname: yearn\ndisplay_name: Yearn\ngithub:\n  - url: https://github.com/uniswap\n"},
        [(Y, 5, "duplicate")],
    ),
    "package in two projects, in another field": (
        {Y: "version: 7\nname: yearn\ndisplay_name: Yearn\ngo:\n  - url: https://www.npmjs.com/package/@uniswap/sdk\n"},
        [(Y, 5, "duplicate")],
    ),
    "address in two projects on one network": (
        {
            Y: "version: 7\nname: yearn\ndisplay_name: Yearn\nblockchain:\n"
            '  - address: "0x0d162447b8df47c2e7910441bf3c8c1b55b9b124"\n'
            "    tags: [eoa]\n    networks: [base, optimism]\n"
        },
        [(Y, 5, "duplicate")],
    ),
    "wrong extension": ({"projects/u/uniswap.yml": ""}, [("projects/u/uniswap.yml", None, "extension")]),
    "other file": ({"collections/.DS_Store": ""}, [("collections/.DS_Store", None, "extension")]),
    "project too deep": (
        {"projects/a/b/aave.yaml": "version: 7\nname: aave\ndisplay_name: Aave\n"},
        [("projects/a/b/aave.yaml", None, "misplaced")],
    ),
    "project without folder": (
        {"projects/aave.yaml": "version: 7\nname: aave\ndisplay_name: Aave\n"},
        [("projects/aave.yaml", None, "misplaced")],
    ),
    "collection in a folder": (
        {"collections/x/c.yaml": "version: 7\nname: c\ndisplay_name: C\nprojects: [yearn]\n"},
        [("collections/x/c.yaml", None, "misplaced")],
    ),
    "names that differ in case": (
        {"projects/U/Uniswap.yaml": "version: 7\nname: Uniswap\ndisplay_name: Other\n"},
        [(U, None, "duplicate-name")],
    ),
    "names that differ in the form of a letter": (
        {
            "projects/e/e\u0301.yaml": "version: 7\nname: e\u0301\ndisplay_name: One\n",
            "projects/\u00e9/\u00e9.yaml": "version: 7\nname: \u00e9\ndisplay_name: Two\n",
        },
        [("projects/\u00e9/\u00e9.yaml", None, "duplicate-name")],
    ),
    "one name in two folders": (
        {"projects/x/uniswap.yaml": "version: 7\nname: uniswap\ndisplay_name: Other\n"},
        [("projects/x/uniswap.yaml", None, "duplicate-name")],
    ),
    "device name": (
        {"projects/c/con.yaml": "version: 7\nname: con\ndisplay_name: Con\n"},
        [("projects/c/con.yaml", None, "unsafe-path")],
    ),
    "endless name": (
        {f"projects/a/{'a' * 240}.yaml": "version: 7\nname: a\ndisplay_name: A\n"},
        [(f"projects/a/{'a' * 240}.yaml", None, "unsafe-path")],
    ),
    "file beyond the limit": ({U: "#" * 1_100_000}, [(U, None, "too-large")]),
    "logo of another format": ({"logos/u/uniswap.bmp": ""}, [("logos/u/uniswap.bmp", None, "logo-extension")]),
    "logo without extension": ({"logos/u/uniswap": ""}, [("logos/u/uniswap", None, "logo-extension")]),
    "logo of nobody": ({"logos/u/uniswop.png": ""}, [("logos/u/uniswop.png", None, "logo-project")]),
    "logo in a wrong folder": ({"logos/x/uniswap.png": ""}, [("logos/x/uniswap.png", None, "logo-folder")]),
    "logo without folder": ({"logos/uniswap.png": ""}, [("logos/uniswap.png", None, "logo-folder")]),
}


@pytest.mark.parametrize("name", CASES)
def test_every_rule_names_file_and_line(valid: dict[str, str], write: Write, name: str) -> None:
    changes, expected = CASES[name]

    assert problems(write(valid | changes)) == expected


def test_all_problems_of_all_files_come_together_in_a_stable_order(valid: dict[str, str], write: Write) -> None:
    names = ["old version", "unknown member", "other file", "logo of nobody"]
    broken = {path: text for name in names for path, text in CASES[name][0].items()}
    broken[Y] = "version: 7\nname: yern\ndisplay_name: Y\ngithub:\n  - url: a b\n  - link: x\nsocial:\n  x: []\n"
    folder = write(valid | broken)

    report = validate(folder)

    assert [(p.path, p.line, p.code) for p in report.problems] == [
        ("collections/.DS_Store", None, "extension"),
        (C, 6, "unknown-member"),
        ("logos/u/uniswop.png", None, "logo-project"),
        (U, 1, "version"),
        (Y, 2, "file-name"),
        (Y, 5, "format"),
        (Y, 6, "required"),
        (Y, 8, "unknown-key"),
    ]
    with pytest.raises(ContentError) as caught:
        load_directory(folder)
    assert [str(p) for p in caught.value.problems] == [str(p) for p in report.problems]


def test_problems_say_where_the_other_entry_is_and_what_to_write(valid: dict[str, str], write: Write) -> None:
    changes = CASES["repository in two projects"][0] | CASES["unknown member"][0] | CASES["logo of nobody"][0]

    shown = [str(problem) for problem in validate(write(valid | changes)).problems]

    assert shown == [
        "collections/defi.yaml:6: unknown project 'yarn'; did you mean 'yearn'?",
        "logos/u/uniswop.png: a logo of the unknown project 'uniswop'; did you mean 'uniswap'?",
        "projects/y/yearn.yaml:5: 'https://github.com/uniswap' stands in projects/u/uniswap.yaml:5 too; "
        "an entry belongs to one project only",
    ]


def test_repeats_inside_a_file_and_shared_websites_are_no_problem(valid: dict[str, str], write: Write) -> None:
    site = "websites:\n  - url: https://example.org\n"
    changes = {
        U: valid[U] + site + "go:\n  - url: https://github.com/uniswap\n",
        Y: valid[Y] + site,
        "projects/README.md": "",
        "collections/readme.md": "",
        "logos/README.md": "",
        "logos/u/uniswap.png": "",
    }

    assert problems(write(valid | changes)) == []


def test_unknown_keys_outside_social_are_accepted_with_a_lint(valid: dict[str, str], write: Write) -> None:
    changed = valid[U].replace("github:", "gitub: []\ngithub:").replace("    name: Grants", "    nam: Grants")

    report = validate(write(valid | {U: changed}))

    assert report.is_valid
    assert [str(lint) for lint in report.lints if lint.code == "unknown-key"] == [
        "projects/u/uniswap.yaml:4: unknown key 'gitub' in project; did you mean 'github'?",
        "projects/u/uniswap.yaml:16: unknown key 'nam' in blockchain address; did you mean 'name'?",
    ]


def test_a_link_is_refused_and_not_followed(valid: dict[str, str], write: Write, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("version: 7\nname: secret\ndisplay_name: Secret\n")
    folder = write(valid)
    (folder / "projects/s").mkdir()
    (folder / "projects/s/secret.yaml").symlink_to(secret)
    (folder / "projects/e").symlink_to(tmp_path)

    assert problems(folder) == [("projects/e", None, "file-kind"), ("projects/s/secret.yaml", None, "file-kind")]


def test_thousands_of_unknown_members_are_told_quickly(valid: dict[str, str], write: Write) -> None:
    names = [f"uniswap{number}" for number in range(5_000)]
    text = "version: 7\nname: defi\ndisplay_name: DeFi\nprojects:\n" + "".join(f"  - {name}\n" for name in names)

    report = validate(write(valid | {C: text}))

    assert len(report.problems) == 5_000
    assert sum("did you mean 'uniswap'?" in (problem.hint or "") for problem in report.problems) == 100


def test_an_invalid_project_is_still_known_to_its_collections(valid: dict[str, str], write: Write) -> None:
    assert problems(write(valid | {U: "name: [\n"})) == [(U, 2, "yaml-syntax")]


@pytest.mark.parametrize("kind", ["missing", "empty folder", "text file"])
def test_a_place_without_a_directory_is_one_problem(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "place"
    if kind == "empty folder":
        place.mkdir()
    elif kind == "text file":
        place.write_text("x")

    report = validate(place)

    assert [p.code for p in report.problems] == ["no-directory"]
    with pytest.raises(ContentError):
        load_directory(place)
