"""The cast of the demo world: which projects, collections and repositories exist and how each behaves."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

FIRST_REPOSITORY_ID = 8_100_000_000
OLD_SAMPLE_DAYS = ("2013-10-10", "2021-07-21")

Pattern = Callable[[float, float], float]


def _seasonal(_: float, left: float) -> float:
    return 1.0 + 0.85 * math.sin(2 * math.pi * left / 365.25)


PATTERNS: dict[str, Pattern] = {
    # Each takes (share of the life passed, days left to the end) and gives a factor on all activity.
    "steady": lambda passed, left: 1.0,
    "growth": lambda passed, left: 0.15 + 1.7 * passed**2.2,
    "decline": lambda passed, left: 1.8 * (1 - passed) ** 1.5 + 0.04,
    "seasonal": _seasonal,
    "october": lambda passed, left: 4.0 if 15 <= left % 365.25 < 46 else 0.5,
    "burst": lambda passed, left: 0.6 + (2.4 if left < 75 else 0.0),
    "new": lambda passed, left: 1.0 + 1.5 * passed,
    "asleep": lambda passed, left: 0.0 if left < 420 else 1.0,
    "resumed": lambda passed, left: 0.0 if 120 <= left < 520 else 1.0,
    "early": lambda passed, left: max(0.0, 1.6 - 3.0 * passed) if passed < 0.7 else 0.0,
}


@dataclass(frozen=True, slots=True)
class RepositoryPlan:
    """One repository. Rates are per day at activity 1 and scale 1; ages are days before the last day.

    `team` maintainers are active on `pace` of their days; `crowd` strangers a day bring an issue or a pull
    request. `former` names it was known by, each with the age of the change.
    """

    name: str
    age: int
    team: int = 2
    pace: float = 0.1
    crowd: float = 0.05
    stars: float = 0.1
    pattern: str = "steady"
    style: str = "squash"
    branch: str = "main"
    bots: float = 0.0
    release_every: int = 0
    written: str = ""
    former: tuple[tuple[str, int], ...] = ()
    fork_of: str = ""
    fork_age: int = 0
    traits: frozenset[str] = field(default_factory=frozenset)

    @property
    def owner(self) -> str:
        return self.name.partition("/")[0]

    def name_on(self, days_left: float, days: int) -> str:
        """The name as the forge writes it at a time, counted in days before the end of an archive of `days` days."""
        for old, age in self.former:
            if days_left >= self.renamed_at(age, days):
                return old
        return self.written or self.name

    @staticmethod
    def renamed_at(age: int, days: int) -> int:
        """The age of a change of name; in a short archive it lies in the middle, so that both names are seen."""
        return min(age, days // 2)


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """One project of the directory: what its YAML lists, and the repositories that this makes its own."""

    name: str
    display_name: str
    about: str
    github: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    fields: dict[str, object] = field(default_factory=dict)


def _repository(name: str, age: int, **options: object) -> RepositoryPlan:
    traits = frozenset(str(options.pop("traits", "")).split())
    return RepositoryPlan(name, age, traits=traits, **options)  # type: ignore[arg-type]


REPOSITORIES: tuple[RepositoryPlan, ...] = (
    _repository(
        "demo-old-observatory/dome",
        5200,
        team=2,
        pace=0.035,
        crowd=0.004,
        stars=0.05,
        pattern="early",
        style="merge",
        branch="master",
        traits="sampled",
    ),
    _repository(
        "demo-lanternfish/engine",
        1500,
        team=5,
        pace=0.24,
        crowd=0.5,
        stars=2.2,
        pattern="growth",
        style="merge",
        bots=0.12,
        release_every=45,
        traits="steadfast pull-refs",
    ),
    _repository("demo-lanternfish/docs", 1400, team=3, pace=0.08, crowd=0.12, stars=0.2, pattern="growth"),
    _repository(
        "demo-lanternfish/cli",
        1100,
        team=2,
        pace=0.1,
        crowd=0.08,
        stars=0.3,
        pattern="growth",
        bots=0.05,
        release_every=60,
    ),
    _repository("demo-lanternfish/examples", 900, team=2, pace=0.03, crowd=0.04, stars=0.15),
    _repository(
        "demo-tidewater/tidewater",
        1300,
        team=4,
        pace=0.17,
        crowd=0.25,
        stars=0.9,
        bots=0.1,
        release_every=30,
        traits="steadfast",
    ),
    _repository("demo-tidewater/charts", 700, team=2, pace=0.07, crowd=0.05, stars=0.1, bots=0.1),
    _repository(
        "demo-quarry/stone",
        1250,
        team=3,
        pace=0.14,
        crowd=0.12,
        stars=0.5,
        style="rebase",
        branch="trunk",
        release_every=50,
    ),
    _repository("demo-quarry/gravel", 620, team=2, pace=0.08, crowd=0.03, stars=0.1, style="direct", branch="trunk"),
    _repository(
        "demo-harborlight/beacon",
        1000,
        team=3,
        pace=0.13,
        crowd=0.1,
        stars=0.4,
        style="squash",
        former=(("demo-harborlight/lamp", 100),),
        release_every=70,
    ),
    _repository(
        "demo-mothworks/forge",
        860,
        team=3,
        pace=0.12,
        crowd=0.1,
        stars=0.3,
        style="merge",
        former=(("demo-cinder/forge", 130),),
        release_every=80,
    ),
    _repository("demo-mothworks/wings", 500, team=1, pace=0.12, crowd=0.03, stars=0.1, style="direct"),
    _repository(
        "demo-starling/murmur",
        420,
        team=2,
        pace=0.14,
        crowd=0.16,
        stars=0.4,
        pattern="burst",
        style="squash",
        bots=0.05,
        release_every=35,
        traits="star-burst",
    ),
    _repository(
        "demo-saltmarsh/heron",
        1400,
        team=4,
        pace=0.2,
        crowd=0.15,
        stars=0.5,
        pattern="decline",
        style="merge",
        branch="master",
        release_every=90,
    ),
    _repository(
        "demo-saltmarsh/reeds",
        1200,
        team=2,
        pace=0.1,
        crowd=0.04,
        stars=0.1,
        pattern="decline",
        style="direct",
        branch="master",
    ),
    _repository(
        "demo-winterwren/almanac",
        1100,
        team=4,
        pace=0.14,
        crowd=0.1,
        stars=0.2,
        pattern="seasonal",
        style="direct",
        branch="master",
    ),
    _repository("demo-winterwren/field-notes", 800, team=3, pace=0.06, crowd=0.05, stars=0.1, pattern="seasonal"),
    _repository(
        "demo-newt/newt",
        62,
        team=3,
        pace=0.5,
        crowd=0.5,
        stars=2.5,
        pattern="new",
        style="squash",
        release_every=14,
        traits="steadfast",
    ),
    _repository("demo-newt/pond", 40, team=2, pace=0.3, crowd=0.1, stars=0.4, pattern="new", style="direct"),
    _repository("demo-mirrorlake/lake", 640, team=2, pace=0.08, crowd=0.03, stars=0.1, style="direct"),
    _repository(
        "demo-mirrorlake/stone",
        380,
        team=0,
        crowd=0.0,
        stars=0.02,
        branch="trunk",
        fork_of="demo-quarry/stone",
        fork_age=16,
        traits="mirror",
    ),
    _repository(
        "demo-emberfork/engine",
        170,
        team=2,
        pace=0.16,
        crowd=0.06,
        stars=0.25,
        style="merge",
        fork_of="demo-lanternfish/engine",
        fork_age=170,
        release_every=75,
        traits="fork",
    ),
    _repository(
        "demo-clockwork-otter/otter",
        560,
        team=2,
        pace=0.06,
        crowd=0.05,
        stars=0.2,
        bots=0.45,
        written="Demo-Clockwork-Otter/Otter",
        release_every=40,
    ),
    _repository("demo-blank-slate/slate", 200, team=0, crowd=0.0, stars=0.02, traits="empty"),
    _repository("demo-blank-slate/readme-only", 190, team=1, pace=0.01, crowd=0.0, stars=0.02, style="direct"),
    _repository("demo-kelp/kelp-index", 960, team=3, pace=0.1, crowd=0.12, stars=0.4, release_every=42, bots=0.05),
    _repository("demo-kelp/kelp-js", 640, team=2, pace=0.08, crowd=0.1, stars=0.3, release_every=28, bots=0.15),
    _repository(
        "sundial-keeper-demo/sundial",
        780,
        team=1,
        pace=0.42,
        crowd=0.06,
        stars=0.5,
        style="direct",
        branch="master",
        release_every=60,
        traits="steadfast",
    ),
    _repository("demo-hedgerow/hedgerow", 900, team=2, pace=0.07, crowd=0.45, stars=0.8, pattern="october"),
    _repository("demo-hedgerow/awesome-hedges", 640, team=1, pace=0.04, crowd=0.3, stars=0.9, pattern="october"),
    _repository(
        "demo-parrot/polyglot",
        720,
        team=3,
        pace=0.12,
        crowd=0.1,
        stars=0.3,
        style="merge",
        branch="develop",
        traits="mojibake",
    ),
    _repository(
        "demo-timeslip/clock", 540, team=2, pace=0.12, crowd=0.04, stars=0.1, style="direct", traits="impossible-date"
    ),
    _repository(
        "demo-wavelength/wavelength",
        830,
        team=4,
        pace=0.15,
        crowd=0.12,
        stars=0.3,
        style="rebase",
        release_every=60,
        bots=0.05,
    ),
    _repository("demo-granite/bridge", 460, team=3, pace=0.16, crowd=0.08, stars=0.3, release_every=90),
    _repository(
        "demo-orchard/orchard",
        1300,
        team=6,
        pace=0.16,
        crowd=0.3,
        stars=0.7,
        style="merge",
        bots=0.1,
        release_every=30,
        traits="steadfast",
    ),
    _repository("demo-orchard/press", 840, team=3, pace=0.1, crowd=0.08, stars=0.2, bots=0.05),
    _repository("demo-orchard/cider", 520, team=2, pace=0.08, crowd=0.06, stars=0.2),
    _repository("demo-orchard/ladder", 480, team=2, pace=0.04, crowd=0.02, stars=0.05, pattern="asleep"),
    _repository("demo-driftwood/driftwood", 1100, team=3, pace=0.16, crowd=0.08, stars=0.3, pattern="resumed"),
    _repository("demo-driftwood/raft", 900, team=2, pace=0.06, crowd=0.02, stars=0.05, pattern="asleep"),
)


def repository_id(name: str) -> int:
    """The forge's number of a repository; older repositories have lower numbers."""
    ordered = sorted(REPOSITORIES, key=lambda plan: (-plan.age, plan.name))
    place = [plan.name for plan in ordered].index(name)
    return FIRST_REPOSITORY_ID + 1_013 * place + 7
