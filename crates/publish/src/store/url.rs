//! Addresses of environments, and what may stand in their queries.

use super::{Kind, Store, connect};
use crate::error::{Error, ErrorKind, Result, invalid};
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How to reach stores.
#[derive(Debug, Clone)]
pub struct Options {
    /// How often a request is repeated that failed for a reason that may pass.
    pub retries: usize,
    /// How long a request and its repetitions may take together.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            retries: 5,
            timeout: Duration::from_secs(60),
        }
    }
}

impl Store {
    /// Opens the environment at an address: `s3://bucket/prefix/production`, `gs://…`, `az://…`,
    /// `https://…` (to read), `file:///folder/production`, or a folder's path.
    ///
    /// Credentials and endpoints come from the variables that the stores' own tools read
    /// (`AWS_ACCESS_KEY_ID`, `AWS_PROFILE`, `AWS_ENDPOINT_URL`, `GOOGLE_APPLICATION_CREDENTIALS`,
    /// `AZURE_STORAGE_ACCOUNT_NAME` and so on). What is not secret can also be in the query, for
    /// each address its own: `s3://bucket/production?endpoint=https://…&region=eu&profile=backup`.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if the address is not one of these. Nothing is requested yet.
    pub fn open(address: &str, options: &Options) -> Result<Self> {
        let Some((scheme, _)) = address.split_once("://") else {
            return local(Path::new(address), address);
        };
        let unreadable = |error| {
            Error::new(ErrorKind::Invalid, format!("`{address}` is not a URL")).because(error)
        };
        let url = Url::parse(address).map_err(unreadable)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid(
                "credentials do not belong into an address: set the store's variables, or name a profile",
            ));
        }
        let query = query(&url)?;
        let shown = {
            let mut shown = url.clone();
            shown.set_query(None);
            shown.to_string().trim_end_matches('/').to_owned()
        };
        let path = url.path().trim_matches('/');
        match scheme {
            "file" => {
                let path = url.to_file_path().map_err(|()| {
                    invalid(format!("`{address}` is not the address of a local folder"))
                })?;
                local(&path, address)
            }
            "s3" | "s3a" => Self::paged(connect::s3(&url, &query, options)?, path, &shown),
            "gs" => Self::paged(connect::gcs(&url, &query, options)?, path, &shown),
            "az" | "azure" | "abfs" | "abfss" => {
                Self::paged(connect::azure(&url, &query, options)?, path, &shown)
            }
            "http" | "https" => {
                let store = connect::http(&url, options)?;
                Ok(Self::new(store, path, &shown)?.with_kind(Kind::ReadOnly))
            }
            _ => Err(invalid(format!(
                "`{scheme}` is not a kind of store: use s3, gs, az, file, or https to read"
            ))),
        }
    }
}

fn local(path: &Path, shown: &str) -> Result<Store> {
    let unusable = || invalid(format!("`{shown}` is not the path of a folder"));
    let path: PathBuf = absolute(path).map_err(|_| unusable())?;
    let inner = object_store::local::LocalFileSystem::new().with_fsync(true);
    let base = object_store::path::Path::from_absolute_path(&path).map_err(|_| unusable())?;
    let store = Store::new(Arc::new(inner), base.as_ref(), shown.trim_end_matches('/'))?;
    Ok(store.with_kind(Kind::Local(path)))
}

/// The query's members. Secrets are refused: addresses are seen in process lists and logs.
fn query(url: &Url) -> Result<Vec<(String, String)>> {
    let mut members = Vec::new();
    for (name, value) in url.query_pairs() {
        let name = name.to_lowercase();
        let secret = [
            "secret",
            "access_key",
            "token",
            "sas",
            "password",
            "credential",
            "key",
        ];
        if secret.iter().any(|word| name.contains(word)) {
            return Err(invalid(format!(
                "`{name}` does not belong into an address: set the store's variables, or name a profile"
            )));
        }
        members.push((name, value.into_owned()));
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(address: &str) -> Result<Store> {
        Store::open(address, &Options::default())
    }

    #[test]
    fn the_last_segment_is_the_environment() {
        for address in [
            "s3://bucket/a/b/production?region=eu-west-1",
            "gs://bucket/production/",
            "az://container/production?account=acme",
            "https://rules.example.com/a/production",
            "file:///srv/rules/production/",
            "rules/production",
            "./production",
        ] {
            let store = open(address).unwrap();
            assert_eq!(store.environment(), "production", "{address}");
            assert!(!store.url().contains('?'));
        }
    }

    #[test]
    fn secrets_and_strange_addresses_are_refused() {
        for address in [
            "s3://key:secret@bucket/production",
            "s3://bucket/production?secret_access_key=x",
            "s3://bucket/production?AWS_SESSION_TOKEN=x",
            "az://container/production?sas_token=x",
            "s3://bucket",
            "s3://bucket/production?colour=red",
            "ftp://host/production",
            "s3://bucket/pro%20duction",
            "",
            "/",
        ] {
            assert_eq!(
                open(address).unwrap_err().kind(),
                ErrorKind::Invalid,
                "{address}"
            );
        }
    }
}
