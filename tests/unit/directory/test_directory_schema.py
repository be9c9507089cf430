from __future__ import annotations

import copy
import random
import re
import string
from collections import Counter
from collections.abc import Iterator

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from referencing import Registry, Resource

from observer.directory.document import LinedDict, LinedList
from observer.directory.schema import Findings, compiled, is_uri, nearest, schema_document
from observer.model.directory import NETWORKS, SCHEMA_VERSION, SOCIAL_FIELDS, TAGS, URL_FIELDS

NAMES = ("project", "collection", "url", "social-profile", "blockchain-address", "named")
CODES = {
    "required": "required",
    "type": "type",
    "enum": "enum",
    "format": "format",
    "minItems": "empty",
    "additionalProperties": "unknown-key",
}

PROJECT: dict[str, object] = {
    "version": 7,
    "name": "a",
    "display_name": "A",
    "description": "text",
    "websites": [{"url": "https://a.org"}],
    "social": {"twitter": [{"url": "https://x.com/a"}], "mirror": [{"url": "https://mirror.xyz/a"}]},
    "github": [{"url": "https://github.com/a"}, {"url": "https://github.com/b/c", "note": "x"}],
    "blockchain": [{"address": "0x1", "tags": ["eoa", "safe"], "networks": ["base"], "name": "n"}],
    "comments": ["one"],
    "token_coingecko_api_id": "a",
    "unknown": {"x": [1]},
}
COLLECTION: dict[str, object] = {"version": 7, "name": "c", "display_name": "C", "projects": ["a", "b"]}


CHECKER = jsonschema.FormatChecker(formats=[])

_PARTS = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~" + "!$&'()*+,;=")


def has_only(text: str, more: str) -> bool:
    """Whether a part of a URI has only unreserved characters, delimiters, escapes and some more."""
    plain = re.sub(r"%[0-9A-Fa-f]{2}", "", text)
    return all(character in _UNRESERVED or character in more for character in plain)


@CHECKER.checks("uri")
def is_uri_by_parts(text: object) -> bool:
    """The other way to tell a URI: take it apart first (RFC 3986, appendix B), then look at each part."""
    if not isinstance(text, str):
        return True
    found = _PARTS.fullmatch(text)
    if found is None:
        return False
    scheme, authority, path, query, fragment = found.groups()
    if scheme is None or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        return False
    user, _, server = (authority or "").rpartition("@")
    host, _, _ = server.rpartition(":") if re.search(r":[0-9]*\Z", server) else (server, "", "")
    return (
        has_only(user, ":")
        and has_only(host, "")
        and has_only(path, ":@/")
        and not (authority is None and path.startswith("//"))
        and all(has_only(part or "", ":@/?") for part in (query, fragment))
    )


def full_engine(name: str) -> jsonschema.Draft202012Validator:
    resources = [(f"{n}.json", Resource.from_contents(dict(schema_document(n)))) for n in NAMES]
    registry: Registry[object] = Registry().with_resources(resources)
    return jsonschema.Draft202012Validator(schema_document(name), registry=registry, format_checker=CHECKER)


def findings_of(name: str, document: object) -> Counter[str]:
    findings = Findings("x.yaml")
    compiled(name)(document, 1, name, findings)
    return Counter(problem.code for problem in findings.problems)


def expected_of(name: str, document: object) -> Counter[str]:
    counts: Counter[str] = Counter()
    for error in full_engine(name).iter_errors(document):
        # The full engine names all unknown keys of a mapping in one error.
        extra = set(error.instance) - set(SOCIAL_FIELDS) if error.validator == "additionalProperties" else {""}
        counts[CODES[str(error.validator)]] += len(extra)
    return counts


def mutations(document: dict[str, object], seed: int) -> Iterator[dict[str, object]]:
    """Copies with one to three places replaced, removed or added to."""
    chance = random.Random(seed)
    values: list[object] = [None, 0, 1.5, True, "", "x", [], {}, ["eoa"], [{}], [None], {"url": "no url"}, [["a"]]]
    for _ in range(250):
        mutant = copy.deepcopy(document)
        for _ in range(chance.randint(1, 3)):
            place: object = mutant
            while True:
                keys = list(place) if isinstance(place, dict) else list(range(len(place)))  # type: ignore[arg-type]
                if not keys:
                    break
                key = chance.choice(keys)
                inner = place[key]  # type: ignore[index]
                if isinstance(inner, (dict, list)) and inner and chance.random() < 0.7:
                    place = inner
                    continue
                action = chance.random()
                if action < 0.2:
                    del place[key]  # type: ignore[attr-defined]
                elif action < 0.35 and isinstance(place, dict):
                    place["extra"] = chance.choice(values)
                else:
                    place[key] = chance.choice(values)  # type: ignore[index]
                break
        yield mutant


@pytest.mark.parametrize("seed", range(4))
def test_the_check_agrees_with_a_full_engine_on_mutated_documents(seed: int) -> None:
    refused = 0
    for name, document in (("project", PROJECT), ("collection", COLLECTION)):
        for mutant in mutations(document, seed):
            expected = expected_of(name, mutant)
            assert findings_of(name, mutant) == expected, mutant
            refused += bool(expected)

    assert refused > 200


def test_valid_documents_are_valid_for_both() -> None:
    assert findings_of("project", PROJECT) == expected_of("project", PROJECT) == Counter()
    assert findings_of("collection", COLLECTION) == expected_of("collection", COLLECTION) == Counter()


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_is_a_valid_json_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema_document(name))
    compiled(name)


def test_the_schemas_list_the_fields_tags_and_networks_of_the_model() -> None:
    project = schema_document("project")["properties"]
    address = schema_document("blockchain-address")["properties"]
    social = schema_document("social-profile")

    assert set(URL_FIELDS) < set(project)  # type: ignore[call-overload]
    assert address["tags"]["items"]["enum"] == list(TAGS)  # type: ignore[index]
    assert address["networks"]["items"]["enum"] == list(NETWORKS)  # type: ignore[index]
    assert (len(TAGS), len(NETWORKS), SCHEMA_VERSION) == (9, 36, 7)
    assert list(social["properties"]) == list(SOCIAL_FIELDS)  # type: ignore[call-overload]
    assert social["additionalProperties"] is False


def test_a_keyword_without_a_check_is_refused() -> None:
    from observer.directory.schema import _compile

    with pytest.raises(ValueError, match="pattern"):
        _compile({"type": "string", "pattern": "x"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://github.com/a/b", True),
        ("https:/webtransitions.org", True),
        ("https://a.org/%7Ex?q=1&r=[", False),
        ("https://a.org/x y", False),
        ("https://ä.org", False),
        ("https://a.org/%zz", False),
        ("//a.org/x", False),
        ("a.org", False),
        ("", False),
        ("https://", True),
        ("mailto:a@b.org", True),
        ("https://a.org:80/x#y#z", False),
        ("https://[::1]/x", True),
        ("https://a.org/x\n", False),
        ("1http://a.org", False),
    ],
)
def test_a_uri_is_one_by_its_grammar(text: str, expected: bool) -> None:
    assert is_uri(text) is expected


_URI_CHARACTERS = st.sampled_from(list("ab1:/?#[]@!$&'()*+,;=-._~%2 \"<>ä\n"))


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(["", "https:", "https://", "https://a.org"]), st.text(_URI_CHARACTERS, max_size=12))
def test_uris_agree_with_a_full_grammar(start: str, rest: str) -> None:
    text = start + rest
    if "[" in text:  # the host in brackets is checked more loosely here
        return

    assert is_uri(text) == is_uri_by_parts(text)


def test_a_long_hostile_url_is_checked_in_linear_time() -> None:
    for text in ("https://" + "a" * 500_000 + " ", "https://" + "%61" * 300_000 + "%", "a:" + "/x" * 400_000 + " "):
        assert not is_uri(text)


def test_problems_carry_lines_and_the_nearest_value() -> None:
    address = LinedDict(4)
    networks = LinedList(6)
    networks += ["optimsm", "moonbase"]
    networks.lines += [7, 8]
    address |= {"address": "0x1", "tags": LinedList(5), "networks": networks}
    address.lines |= {"address": 4, "tags": 5, "networks": 6}
    findings = Findings("projects/u/uniswap.yaml")

    compiled("blockchain-address")(address, 4, "blockchain", findings)

    shown = [str(problem) for problem in findings.problems]
    assert shown[0] == "projects/u/uniswap.yaml:5: tags is empty; list at least one"
    assert shown[1] == "projects/u/uniswap.yaml:7: unknown network 'optimsm'; did you mean 'optimism'?"
    assert shown[2].startswith("projects/u/uniswap.yaml:8: unknown network 'moonbase'; ")


def test_the_nearest_value_ignores_case_and_gives_up_on_long_texts() -> None:
    assert nearest("OPTIMISM", NETWORKS) == "did you mean 'optimism'?"
    assert nearest("qqqqqq", NETWORKS) is None
    assert nearest("x" * 10_000, NETWORKS) is None
