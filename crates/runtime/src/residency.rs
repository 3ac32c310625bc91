//! Which releases stay in memory: the active one and the one before it always, others for pins.

use crate::release::CompiledRelease;
use std::collections::BTreeMap;
use std::sync::Arc;
use zen_edge_sync::Release;

/// How much memory releases may take that are not active. What still answers a request is not
/// counted, and goes when it has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResidencyLimits {
    /// Releases of one project, the active one included.
    pub releases: usize,
    /// Bytes of all releases of the environment, as estimated.
    pub bytes: u64,
}

impl Default for ResidencyLimits {
    /// Four releases, and half of what a Cloudflare Worker has.
    fn default() -> Self {
        Self {
            releases: 4,
            bytes: 64 * 1024 * 1024,
        }
    }
}

/// The releases of one project that are in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Residents {
    active: Option<Arc<CompiledRelease>>,
    /// Those that were active before, the last one first.
    others: Vec<Arc<CompiledRelease>>,
}

impl Residents {
    /// The one that answers.
    pub(crate) fn active(&self) -> Option<&Arc<CompiledRelease>> {
        self.active.as_ref()
    }

    /// All of them, the active one first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<CompiledRelease>> + Clone {
        self.active.iter().chain(&self.others)
    }

    /// The one with this digest.
    pub(crate) fn find(&self, digest: &str) -> Option<&Arc<CompiledRelease>> {
        self.iter().find(|release| release.digest() == digest)
    }

    /// Makes a release the active one. One with the same digest gives way to it.
    pub(crate) fn activate(&mut self, release: Arc<CompiledRelease>) {
        self.others
            .retain(|other| other.digest() != release.digest());
        if let Some(before) = self.active.replace(release.clone())
            && before.digest() != release.digest()
        {
            self.others.insert(0, before);
        }
    }

    /// The environment confirms a release, or makes one active again that is still here. Nothing
    /// happens if it is not.
    pub(crate) fn confirm(&mut self, release: Arc<Release>) {
        if let Some(found) = self.find(&release.digest) {
            let confirmed = Arc::new(found.confirmed(release));
            self.activate(confirmed);
        }
    }

    /// The release that would take the active one's place.
    pub(crate) fn before(&self) -> Option<&Arc<CompiledRelease>> {
        self.others.first()
    }

    /// Forgets releases. What is active gives way to `before` only if `fall_back` says so.
    pub(crate) fn remove(&mut self, unwanted: impl Fn(&str) -> bool, fall_back: bool) {
        self.others.retain(|release| !unwanted(release.digest()));
        if self
            .active
            .as_ref()
            .is_some_and(|active| unwanted(active.digest()))
        {
            self.active = None;
            if fall_back && !self.others.is_empty() {
                self.active = Some(self.others.remove(0));
            }
        }
    }

    /// Those that may go: neither the active one nor the one before it.
    fn spare(&self) -> impl Iterator<Item = &Arc<CompiledRelease>> {
        let kept = usize::from(self.active.is_some());
        self.others.iter().skip(kept)
    }

    /// The spare release that nobody has asked for longest, when that was, and its size.
    fn oldest(&self) -> Option<(u64, u64, String)> {
        // Of those never asked for, the one that was active longest ago.
        let spare: Vec<_> = self.spare().collect();
        let found = spare.into_iter().rev().min_by_key(|spare| spare.used())?;
        Some((found.used(), found.bytes(), found.digest().to_owned()))
    }
}

/// Forgets spare releases, those that nobody has asked for longest first, until the limits hold or
/// there are none.
pub(crate) fn evict(projects: &mut BTreeMap<String, Residents>, limits: ResidencyLimits) {
    for residents in projects.values_mut() {
        while residents.iter().count() > limits.releases
            && let Some((_, _, digest)) = residents.oldest()
        {
            residents.remove(|found| found == digest, false);
        }
    }
    let all = projects.values().flat_map(Residents::iter);
    let mut bytes: u64 = all.map(|release| release.bytes()).sum();
    while bytes > limits.bytes {
        let spare = projects
            .values_mut()
            .filter_map(|residents| Some((residents.oldest()?, residents)));
        let Some(((_, size, digest), residents)) = spare.min_by(|(a, _), (b, _)| a.cmp(b)) else {
            return;
        };
        residents.remove(|found| found == digest, false);
        bytes = bytes.saturating_sub(size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::tests::{compiled, release};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn digest(number: usize) -> String {
        format!("{number:064}")
    }

    fn one(number: usize) -> Arc<CompiledRelease> {
        Arc::new(compiled(&digest(number), "r", "1.0.0", 10))
    }

    fn digests(residents: &Residents) -> Vec<usize> {
        let numbers = residents
            .iter()
            .map(|release| release.digest().parse().unwrap());
        numbers.collect()
    }

    #[test]
    fn the_release_before_follows_the_active_one() {
        let mut residents = Residents::default();
        for number in [1, 2, 3, 1] {
            residents.activate(one(number));
        }
        assert_eq!(digests(&residents), [1, 3, 2]);
        residents.confirm(Arc::new(release(&digest(2), "r", "2.0.0")));
        assert_eq!(digests(&residents), [2, 1, 3]);
        let active = residents.active().unwrap().release();
        assert_eq!(active.version.as_deref(), Some("2.0.0"));
        residents.confirm(Arc::new(release(&digest(9), "r", "2.0.0")));
        assert_eq!(digests(&residents), [2, 1, 3]);
    }

    #[test]
    fn what_is_revoked_goes_and_nothing_takes_its_place() {
        let mut residents = Residents::default();
        for number in [1, 2, 3] {
            residents.activate(one(number));
        }
        residents.remove(|found| found == digest(3) || found == digest(1), false);
        assert_eq!(digests(&residents), [2]);
        assert!(residents.active().is_none());
        residents.activate(one(4));
        residents.remove(|found| found == digest(4), true);
        assert_eq!(
            residents.active().map(|active| active.digest().to_owned()),
            Some(digest(2))
        );
    }

    #[test]
    fn what_is_asked_for_stays() {
        let mut projects = BTreeMap::from([("pricing".to_owned(), Residents::default())]);
        let residents = projects.get_mut("pricing").unwrap();
        for number in 1..=5 {
            residents.activate(one(number));
        }
        // 5 is active, 4 was before it; 1 was asked for after 3, and nobody asked for 2.
        residents.find(&digest(3)).unwrap().touch(1);
        residents.find(&digest(1)).unwrap().touch(2);
        let mut left = |releases, bytes| {
            evict(&mut projects, ResidencyLimits { releases, bytes });
            digests(&projects["pricing"])
        };
        assert_eq!(left(5, 50), [5, 4, 3, 2, 1]);
        assert_eq!(left(5, 49), [5, 4, 3, 1]);
        assert_eq!(left(3, 50), [5, 4, 1]);
        assert_eq!(left(1, 0), [5, 4]);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Activate(usize, usize, u64),
        Ask(usize, usize),
        Revoke(usize),
        TakeBack(usize, usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0..3_usize, 0..9_usize, 0..40_u64)
                .prop_map(|(project, digest, bytes)| Step::Activate(project, digest, bytes)),
            3 => (0..3_usize, 0..9_usize).prop_map(|(project, digest)| Step::Ask(project, digest)),
            1 => (0..9_usize).prop_map(Step::Revoke),
            1 => (0..3_usize, 0..9_usize)
                .prop_map(|(project, digest)| Step::TakeBack(project, digest)),
        ]
    }

    proptest! {
        /// Whatever happens: no release is there twice, the active one and the one before it are
        /// there, and nothing else is once the limits are passed.
        #[test]
        fn memory_is_bounded(
            steps in prop::collection::vec(step(), 1..60),
            releases in 1..6_usize,
            bytes in 0..200_u64,
        ) {
            let limits = ResidencyLimits { releases, bytes };
            let mut projects: BTreeMap<String, Residents> =
                (0..3_usize).map(|project| (project.to_string(), Residents::default())).collect();
            for (count, step) in steps.into_iter().enumerate() {
                let mut expected = None;
                match step {
                    Step::Activate(project, number, bytes) => {
                        let residents = projects.get_mut(&project.to_string()).unwrap();
                        let before = residents.active().map(|active| active.digest().to_owned());
                        let release = compiled(&digest(number), "r", "1", bytes);
                        residents.activate(Arc::new(release));
                        let before = before.filter(|before| *before != digest(number));
                        expected = Some((project, number, before));
                    }
                    Step::Ask(project, number) => {
                        if let Some(found) = projects[&project.to_string()].find(&digest(number)) {
                            found.touch(count as u64);
                        }
                    }
                    Step::Revoke(number) => {
                        for residents in projects.values_mut() {
                            residents.remove(|found| found == digest(number), false);
                            prop_assert!(residents.find(&digest(number)).is_none());
                        }
                    }
                    Step::TakeBack(project, number) => {
                        let residents = projects.get_mut(&project.to_string()).unwrap();
                        let was_active = residents.active().is_some();
                        let left = residents.iter().filter(|found| found.digest() != digest(number));
                        let left = left.count();
                        residents.remove(|found| found == digest(number), true);
                        prop_assert!(residents.find(&digest(number)).is_none());
                        prop_assert_eq!(residents.iter().count(), left);
                        prop_assert_eq!(residents.active().is_some(), was_active && left > 0);
                    }
                }
                evict(&mut projects, limits);
                if let Some((project, number, before)) = expected {
                    let residents = &projects[&project.to_string()];
                    prop_assert_eq!(residents.active().unwrap().digest(), digest(number));
                    if let Some(before) = before {
                        prop_assert_eq!(residents.before().unwrap().digest(), before);
                    }
                }
                let mut total = 0;
                let mut spare = 0;
                for residents in projects.values() {
                    let found: Vec<_> = residents.iter().map(|release| release.digest()).collect();
                    let once: BTreeSet<_> = found.iter().collect();
                    prop_assert_eq!(once.len(), found.len());
                    prop_assert!(found.len() <= limits.releases || residents.spare().count() == 0);
                    total += residents.iter().map(|release| release.bytes()).sum::<u64>();
                    spare += residents.spare().count();
                }
                prop_assert!(total <= limits.bytes || spare == 0, "{total} bytes, {spare} spare");
            }
        }
    }
}
