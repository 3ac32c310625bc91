//! An evaluator of JavaScript's behind the port of `zen-edge-sync`.

use crate::bundle::handed;
use crate::object::{self, object, texts, words};
use js_sys::{Array, Reflect, Uint8Array};
use send_wrapper::SendWrapper;
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use zen_edge_sync::{Change, Error, ErrorKind, Release, Swap, VerifiedBundle};

/// How many releases of a project are remembered, the active one among them, so that one can take
/// another's place.
const REMEMBERED: usize = 4;

#[wasm_bindgen]
extern "C" {
    /// `ActivatorPort` of `js/releases/sync.ts`.
    #[derive(Clone)]
    pub type JsActivator;

    #[wasm_bindgen(method, structural, catch)]
    fn prepare(this: &JsActivator, bundle: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    fn activate(this: &JsActivator, swap: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    fn discard(this: &JsActivator, handle: f64) -> Result<(), JsValue>;
}

/// What is served, as far as sync must know.
#[derive(Default)]
pub(crate) struct Serving {
    /// Whether JavaScript is being told, with sync's lock held.
    pub(crate) is_busy: Cell<bool>,
    /// The releases that are or were active, the newest last.
    releases: RefCell<BTreeMap<String, VecDeque<Arc<Release>>>>,
    /// The projects that the environment has taken out.
    removed: RefCell<BTreeSet<String>>,
}

impl Serving {
    /// A release that is or was active.
    pub(crate) fn release(&self, project: &str, digest: &str) -> Option<Arc<Release>> {
        let releases = self.releases.borrow();
        let mut known = releases.get(project)?.iter();
        known.find(|release| release.digest == digest).cloned()
    }

    /// Whether the environment has taken a project out.
    pub(crate) fn was_removed(&self, project: &str) -> bool {
        self.removed.borrow().contains(project)
    }

    fn remember(&self, project: &str, release: Arc<Release>) {
        let mut releases = self.releases.borrow_mut();
        let known = releases.entry(project.to_owned()).or_default();
        known.retain(|known| known.digest != release.digest);
        known.push_back(release);
        if known.len() > REMEMBERED {
            known.pop_front();
        }
    }
}

/// An evaluator of JavaScript's.
pub(crate) struct Activator {
    evaluator: SendWrapper<JsActivator>,
    serving: SendWrapper<Rc<Serving>>,
}

impl Activator {
    pub(crate) fn new(evaluator: JsActivator, serving: Rc<Serving>) -> Self {
        Self {
            evaluator: SendWrapper::new(evaluator),
            serving: SendWrapper::new(serving),
        }
    }
}

/// A release that JavaScript has compiled, by its number there. Dropped before it is active, it is given
/// back.
pub(crate) struct Prepared {
    handle: Option<f64>,
    release: Arc<Release>,
    evaluator: SendWrapper<JsActivator>,
}

impl Drop for Prepared {
    fn drop(&mut self) {
        if let Some(handle) = self.handle.take() {
            // `sync.ts` tells the host of what is thrown there; here, too, nothing could be done.
            let _ = self.evaluator.discard(handle);
        }
    }
}

impl zen_edge_sync::Activator for Activator {
    type Prepared = Prepared;

    fn prepare(&self, bundle: VerifiedBundle) -> Result<Prepared, Error> {
        let handed = handed(bundle.bundle(), &json!(bundle.release()));
        let packed = Uint8Array::from(bundle.packed().bytes());
        let set = Reflect::set(&handed, &JsValue::from_str("packed"), &packed);
        let answer = set.and_then(|_| self.evaluator.prepare(&handed));
        match answer.map(|answer| answer.as_f64()) {
            Ok(Some(handle)) => Ok(Prepared {
                handle: Some(handle),
                release: Arc::new(bundle.release().clone()),
                evaluator: self.evaluator.clone(),
            }),
            Ok(None) => Err(Error::new(
                ErrorKind::NotCompiled,
                "the activator's `prepare` gave no number",
            )),
            Err(thrown) => Err(refusal(thrown)),
        }
    }

    fn activate(&self, swap: Swap<Prepared>) {
        // Pairs, because a project may be called `__proto__`.
        let changes = swap.projects.into_iter();
        let projects: Array = changes
            .map(|(project, change)| {
                let change = self.told(&project, change);
                Array::of2(&JsValue::from_str(&project), &change)
            })
            .collect();
        let swap = object([
            ("projects", projects.into()),
            ("revoked", texts(swap.revoked.iter().map(String::as_str))),
        ]);
        self.serving.is_busy.set(true);
        // `sync.ts` tells the host of what is thrown there; the swap stands whatever it is.
        let _ = self.evaluator.activate(&swap);
        self.serving.is_busy.set(false);
    }
}

impl Activator {
    /// A change in JavaScript's form; a prepared release is JavaScript's from here on.
    fn told(&self, project: &str, change: Change<Prepared>) -> JsValue {
        let kind = |kind| ("kind", JsValue::from_str(kind));
        let mut removed = self.serving.removed.borrow_mut();
        match change {
            Change::New(mut prepared) => {
                removed.remove(project);
                self.serving
                    .remember(project, Arc::clone(&prepared.release));
                let handle = prepared.handle.take();
                object([kind("new"), ("handle", JsValue::from(handle))])
            }
            Change::Confirmed(release) => {
                let text = json!(*release).to_string();
                self.serving.remember(project, release);
                object([kind("confirmed"), ("release", JsValue::from_str(&text))])
            }
            Change::Removed => {
                removed.insert(project.to_owned());
                object([kind("removed")])
            }
        }
    }
}

/// What `prepare` threw. A refusal says its kind itself.
fn refusal(thrown: JsValue) -> Error {
    let kind = match object::text(&thrown, "kind").as_deref() {
        Some("smokeFailed") => ErrorKind::SmokeFailed,
        _ => ErrorKind::NotCompiled,
    };
    Error::new(kind, words(thrown))
}
