//! Which web pages may call.

use crate::message::RequestHead;
use crate::options::{OptionError, header_value};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderName, HeaderValue, VARY,
};

/// Which web pages may call. No cookie is ever involved: access is by token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Cors {
    /// None.
    #[default]
    Off,
    /// All, as with the GoRules Agent's `CORS_PERMISSIVE`.
    Any,
    /// Those of these origins, `https://app.example.com`.
    Origins(Vec<String>),
}

const ANY: HeaderValue = HeaderValue::from_static("*");

impl Cors {
    /// # Errors
    /// For an origin that no browser would send.
    pub(crate) fn check(&self) -> Result<(), OptionError> {
        let Self::Origins(origins) = self else {
            return Ok(());
        };
        for origin in origins {
            header_value("the origin", origin)?;
            let host = origin.split_once("://").map(|(_, host)| host);
            let sound = host.is_some_and(|host| !host.is_empty() && !host.contains('/'));
            if !sound || origin.chars().any(char::is_uppercase) {
                return Err(OptionError(format!(
                    "`{origin}` is not an origin; write it in lower case like `https://app.example.com`"
                )));
            }
        }
        Ok(())
    }

    /// Adds what allows a page to see the answer.
    pub(crate) fn allow(
        &self,
        request: &impl RequestHead,
        headers: &mut Vec<(HeaderName, HeaderValue)>,
    ) {
        match self {
            Self::Off => return,
            Self::Any => headers.push((ACCESS_CONTROL_ALLOW_ORIGIN, ANY)),
            Self::Origins(origins) => {
                headers.push((VARY, HeaderValue::from_static("origin")));
                let origin = request.header("origin");
                let Some(origin) = origin.filter(|origin| origins.contains(origin)) else {
                    return;
                };
                // One of the configured origins, which were checked.
                let Ok(origin) = HeaderValue::from_str(&origin) else {
                    return;
                };
                headers.push((ACCESS_CONTROL_ALLOW_ORIGIN, origin));
            }
        }
        headers.push((ACCESS_CONTROL_EXPOSE_HEADERS, ANY));
    }

    /// Whether a request with the method `OPTIONS` is a browser's question before another one.
    pub(crate) fn is_preflight(&self, request: &impl RequestHead) -> bool {
        *self != Self::Off && request.header("access-control-request-method").is_some()
    }

    /// The answer to that question, beside [`Self::allow`].
    pub(crate) fn preflight(headers: &mut Vec<(HeaderName, HeaderValue)>) {
        let methods = HeaderValue::from_static("GET, HEAD, POST");
        headers.push((ACCESS_CONTROL_ALLOW_METHODS, methods));
        // The star does not stand for the last one.
        let names = HeaderValue::from_static("*, authorization");
        headers.push((ACCESS_CONTROL_ALLOW_HEADERS, names));
        headers.push((ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200")));
    }
}
