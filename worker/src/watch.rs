//! Notes outside of the instance which release is being evaluated, so that its successor can be told.

use crate::host::{evaluate_release, name_release};
use std::cell::RefCell;
use zen_edge_http::Watch;

/// How many releases have a number; then numbers are given anew.
const NUMBERED: usize = 1024;

thread_local! {
    static NUMBERS: RefCell<Numbers> = RefCell::default();
}

#[derive(Default)]
struct Numbers {
    /// Environment, project, digest. Searched one by one: seldom are there more than a few.
    releases: Vec<(String, String, String)>,
    /// The one that was evaluated last is likely to be the next.
    last: usize,
}

impl Numbers {
    fn of(&mut self, environment: &str, project: &str, digest: &str) -> usize {
        let is_it = |known: &(String, String, String)| {
            known.2 == digest && known.1 == project && known.0 == environment
        };
        if self.releases.get(self.last).is_some_and(is_it) {
            return self.last;
        }
        let known = self.releases.iter().position(is_it);
        self.last = known.unwrap_or_else(|| {
            if self.releases.len() >= NUMBERED {
                self.releases.clear();
            }
            let number = self.releases.len();
            self.releases
                .push((environment.into(), project.into(), digest.into()));
            name_release(signed(number), environment, project, digest);
            number
        });
        self.last
    }
}

fn signed(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(-1)
}

/// The note.
#[derive(Debug)]
pub(crate) struct Note;

impl Watch for Note {
    fn enter(&self, environment: &str, project: &str, digest: &str) {
        let number = NUMBERS.with(|numbers| numbers.borrow_mut().of(environment, project, digest));
        evaluate_release(signed(number));
    }

    fn leave(&self) {
        evaluate_release(-1);
    }
}
