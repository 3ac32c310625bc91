//! Bundles, read and handed over.

use crate::failure::Failure;
use crate::object::{copied, object};
use js_sys::{Array, Uint8Array};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use wasm_bindgen::prelude::*;
use zen_edge_bundle::{Bundle, Expected, Limits, TestCase, TestDocument};

/// Reads a release zip; `limits` is a JSON object of those that differ from the defaults, or empty, and
/// `digest` the SHA-256 that the zip must have, if that is known.
///
/// The answer is `{ head, documents }`: JSON text (`BundleHead` in `js/releases/open.ts`), and the
/// documents' bytes in the head's order.
///
/// # Errors
/// `digestMismatch`; every kind of `zen_edge_bundle`; `invalid` for limits that cannot be read.
#[wasm_bindgen(js_name = openBundle)]
pub fn open_bundle(
    bytes: &Uint8Array,
    limits: &str,
    digest: Option<String>,
) -> Result<JsValue, JsValue> {
    let limits = match limits {
        "" => Limits::default(),
        text => serde_json::from_str(text)
            .map_err(|error| Failure::invalid(format!("the limits cannot be read: {error}")))?,
    };
    Ok(read(bytes, &limits, digest.as_deref())?)
}

fn read(bytes: &Uint8Array, limits: &Limits, digest: Option<&str>) -> Result<JsValue, Failure> {
    let bytes = copied(bytes, limits.bundle_bytes).map_err(|_| too_long(limits.bundle_bytes))?;
    if let Some(digest) = digest {
        let found = hex::encode(Sha256::digest(&bytes));
        if !found.eq_ignore_ascii_case(digest) {
            return Err(Failure::digest_mismatch(&found, digest));
        }
    }
    let bundle = Bundle::read(&bytes, limits)?;
    let identity = bundle.identity();
    let release = json!({
        "environment": identity.environment.key,
        "project": identity.project.key,
        "id": identity.release.id,
        "version": identity.release.version,
        "commit": identity.release.commit_id,
        "digest": bundle.digest(),
        "length": bundle.length(),
        "deployedAt": identity.deployment.created_at,
    });
    Ok(handed(&bundle, &release))
}

fn too_long(limit: u64) -> Failure {
    Failure::from_limit("bundleBytes", format!("the bundle is longer than {limit} bytes"))
}

/// A bundle as JavaScript gets it, once: what it holds afterwards is JavaScript's.
pub(crate) fn handed(bundle: &Bundle, release: &Value) -> JsValue {
    let files: Vec<_> = bundle
        .documents()
        .map(|(key, document)| {
            json!({
                "key": key,
                "path": document.path(),
                "kind": document.kind().name(),
                "versionId": document.version_id(),
            })
        })
        .collect();
    let (tests, fault) = match bundle.tests() {
        Ok(tests) => (tests.iter().map(test_document).collect(), None),
        Err(error) => (Vec::new(), Some(Failure::from(error).into_json())),
    };
    let head = json!({
        "release": release,
        "identity": bundle.identity(),
        "files": files,
        "tests": tests,
        "testsError": fault,
    });
    let documents: Array = bundle
        .documents()
        .map(|(_, document)| Uint8Array::from(document.json()))
        .collect();
    object([
        ("head", JsValue::from_str(&head.to_string())),
        ("documents", documents.into()),
    ])
}

/// As `TestDocument` of `js/types.ts`.
fn test_document(document: &TestDocument) -> Value {
    said(json!({
        "path": document.path,
        "filePath": document.file_path,
        "disabled": document.disabled,
        "now": document.now,
        "cases": document.cases.iter().map(test_case).collect::<Vec<_>>(),
    }))
}

/// Contexts and answers stay text: JavaScript's numbers do not hold all of ZEN's.
fn test_case(case: &TestCase) -> Value {
    let expected = case.expected.as_ref().map(|expected| match expected {
        Expected::Output(output) => json!({"output": output.to_string()}),
        Expected::Error(error) => json!({"error": error.to_string()}),
    });
    said(json!({
        "id": case.id,
        "name": case.name,
        "input": case.input,
        "disabled": case.disabled,
        "smoke": case.smoke,
        "expected": expected,
    }))
}

/// An object without the members of which nothing is said.
fn said(mut object: Value) -> Value {
    if let Some(members) = object.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    object
}
