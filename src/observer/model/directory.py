"""The directory as data: projects, collections and what they list, each with the file and line it came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from observer.errors import Problem

SCHEMA_VERSION = 7
"""The version that every file of a directory carries."""

URL_FIELDS = ("websites", "github", "git", "npm", "crates", "pypi", "go", "open_collective", "defillama")
"""Fields of a project that hold addresses on the web, in the order of the schema."""

OWNED_URL_FIELDS = ("github", "git", "npm", "crates", "go", "pypi", "open_collective", "defillama")
"""URL fields whose entries belong to one project only."""

SOCIAL_FIELDS = ("farcaster", "medium", "mirror", "telegram", "twitter")

TAGS = ("bridge", "contract", "creator", "deployer", "eoa", "factory", "proxy", "safe", "wallet")

NETWORKS = (
    *("any_evm", "arbitrum_one", "automata", "base", "bob", "cyber", "frax", "ham", "ink", "kroma", "linea", "lisk"),
    *("lyra", "mainnet", "mantle", "matic", "metal", "mint", "mode", "optimism", "orderly", "pgn", "polynomial"),
    *("polygon_zkevm", "race", "redstone", "scroll", "shape", "soneium", "swan", "swell", "unichain", "worldchain"),
    *("xterio", "zksync_era", "zora"),
)


@dataclass(frozen=True, slots=True)
class Url:
    """A web address as it is written, and the line of its file (from 1)."""

    url: str
    line: int


@dataclass(frozen=True, slots=True)
class SocialProfile:
    """Accounts of a project on social networks, as written."""

    farcaster: tuple[Url, ...] = ()
    medium: tuple[Url, ...] = ()
    mirror: tuple[Url, ...] = ()
    telegram: tuple[Url, ...] = ()
    twitter: tuple[Url, ...] = ()

    def entries(self) -> Iterator[tuple[str, Url]]:
        """Every account with the field that lists it."""
        for name in SOCIAL_FIELDS:
            for url in getattr(self, name):
                yield name, url


@dataclass(frozen=True, slots=True)
class BlockchainAddress:
    """An address on one or more networks, as written; tags say what it is, `name` what people call it."""

    address: str
    tags: tuple[str, ...]
    networks: tuple[str, ...]
    name: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Project:
    """A project file. `path` is relative to the directory's root (`projects/u/uniswap.yaml`)."""

    name: str
    display_name: str
    path: str
    version: int = SCHEMA_VERSION
    description: str | None = None
    websites: tuple[Url, ...] = ()
    social: SocialProfile = field(default_factory=SocialProfile)
    github: tuple[Url, ...] = ()
    git: tuple[Url, ...] = ()
    npm: tuple[Url, ...] = ()
    crates: tuple[Url, ...] = ()
    pypi: tuple[Url, ...] = ()
    go: tuple[Url, ...] = ()
    open_collective: tuple[Url, ...] = ()
    defillama: tuple[Url, ...] = ()
    blockchain: tuple[BlockchainAddress, ...] = ()
    comments: tuple[str, ...] = ()
    token_coingecko_api_id: str | None = None
    name_line: int = 1
    display_name_line: int = 1

    def urls(self) -> Iterator[tuple[str, Url]]:
        """Every web address of the project with the field that lists it, social accounts apart."""
        for name in URL_FIELDS:
            for url in getattr(self, name):
                yield name, url

    def owned_urls(self) -> Iterator[tuple[str, Url]]:
        """The addresses that no other project may list."""
        for name in OWNED_URL_FIELDS:
            for url in getattr(self, name):
                yield name, url


@dataclass(frozen=True, slots=True)
class Member:
    """A project in a collection, and the line that names it."""

    project_name: str
    line: int


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection file; members stand in the order of the file and may repeat."""

    name: str
    display_name: str
    path: str
    projects: tuple[Member, ...]
    version: int = SCHEMA_VERSION
    description: str | None = None
    comments: tuple[str, ...] = ()
    name_line: int = 1
    display_name_line: int = 1


@dataclass(frozen=True, slots=True)
class Revision:
    """Which state of the directory this is.

    `commit_id` with its times (aware, UTC) is there when the content is exactly that of a commit. `digest` is
    SHA-256 over paths and contents (64 hex digits), equal for equal content wherever it was loaded from.
    """

    digest: str
    commit_id: str | None = None
    committed_at: datetime | None = None
    authored_at: datetime | None = None

    @property
    def label(self) -> str:
        """The commit id, or `sha256-` and the digest for content that is in no commit."""
        return self.commit_id or f"sha256-{self.digest}"


@dataclass(frozen=True, slots=True)
class Directory:
    """A whole valid directory, sorted by name.

    `remarks` are lints that can only be seen while reading: unknown keys, values that ought to be quoted.
    """

    projects: tuple[Project, ...]
    collections: tuple[Collection, ...]
    revision: Revision
    remarks: tuple[Problem, ...] = ()
