//! Which path means what. No path means two things, and none depends on the order here.

use crate::path::decode;
use std::borrow::Cow;

/// A longer path and query is refused.
const TARGET_BYTES: usize = 8 * 1024;

/// What a path means. Names are decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// `/api/health`.
    Health,
    /// `/api/version`.
    Version,
    /// `/api/ready`.
    Ready,
    /// `/api/status`.
    Status,
    /// `/api/refresh`.
    Refresh,
    /// `/api/rules/{project}/bundle`: the release itself.
    Bundle {
        project: Cow<'a, str>,
        /// The release that the path names.
        pin: Option<Cow<'a, str>>,
    },
    /// Anything else of a project, on the surface that the Agent calls rules.
    Rules {
        project: Cow<'a, str>,
        /// The release that the path names.
        pin: Option<Cow<'a, str>>,
        what: Rules<'a>,
    },
    /// Anything of a project, on the Agent's older surface.
    Projects {
        project: Cow<'a, str>,
        what: Projects<'a>,
    },
}

/// What is asked below `/api/rules/{project}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rules<'a> {
    /// Nothing more: the OpenAPI document.
    Describe,
    /// `/evaluate/{*key}`.
    Evaluate(Cow<'a, str>),
    /// `/evaluate-batch`.
    Batch,
}

/// What is asked below `/api/projects/{project}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Projects<'a> {
    /// Nothing more: which release it is.
    Information,
    /// `/entrypoints`.
    Entrypoints,
    /// `/evaluate/{*key}`.
    Evaluate(Cow<'a, str>),
}

/// Why a path means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRoute {
    /// There is nothing there.
    Unknown,
    /// It is too long.
    TooLong,
    /// It is not percent-encoded UTF-8.
    Encoding,
}

impl<'a> Route<'a> {
    /// Reads a path, and cuts off the query.
    pub(crate) fn of(target: &'a str) -> Result<(Self, &'a str), NoRoute> {
        if target.len() > TARGET_BYTES {
            return Err(NoRoute::TooLong);
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let route = Self::of_path(path.strip_prefix("/api/").ok_or(NoRoute::Unknown)?)?;
        Ok((route, query))
    }

    fn of_path(path: &'a str) -> Result<Self, NoRoute> {
        match path {
            "health" => return Ok(Self::Health),
            "version" => return Ok(Self::Version),
            "ready" => return Ok(Self::Ready),
            "status" => return Ok(Self::Status),
            "refresh" => return Ok(Self::Refresh),
            _ => {}
        }
        if let Some(rest) = path.strip_prefix("rules/") {
            let (project, rest) = segment(rest)?;
            let (pin, rest) = match rest.and_then(|rest| rest.strip_prefix("release/")) {
                Some(rest) => {
                    let (pin, rest) = segment(rest)?;
                    (Some(pin), rest)
                }
                None => (None, rest),
            };
            if rest == Some("bundle") {
                return Ok(Self::Bundle { project, pin });
            }
            let what = match rest {
                None => Rules::Describe,
                Some("evaluate-batch") => Rules::Batch,
                Some(rest) => Rules::Evaluate(key(rest)?),
            };
            return Ok(Self::Rules { project, pin, what });
        }
        let rest = path.strip_prefix("projects/").ok_or(NoRoute::Unknown)?;
        let (project, rest) = segment(rest)?;
        let what = match rest {
            None => Projects::Information,
            Some("entrypoints") => Projects::Entrypoints,
            Some(rest) => Projects::Evaluate(key(rest)?),
        };
        Ok(Self::Projects { project, what })
    }

    /// The methods that it has, as `Allow` lists them.
    pub(crate) fn methods(&self) -> &'static str {
        match self {
            Self::Refresh
            | Self::Rules {
                what: Rules::Evaluate(_) | Rules::Batch,
                ..
            }
            | Self::Projects {
                what: Projects::Evaluate(_),
                ..
            } => "POST, OPTIONS",
            _ => "GET, HEAD, OPTIONS",
        }
    }
}

/// One segment, which is not empty, and what follows it.
fn segment(path: &str) -> Result<(Cow<'_, str>, Option<&str>), NoRoute> {
    let (segment, rest) = match path.split_once('/') {
        Some((segment, rest)) => (segment, Some(rest)),
        None => (path, None),
    };
    if segment.is_empty() {
        return Err(NoRoute::Unknown);
    }
    Ok((decode(segment).ok_or(NoRoute::Encoding)?, rest))
}

/// The key of a decision: everything after `evaluate/`, with slashes.
fn key(path: &str) -> Result<Cow<'_, str>, NoRoute> {
    match path.strip_prefix("evaluate/") {
        None | Some("") => Err(NoRoute::Unknown),
        Some(key) => decode(key).ok_or(NoRoute::Encoding),
    }
}
