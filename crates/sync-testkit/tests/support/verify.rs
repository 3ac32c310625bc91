//! What the simplest client believes, and why.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use zen_edge_bundle::{Bundle, Limits};
use zen_edge_sync_testkit::EnvironmentSettings;
use zen_edge_tuf::{Json, Role, Stored, Trusted};

pub(crate) type Fault = (String, String);

/// A release that is served.
#[derive(Clone)]
pub(crate) struct Active {
    pub(crate) project: String,
    pub(crate) id: Value,
    pub(crate) version: String,
    pub(crate) digest: String,
    pub(crate) revision: Option<u64>,
    pub(crate) origin: &'static str,
    pub(crate) source: Option<String>,
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) deployed: String,
    pub(crate) values: BTreeMap<String, String>,
}

/// What is known of an environment.
#[derive(Clone, Default)]
pub(crate) struct State {
    pub(crate) stored: Stored,
    pub(crate) active: BTreeMap<String, Active>,
    pub(crate) refused: BTreeMap<(String, String), Fault>,
    pub(crate) revision: Option<u64>,
    pub(crate) expires: Option<i64>,
    pub(crate) etag: Option<(String, String)>,
    pub(crate) last_poll: Option<i64>,
    pub(crate) last_success: Option<u64>,
    pub(crate) error: Option<Fault>,
    pub(crate) source: Option<String>,
    pub(crate) busy: bool,
}

fn fault<T>(kind: &str, message: impl ToString) -> Result<T, Fault> {
    Err((kind.to_owned(), message.to_string()))
}

fn literals(document: &Value) -> Result<BTreeMap<String, String>, Fault> {
    let nodes = document["nodes"].as_array().into_iter().flatten();
    let expressions = nodes.flat_map(|node| node["content"]["expressions"].as_array());
    let pairs = expressions.flatten().map(|expression| {
        let value = expression["value"].as_str().unwrap_or_default();
        let literal = value
            .strip_prefix('\'')
            .and_then(|it| it.strip_suffix('\''));
        match literal {
            Some(literal) => Ok((
                expression["key"].as_str().unwrap_or_default().to_owned(),
                literal.to_owned(),
            )),
            None => fault("notCompiled", value),
        }
    });
    pairs.collect()
}

/// Reads a bundle whose bytes are known to be right.
pub(crate) fn activate(
    settings: &EnvironmentSettings,
    project: &str,
    bytes: &[u8],
) -> Result<Active, Fault> {
    let limits = Limits::default();
    let bundle = Bundle::read(bytes, &limits).or_else(|error| fault("bundleInvalid", error))?;
    let identity = bundle.identity();
    if identity
        .project
        .key
        .as_deref()
        .is_some_and(|key| key != project)
    {
        return fault("wrongProject", project);
    }
    if identity
        .environment
        .key
        .as_ref()
        .is_some_and(|key| *key != settings.name)
    {
        return fault("wrongEnvironment", project);
    }
    let mut values = BTreeMap::new();
    for key in ["part", "decision"] {
        let document = bundle.document(key).map(|document| document.json());
        let Some(document) = document else {
            return fault("bundleInvalid", key);
        };
        values.extend(literals(&serde_json::from_slice(document).unwrap())?);
    }
    if let Some(smoke) = bundle.document("smoke") {
        let smoke: Value = serde_json::from_slice(smoke.json()).unwrap();
        if smoke["testCases"][0]["output"]["release"] != values["release"] {
            return fault("smokeFailed", project);
        }
    }
    Ok(Active {
        project: project.to_owned(),
        id: json!(identity.release.id),
        version: identity.release.version.clone().unwrap_or_default(),
        digest: bundle.digest().to_owned(),
        revision: None,
        origin: "source",
        source: None,
        bytes: bytes.into(),
        deployed: identity.deployment.created_at.clone().unwrap_or_default(),
        values,
    })
}

fn note(stored: &Stored, role: &Role) -> Value {
    let file = stored
        .get(role)
        .map(|bytes| serde_json::from_slice::<Value>(bytes).unwrap());
    file.map_or(Value::Null, |file| file["signed"]["x-zen-edge"].clone())
}

/// The environment that metadata names, and its revoked digests.
pub(crate) fn check_notes(stored: &Stored, environment: &str) -> Result<Vec<String>, Fault> {
    for role in [Role::Root, Role::Targets] {
        if note(stored, &role)["environment"] != environment {
            return fault("wrongEnvironment", role);
        }
    }
    let revoked = note(stored, &Role::Targets)["revoked"].take();
    let revoked = revoked.as_array().cloned().unwrap_or_default();
    let digests = revoked.iter().filter_map(|it| it["sha256"].as_str());
    Ok(digests.map(str::to_owned).collect())
}

/// Whether a target's metadata is that of this project here.
pub(crate) fn check_custom(
    custom: Option<&Json>,
    project: &str,
    environment: &str,
) -> Result<(), Fault> {
    let text = |name| custom.and_then(|it| it.get(name)).and_then(Json::as_text);
    if text("environment") != Some(environment) {
        return fault("wrongEnvironment", project);
    }
    match text("project") == Some(project) {
        true => Ok(()),
        false => fault("wrongProject", project),
    }
}

/// Reads what was persisted or baked in; nothing if it does not hold.
pub(crate) fn load(
    settings: &EnvironmentSettings,
    stored: Stored,
    bundles: &[Arc<[u8]>],
    origin: &'static str,
) -> Option<State> {
    let mut trusted = Trusted::reload(stored.clone(), zen_edge_tuf::Limits::default()).ok()?;
    let revoked = check_notes(&stored, &settings.name).ok()?;
    let mut state = State {
        revision: trusted.timestamp_version(),
        expires: trusted.timestamp_expires().map(|time| time.0),
        stored,
        ..State::default()
    };
    for project in &settings.projects {
        let Ok(target) = trusted.find(project) else {
            continue;
        };
        for bytes in bundles {
            let verified = target.verify(bytes, &zen_edge_tuf::Limits::default());
            let active = verified
                .ok()
                .and_then(|_| activate(settings, project, bytes).ok());
            if let Some(active) = active.filter(|active| !revoked.contains(&active.digest)) {
                let revision = state.revision;
                state.active.insert(
                    project.clone(),
                    Active {
                        origin,
                        revision,
                        ..active
                    },
                );
            }
        }
    }
    Some(state)
}
