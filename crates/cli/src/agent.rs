//! `--gorules-layout`: the copies of bundles that GoRules' Agents read.
//!
//! An Agent lists one level of a bucket and takes every object there for a project, named by its
//! key. It lets in whoever presents a token that `.config/project.json` holds in plain text, and
//! nobody if the list is empty; our bundles hold hashes only, so an Agent's copy is made anew with
//! the tokens that its publisher gives.

use crate::bundles::Ready;
use crate::error::CliError;
use crate::output::Output;
use crate::site::Site;
use bytes::Bytes;
use zen_edge_bundle::{Limits, Packer};
use zen_edge_publish::agent_copy;

/// The variable that holds the tokens.
const VARIABLE: &str = "ZEN_EDGE_AGENT_TOKENS";

/// What to write for Agents.
#[derive(Debug, clap::Args)]
pub(crate) struct AgentArguments {
    /// Also write every bundle to ENVIRONMENT/PROJECT, where GoRules' Agents read it. It is not
    /// signed. Agents let in only tokens that a bundle holds in plain text: give them in the
    /// variable ZEN_EDGE_AGENT_TOKENS, separated by spaces; they are then readable in the bucket.
    #[arg(long)]
    gorules_layout: bool,
}

impl AgentArguments {
    /// The copies by project; none unless they are asked for.
    pub(crate) fn prepare(
        &self,
        ready: &[Ready],
        output: &Output,
    ) -> Result<Vec<(String, Bytes)>, CliError> {
        if !self.gorules_layout {
            return Ok(Vec::new());
        }
        let tokens = std::env::var(VARIABLE).unwrap_or_default();
        let tokens: Vec<&str> = tokens.split_whitespace().collect();
        let mut copies = Vec::new();
        for Ready { upload, bundle } in ready {
            let bytes = match tokens.as_slice() {
                [] => {
                    if is_ours(bundle, &upload.bytes)? {
                        output.warn(format_args!(
                            "GoRules' Agents will let nobody evaluate `{}`: its bundle holds no access token in plain text (set {VARIABLE})",
                            upload.project
                        ));
                    }
                    upload.bytes.clone()
                }
                tokens => agent_copy(bundle, tokens)?,
            };
            copies.push((upload.project.clone(), bytes));
        }
        Ok(copies)
    }
}

/// Whether a bundle is as `pack` writes it, so that it holds hashes of tokens only.
fn is_ours(bundle: &zen_edge_bundle::Bundle, bytes: &[u8]) -> Result<bool, CliError> {
    let (packed, _) = Packer::from_bundle(bundle).pack(&Limits::default())?;
    Ok(packed == bytes)
}

impl Site {
    /// Writes the copies for Agents, which have no history: the last one written is there.
    pub(crate) async fn write_agent_copies(
        &self,
        copies: &[(String, Bytes)],
    ) -> Result<(), CliError> {
        for store in self.stores() {
            if copies.is_empty() {
                continue;
            }
            let writer = store.writer(self.unconditional).await?;
            for (project, bytes) in copies {
                writer.replace(project, bytes).await?;
            }
        }
        Ok(())
    }
}
