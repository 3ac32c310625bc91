//! Requests over the platform's `fetch`, without anything in between that we did not ask for.

use super::body::{self, BodyError};
use super::store_error::{cut_short, failed, no_answer, status, too_large};
use super::Thrown;
use js_sys::{Array, Promise, Uint8Array};
use serde_json::{Map, Value as Json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use worker::web_sys::{
    AbortController, Headers, RequestCache, RequestInit, RequestRedirect, Response,
};
use zen_edge_sync::{Got, Object, StoreError, StoreErrorKind};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = fetch)]
    fn fetch_with(url: &str, init: &RequestInit) -> Result<Promise, JsValue>;
}

/// A request.
pub(crate) struct Outgoing<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    pub(crate) headers: Vec<(&'a str, &'a str)>,
    pub(crate) body: Option<&'a [u8]>,
}

/// An answer whose body is still to come. Dropped before that, the request is aborted: sync bounds
/// requests in time by dropping them.
pub(crate) struct Incoming {
    response: Response,
    _request: Pending,
}

struct Pending(AbortController);

impl Drop for Pending {
    fn drop(&mut self) {
        // Nothing happens if the answer is complete.
        self.0.abort();
    }
}

impl<'a> Outgoing<'a> {
    /// A `GET` of an object, on condition if an `ETag` is known that can be sent: a store that made up
    /// another one is asked without condition.
    pub(super) fn get(url: &'a str, if_none_match: Option<&'a str>) -> Self {
        let sound = |etag: &&str| etag.bytes().all(|byte| byte.is_ascii_graphic());
        let if_none_match = if_none_match.filter(sound);
        // What is compressed on the way has a length that nobody announced.
        let mut headers = vec![("Accept-Encoding", "identity")];
        headers.extend(if_none_match.map(|etag| ("If-None-Match", etag)));
        Self {
            method: "GET",
            url,
            headers,
            body: None,
        }
    }

    /// Adds `Authorization: Bearer …`; the value must have been made by [`bearer`].
    pub(super) fn authorized(mut self, bearer: Option<&'a str>) -> Self {
        self.headers
            .extend(bearer.map(|value| ("Authorization", value)));
        self
    }

    /// Sends it. A redirect is an answer like any other, and no cache in between is asked.
    pub(crate) async fn send(&self) -> Result<Incoming, Thrown> {
        let request = Pending(AbortController::new()?);
        let headers = Headers::new()?;
        for (name, value) in &self.headers {
            headers.set(name, value)?;
        }
        let init = RequestInit::new();
        init.set_method(self.method);
        init.set_headers(&headers);
        init.set_redirect(RequestRedirect::Manual);
        init.set_cache(RequestCache::NoStore);
        init.set_signal(Some(&request.0.signal()));
        if let Some(body) = self.body {
            init.set_body(&Uint8Array::from(body));
        }
        let response = JsFuture::from(fetch_with(self.url, &init)?).await?;
        Ok(Incoming {
            response: response.dyn_into()?,
            _request: request,
        })
    }
}

/// The value of `Authorization` for a token.
pub(super) fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

impl Incoming {
    /// The status.
    pub(crate) fn status(&self) -> u16 {
        self.response.status()
    }

    /// A header, if it is there and not empty.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let value = self.response.headers().get(name).ok().flatten();
        value.filter(|value| !value.is_empty())
    }

    /// All headers, by their names in lower case.
    pub(crate) fn all_headers(&self) -> Map<String, Json> {
        let entries = self.response.headers().entries();
        let entries = entries.into_iter().filter_map(Result::ok);
        let text = |entry: &Array, index| entry.get(index).as_string();
        let entries = entries.filter_map(|entry| {
            let entry: Array = entry.dyn_into().ok()?;
            Some((text(&entry, 0)?, Json::String(text(&entry, 1)?)))
        });
        entries.collect()
    }

    /// The body.
    pub(crate) async fn bytes(self, max_bytes: u64) -> Result<Vec<u8>, BodyError> {
        match self.response.body() {
            Some(stream) => body::read(&stream, max_bytes).await,
            None => Ok(Vec::new()),
        }
    }

    /// The length that the body was announced to have, if that can be compared with what comes: not
    /// if the platform unpacks it.
    fn announced(&self) -> Option<u64> {
        let encoding = self.header("Content-Encoding");
        let plain = encoding.is_none_or(|encoding| encoding.eq_ignore_ascii_case("identity"));
        self.header("Content-Length")
            .filter(|_| plain)?
            .parse()
            .ok()
    }

    /// The body of an answer to `what`, whole.
    pub(super) async fn whole(self, max_bytes: u64, what: &str) -> Result<Vec<u8>, StoreError> {
        let announced = self.announced();
        if announced.is_some_and(|length| length > max_bytes) {
            return Err(too_large(max_bytes, what));
        }
        let bytes = match self.bytes(max_bytes).await {
            Ok(bytes) => bytes,
            Err(BodyError::TooLong) => return Err(too_large(max_bytes, what)),
            Err(BodyError::Broken(thrown)) => return Err(cut_short(&thrown, what)),
        };
        match announced {
            Some(length) if bytes.len() as u64 != length => {
                let words = format!("{} of {length} bytes came", bytes.len());
                Err(failed(StoreErrorKind::Interrupted, what, &words))
            }
            _ => Ok(bytes),
        }
    }

    /// The failure that this answer's status says.
    pub(super) fn refusal(&self, what: &str) -> StoreError {
        let retry_after = self.header("Retry-After");
        status(self.status(), retry_after.as_deref(), what)
    }
}

/// Reads an object.
pub(super) async fn object(
    outgoing: &Outgoing<'_>,
    max_bytes: u64,
    what: &str,
) -> Result<Got, StoreError> {
    let answer = outgoing.send().await;
    let answer = answer.map_err(|thrown| no_answer(&thrown, what))?;
    match answer.status() {
        200 => {
            let etag = answer.header("ETag");
            Ok(Got::Found(Object {
                bytes: answer.whole(max_bytes, what).await?,
                etag,
                cached: false,
            }))
        }
        304 => Ok(Got::NotModified),
        404 | 410 => Ok(Got::Missing),
        _ => Err(answer.refusal(what)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_that_cannot_be_sent_is_none() {
        let conditions = |etag| {
            let outgoing = Outgoing::get("https://a.test/", Some(etag));
            let named = outgoing
                .headers
                .iter()
                .filter(|(name, _)| *name == "If-None-Match");
            named
                .map(|(_, value)| (*value).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(conditions("\"1\""), ["\"1\""]);
        assert_eq!(conditions("W/\"1\""), ["W/\"1\""]);
        for etag in ["\"1\"\r\nX: y", "\"é\"", "\"\0\""] {
            assert_eq!(conditions(etag), Vec::<String>::new());
        }
    }

    #[test]
    fn a_token_is_sent_only_where_it_is_meant_to_be() {
        let header = bearer("t0ken");
        let with = Outgoing::get("https://a.test/", None).authorized(Some(&header));
        assert!(with.headers.contains(&("Authorization", "Bearer t0ken")));
        let without = Outgoing::get("https://a.test/", None).authorized(None);
        assert_eq!(without.headers, [("Accept-Encoding", "identity")]);
    }
}
