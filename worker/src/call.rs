//! What `js/` hands over and what it takes back: a request, and work that goes on without one.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use zen_edge_http::{BodyError, RequestBody, RequestHead, Response};

/// Up to this many bytes an answer costs less as text, which lives on the JavaScript heap.
const TEXT: usize = 1 << 16;

#[wasm_bindgen]
extern "C" {
    /// A request being answered: `js/call.js`.
    #[derive(Clone)]
    pub type Call;

    /// What the platform says of where the request came in: a member of `request.cf` that is a text.
    #[wasm_bindgen(method)]
    pub(crate) fn cf(this: &Call, member: &str) -> Option<String>;

    /// There is no evaluator to answer, because of the configuration.
    #[wasm_bindgen(method)]
    pub(crate) fn refuse(this: &Call, details: &str);

    #[wasm_bindgen(method)]
    fn header(this: &Call, name: &str) -> Option<String>;

    #[wasm_bindgen(method)]
    fn read(this: &Call, limit: usize) -> Promise;

    #[wasm_bindgen(method)]
    fn answer(this: &Call, status: u16, headers: &str, body: &str);

    #[wasm_bindgen(method)]
    fn answer_bytes(this: &Call, status: u16, headers: &str, body: &[u8]);

    /// Work that goes on once the answer was sent.
    #[wasm_bindgen(method)]
    pub(crate) fn later(this: &Call) -> Task;

    /// Work for which nobody waits: `js/task.js`.
    #[derive(Clone)]
    pub type Task;

    #[wasm_bindgen(method)]
    pub(crate) fn done(this: &Task);
}

impl Call {
    /// Gives the answer. Header values that are not ASCII are left out: they cannot be sent.
    pub(crate) fn respond(&self, response: &Response) {
        let mut headers = String::with_capacity(512);
        for (name, value) in &response.headers {
            if let Ok(value) = value.to_str() {
                headers.extend([name.as_str(), "\n", value, "\n"]);
            }
        }
        let (status, body) = (response.status.as_u16(), &response.body);
        let text = (body.len() <= TEXT).then(|| std::str::from_utf8(body));
        match text {
            Some(Ok(text)) => self.answer(status, &headers, text),
            _ => self.answer_bytes(status, &headers, body),
        }
    }
}

/// The head of a request. Headers are read when they are asked for.
pub(crate) struct Head {
    call: Call,
    method: String,
    url: String,
}

impl Head {
    pub(crate) fn new(call: Call, method: String, url: String) -> Self {
        Self { call, method, url }
    }
}

impl RequestHead for Head {
    fn method(&self) -> &str {
        &self.method
    }

    /// The platform gives an absolute URL, normalised: after the host comes a path.
    fn target(&self) -> &str {
        let host = self.url.find("://").map_or(0, |index| index + 3);
        let path = self.url.get(host..).and_then(|rest| rest.find('/'));
        path.and_then(|index| self.url.get(host + index..))
            .unwrap_or("/")
    }

    fn header(&self, name: &str) -> Option<String> {
        self.call.header(name)
    }
}

/// The body of a request.
pub(crate) enum Body {
    /// Read already, as text.
    Read {
        text: String,
        /// How many bytes there were. If the text has another number, they were not all UTF-8, or
        /// began with a byte order mark: JavaScript hides both.
        length: usize,
    },
    /// Still to be read.
    Unread(Call),
}

impl RequestBody for Body {
    async fn read(self, max_bytes: usize) -> Result<Vec<u8>, BodyError> {
        let bytes = match self {
            Self::Read { text, length } if text.len() == length => text.into_bytes(),
            Self::Read { .. } => return Err(BodyError::Failed),
            Self::Unread(call) => {
                let read = JsFuture::from(call.read(max_bytes)).await;
                match read
                    .map_err(|_| BodyError::Failed)?
                    .dyn_into::<Uint8Array>()
                {
                    Ok(bytes) => bytes.to_vec(),
                    Err(_) => return Err(BodyError::TooLarge),
                }
            }
        };
        match bytes.len() <= max_bytes {
            true => Ok(bytes),
            false => Err(BodyError::TooLarge),
        }
    }
}
