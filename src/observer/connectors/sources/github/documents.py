"""The GraphQL fragments that the github source asks with; `@actor`, `@page` and the like stand for what they share."""

from __future__ import annotations

_ACTOR = """{
  __typename login
  ... on Node { id }
  ... on User { databaseId } ... on Bot { databaseId }
  ... on Organization { databaseId } ... on Mannequin { databaseId }
}"""
_PAGE = "pageInfo { hasNextPage endCursor }"


def _text(template: str) -> str:
    return template.replace("@actor", _ACTOR).replace("@page", _PAGE)


BUDGET = "rateLimit { cost remaining resetAt }"

VIEWER = f"query {{ viewer {{ login }} {BUDGET} }}"

OWNER = _text("""{
  __typename login
  ... on Node { id }
  ... on User { databaseId } ... on Organization { databaseId }
  repositories(first: 100, after: $after@n, ownerAffiliations: OWNER, privacy: PUBLIC) {
    totalCount @page nodes { id databaseId nameWithOwner }
  }
}""")

PROFILE = """{
  __typename
  ... on User { id databaseId login createdAt name company location }
  ... on Organization { id databaseId login createdAt name location }
  ... on Bot { id databaseId login createdAt }
  ... on Mannequin { id databaseId login createdAt }
}"""

REPOSITORY = """
fragment Repository on Repository {
  id databaseId nameWithOwner name description homepageUrl isFork isArchived isMirror mirrorUrl isTemplate isPrivate
  createdAt updatedAt pushedAt stargazerCount forkCount diskUsage
  owner { __typename id login ... on User { databaseId } ... on Organization { databaseId } }
  parent { databaseId nameWithOwner }
  licenseInfo { spdxId }
  primaryLanguage { name }
  defaultBranchRef { name }
  languages(first: 30, orderBy: {field: SIZE, direction: DESC}) { edges { size node { name } } }
  repositoryTopics(first: 30) { nodes { topic { name } } }
  watchers { totalCount }
  issues(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) { totalCount nodes { updatedAt } }
  openIssues: issues(states: OPEN) { totalCount }
  pullRequests(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) { totalCount nodes { updatedAt } }
  openPullRequests: pullRequests(states: OPEN) { totalCount }
  releases(first: 1, orderBy: {field: CREATED_AT, direction: DESC}) { totalCount nodes { createdAt updatedAt } }
  commitComments { totalCount }
}
"""

EVENTS = _text("""timelineItems(@first, itemTypes: [CLOSED_EVENT, REOPENED_EVENT]) {
  @page
  nodes {
    __typename
    ... on ClosedEvent { id createdAt actor @actor }
    ... on ReopenedEvent { id createdAt actor @actor }
  }
}""")

PULL_EVENTS = _text("""timelineItems(@first, itemTypes: [CLOSED_EVENT, REOPENED_EVENT, MERGED_EVENT]) {
  @page
  nodes {
    __typename
    ... on ClosedEvent { id createdAt actor @actor }
    ... on ReopenedEvent { id createdAt actor @actor }
    ... on MergedEvent { id createdAt actor @actor }
  }
}""")

REVIEWS = _text("""reviews(@first) {
  @page
  nodes { fullDatabaseId state submittedAt authorAssociation commit { oid } author @actor }
}""")

_COMMON = """id fullDatabaseId number title state createdAt updatedAt closedAt locked authorAssociation
  author @actor
  milestone { title }
  labels(first: 30) { nodes { name } }"""

ISSUE = _text(
    """
fragment Issue on Issue {
  @common stateReason comments { totalCount }
  @events
}
""".replace("@common", _COMMON).replace("@events", EVENTS.replace("@first", "first: 20"))
)

PULL_REQUEST = _text(
    """
fragment PullRequest on PullRequest {
  @common totalCommentsCount mergedAt isDraft additions deletions changedFiles baseRefName headRefName
  mergedBy @actor
  mergeCommit { oid }
  headRepository { databaseId }
  commits { totalCount }
  @events
  @reviews
}
""".replace("@common", _COMMON)
    .replace("@events", PULL_EVENTS.replace("@first", "first: 20"))
    .replace("@reviews", REVIEWS.replace("@first", "first: 50"))
)

ISSUES_PART = _text("""issues(first: $issues, after: $issuesAfter, orderBy: {field: UPDATED_AT, direction: DESC}) {
  @page nodes { ...Issue }
}""")

PULLS_PART = _text("""pullRequests(first: $pulls, after: $pullsAfter, orderBy: {field: UPDATED_AT, direction: DESC}) {
  @page nodes { ...PullRequest }
}""")

RELEASES_PART = _text("""releases(first: 50, after: $releasesAfter, orderBy: {field: CREATED_AT, direction: DESC}) {
  @page totalCount
  nodes {
    id databaseId tagName name isDraft isPrerelease createdAt publishedAt
    author { __typename id login databaseId }
  }
}""")

HISTORY_PART = _text("""defaultBranchRef {
  target {
    ... on Commit {
      history(first: 100, after: $historyAfter, since: $since) {
        @page nodes { oid author { user { id databaseId login } } }
      }
    }
  }
}""")
