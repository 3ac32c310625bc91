//! What is said of a project beside its decisions.

use crate::fault::Fault;
use crate::message::Response;
use crate::service::{Service, json};
use http::header::{CONTENT_DISPOSITION, HeaderValue};
use http::status::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use zen_edge_runtime::Selection;

impl Service {
    /// `GET /api/projects/{project}`: the Agent's one answer in snake case, and without a token.
    pub(crate) fn information(&self, selection: &Selection<'_>) -> Result<Response, Fault> {
        let identity = selection.release().identity();
        if *identity == Default::default() {
            let message = "Project data not available";
            return Err(Fault::invalid(message));
        }
        let (project, release) = (&identity.project, &identity.release);
        let information = json!({
            "project_id": project.id, "project_key": project.key,
            "release_id": release.id, "release_version": release.version,
        });
        Ok(json(StatusCode::OK, information.to_string().into_bytes()))
    }

    /// `GET /api/projects/{project}/entrypoints`: as in the Agent, in lower case, and every decision
    /// is called a graph.
    pub(crate) fn entrypoints(&self, selection: &Selection<'_>) -> Response {
        let keys: BTreeSet<_> = selection.release().keys().map(str::to_lowercase).collect();
        let entry = |path: String| json!({"path": path, "type": "graph"});
        let entrypoints: Vec<Value> = keys.into_iter().map(entry).collect();
        let body = json!({"entrypoints": entrypoints}).to_string();
        json(StatusCode::OK, body.into_bytes())
    }

    /// `GET /api/rules/{project}[?download=true]`: OpenAPI.
    pub(crate) fn describe(
        &self,
        selection: &Selection<'_>,
        project: &str,
        query: &str,
    ) -> Result<Response, Fault> {
        let download = is_download(query)?;
        let key = selection.release().identity().project.key.as_deref();
        let project = key.unwrap_or(project);
        let document = self.descriptions.of(selection.release(), project)?;
        let mut response = json(StatusCode::OK, document);
        if download {
            let name = file_name(&format!("{project}-openapi.json"));
            let value = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
            let header = value.ok().map(|value| (CONTENT_DISPOSITION, value));
            response.headers.extend(header);
        }
        Ok(response)
    }
}

/// Whether the query asks for a file; other members are passed over.
fn is_download(query: &str) -> Result<bool, Fault> {
    let mut members = query.split('&').filter_map(|member| member.split_once('='));
    match members.find(|(name, _)| *name == "download") {
        None | Some((_, "false")) => Ok(false),
        Some((_, "true")) => Ok(true),
        Some(_) => Err(Fault::invalid("`download` is `true` or `false`")),
    }
}

/// The characters that BRMS and the Agent leave in a file's name; each run of others is one `-`.
pub(crate) fn file_name(name: &str) -> String {
    let mut cleaned = String::with_capacity(name.len());
    let mut replaced = false;
    for character in name.chars() {
        let keep = character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-');
        match (keep, replaced) {
            (true, _) => cleaned.push(character),
            (false, false) => cleaned.push('-'),
            (false, true) => {}
        }
        replaced = !keep;
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_those_of_the_agent() {
        let named = file_name("my project (v2)-openapi.json");
        assert_eq!(named, "my-project-v2--openapi.json");
        assert_eq!(file_name("a !?b"), "a-b");
        assert_eq!(file_name("a\"\r\nb: c"), "a-b-c");
    }

    #[test]
    fn downloads_are_asked_for_in_so_many_words() {
        for (query, expected) in [
            ("", Some(false)),
            ("download=true", Some(true)),
            ("a=b&download=false", Some(false)),
            ("download", Some(false)),
            ("x=download=true", Some(false)),
            ("download=1", None),
        ] {
            assert_eq!(is_download(query).ok(), expected, "{query}");
        }
    }
}
