//! After a fault: every bucket as the newest.

use crate::error::DrillError;
use crate::output::{DIM, note, paint};
use crate::region::Region;
use crate::site::{PATIENCE, POINTER, Site};
use crate::stop;
use std::cell::RefCell;
use std::time::Duration;
use tokio::time::Instant;

/// How long replication may take before the reconciler is run. It mostly takes milliseconds.
const LAG: Duration = Duration::from_secs(3);

/// How long to wait before looking at buckets again.
pub(crate) const PAUSE: Duration = Duration::from_millis(100);

impl Site {
    /// Waits until every bucket whose store runs has the newest revision, whole, and starts replication
    /// meanwhile where it ended by itself. What replication leaves behind is reconciled, as an operator
    /// would do it: a store that comes back is not always told all that it missed.
    pub(crate) fn settle(&mut self) -> Result<(), DrillError> {
        let up = self.regions.iter().filter(|region| region.store_runs());
        let all: Vec<String> = up.map(Region::environment).collect();
        let what = "every bucket has the newest revision, whole";
        let said = RefCell::new(String::new());
        let state = || said.borrow().clone();
        let mut waited = Instant::now();
        stop::until(what, PATIENCE, state, || {
            self.replication.supervise(&self.regions)?;
            let status = self.publisher.status(&all)?;
            said.replace(status.said);
            let with = |good: bool| {
                let both = all.iter().zip(&status.good);
                both.filter(move |(_, its)| **its == good)
                    .map(|(address, _)| address.clone())
            };
            let behind: Vec<String> = with(false).collect();
            if behind.is_empty() && status.good.len() == all.len() {
                return Ok(true);
            }
            if waited.elapsed() > LAG
                && let Some(newest) = with(true).next()
            {
                for address in &behind {
                    self.reconcile(&newest, address)?;
                }
                waited = Instant::now();
            }
            stop::sleep(PAUSE)?;
            Ok(false)
        })?;
        Ok(())
    }

    /// Copies from one bucket to another. A pointer there that is none is overwritten before: copying
    /// does not take the place of what it cannot read.
    fn reconcile(&self, from: &str, to: &str) -> Result<(), DrillError> {
        let copied = self.publisher.copy(from, &[to.to_owned()]);
        let error = match copied {
            Ok(()) => {
                self.copied.set(self.copied.get() + 1);
                return Ok(());
            }
            Err(DrillError::Command { message, .. }) => message,
            Err(error) => return Err(error),
        };
        let by_address = |address: &str| {
            let mut regions = self.regions.iter();
            regions.find(|region| region.environment() == address)
        };
        let (Some(from), Some(to)) = (by_address(from), by_address(to)) else {
            return Ok(());
        };
        note(paint(
            DIM,
            format!("  {}: {error}; its pointer is overwritten", to.name),
        ));
        let good = self.read(from, POINTER)?;
        self.put(to, POINTER, good)?;
        self.overwritten.set(self.overwritten.get() + 1);
        Ok(())
    }
}
