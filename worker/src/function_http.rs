//! HTTP for function nodes, over the platform's `fetch`.

use crate::ports::{BodyError, Outgoing, Thrown, sleep};
use futures_util::future::{Either, select};
use send_wrapper::SendWrapper;
use serde_json::Value as Json;
use std::pin::pin;
use std::time::Duration;
use worker::Url;
use zen_edge_eval::{HostFuture, HttpHandler, HttpHandlerRequest, HttpHandlerResponse};

/// How long an answer may be, in bytes.
const MAX_ANSWER: u64 = 4 * 1024 * 1024;
/// How long a request may take: as long as a whole function may elsewhere (`function_timeout_millis` of
/// the engine).
const DEADLINE: Duration = Duration::from_secs(5);
/// The headers that are the platform's to set.
const OURS: [&str; 5] = [
    "host",
    "content-length",
    "connection",
    "transfer-encoding",
    "upgrade",
];

/// Sends what function nodes may send. Redirects are answers, not followed: only the first address was
/// checked.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FunctionHttp;

impl HttpHandler for FunctionHttp {
    fn handle(
        &self,
        request: HttpHandlerRequest,
    ) -> HostFuture<'_, Result<HttpHandlerResponse, String>> {
        Box::pin(SendWrapper::new(async move {
            match select(pin!(send(request)), pin!(sleep(DEADLINE))).await {
                Either::Left((answer, _)) => answer,
                Either::Right(_) => Err(format!("no answer within {} s", DEADLINE.as_secs())),
            }
        }))
    }
}

async fn send(request: HttpHandlerRequest) -> Result<HttpHandlerResponse, String> {
    let prepared = Prepared::new(request)?;
    let headers = prepared.headers.iter();
    let outgoing = Outgoing {
        method: &prepared.method,
        url: prepared.url.as_str(),
        headers: headers
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect(),
        body: prepared.body.as_deref(),
    };
    let no_answer = |thrown: Thrown| format!("no answer: {}", thrown.words);
    let answer = outgoing.send().await.map_err(no_answer)?;
    let status = answer.status();
    let headers = answer.all_headers();
    let bytes = answer
        .bytes(MAX_ANSWER)
        .await
        .map_err(|error| match error {
            BodyError::TooLong => format!("the answer is longer than {MAX_ANSWER} bytes"),
            BodyError::Broken(thrown) => format!("the answer broke off: {}", thrown.words),
        })?;
    Ok(HttpHandlerResponse {
        status,
        headers: Json::Object(headers),
        data: data(bytes),
    })
}

/// A request as it is sent.
#[derive(Debug, PartialEq, Eq)]
struct Prepared {
    method: String,
    url: Url,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Prepared {
    fn new(request: HttpHandlerRequest) -> Result<Self, String> {
        if request.auth.is_some_and(|auth| !auth.is_null()) {
            return Err("`auth` is not supported in a Worker: it has no cloud identity to sign with; send a header".to_owned());
        }
        let method = request.method.to_ascii_uppercase();
        if !["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str()) {
            let method = method.escape_debug();
            return Err(format!("`{method}` is not a method that is supported"));
        }
        let url = Url::parse(&request.url);
        let mut url = url.map_err(|error| format!("the address cannot be read: {error}"))?;
        if !request.params.is_empty() {
            let mut params: Vec<_> = request.params.iter().collect();
            params.sort();
            url.query_pairs_mut().extend_pairs(params);
        }
        let mut headers: Vec<_> = request.headers.into_iter().collect();
        headers.retain(|(name, _)| !OURS.contains(&name.to_ascii_lowercase().as_str()));
        headers.sort();
        let body = request.body.filter(|body| !body.is_null());
        let body = body.filter(|_| !matches!(method.as_str(), "GET" | "HEAD"));
        let body = body.map(|body| {
            let typed = headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            match body {
                Json::String(text) if typed => text.into_bytes(),
                json => {
                    if !typed {
                        headers.push(("content-type".to_owned(), "application/json".to_owned()));
                    }
                    json.to_string().into_bytes()
                }
            }
        });
        Ok(Self {
            method,
            url,
            headers,
            body,
        })
    }
}

/// What a function sees of a body: JSON if it is JSON, else text.
fn data(bytes: Vec<u8>) -> Json {
    if bytes.is_empty() {
        return Json::Null;
    }
    serde_json::from_slice(&bytes)
        .unwrap_or_else(|_| Json::String(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn prepared(request: Json) -> Result<Prepared, String> {
        Prepared::new(serde_json::from_value(request).unwrap())
    }

    #[test]
    fn params_are_added_and_a_body_is_json() {
        let found = prepared(json!({
            "method": "post", "url": "https://a.test/x?y=1", "params": {"b": "ä&", "a": "1"},
            "headers": {"X-Key": "k", "Host": "evil.test", "content-length": "1"}, "body": {"n": 1.5}
        }));
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            found.unwrap(),
            Prepared {
                method: "POST".to_owned(),
                url: Url::parse("https://a.test/x?y=1&a=1&b=%C3%A4%26").unwrap(),
                headers: vec![
                    header("X-Key", "k"),
                    header("content-type", "application/json")
                ],
                body: Some(br#"{"n":1.5}"#.to_vec()),
            }
        );
    }

    #[test]
    fn a_text_of_a_type_is_sent_as_it_is() {
        let form = json!({
            "method": "POST", "url": "https://a.test/", "body": "a=1",
            "headers": {"Content-Type": "application/x-www-form-urlencoded"}
        });
        assert_eq!(prepared(form).unwrap().body, Some(b"a=1".to_vec()));
        let text = json!({ "method": "POST", "url": "https://a.test/", "body": "a=1" });
        assert_eq!(prepared(text).unwrap().body, Some(b"\"a=1\"".to_vec()));
        let get = json!({ "method": "GET", "url": "https://a.test/", "body": "a=1" });
        assert_eq!(prepared(get).unwrap().body, None);
    }

    #[test]
    fn what_cannot_be_sent_is_said() {
        for (request, expected) in [
            (
                json!({ "method": "GET", "url": "https://a.test/", "auth": {"type": "iam", "provider": "aws"} }),
                "`auth` is not supported in a Worker: it has no cloud identity to sign with; send a header",
            ),
            (
                json!({ "method": "CONNECT", "url": "https://a.test/" }),
                "`CONNECT` is not a method that is supported",
            ),
            (
                json!({ "method": "GET", "url": "/x" }),
                "the address cannot be read: relative URL without a base",
            ),
        ] {
            assert_eq!(prepared(request).unwrap_err(), expected);
        }
    }

    #[test]
    fn a_body_is_json_or_text() {
        assert_eq!(data(b"{\"a\":1}".to_vec()), json!({ "a": 1 }));
        assert_eq!(data(b"plain".to_vec()), json!("plain"));
        assert_eq!(data(Vec::new()), Json::Null);
        assert_eq!(data(vec![0xff]), json!("\u{fffd}"));
    }
}
