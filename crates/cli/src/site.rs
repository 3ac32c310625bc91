//! What every verb that works with environments needs: addresses, the trusted root, keys, the time.

mod keys;
mod outcome;

pub(crate) use keys::{new_passphrase, passphrase};
pub(crate) use outcome::{Outcome, Shown, Spread};

use crate::clock;
use crate::error::CliError;
use crate::files;
use crate::output::Output;
use bytes::Bytes;
use jiff::Timestamp;
use std::future::Future;
use std::path::PathBuf;
use zen_edge_publish::keys::SigningKey;
use zen_edge_publish::store::Options;
use zen_edge_publish::{Environment, ErrorKind, Publisher, Store, Upload, copy};

/// Longest root that is read, in bytes.
pub(crate) const LONGEST_ROOT: u64 = 512 * 1024;

/// How `--help` explains addresses.
pub(crate) const ADDRESSES: &str = "\
The environment's address: s3://BUCKET/PREFIX/NAME, gs://, az://, file:// or a folder, and https:// \
to read. Its last segment is the environment's name. Where several are given, the first is written \
to and the others are brought up to date with it.

Credentials and endpoints come from the variables that the stores' own tools read \
(AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_ENDPOINT_URL, GOOGLE_APPLICATION_CREDENTIALS, \
AZURE_STORAGE_ACCOUNT_NAME and so on). What is no secret can be in the address: \
s3://rules/production?endpoint=https://...&region=auto&profile=backup";

/// The root to trust.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct RootArgument {
    /// The root metadata to trust from the outset; NAME.root.json by default, as `init` writes it.
    #[arg(long, value_name = "FILE", env = "ZEN_EDGE_ROOT")]
    root: Option<PathBuf>,
}

/// Where to write, and with what.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SiteArguments {
    /// The environment's address. Given again, the others are brought up to date with the first.
    #[arg(
        short,
        long = "environment",
        value_name = "URL",
        required = true,
        env = "ZEN_EDGE_ENVIRONMENT",
        long_help = ADDRESSES
    )]
    environments: Vec<String>,
    #[command(flatten)]
    root: RootArgument,
    #[command(flatten)]
    keys: KeyArguments,
    /// Write to a store that ignores conditions on writes. Only if there is no other publisher.
    #[arg(long)]
    allow_unconditional_writes: bool,
}

/// What to sign with.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct KeyArguments {
    /// A key to sign with: a file, env:VARIABLE, or exec:PUBLIC-KEY:PROGRAM ARGUMENT... that signs
    /// its standard input. Can be given again.
    #[arg(
        short,
        long = "key",
        value_name = "KEY",
        env = "ZEN_EDGE_KEY",
        hide_env_values = true
    )]
    keys: Vec<String>,
}

impl KeyArguments {
    /// Reads the keys, asking for passphrases where they are encrypted.
    pub(crate) fn read(&self) -> Result<Vec<SigningKey>, CliError> {
        let read = |source: &String| SigningKey::read(source, &passphrase);
        Ok(self.keys.iter().map(read).collect::<Result<_, _>>()?)
    }
}

impl RootArgument {
    /// The file.
    pub(crate) fn path(&self, environment: &str) -> PathBuf {
        self.root
            .clone()
            .unwrap_or_else(|| PathBuf::from(format!("{environment}.root.json")))
    }

    /// Reads the root.
    pub(crate) fn read(&self, environment: &str) -> Result<Vec<u8>, CliError> {
        let path = self.path(environment);
        files::read(&path, LONGEST_ROOT)?.ok_or_else(|| {
            CliError::unavailable(format!(
                "there is no root to trust at {}: name it with --root",
                path.display()
            ))
        })
    }
}

/// An environment to be written to, and copies of it.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) store: Store,
    copies: Vec<Store>,
    pub(crate) root: Vec<u8>,
    pub(crate) keys: Vec<SigningKey>,
    pub(crate) now: Timestamp,
    pub(crate) unconditional: bool,
}

impl SiteArguments {
    /// Opens the stores and reads root and keys. Nothing is requested yet.
    pub(crate) fn open(&self) -> Result<Site, CliError> {
        let site = self.open_without_root()?;
        let root = self.root.read(site.store.environment())?;
        Ok(Site { root, ..site })
    }

    /// As [`Self::open`], for an environment that is to be made.
    pub(crate) fn open_without_root(&self) -> Result<Site, CliError> {
        let mut stores = self.environments.iter().map(|url| store(url));
        let first = stores
            .next()
            .ok_or_else(|| CliError::usage("no environment is given"))??;
        let copies: Vec<Store> = stores.collect::<Result<_, _>>()?;
        for copy in &copies {
            if copy.environment() != first.environment() {
                return Err(CliError::usage(format!(
                    "{} and {} are different environments",
                    first.url(),
                    copy.url()
                )));
            }
        }
        Ok(Site {
            store: first,
            copies,
            root: Vec::new(),
            keys: self.keys.read()?,
            now: now()?,
            unconditional: self.allow_unconditional_writes,
        })
    }

    /// The root's file.
    pub(crate) fn root_path(&self, site: &Site) -> PathBuf {
        self.root.path(site.store.environment())
    }
}

impl Site {
    pub(crate) fn publisher(&self) -> Publisher<'_> {
        Publisher {
            store: &self.store,
            trusted_root: &self.root,
            keys: &self.keys,
            now: self.now,
            unconditional: self.unconditional,
        }
    }

    /// Every store, the one that is written to first.
    pub(crate) fn stores(&self) -> impl Iterator<Item = &Store> {
        std::iter::once(&self.store).chain(&self.copies)
    }

    /// Goes on from the newest that any of the copies has: after a failover, the first address may
    /// be behind the others.
    pub(crate) async fn catch_up(&self, output: &Output) -> Result<(), CliError> {
        if self.copies.is_empty() {
            return Ok(());
        }
        let revision = async |store: &Store| {
            let environment = Environment::load(store, &self.root, None).await;
            environment.map(|environment| environment.revision())
        };
        let mut newest = match revision(&self.store).await {
            Ok(revision) => revision,
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            Err(error) => return Err(error.into()),
        };
        for store in &self.copies {
            match revision(store).await {
                Ok(revision) if revision > newest => {
                    copy(store, &self.store, &self.root, self.unconditional).await?;
                    newest = revision;
                    output.warn(format_args!(
                        "{} was behind {}, and was brought to its revision {newest}",
                        self.store.url(),
                        store.url()
                    ));
                }
                // What cannot be reached now is told about when it is written to.
                Ok(_) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// Publishes, and brings the copies up to date, those for Agents too.
    pub(crate) async fn publish(
        &self,
        uploads: &[Upload],
        agent_copies: &[(String, Bytes)],
        dry_run: bool,
    ) -> Result<Outcome, CliError> {
        let published = self.publisher().publish(uploads, dry_run).await?;
        let mut copies = Vec::new();
        if !dry_run {
            copies = self.spread().await;
            self.write_agent_copies(agent_copies).await?;
        }
        Ok(Outcome::new(self.store.url(), &published, dry_run, copies))
    }

    /// Brings the copies up to date, every one that can be.
    pub(crate) async fn spread(&self) -> Vec<Spread> {
        let mut spreads = Vec::new();
        for store in &self.copies {
            let result = copy(&self.store, store, &self.root, self.unconditional).await;
            spreads.push(Spread::new(store.url(), &result));
        }
        spreads
    }
}

/// Opens an address.
pub(crate) fn store(url: &str) -> Result<Store, CliError> {
    Ok(Store::open(url, &Options::default())?)
}

/// The time.
pub(crate) fn now() -> Result<Timestamp, CliError> {
    let seconds = clock::unix_seconds().map_err(CliError::unavailable)?;
    Timestamp::from_second(seconds).map_err(CliError::unavailable)
}

/// Runs what waits for stores.
pub(crate) fn wait<T>(work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::unavailable(format!("cannot begin to work: {error}")))?
        .block_on(work)
}
