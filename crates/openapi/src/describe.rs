//! A release in, its description out.

use crate::bounds::Bounds;
use crate::document::Text;
use crate::error::{Error, Result};
use crate::example;
use crate::meta;
use crate::operation::{Decision, Names, path_item};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use zen_edge_bundle::{Bundle, Document, DocumentKind, TestDocument};
use zen_edge_eval::Signatures;

/// Describes a release as OpenAPI 3.0.3, as `GET /api/rules/{project}` answers: JSON text, members
/// sorted by name.
///
/// `project` is the project as the caller named it; the bundle's own key counts before it.
///
/// # Errors
/// `TooMany` and `TooLarge` for a release over the bounds, and `Tests` for one that no region
/// serves. Schemas that cannot be described are left open, and are no error.
pub fn describe(
    project: &str,
    bundle: &Bundle,
    signatures: &Signatures,
    bounds: &Bounds,
) -> Result<Vec<u8>> {
    let identity = bundle.identity();
    let project = identity.project.key.as_deref().unwrap_or(project);
    let version = identity.release.version.as_deref().unwrap_or("1.0.0");
    let meta = meta::schema(identity);
    let tests = tests(bundle)?;
    let decisions = decisions(bundle);
    if decisions.len() > bounds.decisions {
        let (found, most) = (decisions.len(), bounds.decisions);
        return Err(Error::TooMany { found, most });
    }
    let mut names = Names::default();
    let mut paths = Text::new(bounds);
    for (path, (key, document)) in decisions {
        let decision = read(key, document, signatures, &tests, bounds);
        let item = path_item(&decision, meta.as_ref(), &mut names, bounds);
        paths.add(&format!("/evaluate/{}", plain(path)), item)?;
    }
    let mut text = Text::new(bounds);
    text.add("components", components(names))?;
    text.add(
        "info",
        json!({"title": format!("{project} rules API"), "version": version}),
    )?;
    text.add("openapi", json!("3.0.3"))?;
    text.add_text("paths", paths)?;
    text.add("security", json!([{"accessToken": []}]))?;
    text.add(
        "servers",
        json!([{
            "url": format!("/api/rules/{}", segment(project)),
            "description": format!("Deployed release {version}"),
        }]),
    )?;
    text.add("x-gorules", json!({"source": meta::source(identity)}))?;
    text.finish()
}

/// Graphs and policies with their keys, by path.
fn decisions(bundle: &Bundle) -> BTreeMap<&str, (&str, &Document)> {
    bundle
        .documents()
        .filter(|(_, document)| {
            matches!(document.kind(), DocumentKind::Graph | DocumentKind::Policy)
        })
        .map(|(key, document)| (document.path(), (key, document)))
        .collect()
}

/// The tests that are not switched off, by the key of what they test.
fn tests(bundle: &Bundle) -> Result<BTreeMap<String, Vec<TestDocument>>> {
    let mut tests: BTreeMap<String, Vec<TestDocument>> = BTreeMap::new();
    for document in bundle.tests()? {
        if !document.disabled {
            let key = document.file_path.to_lowercase();
            tests.entry(key).or_default().push(document);
        }
    }
    Ok(tests)
}

/// What a document says of itself, as far as it says it in text.
#[derive(Deserialize, Default)]
struct Head {
    title: Option<Value>,
    description: Option<Value>,
}

fn read<'a>(
    key: &str,
    document: &'a Document,
    signatures: &Signatures,
    tests: &BTreeMap<String, Vec<TestDocument>>,
    bounds: &Bounds,
) -> Decision<'a> {
    let head: Head = serde_json::from_slice(document.json()).unwrap_or_default();
    let text = |value: Option<Value>| match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let signature = signatures.get(key).unwrap_or_default();
    let tests = tests.get(key).map(Vec::as_slice).unwrap_or_default();
    Decision {
        path: document.path(),
        kind: document.kind(),
        title: text(head.title),
        description: text(head.description),
        version_id: document.version_id(),
        examples: example::candidates(tests, &signature, bounds),
        signature,
    }
}

fn components(names: Names) -> Value {
    let error = |description: &str, codes: &[&str], more: &[(&str, Value)]| {
        let mut properties = Map::new();
        properties.insert("code".to_owned(), json!({"type": "string", "enum": codes}));
        properties.extend(
            more.iter()
                .map(|(name, schema)| ((*name).to_owned(), schema.clone())),
        );
        json!({
            "description": description,
            "content": {"application/json": {"schema": {
                "type": "object", "required": ["code"], "properties": properties,
            }}},
        })
    };
    let bad = [
        "documents.invalid",
        "evaluate.failed",
        "evaluate.integrationsNotSupported",
    ];
    let about = [
        (
            "details",
            json!({"description": "What is wrong: text, or the engine's error"}),
        ),
        (
            "key",
            json!({"type": "string", "description": "The decision that was asked for"}),
        ),
    ];
    let mut components = json!({
        "responses": {
            "BadRequest": error("The decision gave no answer, or does not exist", &bad, &about),
            "NotFound": error("The project does not exist", &["project.notFound"], &[]),
            "Unauthorized": error("The access token is missing or wrong", &["unauthorized"], &[]),
        },
        "securitySchemes": {
            "accessToken": {"type": "apiKey", "in": "header", "name": "X-Access-Token"},
        },
    });
    if let (false, Some(members)) = (names.schemas.is_empty(), components.as_object_mut()) {
        members.insert("schemas".to_owned(), names.schemas.into_iter().collect());
    }
    components
}

/// A decision's path as the Agent writes it, but for what OpenAPI would take for a parameter, or a
/// URL for the end of the path.
fn plain(path: &str) -> String {
    encoded(path, |c| !matches!(c, '{' | '}' | '?' | '#' | '%'))
}

/// A project's key as one segment of a URL.
fn segment(project: &str) -> String {
    encoded(project, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~')
    })
}

fn encoded(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for c in text.chars() {
        if stays(c) {
            encoded.push(c);
            continue;
        }
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
