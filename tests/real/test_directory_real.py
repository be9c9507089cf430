"""The whole real directory, its history and the published identifiers, against counts made elsewhere."""

from __future__ import annotations

import csv
import gzip
import json
import tarfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from observer.directory.document import parse_document
from observer.directory.load import load_directory
from observer.directory.migrate import migrate_document, migrate_path, write_document
from observer.directory.validate import Report, validate
from observer.model.artifact import ListedArtifact, identify_github, listed_artifacts, normalize_address
from observer.model.directory import SOCIAL_FIELDS, URL_FIELDS, Directory
from observer.model.identifier import entity_id, legacy_id

pytestmark = pytest.mark.real_data

MEASURABLE = ("github", "npm", "crates", "pypi", "go", "open_collective", "defillama", "blockchain")


Files = dict[str, bytes]


def unpacked(archive: Path) -> Files:
    """The files of an archive by path, in memory."""
    with tarfile.open(archive) as tar:
        files = [(member.name, tar.extractfile(member)) for member in tar if member.isfile()]
        return {name: file.read() for name, file in files if file is not None}


def written(files: Files, folder: Path) -> Path:
    for name, data in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return folder


@pytest.fixture(scope="session")
def archive(real_data: Path) -> Path:
    return real_data / "oss-directory/oss-directory-data.tar.gz"


@pytest.fixture(scope="session")
def folder(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(unpacked(archive), tmp_path_factory.mktemp("oss-directory"))


@pytest.fixture(scope="session")
def pairs(real_data: Path) -> Files:
    return unpacked(real_data / "oss-directory/migration-pairs.tar.xz")


@pytest.fixture(scope="session")
def snapshots(real_data: Path) -> Files:
    return unpacked(real_data / "oss-directory/history-snapshots.tar.xz")


@pytest.fixture(scope="session")
def expected(real_data: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((real_data / "oss-directory/expected.json").read_text())
    return loaded


@pytest.fixture(scope="session")
def directory(archive: Path) -> Directory:
    return load_directory(archive)


@pytest.fixture(scope="session")
def report(archive: Path) -> Report:
    return validate(archive)


@pytest.fixture(scope="session")
def artifacts(directory: Directory) -> list[ListedArtifact]:
    return [artifact for project in directory.projects for artifact in listed_artifacts(project)]


def paths_of(report: Report, code: str) -> list[str]:
    return [lint.path for lint in report.lints if lint.code == code]


def test_the_real_directory_validates_without_errors(folder: Path, expected: dict[str, Any]) -> None:
    report = validate(folder)

    assert report.problems == ()
    assert report.counts["projects"] == expected["projects"] == 7112
    assert report.counts["collections"] == expected["collections"] == 117


def test_the_archive_gives_what_the_folder_gives(folder: Path, directory: Directory) -> None:
    assert load_directory(folder) == directory


def test_every_file_reads_as_it_does_in_another_library(archive: Path) -> None:
    for name, data in unpacked(archive).items():
        if not name.endswith(".yaml"):
            continue
        document = parse_document(name, data)
        assert document.value == yaml.load(data, Loader=yaml.CSafeLoader), name
        assert document.remarks == []


def test_the_fields_are_counted_as_expected(directory: Directory, expected: dict[str, Any]) -> None:
    fields: Counter[str] = Counter()
    urls: Counter[str] = Counter()
    social: Counter[str] = Counter()
    for project in directory.projects:
        fields.update(["version", "name", "display_name"])
        fields.update(name for name in ("description", "token_coingecko_api_id") if getattr(project, name) is not None)
        fields.update(name for name in (*URL_FIELDS, "blockchain", "comments") if getattr(project, name))
        fields.update(["social"] if any(True for _ in project.social.entries()) else [])
        urls.update(name for name, _ in project.urls())
        social.update(name for name, _ in project.social.entries())

    # One file has a social profile without any account.
    assert fields + Counter(social=1) == expected["projects_with_field"]
    assert urls == expected["url_entries"]
    assert social == expected["social_entries"]
    assert set(social) == set(SOCIAL_FIELDS)
    assert {project.version for project in directory.projects} == {expected["schema_version"]}


def test_the_addresses_are_counted_as_expected(directory: Directory, expected: dict[str, Any]) -> None:
    entries = [(project, address) for project in directory.projects for address in project.blockchain]
    pairs = [(network, address.address) for _, address in entries for network in address.networks]
    wanted = expected["blockchain"]

    assert len(entries) == wanted["entries"]
    assert len({project.name for project, _ in entries}) == wanted["projects"]
    assert len({address.address for _, address in entries}) == wanted["distinct_addresses_as_written"]
    assert len({address.address.lower() for _, address in entries}) == wanted["distinct_addresses_lowercased"]
    assert len(pairs) == wanted["address_network_pairs"]
    assert len(set(pairs)) == wanted["distinct_network_address_pairs"]
    assert sum(address.name is not None for _, address in entries) == wanted["with_name"]
    assert Counter(tag for _, address in entries for tag in address.tags) == wanted["by_tag"]
    assert Counter(network for network, _ in pairs) == wanted["by_network"]


def test_the_malformed_and_mixed_case_addresses_are_the_expected_ones(
    directory: Directory, report: Report, expected: dict[str, Any]
) -> None:
    malformed = [lint for lint in report.lints if lint.code == "malformed-address"]
    shown = [[lint.path.split("/")[-1].removesuffix(".yaml"), lint.what.split("'")[1]] for lint in malformed]
    mixed = paths_of(report, "mixed-case-address")

    assert shown == expected["blockchain"]["malformed"]
    assert len(mixed) == expected["blockchain"]["mixed_case"]
    assert len(set(mixed)) == 75
    lines = {
        (project.path, address.line): address.address
        for project in directory.projects
        for address in project.blockchain
    }
    assert [normalize_address(lines[lint.path, lint.line or 0]) is not None for lint in malformed] == [
        *(True, False, False),
        *(True, False),
    ]


def test_the_github_urls_are_counted_as_expected(directory: Directory, expected: dict[str, Any]) -> None:
    urls = [url.url for project in directory.projects for url in project.github]
    depths = Counter(len([part for part in url.split("/")[3:] if part]) for url in urls)
    wanted = expected["github"]

    assert len(urls) == wanted["entries"]
    assert len(set(urls)) == wanted["distinct_as_written"]
    assert depths[1] == wanted["owner_urls"]
    assert depths[2] == wanted["repo_urls"]
    odd = sorted(u for u in urls if len([part for part in u.split("/")[3:] if part]) not in (1, 2))
    assert odd == wanted["other_path_depth"]
    assert [identify_github(url) is not None for url in odd] == [True, True, True, False]


def test_the_odd_github_urls_have_a_lint(report: Report, expected: dict[str, Any]) -> None:
    named = {lint.what.split("'")[1] for lint in report.lints if lint.code == "odd-url"}

    assert set(expected["github"]["other_path_depth"]) <= named


def test_the_lints_of_names_and_places_are_the_expected_ones(report: Report, expected: dict[str, Any]) -> None:
    names = [Path(path).name.removesuffix(".yaml") for path in paths_of(report, "name") if path.startswith("projects/")]
    both = [Path(path).name.removesuffix(".yaml") for path in paths_of(report, "name-of-both")]

    assert sorted(names) == expected["names_not_lower_kebab"]
    assert len(paths_of(report, "name")) - len(names) == 7
    assert paths_of(report, "wrong-folder") == expected["files_in_wrong_letter_folder"]
    assert sorted(both) == expected["names_shared_by_project_and_collection"]
    assert len(paths_of(report, "outer-space")) == 8
    assert len(paths_of(report, "similar-display-name")) == 16
    assert len(paths_of(report, "empty-field")) == 1


def test_the_projects_without_artifacts_are_as_many_as_expected(report: Report, expected: dict[str, Any]) -> None:
    found = [lint for lint in report.lints if lint.code == "no-artifacts"]

    assert len(found) == expected["projects_without_any_indexable_artifact"]
    assert sum("nothing at all" in lint.what for lint in found) == 60


def test_the_memberships_are_as_expected(directory: Directory, report: Report, expected: dict[str, Any]) -> None:
    members = [(c.name, member.project_name) for c in directory.collections for member in c.projects]
    sizes = Counter({c.name: len(c.projects) for c in directory.collections})
    duplicates = [lint for lint in report.lints if lint.code == "duplicate-member"]

    assert len(members) == expected["collections_memberships"]
    assert len({name for _, name in members}) == expected["projects_in_some_collection"]
    assert not {name for _, name in members} - {project.name for project in directory.projects}
    assert expected["missing_members"] == 0
    assert sorted(
        [Path(lint.path).name.removesuffix(".yaml"), lint.what.split("'")[1]] for lint in duplicates
    ) == sorted(expected["duplicate_members_within_collection"])
    assert len(paths_of(report, "not-sorted")) == expected["collections_not_sorted"]
    largest = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:10]
    assert [list(item) for item in largest] == expected["largest_collections"]


def test_what_is_listed_twice_is_found_as_often_as_it_was_counted(directory: Directory, report: Report) -> None:
    addresses: dict[tuple[str, str], str] = {
        (p.path, str(a.line)): a.address.strip().lower() for p in directory.projects for a in p.blockchain
    }

    def addresses_of(*codes: str) -> set[str]:
        return {addresses[lint.path, str(lint.line)] for lint in report.lints if lint.code in codes}

    repeated = {(x.path, addresses[x.path, str(x.line)]) for x in report.lints if x.code == "repeated-address"}
    urls = {(x.path, x.what.split(" ")[0]) for x in report.lints if x.code == "repeated-url"}
    assert len(addresses_of("shared-address", "shared-address-other-network")) == 26
    assert report.counts["lint:shared-address"] == 9
    assert len(repeated) == 51
    assert len(urls) == 151
    assert report.counts["lint:covered-by-any-evm"] == 8
    assert report.counts["lint:owner-elsewhere"] == 79
    assert report.counts["lint:covered-by-owner"] == 18
    assert report.counts["lint:shared-repository"] == 1
    assert report.counts["lint:capitals"] == 5271
    assert report.counts["lint:trailing-slash"] == 17
    assert report.counts["lint:git-suffix"] == 5


def test_every_entry_becomes_an_artifact_or_a_lint(
    directory: Directory, artifacts: list[ListedArtifact], report: Report
) -> None:
    unnamed = [lint for lint in report.lints if lint.code == "odd-url" and "names nothing" in lint.what]
    keys = Counter(
        (a.project_name, a.artifact_source, a.artifact_namespace, a.artifact_name, a.artifact_type) for a in artifacts
    )

    assert max(keys.values()) == 1
    assert len(unnamed) == 14
    for artifact in artifacts:
        texts = (artifact.artifact_namespace, artifact.artifact_name, artifact.artifact_url)
        assert all(text == text.lower() for text in texts)
        assert all(texts[1:])
        # An address has its network as source.
        assert bool(artifact.artifact_namespace) == (artifact.field != "blockchain")
    with_entries = {p.name for p in directory.projects if any(getattr(p, name) for name in MEASURABLE)}
    with_artifacts = {a.project_name for a in artifacts if a.field in MEASURABLE}
    assert with_entries - with_artifacts == {"pulse"}


@pytest.mark.parametrize("version", range(1, 7))
def test_all_migration_pairs_match(pairs: Files, version: int) -> None:
    step = f"v{version}-to-v{version + 1}"
    counts = {1: 105, 2: 101, 3: 984, 4: 984, 5: 1087, 6: 1087}
    before = {name: data for name, data in pairs.items() if name.startswith(f"{step}/before/")}
    for name, data in before.items():
        after = pairs[name.replace("/before/", "/after/")]
        if name.endswith("readme.md"):
            assert after == data
            continue
        document = parse_document(name, data)
        assert document.value is not None
        kind = "collection" if "/collections/" in name else "project"
        migrated = migrate_document(document.value, kind, version, to_version=version + 1)
        assert migrated == yaml.load(after, Loader=yaml.CSafeLoader), name
        assert parse_document(name, write_document(migrated).encode()).value == migrated, name

    assert len(before) == counts[version]


@pytest.mark.parametrize(
    ("day", "projects", "collections", "twice"),
    [("2023-10-01", 730, 37, {"Aura", "Agora"}), ("2024-01-01", 1074, 16, {"Aura", "Imbue", "Pin Save"})],
)
def test_old_snapshots_migrate_to_the_current_version(
    snapshots: Files, tmp_path: Path, day: str, projects: int, collections: int, twice: set[str]
) -> None:
    old = written({name: data for name, data in snapshots.items() if name.startswith(day)}, tmp_path) / day

    done = migrate_path(old)
    report = validate(old)

    assert len(done) == projects + collections
    assert report.counts["projects"] == projects
    assert report.counts["collections"] == collections
    # Display names were not unique then; nothing else is wrong with the old files.
    assert {(p.code, p.what.split("'")[1]) for p in report.problems} == {("duplicate", name) for name in twice}


def test_the_published_ids_of_2024_are_computed(real_data: Path) -> None:
    seen: defaultdict[str, list[str]] = defaultdict(list)
    with gzip.open(real_data / "algorithms/identifiers/project_collection_ids_2024.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            for kind in ("project", "collection"):
                namespace, name = row[f"{kind}_namespace"], row[f"{kind}_name"]
                assert legacy_id(namespace, name) == row[f"{kind}_id"]
                seen[kind].append(name)

    assert len(seen["project"]) == 1621
    assert len(set(seen["collection"])) == 23


def test_the_published_ids_of_repositories_are_computed(real_data: Path) -> None:
    count = 0
    with gzip.open(real_data / "algorithms/identifiers/github_repository_ids.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            assert entity_id("GITHUB", row["repo_owner"], row["repo_name"]) == row["artifact_id"]
            count += 1

    assert count == 18_660


IDS_OF_2024 = {
    "uniswap": "XSDgPwFuQVcj57ARcKTGrm2w80KKlqJxaBWF6jZqe7w=",
    "yearn": "jUda1pi-FdNlaUmgKq51B4h8x4wX3QTN2fZkKq6N0vw=",
    "ethstaker": "wdBmT3yweChtV4g4qcc1NN1QtfnmMPAuCVxoPkiAowY=",
    "herodotusdev": "HNv9-2g63oZCrLD2jDAIygVq7vQkn2iV2QGmEfcFsYk=",
    "traderjoe-xyz": "-A5N7DYgI4bDZZQaF_4SPw_qx6cv1BbfcoxJ7rZxig8=",
    "pussy-financial": "-KeRKHB_H0HcNkR2_SLUC1vLy46YWoaZSMrjpiW3d5s=",
    "router-protocol": "-ceY1smj0ZhYH-JSMeK3opMBmLgc29Oe-m5cOd-KnjY=",
    "itheum": "--IMjbfK8bKS7MWr-7g9HHKcKRI6BMVb6FX0oIP2QXc=",
    "optimism-resource-center-govguide": "-GaxcdxeEp_4kF03wAjs-aHrRoiGwl0BrK0cYYEU0o0=",
    "fundaomental": "-Ne1fzPhJNWO4DD07pTXuFqfLwl3A_Zyq397l5W73s4=",
    "weatherxm": "-XW3PLKpOAQWReyRlL30Ho_aYRYzHm3kVAG_5JAEtOQ=",
}


def test_the_quoted_ids_are_those_of_projects_in_the_directory(directory: Directory) -> None:
    names = {project.name for project in directory.projects}

    assert {name: legacy_id("oso", name) for name in IDS_OF_2024} == IDS_OF_2024
    assert len(set(IDS_OF_2024) & names) >= 9
    assert legacy_id("oso", "gitcoin-oss") == "8TqbTDQcaFZngwnN_6LGAavdf_ywR8-YSiiShNZiKKI="
    assert entity_id("OSS_DIRECTORY", "oso", "uniswap") == "pWEQHj4IsxU8lx2EDLJpphYaGAvw/yRps3vgTbVCXjQ="
