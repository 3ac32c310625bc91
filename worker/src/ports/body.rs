//! Bodies, read no further than they may be long.

use super::Thrown;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::web_sys::{ReadableStream, ReadableStreamDefaultReader};

/// Why a body was not read.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// It is longer than it may be.
    TooLong,
    /// It did not come to its end.
    Broken(Thrown),
}

impl From<JsValue> for BodyError {
    fn from(thrown: JsValue) -> Self {
        Self::Broken(thrown.into())
    }
}

/// Reads a stream to its end, if that is within `max_bytes`.
pub(super) async fn read(stream: &ReadableStream, max_bytes: u64) -> Result<Vec<u8>, BodyError> {
    let mut reading = Reading {
        reader: stream.get_reader().unchecked_into(),
        ended: false,
    };
    let (done, value) = (JsValue::from_str("done"), JsValue::from_str("value"));
    let mut bytes = Vec::new();
    loop {
        let chunk = JsFuture::from(reading.reader.read()).await;
        let chunk = chunk.inspect_err(|_| reading.ended = true)?;
        if Reflect::get(&chunk, &done)?.is_truthy() {
            reading.ended = true;
            return Ok(bytes);
        }
        let chunk: Uint8Array = Reflect::get(&chunk, &value)?.dyn_into()?;
        let length = bytes.len() as u64 + u64::from(chunk.length());
        if length > max_bytes {
            return Err(BodyError::TooLong);
        }
        // One growth for each chunk, and no copy in between.
        let start = bytes.len();
        bytes.resize(start + chunk.length() as usize, 0);
        if let Some(place) = bytes.get_mut(start..) {
            chunk.copy_to(place);
        }
    }
}

/// A stream that is being read: whoever gives up tells the other end.
struct Reading {
    reader: ReadableStreamDefaultReader,
    ended: bool,
}

impl Drop for Reading {
    fn drop(&mut self) {
        if !self.ended {
            let _ = self.reader.cancel();
        }
    }
}
