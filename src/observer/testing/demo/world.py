"""Generates the demo world: a directory, git repositories, archive hours and the key to all answers."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import orjson

from observer.errors import ConfigError
from observer.ports import Progress
from observer.testing.demo.answers import AnswerKey
from observer.testing.demo.archive.files import ArchiveFacts, ArchiveWriter
from observer.testing.demo.cast.catalogue import COLLECTIONS, PROJECTS
from observer.testing.demo.cast.plan import REPOSITORIES, repository_id
from observer.testing.demo.directory import write_directory
from observer.testing.demo.intents import HOUR, team_of
from observer.testing.demo.life import LifeBuilder, World
from observer.testing.demo.model import DAY, IMPOSSIBLE_TIME, Happening, Life, ancestors
from observer.testing.demo.organizations import write_organizations
from observer.testing.demo.repositories import write_repository
from observer.testing.demo.window import Window, day_number, day_text

FORGE = "https://github.com/"


@dataclass(frozen=True, slots=True)
class DemoPaths:
    """Where the parts of a demo world are."""

    folder: Path

    @property
    def directory(self) -> Path:
        return self.folder / "directory"

    @property
    def organizations(self) -> Path:
        return self.folder / "organizations"

    @property
    def git(self) -> Path:
        return self.folder / "git"

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def answers(self) -> Path:
        return self.folder / "answers.json"


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """A generated world: its paths, its last day, the answer key and a few counts."""

    paths: DemoPaths
    end: date
    answers: dict[str, object]
    counts: dict[str, int]


def generate(
    folder: Path,
    *,
    seed: int = 7,
    end: date,
    days: int = 400,
    scale: float = 1.0,
    days_a_file: int = 7,
    progress: Progress | None = None,
) -> DemoWorld:
    """Writes a demo world that ends with the day `end` into `folder`, in the place of an older one.

    The archive has the last `days` days, `days_a_file` of them in each file; git history is older. `scale`
    multiplies activity. Equal arguments give equal files, and a folder that has them already is left as it is.
    Takes about 6 s of CPU at scale 1. Raises ConfigError if the folder holds something else, SourceError if git
    is missing.
    """
    paths = DemoPaths(folder)
    arguments = {"seed": seed, "end": end.isoformat(), "days": days, "scale": scale, "days_a_file": days_a_file}
    made_by = {**arguments, "generator": _generator_digest()}
    if (found := _found(paths, made_by)) is not None:
        return DemoWorld(paths, end, found, _counts(found))
    # A world that is half written has another name, so that whoever is interrupted can begin again.
    half = DemoPaths(folder.with_name(f".{folder.name}.half"))
    shutil.rmtree(half.folder, ignore_errors=True)
    half.folder.mkdir(parents=True)
    answers = {
        **_write(half, World(seed, Window(day_number(end), days), scale), days_a_file, progress),
        "made_by": made_by,
    }
    half.answers.write_bytes(orjson.dumps(answers, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    shutil.rmtree(folder, ignore_errors=True)
    half.folder.rename(folder)
    return DemoWorld(paths, end, answers, _counts(answers))


def demo_config(folder: Path) -> dict[str, dict[str, object]]:
    """The configuration of each connector that reads a demo world, by connector name."""
    paths = DemoPaths(folder.resolve())
    return {
        "oss-directory": {"location": str(paths.directory)},
        "git": {"url_rewrites": {FORGE: f"{paths.git.as_uri()}/"}},
        "github-archive": {"location": str(paths.archive)},
    }


def _write(paths: DemoPaths, world: World, days_a_file: int, progress: Progress | None) -> dict[str, object]:
    write_directory(paths.directory)
    write_organizations(paths.organizations, world.seed, day_text(world.window.start_day))
    lives = _live(world, progress)
    ids = _write_git(lives, paths.git, progress)
    archive = ArchiveWriter(paths.archive, world.seed, world.window, world.scale, days_a_file).write(lives, ids)
    if progress:
        progress.advance("demo world", done=1, total=1)
    return _answers(world, lives, ids, archive)


def _found(paths: DemoPaths, made_by: dict[str, object]) -> dict[str, object] | None:
    """The answers of the world that is there, if it is the wanted one."""
    if not paths.folder.exists() or not any(paths.folder.iterdir()):
        return None
    if not paths.answers.exists():
        raise ConfigError("this folder is not empty and holds no demo world", where=str(paths.folder))
    answers: dict[str, object] = orjson.loads(paths.answers.read_bytes())
    return answers if answers.get("made_by") == made_by else None


def _counts(answers: dict[str, object]) -> dict[str, int]:
    counts = answers["counts"]
    return dict(counts) if isinstance(counts, dict) else {}


def _generator_digest() -> str:
    """Changes with the code of the generator, so that nobody keeps a world of an older one."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _live(world: World, progress: Progress | None) -> list[Life]:
    lives: dict[str, Life] = {}
    for place, plan in enumerate(REPOSITORIES):
        number = repository_id(plan.name)
        builder = LifeBuilder(world, plan, place, number, lives.get(plan.fork_of))
        lives[plan.name] = builder.build()
        if "fork" in plan.traits:
            _announce_fork(world, lives[plan.fork_of], lives[plan.name])
        if progress:
            progress.advance("demo repositories", done=place + 1, total=len(REPOSITORIES))
    return list(lives.values())


def _write_git(lives: list[Life], folder: Path, progress: Progress | None) -> dict[int, str]:
    ids: dict[int, str] = {}
    for done, life in enumerate(lives, start=1):
        ids.update(write_repository(life, folder / f"{life.plan.name}.git"))
        for old, _ in life.plan.former:
            # The forge answers to former names too.
            link = folder / f"{old}.git"
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(Path("..") / f"{life.plan.name}.git", target_is_directory=True)
        if progress:
            progress.advance("demo git", done=done, total=len(lives))
    return ids


def _announce_fork(world: World, upstream: Life, fork: Life) -> None:
    """The announcement that tells which repository is a fork of which."""
    time = (world.window.end_day - fork.plan.fork_age) * DAY + 10 * HOUR
    if world.window.holds(time):
        who = team_of(world.seed, fork.plan)[0]
        forkee = (fork.repository_id, fork.plan.name)
        upstream.happenings.append(Happening(time, "ForkEvent", who, "forked", forkee=forkee))
        upstream.happenings.sort(key=lambda happening: (happening.time, happening.kind, happening.subject_id))


def _answers(world: World, lives: list[Life], ids: dict[int, str], archive: ArchiveFacts) -> dict[str, object]:
    key, window = AnswerKey(lives, archive, world.window), world.window
    repositories = {life.plan.name: _repository(life, key, ids) for life in lives}
    counts = {
        "projects": len(PROJECTS),
        "collections": len(COLLECTIONS),
        "repositories": len(lives),
        "commits": len(ids),
        "commits_on_default_branches": len(key.homes),
        "archive_files": len(archive.files),
        "archive_lines": sum(facts.lines for facts in archive.files.values()),
        "archive_events_of_the_demo": len(archive.observed),
    }
    return {
        "about": "What every number of this fictitious world must be; written by its generator.",
        "as_of": day_text(window.end_day), "counts": counts, "metrics": key.metrics(), "events": key.events(),
        "metrics_by_class": key.metrics_by_class(),
        "people": key.people(), "repositories": repositories, "archive": _archive(window, archive),
        "collections": {name: sorted(members) for name, _, members in COLLECTIONS},
        "projects": {project.name: sorted(project.repositories) for project in PROJECTS},
    }  # fmt: skip


def _repository(life: Life, key: AnswerKey, ids: dict[int, str]) -> dict[str, object]:
    """Facts of one repository that git must confirm."""
    on_default = key.on_default[life.plan.name]
    own = sum(key.homes[uid] is life for uid in on_default)
    return {
        "repository_id": life.repository_id,
        "names": sorted({life.plan.name, *(old for old, _ in life.plan.former)}),
        "default_branch": life.plan.branch,
        "head": ids[life.tip] if life.tip is not None else None,
        "is_empty": not life.commits,
        "is_fork": True if life.repository_id in key.forks else None,
        "commits_on_default_branch": len(on_default),
        "commits_counted_here": own,
        "commits_counted_elsewhere": len(on_default) - own,
        "commits_reachable": len(_reachable(life)),
        "undated_commits": sum(c.committer.time == IMPOSSIBLE_TIME for c in life.commits if c.uid in on_default),
        "branches": sorted({life.plan.branch, *life.branches}) if life.commits else [],
        "tags": sorted(tag.name for tag in life.tags),
    }


def _reachable(life: Life) -> set[int]:
    commits = {commit.uid: commit for commit in life.commits}
    tips = [life.tip, *life.branches.values(), *life.pulls.values(), *(tag.target for tag in life.tags)]
    return {uid for tip in tips for uid in ancestors(commits, tip)}


def _archive(window: Window, facts: ArchiveFacts) -> dict[str, object]:
    files = {name: asdict(found) for name, found in sorted(facts.files.items())}
    return {
        "files": files,
        "first_day": day_text(window.start_day), "last_day": day_text(window.end_day),
        "old_days": [day_text(day) for day in window.old_days],
        "missing_day": None if window.missing_day is None else day_text(window.missing_day),
        "missing_hour": _hour(window.missing_hour), "cut_hour": _hour(window.cut_hour),
        "restated_hour": _hour(window.restated_hour), "restated_events": facts.restated,
        "bad_lines_day": None if window.bad_lines_day is None else day_text(window.bad_lines_day),
        "quarantined": sum(found.quarantined for found in facts.files.values()),
        "duplicates": sum(found.duplicates for found in facts.files.values()),
        "events_lost_with_damaged_hours": facts.lost,
        "star_counts": [[life.plan.name, time, stars] for life, time, stars in facts.star_counts],
    }  # fmt: skip


def _hour(hour: tuple[int, int] | None) -> str | None:
    return None if hour is None else f"{day_text(hour[0])}-{hour[1]}"
