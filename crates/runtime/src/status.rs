//! What a runtime is at: the same JSON at every host.

use crate::circuit::TrapReport;
use crate::pin::Resident;
use crate::shadow::ShadowReport;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use zen_edge_sync::EnvironmentStatus;

/// The state of all environments.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    /// Whether every configured project of every environment has an active verified release, and
    /// none has expired where the policy is not to serve those as if nothing were wrong.
    pub ready: bool,
    /// The environments by name.
    pub environments: BTreeMap<String, EnvironmentState>,
}

/// An environment's state. As JSON, what is said about each project is in one object.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentState {
    /// As in [`Status::ready`], for this environment.
    pub ready: bool,
    /// How following it goes.
    pub sync: EnvironmentStatus,
    /// How serving its projects goes, by their keys.
    pub projects: BTreeMap<String, ProjectState>,
}

/// How serving a project goes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectState {
    /// The releases in memory, the active one first: what can be pinned.
    pub resident: Vec<Resident>,
    /// The releases that brought the evaluator down.
    pub traps: Vec<TrapReport>,
    /// What came of candidates.
    pub shadow: Vec<ShadowReport>,
}

impl Serialize for EnvironmentState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let object = |value: &dyn Fn() -> serde_json::Result<Value>| match value() {
            Ok(Value::Object(members)) => Ok(members),
            Ok(_) => Ok(Map::new()),
            Err(error) => Err(serde::ser::Error::custom(error)),
        };
        let mut members = object(&|| serde_json::to_value(&self.sync))?;
        members.insert("ready".to_owned(), json!(self.ready));
        let projects = members.entry("projects").or_insert_with(|| json!({}));
        for (name, state) in &self.projects {
            let state = object(&|| serde_json::to_value(state))?;
            if let Some(projects) = projects.as_object_mut() {
                let project = projects.entry(name).or_insert_with(|| json!({}));
                if let Some(project) = project.as_object_mut() {
                    project.extend(state);
                }
            }
        }
        members.serialize(serializer)
    }
}
