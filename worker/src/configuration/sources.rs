//! Where rules come from.

use super::address;
use super::error::{ConfigurationError, shown};
use super::fields::{Fields, kind};
use super::variables::{Binding, Secret, Variables};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use worker::Url;

/// The variable.
pub(super) const SOURCES: &str = "ZEN_EDGE_SOURCES";
/// How many sources there may be.
const MAX_SOURCES: usize = 32;
/// How long a prefix may be, in bytes: together with a key it must stay below S3's bound.
const MAX_PREFIX: usize = 512;

/// A source and what people call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceConfiguration {
    /// Its name: a region's or a bucket's.
    pub name: String,
    /// Where it is.
    pub store: StoreConfiguration,
}

/// Where a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreConfiguration {
    /// A bucket bound to the Worker.
    R2 {
        /// The binding's name.
        binding: String,
        /// What comes before every key: empty, or with a `/` at its end.
        prefix: String,
    },
    /// A bucket behind the S3 interface.
    S3(S3Configuration),
    /// A web server.
    Https {
        /// Its address, with a `/` at its end.
        url: Url,
        /// What is sent as `Authorization: Bearer`.
        token: Option<Secret>,
    },
}

/// A bucket behind the S3 interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Configuration {
    /// Where it is; the bucket's name is added.
    pub endpoint: Url,
    /// The bucket.
    pub bucket: String,
    /// The region that signatures name.
    pub region: String,
    /// What comes before every key: empty, or with a `/` at its end.
    pub prefix: String,
    /// Whether the bucket's name is in the path, not in the host's name.
    pub path_style: bool,
    /// What requests are signed with; none for a bucket that anybody may read.
    pub credentials: Option<S3Credentials>,
}

/// What requests are signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Credentials {
    /// The access key's id.
    pub access_key_id: Secret,
    /// The access key.
    pub secret_access_key: Secret,
    /// The session's token, of temporary credentials.
    pub session_token: Option<Secret>,
}

/// BRMS' interface for those who pull releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesSyncConfiguration {
    /// The address of BRMS, with a `/` at its end.
    pub url: Url,
    /// What is sent as `Authorization: Bearer`.
    pub token: Secret,
    /// Which release, in BRMS' words.
    pub target: String,
}

/// All of the variable.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub(super) stores: Vec<SourceConfiguration>,
    pub(super) rules_sync: Option<RulesSyncConfiguration>,
    /// The names of the secrets and bindings that are named.
    pub(super) named: BTreeSet<String>,
}

impl Sources {
    /// Reads the variable; without it there is no source.
    pub(super) fn read(variables: &Variables) -> Result<Self, ConfigurationError> {
        let mut sources = Self::default();
        let Some(json) = variables.json(SOURCES)? else {
            return Ok(sources);
        };
        let Json::Array(list) = json.as_ref() else {
            let problem = format!(
                "is {}; it must be a list like [{{\"name\":\"eu\",\"type\":\"r2\",\"binding\":\"RULES_EU\"}}]",
                kind(&json)
            );
            return Err(ConfigurationError::new(SOURCES, problem));
        };
        if list.len() > MAX_SOURCES {
            let problem = format!("has {} sources; {MAX_SOURCES} are accepted", list.len());
            return Err(ConfigurationError::new(SOURCES, problem));
        }
        for (index, json) in list.iter().enumerate() {
            let place = format!("{SOURCES}[{index}]");
            Entry { variables, place }.read(json, &mut sources)?;
        }
        if sources.rules_sync.is_some() && list.len() > 1 {
            let problem =
                "has a source of type `rules-sync` beside others; it must be the only one";
            return Err(ConfigurationError::new(SOURCES, problem));
        }
        Ok(sources)
    }
}

/// One source of the list.
struct Entry<'a> {
    variables: &'a Variables,
    place: String,
}

impl Entry<'_> {
    fn read(&self, json: &Json, sources: &mut Sources) -> Result<(), ConfigurationError> {
        let store = match json.get("type").and_then(Json::as_str) {
            Some("r2") => self.r2(json, &mut sources.named)?,
            Some("s3") => self.s3(json, &mut sources.named)?,
            Some("https") => self.https(json, &mut sources.named)?,
            Some("rules-sync") => {
                sources.rules_sync = Some(self.rules_sync(json, &mut sources.named)?);
                return Ok(());
            }
            other => {
                let accepted = "it must be `r2`, `s3`, `https` or `rules-sync`";
                let place = format!("{}.type", self.place);
                return Err(match other {
                    Some(other) => ConfigurationError::given(place, other, accepted),
                    None => ConfigurationError::missing(place, accepted),
                });
            }
        };
        let name = json.get("name").and_then(Json::as_str).unwrap_or_default();
        if sources.stores.iter().any(|source| source.name == name) {
            let problem = format!("is {}, like that of another source", shown(name));
            return Err(ConfigurationError::new(
                format!("{}.name", self.place),
                problem,
            ));
        }
        sources.stores.push(SourceConfiguration {
            name: name.to_owned(),
            store,
        });
        Ok(())
    }

    fn r2(
        &self,
        json: &Json,
        named: &mut BTreeSet<String>,
    ) -> Result<StoreConfiguration, ConfigurationError> {
        let fields = Fields::new(&self.place, json, &["name", "type", "binding", "prefix"])?;
        name(&fields)?;
        let binding = fields.required("binding")?;
        let place = fields.place("binding");
        self.variables.binding(&place, binding, Binding::R2)?;
        named.insert(binding.to_owned());
        Ok(StoreConfiguration::R2 {
            binding: binding.to_owned(),
            prefix: prefix(&fields)?,
        })
    }

    fn s3(
        &self,
        json: &Json,
        named: &mut BTreeSet<String>,
    ) -> Result<StoreConfiguration, ConfigurationError> {
        let fields = Fields::new(
            &self.place,
            json,
            &[
                "name",
                "type",
                "endpoint",
                "bucket",
                "region",
                "prefix",
                "pathStyle",
                "accessKeyId",
                "secretAccessKey",
                "sessionToken",
                "insecure",
            ],
        )?;
        name(&fields)?;
        let endpoint = address::of(&fields, "endpoint")?;
        let bucket = fields.required("bucket")?;
        if !is_bucket(bucket) {
            let accepted = "use 1 to 255 letters, digits, `-`, `_` and `.`, as in the store";
            let place = fields.place("bucket");
            return Err(ConfigurationError::given(place, bucket, accepted));
        }
        let region = fields.required("region")?;
        if !is_region(region) {
            let accepted = "use letters, digits, `-` and `_`, like `eu-central-1`, or `auto`";
            let place = fields.place("region");
            return Err(ConfigurationError::given(place, region, accepted));
        }
        // AWS asks for the bucket in the host's name; what others run may have no such names.
        let aws = endpoint
            .host_str()
            .is_some_and(|host| host.ends_with(".amazonaws.com"));
        let path_style = fields.flag("pathStyle")?.unwrap_or(!aws);
        if !path_style && !address::may_have_subdomains(&endpoint, bucket) {
            let problem = format!(
                "is false, but {} cannot be a part of the endpoint's host name; say `true`",
                shown(bucket)
            );
            return Err(ConfigurationError::new(fields.place("pathStyle"), problem));
        }
        Ok(StoreConfiguration::S3(S3Configuration {
            endpoint,
            bucket: bucket.to_owned(),
            region: region.to_owned(),
            prefix: prefix(&fields)?,
            path_style,
            credentials: self.credentials(&fields, named)?,
        }))
    }

    fn credentials(
        &self,
        fields: &Fields<'_>,
        named: &mut BTreeSet<String>,
    ) -> Result<Option<S3Credentials>, ConfigurationError> {
        let access_key_id = self.secret(fields, "accessKeyId", named)?;
        let secret_access_key = self.secret(fields, "secretAccessKey", named)?;
        let session_token = self.secret(fields, "sessionToken", named)?;
        let missing = match (access_key_id, secret_access_key, session_token) {
            (Some(access_key_id), Some(secret_access_key), session_token) => {
                return Ok(Some(S3Credentials {
                    access_key_id,
                    secret_access_key,
                    session_token,
                }));
            }
            (None, None, None) => return Ok(None),
            (None, ..) => "accessKeyId",
            (Some(_), None, _) => "secretAccessKey",
        };
        let accepted = "name both an access key's id and its secret, or neither for a bucket that anybody may read";
        Err(ConfigurationError::missing(fields.place(missing), accepted))
    }

    fn https(
        &self,
        json: &Json,
        named: &mut BTreeSet<String>,
    ) -> Result<StoreConfiguration, ConfigurationError> {
        let known = &["name", "type", "url", "token", "insecure"];
        let fields = Fields::new(&self.place, json, known)?;
        name(&fields)?;
        Ok(StoreConfiguration::Https {
            url: address::of(&fields, "url")?,
            token: self.secret(&fields, "token", named)?,
        })
    }

    fn rules_sync(
        &self,
        json: &Json,
        named: &mut BTreeSet<String>,
    ) -> Result<RulesSyncConfiguration, ConfigurationError> {
        let known = &["name", "type", "url", "token", "target", "insecure"];
        let fields = Fields::new(&self.place, json, known)?;
        let url = address::of(&fields, "url")?;
        let token = self.secret(&fields, "token", named)?;
        let needed = "name the secret that holds BRMS' access token";
        let token =
            token.ok_or_else(|| ConfigurationError::missing(fields.place("token"), needed))?;
        Ok(RulesSyncConfiguration {
            url,
            token,
            target: fields.required("target")?.to_owned(),
        })
    }

    /// The secret that a field names.
    fn secret(
        &self,
        fields: &Fields<'_>,
        field: &'static str,
        named: &mut BTreeSet<String>,
    ) -> Result<Option<Secret>, ConfigurationError> {
        let Some(name) = fields.text(field)? else {
            return Ok(None);
        };
        let secret = self.variables.secret(&fields.place(field), name)?;
        named.insert(name.to_owned());
        Ok(Some(secret))
    }
}

/// A name that may stand in a header and in a report.
fn name(fields: &Fields<'_>) -> Result<(), ConfigurationError> {
    let name = fields.required("name")?;
    if super::is_plain_name(name) {
        return Ok(());
    }
    let place = fields.place("name");
    Err(ConfigurationError::given(place, name, super::PLAIN_NAME))
}

/// A prefix with a `/` at its end, or nothing.
fn prefix(fields: &Fields<'_>) -> Result<String, ConfigurationError> {
    let Some(text) = fields.text("prefix")? else {
        return Ok(String::new());
    };
    let bare = text.strip_suffix('/').unwrap_or(text);
    let sound = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(char::is_control);
    if bare.len() > MAX_PREFIX || !bare.split('/').all(sound) {
        let accepted = "write it like `rules` or `zen/rules`, without `/` at its beginning, without `.` or `..`, in at most 512 bytes";
        let place = fields.place("prefix");
        return Err(ConfigurationError::given(place, text, accepted));
    }
    Ok(format!("{bare}/"))
}

fn is_bucket(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=255).contains(&name.len()) && name.bytes().all(allowed) && !name.starts_with('.')
}

fn is_region(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    name.len() <= 64 && name.bytes().all(allowed)
}
