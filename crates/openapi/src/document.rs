//! The description as a whole, written piece by piece: what holds all of it at once is its text.

use crate::bounds::Bounds;
use crate::error::{Error, Result};
use serde_json::Value;
use std::io;

/// The text of a JSON object, members in the order in which they are added, of bounded length.
pub(crate) struct Text {
    text: Bounded,
    is_empty: bool,
}

/// Bytes up to a limit.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if more.len() > self.most - self.bytes.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Text {
    /// The beginning of an object.
    pub(crate) fn new(bounds: &Bounds) -> Self {
        Self {
            text: Bounded {
                bytes: vec![b'{'],
                most: bounds.bytes.max(1),
            },
            is_empty: true,
        }
    }

    /// Adds a member, its own members sorted by name.
    pub(crate) fn add(&mut self, name: &str, mut value: Value) -> Result<()> {
        // Maps keep their members' order if any crate of the build asked serde_json for it.
        value.sort_all_objects();
        self.name(name)?;
        let written = serde_json::to_writer(&mut self.text, &value);
        self.within(written)
    }

    /// Adds an object that was written before.
    pub(crate) fn add_text(&mut self, name: &str, object: Self) -> Result<()> {
        self.name(name)?;
        let object = object.finish()?;
        let written = io::Write::write_all(&mut self.text, &object);
        self.within(written.map_err(serde_json::Error::io))
    }

    fn name(&mut self, name: &str) -> Result<()> {
        let comma = if self.is_empty { "" } else { "," };
        self.is_empty = false;
        let name = format!("{comma}{}:", Value::from(name));
        let written = io::Write::write_all(&mut self.text, name.as_bytes());
        self.within(written.map_err(serde_json::Error::io))
    }

    /// The whole text.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>> {
        let written = io::Write::write_all(&mut self.text, b"}");
        self.within(written.map_err(serde_json::Error::io))?;
        Ok(self.text.bytes)
    }

    fn within(&self, written: serde_json::Result<()>) -> Result<()> {
        written.map_err(|error| match error.io_error_kind() {
            Some(io::ErrorKind::FileTooLarge) => Error::TooLarge(self.text.most),
            _ => Error::Json(error),
        })
    }
}
