//! A zip writer that writes what it is told, however wrong.

#![allow(dead_code, reason = "each test uses a part of it")]

use miniz_oxide::deflate::compress_to_vec;

/// One entry, every field of which can be a lie.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: Vec<u8>,
    /// As it is in the file.
    pub(crate) data: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) crc: u32,
    pub(crate) stored: u32,
    pub(crate) length: u32,
    /// Unix mode.
    pub(crate) mode: u32,
    pub(crate) extra: Vec<u8>,
    /// Written behind the data.
    pub(crate) behind: Vec<u8>,
    /// Where the central directory says that the local header is.
    pub(crate) offset: Option<u32>,
    /// What the local header says where it differs.
    pub(crate) local: Local,
}

#[derive(Clone, Default)]
pub(crate) struct Local {
    pub(crate) name: Option<Vec<u8>>,
    pub(crate) method: Option<u16>,
    pub(crate) flags: Option<u16>,
    pub(crate) crc: Option<u32>,
    pub(crate) stored: Option<u32>,
    pub(crate) length: Option<u32>,
    pub(crate) extra: Option<Vec<u8>>,
}

pub(crate) fn stored(name: &str, content: impl AsRef<[u8]>) -> Entry {
    let content = content.as_ref();
    Entry {
        name: name.into(),
        data: content.to_vec(),
        method: 0,
        flags: if name.is_ascii() { 0 } else { 1 << 11 },
        crc: rawzip::crc32(content),
        stored: content.len() as u32,
        length: content.len() as u32,
        mode: 0o100_644,
        extra: Vec::new(),
        behind: Vec::new(),
        offset: None,
        local: Local::default(),
    }
}

pub(crate) fn deflated(name: &str, content: impl AsRef<[u8]>) -> Entry {
    let data = compress_to_vec(content.as_ref(), 6);
    Entry {
        method: 8,
        stored: data.len() as u32,
        data,
        ..stored(name, content)
    }
}

/// An entry as a program writes it that does not know sizes before it is done.
pub(crate) fn streamed(name: &str, content: impl AsRef<[u8]>, signature: bool) -> Entry {
    let mut entry = deflated(name, content);
    entry.flags |= 1 << 3;
    (entry.local.crc, entry.local.stored, entry.local.length) = (Some(0), Some(0), Some(0));
    if signature {
        entry.behind.extend(b"PK\x07\x08");
    }
    for field in [entry.crc, entry.stored, entry.length] {
        entry.behind.extend(field.to_le_bytes());
    }
    entry
}

/// The record at the end.
pub(crate) struct End {
    pub(crate) disk: u16,
    pub(crate) entries_here: u16,
    pub(crate) entries: u16,
    pub(crate) size: u32,
    pub(crate) offset: u32,
    pub(crate) comment: Vec<u8>,
    /// Written between the directory and this.
    pub(crate) before: Vec<u8>,
}

pub(crate) fn zip(entries: &[Entry]) -> Vec<u8> {
    zip_with(entries, |_| {})
}

pub(crate) fn zip_with(entries: &[Entry], change: impl FnOnce(&mut End)) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = entry.offset.unwrap_or(bytes.len() as u32);
        let local = &entry.local;
        let name = local.name.as_ref().unwrap_or(&entry.name);
        let extra = local.extra.as_ref().unwrap_or(&entry.extra);
        bytes.extend(b"PK\x03\x04");
        for half in [
            20,
            local.flags.unwrap_or(entry.flags),
            local.method.unwrap_or(entry.method),
            0,
            0x21,
        ] {
            bytes.extend(half.to_le_bytes());
        }
        for word in [
            local.crc.unwrap_or(entry.crc),
            local.stored.unwrap_or(entry.stored),
            local.length.unwrap_or(entry.length),
        ] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend((name.len() as u16).to_le_bytes());
        bytes.extend((extra.len() as u16).to_le_bytes());
        bytes.extend(name);
        bytes.extend(extra);
        bytes.extend(&entry.data);
        bytes.extend(&entry.behind);

        directory.extend(b"PK\x01\x02");
        for half in [3 << 8 | 20, 20, entry.flags, entry.method, 0, 0x21] {
            directory.extend(half.to_le_bytes());
        }
        for word in [entry.crc, entry.stored, entry.length] {
            directory.extend(word.to_le_bytes());
        }
        for half in [entry.name.len() as u16, entry.extra.len() as u16, 0, 0, 0] {
            directory.extend(half.to_le_bytes());
        }
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(&entry.name);
        directory.extend(&entry.extra);
    }
    let mut end = End {
        disk: 0,
        entries_here: entries.len() as u16,
        entries: entries.len() as u16,
        size: directory.len() as u32,
        offset: bytes.len() as u32,
        comment: Vec::new(),
        before: Vec::new(),
    };
    change(&mut end);
    bytes.extend(directory);
    bytes.extend(end.before);
    bytes.extend(b"PK\x05\x06");
    for half in [end.disk, 0, end.entries_here, end.entries] {
        bytes.extend(half.to_le_bytes());
    }
    bytes.extend(end.size.to_le_bytes());
    bytes.extend(end.offset.to_le_bytes());
    bytes.extend((end.comment.len() as u16).to_le_bytes());
    bytes.extend(end.comment);
    bytes
}

/// A small sound bundle, as BRMS writes them: keys without extension, mixed case, a folder.
pub(crate) fn brms() -> Vec<Entry> {
    vec![
        deflated(
            ".config/project.json",
            r#"{"version":"1","project":{"id":"p-1","key":"shipping","name":"Shipping Rules"},
                "accessTokens":["tok-1"],
                "release":{"id":"r-1","version":"1.4.0","name":"Q3","status":"published","commitId":"c-1"},
                "environment":{"id":"e-1","key":"production","name":"Production"},
                "deployment":{"deployedBy":"x@y.z","createdAt":"2026-08-06T00:00:00Z"}}"#,
        ),
        deflated(
            "First Level/nested-sample",
            r#"{"contentType":"graph","nodes":[],"edges":[]}"#,
        ),
        stored(
            "Pricing Rule",
            r#"{"contentType":"application/vnd.gorules.decision","nodes":[],"edges":[]}"#,
        ),
        deflated("pricing/Discount.json", r#"{"blocks":[],"imports":[]}"#),
        deflated(
            "tests/pricing",
            r#"{"contentType":"test","filePath":"Pricing Rule","testCases":[
                {"id":"t-1","name":"plain","input":{"a":1.50}},
                {"id":"t-2","name":"off","input":{},"disabled":true}]}"#,
        ),
        deflated("notes.json", r#"["a",1,null]"#),
    ]
}
