//! A drill: a site under load, and the record of it.

use crate::book::{Book, Latest};
use crate::error::DrillError;
use crate::load::Load;
use crate::output::{DIM, note, paint};
use crate::publisher::Bundle;
use crate::region::{REGIONS, Region};
use crate::site::{POINTER, Programs, Site};
use crate::stop;
use crate::truth::FORGED;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

/// When a state that does not come is given up. Far more than any takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The same for the way back to a bucket that failed: it is tried at growing intervals, a minute at
/// most.
const FAIL_BACK: Duration = Duration::from_secs(180);

/// How long a fault lasts that nothing else ends: some polls, of a second each.
const HOLD: Duration = Duration::from_secs(5);
const SHORT_HOLD: Duration = Duration::from_millis(1_500);

/// When answers call themselves stale: soon, so that it is seen.
const STALE_AFTER: &str = "3s";

/// How many regions there are.
pub(crate) const COUNT: usize = REGIONS.len();
/// Where is published as long as nothing is wrong.
pub(crate) const HOME: usize = 0;
/// Where else something happens.
pub(crate) const SECOND: usize = 1;
/// See [`SECOND`].
pub(crate) const THIRD: usize = 2;
/// All of them.
pub(crate) const ALL: [usize; COUNT] = [HOME, SECOND, THIRD];

/// A site under load.
#[derive(Debug)]
pub(crate) struct Drill {
    // Before the site: clients end first.
    load: Load,
    pub(crate) book: Book,
    pub(crate) site: Site,
    /// Whether to show only what must be seen.
    pub(crate) short: bool,
    /// How many forged releases there are.
    forged: u64,
    /// How often something had to be published twice.
    pub(crate) repeated: usize,
}

/// A release on its way out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Published {
    /// Its number.
    pub(crate) number: u64,
    /// When the publisher was started.
    pub(crate) since: Instant,
}

impl Drill {
    /// Starts everything, publishes the first release, and lets clients ask from then on.
    pub(crate) fn start(
        programs: &Programs,
        short: bool,
        pause: Duration,
    ) -> Result<Self, DrillError> {
        let mut site = Site::start(programs, COUNT, STALE_AFTER)?;
        let names: Vec<&str> = site.regions.iter().map(|region| region.name).collect();
        let book = Book::new(&names);
        let (number, bundle) = pack(&site, &book)?;
        publish(&site, &book, HOME, number, &bundle)?;
        site.settle()?;
        for region in ALL {
            site.start_evaluator(region)?;
        }
        for region in &site.regions {
            let ready = format!("{}/api/ready", region.evaluator());
            let answers = || {
                let asked = async { site.client.get(&ready).send().await?.error_for_status() };
                Ok(site.runtime.block_on(asked).is_ok())
            };
            let what = format!("the evaluator in {} is ready", region.name);
            stop::until(&what, PATIENCE, || site.logs(), answers)?;
        }
        let evaluators: Vec<String> = site.regions.iter().map(Region::evaluator).collect();
        let load = {
            let _inside = site.runtime.enter();
            Load::start(&site.client, &book, &evaluators, pause)
        };
        Ok(Self {
            load,
            book,
            site,
            short,
            forged: 0,
            repeated: 0,
        })
    }

    /// Publishes the next release in a region. If replication has just left something there that
    /// cannot be gone on from, that is reconciled, and it is published again, as a pipeline would.
    pub(crate) fn publish(&mut self, region: usize) -> Result<Published, DrillError> {
        let (number, bundle) = pack(&self.site, &self.book)?;
        let since = Instant::now();
        let published = publish(&self.site, &self.book, region, number, &bundle);
        if let Err(DrillError::Command { message, .. }) = published {
            note(paint(DIM, format!("  published again: {message}")));
            self.repeated += 1;
            self.site.settle()?;
            publish(&self.site, &self.book, region, number, &bundle)?;
        } else {
            published?;
        }
        Ok(Published { number, since })
    }

    /// Waits until the running evaluators of these regions answer with a release; for how long since
    /// its publisher was started.
    pub(crate) fn served(
        &self,
        published: Published,
        regions: &[usize],
    ) -> Result<Duration, DrillError> {
        let what = format!("release {} is served", published.number);
        self.answers(&what, regions, |latest| {
            latest.seen.number >= published.number
        })?;
        Ok(published.since.elapsed())
    }

    /// As [`Self::served`], in every region.
    pub(crate) fn everywhere(&self, published: Published) -> Result<Duration, DrillError> {
        self.served(published, &ALL)
    }

    /// Waits until the newest answers of these regions' running evaluators are so.
    pub(crate) fn answers(
        &self,
        what: &str,
        regions: &[usize],
        so: impl Fn(&Latest) -> bool,
    ) -> Result<Duration, DrillError> {
        stop::until(
            what,
            PATIENCE,
            || self.book.state(),
            || {
                let latest = self.book.latest();
                let mut ours = latest.iter().filter(|(region, _)| regions.contains(region));
                Ok(ours.all(|(_, latest)| latest.as_ref().is_some_and(&so)))
            },
        )
    }

    /// Waits until a region's evaluator polls its own bucket; for how long.
    pub(crate) fn polls_its_own(&self, region: usize) -> Result<Duration, DrillError> {
        let what = "polls go to the region's own bucket";
        stop::until(
            what,
            FAIL_BACK,
            || self.book.state(),
            || {
                let region = self.site.region(region)?;
                let status = self.site.status(region)?;
                let source = status.pointer("/environments/production/source");
                Ok(source.and_then(Value::as_str) == Some(region.name))
            },
        )
    }

    /// Waits until a region's evaluator has refused what is in its own bucket.
    pub(crate) fn refuses(&self, region: usize) -> Result<(), DrillError> {
        let what = "what was put into the region's bucket is refused";
        stop::until(
            what,
            PATIENCE,
            || self.book.state(),
            || {
                let status = self.site.status(self.site.region(region)?)?;
                // Its own bucket is its first source.
                let own = status.pointer("/environments/production/sources/0");
                let failures = own.and_then(|own| own.pointer("/consecutiveFailures"));
                let failures = failures.and_then(Value::as_u64);
                Ok(failures.is_some_and(|failures| failures > 0))
            },
        )?;
        Ok(())
    }

    /// The fault strikes now.
    pub(crate) fn strike(&self) -> Instant {
        let now = Instant::now();
        self.book.strike(now);
        now
    }

    /// Lets the fault last.
    pub(crate) fn hold(&self) -> Result<(), DrillError> {
        stop::sleep(if self.short { SHORT_HOLD } else { HOLD })
    }

    /// Sends nothing any more, and waits for every answer.
    pub(crate) fn stop_load(&self) -> Result<(), DrillError> {
        self.load.stop();
        let open = || format!("{} are open", self.book.unanswered());
        stop::until("every request comes to an end", PATIENCE, open, || {
            Ok(self.book.unanswered() == 0)
        })?;
        Ok(())
    }

    /// A number for a release that is made by somebody else.
    pub(crate) fn next_forged(&mut self) -> u64 {
        self.forged += 1;
        FORGED + self.forged
    }

    /// Reads an object of a region's bucket.
    pub(crate) fn read(&self, region: usize, path: &str) -> Result<Vec<u8>, DrillError> {
        self.site.read(self.site.region(region)?, path)
    }

    /// Puts an object into a region's bucket.
    pub(crate) fn put(&self, region: usize, path: &str, body: Vec<u8>) -> Result<(), DrillError> {
        self.site.put(self.site.region(region)?, path, body)
    }

    /// Puts all of an environment in a folder into a region's bucket, the pointer last.
    pub(crate) fn put_all(&self, region: usize, folder: &Path) -> Result<(), DrillError> {
        for part in ["targets", "metadata"] {
            let listed = std::fs::read_dir(folder.join(part));
            let listed = listed.map_err(DrillError::io("listing a forged environment"))?;
            for entry in listed {
                let entry = entry.map_err(DrillError::io("listing a forged environment"))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let path = format!("{part}/{name}");
                if path != POINTER {
                    self.put(region, &path, read(&entry.path())?)?;
                }
            }
        }
        self.put(region, POINTER, read(&folder.join(POINTER))?)
    }

    /// Cuts a region's bucket off from the others, so that somebody changes it alone, and waits until
    /// its evaluator reads it.
    pub(crate) fn cut_off(&mut self, region: usize) -> Result<(), DrillError> {
        self.site.replication.kill_to(region);
        self.polls_its_own(region)?;
        Ok(())
    }

    /// Empties a bucket that somebody has changed, fills it from home, and lets it be replicated again
    /// from then on: what an operator does.
    pub(crate) fn repair(&mut self, region: usize) -> Result<(), DrillError> {
        let address = self.site.region(region)?.object("");
        let request = self.site.client.delete(format!("{address}?recursive=true"));
        let sent = async { request.send().await?.error_for_status() };
        let sent = self.site.runtime.block_on(sent);
        sent.map_err(DrillError::http("emptying a bucket"))?;
        let (from, to) = (self.site.environment(HOME)?, self.site.environment(region)?);
        self.site.publisher.copy(&from, &[to])?;
        self.site.replicate_to(region)?;
        self.site.settle()
    }
}

fn read(path: &Path) -> Result<Vec<u8>, DrillError> {
    std::fs::read(path).map_err(DrillError::io(format!("reading {}", path.display())))
}

/// Packs the next release, which from now on may be answered with.
fn pack(site: &Site, book: &Book) -> Result<(u64, Bundle), DrillError> {
    let number = book.truth(|truth| truth.next());
    let bundle = site.publisher.release(number)?;
    book.truth(|truth| truth.announce(number, bundle.digest.clone()));
    Ok((number, bundle))
}

fn publish(
    site: &Site,
    book: &Book,
    region: usize,
    number: u64,
    bundle: &Bundle,
) -> Result<(), DrillError> {
    let revision = site.publisher.publish(bundle, &site.environment(region)?)?;
    book.truth(|truth| truth.published(number, revision, Instant::now()));
    Ok(())
}
