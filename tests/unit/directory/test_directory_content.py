from __future__ import annotations

from pathlib import Path

import pytest
from test_directory_lint import CASES as LINTS
from test_directory_validate import CASES as PROBLEMS

from observer.directory.load import load_directory
from observer.directory.validate import validate
from observer.model.artifact import listed_artifacts
from observer.model.directory import NETWORKS, SOCIAL_FIELDS, TAGS, URL_FIELDS

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "connectors/oss-directory/samples"
GUIDE = (ROOT / "docs/guides/directory.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", [ROOT / "directory", SAMPLES], ids=["directory", "samples"])
def test_the_content_of_the_checkout_is_valid_and_without_lints(folder: Path) -> None:
    report = validate(folder)

    assert report.problems == ()
    assert report.lints == ()


def test_the_samples_show_every_field_but_the_python_index() -> None:
    project = load_directory(SAMPLES).projects[0]

    fields = {name for name, _ in project.urls()} | {name for name, _ in project.social.entries()}
    assert fields == {*URL_FIELDS, *SOCIAL_FIELDS} - {"pypi"}
    assert len(listed_artifacts(project)) == 20


def test_the_guide_names_every_code_field_tag_and_network() -> None:
    codes = {code for _, expected in [*LINTS.values(), *PROBLEMS.values()] for _, _, code in expected}

    assert [word for word in (*codes, *URL_FIELDS, *SOCIAL_FIELDS, *TAGS, *NETWORKS) if f"`{word}`" not in GUIDE] == []
