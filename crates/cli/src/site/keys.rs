//! Passphrases: from a variable, or asked for.

use crate::error::CliError;
use std::io::IsTerminal as _;
use zeroize::Zeroizing;

/// The variable that holds the passphrase of encrypted keys.
const VARIABLE: &str = "ZEN_EDGE_KEY_PASSPHRASE";

/// The passphrase of a key: the variable's, or what is typed at a terminal.
pub(crate) fn passphrase(key: &str) -> Option<Zeroizing<String>> {
    if let Ok(passphrase) = std::env::var(VARIABLE) {
        return Some(Zeroizing::new(passphrase));
    }
    ask(&format!("Passphrase of {key}: "))
}

/// The passphrase of a key that is to be made.
pub(crate) fn new_passphrase() -> Result<Zeroizing<String>, CliError> {
    if let Ok(passphrase) = std::env::var(VARIABLE) {
        return check(Zeroizing::new(passphrase));
    }
    let first = ask("Passphrase: ")
        .ok_or_else(|| CliError::usage(format!("set {VARIABLE}, or run this at a terminal")))?;
    match ask("The same again: ") {
        Some(again) if again == first => check(first),
        _ => Err(CliError::usage("the two passphrases differ")),
    }
}

fn check(passphrase: Zeroizing<String>) -> Result<Zeroizing<String>, CliError> {
    match passphrase.is_empty() {
        true => Err(CliError::usage("the passphrase is empty")),
        false => Ok(passphrase),
    }
}

fn ask(prompt: &str) -> Option<Zeroizing<String>> {
    if !std::io::stdin().is_terminal() {
        return None;
    }
    rpassword::prompt_password(prompt).ok().map(Zeroizing::new)
}
