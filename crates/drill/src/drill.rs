//! A drill: a site under load, and the record of it.

use crate::book::{Book, Latest};
use crate::error::DrillError;
use crate::load::Load;
use crate::region::{REGIONS, Region};
use crate::site::{Programs, Site};
use crate::stop;
use crate::truth::{self, FORGED, PROJECT};
use std::path::Path;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// When a state that does not come is given up. Far more than any takes.
const PATIENCE: Duration = Duration::from_secs(60);

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
    /// How long a fault lasts that nothing else ends.
    pub(crate) hold: Duration,
    /// How many forged releases there are.
    forged: u64,
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
        hold: Duration,
        pause: Duration,
    ) -> Result<Self, DrillError> {
        let mut site = Site::start(programs, COUNT)?;
        let names: Vec<&str> = site.regions.iter().map(|region| region.name).collect();
        let book = Book::new(&names);
        publish(&site, &book, HOME)?;
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
            hold,
            forged: 0,
        })
    }

    /// Publishes the next release in a region.
    pub(crate) fn publish(&self, region: usize) -> Result<Published, DrillError> {
        publish(&self.site, &self.book, region)
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

    /// The fault strikes now.
    pub(crate) fn strike(&self) -> Instant {
        let now = Instant::now();
        self.book.strike(now);
        now
    }

    /// Lets the fault last.
    pub(crate) fn hold(&self) -> Result<(), DrillError> {
        stop::sleep(self.hold)
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
        let request = self.site.client.get(self.site.region(region)?.object(path));
        let body = async { request.send().await?.error_for_status()?.bytes().await };
        let body = self.site.runtime.block_on(body);
        Ok(body
            .map_err(DrillError::http(format!("reading {path}")))?
            .to_vec())
    }

    /// Puts an object into a region's bucket, as somebody who owns the store can.
    pub(crate) fn put(&self, region: usize, path: &str, body: Vec<u8>) -> Result<(), DrillError> {
        let address = self.site.region(region)?.object(path);
        let request = self.site.client.put(address).body(body);
        let sent = async { request.send().await?.error_for_status() };
        let sent = self.site.runtime.block_on(sent);
        sent.map(drop)
            .map_err(DrillError::http(format!("writing {path}")))
    }

    /// Puts all of an environment in a folder into a region's bucket, the pointer last.
    pub(crate) fn put_all(&self, region: usize, folder: &Path) -> Result<(), DrillError> {
        for part in ["targets", "metadata"] {
            let listed = std::fs::read_dir(folder.join(part));
            let listed = listed.map_err(DrillError::io("listing a forged environment"))?;
            for entry in listed {
                let entry = entry.map_err(DrillError::io("listing a forged environment"))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if name != POINTER {
                    self.put(region, &format!("{part}/{name}"), read(&entry.path())?)?;
                }
            }
        }
        let pointer = read(&folder.join("metadata").join(POINTER))?;
        self.put(region, &format!("metadata/{POINTER}"), pointer)
    }

    /// Cuts a region's bucket off, while somebody changes it.
    pub(crate) fn cut_off(&mut self, region: usize) {
        self.site.replication.kill(region);
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
        let site = &mut self.site;
        site.replication.run(&site.regions, Some(now()))?;
        site.settle()?;
        Ok(())
    }
}

/// The only object that is ever replaced.
pub(crate) const POINTER: &str = "timestamp.json";

#[allow(
    clippy::disallowed_methods,
    reason = "a native tool, and the store's replication wants the system's time"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

fn read(path: &Path) -> Result<Vec<u8>, DrillError> {
    std::fs::read(path).map_err(DrillError::io(format!("reading {}", path.display())))
}

fn publish(site: &Site, book: &Book, region: usize) -> Result<Published, DrillError> {
    let number = book.truth(|truth| truth.next());
    let publisher = &site.publisher;
    let folder = format!("{PROJECT}-{number}");
    let document = truth::document(number).to_string();
    publisher.write(&format!("{folder}/{}", truth::KEY), document)?;
    let bundle = publisher.pack(&folder, PROJECT, &number.to_string())?;
    book.truth(|truth| truth.announce(number, bundle.digest.clone()));
    let since = Instant::now();
    let revision = publisher.publish(&bundle, &site.environment(region)?)?;
    book.truth(|truth| truth.published(number, revision, Instant::now()));
    Ok(Published { number, since })
}
