"""Views of packages, their owners and bills of materials, and of repositories with what they ship."""

from __future__ import annotations

from observer.model.compatibility.directory import ARTIFACT, REPOSITORY_COLUMNS
from observer.model.compatibility.view import Era, View, renamed, same
from observer.model.table import ColumnType, maybe

_SINCE_2025 = (Era.SINCE_2025,)
_VERSIONED = (Era.LATE_2024, Era.SINCE_2025)
_OWNER = same(
    "package_owners", "package_owner_project_id", "package_owner_artifact_id", "package_owner_source",
    "package_owner_artifact_namespace", "package_owner_artifact_name",
)  # fmt: skip
_PACKAGE = same(
    "package_owners", "package_artifact_id", "package_artifact_source", "package_artifact_namespace",
    "package_artifact_name",
)  # fmt: skip
_FROM = same("sboms", "from_artifact_id", "from_artifact_source", "from_artifact_namespace", "from_artifact_name")
_TO = same(
    "sboms", "to_package_artifact_id", "to_package_artifact_source", "to_package_artifact_namespace",
    "to_package_artifact_name",
)  # fmt: skip
_DEPENDENT = renamed(_FROM, "from_", "dependent_")
_NEEDED = renamed(_TO, "to_package_", "package_")
_SHAPES = ", ".join(
    f"{old.name} as {new.name}" for old, new in zip((*_FROM, *_TO), (*_DEPENDENT, *_NEEDED), strict=True)
)

_ENRICHED = (
    *ARTIFACT,
    *(column for column in REPOSITORY_COLUMNS if column.name not in {each.name for each in ARTIFACT}),
    maybe("num_packages_in_deps_dev", "Packages that come from the repository most likely.", ColumnType.BIGINT),
    maybe("num_dependent_repos_in_oso", "Repositories whose bills of materials name one of them.", ColumnType.BIGINT),
)

PACKAGE_VIEWS = (
    View(
        "sboms_v0",
        _VERSIONED,
        "One row per repository and package that it is built with, by its newest bill of materials.",
        ("sboms",),
        (
            *same("sboms", "from_project_id"), *_FROM,
            *same("sboms", "to_package_project_id"), *_TO,
            *_DEPENDENT, *_NEEDED,
        ),
        f"    select sboms.*, {_SHAPES} from sboms",  # noqa: S608 - text of this module
        key=("from_artifact_id", "to_package_artifact_id"),
    ),
    View(
        "package_owners_v0",
        _VERSIONED,
        "One row per package whose repository is known: the likeliest one.",
        ("package_owners",),
        (
            *same("package_owners", "package_project_id"),
            *_PACKAGE,
            *_OWNER,
            maybe("package_owner_artifact_source", "Forge of the repository."),
        ),
        """
    select package_owners.*, package_owner_source as package_owner_artifact_source
    from package_owners
    where is_best
        """,
        key=("package_artifact_id",),
    ),
    View(
        "int_code_dependencies",
        _SINCE_2025,
        "One row per repository and package that it is built with, with the likeliest repository of the package.",
        ("sboms", "package_owners"),
        (
            *_DEPENDENT,
            maybe("dependency_artifact_id", "Id of the package."),
            maybe("dependency_name", "The package, in lower case."),
            maybe("dependency_source", "Registry of the package."),
            *_NEEDED,
            *(column for column in _OWNER if column.name not in ("package_owner_project_id", "package_owner_source")),
            maybe("package_owner_artifact_source", "Forge of the package's repository."),
        ),
        f"""
    select
        {_SHAPES},
        to_package_artifact_id as dependency_artifact_id,
        to_package_artifact_name as dependency_name,
        to_package_artifact_source as dependency_source,
        package_owner_artifact_id, package_owner_artifact_namespace, package_owner_artifact_name,
        package_owner_source as package_owner_artifact_source
    from sboms
    left join package_owners
        on sboms.to_package_artifact_id = package_owners.package_artifact_id and package_owners.is_best
        """,  # noqa: S608 - text of this module
        key=("dependent_artifact_id", "dependency_artifact_id"),
    ),
    View(
        "int_repositories_enriched",
        _SINCE_2025,
        "One row per repository and project that has it, with its packages and those who depend on them.",
        ("repositories", "artifacts_by_project", "package_owners", "sboms"),
        _ENRICHED,
        """
    select
        repositories.*,
        artifacts_by_project.project_id,
        default_branch as branch,
        license as license_name,
        license as license_spdx_id,
        primary_language as language,
        last_commit_at as updated_at,
        coalesce(packages.package_count, 0) as num_packages_in_deps_dev,
        coalesce(packages.dependent_count, 0) as num_dependent_repos_in_oso
    from repositories
    left join artifacts_by_project
        on repositories.artifact_id = artifacts_by_project.artifact_id
    left join (
        select
            package_owner_artifact_id,
            count(distinct package_artifact_id) as package_count,
            count(distinct from_artifact_id) as dependent_count
        from package_owners
        left join sboms
            on package_owners.package_artifact_id = sboms.to_package_artifact_id
        where is_best
        group by package_owner_artifact_id
    ) as packages
        on repositories.artifact_id = packages.package_owner_artifact_id
        """,
        key=("artifact_id", "project_id"),
    ),
)  # fmt: skip
