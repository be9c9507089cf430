"""Profiles of funders out of YAML: who gave, and in which pools."""

from __future__ import annotations

from observer.connectors.sources.oss_funding.files import SourceFile

Row = dict[str, object]


def read_funder(file: SourceFile) -> tuple[Row, list[Row]]:
    """The profile and its grant pools, without repeats. Raises ValueError where the file is no profile."""
    import yaml

    try:
        content = yaml.safe_load(file.content)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"the profile is not YAML: {str(error).splitlines()[0]}") from error
    name = content.get("name") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(name, str) or not name.strip():
        raise ValueError("the profile has no name")
    reference = f"oss-funding:{file.path}"
    version = content.get("version")
    profile: Row = {
        "path": file.path,
        "funder_name": name.strip(),
        "funder_type": _text(content.get("type")),
        "display_name": _text(content.get("display_name")) or name.strip(),
        "version": version if isinstance(version, int) else None,
        "_record_ref": reference,
    }
    pools = content.get("grant_pools")
    names = [_text(pool.get("name")) for pool in pools if isinstance(pool, dict)] if isinstance(pools, list) else []
    kept = dict.fromkeys(pool for pool in names if pool)
    return profile, [
        {
            "path": file.path,
            "funder_name": name.strip(),
            "grant_pool_name": pool,
            "position": position,
            "_record_ref": reference,
        }
        for position, pool in enumerate(kept, start=1)
    ]


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
