//! The HTTP API of an evaluator: GoRules' Agent's and ours, over the runtime; no server and no platform.
//!
//! ```text
//! RequestHead ──route──▶ access ──▶ RequestBody ──▶ runtime ──▶ Reply { response, background }
//! ```
//!
//! [`Service::respond`] answers one request. It never waits for another one, and what may be done
//! after the answer is not done before it: the host gets it as [`Background`].
//!
//! # Routes
//! | method and path | answer |
//! |---|---|
//! | `POST /api/rules/{project}/evaluate/{*key}` | `{"performance", "result", "trace"?, "meta"?}` |
//! | `POST /api/rules/{project}/release/{pin}/evaluate/{*key}` | the same, of that release |
//! | `POST /api/rules/{project}[/release/{pin}]/evaluate-batch` | `{"responses": [{"success": true, "data"} or {"success": false, "error"}]}`, in order, all of one release |
//! | `GET /api/rules/{project}[/release/{pin}][?download=true]` | OpenAPI of the release |
//! | `GET /api/rules/{project}[/release/{pin}]/bundle` | the release's zip, byte for byte what was verified; see below |
//! | `POST /api/projects/{project}/evaluate/{*key}` | `{"details": {"releaseId", "versionId"}, "performance", "result", "trace"?}` |
//! | `GET /api/projects/{project}` | `{"project_id", "project_key", "release_id", "release_version"}`; needs no token |
//! | `GET /api/projects/{project}/entrypoints` | `{"entrypoints": [{"path", "type": "graph"}]}` |
//! | `GET /api/health` | `healthy`, whatever happens |
//! | `GET /api/version` | the version |
//! | `GET /api/ready` | `{"ready"}`, 200 or 503 |
//! | `GET /api/status` | the runtime's status, `region` and `version` |
//! | `POST /api/refresh` | asks the sources themselves, now: `{"ready", "environments": {name: report}}`; only with a status token |
//!
//! `{project}` is a project's key, or the id that its bundle states. `{pin}`, and the request header
//! `X-Release`, is a release's id, version or digest, or `release:<id>`, `version:<version>` or
//! `sha256:<digest>`; it must be in memory. Bodies are `{"context", "trace"?}` and
//! `{"requests": [{"key", "context"}], "trace"?}`; `trace` is a boolean, or `none`, `default`,
//! `string`, `reference` or `referenceString`. `HEAD` is answered where `GET` is, `OPTIONS`
//! everywhere.
//!
//! Bundles are for whoever has the status token, unless [`BundlePolicy::Open`] gives them to
//! everybody; an access token of the release opens none. `ETag` is the digest, and `If-None-Match` is
//! answered by 304. A bundle that has access tokens in plain text is given to nobody.
//!
//! # Headers
//! | header | where | value |
//! |---|---|---|
//! | `X-Release-Id`, `-Version`, `-Digest`, `-Revision` | evaluations, failed ones too, and bundles | the release that answered; what cannot be a header's value is left out |
//! | `X-Release-Age`, `-Staleness` | the same | seconds since a source confirmed the active release; `fresh`, `stale` or `expired` |
//! | `X-Release-Source` | the same | `source`, `edgeCache`, `lastKnownGood` or `bakedIn`, and the source's name if one gave it |
//! | `Server-Timing` | evaluations that succeeded | `eval;dur=<milliseconds>` by the platform's clock; 0 where it stands still |
//! | `X-Decision-Id` | logged evaluations | the id of the record; in a batch, each answer has `decisionId` |
//! | `traceparent`, `tracestate` | evaluations that had them | W3C Trace Context with a span of ours |
//! | `X-Region` | everywhere, if configured | the region |
//! | `Retry-After` | 503 | seconds until a refresh is due |
//!
//! # Errors
//! `{"code", "details", …}`; below `/api/projects`, evaluations answer `{"message"}` and the others
//! text, as in the Agent. The statuses are the Agent's wherever it has them.
//!
//! | status | code | when |
//! |---|---|---|
//! | 400 | `documents.invalid` | no decision has the key; with `key` |
//! | 400 | `evaluate.integrationsNotSupported` | the decision has a custom node |
//! | 400 | `evaluate.failed` | the decision failed; `details` is the engine's error |
//! | 400 | `request.invalid` | the body is not JSON, or the path or query is malformed |
//! | 400 | `release.invalid` | the pin is written wrong |
//! | 401 | `unauthorized` | the token is missing or not one of the active release's (or, where that is asked for, not the status token) |
//! | 403 | `bundle.accessTokens` | the bundle has access tokens in plain text |
//! | 404 | `project.notFound` | there is no such project |
//! | 404 | `release.notFound` | the pinned release is not in memory; `resident` lists those that are |
//! | 404 | `route.notFound` | there is nothing at the path |
//! | 405 | `method.notAllowed` | the path has other methods; with `Allow` |
//! | 409 | `release.ambiguous` | the pin names several releases, which `resident` lists |
//! | 413 | `request.tooLarge` | the body is too long |
//! | 413 | `batch.tooLarge` | (in a batch) the answers before this one are too long |
//! | 414 | `request.uriTooLong` | path and query are longer than 8 KiB |
//! | 415 | `request.contentType` | the body is not said to be JSON |
//! | 422 | `request.invalid` | the body is other JSON than is wanted |
//! | 500 | `evaluate.trapped` | the decision brought the evaluator down |
//! | 500 | `evaluate.failed`, `internal` | a bug in zen-edge |
//! | 503 | `release.notReady` | no release of the project has arrived yet |
//! | 503 | `release.revoked`, `release.takenBack`, `release.expired` | the release must not answer |

mod access;
mod batch;
mod body;
mod bundle;
mod cors;
mod decision_log;
mod description;
mod evaluate;
mod fault;
mod fetching;
mod mask;
mod message;
mod options;
mod path;
mod project;
mod release_headers;
mod route;
mod service;
mod status;
mod timing;
mod trace_context;
mod watch;

pub use access::{AccessPolicy, BundlePolicy, StatusToken};
pub use cors::Cors;
pub use decision_log::{DecisionLogOptions, DecisionRecord};
pub use http::header::{HeaderName, HeaderValue};
pub use http::status::StatusCode;
pub use message::{Background, BodyError, Reply, RequestBody, RequestHead, Response};
pub use options::{BatchLimits, OptionError, ServiceOptions};
pub use service::Service;
pub use watch::Watch;
pub use zen_edge_runtime as runtime;
