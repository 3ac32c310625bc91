//! The GoRules layout: one zip per project, replaced by every deployment, and nothing else.

use crate::bucket::Bucket;
use crate::release::Plan;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Deploys one environment as BRMS does: object `<environment>/<project>`, unsigned.
pub struct Deployer {
    environment: String,
    bucket: Bucket,
    deployed: BTreeMap<(String, String), Vec<u8>>,
}

impl Deployer {
    /// An environment into which nothing was deployed yet.
    pub fn new(environment: &str, bucket: Bucket) -> Self {
        Self {
            environment: environment.to_owned(),
            bucket,
            deployed: BTreeMap::new(),
        }
    }

    /// Deploys releases; `now`, in milliseconds since 1970, is when the bundles say that was.
    /// An older release that is deployed again says so too: a rollback in BRMS is a deployment.
    ///
    /// # Panics
    /// If `now` is no time.
    pub fn deploy(&mut self, plans: &[Plan], now: i64, other: Option<&Bucket>) {
        let bucket = other.unwrap_or(&self.bucket);
        let now = Timestamp::from_millisecond(now).unwrap().to_string();
        for plan in plans {
            let mut plan = plan.clone();
            plan.made_for
                .get_or_insert_with(|| self.environment.clone());
            let bytes = plan.pack(Some(&now));
            bucket.put(&self.key(&plan.project), bytes.clone());
            self.deployed.insert((plan.project, plan.version), bytes);
        }
        bucket.mark();
    }

    /// Deletes projects.
    pub fn remove(&self, projects: &[String]) {
        for project in projects {
            self.bucket.delete(&self.key(project));
        }
        self.bucket.mark();
    }

    /// Puts the very bytes of an older deployment back, with their old time: a replica that goes
    /// backwards.
    ///
    /// # Panics
    /// If there was no such deployment.
    pub fn replay(&self, project: &str, version: &str, into: &Bucket) {
        let key = (project.to_owned(), version.to_owned());
        let bytes = self.deployed.get(&key);
        let bytes = bytes.unwrap_or_else(|| panic!("{project} {version} was never deployed"));
        into.put(&self.key(project), bytes.clone());
        into.mark();
    }

    fn key(&self, project: &str) -> String {
        format!("{}/{project}", self.environment)
    }
}
