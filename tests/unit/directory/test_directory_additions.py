from __future__ import annotations

from pathlib import Path

import pytest

from observer.directory.additions import Additions, Wanted, plan_additions, write_additions
from observer.directory.recognize import recognize
from observer.directory.validate import read, validate
from observer.errors import ContentError

EXISTING = """# kept
version: 7
name: tool
display_name: Tool   # for people
github:
    - url: https://github.com/acme/tool  # the first
    # nothing else yet

comments:
  - hand-made
"""


def wanted(*urls: str) -> list[Wanted]:
    return [Wanted((found,)) for found in recognize(urls)]


def write(folder: Path, path: str, text: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text, encoding="utf-8")


def watch(folder: Path, *urls: str, project: str | None = None, collection: str | None = None) -> Additions:
    additions = plan_additions(folder, wanted(*urls), project=project, collection=collection)
    write_additions(folder, additions)
    assert validate(folder).problems == ()
    return additions


def test_each_url_becomes_a_project_of_its_own(tmp_path: Path) -> None:
    watch(tmp_path, "https://github.com/Acme/Tool", "https://www.npmjs.com/package/@acme/kit")

    assert (tmp_path / "projects/t/tool-acme.yaml").read_text(encoding="utf-8") == (
        "version: 7\nname: tool-acme\ndisplay_name: Tool\ngithub:\n  - url: https://github.com/acme/tool\n"
    )
    assert (tmp_path / "projects/a/acme-kit.yaml").exists()


def test_one_project_and_a_collection_can_be_named(tmp_path: Path) -> None:
    urls = ("https://github.com/acme/tool", "https://gitlab.com/acme/other", "mainnet:0x" + "ab" * 20)
    watch(tmp_path, *urls, project="acme", collection="mine")

    reading = read(tmp_path)
    assert [project.name for project in reading.projects] == ["acme"]
    assert [len(getattr(reading.projects[0], name)) for name in ("github", "git", "blockchain")] == [1, 1, 1]
    assert [member.project_name for member in reading.collections[0].projects] == ["acme"]


def test_watching_twice_changes_nothing(tmp_path: Path) -> None:
    watch(tmp_path, "https://github.com/acme/tool", collection="mine")

    again = watch(tmp_path, "https://github.com/Acme/Tool.git", collection="mine")

    assert again.files == {}
    assert [(place.project, place.was_there) for place in again.placed] == [("tool-acme", True)]


def test_a_file_that_is_there_keeps_its_comments_and_its_form(tmp_path: Path) -> None:
    write(tmp_path, "projects/t/tool.yaml", EXISTING)

    watch(tmp_path, "https://github.com/acme/more", "https://crates.io/crates/tool", project="tool")

    expected = EXISTING.replace(
        "    # nothing else yet\n", "    # nothing else yet\n    - url: https://github.com/acme/more\n"
    )
    text = (tmp_path / "projects/t/tool.yaml").read_text(encoding="utf-8")
    assert text == expected + "crates:\n  - url: https://crates.io/crates/tool\n"


def test_a_repository_of_a_listed_owner_joins_the_owners_project(tmp_path: Path) -> None:
    watch(tmp_path, "https://github.com/acme")

    additions = watch(tmp_path, "https://github.com/acme/tool")

    assert [(place.project, place.was_there) for place in additions.placed] == [("acme", False)]


def test_names_that_are_taken_get_another_form(tmp_path: Path) -> None:
    watch(tmp_path, "https://www.npmjs.com/package/kit")

    additions = watch(
        tmp_path, "https://crates.io/crates/kit", "https://codeberg.org/a/kit", "https://git.example.org/a/kit"
    )

    assert additions.projects == ("kit-crates", "kit-a", "kit-a-git")
    shown = {project.name: project.display_name for project in read(tmp_path).projects}
    assert shown == {
        "kit": "kit",
        "kit-crates": "kit (crates)",
        "kit-a": "kit (a)",
        "kit-a-git": "kit (git.example.org/a)",
    }


def test_what_belongs_to_another_project_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    watch(tmp_path, "https://github.com/acme/tool")

    with pytest.raises(ContentError, match="belongs to the project 'tool-acme' already"):
        plan_additions(tmp_path, wanted("https://github.com/acme/tool"), project="other")


def test_names_that_are_no_slugs_are_refused_together(tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        plan_additions(tmp_path, wanted("https://github.com/a/b"), project="My Project", collection="X_Y")

    assert sorted(problem.hint or "" for problem in caught.value.problems) == [
        "did you mean 'my-project'?",
        "did you mean 'x-y'?",
    ]


def test_a_directory_that_is_invalid_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, "projects/a/a.yaml", "version: 7\nname: b\ndisplay_name: B\n")

    with pytest.raises(ContentError, match="differs from the file name"):
        plan_additions(tmp_path, wanted("https://github.com/a/b"))


def test_a_list_in_brackets_is_told_instead_of_rewritten(tmp_path: Path) -> None:
    text = 'version: 7\nname: a\ndisplay_name: A\ngithub: [{url: "https://github.com/a/b"}]\n'
    write(tmp_path, "projects/a/a.yaml", text)

    with pytest.raises(ContentError, match="add:\ngithub:"):
        plan_additions(tmp_path, wanted("https://github.com/a/c"), project="a")


def test_a_folder_beside_a_directory_elsewhere_repeats_nothing_of_it(tmp_path: Path) -> None:
    elsewhere, own = tmp_path / "elsewhere", tmp_path / "own"
    watch(elsewhere, "https://github.com/acme/tool", "https://crates.io/crates/kit", collection="all")
    beside = read(elsewhere)

    additions = plan_additions(
        own, wanted("https://github.com/acme/tool", "https://github.com/acme/new"), collection="mine", beside=beside
    )
    write_additions(own, additions)

    assert read(own, beside=beside).problems == []
    assert sorted(additions.files) == ["collections/mine.yaml", "projects/n/new-acme.yaml"]
    with pytest.raises(ContentError, match="only read"):
        plan_additions(own, wanted("https://github.com/acme/x"), project="tool-acme", beside=beside)
