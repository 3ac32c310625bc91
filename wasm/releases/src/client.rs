//! The sync client, driven by JavaScript.

use crate::activator::{Activator, JsActivator, Serving};
use crate::cache::{Cache, JsCache};
use crate::failure::Failure;
use crate::options::{Ingredients, Options};
use crate::store::{JsStore, Store};
use js_sys::Promise;
use serde_json::{Value, json};
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use zen_edge_js::{JsClock, JsRandom};
use zen_edge_sync::{
    Client, EdgeCache, Error, ErrorKind, NoCache, OnExpired, Ports, Projects, Source, Staleness,
    When,
};

/// The ports of this host, with this cache.
pub(crate) fn ports(cache: Option<JsCache>) -> Ports {
    let cache: Arc<dyn EdgeCache> = match cache {
        Some(cache) => Arc::new(Cache::new(cache)),
        None => Arc::new(NoCache),
    };
    Ports {
        cache,
        clock: Arc::new(JsClock::default()),
        random: Arc::new(JsRandom),
    }
}

/// Stores and their names.
pub(crate) fn sources(names: Vec<String>, stores: Vec<JsStore>) -> Vec<Source> {
    let sources = names.into_iter().zip(stores);
    sources
        .map(|(name, store)| Source {
            name,
            store: Arc::new(Store::new(store)),
        })
        .collect()
}

/// Follows one environment: `zen_edge_sync::Client`.
///
/// Promises of this keep what they need alive, so that JavaScript may free it at any time.
#[wasm_bindgen]
pub struct SyncClient(Rc<Following>);

struct Following {
    client: Client<Activator>,
    serving: Rc<Serving>,
    projects: Projects,
    on_expired: OnExpired,
}

#[wasm_bindgen]
impl SyncClient {
    /// A client that knows nothing yet. The stores are in the order of `names`.
    ///
    /// # Errors
    /// Those of `zen_edge_sync::Client::new`, and `invalid` for options that cannot be read.
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: &str,
        names: Vec<String>,
        stores: Vec<JsStore>,
        trusted_root: Option<Vec<u8>>,
        baked_in: Option<Vec<u8>>,
        cache: Option<JsCache>,
        activator: JsActivator,
    ) -> Result<SyncClient, JsValue> {
        let options = Options::read(options)?.client(Ingredients {
            sources: sources(names, stores),
            trusted_root,
            baked_in,
        })?;
        let serving = Rc::new(Serving::default());
        let (projects, on_expired) = (options.projects.clone(), options.staleness.on_expired);
        let activator = Activator::new(activator, Rc::clone(&serving));
        let client = Client::new(options, ports(cache), activator).map_err(Failure::from)?;
        Ok(Self(Rc::new(Following {
            client,
            serving,
            projects,
            on_expired,
        })))
    }

    /// Makes active what was kept or baked in, without asking a source.
    pub fn load(&self) -> Result<Promise, JsValue> {
        let following = self.free()?;
        Ok(future_to_promise(async move {
            following.client.load().await;
            Ok(JsValue::UNDEFINED)
        }))
    }

    /// Refreshes, at once or if a poll is due; a promise of the report as JSON text.
    pub fn refresh(&self, now: bool) -> Result<Promise, JsValue> {
        let following = self.free()?;
        let when = match now {
            true => When::Now,
            false => When::Due,
        };
        Ok(future_to_promise(async move {
            let report = following.client.refresh(when).await;
            Ok(JsValue::from_str(&json!(report).to_string()))
        }))
    }

    /// How many milliseconds until a poll is due.
    pub fn wait(&self) -> Result<f64, JsValue> {
        Ok(self.free()?.client.wait().as_millis() as f64)
    }

    /// The environment's state as JSON text.
    pub fn status(&self) -> Result<String, JsValue> {
        Ok(self.free()?.status().to_string())
    }

    /// How old a project's active release is: milliseconds, and 0 for fresh, 1 for stale, 2 for expired.
    pub fn age(&self, project: &str) -> Result<Option<Vec<f64>>, JsValue> {
        let age = self.free()?.client.age(project);
        Ok(age.map(|age| {
            let staleness = match age.staleness {
                Staleness::Fresh => 0.0,
                Staleness::Stale => 1.0,
                Staleness::Expired => 2.0,
            };
            vec![age.age.as_millis() as f64, staleness]
        }))
    }

    /// Takes back a release that brings the evaluator down; `instead` is the digest of one that was
    /// active before, and that the evaluator serves now.
    #[wasm_bindgen(js_name = takeBack)]
    pub fn take_back(
        &self,
        project: String,
        digest: String,
        message: String,
        instead: Option<String>,
    ) -> Result<Promise, JsValue> {
        let following = self.free()?;
        Ok(future_to_promise(async move {
            let instead =
                instead.and_then(|digest| following.serving.release(&project, &digest));
            let error = Error::new(ErrorKind::Trapped, message);
            let taken = following
                .client
                .take_back(&project, &digest, error, instead);
            taken.await;
            Ok(JsValue::UNDEFINED)
        }))
    }
}

impl SyncClient {
    /// Unless JavaScript is being told of a swap: the lock on the state is held meanwhile.
    fn free(&self) -> Result<Rc<Following>, Failure> {
        match self.0.serving.is_busy.get() {
            true => Err(Failure::invalid(
                "the activator may not call the client from within `activate`",
            )),
            false => Ok(Rc::clone(&self.0)),
        }
    }
}

impl Following {
    fn status(&self) -> Value {
        let mut status = self.client.status();
        status.complete(&self.projects, |project| self.serving.was_removed(project));
        let ready = status.is_ready(&self.projects, self.on_expired);
        let mut status = json!(status);
        if let Some(members) = status.as_object_mut() {
            members.insert("ready".to_owned(), json!(ready));
        }
        status
    }
}
