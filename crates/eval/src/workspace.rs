//! Documents as their authors work on them: findings, completions, references, renames, types,
//! traces. The engine's workspace behind JSON, for the npm package's class of the same name.

mod answer;
mod call;

use crate::compile::parse_any;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::Limits;
use crate::loader::{BundleLoader, Entry};
use crate::signature::{bounded, with_rows};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use zen_edge_host::budget::Budget;
use zen_engine::model::{DecisionContent, PolicyContent};
use zen_engine::policy::{BlockDoc, PolicyDocument};

/// Documents by path, and what can be said of them.
///
/// The engine's analysis copies types without a bound. It therefore sees no document whose types
/// might grow beyond one, nor graphs that call each other in a circle or deeper than evaluations may:
/// such a document has one diagnostic that says so, and nothing else is known of it.
pub struct Workspace {
    engine: zen_engine::Workspace,
    /// All documents by path in lower case.
    documents: BundleLoader,
    /// Paths in lower case of what the engine has.
    analysed: BTreeSet<String>,
    /// Paths in lower case of what changed since the engine was told.
    changed: BTreeSet<String>,
    limits: Limits,
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace")
            .field("documents", &self.documents.0.len())
            .finish_non_exhaustive()
    }
}

impl Default for Workspace {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Workspace {
    /// A workspace without documents.
    pub fn new(limits: Limits) -> Self {
        Self {
            engine: zen_engine::Workspace::new(),
            documents: BundleLoader::default(),
            analysed: BTreeSet::new(),
            changed: BTreeSet::new(),
            limits,
        }
    }

    /// Adds or replaces a graph or policy, which is JSON text.
    ///
    /// # Errors
    /// `Invalid` for what is neither, and for a path that differs from another one only in case;
    /// `LimitExceeded`.
    pub fn set_document(&mut self, path: &str, json: &[u8]) -> Result<()> {
        let document = parse_any(json, &self.limits)?;
        let content = serde_json::from_value(document)
            .map_err(|error| Error::invalid(format!("Invalid document: {error}")))?;
        self.set(path, content)
    }

    /// Adds or replaces a policy, which is JSON text.
    ///
    /// # Errors
    /// As [`Workspace::set_document`].
    pub fn set_policy(&mut self, path: &str, json: &[u8]) -> Result<()> {
        let document = parse_any(json, &self.limits)?;
        let policy: PolicyDocument = serde_json::from_value(document)
            .map_err(|error| Error::invalid(format!("Invalid policy document: {error}")))?;
        let content = DecisionContent::Policy(PolicyContent(Arc::new(policy)));
        self.set(path, content)
    }

    fn set(&mut self, path: &str, content: DecisionContent) -> Result<()> {
        let lower = path.to_lowercase();
        let known = self.documents.0.get(&lower);
        if let Some(other) = known.filter(|known| &*known.key != path) {
            return Err(Error::invalid(format!(
                "`{path}` differs from `{}` only in case",
                other.key
            )));
        }
        if known.is_none() && self.documents.0.len() >= self.limits.documents {
            return Err(Error::limit(
                crate::Limit::Documents,
                format!("at most {} documents are accepted", self.limits.documents),
            ));
        }
        let content = match content {
            DecisionContent::Graph(graph) => {
                DecisionContent::Graph(Arc::new(with_rows(Arc::unwrap_or_clone(graph))))
            }
            policy @ DecisionContent::Policy(_) => policy,
        };
        let entry = Entry {
            key: path.into(),
            content: Arc::new(content),
        };
        self.documents.0.insert(lower.clone(), entry);
        self.changed.insert(lower);
        Ok(())
    }

    /// Removes a document; whether there was one.
    pub fn remove_path(&mut self, path: &str) -> bool {
        let lower = path.to_lowercase();
        let is_known = self.entry(path).is_some();
        if is_known {
            self.documents.0.remove(&lower);
            // At once, because later its path is not known any more.
            self.engine.remove_path(path);
            self.analysed.remove(&lower);
            // What called it may be allowed now.
            self.changed.insert(lower);
        }
        is_known
    }

    /// The document with exactly this path.
    fn entry(&self, path: &str) -> Option<&Entry> {
        let entry = self.documents.0.get(&path.to_lowercase());
        entry.filter(|entry| &*entry.key == path)
    }

    /// The policy with exactly this path.
    fn policy(&self, path: &str) -> Option<&PolicyDocument> {
        Some(&self.entry(path)?.content.as_policy()?.0)
    }

    fn update_block(&mut self, path: &str, block: Value) -> Result<()> {
        let policy = self
            .policy(path)
            .ok_or_else(|| Error::invalid(format!("policy '{path}' not found")))?;
        let mut policy = policy.clone();
        let block: BlockDoc = serde_json::from_value(block)
            .map_err(|error| Error::invalid(format!("Invalid block: {error}")))?;
        let id = block
            .id()
            .ok_or_else(|| Error::invalid("block is missing 'id'"))?;
        match policy
            .blocks
            .iter_mut()
            .find(|known| known.id() == Some(id))
        {
            Some(known) => *known = block,
            None => policy.blocks.push(block),
        }
        self.replace(path, &policy)
    }

    fn remove_block(&mut self, path: &str, id: &str) -> Result<bool> {
        let Some(policy) = self.policy(path) else {
            return Ok(false);
        };
        let mut policy = policy.clone();
        let first = policy
            .blocks
            .iter()
            .position(|block| block.id() == Some(id));
        if let Some(first) = first {
            policy.blocks.remove(first);
            self.replace(path, &policy)?;
        }
        Ok(first.is_some())
    }

    /// Puts a policy that was changed through the same checks as a new one.
    fn replace(&mut self, path: &str, policy: &PolicyDocument) -> Result<()> {
        let json = serde_json::to_vec(policy)
            .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
        self.set_policy(path, &json)
    }

    /// Tells the engine of everything that changed and may be analysed.
    fn settle(&mut self) {
        if self.changed.is_empty() {
            return;
        }
        let allowed = bounded(&self.documents, usize::from(self.limits.call_depth));
        let allowed: BTreeSet<String> =
            allowed.into_iter().map(|(key, _)| key.to_owned()).collect();
        for (lower, entry) in &self.documents.0 {
            let is_known = self.analysed.contains(lower);
            match (allowed.contains(lower), is_known) {
                (false, true) => {
                    self.engine.remove_path(&entry.key);
                }
                (true, known) if !known || self.changed.contains(lower) => {
                    self.engine
                        .set_document_arc(entry.key.clone(), entry.content.clone());
                }
                _ => {}
            }
        }
        self.analysed = allowed;
        self.changed.clear();
    }

    /// Whether the engine was kept away from this document.
    fn is_outsized(&self, path: &str) -> bool {
        self.entry(path).is_some() && !self.analysed.contains(&path.to_lowercase())
    }

    /// Runs what the engine does under a budget, so that it ends.
    fn within<T>(&self, work: impl FnOnce(&zen_engine::Workspace) -> T) -> Result<T> {
        let budget = Budget::new(self.limits.allowance());
        let done = {
            let _budget = budget.enter();
            work(&self.engine)
        };
        match budget.exhausted() {
            Some(used) => Err(Error::limit(used.into(), used.to_string())),
            None => Ok(done),
        }
    }
}
