//! Releases for tests: bundles whose answers say which release gave them.

use crate::commit::merge;
use crate::damage;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use zen_edge_bundle::{Limits, Packer};

/// A release of a project that is to be packed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Plan {
    /// The project's key; where it is empty, the environment's first project.
    pub project: String,
    /// The release's version, which its decisions answer.
    pub version: String,
    /// What is in it.
    pub content: Content,
    /// For which environment the bundle says it was made; none says nothing.
    pub made_for: Option<String>,
    /// Of which project the bundle says it is, if that is a lie.
    pub made_of: Option<String>,
    /// More documents by path, instead of ours where they have the same one.
    pub documents: BTreeMap<String, Value>,
    /// Members that replace those of `project.json` (RFC 7396).
    pub identity: Value,
    /// Members that replace those of the target's entry in the metadata (RFC 7396).
    pub target: Value,
}

/// What is in a bundle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// `decision`, which answers `{"release": version, "part": version}` and its context, the part
    /// from the decision `part`, which it calls.
    #[default]
    Sound,
    /// The same, with a smoke case that passes.
    SmokePassing,
    /// The same, with a smoke case that fails.
    SmokeFailing,
    /// A decision without a node that it could begin with.
    NotCompiling,
    /// No document at all.
    Empty,
    /// Not a zip.
    NotAZip,
    /// A zip that ends early.
    CutOff,
}

impl Content {
    /// Whether a release with it may be served.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Sound | Self::SmokePassing)
    }
}

impl Plan {
    /// A sound release.
    pub fn new(project: &str, version: &str) -> Self {
        Self {
            project: project.to_owned(),
            version: version.to_owned(),
            ..Self::default()
        }
    }

    /// The release's id: the same content under another version has another one.
    pub fn id(&self) -> String {
        format!("{}-{}", self.project, self.version)
    }

    /// The bundle's bytes.
    ///
    /// # Panics
    /// If it cannot be packed.
    pub fn pack(&self, deployed: Option<&str>) -> Vec<u8> {
        let mut packer = Packer::new();
        let identity = self.identity(deployed).to_string();
        packer
            .project_json(identity.as_bytes(), &Limits::default())
            .unwrap();
        let documents = documents(&self.version, self.content);
        for (path, document) in documents.iter().chain(&self.documents) {
            packer.insert(path, document.to_string());
        }
        let (bytes, _) = packer.pack(&Limits::default()).unwrap();
        match self.content {
            Content::NotAZip => damage::garbage(bytes.len()),
            Content::CutOff => damage::truncated(&bytes, bytes.len() / 2),
            _ => bytes,
        }
    }

    fn identity(&self, deployed: Option<&str>) -> Value {
        let key = self.made_of.as_ref().unwrap_or(&self.project);
        let mut identity = json!({
            "version": "1",
            "project": {"id": format!("p-{key}"), "key": key, "name": key},
            "release": {"id": self.id(), "version": self.version,
                "commitId": format!("c-{}", self.version)},
            "environment": {"key": self.made_for},
            "deployment": {"createdAt": deployed},
        });
        merge(&mut identity, &self.identity);
        identity
    }
}

fn documents(version: &str, content: Content) -> BTreeMap<String, Value> {
    let release = [("release", format!("'{version}'"))];
    let mut documents = BTreeMap::from([
        (
            "part".to_owned(),
            graph(None, &[("part", format!("'{version}'"))]),
        ),
        ("decision".to_owned(), graph(Some("part"), &release)),
    ]);
    let smoke = |expected: &str| {
        json!({"contentType": "test", "filePath": "decision", "smoke": true, "testCases": [
            {"name": "it names its release", "input": {"n": 1},
             "output": {"n": 1, "part": version, "release": expected}}]})
    };
    match content {
        Content::Sound | Content::NotAZip | Content::CutOff => {}
        Content::SmokePassing => {
            documents.insert("smoke".to_owned(), smoke(version));
        }
        Content::SmokeFailing => {
            documents.insert("smoke".to_owned(), smoke("another one"));
        }
        Content::NotCompiling => {
            let broken = json!({"contentType": "graph", "nodes": [], "edges": []});
            documents.insert("decision".to_owned(), broken);
        }
        Content::Empty => documents.clear(),
    }
    documents
}

/// A decision graph that passes its context through, calls another decision if one is named, and
/// adds what these expressions say.
pub fn graph(calls: Option<&str>, expressions: &[(&str, String)]) -> Value {
    let single = |mut content: Value| {
        content["inputField"] = Value::Null;
        content["outputPath"] = Value::Null;
        content["executionMode"] = json!("single");
        content["passThrough"] = json!(true);
        content
    };
    let node = |id: &str, kind: &str, content: Value| json!({"id": id, "name": id, "type": kind, "content": content, "position": {"x": 0, "y": 0}});
    let expressions: Vec<_> = expressions
        .iter()
        .map(|(key, value)| json!({"id": key, "key": key, "value": value}))
        .collect();
    let expressions = single(json!({"expressions": expressions}));
    let called = calls.map(|key| node("called", "decisionNode", single(json!({"key": key}))));
    let nodes: Vec<_> = [node("input", "inputNode", json!({}))]
        .into_iter()
        .chain(called)
        .chain([
            node("own", "expressionNode", expressions),
            node("output", "outputNode", json!({})),
        ])
        .collect();
    let edges: Vec<_> = nodes
        .iter()
        .zip(nodes.iter().skip(1))
        .enumerate()
        .map(|(index, (from, to))| {
            json!({"id": format!("e{index}"), "type": "edge", "sourceId": from["id"], "targetId": to["id"]})
        })
        .collect();
    json!({"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges})
}

#[cfg(test)]
mod tests {
    use super::*;
    use zen_edge_bundle::Bundle;

    fn read(content: Content) -> Result<Bundle, zen_edge_bundle::Error> {
        let plan = Plan {
            content,
            ..Plan::new("pricing", "2")
        };
        Bundle::read(&plan.pack(Some("2026-01-01T00:00:00Z")), &Limits::default())
    }

    #[test]
    fn bundles_say_what_they_are() {
        for content in [Content::Sound, Content::SmokePassing, Content::SmokeFailing] {
            let bundle = read(content).unwrap();
            let identity = bundle.identity();
            assert_eq!(identity.project.key.as_deref(), Some("pricing"));
            assert_eq!(identity.release.version.as_deref(), Some("2"));
            let deployed = identity.deployment.created_at.as_deref();
            assert_eq!(deployed, Some("2026-01-01T00:00:00Z"));
            let cases: usize = bundle
                .tests()
                .unwrap()
                .iter()
                .map(|it| it.cases.len())
                .sum();
            assert_eq!(cases, usize::from(content != Content::Sound));
            assert!(bundle.document("decision").is_some());
        }
        assert_eq!(read(Content::Empty).unwrap().documents().count(), 0);
        for content in [Content::NotAZip, Content::CutOff] {
            assert!(read(content).is_err());
        }
    }
}
