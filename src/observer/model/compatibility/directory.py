"""Views of what the directory describes: projects, collections, artifacts, who belongs to whom, repositories."""

from __future__ import annotations

from observer.model.compatibility.view import Era, View, same
from observer.model.table import ColumnType, maybe

PROJECT = same("projects", "project_id", "project_source", "project_namespace", "project_name")
COLLECTION = same("collections", "collection_id", "collection_source", "collection_namespace", "collection_name")
ARTIFACT = same(
    "artifacts", "artifact_id", "artifact_source_id", "artifact_source", "artifact_namespace", "artifact_name"
)
VERSIONED = (Era.LATE_2024, Era.SINCE_2025)
_REPOSITORY_PROJECT = """(
            select artifacts_by_project.project_id
            from artifacts_by_project
            where artifacts_by_project.artifact_id = repositories.artifact_id
            order by artifacts_by_project.project_name
            limit 1
        )"""
_REPOSITORY = f"""
    select
        {_REPOSITORY_PROJECT} as project_id,
        artifact_id, artifact_source_id, artifact_source, artifact_namespace, artifact_name, artifact_url,
        is_fork, default_branch as branch, star_count, watcher_count, fork_count,
        license as license_name, license as license_spdx_id, primary_language as language,
        created_at, last_commit_at as updated_at
    from repositories
"""  # noqa: S608 - text of this module
REPOSITORY_COLUMNS = (
    maybe("project_id", "The first project by name that has the repository; empty for none."),
    *ARTIFACT,
    maybe("artifact_url", "Address of the repository for people."),
    maybe("is_fork", "Whether the forge calls it a fork.", ColumnType.BOOLEAN),
    maybe("branch", "Name of the default branch."),
    maybe("star_count", "Stars when last observed; empty where nobody looked.", ColumnType.BIGINT),
    maybe("watcher_count", "Accounts that watch it, when last observed.", ColumnType.BIGINT),
    maybe("fork_count", "Forks when last observed.", ColumnType.BIGINT),
    maybe("license_name", "Licence as the forge recognised it; the original had the long name."),
    maybe("license_spdx_id", "SPDX id of the licence, as the forge recognised it."),
    maybe("language", "Language of most of its code, as the forge counts it."),
    maybe("created_at", "When it was created on the forge.", ColumnType.TIMESTAMP),
    maybe(
        "updated_at", "Time of the last commit; the original had the forge's last change of any kind.",
        ColumnType.TIMESTAMP,
    ),
)  # fmt: skip

DIRECTORY_VIEWS = (
    View(
        "projects_v1",
        VERSIONED,
        "One row per project of the directory.",
        ("projects",),
        (*PROJECT, *same("projects", "display_name", "description")),
        "    select * from projects",
        key=("project_id",),
    ),
    View(
        "collections_v1",
        VERSIONED,
        "One row per collection of the directory.",
        ("collections",),
        (*COLLECTION, *same("collections", "display_name", "description")),
        "    select * from collections",
        key=("collection_id",),
    ),
    View(
        "artifacts_v1",
        VERSIONED,
        "One row per artifact that belongs to a project.",
        ("artifacts",),
        (*ARTIFACT, *same("artifacts", "artifact_url", "artifact_type")),
        "    select * from artifacts",
        key=("artifact_id",),
    ),
    View(
        "artifacts_by_project_v1",
        VERSIONED,
        "One row per artifact and project that owns it.",
        ("artifacts_by_project",),
        (*ARTIFACT, *PROJECT),
        "    select * from artifacts_by_project",
        key=("project_id", "artifact_id"),
    ),
    View(
        "artifacts_by_collection_v1",
        VERSIONED,
        "One row per artifact and collection that contains it through a project.",
        ("artifacts_by_collection",),
        (*ARTIFACT, *COLLECTION),
        "    select * from artifacts_by_collection",
        key=("collection_id", "artifact_id"),
    ),
    View(
        "projects_by_collection_v1",
        VERSIONED,
        "One row per project and collection that lists it.",
        ("projects_by_collection",),
        (*PROJECT, *COLLECTION),
        "    select * from projects_by_collection",
        key=("collection_id", "project_id"),
    ),
    View(
        "repositories_v0",
        VERSIONED,
        "One row per repository, with what is known beside its events.",
        ("repositories", "artifacts_by_project"),
        REPOSITORY_COLUMNS,
        _REPOSITORY,
        key=("artifact_id",),
    ),
    View(
        "users_v1",
        VERSIONED,
        "One row per person, organization, bot or agent behind an event.",
        ("users",),
        (
            *same("users", "user_id", "user_source_id", "user_source", "display_name"),
            maybe("profile_picture_url", "Always empty: pictures are not collected."),
            maybe("bio", "Always empty: texts of people about themselves are not collected."),
            *same("users", "url"),
        ),
        "    select users.*, null as profile_picture_url, null as bio from users",
        key=("user_id",),
    ),
    View(
        "artifacts_by_user_v1",
        VERSIONED,
        "One row per account or address and the user that it belongs to, by accepted links.",
        ("users", "identity_links"),
        (
            maybe("artifact_id", "Id of the account or of the hash of an e-mail address."),
            maybe("artifact_source_id", "Number of the account at the source; empty for addresses."),
            maybe("artifact_source", "GITHUB, GITLAB, GIT_EMAIL, or the network of an address."),
            maybe("artifact_namespace", "Always empty: accounts have no owner."),
            maybe("artifact_name", "Login; empty for what is known only by the hash of an e-mail address."),
            *same("users", "user_id", "user_source_id", "user_source"),
            maybe("user_type", "Class of the user in upper case: PERSON, ORGANIZATION, BOT or AGENT."),
            maybe("user_namespace", "Always empty: users have no owner."),
            *same("users", "user_name"),
        ),
        """
    select
        found.artifact_id,
        case when found.artifact_id = users.user_id then users.user_source_id end as artifact_source_id,
        found.artifact_source,
        '' as artifact_namespace,
        case when found.artifact_id = users.user_id then users.user_name end as artifact_name,
        users.user_id, users.user_source_id, users.user_source,
        upper(users.user_class) as user_type,
        '' as user_namespace,
        users.user_name
    from users
    inner join (
        select user_id, user_id as artifact_id, user_source as artifact_source from users
        union
        select user_id, from_identity_id, from_source from identity_links where state = 'accepted'
        union
        select user_id, to_identity_id, to_source from identity_links where state = 'accepted'
    ) as found
        on users.user_id = found.user_id
        """,
        key=("artifact_id", "user_id", "artifact_source"),
    ),
)  # fmt: skip
