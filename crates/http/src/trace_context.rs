//! W3C Trace Context (<https://www.w3.org/TR/trace-context/>): checked, and passed on with a span of
//! our own.

use crate::message::RequestHead;
use http::header::{HeaderName, HeaderValue};
use zen_edge_runtime::sync::Random;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
/// What a `tracestate` may have at most: 32 members, and 512 characters are to be passed on.
const MEMBERS: usize = 32;
const STATE_BYTES: usize = 512;

/// A trace that a request belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TraceContext {
    /// 32 hexadecimal digits.
    pub(crate) trace_id: String,
    /// Our own span, 16 hexadecimal digits.
    span_id: String,
    flags: String,
    state: Option<String>,
}

impl TraceContext {
    /// The trace that a request belongs to; none if it names none, or not as the standard says.
    pub(crate) fn of(request: &impl RequestHead, random: &dyn Random) -> Option<Self> {
        let parent = request.header("traceparent")?;
        let (trace_id, flags) = read_parent(&parent)?;
        Some(Self {
            trace_id: trace_id.to_owned(),
            // Zero is no span.
            span_id: format!("{:016x}", random.next().max(1)),
            flags: flags.to_owned(),
            state: request.header("tracestate").filter(|state| is_state(state)),
        })
    }

    /// The headers that name it.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let parent = format!("00-{}-{}-{}", self.trace_id, self.span_id, self.flags);
        let parent = HeaderValue::try_from(parent).ok();
        let state = self.state.as_deref();
        let state = state.and_then(|state| HeaderValue::from_str(state).ok());
        let parent = parent.map(|value| (TRACEPARENT, value));
        parent
            .into_iter()
            .chain(state.map(|value| (TRACESTATE, value)))
    }
}

/// The trace's id and the flags of `version-trace-parent-flags`.
fn read_parent(header: &str) -> Option<(&str, &str)> {
    let mut parts = header.split('-');
    let version = hexadecimal(parts.next()?, 2)?;
    let trace_id = hexadecimal(parts.next()?, 32)?;
    let parent_id = hexadecimal(parts.next()?, 16)?;
    let flags = hexadecimal(parts.next()?, 2)?;
    let zero = |id: &str| id.bytes().all(|digit| digit == b'0');
    // Later versions may say more at the end.
    let complete = version != "00" || parts.next().is_none();
    (version != "ff" && complete && !zero(trace_id) && !zero(parent_id))
        .then_some((trace_id, flags))
}

fn hexadecimal(text: &str, length: usize) -> Option<&str> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (text.len() == length && text.bytes().all(is_digit)).then_some(text)
}

/// Whether a `tracestate` is a list of `key=value`.
fn is_state(header: &str) -> bool {
    let mut members = header
        .split(',')
        .map(|member| member.trim_matches([' ', '\t']));
    header.len() <= STATE_BYTES
        && header.split(',').count() <= MEMBERS
        && members.all(|member| member.is_empty() || is_member(member))
}

fn is_member(member: &str) -> bool {
    let Some((key, value)) = member.split_once('=') else {
        return false;
    };
    let key_byte =
        |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@');
    let value_byte = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'=' && byte != b',';
    let begins_well =
        key.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit());
    begins_well
        && key.len() <= 256
        && key.bytes().all(key_byte)
        && (1..=256).contains(&value.len())
        && value.bytes().all(value_byte)
}
