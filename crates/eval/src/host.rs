//! What an evaluation may ask of the host: HTTP, custom nodes, time. Nothing is granted by default.

use crate::error::{Error, Result};
use crate::port::DocumentLoader;
use fluent_uri::Uri;
use serde_json::Value;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use zen_edge_host::budget::{HostCall, charge_sleep};
use zen_engine::nodes::custom::{CustomNodeAdapter, CustomNodeRequest};
use zen_engine::nodes::http_handler::{
    HttpHandler as EngineHttpHandler, HttpHandlerRequest, HttpHandlerResponse,
};
use zen_engine::nodes::{NodeError, NodeResponse, NodeResult};
use zen_types::variable::Variable;

/// A future of the host's that the engine can hold.
pub type HostFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What the host grants to the decisions of a bundle.
#[derive(Clone, Default)]
pub struct Host {
    /// HTTP for function nodes; `None` refuses every request.
    pub http: Option<HttpAccess>,
    /// Custom nodes; `None` makes every custom node fail.
    pub custom_nodes: Option<Arc<dyn CustomNodeHandler>>,
    /// Documents that the bundle does not hold; `None` makes every such key one that does not exist.
    pub loader: Option<Arc<dyn DocumentLoader>>,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("http", &self.http.as_ref().map(|http| &http.allowed_hosts))
            .field("custom_nodes", &self.custom_nodes.is_some())
            .field("loader", &self.loader.is_some())
            .finish()
    }
}

/// HTTP through the host, to the hosts it names.
#[derive(Clone)]
pub struct HttpAccess {
    /// Sends the requests.
    pub handler: Arc<dyn HttpHandler>,
    /// Where requests may go.
    pub allowed_hosts: AllowedHosts,
}

/// Sends one request for a function node.
///
/// The handler must not follow a redirect to another host by itself: the allow-list has seen only
/// the address it is handed. `auth` (AWS, GCP or Azure IAM) is the handler's to sign.
pub trait HttpHandler: Send + Sync {
    /// Answers the request, or says in words why it could not be sent.
    fn handle(
        &self,
        request: HttpHandlerRequest,
    ) -> HostFuture<'_, std::result::Result<HttpHandlerResponse, String>>;
}

/// Hosts that function nodes may reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHosts(Option<Vec<HostPattern>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct HostPattern {
    /// Lower case; with `subdomains` it is what must follow the first dot.
    name: String,
    subdomains: bool,
    port: Option<u16>,
}

impl AllowedHosts {
    /// Any address at all, for hosts whose handler decides by itself.
    pub fn any() -> Self {
        Self(None)
    }

    /// Reads patterns: `api.example.com` (ports 80 and 443), `api.example.com:8443` (that port),
    /// `*.example.com` (any subdomain, not `example.com` itself), `[::1]:8080`.
    ///
    /// # Errors
    /// `Invalid` with the pattern that is none of these.
    pub fn parse<S: AsRef<str>>(patterns: impl IntoIterator<Item = S>) -> Result<Self> {
        let parsed = patterns.into_iter().map(|pattern| {
            let pattern = pattern.as_ref();
            HostPattern::parse(pattern).ok_or_else(|| {
                Error::invalid(format!(
                    "`{pattern}` is not a host; write it like `api.example.com`, `api.example.com:8443` or `*.example.com`"
                ))
            })
        });
        Ok(Self(Some(parsed.collect::<Result<_>>()?)))
    }

    /// Checks the address of a request.
    ///
    /// Strictly RFC 3986: whatever a lenient reader (a browser's `fetch`) would have to repair is
    /// refused, so that both see the same host. So are credentials in the address.
    ///
    /// # Errors
    /// In words, for the function that made the request.
    pub fn check(&self, url: &str) -> std::result::Result<(), String> {
        let Some(patterns) = &self.0 else {
            return Ok(());
        };
        let uri =
            Uri::parse(url).map_err(|error| format!("`{url}` is not an absolute URL: {error}"))?;
        let scheme = uri.scheme().as_str().to_ascii_lowercase();
        let default_port = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return Err(format!("`{url}` is neither http nor https")),
        };
        let authority = uri
            .authority()
            .ok_or_else(|| format!("`{url}` names no host"))?;
        if authority.userinfo().is_some() {
            return Err("credentials in the address are not accepted; use a header".to_owned());
        }
        let host = authority.host().to_ascii_lowercase();
        let port = match authority.port().map(|port| port.as_str()) {
            None | Some("") => default_port,
            Some(port) => port
                .parse()
                .map_err(|_| format!("`{url}` has no valid port"))?,
        };
        if patterns
            .iter()
            .any(|pattern| pattern.matches(&host, port, default_port))
        {
            Ok(())
        } else {
            Err(format!(
                "requests to `{host}:{port}` are not allowed; add it to the allowed hosts"
            ))
        }
    }
}

impl HostPattern {
    fn parse(pattern: &str) -> Option<Self> {
        let (subdomains, rest) = match pattern.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, pattern),
        };
        let uri = Uri::parse(format!("http://{rest}")).ok()?;
        let authority = uri.authority()?;
        let bare =
            uri.path().as_str().is_empty() && uri.query().is_none() && uri.fragment().is_none();
        let name = authority.host().to_ascii_lowercase();
        if !bare || name.is_empty() || name.contains(['*', '%']) || authority.userinfo().is_some() {
            return None;
        }
        let port = match authority.port() {
            None => None,
            Some(port) => Some(port.as_str().parse().ok()?),
        };
        Some(Self {
            name,
            subdomains,
            port,
        })
    }

    fn matches(&self, host: &str, port: u16, default_port: u16) -> bool {
        let name_matches = if self.subdomains {
            host.strip_suffix(&self.name)
                .is_some_and(|sub| sub.len() > 1 && sub.ends_with('.'))
        } else {
            host == self.name
        };
        name_matches && port == self.port.unwrap_or(default_port)
    }
}

/// Answers custom nodes.
pub trait CustomNodeHandler: Send + Sync {
    /// Answers one node, or says in words why it could not.
    fn handle(
        &self,
        node: CustomNode,
    ) -> Pin<Box<dyn Future<Output = std::result::Result<CustomNodeOutput, String>> + '_>>;
}

/// A custom node that is to be answered.
pub struct CustomNode(CustomNodeRequest);

impl fmt::Debug for CustomNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomNode")
            .field("id", &self.id())
            .field("kind", &self.kind())
            .finish()
    }
}

impl CustomNode {
    /// The node's id in its graph.
    pub fn id(&self) -> &str {
        &self.0.node.id
    }

    /// The node's name in its graph.
    pub fn name(&self) -> &str {
        &self.0.node.name
    }

    /// The kind that its author gave it.
    pub fn kind(&self) -> &str {
        &self.0.node.kind
    }

    /// Its configuration as the author wrote it, templates not rendered.
    pub fn config(&self) -> &Value {
        &self.0.node.config
    }

    /// What reaches the node, `$nodes` included.
    pub fn input(&self) -> &Variable {
        &self.0.input
    }

    /// A field of the configuration by dotted path, its template (`{{ … }}`) rendered with the input.
    ///
    /// # Errors
    /// `ExpressionFailed` for a template that cannot be rendered.
    pub fn field(&self, path: &str) -> Result<Option<Variable>> {
        self.0
            .get_field(path)
            .map_err(|error| Error::new(crate::ErrorKind::ExpressionFailed, error.to_string()))
    }
}

/// The answer to a custom node.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomNodeOutput {
    /// The node's output.
    pub output: Value,
    /// What the trace shows of it.
    pub trace_data: Option<Value>,
}

/// Waits; the future ends when the time is over.
pub type Timer = fn(Duration) -> HostFuture<'static, ()>;

static TIMER: OnceLock<Timer> = OnceLock::new();

/// Sets the timer behind `console.sleep` in functions, once per process or wasm instance. Natively
/// there is one already; on wasm the host must bring it, and without it a sleep is an error.
pub fn set_timer(timer: Timer) {
    let _ = TIMER.set(timer);
}

#[cfg(not(target_family = "wasm"))]
fn default_timer() -> Option<Timer> {
    Some(|duration| Box::pin(futures_timer::Delay::new(duration)))
}

#[cfg(target_family = "wasm")]
fn default_timer() -> Option<Timer> {
    None
}

/// The engine's sleep: counted, and an open host call while it lasts. A sleep that is not granted
/// never ends, which the driver of the evaluation sees and answers as an error.
pub(crate) fn sleep(duration: Duration) -> HostFuture<'static, ()> {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let timer = TIMER.get().copied().or_else(default_timer);
    match timer.filter(|_| charge_sleep(millis).is_ok()) {
        None => Box::pin(std::future::pending()),
        Some(timer) => {
            let call = HostCall::open();
            Box::pin(async move {
                timer(duration).await;
                drop(call);
            })
        }
    }
}

/// Puts our ports in the places where the engine looks for its own.
#[derive(Debug, Clone)]
pub(crate) struct Adapter(pub(crate) Host);

impl EngineHttpHandler for Adapter {
    fn handle(
        &self,
        request: HttpHandlerRequest,
    ) -> HostFuture<'_, std::result::Result<HttpHandlerResponse, String>> {
        let Some(http) = &self.0.http else {
            return Box::pin(std::future::ready(Err(
                "http is switched off: the host has granted none to this bundle".to_owned(),
            )));
        };
        if let Err(refusal) = http.allowed_hosts.check(&request.url) {
            return Box::pin(std::future::ready(Err(refusal)));
        }
        let call = HostCall::open();
        Box::pin(async move {
            let response = http.handler.handle(request).await;
            drop(call);
            response
        })
    }
}

impl CustomNodeAdapter for Adapter {
    fn handle(&self, request: CustomNodeRequest) -> Pin<Box<dyn Future<Output = NodeResult> + '_>> {
        let node_id = request.node.id.clone();
        let failed = move |message: String| NodeError {
            node_id,
            trace: None,
            source: message.into(),
        };
        let Some(handler) = &self.0.custom_nodes else {
            // The engine's own words for the same case.
            let refusal = failed("Custom node handler not provided".to_owned());
            return Box::pin(std::future::ready(Err(refusal)));
        };
        let call = HostCall::open();
        Box::pin(async move {
            let answer = handler.handle(CustomNode(request)).await;
            drop(call);
            let answer = answer.map_err(failed)?;
            Ok(NodeResponse {
                output: answer.output.into(),
                trace_data: answer.trace_data.map(Variable::from),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_hosts_are_reached() {
        let hosts =
            AllowedHosts::parse(["api.example.com", "*.partner.test", "localhost:8080"]).unwrap();
        for url in [
            "https://api.example.com/v1?x=1",
            "http://API.example.com:80",
            "https://a.b.partner.test/",
            "http://localhost:8080/x",
        ] {
            assert_eq!(hosts.check(url), Ok(()), "{url}");
        }
        for url in [
            "https://example.com/",
            "https://api.example.com:8443/",
            "https://partner.test/",
            "https://evilpartner.test/",
            "http://localhost/",
            "https://user:secret@api.example.com/",
            "https://api.example.com\\@evil.test/",
            "https://api.example.com@evil.test/",
            "https://%61pi.example.com/",
            "https://api.example.com\n.evil.test/",
            "ftp://api.example.com/",
            "file:///etc/passwd",
            "//api.example.com/",
            "/relative",
            "",
        ] {
            assert!(hosts.check(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_pattern_that_is_no_host_is_refused() {
        for pattern in [
            "",
            "*",
            "*.",
            "https://a.test",
            "a.test/path",
            "a b",
            "u@a.test",
            "a.*.test",
            "a.test:port",
        ] {
            assert!(AllowedHosts::parse([pattern]).is_err(), "{pattern}");
        }
    }

    #[test]
    fn credentials_are_not_repeated_in_a_refusal() {
        let hosts = AllowedHosts::parse(["a.test"]).unwrap();
        let refusal = hosts.check("https://user:secret@a.test/").unwrap_err();
        assert!(!refusal.contains("secret"));
    }
}
