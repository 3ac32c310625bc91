//! Signing by another program: a hardware token, a key service, a colleague's script.

use super::bad;
use crate::error::Result;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// How long a program may take: somebody may have to touch a token.
const TIMEOUT: Duration = Duration::from_secs(300);

/// How much of its output is read: 128 digits and space around them.
const LONGEST_ANSWER: u64 = 1_024;

/// A program and its arguments.
#[derive(Debug, Clone)]
pub(super) struct Command {
    program: String,
    arguments: Vec<String>,
}

impl Command {
    pub(super) fn new(words: &str) -> Result<Self> {
        let mut words = words.split_whitespace().map(str::to_owned);
        Ok(Self {
            program: words
                .next()
                .ok_or_else(|| bad("the signing program's name is missing"))?,
            arguments: words.collect(),
        })
    }

    /// The program's signature of a message.
    pub(super) async fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        match tokio::time::timeout(TIMEOUT, self.run(message)).await {
            Ok(result) => result,
            Err(_) => Err(self.failed(format!(
                "did not answer within {} seconds",
                TIMEOUT.as_secs()
            ))),
        }
    }

    async fn run(&self, message: &[u8]) -> Result<Vec<u8>> {
        let mut child = tokio::process::Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| self.failed("did not start").because(error))?;
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(self.failed("has no standard input or output"));
        };
        let write = async {
            // A program that does not read it all has said what it thinks of it by its exit code.
            let _ = stdin.write_all(message).await;
            drop(stdin);
        };
        let mut answer = String::new();
        let mut output = stdout.take(LONGEST_ANSWER);
        let ((), read, status) =
            tokio::join!(write, output.read_to_string(&mut answer), child.wait());
        let status = status.map_err(|error| self.failed("cannot be waited for").because(error))?;
        if !status.success() {
            return Err(self.failed(format!("failed ({status})")));
        }
        read.map_err(|error| self.failed("wrote no text").because(error))?;
        hex::decode(answer.trim())
            .map_err(|_| self.failed("wrote something else than hexadecimal digits"))
    }

    fn failed(&self, what: impl std::fmt::Display) -> crate::Error {
        bad(format!("the signing program `{}` {what}", self.program))
    }
}
