//! What the platform gives: variables, buckets, the clock.

use crate::bucket::R2Folder;
use js_sys::{JSON, Reflect};
use wasm_bindgen::JsValue;
use worker::{Bucket, Env};
use zen_edge_replicate::{Error, ErrorKind, Host, Options, Settings};

/// The configuration and the buckets that it names.
pub(crate) struct Bindings {
    pub(crate) settings: Settings,
    source: Bucket,
    destinations: Vec<Bucket>,
    options: Options,
}

impl Bindings {
    /// Reads the configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`], with the variable's name.
    pub(crate) fn of(env: &Env) -> Result<Self, Error> {
        let settings = Settings::read(|name| variable(env, name))?;
        let bucket = |variable: &str, name: &str| {
            env.bucket(name).map_err(|_| {
                let message =
                    format!("{variable} names `{name}`, which is no binding of an R2 bucket");
                Error::new(ErrorKind::Invalid, message)
            })
        };
        let source = bucket("ZEN_EDGE_SOURCE", &settings.source)?;
        let destinations = settings.destinations.iter();
        let destinations = destinations.map(|name| bucket("ZEN_EDGE_DESTINATIONS", name));
        let destinations = destinations.collect::<Result<_, _>>()?;
        let mut options = Options {
            // Workers have six connections at once, and 128 MB for everything.
            lookups: 6,
            copies: 1,
            ..Options::default()
        };
        options.limits.target_bytes = zen_edge_bundle::Limits::default().bundle_bytes;
        Ok(Self {
            settings,
            source,
            destinations,
            options,
        })
    }

    fn folder(&self, bucket: &Bucket, binding: &str, environment: &str) -> R2Folder {
        R2Folder::new(
            bucket.clone(),
            &self.settings.folder(environment),
            binding,
            environment,
        )
    }
}

impl Host for Bindings {
    type Source = R2Folder;
    type Destination = R2Folder;

    fn source(&self, environment: &str) -> R2Folder {
        self.folder(&self.source, &self.settings.source, environment)
    }

    fn destinations(&self, environment: &str) -> Vec<R2Folder> {
        let names = &self.settings.destinations;
        let folder = |(bucket, name): (&Bucket, &String)| self.folder(bucket, name, environment);
        self.destinations.iter().zip(names).map(folder).collect()
    }

    fn trusted_root(&self, environment: &str) -> &[u8] {
        let root = self.settings.roots.get(environment);
        root.map_or(&[], |root| root)
    }

    fn options(&self) -> &Options {
        &self.options
    }

    fn now(&self) -> i64 {
        now()
    }
}

/// The wall clock, in milliseconds since 1970.
pub(crate) fn now() -> i64 {
    js_sys::Date::now() as i64
}

/// A variable or a secret as text. Variables may be given as JSON.
pub(crate) fn variable(env: &Env, name: &str) -> Option<String> {
    let value = Reflect::get(env, &JsValue::from_str(name)).ok()?;
    if value.is_undefined() || value.is_null() {
        return None;
    }
    match value.as_string() {
        Some(text) => Some(text),
        None => JSON::stringify(&value).ok()?.as_string(),
    }
}
