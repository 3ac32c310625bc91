//! What a bundle says of itself, as far as a description says it.

use serde_json::{Value, json};
use zen_edge_bundle::Identity;

/// Whether answers name an environment or a release only; nothing where they name neither
/// (GoRules' Agent, `src/data/release_data.rs`).
pub(crate) fn kind(identity: &Identity) -> Option<&'static str> {
    identity.project.id.as_ref()?;
    identity.release.id.as_ref()?;
    Some(match identity.environment.id {
        Some(_) => "environment",
        None => "release",
    })
}

/// Where the rules come from.
pub(crate) fn source(identity: &Identity) -> Value {
    let (release, environment) = (&identity.release, &identity.environment);
    match kind(identity) {
        Some("environment") => json!({
            "type": "environment",
            "environmentId": environment.id,
            "environmentKey": environment.key,
            "releaseId": release.id,
        }),
        _ => json!({"type": "release", "releaseId": release.id, "version": release.version}),
    }
}

/// The schema of an answer's `meta`. What is unknown is null there.
pub(crate) fn schema(identity: &Identity) -> Option<Value> {
    let kind = kind(identity)?;
    let text =
        |description: &str| json!({"type": "string", "nullable": true, "description": description});
    let named = json!({
        "type": "object",
        "required": ["id", "key", "name"],
        "properties": {
            "id": {"type": "string"},
            "key": {"type": "string", "nullable": true},
            "name": {"type": "string", "nullable": true},
        },
    });
    let mut schema = json!({
        "type": "object",
        "description": "What was evaluated, and from which release",
        "required": ["type", "path", "project", "release"],
        "properties": {
            "type": {"type": "string", "enum": [kind]},
            "path": {"type": "string", "description": "The decision's key as it was asked for"},
            "project": named,
            "release": {
                "type": "object",
                "description": "The release that answered",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "name": text("Its name"),
                    "version": text("Its semantic version; null for a draft"),
                    "status": text("`draft` or `published`"),
                    "commitId": text("The commit that it was made from"),
                },
            },
        },
    });
    if kind == "environment" {
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.push(json!("environment"));
        }
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.insert("environment".to_owned(), named);
        }
    }
    Some(schema)
}
