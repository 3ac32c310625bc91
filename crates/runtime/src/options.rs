//! How an environment is served.

use crate::circuit::CircuitOptions;
use crate::residency::ResidencyLimits;
use crate::shadow::ShadowOptions;
use zen_edge_eval::CompileOptions;
use zen_edge_sync::ClientOptions;

/// How an environment is followed and served. [`EnvironmentOptions::new`] has the defaults.
#[derive(Debug, Clone)]
pub struct EnvironmentOptions {
    /// How it is followed: sources, trust, projects, what age means.
    pub client: ClientOptions,
    /// How its releases are compiled, and what their decisions may ask of the host.
    pub compile: CompileOptions,
    /// Which of its releases stay in memory.
    pub residency: ResidencyLimits,
    /// When a release is taken back.
    pub circuit: CircuitOptions,
    /// What runs beside its active releases.
    pub shadow: Option<ShadowOptions>,
}

impl EnvironmentOptions {
    /// The defaults: nothing is granted to decisions, and nothing runs in the shadow.
    pub fn new(client: ClientOptions) -> Self {
        Self {
            client,
            compile: CompileOptions::default(),
            residency: ResidencyLimits::default(),
            circuit: CircuitOptions::default(),
            shadow: None,
        }
    }
}
