//! Key files: PKCS#8 in PEM, readable by their owner alone.

use super::{PublicKey, bad};
use crate::error::Result;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePublicKey as _};
use pkcs8::{EncodePrivateKey as _, LineEnding};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Asked for the passphrase of the key that it is told the name of; none if there is none to be had.
pub type Passphrase<'a> = &'a dyn Fn(&str) -> Option<Zeroizing<String>>;

/// Longest key file that is read, in bytes.
const LONGEST: u64 = 64 * 1024;

const ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

/// A key that was made.
#[derive(Debug)]
pub struct Generated {
    /// Its public half.
    pub public: PublicKey,
    /// Its id in metadata.
    pub id: String,
    /// The file that holds its private half.
    pub private_file: PathBuf,
    /// The file that holds its public half.
    pub public_file: PathBuf,
}

/// Makes a key: the private half in a new file of mode 0600, encrypted (PBES2 with scrypt and
/// AES-256) if there is a passphrase; the public half beside it, with `.pub` after its name.
///
/// # Errors
/// [`crate::ErrorKind::Key`] if one of the files exists or cannot be written.
pub fn generate(path: &Path, passphrase: Option<&str>) -> Result<Generated> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut_slice())
        .map_err(|error| bad("the system has no random numbers").because(error.to_string()))?;
    let key = SigningKey::from_bytes(&seed);
    let public = PublicKey::from(key.verifying_key());
    let mut public_file = path.as_os_str().to_owned();
    public_file.push(".pub");
    let public_file = PathBuf::from(public_file);
    let encode = |error| bad("the key cannot be written as PKCS#8").because(error);
    // The seed alone, as OpenSSL reads it.
    let pair = ed25519_dalek::pkcs8::KeypairBytes {
        secret_key: *seed,
        public_key: None,
    };
    let text = match passphrase {
        Some(passphrase) => pair
            .to_pkcs8_encrypted_pem(passphrase, LineEnding::LF)
            .map_err(encode)?,
        None => pair.to_pkcs8_pem(LineEnding::LF).map_err(encode)?,
    };
    let public_text = key
        .verifying_key()
        .to_public_key_pem(LineEnding::LF)
        .map_err(|error| bad("the public key cannot be written").because(error))?;
    if public_file.exists() {
        return Err(bad(format!("{} exists already", public_file.display())));
    }
    write(path, 0o600, text.as_bytes())?;
    write(&public_file, 0o644, public_text.as_bytes())?;
    Ok(Generated {
        public,
        id: hex::encode(public.id()?.as_ref()),
        private_file: path.to_owned(),
        public_file,
    })
}

#[cfg_attr(not(unix), allow(unused_variables))]
fn write(path: &Path, mode: u32, bytes: &[u8]) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(mode);
    }
    options
        .open(path)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .map_err(|error| bad(format!("cannot write {}", path.display())).because(error))
}

pub(super) fn read(path: &Path, passphrase: Passphrase<'_>) -> Result<SigningKey> {
    let file = File::open(path)
        .map_err(|error| bad(format!("cannot open the key {}", path.display())).because(error))?;
    check_mode(path, &file)?;
    let text = Zeroizing::new(slurp(path, file)?);
    parse(&path.display().to_string(), &text, passphrase)
}

pub(super) fn from_variable(name: &str, passphrase: Passphrase<'_>) -> Result<SigningKey> {
    let text = std::env::var(name)
        .map(Zeroizing::new)
        .map_err(|_| bad(format!("the variable {name} is not set, or holds no text")))?;
    parse(name, &text, passphrase)
}

/// A text file that is no secret.
pub(super) fn text(path: &Path) -> Result<String> {
    let file = File::open(path)
        .map_err(|error| bad(format!("cannot open the key {}", path.display())).because(error))?;
    slurp(path, file)
}

fn slurp(path: &Path, file: File) -> Result<String> {
    let mut text = String::new();
    file.take(LONGEST)
        .read_to_string(&mut text)
        .map_err(|error| bad(format!("cannot read the key {}", path.display())).because(error))?;
    Ok(text)
}

#[cfg(unix)]
fn check_mode(path: &Path, file: &File) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file
        .metadata()
        .map_err(|error| bad(format!("cannot look at {}", path.display())).because(error))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        return Err(bad(format!(
            "others than its owner may use the key {path} (mode {:04o}): run `chmod 600 {path}`, and make a new key if somebody may have read it",
            mode & 0o7777,
            path = path.display(),
        )));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_mode(_path: &Path, _file: &File) -> Result<()> {
    Ok(())
}

fn parse(name: &str, text: &str, passphrase: Passphrase<'_>) -> Result<SigningKey> {
    let text = text.trim();
    if !text.contains(ENCRYPTED) {
        return SigningKey::from_pkcs8_pem(text).map_err(|_| {
            bad(format!(
                "{name} is not an Ed25519 private key in PEM (PKCS#8, `-----BEGIN PRIVATE KEY-----`)"
            ))
        });
    }
    let passphrase = passphrase(name)
        .ok_or_else(|| bad(format!("the key {name} is encrypted: give its passphrase")))?;
    SigningKey::from_pkcs8_encrypted_pem(text, passphrase.as_bytes()).map_err(|_| {
        bad(format!(
            "the key {name} does not open: is the passphrase right?"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<Zeroizing<String>> {
        None
    }

    #[test]
    fn a_key_is_written_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pem");
        let made = generate(&path, None).unwrap();
        let read = super::super::SigningKey::read(path.to_str().unwrap(), &none).unwrap();
        assert_eq!(read.public(), &made.public);
        let public = PublicKey::read(made.public_file.to_str().unwrap()).unwrap();
        assert_eq!(public, made.public);
        assert_eq!(PublicKey::read(&public.to_string()).unwrap(), public);
        let secret = std::fs::read_to_string(&path).unwrap();
        assert!(!format!("{read:?}").contains(secret.lines().nth(1).unwrap()));
        assert!(generate(&path, None).is_err(), "nothing is overwritten");
    }

    #[test]
    fn an_encrypted_key_needs_its_passphrase() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pem");
        let made = generate(&path, Some("correct horse")).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains(ENCRYPTED));
        let open = |passphrase: &'static str| {
            read(&path, &move |_| Some(Zeroizing::new(passphrase.to_owned())))
        };
        let key = open("correct horse").unwrap();
        assert_eq!(PublicKey::from(key.verifying_key()), made.public);
        assert!(
            open("battery staple")
                .unwrap_err()
                .to_string()
                .contains("passphrase")
        );
        assert!(
            read(&path, &none)
                .unwrap_err()
                .to_string()
                .contains("encrypted")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pem");
        generate(&path, None).unwrap();
        for (mode, fine) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(read(&path, &none).is_ok(), fine, "{mode:o}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_showing_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pem");
        write(&path, 0o600, b"secret but not a key").unwrap();
        let error = read(&path, &none).unwrap_err().to_string();
        assert!(!error.contains("secret but"), "{error}");
        assert!(PublicKey::read(path.to_str().unwrap()).is_err());
        // A point of small order.
        let weak = "0100000000000000000000000000000000000000000000000000000000000000";
        assert!(PublicKey::read(weak).is_err());
    }
}
