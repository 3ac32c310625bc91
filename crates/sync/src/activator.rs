//! What is done with verified bundles: steps 7 and 8 of the refresh procedure, by whoever evaluates.

use crate::error::Error;
use crate::release::{Release, VerifiedBundle};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Compiles releases and serves them.
pub trait Activator: Send + Sync {
    /// A compiled release that nobody uses yet.
    type Prepared: Send;

    /// Step 7: compiles the bundle and runs its smoke cases. Whatever was active stays so.
    ///
    /// # Errors
    /// A refusal by its kind: [`crate::ErrorKind::NotCompiled`] or [`crate::ErrorKind::SmokeFailed`].
    /// The digest is remembered, and not prepared again.
    fn prepare(&self, bundle: VerifiedBundle) -> Result<Self::Prepared, Error>;

    /// Step 8: replaces what is active, all of it in one swap that cannot fail. Called with a lock
    /// held, so that two refreshes cannot overtake each other: it must not call back.
    fn activate(&self, swap: Swap<Self::Prepared>);
}

/// One change of what is active in an environment.
#[derive(Debug)]
pub struct Swap<P> {
    /// What becomes of each project; what is not named stays as it is.
    pub projects: BTreeMap<String, Change<P>>,
    /// Digests that the environment has revoked: nobody may be served from them any more, pinned or
    /// not.
    pub revoked: BTreeSet<String>,
}

/// What becomes of a project.
#[derive(Debug)]
pub enum Change<P> {
    /// This release becomes the active one.
    New(P),
    /// The active release stays, and this is what is known of it now: a newer revision lists it.
    Confirmed(Arc<Release>),
    /// The environment does not list the project any more, or has revoked its release: it has no
    /// active release.
    Removed,
}
