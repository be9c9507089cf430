"""What a change of the directory earns: the entries of the new state that nobody listed in the old one.

An entry earns once, wherever in the directory it stood before: moving entries between projects, renaming projects and
writing a URL in another way earn nothing. The estimate is a proposal for a maintainer, who
sees what it left out and why.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from observer.insights.bounties.prices import PriceList, Work
from observer.model.artifact import GITHUB, identify_url, normalize_address
from observer.model.directory import Directory, Project

Earned = Mapping[tuple[str, Work], Decimal]
"""What projects have earned before, by project and kind of work; it counts towards the caps."""

_NETWORK_NOTE = "paid only where the address is active on the network"


@dataclass(frozen=True, slots=True)
class Finding:
    """One entry of a project that the old state lacks: what work it is (None: none that is paid), and where."""

    project: str
    work: Work | None
    entry: str
    path: str
    line: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """The entries of one project and kind of work: `reward` is what is left of `count` rewards below the cap."""

    project: str
    work: Work
    count: int
    reward: Decimal
    is_capped: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a change earns; `findings` are all new entries, those among them that earn nothing with a note why."""

    currency: str
    lines: tuple[Line, ...]
    findings: tuple[Finding, ...]

    @property
    def total(self) -> Decimal:
        return sum((line.reward for line in self.lines), Decimal("0.00"))

    def as_json(self) -> dict[str, object]:
        return {
            "currency": self.currency,
            "total": str(self.total),
            "lines": [
                {
                    "project": line.project,
                    "work": line.work.value,
                    "count": line.count,
                    "reward": str(line.reward),
                    "is_capped": line.is_capped,
                }
                for line in self.lines
            ],
            "entries": [
                {
                    "project": f.project,
                    "work": f.work.value if f.work else None,
                    "entry": f.entry,
                    "path": f.path,
                    "line": f.line,
                    "note": f.note,
                }
                for f in self.findings
            ],
        }


def estimate(base: Directory, head: Directory, prices: PriceList, before: Earned | None = None) -> Estimate:
    """What the change from `base` to `head` earns by the list, below what the caps leave after `before`."""
    old = _Known.of(base)
    findings: list[Finding] = []
    for project in sorted(head.projects, key=lambda each: each.name):
        findings += _new_entries(project, old)
    counts: dict[tuple[str, Work], int] = defaultdict(int)
    for finding in findings:
        if finding.work is not None:
            counts[finding.project, finding.work] += 1
    lines = []
    for (name, work), count in sorted(counts.items(), key=lambda each: (each[0][0], list(Work).index(each[0][1]))):
        price = prices.price(work)
        reward = price.earned(count, (before or {}).get((name, work), Decimal("0.00")))
        lines.append(Line(name, work, count, reward, reward < price.reward * count))
    return Estimate(prices.currency, tuple(lines), tuple(findings))


@dataclass(frozen=True, slots=True)
class _Known:
    """What a state of the directory lists: names, artifacts behind URLs, networks by address."""

    names: frozenset[str]
    urls: frozenset[tuple[str, str, str]]
    networks: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, directory: Directory) -> _Known:
        networks: dict[str, set[str]] = defaultdict(set)
        urls: set[tuple[str, str, str]] = set()
        for project in directory.projects:
            urls |= {key for key, _, _ in _owned(project)}
            for address in project.blockchain:
                networks[normalize_address(address.address) or address.address] |= set(address.networks)
        names = frozenset(project.name for project in directory.projects)
        return cls(names, frozenset(urls), {key: frozenset(found) for key, found in networks.items()})


def _owned(project: Project) -> Iterator[tuple[tuple[str, str, str], bool, int]]:
    """GitHub owners and repositories and npm packages of a project: key, whether an owner, line; each once."""
    seen: set[tuple[str, str, str]] = set()
    for field in ("github", "npm"):
        for url in getattr(project, field):
            identity = identify_url(field, url.url)
            if identity is not None:
                key = (identity.source, identity.namespace, identity.name)
                if identity.is_owner:
                    key = (GITHUB, identity.namespace, "")
                if key not in seen:
                    seen.add(key)
                    yield key, identity.is_owner, url.line


def _new_entries(project: Project, old: _Known) -> Iterator[Finding]:
    owned = list(_owned(project))
    fresh = [each for each in owned if each[0] not in old.urls]
    owners = {key[1] for key, is_owner, _ in owned if is_owner}
    # A new name over entries that were there before is a project that was renamed or divided.
    is_new = project.name not in old.names
    has_started = len(fresh) < len(owned)
    for key, is_owner, line in fresh:
        entry = "/".join(part for part in key[1:] if part)
        work = Work.GITHUB_OWNER if is_owner else Work.GITHUB_REPOSITORY if key[0] == GITHUB else Work.NPM_PACKAGE
        if is_new and not has_started and key[0] == GITHUB:
            # The price of a project includes its first GitHub organisation or repository.
            has_started = True
            yield Finding(project.name, Work.NEW_PROJECT, entry, project.path, line)
        elif work is Work.GITHUB_REPOSITORY and key[1] in owners:
            yield Finding(project.name, None, entry, project.path, line, f"inside {key[1]}, which the project lists")
        else:
            yield Finding(project.name, work, entry, project.path, line)
    if is_new and (not has_started or len(fresh) < len(owned)):
        note = "some of its entries were listed before" if has_started else "it lists nothing on GitHub"
        yield Finding(project.name, None, project.name, project.path, project.name_line, note)
    yield from _new_addresses(project, old)


def _new_addresses(project: Project, old: _Known) -> Iterator[Finding]:
    seen: dict[str, set[str]] = {}
    for address in project.blockchain:
        key = normalize_address(address.address) or address.address
        if key not in old.networks and key not in seen:
            work, note = _work_of(frozenset(address.tags))
            yield Finding(project.name, work, key, project.path, address.line, note)
        else:
            known = old.networks.get(key, frozenset()) | seen.get(key, set())
            # An address that is new in this change has its networks in its own price.
            for network in address.networks if key in old.networks else ():
                if network not in known:
                    entry = f"{key} on {network}"
                    yield Finding(project.name, Work.EXTRA_NETWORK, entry, project.path, address.line, _NETWORK_NOTE)
        seen.setdefault(key, set()).update(address.networks)


def _work_of(tags: frozenset[str]) -> tuple[Work | None, str]:
    """What a new address is paid as; the dearest where it is several things."""
    if "wallet" in tags and tags & {"eoa", "safe"}:
        return Work.WALLET, ""
    if {"deployer", "eoa"} <= tags:
        return Work.DEPLOYER, ""
    if tags & {"contract", "factory"}:
        return Work.CONTRACT, ""
    return None, "its tags are not wallet with eoa or safe, deployer with eoa, contract or factory"
