//! `keygen`: a key to sign with.

use crate::error::CliError;
use crate::exit::Exit;
use crate::identity::line;
use crate::output::{Output, Report};
use crate::site::new_passphrase;
use serde::Serialize;
use std::io::{self, Write};
use std::path::PathBuf;
use zen_edge_publish::keys::generate;

/// Make a key to sign with: Ed25519, PKCS#8 in PEM, readable by you alone.
///
/// The public key is written beside it, with .pub after its name. Nothing is overwritten. OpenSSL
/// reads these files, and makes ones that can be used as well (openssl genpkey -algorithm ed25519).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  zen-edge keygen production.pem
  zen-edge keygen root.pem --encrypt
  ZEN_EDGE_KEY_PASSPHRASE=$(pass show rules/root) zen-edge keygen root.pem --encrypt")]
pub(crate) struct Arguments {
    /// The file to write.
    file: PathBuf,
    /// Encrypt the key (scrypt and AES-256) with a passphrase, from ZEN_EDGE_KEY_PASSPHRASE or
    /// asked for.
    #[arg(long)]
    encrypt: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    private_key: PathBuf,
    public_key: PathBuf,
    public: String,
    key_id: String,
    encrypted: bool,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let passphrase = arguments.encrypt.then(new_passphrase).transpose()?;
    let passphrase = passphrase.as_ref().map(|text| text.as_str());
    let made = generate(&arguments.file, passphrase)?;
    output.report(&Made {
        private_key: made.private_file,
        public_key: made.public_file,
        public: made.public.to_string(),
        key_id: made.id,
        encrypted: arguments.encrypt,
    })?;
    Ok(Exit::Done)
}

impl Report for Made {
    fn text(&self, to: &mut dyn Write) -> io::Result<()> {
        let path = |path: &PathBuf| Some(path.display().to_string());
        let secret = if self.encrypted {
            "encrypted"
        } else {
            "not encrypted"
        };
        let secret = Some(secret.to_owned());
        line(to, "private", [&path(&self.private_key), &secret, &None])?;
        line(to, "public", [&path(&self.public_key), &None, &None])?;
        line(to, "key id", [&Some(self.key_id.clone()), &None, &None])
    }
}
