//! Answers: what a decision says, and of which release it is.

use crate::error::{Error, Result};
use crate::release::CompiledRelease;
use crate::shadow::ShadowRun;
use serde_json::{Value, json};
use std::sync::Arc;
use zen_edge_bundle::Identity;
use zen_edge_eval::Evaluation;
use zen_edge_sync::{Age, Release};

/// The answer of a decision. All of it is of one release.
#[derive(Debug)]
pub struct Answer {
    /// What the decision says.
    pub evaluation: Evaluation,
    /// How old the release is; if the request pinned one, how old the active release is.
    pub age: Age,
    /// An evaluation on a candidate, if this request is one of the share: run it in the background
    /// once the answer is sent.
    pub shadow: Option<ShadowRun>,
    pub(crate) key: String,
    pub(crate) compiled: Arc<CompiledRelease>,
}

impl Answer {
    /// The release that answered.
    pub fn release(&self) -> &Arc<Release> {
        self.compiled.release()
    }

    /// What that release's bundle says it is.
    pub fn identity(&self) -> &Identity {
        self.compiled.identity()
    }

    /// `{"performance", "result", "trace"?, "release", "age", "staleness"}`: the release as
    /// [`Release`] is written, the age in seconds.
    ///
    /// # Errors
    /// `Evaluation` for an answer that nests too deeply or is too long.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        let mut json = self.evaluation_json()?;
        let (age, staleness) = (self.age.age.as_secs(), json!(self.age.staleness));
        json.extend_from_slice(b",\"release\":");
        json.extend_from_slice(self.compiled.json().as_bytes());
        json.extend_from_slice(format!(",\"age\":{age},\"staleness\":{staleness}}}").as_bytes());
        Ok(json)
    }

    /// `{"performance", "result", "trace"?}`: the evaluation alone.
    ///
    /// # Errors
    /// As [`Self::to_json`].
    pub fn to_evaluation_json(&self) -> Result<Vec<u8>> {
        let mut json = self.evaluation_json()?;
        json.push(b'}');
        Ok(json)
    }

    /// `{"performance", "result", "trace"?, "meta"?}`: what GoRules' Agent answers. It leaves `meta`
    /// out unless the bundle states the ids of its project and of its release.
    ///
    /// # Errors
    /// As [`Self::to_json`].
    pub fn to_agent_json(&self) -> Result<Vec<u8>> {
        let mut json = self.evaluation_json()?;
        if let Some(meta) = self.compiled.meta() {
            json.extend_from_slice(b",\"meta\":{\"path\":");
            json.extend_from_slice(Value::from(self.key.as_str()).to_string().as_bytes());
            json.push(b',');
            // Its members, and the closing brace.
            json.extend_from_slice(meta.get(1..).unwrap_or_default().as_bytes());
        }
        json.push(b'}');
        Ok(json)
    }

    /// The evaluation's object, without its closing brace.
    fn evaluation_json(&self) -> Result<Vec<u8>> {
        let json = self.evaluation.to_json(self.compiled.bundle().limits());
        let mut json = json.map_err(|error| Error::Evaluation {
            error,
            release: self.release().clone(),
        })?;
        json.pop();
        Ok(json)
    }
}

/// What GoRules' Agent says of a release beside the decision's `path`: an environment's release if the
/// bundle knows the environment, otherwise just a release; what is unknown is null.
pub(crate) fn meta(identity: &Identity) -> Option<Value> {
    let (project, release) = (&identity.project, &identity.release);
    let (project_id, release_id) = (project.id.as_ref()?, release.id.as_ref()?);
    let mut meta = json!({
        "type": "release",
        "project": {"id": project_id, "key": project.key, "name": project.name},
        "release": {"id": release_id, "name": release.name, "version": release.version,
            "status": release.status, "commitId": release.commit_id},
    });
    let environment = &identity.environment;
    if let (Some(id), Some(members)) = (&environment.id, meta.as_object_mut()) {
        let environment = json!({"id": id, "key": environment.key, "name": environment.name});
        members.insert("type".to_owned(), json!("environment"));
        members.insert("environment".to_owned(), environment);
    }
    Some(meta)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The Agent's answers, as GoRules publishes them.
    #[test]
    fn meta_is_that_of_the_agent() {
        let read = |json: Value| -> Identity { serde_json::from_value(json).unwrap() };
        let new = read(json!({
            "project": {"id": "p-1", "key": "shipping", "name": "Shipping Rules"},
            "release": {"id": "r-1", "version": "1.4.0", "name": "Q3", "status": "published",
                "commitId": "c-1"},
            "environment": {"id": "e-1", "key": "production", "name": "Production"}
        }));
        assert_eq!(
            meta(&new),
            Some(json!({
                "type": "environment",
                "project": {"id": "p-1", "key": "shipping", "name": "Shipping Rules"},
                "release": {"id": "r-1", "name": "Q3", "version": "1.4.0", "status": "published",
                    "commitId": "c-1"},
                "environment": {"id": "e-1", "key": "production", "name": "Production"}
            }))
        );
        let old = read(json!({
            "project": {"id": "p-1", "key": "shipping"},
            "release": {"id": "r-1", "version": "1.4.0"},
            "environment": {"key": "production"}
        }));
        assert_eq!(
            meta(&old),
            Some(json!({
                "type": "release",
                "project": {"id": "p-1", "key": "shipping", "name": null},
                "release": {"id": "r-1", "name": null, "version": "1.4.0", "status": null,
                    "commitId": null}
            }))
        );
        for partial in [
            json!({}),
            json!({"project": {"id": "p-1"}, "release": {"version": "1.0.0"}}),
            json!({"project": {"key": "shipping"}, "release": {"id": "r-1"}}),
        ] {
            assert_eq!(meta(&read(partial)), None);
        }
    }
}
