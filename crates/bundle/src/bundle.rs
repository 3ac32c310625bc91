//! A bundle that was read and checked.

use crate::access::Access;
use crate::archive;
use crate::digest::sha256;
use crate::document::{Document, DocumentKind};
use crate::error::{Error, ErrorKind, Result};
use crate::identity::{self, Identity, Said};
use crate::json;
use crate::limits::{Limit, Limits};
use crate::path::{self, CONFIG, IDENTITY};
use crate::test::{self, TestDocument};
use std::collections::BTreeMap;

/// One immutable release of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    documents: BTreeMap<String, Document>,
    identity: Identity,
    access: Access,
    tokens_in_plain_text: bool,
    digest: String,
    length: u64,
}

impl Bundle {
    /// Reads a bundle. Every entry is inflated and checked, and every document is valid JSON
    /// afterwards; whether decisions compile is not looked at.
    ///
    /// Everything under `.config/` but `project.json` is ignored, as GoRules' Agent ignores it.
    ///
    /// # Errors
    /// Every kind but those of tests. A bundle is accepted as a whole or not at all: one with an
    /// unreadable `project.json` is refused, so that what was served before goes on being served.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self> {
        let mut files = archive::read(bytes, limits)?;
        let said = match files.remove(IDENTITY) {
            Some(text) => identity::read(&text, limits).map_err(|error| error.at(IDENTITY))?,
            None => Said::default(),
        };
        let mut reader = Reader::new(limits);
        for (path, content) in files {
            if !path.starts_with(CONFIG) {
                reader.add(path, content)?;
            }
        }
        Ok(Self {
            documents: reader.documents,
            identity: said.identity,
            access: said.access,
            tokens_in_plain_text: said.tokens_in_plain_text,
            digest: hex::encode(sha256(bytes)),
            length: bytes.len() as u64,
        })
    }

    /// Keys (paths in lower case, by which documents are looked up) and documents, sorted by key.
    pub fn documents(&self) -> impl Iterator<Item = (&str, &Document)> {
        self.documents
            .iter()
            .map(|(key, document)| (key.as_str(), document))
    }

    /// The documents, sorted by key, without a copy.
    pub fn into_documents(self) -> impl Iterator<Item = Document> {
        self.documents.into_values()
    }

    /// The document with this path or key, whatever its case.
    pub fn document(&self, key: &str) -> Option<&Document> {
        self.documents.get(&path::key(key))
    }

    /// What the bundle says it is. Nothing proves it but the signature over its digest.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Who may evaluate.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Whether its bytes hold access tokens as such, as BRMS writes them, and not only their hashes:
    /// whoever gets them may evaluate.
    pub fn has_tokens_in_plain_text(&self) -> bool {
        self.tokens_in_plain_text
    }

    /// The SHA-256 of the bundle's bytes, 64 lower-case hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The number of the bundle's bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The test cases of all documents, in the order of keys.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidDocument`] for tests that are not in a form we know.
    pub fn tests(&self) -> Result<Vec<TestDocument>> {
        self.documents
            .values()
            .filter_map(|document| test::read(document).transpose())
            .collect()
    }
}

/// Looks over documents one by one, within bounds on all of them.
struct Reader<'a> {
    documents: BTreeMap<String, Document>,
    decisions: usize,
    cases: usize,
    values: usize,
    limits: &'a Limits,
}

impl<'a> Reader<'a> {
    fn new(limits: &'a Limits) -> Self {
        Self {
            documents: BTreeMap::new(),
            decisions: 0,
            cases: 0,
            values: limits.json_values,
            limits,
        }
    }

    fn add(&mut self, path: String, content: Vec<u8>) -> Result<()> {
        let limits = self.limits;
        let found = json::outline(&content, self.values, limits).map_err(|error| {
            let message = error.to_string();
            match error.limit() {
                Some(limit) => Error::limit(limit, message),
                None => Error::new(ErrorKind::InvalidDocument, message),
            }
            .at(&path)
        })?;
        self.values -= found.values.min(self.values);
        let kind = DocumentKind::of(
            found.content_type.as_deref(),
            found.has_blocks,
            found.has_nodes,
        );
        self.decisions += usize::from(matches!(kind, DocumentKind::Graph | DocumentKind::Policy));
        self.cases += found.cases;
        if self.decisions > limits.documents {
            let message = format!(
                "there are more than {} graphs and policies",
                limits.documents
            );
            return Err(Error::limit(Limit::Documents, message));
        }
        if self.cases > limits.test_cases {
            let message = format!("there are more than {} test cases", limits.test_cases);
            return Err(Error::limit(Limit::TestCases, message));
        }
        let key = path::key(&path);
        if let Some(other) = self.documents.get(&key) {
            let message = format!("its key is that of `{}` too", other.path());
            return Err(Error::new(ErrorKind::DuplicateName, message).at(&path));
        }
        let document = Document::new(path, kind, found.version_id, content);
        self.documents.insert(key, document);
        Ok(())
    }
}
