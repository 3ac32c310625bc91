//! An environment as a folder holds it: fetched and verified by the TUF client, expired or not.

use crate::error::{Error, ErrorKind, Stop};
use crate::folder::{Folder, Object};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use zen_edge_tuf::{Find, Json, Limits, List, Next, Request, Role, Stored, Target, UnixTime};
use zen_edge_tuf::{Updater, VerifiedTarget};

/// The member of root and targets metadata in which zen-edge's publisher writes.
const NOTE: &str = "x-zen-edge";

/// A time at which nothing has expired yet: what expired is copied as well, and who reads the copy
/// judges it.
pub(crate) const BEFORE_ALL: UnixTime = UnixTime(i64::MIN);

/// The pointer's name.
pub(crate) const POINTER: &str = "metadata/timestamp.json";

/// How much is done at once, and how much is accepted.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bounds on metadata and bundles.
    pub limits: Limits,
    /// How many objects are looked up at once.
    pub lookups: usize,
    /// How many bundles are copied at once. Each is held in memory.
    pub copies: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits {
                // A client visits the roles on the way to its targets; a copy visits all of them.
                delegations: 1_024,
                ..Limits::default()
            },
            lookups: 8,
            copies: 8,
        }
    }
}

/// A verified environment: what a copy of it consists of.
#[derive(Debug)]
pub struct Environment<'a, F: Folder> {
    pub(crate) folder: &'a F,
    pub(crate) options: &'a Options,
    pub(crate) trusted_root: &'a [u8],
    /// The roots from the trusted one to the newest one, by version.
    pub(crate) chain: BTreeMap<u64, Bytes>,
    pub(crate) pointer: Object<F::Version>,
    pub(crate) revision: u64,
    /// The snapshot's version.
    pub(crate) snapshot: u64,
    /// Numbered metadata but roots, as received; the snapshot last, because it announces the others.
    pub(crate) files: Vec<(String, Bytes)>,
    pub(crate) contents: Vec<Target>,
}

impl<'a, F: Folder> Environment<'a, F> {
    /// Fetches and verifies all metadata of an environment as a client does, beginning with a root
    /// that is trusted. None if there is no such environment: it has no timestamp.
    ///
    /// # Errors
    /// [`ErrorKind::Untrusted`], [`ErrorKind::WrongEnvironment`] and [`ErrorKind::TooLarge`] if it does
    /// not hold; [`ErrorKind::Missing`] if something it announces is not there;
    /// [`ErrorKind::Invalid`] if the trusted root is not usable; and what the port says.
    pub async fn load(
        folder: &'a F,
        trusted_root: &'a [u8],
        options: &'a Options,
    ) -> Result<Option<Self>, F::Error> {
        let loaded = Self::try_load(folder, trusted_root, options).await;
        loaded.map_err(Stop::into_error)
    }

    pub(crate) async fn try_load(
        folder: &'a F,
        trusted_root: &'a [u8],
        options: &'a Options,
    ) -> Result<Option<Self>, Stop<F::Error>> {
        let label = folder.label();
        let refused = |error: zen_edge_tuf::Error| Error::refused(label, &error);
        let stored = Stored::with_root(trusted_root);
        let mut updater =
            Updater::new(stored, BEFORE_ALL, options.limits.clone()).map_err(|error| {
                let message = format!("the trusted root is not usable: {error}");
                Error::new(ErrorKind::Invalid, message)
            })?;
        let first = updater.trusted().root_version();
        let mut chain = BTreeMap::from([(first, Bytes::copy_from_slice(trusted_root))]);
        let mut pointer = None;
        let mut snapshot = None;
        let mut files = Files {
            folder,
            files: Vec::new(),
        };
        while let Next::Fetch(request) = updater.advance().map_err(refused)? {
            let found = get(folder, &request).await?;
            let Some(object) = found else {
                if request.role == Role::Timestamp {
                    return Ok(None);
                }
                updater.missing().map_err(refused)?;
                continue;
            };
            updater
                .provide(Arc::<[u8]>::from(object.bytes.as_ref()))
                .map_err(refused)?;
            match request.role {
                Role::Root => drop(chain.insert(updater.trusted().root_version(), object.bytes)),
                Role::Timestamp => pointer = Some(object),
                Role::Snapshot => snapshot = Some((request.file_name(), object.bytes)),
                _ => files.files.push((request.file_name(), object.bytes)),
            }
        }
        if !updater.trusted().consistent_snapshot() {
            let message =
                format!("{label}: its file names have no versions, so it is not ours to write");
            return Err(Error::new(ErrorKind::Invalid, message).into());
        }
        check_name(folder, &updater, &Role::Root)?;
        check_name(folder, &updater, &Role::Targets)?;
        let contents = files.contents(&mut updater).await?;
        files.files.extend(snapshot);
        let revision = updater.trusted().timestamp_version();
        let version = updater.trusted().snapshot_version();
        Ok(pointer.zip(revision).map(|(pointer, revision)| Self {
            folder,
            options,
            trusted_root,
            chain,
            pointer,
            revision,
            snapshot: version.unwrap_or(0),
            files: files.files,
            contents,
        }))
    }

    /// The version of the timestamp: it only grows.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// When the timestamp was written, in milliseconds since 1970, if the bucket says so.
    pub fn written(&self) -> Option<i64> {
        self.pointer.written
    }

    /// The bundles that it announces.
    pub fn contents(&self) -> &[Target] {
        &self.contents
    }

    /// The bytes of a bundle, checked against the metadata.
    pub(crate) async fn download(&self, target: &Target) -> Result<VerifiedTarget, Stop<F::Error>> {
        let label = self.folder.label();
        let limits = &self.options.limits;
        let refused = |error: zen_edge_tuf::Error| Error::refused(label, &error);
        // Checks the announced length before anything is asked for.
        target.download(limits).map_err(refused)?;
        let name = content_name(target);
        let found = self.folder.get(&name, target.length()).await;
        let object = found
            .map_err(Stop::Port)?
            .ok_or_else(|| Error::new(ErrorKind::Missing, format!("{label} has no {name}")))?;
        Ok(target.verify(&object.bytes, limits).map_err(refused)?)
    }
}

/// Where a bundle is below the folder.
pub(crate) fn content_name(target: &Target) -> String {
    format!("targets/{}", target.file_name())
}

/// The version of a timestamp, if the keys of this root have signed it.
pub(crate) fn version_under(root: &[u8], timestamp: &[u8], limits: &Limits) -> Option<u64> {
    let stored = Stored::with_root(root);
    let mut updater = Updater::new(stored, BEFORE_ALL, limits.clone()).ok()?;
    updater.advance().ok()?;
    // No newer root is to be looked at.
    updater.missing().ok()?;
    updater.advance().ok()?;
    updater.provide(timestamp).ok()?;
    updater.trusted().timestamp_version()
}

async fn get<F: Folder>(
    folder: &F,
    request: &Request,
) -> Result<Option<Object<F::Version>>, Stop<F::Error>> {
    let name = format!("metadata/{}", request.file_name());
    let found = folder.get(&name, request.max_bytes).await;
    found.map_err(Stop::Port)
}

/// The metadata of targets roles, as it comes in.
struct Files<'a, F> {
    folder: &'a F,
    files: Vec<(String, Bytes)>,
}

impl<F: Folder> Files<'_, F> {
    /// Every bundle that is announced, whoever announces it.
    async fn contents(&mut self, updater: &mut Updater) -> Result<Vec<Target>, Stop<F::Error>> {
        let label = self.folder.label();
        let mut unpublished = BTreeSet::new();
        let paths = loop {
            match updater.list(&unpublished) {
                Ok(List::All(paths)) => break paths,
                Ok(List::Fetch(request)) => self.answer(updater, &request).await?,
                Err(error)
                    if is_unpublished(&error) && unpublished.insert(error.role().clone()) => {}
                Err(error) => return Err(Error::refused(label, &error).into()),
            }
        };
        let mut contents = Vec::new();
        for path in paths {
            let found = loop {
                match updater.find(&path) {
                    Ok(Find::Found(target)) => break Some(target),
                    Ok(Find::Fetch(request)) => self.answer(updater, &request).await?,
                    // No client comes to this one.
                    Err(error) if is_unreachable(&error) => break None,
                    Err(error) => return Err(Error::refused(label, &error).into()),
                }
            };
            if let Some(target) = found {
                self.check_target(&target)?;
                contents.push(target);
            }
        }
        Ok(contents)
    }

    async fn answer(
        &mut self,
        updater: &mut Updater,
        request: &Request,
    ) -> Result<(), Stop<F::Error>> {
        let label = self.folder.label();
        let provided = match get(self.folder, request).await? {
            Some(object) => {
                let bytes = Arc::<[u8]>::from(object.bytes.as_ref());
                let file = (request.file_name(), object.bytes);
                if !self.files.contains(&file) {
                    self.files.push(file);
                }
                updater.provide(bytes)
            }
            None => updater.missing(),
        };
        Ok(provided.map_err(|error| Error::refused(label, &error))?)
    }

    /// What was signed for staging is not production, whatever bucket it is in.
    fn check_target(&self, target: &Target) -> Result<(), Error> {
        let said = |name: &str| target.custom()?.get(name)?.as_text();
        let (label, path) = (self.folder.label(), target.path());
        let environment = self.folder.environment();
        if let Some(found) = said("environment").filter(|found| *found != environment) {
            let what = format!("the release of `{path}`");
            return Err(wrong_environment(label, &what, found, environment));
        }
        if let Some(found) = said("project").filter(|found| *found != path) {
            let message =
                format!("{label}: the target `{path}` is a release of the project `{found}`");
            return Err(Error::new(ErrorKind::Untrusted, message));
        }
        Ok(())
    }
}

/// Whether a role is delegated to, but the snapshot does not list it: nothing was published there yet.
fn is_unpublished(error: &zen_edge_tuf::Error) -> bool {
    error.kind() == zen_edge_tuf::ErrorKind::Invalid
        && error.step() == "5.6.1"
        && matches!(error.role(), Role::Delegated(_))
}

fn is_unreachable(error: &zen_edge_tuf::Error) -> bool {
    error.kind() == zen_edge_tuf::ErrorKind::NotFound || is_unpublished(error)
}

/// The environment for which a role's metadata says that it is signed.
pub(crate) fn signed_for<'a>(updater: &'a Updater, role: &Role) -> Option<&'a str> {
    let note = updater.trusted().extension(role, NOTE)?;
    note.get("environment").and_then(Json::as_text)
}

fn check_name<F: Folder>(folder: &F, updater: &Updater, role: &Role) -> Result<(), Error> {
    let (label, wanted) = (folder.label(), folder.environment());
    match signed_for(updater, role) {
        Some(found) if found == wanted => Ok(()),
        Some(found) => {
            let what = format!("its {role} metadata");
            Err(wrong_environment(label, &what, found, wanted))
        }
        None => {
            let message = format!(
                "{label}: its {role} metadata does not say in `{NOTE}.environment` for which environment it is signed"
            );
            Err(Error::new(ErrorKind::WrongEnvironment, message))
        }
    }
}

fn wrong_environment(label: &str, what: &str, found: &str, wanted: &str) -> Error {
    let message =
        format!("{label}: {what} is signed for the environment `{found}`, not `{wanted}`");
    Error::new(ErrorKind::WrongEnvironment, message)
}
