"""The directory of the demo world: projects, collections and what each project lists."""

from __future__ import annotations

from observer.testing.demo.cast.plan import REPOSITORIES, ProjectPlan

LABEL = "Fictitious project of the demo world"
_FORGE = "https://github.com/"


def _project(name: str, title: str, about: str, *github: str, **fields: object) -> ProjectPlan:
    """A project whose `github` are owners or owner/name; an owner brings all of its repositories."""
    current = {old: plan.name for plan in REPOSITORIES for old, _ in plan.former}
    owned: list[str] = []
    for entry in github:
        key = entry.lower()
        if "/" in entry:
            owned.append(current.get(key, key))
        else:
            owned.extend(plan.name for plan in REPOSITORIES if plan.owner == key)
    return ProjectPlan(name, f"{title} (demo)", about, tuple(_FORGE + entry for entry in github), tuple(owned), fields)


def _address(address: str, tags: list[str], networks: list[str], name: str = "") -> dict[str, object]:
    entry: dict[str, object] = {"address": address, "tags": tags, "networks": networks}
    return {**entry, "name": name} if name else entry


def _links(*urls: str) -> list[dict[str, str]]:
    return [{"url": url} for url in urls]


PROJECTS: tuple[ProjectPlan, ...] = (
    _project(
        "lanternfish",
        "Lanternfish",
        "a growing engine with documentation, command line and examples",
        "demo-lanternfish",
        websites=_links("https://lanternfish.example"),
        social={"twitter": _links("https://x.com/lanternfish_demo")},
        crates=_links("https://crates.io/crates/lanternfish-demo"),
    ),
    _project(
        "tidewater",
        "Tidewater",
        "a steady library that releases every month",
        "demo-tidewater",
        websites=_links("https://tidewater.example"),
        npm=_links("https://www.npmjs.com/package/@tidewater-demo/core"),
    ),
    _project("quarry", "Quarry", "rebases its pull requests onto a branch called trunk", "demo-quarry"),
    _project(
        "harborlight",
        "Harborlight",
        "its repository was renamed and the directory has the old name",
        "demo-harborlight/lamp",
    ),
    _project(
        "mothworks",
        "Mothworks",
        "one of its repositories came from another owner",
        "demo-mothworks/forge",
        "demo-mothworks/wings",
    ),
    _project(
        "starling",
        "Starling",
        "noticed by the whole world on one day",
        "demo-starling/murmur",
        social={"farcaster": _links("https://warpcast.com/starling-demo")},
    ),
    _project("saltmarsh", "Saltmarsh", "was busy once and is in decline", "demo-saltmarsh"),
    _project("winterwren", "Winterwren", "follows the seasons of the academic year", "demo-winterwren"),
    _project("newt", "Newt", "began nine weeks before the end of the data", "demo-newt"),
    _project("mirrorlake", "Mirrorlake", "keeps a mirror of somebody else's repository", "demo-mirrorlake"),
    _project(
        "emberfork", "Emberfork", "a fork of the engine of Lanternfish that went its own way", "demo-emberfork/engine"
    ),
    _project(
        "clockwork-otter", "Clockwork Otter", "most of its commits are made by robots", "Demo-Clockwork-Otter/Otter"
    ),
    _project("blank-slate", "Blank Slate", "has an empty repository and one with nearly nothing", "demo-blank-slate"),
    _project(
        "kelp",
        "Kelp",
        "publishes packages and has addresses on two networks",
        "demo-kelp",
        npm=_links("https://www.npmjs.com/package/kelp-index-demo", "https://www.npmjs.com/package/kelp-js-demo"),
        crates=_links("https://crates.io/crates/kelp-demo"),
        go=_links("https://github.com/demo-kelp/kelp-index"),
        blockchain=[
            _address("0x00000000000000000000000000000000000de301", ["contract"], ["optimism", "base"], "Kelp registry"),
            _address("0x00000000000000000000000000000000000de302", ["eoa", "wallet"], ["mainnet"]),
        ],
    ),
    _project("sundial", "Sundial", "the work of one person", "sundial-keeper-demo/sundial"),
    _project("hedgerow", "Hedgerow", "hundreds of one-time contributors, most of them in one month", "demo-hedgerow"),
    _project(
        "polyglot-parrot", "Polyglot Parrot", "names in many alphabets, some of them damaged", "demo-parrot/polyglot"
    ),
    _project("timeslip", "Timeslip", "has a commit that claims to come from the year 2106", "demo-timeslip/clock"),
    _project("wavelength", "Wavelength", "works in pairs and credits co-authors", "demo-wavelength"),
    _project(
        "granite-bridge",
        "Granite Bridge",
        "a bridge with contracts and a treasury",
        "demo-granite/bridge",
        defillama=_links("https://defillama.com/protocol/granite-bridge-demo"),
        open_collective=_links("https://opencollective.com/granite-bridge-demo"),
        blockchain=[
            _address("0x00000000000000000000000000000000000de401", ["deployer", "eoa"], ["any_evm"]),
            _address(
                "0x00000000000000000000000000000000000de402", ["contract", "bridge"], ["arbitrum_one"], "Granite bridge"
            ),
            _address("0x00000000000000000000000000000000000de403", ["safe"], ["mainnet"], "Treasury"),
        ],
    ),
    _project("orchard", "Orchard", "several teams in four repositories, one of them asleep", "demo-orchard"),
    _project("driftwood", "Driftwood", "fell silent for more than a year and came back", "demo-driftwood"),
    _project(
        "old-observatory",
        "Old Observatory",
        "finished years ago; the archive has two of its days",
        "demo-old-observatory/dome",
    ),
    _project("paper-lantern", "Paper Lantern", "has no artifacts yet"),
)

COLLECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("demo-ecosystem", "Demo ecosystem", tuple(project.name for project in PROJECTS)),
    (
        "demo-infrastructure",
        "Demo infrastructure",
        ("lanternfish", "tidewater", "quarry", "kelp", "granite-bridge", "wavelength", "emberfork", "mirrorlake"),
    ),
    ("demo-knowledge", "Demo knowledge", ("winterwren", "polyglot-parrot", "hedgerow", "old-observatory", "timeslip")),
    (
        "demo-grants-round-1",
        "Demo grants, round 1",
        ("lanternfish", "starling", "newt", "orchard", "sundial", "paper-lantern", "harborlight", "mothworks"),
    ),
    ("tidewater", "Tidewater and friends", ("tidewater", "saltmarsh", "driftwood", "blank-slate", "clockwork-otter")),
)
