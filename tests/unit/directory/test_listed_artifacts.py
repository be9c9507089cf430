from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observer.model.artifact import (
    PYPI_HOST,
    identify_address,
    identify_git,
    identify_github,
    identify_url,
    listed_artifacts,
)
from observer.model.directory import SOCIAL_FIELDS, URL_FIELDS, BlockchainAddress, Project, SocialProfile, Url

SOURCES = Path(__file__).resolve().parents[3] / "src"
ADDRESS = "0x" + "ab" * 20


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://github.com/Uniswap", ("OWNER", "uniswap", "uniswap", "https://github.com/uniswap")),
        ("https://github.com/Uniswap/", ("OWNER", "uniswap", "uniswap", "https://github.com/uniswap")),
        ("https://github.com/qix-", ("OWNER", "qix-", "qix-", "https://github.com/qix-")),
        ("https://github.com/orgs/a/repositories", ("OWNER", "a", "a", "https://github.com/a")),
        ("https://github.com/orgs/a", ("OWNER", "a", "a", "https://github.com/a")),
        ("https://github.com/users/a/projects/1", ("OWNER", "a", "a", "https://github.com/a")),
        ("https://github.com/sponsors/a", ("OWNER", "a", "a", "https://github.com/a")),
        ("https://github.com/A/B.js", ("REPOSITORY", "a", "b.js", "https://github.com/a/b.js")),
        ("https://github.com/a/b.git", ("REPOSITORY", "a", "b", "https://github.com/a/b")),
        ("https://github.com/a/b.git/", ("REPOSITORY", "a", "b", "https://github.com/a/b")),
        ("http://www.github.com/a/b", ("REPOSITORY", "a", "b", "https://github.com/a/b")),
        ("https://github.com//a//b", ("REPOSITORY", "a", "b", "https://github.com/a/b")),
        ("https://github.com/a/b/blob/main/README.md", ("REPOSITORY", "a", "b", "https://github.com/a/b")),
        ("https://github.com/a/b/tree/main", ("REPOSITORY", "a", "b", "https://github.com/a/b")),
        ("https://github.com/a/b?tab=readme#x", ("REPOSITORY", "a", "b", "https://github.com/a/b")),
        ("https://github.com/a/.github", ("REPOSITORY", "a", ".github", "https://github.com/a/.github")),
        (" https://github.com/a/b ", ("REPOSITORY", "a", "b", "https://github.com/a/b")),
    ],
)
def test_a_github_url_names_an_owner_or_a_repository(url: str, expected: tuple[str, str, str, str]) -> None:
    found = identify_github(url)

    assert found is not None
    assert (found.source, found.type, found.namespace, found.name, found.url) == ("GITHUB", *expected)
    assert found.source_id is None
    assert found.is_owner is (expected[0] == "OWNER")


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://ophis-fi",
            "https://github.com",
            "https://github.com/",
            "https://gist.github.com/a/b",
            "github.com/a/b",
        ),
        *("https://github.com/orgs", "https://github.com/topics/defi", "https://github.com/a b/c", "https://[x/a/b"),
        *(
            "https://github.com/a/..",
            "https://github.com/a/.git",
            "ftp://github.com/a/b",
            "https://evil.com/github.com/a",
        ),
        *("https://github.com.evil.com/a/b", "https://github.com@evil.com/a/b", "https://github.com/" + "a" * 40),
    ],
)
def test_other_texts_name_nothing_on_github(url: str) -> None:
    assert identify_github(url) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://gitlab.com/Group/Sub/Tool.git", ("GITLAB", "group/sub", "tool")),
        ("https://gitlab.com/group/tool/-/tree/main", ("GITLAB", "group", "tool")),
        ("https://codeberg.org/Team/Tool/", ("GIT", "codeberg.org/team", "tool")),
        ("https://git.example.org/tool.git", ("GIT", "git.example.org", "tool")),
        ("http://git.example.org:3000/a/b", ("GIT", "git.example.org:3000/a", "b")),
        ("https://git.example.org:443/a/b", ("GIT", "git.example.org/a", "b")),
        ("https://github.com/A/B.git", ("GITHUB", "a", "b")),
    ],
)
def test_a_clone_url_names_a_repository_on_any_host(url: str, expected: tuple[str, str, str]) -> None:
    found = identify_git(url)

    assert found is not None
    assert (found.source, found.namespace, found.name) == expected
    assert found.type == "REPOSITORY"
    assert found.source == "GITHUB" or found.url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        *("https://github.com/a", "https://gitlab.com/group", "https://git.example.org", "git@example.org:a/b.git"),
        *("https://me:secret@git.example.org/a/b", "https://git.example.org/a/b?x=1", "https://git.example.org:x/a/b"),
        *("https://git.example.org/a/../b", "ssh://git@example.org/a/b", "https://git.example.org/a b/c"),
    ],
)
def test_other_texts_name_no_repository(url: str) -> None:
    assert identify_git(url) is None


@pytest.mark.parametrize(
    ("field", "url", "expected"),
    [
        ("npm", "https://www.npmjs.com/package/@Uniswap/sdk", ("NPM", "PACKAGE", "uniswap", "@uniswap/sdk")),
        ("npm", "https://npmjs.com/package/ethers", ("NPM", "PACKAGE", "ethers", "ethers")),
        ("npm", "https://www.npmjs.com/package/@a%2Fb", ("NPM", "PACKAGE", "a", "@a/b")),
        ("npm", "https://www.npmjs.com/package/@a/b/v/1.0.0?activeTab=code", ("NPM", "PACKAGE", "a", "@a/b")),
        ("npm", "https://www.npmjs.com/package/ethers/v/5", ("NPM", "PACKAGE", "ethers", "ethers")),
        ("crates", "https://crates.io/crates/fvm_ipld/", ("CRATES", "PACKAGE", "fvm_ipld", "fvm_ipld")),
        ("pypi", f"https://{PYPI_HOST}/project/CadCAD", ("PYPI", "PACKAGE", "cadcad", "cadcad")),
        (
            "pypi",
            f"https://{PYPI_HOST}/project/zope.interface_x/1.0/",
            (
                "PYPI",
                "PACKAGE",
            )
            + ("zope-interface-x",) * 2,
        ),
        ("go", "https://github.com/ipfs/kubo", ("GO", "PACKAGE", "ipfs", "github.com/ipfs/kubo")),
        ("go", "https://github.com/a/b/v2", ("GO", "PACKAGE", "a", "github.com/a/b/v2")),
        ("go", "https://github.com/a/b/tree/main/x", ("GO", "PACKAGE", "a", "github.com/a/b")),
        ("go", "https://pkg.go.dev/golang.org/x/net@v0.1.0", ("GO", "PACKAGE", "x", "golang.org/x/net")),
        (
            "open_collective",
            "https://opencollective.com/Babel",
            ("OPEN_COLLECTIVE", "ACCOUNT", "open_collective", "babel"),
        ),
        (
            "defillama",
            "https://defillama.com/protocol/polygon-bridge-&-staking",
            ("DEFILLAMA", "DEFILLAMA_PROTOCOL", "defillama", "polygon-bridge-&-staking"),
        ),
        ("websites", "https://A.org/X/", ("WWW", "WEBSITE", "www", "https://a.org/x/")),
        ("twitter", "https://twitter.com/Uniswap?lang=en", ("TWITTER", "SOCIAL_HANDLE", "twitter", "uniswap")),
        ("twitter", "https://x.com/@Uniswap/status/1", ("TWITTER", "SOCIAL_HANDLE", "twitter", "uniswap")),
        ("twitter", "https://https://x.com/a_b", ("TWITTER", "SOCIAL_HANDLE", "twitter", "a_b")),
        ("twitter", "https://https:/x.com/a_b", ("TWITTER", "SOCIAL_HANDLE", "twitter", "a_b")),
        ("farcaster", "https://warpcast.com/a.eth", ("FARCASTER", "SOCIAL_HANDLE", "farcaster", "a.eth")),
        ("farcaster", "https://warpcast.com/~/channel/x", ("FARCASTER", "SOCIAL_HANDLE", "farcaster", "~/channel/x")),
        ("farcaster", "https://farcaster.xyz/oku", ("FARCASTER", "SOCIAL_HANDLE", "farcaster", "oku")),
        ("telegram", "https://t.me/A", ("TELEGRAM", "SOCIAL_HANDLE", "telegram", "a")),
        ("telegram", "http://www.t.me/s/a", ("TELEGRAM", "SOCIAL_HANDLE", "telegram", "a")),
        ("telegram", "https://t.me/joinchat/x", ("TELEGRAM", "SOCIAL_HANDLE", "telegram", "joinchat/x")),
        ("medium", "https://medium.com/@a", ("MEDIUM", "SOCIAL_HANDLE", "medium", "@a")),
        ("medium", "https://a-1.medium.com", ("MEDIUM", "SOCIAL_HANDLE", "medium", "a-1")),
        ("mirror", "https://mirror.xyz/a.eth", ("MIRROR", "SOCIAL_HANDLE", "mirror", "a.eth")),
        ("mirror", "https://a.mirror.xyz/", ("MIRROR", "SOCIAL_HANDLE", "mirror", "a")),
    ],
)
def test_every_field_has_its_source_type_namespace_and_name(
    field: str, url: str, expected: tuple[str, str, str, str]
) -> None:
    found = identify_url(field, url)

    assert found is not None
    assert (found.source, found.type, found.namespace, found.name) == expected
    assert found.url == found.source_id == url.lower()


@pytest.mark.parametrize(
    ("field", "url"),
    [
        ("npm", "https://www.npmjs.com/~user"),
        ("npm", "https://www.npmjs.com/package/@scope"),
        ("npm", "https://github.com/a/b"),
        ("crates", "https://www.npmjs.com/package/a"),
        ("pypi", f"https://{PYPI_HOST}/user/a"),
        ("go", "https://github.com/a"),
        ("defillama", "https://defillama.com/cex/bybit"),
        ("open_collective", "https://opencollective.com"),
        ("websites", "https://@jhekub"),
        ("websites", "https:/xp.network/"),
        ("twitter", "https://t.me/a"),
        ("twitter", "https://x.com/i/communities/1"),
        ("twitter", "https://x.com"),
        ("telegram", "https://t.co/a"),
        ("mirror", "https://paragraph.xyz/@a"),
        ("medium", "https://medium.com"),
    ],
)
def test_a_url_of_another_kind_names_nothing(field: str, url: str) -> None:
    assert identify_url(field, url) is None


def test_an_address_is_lower_case_on_its_network() -> None:
    found = identify_address("arbitrum_one", "deployer", f" {ADDRESS.upper().replace('X', 'x')}")

    assert found is not None
    assert (found.source, found.type, found.namespace) == ("ARBITRUM_ONE", "DEPLOYER", "")
    assert found.name == found.url == found.source_id == ADDRESS


@pytest.mark.parametrize(
    "address", ["", "0x", ADDRESS[:-1], ADDRESS + "0", ADDRESS + "s", "oeth:" + ADDRESS, "0X" + "g" * 40]
)
def test_what_is_no_address_names_nothing(address: str) -> None:
    assert identify_address("base", "eoa", address) is None


def test_a_project_lists_each_artifact_once_with_its_field_and_line() -> None:
    project = Project(
        name="a",
        display_name="A",
        path="projects/a/a.yaml",
        github=(Url("https://github.com/a", 5), Url("https://github.com/A/", 6), Url("https://ophis-fi", 7)),
        social=SocialProfile(twitter=(Url("https://x.com/a", 9),)),
        blockchain=(
            BlockchainAddress(ADDRESS, ("eoa", "deployer"), ("base", "zora"), "Treasury", 12),
            BlockchainAddress(ADDRESS.upper().replace("X", "x"), ("eoa",), ("base",), "Again", 20),
        ),
    )

    found = listed_artifacts(project)

    assert [(a.field, a.artifact_source, a.artifact_type, a.line) for a in found] == [
        ("github", "GITHUB", "OWNER", 5),
        ("twitter", "TWITTER", "SOCIAL_HANDLE", 9),
        ("blockchain", "BASE", "EOA", 12),
        ("blockchain", "BASE", "DEPLOYER", 12),
        ("blockchain", "ZORA", "EOA", 12),
        ("blockchain", "ZORA", "DEPLOYER", 12),
    ]
    assert {a.address_name for a in found} == {None, "Treasury"}
    assert [a.is_owner for a in found] == [True, False, False, False, False, False]
    assert {(a.project_name, a.path) for a in found} == {("a", "projects/a/a.yaml")}


def test_the_host_of_python_packages_stands_in_one_place() -> None:
    places = [path for path in SOURCES.rglob("*.py") if PYPI_HOST in path.read_text(encoding="utf-8")]

    assert [path.name for path in places] == ["artifact.py"]


FIELDS = st.sampled_from([*URL_FIELDS, *SOCIAL_FIELDS])
_HOSTS = (
    "github.com",
    "www.npmjs.com",
    "crates.io",
    PYPI_HOST,
    "x.com",
    "t.me",
    "a.medium.com",
    "pkg.go.dev",
    "[::1",
    "",
)
_PIECES = st.sampled_from(
    ["/", "//", "package", "crates", "project", "protocol", "orgs", "@a", "A", "b.git", "%2F", "%00"]
)
URLS = st.one_of(
    st.text(max_size=30),
    st.builds(
        lambda scheme, host, path: f"{scheme}{host}/{''.join(path)}",
        st.sampled_from(["https://", "http://", "https://https://", "HTTPS://", "//", ""]),
        st.sampled_from(_HOSTS),
        st.lists(_PIECES | st.text(max_size=4), max_size=7),
    ),
)


@settings(max_examples=500, deadline=None)
@given(FIELDS, URLS)
def test_any_text_gives_a_clean_identity_or_none(field: str, url: str) -> None:
    found = identify_url(field, url)

    if found is not None:
        assert found.source == found.source.upper()
        assert found.namespace
        assert found.name
        assert (found.namespace, found.name, found.url) == (
            found.namespace.lower(),
            found.name.lower(),
            found.url if field == "git" else found.url.lower(),
        )
        if field != "websites":
            assert not any(ord(character) <= 32 for character in found.namespace + found.name)


_NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9-]{0,20}", fullmatch=True)


@settings(max_examples=200, deadline=None)
@given(
    _NAMES.filter(lambda n: n.lower() not in ("orgs", "users", "sponsors")),
    st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True).filter(lambda n: not n.lower().endswith(".git")),
    st.sampled_from(["https://", "http://", "https://www."]),
    st.sampled_from(["", "/", ".git", ".git/", "/tree/main", "/blob/main/a.md", "?tab=x", "#readme", "/issues/1"]),
)
def test_all_spellings_of_a_repository_are_one_artifact(owner: str, name: str, scheme: str, tail: str) -> None:
    plain = identify_github(f"https://github.com/{owner}/{name}")

    assert identify_github(f"{scheme}GitHub.com/{owner.upper()}/{name}{tail}") == plain


@settings(max_examples=100, deadline=None)
@given(FIELDS, URLS)
def test_the_identity_of_an_identity_is_itself(field: str, url: str) -> None:
    found = identify_url(field, url)

    if found is not None:
        again = identify_url(field, found.url)
        assert again is not None
        assert (again.namespace, again.name) == (found.namespace, found.name)
