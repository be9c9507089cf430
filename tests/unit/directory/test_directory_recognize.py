from __future__ import annotations

import pytest

from observer.directory.recognize import near_host, recognize
from observer.errors import ContentError
from observer.model.artifact import PYPI_HOST

ADDRESS = "0x" + "Ab" * 20


@pytest.mark.parametrize(
    ("text", "field", "key", "url", "title"),
    [
        (
            "https://github.com/Uniswap",
            "github",
            ("GITHUB", "uniswap", "uniswap"),
            "https://github.com/uniswap",
            "Uniswap",
        ),
        ("github.com/A/B.git", "github", ("GITHUB", "a", "b"), "https://github.com/a/b", "B"),
        ("https://github.com/a/b/issues/1", "github", ("GITHUB", "a", "b"), "https://github.com/a/b", "b"),
        ("https://gitlab.com/G/S/T", "git", ("GITLAB", "g/s", "t"), "https://gitlab.com/G/S/T", "T"),
        ("http://127.0.0.1:80/x.git", "git", ("GIT", "127.0.0.1", "x"), "http://127.0.0.1:80/x.git", "x"),
        (
            "https://www.npmjs.com/package/@a/B?activeTab=versions",
            "npm",
            ("NPM", "a", "@a/b"),
            "https://www.npmjs.com/package/@a/B",
            "@a/B",
        ),
        (
            f"https://{PYPI_HOST}/project/A_b/",
            "pypi",
            ("PYPI", "a-b", "a-b"),
            f"https://{PYPI_HOST}/project/A_b",
            "a-b",
        ),
        (
            "https://crates.io/crates/serde",
            "crates",
            ("CRATES", "serde", "serde"),
            "https://crates.io/crates/serde",
            "serde",
        ),
        (
            "https://pkg.go.dev/golang.org/x/net",
            "go",
            ("GO", "x", "golang.org/x/net"),
            "https://pkg.go.dev/golang.org/x/net",
            "golang.org/x/net",
        ),
        (
            "https://opencollective.com/babel",
            "open_collective",
            ("OPEN_COLLECTIVE", "open_collective", "babel"),
            "https://opencollective.com/babel",
            "babel",
        ),
        (
            f"optimism:{ADDRESS}",
            "blockchain",
            ("OPTIMISM", "", ADDRESS.lower()),
            ADDRESS.lower(),
            "optimism:0xabababab",
        ),
        (
            f"mainnet:{ADDRESS}:contract",
            "blockchain",
            ("MAINNET", "", ADDRESS.lower()),
            ADDRESS.lower(),
            "mainnet:0xabababab",
        ),
    ],
)
def test_a_url_says_where_it_belongs(text: str, field: str, key: tuple[str, ...], url: str, title: str) -> None:
    (found,) = recognize([text])

    assert (found.field, found.key, found.url, found.title) == (field, key, url, title)


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("a/b", "not a URL", "did you mean https://github.com/a/b?"),
        ("uniswap", "not a URL", "did you mean https://github.com/uniswap?"),
        ("git.example.org/a/b", "not a URL", "did you mean https://git.example.org/a/b?"),
        ("git@github.com:a/b.git", "not a URL", "write https://github.com/a/b"),
        ("ssh://git@example.org:22/a/b.git", "a ssh: address", "write https://example.org/a/b"),
        ("npm:@a/b", "not a URL", "write https://www.npmjs.com/package/@a/b"),
        ("pkg:cargo/serde", "not a URL", "write https://crates.io/crates/serde"),
        ("/srv/git/x", "not a URL", "serve a local repository over HTTP"),
        ("https://github.com/topics/defi", "nothing on github.com", "https://github.com/<owner>"),
        ("https://gitlab.com/group", "no repository", "git clone"),
        ("https://www.npmjs.com/~someone", "nothing on npmjs.com", "https://www.npmjs.com/package/<name>"),
        ("https://x.com/somebody", "social account", "social"),
        ("https://me:secret@example.org/a/b", "user name or password", "write https://example.org/a/b"),
        (ADDRESS, "needs its network", f"any_evm:{ADDRESS}"),
        (f"optimsm:{ADDRESS}", "unknown network 'optimsm'", "did you mean 'optimism'?"),
        (f"ethereum:{ADDRESS}", "unknown network", "did you mean 'mainnet'?"),
        (f"mainnet:{ADDRESS}:purse", "unknown tag 'purse'", "wallet"),
        ("mainnet:0x12", "40 hexadecimal digits", ""),
        ("https://", "names no host", ""),
        ("", "not a URL", ""),
    ],
)
def test_what_is_nothing_to_watch_is_told_with_the_nearest_form(text: str, what: str, hint: str) -> None:
    with pytest.raises(ContentError) as caught:
        recognize([text])

    (problem,) = caught.value.problems
    assert what in problem.what
    assert hint in (problem.hint or "")
    assert "secret" not in str(problem)


def test_everything_wrong_is_told_at_once_and_a_thing_named_twice_is_one() -> None:
    with pytest.raises(ContentError) as caught:
        recognize(["a/b", "https://github.com/a/b", "https://x.com/a"])

    assert len(caught.value.problems) == 2
    assert len(recognize(["https://github.com/a/b", "https://github.com/A/B.git"])) == 1


def test_a_host_that_is_nearly_a_known_one_is_noticed() -> None:
    assert near_host("https://gihtub.com/a/b") == "did you mean github.com?"
    assert near_host("https://github.com/a/b") is None
    assert near_host("https://git.example.org/a") is None
