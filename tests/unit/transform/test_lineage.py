"""Forks, mirrors and copies made with git, read by the git connector: no commit counts twice, nor for the wrong one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.unit.git.git_landing import Landing
from tests.unit.transform.world import PROJECT, World, archive_file, event, listing, project

from observer.metrics.catalogue import load_metrics
from observer.metrics.rows import definition_rows

AS_OF = date(2024, 11, 5)
READ_AT = datetime(2024, 11, 6, 12, tzinfo=UTC)
FIRST = int(datetime(2024, 9, 1, tzinfo=UTC).timestamp())
ENTITIES = {
    "artifact": "select artifact_id as id, artifact_namespace || '/' || artifact_name as name from marts.artifacts",
    "project": "select project_id as id, project_name as name from marts.projects",
    "collection": "select collection_id as id, collection_name as name from marts.collections",
}


class Forge:
    """Bare repositories in one folder, worked on in clones; every commit is an hour after the one before it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hours = 0

    def bare(self, name: str) -> Path:
        return self.folder / "bare" / f"{name}.git"

    def tree(self, name: str) -> Path:
        return self.folder / "trees" / name

    def git(self, where: Path, *arguments: str, who: str = "nobody") -> str:
        when = f"{FIRST + self.hours * 3600} +0000"
        person = {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in {"NAME": who, "EMAIL": f"{who}@example.org", "DATE": when}.items()
        }
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        options = ("-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main")
        done = subprocess.run(
            ["git", *options, *arguments], cwd=where, env=environment | person, check=True, capture_output=True
        )
        return done.stdout.decode()

    def create(self, name: str, like: str | None = None) -> None:
        """A new repository, or a clone of all branches of another one."""
        bare, tree = self.bare(name), self.tree(name)
        bare.parent.mkdir(parents=True, exist_ok=True)
        tree.parent.mkdir(parents=True, exist_ok=True)
        if like is None:
            self.git(self.folder, "init", "--quiet", "--bare", str(bare))
        else:
            self.git(self.folder, "clone", "--quiet", "--mirror", str(self.bare(like)), str(bare))
        self.git(self.folder, "clone", "--quiet", str(bare), str(tree))

    def commit(self, name: str, who: str, files: Mapping[str, str] | None = None) -> None:
        self.hours += 1
        tree = self.tree(name)
        for path, content in (files or {f"notes/{who}.txt": f"{name} {self.hours}"}).items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(content)
        self.git(tree, "add", "-A")
        self.git(tree, "commit", "--quiet", "-m", f"Work of hour {self.hours}", who=who)
        self.push(name)

    def push(self, name: str) -> None:
        self.git(self.tree(name), "push", "--quiet", "--force", "origin", "HEAD:main")

    def merge(self, name: str, other: str, who: str, *options: str) -> None:
        self.hours += 1
        self.git(self.tree(name), "fetch", "--quiet", str(self.bare(other)), "main")
        self.git(self.tree(name), "merge", "--quiet", "-m", f"Merge {other}", *options, "FETCH_HEAD", who=who)
        self.push(name)

    def commits(self, *revisions: str) -> set[str]:
        """The commits on the main branches of some repositories, without those of others, written ^name."""
        union = self.folder / "union.git"
        if not union.exists():
            self.git(self.folder, "init", "--quiet", "--bare", str(union))
            for bare in (self.folder / "bare").rglob("*.git"):
                name = bare.relative_to(self.folder / "bare").with_suffix("")
                self.git(union, "fetch", "--quiet", str(bare), f"+refs/heads/main:refs/heads/{name}")
        return set(self.git(union, "rev-list", *revisions).split())

    def people(self, commits: set[str]) -> set[str]:
        given = ["show", "-s", "--format=%ae", *sorted(commits)]
        return set(self.git(self.folder / "union.git", *given).split()) if commits else set()


@dataclass
class Lineage:
    """The forge, and the built world over what the connector read of it."""

    forge: Forge
    world: World

    def metric(self, metric: str, entity_type: str) -> dict[object, object]:
        return dict(
            self.world.rows(f"""
                select names.name, t.amount from marts.timeseries_metrics as t
                inner join ({ENTITIES[entity_type]}) as names on names.id = t.entity_id
                where metric_name = '{metric}' and entity_type = '{entity_type}' and grain = 'all'
            """)
        )

    def roles(self) -> dict[object, object]:
        return dict(self.world.rows("select artifact_namespace || '/' || artifact_name, role from marts.repositories"))


PROJECTS = {
    "upstream": ["acme/lib"],
    "forks": ["eve/lib", "fay/lib"],
    "mirror": ["mirrors/lib", "quiet/lib"],
    "host": ["host/app", "host/copy"],
    "stellar": ["stellar/pkgs", "lunar/pkgs"],
}
NUMBERS = {
    "mirrors/lib": 5,
    "host/app": 6,
    "acme/lib": 10,
    "eve/lib": 20,
    "fay/lib": 21,
    "quiet/lib": 22,
    "host/copy": 23,
    "winget/pkgs": 30,
    "stellar/pkgs": 31,
    "lunar/pkgs": 32,
}


def build_forge(forge: Forge) -> None:
    """Everything that may happen between repositories."""
    forge.create("acme/lib")
    files = {f"src/module_{number}.c": f"int value_{number} = {number};\n" * 9 for number in range(14)}
    forge.commit("acme/lib", "ann", files | {"LICENSE": "MIT"})
    for who in ("ann", "bob", "ann", "cat"):
        forge.commit("acme/lib", who)

    forge.create("eve/lib", like="acme/lib")
    forge.create("fay/lib", like="acme/lib")
    forge.commit("eve/lib", "eve")
    forge.commit("fay/lib", "fay")
    forge.commit("acme/lib", "dan")
    forge.merge("eve/lib", "acme/lib", "eve")
    forge.commit("acme/lib", "bob")
    forge.merge("eve/lib", "acme/lib", "eve")
    forge.hours += 1
    forge.git(forge.tree("fay/lib"), "fetch", "--quiet", str(forge.bare("acme/lib")), "main")
    forge.git(forge.tree("fay/lib"), "rebase", "--quiet", "FETCH_HEAD", who="fay")
    forge.push("fay/lib")
    forge.create("mirrors/lib", like="acme/lib")
    forge.create("quiet/lib", like="acme/lib")

    forge.create("host/app")
    forge.commit("host/app", "gus")
    forge.merge("host/app", "acme/lib", "gus", "--allow-unrelated-histories")
    forge.commit("host/app", "gus")
    forge.create("host/copy")
    forge.commit("host/copy", "gus", {"main.c": "int main;"})
    forge.commit("host/copy", "hal", {f"third_party/lib/{path}": text for path, text in files.items()})

    forge.create("winget/pkgs")
    for number in range(20):
        forge.commit("winget/pkgs", f"stranger{number}")
    forge.create("stellar/pkgs", like="winget/pkgs")
    forge.create("lunar/pkgs", like="winget/pkgs")
    forge.commit("stellar/pkgs", "ivy")
    forge.commit("winget/pkgs", "stranger20")
    forge.merge("stellar/pkgs", "winget/pkgs", "ivy")
    forge.commit("lunar/pkgs", "joe")


def read(forge: Forge, folder: Path, names: list[str]) -> dict[str, list[dict[str, object]]]:
    """The raw tables of the git connector."""
    landing = Landing(
        folder,
        observed_at=READ_AT.isoformat(),
        url_rewrites={"https://github.com/": str(forge.folder / "bare")},
        line_counts=False,
    )
    landing.read(*(f"https://github.com/{name}" for name in names))
    assert landing.quarantined == []
    at = {"_observed_at": READ_AT.replace(tzinfo=None)}
    moment = {"observed_at": READ_AT.replace(tzinfo=None)}
    tables = {f"git__{stream}": [dict(row) | at for row in rows.values()] for stream, rows in landing.tables.items()}
    tables["git__repositories"] = [row | moment for row in tables["git__repositories"]]
    return tables


def api_repository(name: str, **more: object) -> dict[str, object]:
    return {
        "id": NUMBERS[name],
        "full_name": name,
        "requested_full_name": name,
        "is_fork": False,
        "is_mirror": False,
        "created_at": datetime(2024, 8, 1),
        "observed_at": READ_AT.replace(tzinfo=None),
        "_record_ref": f"github:{name}",
        **more,
    }


def fill(world: World, git: Mapping[str, list[dict[str, object]]], forked_at: datetime) -> None:
    fork_of_pkgs = {
        "is_fork": True,
        "parent_id": NUMBERS["winget/pkgs"],
        "parent_full_name": "winget/pkgs",
        "created_at": forked_at,
    }
    special: dict[str, dict[str, object]] = {
        "mirrors/lib": {"is_mirror": True, "mirror_url": "https://github.com/acme/lib.git"},
        "fay/lib": {"is_fork": True, "parent_id": 10, "parent_full_name": "acme/lib"},
        "stellar/pkgs": fork_of_pkgs,
        "lunar/pkgs": fork_of_pkgs,
    }
    catalogue = load_metrics(PROJECT.parent / "metrics")
    world.fill(
        {
            "oss_directory__projects": [project(name) for name in PROJECTS],
            "oss_directory__collections": [
                {"collection_name": "all", "display_name": "All", "_record_ref": "oss-directory@c0:all.yaml#L1"}
            ],
            "oss_directory__collection_projects": [
                {"collection_name": "all", "project_name": name, "position": position}
                for position, name in enumerate(PROJECTS)
            ],
            "oss_directory__project_artifacts": [
                listing(name, *repository.split("/")) for name, group in PROJECTS.items() for repository in group
            ],
            "github__repositories": [
                api_repository(name, **special.get(name, {})) for name in NUMBERS if name != "winget/pkgs"
            ],
            "github_archive__files": [archive_file(1, 1)],
            "github_archive__events": [
                event("f1", "ForkEvent", "1T01:20", (10, "acme/lib"), (1, "eve"), forkee_id=20, forkee_name="eve/lib")
            ],
            "metrics__definitions": definition_rows(catalogue).to_pylist(),
            **git,
        }
    )


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Forge:
    made = Forge(tmp_path_factory.mktemp("forge"))
    build_forge(made)
    return made


def forked_at(forge: Forge) -> datetime:
    """Just after the last commit that the forks of winget/pkgs began with."""
    base = forge.git(forge.bare("lunar/pkgs"), "log", "-1", "--format=%ct", "main~1").strip()
    return datetime.fromtimestamp(int(base) + 60, UTC).replace(tzinfo=None)


@pytest.fixture(scope="module")
def lineage(forge: Forge, tmp_path_factory: pytest.TempPathFactory, dbt_folder: Path) -> Iterator[Lineage]:
    """All repositories read, also the upstream that the directory does not list."""
    folder = tmp_path_factory.mktemp("lineage")
    world = World(folder / "lake", dbt_folder)
    fill(world, read(forge, folder, list(NUMBERS)), forked_at(forge))
    world.build(as_of=AS_OF, select=())
    yield Lineage(forge, world)


def expected_commits(forge: Forge) -> dict[str, set[str]]:
    """What each repository has made itself."""
    return {
        "acme/lib": forge.commits("acme/lib"),
        "eve/lib": forge.commits("eve/lib", "^acme/lib"),
        "fay/lib": forge.commits("fay/lib", "^acme/lib"),
        "mirrors/lib": set(),
        "quiet/lib": set(),
        "host/app": forge.commits("host/app", "^acme/lib"),
        "host/copy": forge.commits("host/copy"),
        "stellar/pkgs": forge.commits("stellar/pkgs", "^winget/pkgs"),
        "lunar/pkgs": forge.commits("lunar/pkgs", "^winget/pkgs"),
    }


def totals(forge: Forge) -> dict[str, dict[str, set[str]]]:
    """The commits of every artifact, project and collection."""
    own = expected_commits(forge)
    projects = {name: set().union(*(own[member] for member in group)) for name, group in PROJECTS.items()}
    return {"artifact": own, "project": projects, "collection": {"all": set().union(*own.values())}}


def test_the_collection_is_the_union_of_all_histories_without_the_foreign_one(forge: Forge) -> None:
    listed = [name for group in PROJECTS.values() for name in group]

    (union,) = totals(forge)["collection"].values()

    assert union == forge.commits(*listed, "^winget/pkgs")
    assert sum(map(len, expected_commits(forge).values())) == len(union)


@pytest.mark.parametrize("entity_type", ENTITIES)
def test_every_commit_counts_once_where_it_was_made(lineage: Lineage, entity_type: str) -> None:
    expected = {name: float(len(ids)) for name, ids in totals(lineage.forge)[entity_type].items() if ids}

    assert lineage.metric("commits", entity_type) == expected


@pytest.mark.parametrize("metric", ["contributors", "new_contributors"])
@pytest.mark.parametrize("entity_type", ENTITIES)
def test_inherited_history_makes_nobody_a_contributor(lineage: Lineage, entity_type: str, metric: str) -> None:
    people = {name: lineage.forge.people(ids) for name, ids in totals(lineage.forge)[entity_type].items()}

    assert lineage.metric(metric, entity_type) == {name: float(len(found)) for name, found in people.items() if found}


def test_roles_say_what_a_repository_is_to_its_project(lineage: Lineage) -> None:
    assert lineage.roles() == {
        "acme/lib": "own",
        "eve/lib": "fork",
        "fay/lib": "fork",
        "mirrors/lib": "mirror",
        "quiet/lib": "mirror",
        "host/app": "own",
        "host/copy": "own",
        "stellar/pkgs": "fork",
        "lunar/pkgs": "fork",
    }


def test_every_inference_is_one_row_with_its_evidence(lineage: Lineage) -> None:
    rows = lineage.world.rows("""
        select artifact_namespace || '/' || artifact_name, role, related_namespace || '/' || related_name, folder,
            evidence, basis, decided_by
        from marts.repository_lineage order by all
    """)
    shared = len(lineage.forge.commits("acme/lib"))

    named = "parent named by the API", "api", "rule forge_relation"
    assert rows == [
        ("eve/lib", "fork", "acme/lib", "", "fork announced in the archive", "archive", "rule forge_relation"),
        ("fay/lib", "fork", "acme/lib", "", *named),
        (
            *("host/app", "vendored", "acme/lib", ""),
            *(f"a history merged in, {shared} of {shared + 3} commits in common", "git", "rule shared_commits"),
        ),
        (
            *("host/copy", "vendored", "acme/lib", "third_party/lib/"),
            *("14 of 14 contents below /third_party/lib/ equal those below /", "git", "rule shared_contents"),
        ),
        ("lunar/pkgs", "fork", "winget/pkgs", "", *named),
        (
            *("mirrors/lib", "mirror", "acme/lib", ""),
            *("mirror address https://github.com/acme/lib.git named by the API", "api", "rule forge_relation"),
        ),
        (
            *("quiet/lib", "mirror", "acme/lib", ""),
            *(f"the same root commit, {shared} of {shared} commits in common", "git", "rule shared_commits"),
        ),
        ("stellar/pkgs", "fork", "winget/pkgs", "", *named),
    ]


def test_shares_are_those_of_git(lineage: Lineage) -> None:
    rows = lineage.world.rows("""
        select artifact_namespace || '/' || artifact_name, shared_commit_count, commit_share
        from marts.repository_lineage where shared_commit_count is not null
    """)

    upstream = lineage.forge.commits("acme/lib")
    foreign = lineage.forge.commits("winget/pkgs")
    for name, shared, share in rows:
        commits = lineage.forge.commits(str(name))
        common = commits & (foreign if str(name).endswith("pkgs") else upstream)
        assert (shared, share) == (len(common), pytest.approx(len(common) / len(commits))), name
    assert len(rows) == 7


def test_an_upstream_that_cannot_be_read_keeps_what_is_older_than_its_forks(
    forge: Forge, tmp_path: Path, dbt_folder: Path
) -> None:
    world = World(tmp_path / "lake", dbt_folder)
    git = read(forge, tmp_path, [name for name in NUMBERS if name != "winget/pkgs"])
    fill(world, git, forked_at(forge))

    world.build(as_of=AS_OF, select=["+events", "+artifacts", "+repository_lineage"])

    rows = world.rows("""
        select artifact_namespace || '/' || artifact_name, list(event_source_id) from marts.events
        inner join marts.artifacts on to_artifact_id = artifact_id
        where event_type = 'COMMIT_CODE' and artifact_name = 'pkgs' group by 1 order by 1
    """)
    found = {str(name): set(ids) for name, ids in rows}  # type: ignore[call-overload]
    own = expected_commits(forge)
    late = {commit for commit in forge.commits("winget/pkgs") if commit in found["stellar/pkgs"]}
    assert found["lunar/pkgs"] == own["lunar/pkgs"]
    assert found["stellar/pkgs"] == own["stellar/pkgs"] | late
    assert forge.people(late) == {"stranger20@example.org"}
