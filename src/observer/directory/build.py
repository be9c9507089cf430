"""Turns a checked document into the model's project or collection."""

from __future__ import annotations

from typing import cast

from observer.directory.document import LinedDict, LinedList
from observer.model.directory import (
    SOCIAL_FIELDS,
    URL_FIELDS,
    BlockchainAddress,
    Collection,
    Member,
    Project,
    SocialProfile,
    Url,
)


def build_project(path: str, document: LinedDict) -> Project:
    """The project of a document that agrees with the project schema."""
    lines = document.lines
    social = document.get("social")
    return Project(
        name=_text(document, "name"),
        display_name=_text(document, "display_name"),
        path=path,
        version=_version(document),
        description=_optional_text(document, "description"),
        social=_social(social) if isinstance(social, LinedDict) else SocialProfile(),
        blockchain=_addresses(document.get("blockchain")),
        comments=_texts(document.get("comments")),
        token_coingecko_api_id=_optional_text(document, "token_coingecko_api_id"),
        name_line=lines["name"],
        display_name_line=lines["display_name"],
        **{name: _urls(document[name]) for name in URL_FIELDS if name in document},
    )


def build_collection(path: str, document: LinedDict) -> Collection:
    """The collection of a document that agrees with the collection schema."""
    members = cast(LinedList, document["projects"])
    return Collection(
        name=_text(document, "name"),
        display_name=_text(document, "display_name"),
        path=path,
        projects=tuple(Member(str(name), line) for name, line in zip(members, members.lines, strict=True)),
        version=_version(document),
        description=_optional_text(document, "description"),
        comments=_texts(document.get("comments")),
        name_line=document.lines["name"],
        display_name_line=document.lines["display_name"],
    )


def _social(social: LinedDict) -> SocialProfile:
    return SocialProfile(**{name: _urls(social[name]) for name in SOCIAL_FIELDS if name in social})


def _urls(entries: object) -> tuple[Url, ...]:
    return tuple(Url(_text(entry, "url"), entry.lines["url"]) for entry in cast("list[LinedDict]", entries))


def _addresses(entries: object) -> tuple[BlockchainAddress, ...]:
    return tuple(
        BlockchainAddress(
            address=_text(entry, "address"),
            tags=_texts(entry["tags"]),
            networks=_texts(entry["networks"]),
            name=_optional_text(entry, "name"),
            line=entry.lines["address"],
        )
        for entry in cast("list[LinedDict]", entries or [])
    )


def _text(document: LinedDict, key: str) -> str:
    return cast(str, document[key])


def _optional_text(document: LinedDict, key: str) -> str | None:
    return cast("str | None", document.get(key))


def _texts(values: object) -> tuple[str, ...]:
    return tuple(cast("list[str]", values or []))


def _version(document: LinedDict) -> int:
    return cast(int, document["version"])
