//! What a bucket's event notification says, and whose object it is about.

use crate::error::{Error, ErrorKind};
use serde::Deserialize;

/// Characters of a message that are looked at. Queues accept 128 KB; a notification has 400.
const MAX_MESSAGE: usize = 16 * 1024;

/// A message of R2's event notifications:
/// <https://developers.cloudflare.com/r2/buckets/event-notifications/>. Members that are not used
/// here are not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Event {
    /// What happened: `PutObject`, `CopyObject`, `CompleteMultipartUpload`, `DeleteObject` or
    /// `LifecycleDeletion`.
    pub action: String,
    /// What it happened to.
    pub object: EventObject,
}

/// The object of an [`Event`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct EventObject {
    /// Its key in the bucket.
    pub key: String,
}

/// What an event asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// To copy a bundle.
    Content {
        /// The environment.
        environment: String,
        /// Its name in the folder `targets`: `<sha256>.<project>`.
        file: String,
    },
    /// To bring an environment up to date.
    Metadata {
        /// The environment.
        environment: String,
    },
    /// The same, and to copy a numbered file, which may be history by now.
    Numbered {
        /// The environment.
        environment: String,
        /// Its name in the folder `metadata`: `<version>.<role>.json`.
        file: String,
    },
    /// Nothing: an object was deleted, or is none of ours.
    Foreign,
}

impl Event {
    /// Reads a message, JSON.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if it is not a notification.
    pub fn read(message: &str) -> Result<Self, Error> {
        let invalid = |why: String| {
            let message = format!("the message is not an event notification of R2: {why}");
            Error::new(ErrorKind::Invalid, message)
        };
        if message.len() > MAX_MESSAGE {
            return Err(invalid(format!("it has more than {MAX_MESSAGE} bytes")));
        }
        serde_json::from_str(message).map_err(|error| invalid(error.to_string()))
    }

    /// What it asks for. `prefix` is what environments' folders are below, without a `/` at either
    /// end; empty for the bucket itself.
    pub fn subject(&self, prefix: &str, environments: &[String]) -> Subject {
        let creates = ["PutObject", "CopyObject", "CompleteMultipartUpload"];
        if !creates.contains(&self.action.as_str()) {
            return Subject::Foreign;
        }
        let below = match prefix {
            "" => Some(self.object.key.as_str()),
            prefix => self
                .object
                .key
                .strip_prefix(prefix)
                .and_then(|rest| rest.strip_prefix('/')),
        };
        let mut parts = below.unwrap_or_default().split('/');
        let (environment, folder, file) = (parts.next(), parts.next(), parts.next());
        let (Some(environment), Some(folder), Some(file), None) =
            (environment, folder, file, parts.next())
        else {
            return Subject::Foreign;
        };
        if !environments.iter().any(|known| known == environment) {
            return Subject::Foreign;
        }
        let environment = environment.to_owned();
        match folder {
            "targets" if is_content(file) => Subject::Content {
                environment,
                file: file.to_owned(),
            },
            "metadata" if is_numbered(file) => Subject::Numbered {
                environment,
                file: file.to_owned(),
            },
            "metadata" if file.ends_with(".json") => Subject::Metadata { environment },
            _ => Subject::Foreign,
        }
    }
}

/// Whether a name is `<sha256 in lower case>.<project>`.
fn is_content(file: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    file.split_once('.').is_some_and(|(digest, project)| {
        digest.len() == 64 && digest.bytes().all(is_digit) && !project.is_empty()
    })
}

/// Whether a name is `<version>.<role>.json`, of any role but the root: whole chains of roots are copied
/// anyway.
fn is_numbered(file: &str) -> bool {
    let parts = file
        .strip_suffix(".json")
        .and_then(|rest| rest.split_once('.'));
    parts.is_some_and(|(version, role)| {
        let digits = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
        digits && !role.is_empty() && role != "root"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(action: &str, key: &str, prefix: &str) -> Subject {
        let message = serde_json::json!({"account": "a", "action": action, "bucket": "b",
            "object": {"key": key, "size": 1, "eTag": "e"}, "eventTime": "2026-01-01T00:00:00Z"});
        let event = Event::read(&message.to_string()).unwrap();
        event.subject(prefix, &["production".to_owned()])
    }

    #[test]
    fn keys_of_configured_environments_are_ours() {
        let digest = "ab".repeat(32);
        let content = format!("rules/production/targets/{digest}.pricing");
        let environment = || "production".to_owned();
        assert_eq!(
            subject("PutObject", &content, "rules"),
            Subject::Content {
                environment: environment(),
                file: format!("{digest}.pricing")
            }
        );
        for (name, numbered) in [
            ("timestamp.json", false),
            ("3.targets.json", true),
            ("12.team.a.json", true),
            ("1.root.json", false),
            ("x.targets.json", false),
        ] {
            let key = format!("production/metadata/{name}");
            let environment = environment();
            let metadata = match numbered {
                true => Subject::Numbered {
                    environment,
                    file: name.to_owned(),
                },
                false => Subject::Metadata { environment },
            };
            assert_eq!(subject("CompleteMultipartUpload", &key, ""), metadata);
            assert_eq!(subject("DeleteObject", &key, ""), Subject::Foreign);
            assert_eq!(subject("PutObject", &key, "rules"), Subject::Foreign);
        }
        for key in [
            "",
            "production",
            "production/pricing",
            "production/metadata/.probe",
            "production/metadata/x/timestamp.json",
            "production/targets/abc.pricing",
            &format!("production/targets/{digest}"),
            &format!("production/targets/{digest}."),
            &format!("production/targets/{}.p", digest.to_uppercase()),
            "staging/metadata/timestamp.json",
            "productions/metadata/timestamp.json",
            "/production/metadata/timestamp.json",
        ] {
            assert_eq!(subject("PutObject", key, ""), Subject::Foreign, "{key}");
        }
        assert_eq!(subject("PutObject", &content, "rule"), Subject::Foreign);
    }

    #[test]
    fn what_is_no_notification_is_refused() {
        let long = format!("{:>1$}", "{}", MAX_MESSAGE + 1);
        for message in [
            "",
            "null",
            "{}",
            r#"{"action":"PutObject","object":{}}"#,
            &long,
        ] {
            let error = Event::read(message).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        }
    }
}
