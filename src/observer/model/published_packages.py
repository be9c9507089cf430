"""The published tables about packages: versions, dependencies, downloads, owners, bills of materials."""

from __future__ import annotations

from observer.model.table import ColumnType, Reference, Table, maybe, must, text

_RECORD_REF = text("record_ref", "Pointer to the source record: registry and key, or file and element.")
_OBSERVED_AT = maybe("observed_at", "When it was collected, UTC.", ColumnType.TIMESTAMP)
_STATES = ("active", "deprecated", "yanked", "empty", "unpublished")
_PACKAGE = (
    text("package_artifact_id", "Id of the package: base64 of SHA-256 over source, namespace and name."),
    text("package_artifact_source", "Registry: NPM, PYPI, CRATES, GO, MAVEN."),
    text("package_artifact_namespace", "Scope or owner in lower case; the name where there is none."),
    text("package_artifact_name", "The package, in lower case with its scope."),
)
_NAME_INDEX = ("package_artifact_source", "package_artifact_name")

PACKAGE_TABLES = (
    Table(
        "packages",
        "One row per package that a registry told of.",
        (
            *_PACKAGE,
            maybe("display_name", "Name as written."),
            maybe("description", "What its registry says of it."),
            maybe("license", "Licence of the newest version."),
            maybe("homepage_url", "Home page."),
            maybe("latest_version", "What people get who ask for no version."),
            must("version_count", ColumnType.BIGINT, "Versions, also withdrawn ones and those without files."),
            must("standing_version_count", ColumnType.BIGINT, "Versions with files, neither yanked nor deprecated."),
            maybe("first_published_at", "Time of the first version, UTC.", ColumnType.TIMESTAMP),
            maybe("last_published_at", "Time of the newest version, UTC.", ColumnType.TIMESTAMP),
            text("state", "Whether there is something to install that nobody advises against.", *_STATES),
            maybe("repository_artifact_id", "The likeliest repository that it comes from; empty where unknown."),
            maybe("repository_confidence", "How sure that is, 0 to 1.", ColumnType.DOUBLE),
            _OBSERVED_AT,
            _RECORD_REF,
        ),
        key=("package_artifact_id",),
        indexes=(_NAME_INDEX,),
    ),
    Table(
        "package_versions",
        "One row per version of a package.",
        (
            *_PACKAGE,
            text("version", "Version."),
            maybe("published_at", "When it was published, UTC; empty where nobody says.", ColumnType.TIMESTAMP),
            must("is_withdrawn", ColumnType.BOOLEAN, "Whether it is yanked or deprecated."),
            maybe("withdrawal_reason", "Why."),
            must("has_files", ColumnType.BOOLEAN, "Whether there is anything to install."),
            maybe("file_count", "Files; empty where the registry does not say.", ColumnType.BIGINT),
            maybe("size_bytes", "Size of the files.", ColumnType.BIGINT),
            maybe("commit_id", "Commit that it was built from, as its registry says."),
            _OBSERVED_AT,
            _RECORD_REF,
        ),
        key=("package_artifact_id", "version"),
    ),
    Table(
        "package_dependencies",
        "One row per requirement that a version of a package lists.",
        (
            *_PACKAGE,
            text("version", "Version that depends."),
            maybe("dependency_artifact_id", "Id of what it depends on; empty for what is no package of a registry."),
            maybe("dependency_name", "What it depends on."),
            text("dependency_kind", "runtime, development, optional, peer or build."),
            text("listed_name", "Name under which it is listed; another one for an alias."),
            text("requirement", "The requirement as written."),
            maybe("version_range", "Versions that would do."),
            text("requirement_kind", "Where it comes from.", "registry", "address", "local"),
            maybe("is_optional", "Whether it works without.", ColumnType.BOOLEAN),
            maybe("is_direct", "Whether the version names it itself.", ColumnType.BOOLEAN),
            _RECORD_REF,
        ),
        key=("package_artifact_id", "version", "dependency_kind", "listed_name", "requirement"),
        indexes=(("dependency_artifact_id",),),
    ),
    Table(
        "package_owners",
        "One row per package and repository that it comes from, with evidence and confidence.",
        (
            maybe("package_project_id", "A project that lists the package; empty for none."),
            *_PACKAGE,
            maybe("package_owner_project_id", "A project that has the repository; empty for none."),
            text("package_owner_artifact_id", "Id of the repository."),
            text("package_owner_source", "Forge of the repository: GITHUB, GITLAB."),
            text("package_owner_artifact_namespace", "Its owner in lower case."),
            text("package_owner_artifact_name", "Its name in lower case."),
            text("evidence", "What speaks for it, separated by commas."),
            must("confidence", ColumnType.DOUBLE, "How sure it is, 0 to 1."),
            must("is_best", ColumnType.BOOLEAN, "Whether it is the likeliest repository of the package."),
            _RECORD_REF,
        ),
        key=("package_artifact_id", "package_owner_artifact_id"),
        references=(
            Reference("package_project_id", "projects", "project_id"),
            Reference("package_owner_project_id", "projects", "project_id"),
        ),
        indexes=(("package_owner_artifact_id",), _NAME_INDEX),
    ),
    Table(
        "package_maintainers",
        "One row per account that may publish a package, and role.",
        (
            *_PACKAGE,
            text("account_name", "Account at the registry."),
            text("role", "Role as the registry names it; empty where it has none."),
            _RECORD_REF,
        ),
        key=("package_artifact_id", "account_name", "role"),
    ),
    Table(
        "package_downloads",
        "One row per package and day, as its registry counts; machines and mirrors are in it.",
        (
            *_PACKAGE,
            must("bucket_day", ColumnType.DATE, "Day in UTC."),
            must("amount", ColumnType.BIGINT, "Downloads."),
            _RECORD_REF,
        ),
        key=("package_artifact_id", "bucket_day"),
    ),
    Table(
        "package_advisories",
        "One row per version of a package with a known weakness, and advisory.",
        (
            *_PACKAGE,
            text("version", "Version."),
            text("advisory_id", "Id, as GHSA or OSV give it."),
            maybe("title", "One line about it."),
            maybe("advisory_url", "Where to read more."),
            maybe("aliases", "Other ids, as a JSON list."),
            maybe("cvss_score", "Severity, 0 to 10, CVSS version 3; 0 or empty where unrated.", ColumnType.DOUBLE),
            _OBSERVED_AT,
            _RECORD_REF,
        ),
        key=("package_artifact_id", "version", "advisory_id"),
    ),
    Table(
        "sboms",
        "One row per repository and package that it is built with, by its newest bill of materials.",
        (
            maybe("from_project_id", "A project that has the repository; empty for none."),
            text("from_artifact_id", "Id of the repository, or of the package that the document is about."),
            text("from_artifact_source", "Its forge or registry."),
            text("from_artifact_namespace", "Its owner in lower case."),
            text("from_artifact_name", "Its name in lower case."),
            maybe("to_package_project_id", "A project that lists the package; empty for none."),
            text("to_package_artifact_id", "Id of the package."),
            text("to_package_artifact_source", "Registry of the package; GITHUBACTIONS for actions."),
            text("to_package_artifact_namespace", "Scope or owner of the package."),
            text("to_package_artifact_name", "The package, in lower case."),
            maybe("to_package_version", "One of its versions or ranges in the document."),
            maybe("is_direct", "Whether it is named itself; empty where the document is silent.", ColumnType.BOOLEAN),
            maybe("depth", "Fewest steps that lead to it; empty where none does.", ColumnType.INTEGER),
            must("snapshot_at", ColumnType.TIMESTAMP, "When the document was made, UTC."),
            _RECORD_REF,
        ),
        key=("from_artifact_id", "to_package_artifact_id"),
        references=(
            Reference("from_project_id", "projects", "project_id"),
            Reference("to_package_project_id", "projects", "project_id"),
        ),
        indexes=(("to_package_artifact_id",), ("from_project_id",)),
    ),
)
