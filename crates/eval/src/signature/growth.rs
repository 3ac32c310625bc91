//! How large the types of a decision may become.
//!
//! A row `{a: $.x, b: $.x}` makes a type twice the size of another one, and forty such rows one that
//! no memory holds. What is counted here is an upper bound for decisions that somebody would write:
//! by the names of what rows read and write, not by running anything.

use super::row::Row;
use crate::loader::{BundleLoader, Entry};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use zen_engine::model::{DecisionContent, DecisionNodeKind, GraphContent};
use zen_engine::policy::{BlockDoc, PolicyDocument};
use zen_expression::{Isolate, OpcodeCache};

/// Parts of the types of one decision.
const MOST: u64 = 20_000;
/// How often sizes are worked out anew from those before, until nothing changes any more.
const ROUNDS: usize = 64;
/// How deep data models nest.
const DEEPEST: usize = 32;

/// The documents whose types are bounded, with their keys in lower case; those that are called by
/// others first. Graphs must have their rows compiled, else whatever reads a row is taken for the worst.
pub(crate) fn bounded(loader: &BundleLoader, call_depth: usize) -> Vec<(&str, &Entry)> {
    let mut order = Vec::new();
    // Size and height of what may be called.
    let mut known: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
    let mut callers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut waiting: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut ready = VecDeque::new();
    for (lower, entry) in &loader.0 {
        match entry.content.as_ref() {
            DecisionContent::Policy(policy) => {
                if let Some(size) = policy_size(&policy.0, loader) {
                    known.insert(lower, (size, 1));
                    order.push((lower.as_str(), entry));
                }
            }
            DecisionContent::Graph(graph) => {
                let called: BTreeSet<&str> = calls(graph, loader).collect();
                if called.is_empty() {
                    ready.push_back(lower.as_str());
                }
                for key in &called {
                    callers.entry(key).or_default().push(lower);
                }
                waiting.insert(lower, called);
            }
        }
    }
    // What is called is settled before its callers are looked at; a circle never is.
    while let Some(lower) = ready.pop_front() {
        let found = loader.0.get_key_value(lower);
        if let Some((lower, entry)) = found
            && let DecisionContent::Graph(graph) = entry.content.as_ref()
            && let Some((size, height)) = graph_size(graph, loader, &known)
            && height <= call_depth
        {
            known.insert(lower, (size, height));
            order.push((lower, entry));
        }
        for caller in callers.remove(lower).into_iter().flatten() {
            if let Some(called) = waiting.get_mut(caller) {
                called.remove(lower);
                if called.is_empty() {
                    ready.push_back(caller);
                }
            }
        }
    }
    order
}

/// A graph with as much compiled as is looked at here.
pub(crate) fn with_rows(mut graph: GraphContent) -> GraphContent {
    let mut cache = OpcodeCache::new();
    let mut isolate = Isolate::new();
    let mut compile = |source: &Arc<str>| {
        if let Ok(compiled) = isolate.compile_standard(source) {
            let code = Arc::from(compiled.bytecode().to_vec());
            cache.standard.insert(source.clone(), code);
        }
    };
    for node in &graph.nodes {
        match &node.kind {
            DecisionNodeKind::ExpressionNode { content } => {
                content
                    .expressions
                    .iter()
                    .for_each(|row| compile(&row.value));
            }
            DecisionNodeKind::DecisionTableNode { content } => {
                let outputs = || content.outputs.iter();
                let cells = content.rules.iter();
                let cells =
                    cells.flat_map(|rule| outputs().filter_map(|output| rule.get(&output.id)));
                cells.for_each(&mut compile);
            }
            _ => {}
        }
    }
    graph.compiled_cache = Some(Arc::new(cache));
    graph
}

/// The graphs that a graph calls, in lower case.
fn calls<'a>(graph: &'a GraphContent, loader: &'a BundleLoader) -> impl Iterator<Item = &'a str> {
    graph.nodes.iter().filter_map(|node| {
        let DecisionNodeKind::DecisionNode { content } = &node.kind else {
            return None;
        };
        let (lower, entry) = loader.0.get_key_value(&content.key.to_lowercase())?;
        matches!(entry.content.as_ref(), DecisionContent::Graph(_)).then_some(lower.as_str())
    })
}

/// Size and height of a graph, if what it calls is known.
fn graph_size(
    graph: &GraphContent,
    loader: &BundleLoader,
    known: &BTreeMap<&str, (u64, usize)>,
) -> Option<(u64, usize)> {
    // What rows read that no row writes is input, or the answer of a decision.
    let mut elsewhere = 1;
    let mut answers: u64 = 0;
    let mut height = 0;
    for node in &graph.nodes {
        match &node.kind {
            DecisionNodeKind::InputNode { content } => {
                elsewhere = elsewhere.max(content.schema.as_deref().map_or(1, parts));
            }
            DecisionNodeKind::DecisionNode { content } => {
                let lower = content.key.to_lowercase();
                if loader.0.contains_key(&lower) {
                    let (size, called) = known.get(lower.as_str())?;
                    answers = answers.saturating_add(*size);
                    height = height.max(*called);
                }
            }
            _ => {}
        }
    }
    let rows = rows(graph);
    let elsewhere = elsewhere.max(answers);
    let mut sizes: BTreeMap<&str, u64> = rows.keys().map(|key| (key.as_str(), 1)).collect();
    for _ in 0..ROUNDS {
        let whole = sizes
            .values()
            .fold(elsewhere, |sum, size| sum.saturating_add(*size));
        if whole > MOST {
            return None;
        }
        let mut next = BTreeMap::new();
        for (key, rows) in &rows {
            let size = rows
                .iter()
                .map(|row| row.size(&sizes, elsewhere, whole))
                .max();
            next.insert(key.as_str(), size.unwrap_or(1));
        }
        if next == sizes {
            return Some((whole, height + 1));
        }
        sizes = next;
    }
    None
}

/// The rows of all nodes by the names that they write.
fn rows(graph: &GraphContent) -> BTreeMap<String, Vec<Row>> {
    let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    let compiled = graph.compiled_cache.as_ref();
    let row = |source: &str, own_context: bool| {
        let code = compiled.and_then(|compiled| compiled.standard.get(source));
        match code {
            Some(code) => Row::of(code, own_context),
            None if source.trim().is_empty() => Row::Plain,
            // Of what does not compile, the analysis may yet understand a part.
            None => Row::Unclear,
        }
    };
    for node in &graph.nodes {
        let (attributes, found): (_, Vec<(&str, &str)>) = match &node.kind {
            DecisionNodeKind::ExpressionNode { content } => {
                let rows = content.expressions.iter();
                let rows = rows.map(|row| (&*row.key, &*row.value));
                (&content.transform_attributes, rows.collect())
            }
            DecisionNodeKind::DecisionTableNode { content } => {
                let cells = content.rules.iter().flat_map(|rule| {
                    let cell = |id: &Arc<str>| rule.get(id).map(|cell| &**cell);
                    let outputs = content.outputs.iter();
                    outputs
                        .filter_map(move |output| Some((output.write_path().0, cell(&output.id)?)))
                });
                (&content.transform_attributes, cells.collect())
            }
            _ => continue,
        };
        let own_context = attributes.input_field.is_some();
        for (key, source) in found {
            let key = match &attributes.output_path {
                Some(path) => format!("{path}.{key}"),
                None => key.to_owned(),
            };
            match row(source, own_context) {
                Row::Plain => drop(rows.entry(key).or_default()),
                made => rows.entry(key).or_default().push(made),
            }
        }
    }
    rows
}

/// The number of values in a JSON text.
fn parts(value: &Value) -> u64 {
    match value {
        Value::Array(items) => items.iter().fold(1, |sum, item| sum + parts(item)),
        Value::Object(members) => members.values().fold(1, |sum, member| sum + parts(member)),
        _ => 1,
    }
}

/// How large the data models become that a policy sees, each written out wherever it is related to.
fn policy_size(policy: &PolicyDocument, loader: &BundleLoader) -> Option<u64> {
    let mut models: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut queue = VecDeque::from([policy]);
    while let Some(policy) = queue.pop_front() {
        for block in &policy.blocks {
            if let BlockDoc::DataModel { data, .. } = block
                && let Ok(model) = serde_json::to_value(data)
            {
                let name = model
                    .get("name")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                let properties = model.get("properties").and_then(Value::as_array);
                let target = |property: &Value| Some(property.get("target")?.as_str()?.to_owned());
                let properties = properties.into_iter().flatten().map(target);
                models
                    .entry(name.to_owned())
                    .or_default()
                    .extend(properties);
            }
        }
        for import in &policy.imports {
            if seen.insert(import.to_lowercase())
                && let Some(entry) = loader.find(import)
                && let DecisionContent::Policy(policy) = entry.content.as_ref()
            {
                queue.push_back(&policy.0);
            }
        }
    }
    let mut left = MOST;
    for name in models.keys() {
        expand(name, &models, &mut Vec::new(), &mut left)?;
    }
    Some(MOST - left)
}

/// Writes a data model out as the engine does, which stops at one that it is inside of.
fn expand<'a>(
    name: &'a str,
    models: &'a BTreeMap<String, Vec<Option<String>>>,
    inside: &mut Vec<&'a str>,
    left: &mut u64,
) -> Option<()> {
    let Some(properties) = models.get(name) else {
        return Some(());
    };
    if inside.contains(&name) {
        return Some(());
    }
    if inside.len() >= DEEPEST {
        return None;
    }
    inside.push(name);
    for target in properties {
        *left = left.checked_sub(1)?;
        if let Some(target) = target {
            expand(target, models, inside, left)?;
        }
    }
    inside.pop();
    Some(())
}
