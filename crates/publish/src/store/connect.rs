//! Clients for each kind of store, from the variables and profiles that people have already.

use super::bounded::Bounded;
use super::url::Options;
use crate::error::{Error, ErrorKind, Result};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey, AwsCredential};
use object_store::azure::{MicrosoftAzure, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorage, GoogleCloudStorageBuilder};
use object_store::http::{HttpBuilder, HttpStore};
use object_store::{BackoffConfig, ClientOptions, CredentialProvider, RetryConfig};
use reqsign_aws_v4::ProfileCredentialProvider;
use reqsign_core::{Context, OsEnv, ProvideCredential as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

type Query = [(String, String)];

pub(super) fn s3(url: &Url, query: &Query, options: &Options) -> Result<Arc<AmazonS3>> {
    let mut builder = AmazonS3Builder::from_env()
        .with_url(&url[..url::Position::AfterPath])
        .with_http_connector(Bounded::default())
        .with_retry(retry(options));
    let mut profile = None;
    for (name, value) in query {
        if name == "profile" {
            profile = Some(value.clone());
        } else {
            builder = builder.with_config(key(name)?, value);
        }
    }
    let is_set = |builder: &AmazonS3Builder, key| builder.get_config_value(&key).is_some();
    // A profile that is named wins; one that is only there serves where nothing else is set.
    let from_environment = [
        AmazonS3ConfigKey::AccessKeyId,
        AmazonS3ConfigKey::WebIdentityTokenFile,
        AmazonS3ConfigKey::ContainerCredentialsRelativeUri,
        AmazonS3ConfigKey::ContainerCredentialsFullUri,
    ]
    .into_iter()
    .any(|key| is_set(&builder, key));
    let named = profile.is_some() || std::env::var_os("AWS_PROFILE").is_some();
    if profile.is_some() || (!from_environment && (named || has_profiles())) {
        builder = builder.with_credentials(Arc::new(Profile::new(profile)));
    }
    let endpoint = builder
        .get_config_value(&AmazonS3ConfigKey::S3Endpoint)
        .or_else(|| builder.get_config_value(&AmazonS3ConfigKey::Endpoint));
    if endpoint.is_some_and(|endpoint| is_loopback(&endpoint)) {
        builder = builder.with_allow_http(true);
    }
    Ok(Arc::new(
        builder.build().map_err(|error| unusable(url, error))?,
    ))
}

pub(super) fn gcs(url: &Url, query: &Query, options: &Options) -> Result<Arc<GoogleCloudStorage>> {
    let mut builder = GoogleCloudStorageBuilder::from_env()
        .with_url(&url[..url::Position::AfterPath])
        .with_http_connector(Bounded::default())
        .with_retry(retry(options));
    for (name, value) in query {
        builder = builder.with_config(key(name)?, value);
    }
    Ok(Arc::new(
        builder.build().map_err(|error| unusable(url, error))?,
    ))
}

pub(super) fn azure(url: &Url, query: &Query, options: &Options) -> Result<Arc<MicrosoftAzure>> {
    let mut builder = MicrosoftAzureBuilder::from_env()
        .with_url(&url[..url::Position::AfterPath])
        .with_http_connector(Bounded::default())
        .with_retry(retry(options));
    for (name, value) in query {
        let name = if name == "account" {
            "account_name"
        } else {
            name
        };
        builder = builder.with_config(key(name)?, value);
    }
    Ok(Arc::new(
        builder.build().map_err(|error| unusable(url, error))?,
    ))
}

pub(super) fn http(url: &Url, options: &Options) -> Result<Arc<HttpStore>> {
    let client = ClientOptions::new().with_allow_http(is_loopback(url.as_str()));
    let builder = HttpBuilder::new()
        .with_url(&url[..url::Position::BeforePath])
        .with_http_connector(Bounded::default())
        .with_retry(retry(options))
        .with_client_options(client);
    Ok(Arc::new(
        builder.build().map_err(|error| unusable(url, error))?,
    ))
}

fn key<K: std::str::FromStr<Err = object_store::Error>>(name: &str) -> Result<K> {
    name.parse().map_err(|error| {
        Error::new(
            ErrorKind::Invalid,
            format!("`{name}` is not an option of this store"),
        )
        .because(error as object_store::Error)
    })
}

fn unusable(url: &Url, error: object_store::Error) -> Error {
    let shown = &url[..url::Position::AfterPath];
    Error::new(ErrorKind::Invalid, format!("`{shown}` is not usable")).because(error)
}

fn retry(options: &Options) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(5),
            base: 2.0,
        },
        max_retries: options.retries,
        retry_timeout: options.timeout,
    }
}

/// Whether an endpoint is on this machine, where a connection without TLS is not seen by others.
fn is_loopback(endpoint: &str) -> bool {
    let Ok(url) = Url::parse(endpoint) else {
        return false;
    };
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether there are AWS profiles on this machine.
fn has_profiles() -> bool {
    let file = |variable: &str, name: &str| {
        std::env::var_os(variable)
            .map(PathBuf::from)
            .or_else(|| Some(std::env::home_dir()?.join(".aws").join(name)))
            .is_some_and(|path| path.exists())
    };
    file("AWS_SHARED_CREDENTIALS_FILE", "credentials") || file("AWS_CONFIG_FILE", "config")
}

/// Credentials of an AWS profile, read from its files at every request that needs them.
#[derive(Debug)]
struct Profile {
    name: Option<String>,
    provider: ProfileCredentialProvider,
    context: Context,
}

impl Profile {
    fn new(name: Option<String>) -> Self {
        let provider = ProfileCredentialProvider::new();
        Self {
            provider: match &name {
                Some(name) => provider.with_profile(name),
                None => provider,
            },
            name,
            context: Context::new()
                .with_env(OsEnv)
                .with_file_read(reqsign_file_read_tokio::TokioFileRead),
        }
    }
}

#[async_trait::async_trait]
impl CredentialProvider for Profile {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let name = self.name.as_deref().unwrap_or("of AWS_PROFILE or default");
        let unauthenticated = |source| object_store::Error::Unauthenticated {
            path: format!("profile {name}"),
            source,
        };
        let credential = self
            .provider
            .provide_credential(&self.context)
            .await
            .map_err(|error| unauthenticated(error.into()))?
            .ok_or_else(|| unauthenticated("it has no access key".into()))?;
        Ok(Arc::new(AwsCredential {
            key_id: credential.access_key_id,
            secret_key: credential.secret_access_key,
            token: credential.session_token,
        }))
    }
}
