//! Replication between buckets: `weed filer.sync`, one process for each pair of regions.

use crate::error::DrillError;
use crate::process::Process;
use crate::region::Region;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// A pair of regions, and the process that keeps them the same.
#[derive(Debug)]
struct Pair {
    regions: (usize, usize),
    process: Option<Process>,
    log: PathBuf,
}

/// All pairs.
#[derive(Debug)]
pub(crate) struct Replication {
    pairs: Vec<Pair>,
    folder: PathBuf,
}

impl Replication {
    /// Starts replication between any two regions.
    pub(crate) fn start(regions: &[Region], folder: &Path) -> Result<Self, DrillError> {
        let all = 0..regions.len();
        let pairs = all.flat_map(|a| (a + 1..regions.len()).map(move |b| (a, b)));
        let pairs = pairs.map(|regions| Pair {
            regions,
            process: None,
            log: PathBuf::new(),
        });
        let mut replication = Self {
            pairs: pairs.collect(),
            folder: folder.to_owned(),
        };
        replication.run(regions, None)?;
        Ok(replication)
    }

    /// Starts what does not run, as a supervisor does: it ends by itself if a store is away for long.
    /// It goes on where it was, or with what is written from `since` on.
    pub(crate) fn run(
        &mut self,
        regions: &[Region],
        since: Option<SystemTime>,
    ) -> Result<(), DrillError> {
        let since = since.and_then(|since| since.duration_since(UNIX_EPOCH).ok());
        for pair in &mut self.pairs {
            if let Some(process) = &mut pair.process
                && !process.ended()
            {
                continue;
            }
            let (a, b) = pair.regions;
            let (Some(a), Some(b)) = (regions.get(a), regions.get(b)) else {
                continue;
            };
            let mut command = a.store.tool();
            command
                .arg("filer.sync")
                .arg(format!("-a={}", a.store.filer()))
                .arg(format!("-b={}", b.store.filer()))
                .args(["-a.path=/buckets", "-b.path=/buckets"])
                .current_dir(&self.folder);
            if let Some(since) = since {
                for side in ["a", "b"] {
                    command.arg(format!("-{side}.fromTsMs={}", since.as_millis()));
                }
            }
            pair.log = self.folder.join(format!("sync-{}-{}.log", a.name, b.name));
            pair.process = Some(Process::spawn(command, &pair.log)?);
        }
        Ok(())
    }

    /// What the processes write.
    pub(crate) fn logs(&self) -> impl Iterator<Item = PathBuf> {
        self.pairs.iter().map(|pair| pair.log.clone())
    }

    fn of(&mut self, region: usize) -> impl Iterator<Item = &mut Pair> {
        let with = move |pair: &&mut Pair| pair.regions.0 == region || pair.regions.1 == region;
        self.pairs.iter_mut().filter(with)
    }

    /// Stops replication to and from a region, or lets it go on where it was.
    pub(crate) fn pause(&mut self, region: usize, pause: bool) -> Result<(), DrillError> {
        for pair in self.of(region) {
            if let Some(process) = &pair.process {
                process.pause(pause)?;
            }
        }
        Ok(())
    }

    /// Kills replication to and from a region.
    pub(crate) fn kill(&mut self, region: usize) {
        for pair in self.of(region) {
            pair.process = None;
        }
    }
}
