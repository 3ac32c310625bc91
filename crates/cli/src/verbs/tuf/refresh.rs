//! `refresh`: bring the top-level metadata up to date.

use super::directory::Directory;
use super::{Arguments, required};
use crate::clock;
use crate::error::AnyError;
use crate::http::Client;
use crate::output::Output;
use zen_edge_tuf::{Find, Limits, Next, Request, Target, UnixTime, Updater};

/// A client whose top-level metadata is up to date.
#[derive(Debug)]
pub(super) struct Session<'a> {
    pub(super) client: Client,
    pub(super) limits: Limits,
    directory: Directory,
    metadata_url: &'a str,
    updater: Updater,
}

pub(super) fn run<'a>(arguments: &'a Arguments, output: &Output) -> Result<Session<'a>, AnyError> {
    let metadata_url = required(arguments.metadata_url.as_deref(), "--metadata-url")?;
    let limits = Limits::default();
    let directory = Directory::create(&arguments.metadata_dir)?;
    let now = UnixTime(clock::unix_seconds()?);
    let updater = Updater::new(directory.load(&limits)?, now, limits.clone())?;
    let mut session = Session {
        client: Client::new(),
        limits,
        directory,
        metadata_url,
        updater,
    };
    while let Next::Fetch(request) = session.updater.advance()? {
        session.fetch(&request)?;
    }
    for error in session.updater.ignored() {
        output.warn(format_args!("stored metadata was passed over: {error}"));
    }
    Ok(session)
}

impl Session<'_> {
    /// Fetches what the updater asks for, and keeps what it accepts.
    fn fetch(&mut self, request: &Request) -> Result<(), AnyError> {
        let answer = self
            .client
            .get(self.metadata_url, &request.file_name(), request.max_bytes)?;
        let result = match answer {
            Some(bytes) => self.updater.provide(bytes),
            None => self.updater.missing(),
        };
        for change in self.updater.changes() {
            self.directory.apply(&change)?;
        }
        Ok(result?)
    }

    /// Looks a target up, fetching the metadata of delegated roles on the way.
    pub(super) fn find(&mut self, path: &str) -> Result<Target, AnyError> {
        loop {
            match self.updater.find(path)? {
                Find::Found(target) => return Ok(target),
                Find::Fetch(request) => self.fetch(&request)?,
            }
        }
    }
}
