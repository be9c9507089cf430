"""The life of one repository: intents become commits, branches, tags and announcements of the forge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from observer.testing.demo.cast.people import Person
from observer.testing.demo.cast.plan import RepositoryPlan
from observer.testing.demo.chance import Draws
from observer.testing.demo.content import Files, title
from observer.testing.demo.forge import Forge, Pull
from observer.testing.demo.intents import HOUR, Intent, intents, team_of
from observer.testing.demo.model import DAY, IMPOSSIBLE_TIME, Commit, Life, Signature, Tag, ancestors
from observer.testing.demo.window import Window

Action = tuple[int, int, Callable[[], None]]

_BUTTON = "GitHub", "noreply@github.com"
_MOJIBAKE = ("José Núñez Demo".encode("latin-1"), "José Núñez Demo".encode().decode("latin-1").encode())


@dataclass(frozen=True, slots=True)
class World:
    """What all lives have in common."""

    seed: int
    window: Window
    scale: float


class LifeBuilder:
    """Builds the life of one repository from its plan; forks begin with the commits of `upstream`."""

    def __init__(self, world: World, plan: RepositoryPlan, place: int, number: int, upstream: Life | None) -> None:
        self._world, self._plan, self._upstream = world, plan, upstream
        self._life = Life(plan, number)
        self._next_uid = (place + 1) << 24
        self._files = Files()
        self._team = team_of(world.seed, plan)
        self._draws = Draws(world.seed, "life", plan.name)
        self._by_uid: dict[int, Commit] = {}
        self._start = (world.window.end_day - plan.age + 1) * DAY + HOUR
        self._end = (world.window.end_day + 1) * DAY - 900
        self._forge = Forge(world.seed, self._life, world.window, self._team, self._end)

    def build(self) -> Life:
        """The finished life."""
        if "empty" not in self._plan.traits:
            self._begin()
            for _, _, act in sorted(self._actions(), key=lambda action: action[:2]):
                act()
        self._forge.crowd(self._world.scale)
        self._life.happenings.sort(key=lambda happening: (happening.time, happening.kind, happening.subject_id))
        return self._life

    def _begin(self) -> None:
        if self._upstream is not None:
            self._sync(self._world.window.end_day * DAY - self._plan.fork_age * DAY)
            return
        founder = self._team[0]
        root = self._commit((), founder, self._start, "Begin", self._files.first())
        self._move(root, founder, self._start + 60, [root])

    def _actions(self) -> list[Action]:
        world, plan = self._world, self._plan
        wanted = [
            i for i in intents(world.seed, plan, world.window.end_day, world.scale) if i.time > self._start + HOUR
        ]
        opened = sorted((i for i in wanted if i.kind != "direct"), key=lambda i: (i.time, i.order))
        numbers = {intent.order: number for number, intent in enumerate(opened, start=1)}
        actions: list[Action] = []
        for intent in wanted:
            if intent.kind == "direct":
                pushed = intent.time + 900 * intent.commits
                actions.append((pushed, intent.order, partial(self._push, intent)))
            elif intent.kind == "issue":
                self._forge.issue(intent, numbers[intent.order])
            else:
                actions.extend(self._pull_actions(intent, numbers[intent.order]))
        actions.extend(self._milestones())
        return [action for action in actions if action[0] <= self._end]

    def _milestones(self) -> list[Action]:
        plan = self._plan
        actions: list[Action] = []
        if plan.release_every:
            for number, age in enumerate(range(plan.age - 20, -1, -plan.release_every)):
                at = (self._world.window.end_day - age) * DAY + 15 * HOUR + self._draws.below(HOUR)
                actions.append((at, -1, partial(self._release, at, number)))
        if "fork" in plan.traits:
            for age in range(plan.fork_age - 70, 20, -70):
                at = (self._world.window.end_day - age) * DAY + 9 * HOUR
                actions.append((at, -2, partial(self._merge_upstream, at)))
        if "impossible-date" in plan.traits:
            at = (self._world.window.end_day - 150) * DAY + 11 * HOUR
            actions.append((at, -3, partial(self._impossible, at)))
        return actions

    # Commits

    def _signature(self, who: Person, time: int, *, on_forge: bool = False) -> Signature:
        name = who.name.encode()
        if "mojibake" in self._plan.traits and who == self._team[-1]:
            name = _MOJIBAKE[time // DAY % 2]
        return Signature(name, who.email(on_forge=on_forge), time, who.offset_minutes)

    def _button(self, time: int) -> Signature:
        return Signature(_BUTTON[0].encode(), _BUTTON[1], time, 0)

    def _record(
        self,
        parents: tuple[int, ...],
        author: Signature,
        committer: Signature,
        message: str,
        changes: tuple[tuple[str, bytes | None], ...],
    ) -> int:
        self._next_uid += 1
        commit = Commit(self._next_uid, parents, author, committer, message, changes)
        self._life.commits.append(commit)
        self._by_uid[commit.uid] = commit
        return commit.uid

    def _commit(
        self,
        parents: tuple[int, ...],
        who: Person,
        time: int,
        message: str,
        changes: tuple[tuple[str, bytes | None], ...],
    ) -> int:
        signature = self._signature(who, time)
        return self._record(parents, signature, signature, message, changes)

    def _onto_tip(self) -> tuple[int, ...]:
        return () if self._life.tip is None else (self._life.tip,)

    def _move(self, tip: int, who: Person, time: int, pushed: list[int]) -> None:
        before = self._life.tip if self._life.tip is not None else "0" * 40
        self._life.tips.append((time, tip))
        self._forge.pushed(who, time, f"refs/heads/{self._plan.branch}", (before, tip), pushed)

    def _push(self, intent: Intent) -> None:
        uids: list[int] = []
        for number in range(intent.commits):
            parents = (uids[-1],) if uids else self._onto_tip()
            time = intent.time + 800 * number + self._draws.below(600)
            message = self._message(intent.who)
            uids.append(self._commit(parents, intent.who, time, message, self._files.change(self._draws)))
        self._move(uids[-1], intent.who, intent.time + 900 * intent.commits, uids)

    def _message(self, who: Person) -> str:
        message = title(self._draws)
        if self._plan.name.endswith("wavelength") and self._draws.chance(0.5):
            partner = self._draws.pick([member for member in self._team if member != who] or self._team)
            message += f"\n\nCo-authored-by: {partner.name} <{partner.email(on_forge=True)}>"
        return message

    def _impossible(self, time: int) -> None:
        founder = self._team[0]
        signature = self._signature(founder, IMPOSSIBLE_TIME)
        changes = self._files.change(self._draws)
        uid = self._record(self._onto_tip(), signature, signature, "Repair the clock", changes)
        self._move(uid, founder, time, [uid])

    # Forks

    def _sync(self, time: int) -> list[int]:
        """Takes over what the upstream's default branch had at a time; returns the new uids."""
        upstream = self._upstream
        if upstream is None:
            return []
        tip = [uid for moved, uid in upstream.tips if moved <= time][-1]
        by_uid = {commit.uid: commit for commit in upstream.commits}
        wanted = ancestors(by_uid, tip) - self._by_uid.keys()
        added = [commit for commit in upstream.commits if commit.uid in wanted]
        self._life.commits.extend(added)
        self._by_uid.update({commit.uid: commit for commit in added})
        if not self._life.tips:
            self._life.tips.append((time, tip))
        return [tip, *(commit.uid for commit in added)] if added else []

    def _merge_upstream(self, time: int) -> None:
        added = self._sync(time)
        if not added or self._upstream is None:
            return
        who = self._team[0]
        message = f"Merge branch '{self._upstream.plan.branch}' of {self._upstream.plan.name}"
        uid = self._commit((*self._onto_tip(), added[0]), who, time, message, self._files.change(self._draws))
        self._move(uid, who, time + 120, [*added[1:], uid])

    # Pull requests

    def _pull_actions(self, intent: Intent, number: int) -> list[Action]:
        pull = Pull(intent, number, title(self._draws))
        actions: list[Action] = [(intent.time, intent.order, partial(self._open, pull))]
        if intent.outcome != "open" and intent.ends <= self._end:
            actions.append((intent.ends, intent.order, partial(self._end_pull, pull)))
        return actions

    def _open(self, pull: Pull) -> None:
        intent, draws = pull.intent, self._draws
        is_inside = intent.who in self._team or intent.who.is_bot
        pull.branch = f"{'bump' if intent.who.is_bot else 'topic'}-{pull.number}" if is_inside else ""
        gap = 600 + draws.below(2 * HOUR)
        for back in range(intent.commits, 0, -1):
            pull.times.append(max(self._start + 60, intent.time - back * gap))
            pull.changes.append(self._files.change(draws))
        ends_open = intent.outcome == "open" or intent.ends > self._end
        keeps_branch = bool(pull.branch) and (ends_open or (intent.outcome == "closed" and pull.number % 2 == 0))
        merges = self._style() == "merge" and not ends_open and intent.outcome == "merged"
        if merges or keeps_branch or "pull-refs" in self._plan.traits:
            parents = self._onto_tip()
            for time, changes in zip(pull.times, pull.changes, strict=True):
                pull.uids.append(self._commit(parents, intent.who, time, title(draws), changes))
                parents = (pull.uids[-1],)
            pull.head = pull.uids[-1]
            if "pull-refs" in self._plan.traits:
                self._life.pulls[pull.number] = pull.uids[-1]
            if keeps_branch:
                self._life.branches[pull.branch] = pull.uids[-1]
        else:
            pull.head = draws.hexadecimal()
        self._forge.pull_opened(pull)

    def _style(self) -> str:
        return "merge" if self._plan.style == "direct" else self._plan.style

    def _end_pull(self, pull: Pull) -> None:
        intent = pull.intent
        merger = self._draws.pick(self._team)
        if intent.outcome == "merged":
            uids = self._merge(pull, merger)
            self._move(uids[-1], merger, intent.ends, [*(pull.uids if self._style() == "merge" else []), *uids])
        else:
            merger = merger if self._draws.chance(0.6) else intent.who
        self._forge.pull_ended(pull, merger, keeps_branch=pull.branch in self._life.branches)

    def _merge(self, pull: Pull, merger: Person) -> list[int]:
        intent, style = pull.intent, self._style()
        union = tuple({path: text for changes in pull.changes for path, text in changes}.items())
        button = self._button(intent.ends)
        if style == "merge":
            who = self._signature(merger, intent.ends, on_forge=True)
            source = f"{intent.who.login if not pull.branch else self._plan.owner}/{pull.branch or 'patch-1'}"
            message = f"Merge pull request #{pull.number} from {source}\n\n{pull.title}"
            return [self._record((*self._onto_tip(), pull.uids[-1]), who, button, message, union)]
        if style == "squash":
            who = self._signature(intent.who, intent.ends, on_forge=True)
            return [self._record(self._onto_tip(), who, button, f"{pull.title} (#{pull.number})", union)]
        uids: list[int] = []
        for time, changes in zip(pull.times, pull.changes, strict=True):
            parents = (uids[-1],) if uids else self._onto_tip()
            uids.append(
                self._record(parents, self._signature(intent.who, time), button, self._message(intent.who), changes)
            )
        return uids

    def _release(self, time: int, number: int) -> None:
        if self._life.tip is None:
            return
        who, name = self._team[0], f"v{number // 10}.{number % 10}.0"
        tagger = self._signature(who, time) if number % 3 else None
        self._life.tags.append(Tag(name, self._life.tip, tagger))
        self._forge.released(who, time + 300, name)
