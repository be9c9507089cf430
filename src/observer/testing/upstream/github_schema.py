"""The part of GitHub's public GraphQL schema that the local GitHub answers; names and types are GitHub's."""

from __future__ import annotations

SCHEMA = """
scalar DateTime
scalar GitTimestamp
scalar GitObjectID
scalar URI
scalar BigInt

type Query {
  node(id: ID!): Node
  nodes(ids: [ID!]!): [Node]!
  repository(owner: String!, name: String!, followRenames: Boolean = true): Repository
  repositoryOwner(login: String!): RepositoryOwner
  viewer: User!
  rateLimit(dryRun: Boolean = false): RateLimit
}

type RateLimit { cost: Int! limit: Int! nodeCount: Int! remaining: Int! resetAt: DateTime! used: Int! }
type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }

interface Node { id: ID! }
interface Actor { login: String! url: URI }
interface RepositoryOwner {
  id: ID! login: String!
  repositories(
    first: Int, after: String, ownerAffiliations: [RepositoryAffiliation], privacy: RepositoryPrivacy
  ): RepositoryConnection!
}
enum RepositoryAffiliation { OWNER COLLABORATOR ORGANIZATION_MEMBER }
enum RepositoryPrivacy { PUBLIC PRIVATE }

type User implements Node & Actor & RepositoryOwner {
  id: ID! databaseId: Int login: String! url: URI name: String company: String location: String createdAt: DateTime!
  repositories(
    first: Int, after: String, ownerAffiliations: [RepositoryAffiliation], privacy: RepositoryPrivacy
  ): RepositoryConnection!
}
type Organization implements Node & Actor & RepositoryOwner {
  id: ID! databaseId: Int login: String! url: URI name: String location: String createdAt: DateTime!
  repositories(
    first: Int, after: String, ownerAffiliations: [RepositoryAffiliation], privacy: RepositoryPrivacy
  ): RepositoryConnection!
}
type Bot implements Node & Actor { id: ID! databaseId: Int login: String! url: URI createdAt: DateTime! }
type Mannequin implements Node & Actor { id: ID! databaseId: Int login: String! url: URI createdAt: DateTime! }

type RepositoryConnection { totalCount: Int! pageInfo: PageInfo! nodes: [Repository] }
enum IssueState { OPEN CLOSED }
enum IssueStateReason { COMPLETED NOT_PLANNED REOPENED DUPLICATE }
enum PullRequestState { OPEN CLOSED MERGED }
enum OrderDirection { ASC DESC }
enum IssueOrderField { CREATED_AT UPDATED_AT COMMENTS }
enum ReleaseOrderField { CREATED_AT NAME }
enum LanguageOrderField { SIZE }
input IssueOrder { field: IssueOrderField! direction: OrderDirection! }
input ReleaseOrder { field: ReleaseOrderField! direction: OrderDirection! }
input LanguageOrder { field: LanguageOrderField! direction: OrderDirection! }

type Repository implements Node {
  id: ID! databaseId: Int nameWithOwner: String! name: String! description: String homepageUrl: URI
  isFork: Boolean! isArchived: Boolean! isMirror: Boolean! mirrorUrl: URI isTemplate: Boolean! isPrivate: Boolean!
  createdAt: DateTime! updatedAt: DateTime! pushedAt: DateTime stargazerCount: Int! forkCount: Int! diskUsage: Int
  owner: RepositoryOwner! parent: Repository licenseInfo: License primaryLanguage: Language defaultBranchRef: Ref
  languages(first: Int, orderBy: LanguageOrder): LanguageConnection
  repositoryTopics(first: Int): RepositoryTopicConnection!
  watchers: UserConnection!
  issues(first: Int, after: String, states: [IssueState!], orderBy: IssueOrder): IssueConnection!
  pullRequests(first: Int, after: String, states: [PullRequestState!], orderBy: IssueOrder): PullRequestConnection!
  releases(first: Int, after: String, orderBy: ReleaseOrder): ReleaseConnection!
  commitComments: CommitCommentConnection!
}
type License { spdxId: String }
type Language { name: String! }
type LanguageEdge { size: Int! node: Language! }
type LanguageConnection { totalCount: Int! edges: [LanguageEdge] }
type Topic { name: String! }
type RepositoryTopic { topic: Topic! }
type RepositoryTopicConnection { totalCount: Int! nodes: [RepositoryTopic] }
type UserConnection { totalCount: Int! }
type CommitCommentConnection { totalCount: Int! }

type Ref { name: String! target: GitObject }
interface GitObject { oid: GitObjectID! }
type Commit implements GitObject {
  oid: GitObjectID! author: GitActor
  history(first: Int, after: String, since: GitTimestamp): CommitHistoryConnection!
}
type CommitHistoryConnection { totalCount: Int! pageInfo: PageInfo! nodes: [Commit] }
type GitActor { date: GitTimestamp user: User }

enum CommentAuthorAssociation {
  MEMBER OWNER MANNEQUIN COLLABORATOR CONTRIBUTOR FIRST_TIME_CONTRIBUTOR FIRST_TIMER NONE
}
type Label { name: String! }
type LabelConnection { totalCount: Int! nodes: [Label] }
type Milestone { title: String! }
type IssueCommentConnection { totalCount: Int! }

enum IssueTimelineItemsItemType { CLOSED_EVENT REOPENED_EVENT LABELED_EVENT }
enum PullRequestTimelineItemsItemType { CLOSED_EVENT REOPENED_EVENT MERGED_EVENT LABELED_EVENT }
type ClosedEvent implements Node { id: ID! createdAt: DateTime! actor: Actor }
type ReopenedEvent implements Node { id: ID! createdAt: DateTime! actor: Actor }
type MergedEvent implements Node { id: ID! createdAt: DateTime! actor: Actor }
type LabeledEvent implements Node { id: ID! createdAt: DateTime! actor: Actor }
union IssueTimelineItems = ClosedEvent | ReopenedEvent | LabeledEvent
union PullRequestTimelineItems = ClosedEvent | ReopenedEvent | MergedEvent | LabeledEvent
type IssueTimelineItemsConnection { totalCount: Int! pageInfo: PageInfo! nodes: [IssueTimelineItems] }
type PullRequestTimelineItemsConnection { totalCount: Int! pageInfo: PageInfo! nodes: [PullRequestTimelineItems] }

type Issue implements Node {
  id: ID! fullDatabaseId: BigInt number: Int! title: String! state: IssueState! stateReason: IssueStateReason
  createdAt: DateTime! updatedAt: DateTime! closedAt: DateTime locked: Boolean!
  authorAssociation: CommentAuthorAssociation! author: Actor milestone: Milestone
  labels(first: Int): LabelConnection
  comments: IssueCommentConnection!
  timelineItems(
    first: Int, after: String, itemTypes: [IssueTimelineItemsItemType!]
  ): IssueTimelineItemsConnection!
}
type IssueConnection { totalCount: Int! pageInfo: PageInfo! nodes: [Issue] }

type PullRequest implements Node {
  id: ID! fullDatabaseId: BigInt number: Int! title: String! state: PullRequestState!
  createdAt: DateTime! updatedAt: DateTime! closedAt: DateTime mergedAt: DateTime locked: Boolean! isDraft: Boolean!
  authorAssociation: CommentAuthorAssociation! author: Actor mergedBy: Actor milestone: Milestone
  additions: Int! deletions: Int! changedFiles: Int! totalCommentsCount: Int
  baseRefName: String! headRefName: String! mergeCommit: Commit headRepository: Repository
  labels(first: Int): LabelConnection
  commits: PullRequestCommitConnection!
  timelineItems(
    first: Int, after: String, itemTypes: [PullRequestTimelineItemsItemType!]
  ): PullRequestTimelineItemsConnection!
  reviews(first: Int, after: String): PullRequestReviewConnection
}
type PullRequestConnection { totalCount: Int! pageInfo: PageInfo! nodes: [PullRequest] }
type PullRequestCommitConnection { totalCount: Int! }
enum PullRequestReviewState { PENDING COMMENTED APPROVED CHANGES_REQUESTED DISMISSED }
type PullRequestReview implements Node {
  id: ID! fullDatabaseId: BigInt state: PullRequestReviewState! submittedAt: DateTime
  authorAssociation: CommentAuthorAssociation! commit: Commit author: Actor
}
type PullRequestReviewConnection { totalCount: Int! pageInfo: PageInfo! nodes: [PullRequestReview] }

type Release implements Node {
  id: ID! databaseId: Int tagName: String! name: String isDraft: Boolean! isPrerelease: Boolean!
  createdAt: DateTime! updatedAt: DateTime! publishedAt: DateTime author: User
}
type ReleaseConnection { totalCount: Int! pageInfo: PageInfo! nodes: [Release] }
"""
