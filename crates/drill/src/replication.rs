//! Replication between buckets: `weed filer.sync`, from the region where is published to each other.
//!
//! One way only. Both ways, a store that comes back is sent again what the other had long since been
//! sent by it, and older pointers take the place of newer ones.

use crate::error::DrillError;
use crate::process::Process;
use crate::region::Region;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// What keeps one region's bucket as another's.
#[derive(Debug)]
struct Stream {
    from: usize,
    to: usize,
    /// What was written before is there by other means.
    since: Option<SystemTime>,
    /// None if it was killed.
    process: Option<Process>,
    log: PathBuf,
}

/// All streams.
#[derive(Debug)]
pub(crate) struct Replication {
    streams: Vec<Stream>,
    folder: PathBuf,
}

impl Replication {
    /// Starts replication from the first region to each other.
    pub(crate) fn start(regions: &[Region], folder: &Path) -> Result<Self, DrillError> {
        let mut replication = Self {
            streams: Vec::new(),
            folder: folder.to_owned(),
        };
        replication.start_from(0, None, regions)?;
        Ok(replication)
    }

    /// Ends replication, and starts it from this region to each other with what is written there from
    /// `since` on.
    pub(crate) fn start_from(
        &mut self,
        from: usize,
        since: Option<SystemTime>,
        regions: &[Region],
    ) -> Result<(), DrillError> {
        self.streams.clear();
        for to in (0..regions.len()).filter(|to| *to != from) {
            let mut stream = Stream {
                from,
                to,
                since,
                process: None,
                log: self.folder.join(format!("replication-{from}-{to}.log")),
            };
            stream.run(regions)?;
            self.streams.push(stream);
        }
        Ok(())
    }

    /// Starts again what was killed to a region, with what is written from `since` on.
    pub(crate) fn start_to(
        &mut self,
        to: usize,
        since: SystemTime,
        regions: &[Region],
    ) -> Result<(), DrillError> {
        for stream in self.streams.iter_mut().filter(|stream| stream.to == to) {
            stream.since = Some(since);
            stream.run(regions)?;
        }
        Ok(())
    }

    /// Starts again what ended by itself, as a supervisor does.
    pub(crate) fn supervise(&mut self, regions: &[Region]) -> Result<(), DrillError> {
        for stream in &mut self.streams {
            if stream.process.as_mut().is_some_and(Process::ended) {
                stream.run(regions)?;
            }
        }
        Ok(())
    }

    /// Stops replication to a region, or lets it go on where it was.
    pub(crate) fn pause_to(&self, to: usize, pause: bool) -> Result<(), DrillError> {
        let streams = self.streams.iter().filter(|stream| stream.to == to);
        for process in streams.filter_map(|stream| stream.process.as_ref()) {
            process.pause(pause)?;
        }
        Ok(())
    }

    /// Kills replication to a region.
    pub(crate) fn kill_to(&mut self, to: usize) {
        for stream in self.streams.iter_mut().filter(|stream| stream.to == to) {
            stream.process = None;
        }
    }

    /// Kills all replication.
    pub(crate) fn kill(&mut self) {
        self.streams.clear();
    }

    /// What the processes write.
    pub(crate) fn logs(&self) -> impl Iterator<Item = PathBuf> {
        self.streams.iter().map(|stream| stream.log.clone())
    }
}

impl Stream {
    fn run(&mut self, regions: &[Region]) -> Result<(), DrillError> {
        let region = |index: usize| regions.get(index).ok_or(DrillError::Region(index));
        let (from, to) = (region(self.from)?, region(self.to)?);
        let mut command = from.store.tool();
        command
            .args(["filer.sync", "-isActivePassive"])
            .arg(format!("-a={}", from.store.filer()))
            .arg(format!("-b={}", to.store.filer()))
            .args(["-a.path=/buckets", "-b.path=/buckets"]);
        let since = self
            .since
            .and_then(|since| since.duration_since(UNIX_EPOCH).ok());
        if let Some(since) = since {
            command.arg(format!("-a.fromTsMs={}", since.as_millis()));
        }
        self.process = Some(Process::spawn(command, &self.log)?);
        Ok(())
    }
}
