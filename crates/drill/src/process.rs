//! Processes that end with the drill.

use crate::error::DrillError;
use crate::stop;
use std::fs::File;
use std::io::Read as _;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// When a command that is waited for is given up. Far more than any takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// When a server that does not come up is given up. Far more than any takes.
const STARTING: Duration = Duration::from_secs(60);

/// How much of a log's end is shown.
const TAIL: usize = 2_000;

/// A process that runs until it is killed. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Process {
    /// Starts one that writes into a log, after what is there.
    pub(crate) fn spawn(mut command: Command, log: &Path) -> Result<Self, DrillError> {
        let what = || format!("starting {command:?}");
        let open = || File::options().create(true).append(true).open(log);
        let open = || open().map_err(DrillError::io(format!("writing {}", log.display())));
        let (out, err) = (open()?, open()?);
        let what = what();
        let started = command.stdout(out).stderr(err).spawn();
        started.map(Self).map_err(DrillError::io(what))
    }

    /// Starts one that writes into a log, and waits until it can be connected to.
    pub(crate) fn listening(
        command: Command,
        log: &Path,
        what: &str,
        address: SocketAddr,
    ) -> Result<Self, DrillError> {
        let mut process = Self::spawn(command, log)?;
        let awaited = format!("{what} listens on {address}");
        stop::until(
            &awaited,
            STARTING,
            || tail(log),
            || {
                if process.ended() {
                    return Err(DrillError::Ended {
                        what: what.to_owned(),
                        log: tail(log),
                    });
                }
                Ok(TcpStream::connect(address).is_ok())
            },
        )?;
        Ok(process)
    }

    /// Whether it has ended by itself.
    pub(crate) fn ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }

    /// Stops it in its tracks (SIGSTOP), or lets it go on (SIGCONT).
    pub(crate) fn pause(&self, pause: bool) -> Result<(), DrillError> {
        let signal = if pause { "-STOP" } else { "-CONT" };
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        sent.map(drop).map_err(DrillError::io("pausing a process"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a command that has ended wrote.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command that ends by itself and writes little.
pub(crate) fn run(mut command: Command) -> Result<Ended, DrillError> {
    let what = format!("running {command:?}");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().map_err(DrillError::io(what.clone()))?;
    let mut process = Process(child);
    let ended = || "it goes on and on".to_owned();
    stop::until(&what, PATIENCE, ended, || Ok(process.ended()))?;
    let read = |from: Option<&mut dyn std::io::Read>| {
        let mut text = String::new();
        let bytes = from.map_or(Ok(0), |from| from.read_to_string(&mut text));
        bytes.map(|_| text).map_err(DrillError::io(what.clone()))
    };
    let child = &mut process.0;
    Ok(Ended {
        stdout: read(child.stdout.as_mut().map(|pipe| pipe as _))?,
        stderr: read(child.stderr.as_mut().map(|pipe| pipe as _))?,
        status: child.wait().map_err(DrillError::io(what.clone()))?,
    })
}

/// The end of a log.
pub(crate) fn tail(log: &Path) -> String {
    let mut text = Vec::new();
    let read = File::open(log).and_then(|mut file| file.read_to_end(&mut text));
    let text = match read {
        Ok(_) => String::from_utf8_lossy(&text).into_owned(),
        Err(error) => error.to_string(),
    };
    let start = text.len().saturating_sub(TAIL);
    let start = (start..text.len()).find(|at| text.is_char_boundary(*at));
    text.get(start.unwrap_or_default()..)
        .unwrap_or_default()
        .to_owned()
}
