//! Refreshing and answering, in the simplest way.

use super::verify::{Active, Fault, State, activate, check_custom, check_notes, load};
use futures_util::future::{Either, LocalBoxFuture, select};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use zen_edge_sync::{Clock as _, EdgeCache as _, Freshness, Get, Got, List};
use zen_edge_sync_testkit::{
    EnvironmentSettings, EvaluateRequest, ManualClock, Policy, Settings, SimulatedCache,
    SimulatedStore, Subject, Subjects, Trust, World,
};
use zen_edge_tuf::{Find, Next, Role, Stored, UnixTime, Updater};

/// Starts clients.
pub(crate) struct Clients;

struct Client {
    clock: ManualClock,
    cache: SimulatedCache,
    stores: BTreeMap<String, SimulatedStore>,
    environments: BTreeMap<String, (EnvironmentSettings, RefCell<State>)>,
}

impl Subjects for Clients {
    fn start(&self, world: &World, settings: &Settings) -> Box<dyn Subject> {
        let environments = settings.environments.iter().map(|settings| {
            let state = world.clock.run(restore(&world.cache, settings));
            (
                settings.name.clone(),
                (settings.clone(), RefCell::new(state)),
            )
        });
        Box::new(Client {
            clock: world.clock.clone(),
            cache: world.cache.clone(),
            stores: world.stores.clone(),
            environments: environments.collect(),
        })
    }
}

/// Metadata by role, and bundles, each byte a character.
type Entry = (BTreeMap<String, String>, Vec<String>);

fn to_text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn to_bytes(text: &str) -> Vec<u8> {
    text.chars().map(|character| character as u8).collect()
}

async fn restore(cache: &SimulatedCache, settings: &EnvironmentSettings) -> State {
    let entry = cache.get(&settings.name, u64::MAX).await.ok().flatten();
    let entry: Option<Entry> = entry.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Trust::Tuf { root, .. } = &settings.trust else {
        let mut state = State::default();
        for bytes in entry.unwrap_or_default().1 {
            for project in &settings.projects {
                if let Ok(active) = activate(settings, project, &to_bytes(&bytes)) {
                    let origin = "lastKnownGood";
                    state
                        .active
                        .insert(project.clone(), Active { origin, ..active });
                }
            }
        }
        return state;
    };
    let kept = entry.and_then(|(metadata, bundles)| {
        let mut stored = Stored::default();
        for (role, bytes) in metadata {
            stored.insert(Role::named(&role), to_bytes(&bytes));
        }
        let bundles: Vec<Arc<[u8]>> = bundles.iter().map(|it| to_bytes(it).into()).collect();
        load(settings, stored, &bundles, "lastKnownGood")
    });
    let baked_in = || {
        let files = &settings.baked_in;
        let mut stored = Stored::default();
        for role in ["root", "timestamp", "snapshot", "targets"] {
            let number = |key: &str| -> u64 {
                let name = key.rsplit('/').next().unwrap();
                name.split('.').next().unwrap().parse().unwrap_or(0)
            };
            let suffix = format!("{role}.json");
            let of_role = files.iter().filter(|(key, _)| key.ends_with(&suffix));
            if let Some((_, bytes)) = of_role.max_by_key(|(key, _)| number(key)) {
                stored.insert(Role::named(role), bytes.clone());
            }
        }
        let bundles: Vec<Arc<[u8]>> = files
            .values()
            .map(|bytes| bytes.as_slice().into())
            .collect();
        load(settings, stored, &bundles, "bakedIn")
    };
    kept.or_else(baked_in).unwrap_or_else(|| State {
        stored: Stored::with_root(root.clone()),
        ..State::default()
    })
}

impl Client {
    async fn get(
        &self,
        source: &str,
        key: &str,
        max: u64,
        etag: Option<String>,
    ) -> Result<Got, Fault> {
        use zen_edge_sync::BundleStore as _;
        let get = Get {
            key: key.to_owned(),
            max_bytes: max,
            if_none_match: etag,
            freshness: Freshness::Cached,
        };
        let late = self.clock.sleep(Duration::from_secs(10));
        match select(self.stores[source].get(get), late).await {
            Either::Left((answer, _)) => {
                answer.map_err(|error| (error.kind.code().to_owned(), error.message))
            }
            Either::Right(_) => Err(("timeout".to_owned(), key.to_owned())),
        }
    }

    /// Fetches a file from the first source whose bytes `take` accepts; whether one has it.
    async fn fetch<T>(
        &self,
        sources: &[String],
        key: &str,
        max: u64,
        mut take: impl FnMut(&str, Vec<u8>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let mut result = Ok(None);
        let mut missing = false;
        for source in sources {
            match self.get(source, key, max, None).await {
                Ok(Got::Found(object)) => match take(source, object.bytes) {
                    Ok(taken) => return Ok(Some(taken)),
                    Err(fault) => result = Err(fault),
                },
                Ok(Got::NotModified) if missing => {}
                Ok(Got::NotModified) => result = Err(("invalid".to_owned(), key.to_owned())),
                Ok(Got::Missing) => missing = true,
                Err(_) if missing => {}
                Err(fault) => result = Err(fault),
            }
        }
        result
    }

    async fn refresh_tuf(&self, settings: &EnvironmentSettings, floor: u64) -> Result<bool, Fault> {
        let (_, cell) = &self.environments[&settings.name];
        let base = &settings.name;
        let pointer = format!("{base}/metadata/timestamp.json");
        let mut failed = ("unavailable".to_owned(), "no source".to_owned());
        for source in &settings.sources {
            let state = cell.borrow().clone();
            let etag = state
                .etag
                .filter(|(name, _)| name == source)
                .map(|(_, etag)| etag);
            let conditional = etag.is_some();
            let first = self.get(source, &pointer, 16_384, etag).await;
            let polled = match first {
                Ok(Got::NotModified) if conditional => {
                    let expired = |expires| expires <= self.clock.now() / 1_000;
                    if state.expires.is_none_or(expired) {
                        failed = ("expired".to_owned(), source.clone());
                        continue;
                    }
                    let all = settings.projects.len() == state.active.len();
                    if all && state.error.is_none() {
                        return Ok(false);
                    }
                    self.get(source, &pointer, 16_384, None).await
                }
                other => other,
            };
            let object = match polled {
                Ok(Got::Found(object)) => object,
                Ok(_) => {
                    failed = ("unavailable".to_owned(), pointer.clone());
                    continue;
                }
                Err(fault) => {
                    failed = fault;
                    continue;
                }
            };
            let mut updated = self
                .update(settings, source, floor, &object.bytes, false)
                .await;
            if let Err((kind, _)) = &updated
                && kind == "expired"
                && self.may_expire(settings, &cell.borrow())
            {
                updated = self
                    .update(settings, source, floor, &object.bytes, true)
                    .await;
            }
            match updated {
                Ok(changed) => {
                    let mut state = cell.borrow_mut();
                    state.etag = object.etag.map(|etag| (source.clone(), etag));
                    state.source = Some(source.clone());
                    return Ok(changed);
                }
                Err(fault) => failed = fault,
            }
        }
        Err(failed)
    }

    async fn update(
        &self,
        settings: &EnvironmentSettings,
        polled_from: &str,
        floor: u64,
        pointer: &[u8],
        expired: bool,
    ) -> Result<bool, Fault> {
        let refusal =
            |error: zen_edge_tuf::Error| (error.kind().code().to_owned(), error.to_string());
        let (_, cell) = &self.environments[&settings.name];
        let base = &settings.name;
        let mut others = settings.sources.clone();
        others.sort_by_key(|name| name != polled_from);
        let before = cell.borrow().clone();
        let limits = zen_edge_tuf::Limits::default();
        let now = match expired {
            false => UnixTime(self.clock.now().div_euclid(1_000)),
            true => UnixTime(0),
        };
        let updater = Updater::new(before.stored.clone(), now, limits.clone());
        let mut updater = updater.map_err(refusal)?.with_floor(floor);
        let mut targets = BTreeMap::new();
        let mut wanted = settings.projects.clone();
        loop {
            let request = match updater.advance().map_err(refusal)? {
                Next::Fetch(request) => request,
                Next::Done => {
                    let Some(project) = wanted.last() else { break };
                    match updater.find(project) {
                        Ok(Find::Found(target)) => {
                            targets.insert(project.clone(), target);
                            wanted.pop();
                            continue;
                        }
                        Ok(Find::Fetch(request)) => request,
                        Err(_) => {
                            wanted.pop();
                            continue;
                        }
                    }
                }
            };
            if request.role == Role::Timestamp {
                updater.provide(pointer).map_err(refusal)?;
                continue;
            }
            let key = format!("{base}/metadata/{}", request.file_name());
            let take = |_: &str, bytes: Vec<u8>| updater.provide(bytes).map_err(refusal);
            if self
                .fetch(&others, &key, request.max_bytes, take)
                .await?
                .is_none()
            {
                updater.missing().map_err(refusal)?;
            }
        }
        let trusted = updater.into_trusted();
        let stored = trusted.stored().clone();
        let revoked = check_notes(&stored, base)?;
        let mut state = State {
            stored,
            revision: trusted.timestamp_version(),
            expires: trusted.timestamp_expires().map(|time| time.0),
            error: None,
            ..before.clone()
        };
        state
            .active
            .retain(|_, active| !revoked.contains(&active.digest));
        for project in &settings.projects {
            let Some(target) = targets.get(project) else {
                state.active.remove(project);
                continue;
            };
            let digest = target.sha256().unwrap_or_default().to_owned();
            let known = (project.clone(), digest.clone());
            let active = if revoked.contains(&digest) {
                Err(("revoked".to_owned(), digest))
            } else if let Some(fault) = state.refused.get(&known) {
                Err(fault.clone())
            } else if let Some(active) = state.active.get(project)
                && active.digest == digest
            {
                Ok(active.clone())
            } else {
                let key = format!("{base}/targets/{}", target.file_name());
                let take = |source: &str, bytes: Vec<u8>| {
                    target.verify(&bytes, &limits).map_err(refusal)?;
                    Ok((source.to_owned(), bytes))
                };
                let fetched = match target.download(&limits) {
                    Ok(_) => self.fetch(&others, &key, target.length(), take).await,
                    Err(error) => Err(refusal(error)),
                };
                let missing = || ("unavailable".to_owned(), key.clone());
                let fetched = fetched.and_then(|fetched| fetched.ok_or_else(missing));
                fetched.and_then(|(source, bytes)| {
                    let checked = check_custom(target.custom(), project, base)
                        .and_then(|()| activate(settings, project, &bytes));
                    if let Err(fault) = &checked {
                        state.refused.insert(known, fault.clone());
                    }
                    checked.map(|active| Active {
                        source: Some(source),
                        ..active
                    })
                })
            };
            match active {
                Ok(active) => {
                    let revision = state.revision;
                    state
                        .active
                        .insert(project.clone(), Active { revision, ..active });
                }
                Err(fault) => state.error = Some(fault),
            }
        }
        let changed = state.revision != before.revision;
        let metadata: BTreeMap<_, _> = state
            .stored
            .iter()
            .map(|(role, bytes)| (role.name().to_owned(), to_text(bytes)))
            .collect();
        let bundles: Vec<_> = state
            .active
            .values()
            .map(|active| to_text(&active.bytes))
            .collect();
        let failed = state.error.clone();
        state.busy = cell.borrow().busy;
        *cell.borrow_mut() = state;
        if failed.as_ref().is_none_or(|(kind, _)| kind == "revoked") {
            let entry = serde_json::to_vec(&(metadata, bundles)).unwrap();
            self.cache.put(base, &entry).await.ok();
        }
        failed.map_or(Ok(changed), Err)
    }

    /// Whether what has expired is better than what there is.
    fn may_expire(&self, settings: &EnvironmentSettings, state: &State) -> bool {
        state.active.is_empty() || self.staleness(settings, state) == "expired"
    }

    async fn refresh_unsigned(&self, settings: &EnvironmentSettings) -> Result<bool, Fault> {
        use zen_edge_sync::BundleStore as _;
        let (_, cell) = &self.environments[&settings.name];
        let mut changed = false;
        let mut failed = None;
        for project in &settings.projects {
            let key = format!("{}/{project}", settings.name);
            let before = cell.borrow().active.get(project).cloned();
            let take = |source: &str, bytes: Vec<u8>| {
                let active = activate(settings, project, &bytes)?;
                match &before {
                    Some(before) if active.deployed < before.deployed => {
                        Err(("rollback".to_owned(), project.clone()))
                    }
                    _ => Ok(Active {
                        source: Some(source.to_owned()),
                        ..active
                    }),
                }
            };
            match self.fetch(&settings.sources, &key, 1 << 20, take).await {
                Ok(Some(active)) => {
                    changed |= before.is_none_or(|before| before.digest != active.digest);
                    cell.borrow_mut().active.insert(project.clone(), active);
                }
                Ok(None) => failed = Some(("unavailable".to_owned(), key)),
                Err(fault) => failed = Some(fault),
            }
        }
        let bundles: Vec<_> = cell
            .borrow()
            .active
            .values()
            .map(|it| to_text(&it.bytes))
            .collect();
        let entry: Entry = (BTreeMap::new(), bundles);
        let entry = serde_json::to_vec(&entry).unwrap();
        self.cache.put(&settings.name, &entry).await.ok();
        let list = List {
            prefix: format!("{}/", settings.name),
            after: None,
        };
        drop(self.stores[&settings.sources[0]].list(list).await);
        failed.map_or(Ok(changed), Err)
    }

    fn staleness(&self, settings: &EnvironmentSettings, state: &State) -> &'static str {
        if state
            .expires
            .is_some_and(|expires| expires <= self.clock.now() / 1_000)
        {
            return "expired";
        }
        let after = settings.stale_after.as_millis() as u64;
        match state.last_success {
            Some(last) if self.clock.ticks() - last < after => "fresh",
            _ => "stale",
        }
    }
}

/// A refresh that is under way, until it ends or whoever began it goes away.
struct Busy<'a>(&'a RefCell<State>);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().busy = false;
    }
}

fn named(environment: &str, active: &Active) -> Value {
    json!({"environment": environment, "project": active.project, "id": active.id,
        "version": active.version, "digest": active.digest, "revision": active.revision,
        "origin": active.origin, "source": active.source})
}

fn error(fault: &Fault) -> Value {
    json!({"kind": fault.0, "message": fault.1})
}

impl Subject for Client {
    fn refresh<'a>(&'a self, environment: &'a str) -> LocalBoxFuture<'a, Value> {
        Box::pin(async move {
            let (settings, cell) = &self.environments[environment];
            if cell.borrow().busy {
                return json!({"outcome": "inFlight", "error": null});
            }
            cell.borrow_mut().busy = true;
            let _busy = Busy(cell);
            let result = match &settings.trust {
                Trust::Tuf { floor, .. } => self.refresh_tuf(settings, *floor).await,
                Trust::Unsigned => self.refresh_unsigned(settings).await,
            };
            let mut state = cell.borrow_mut();
            state.last_poll = Some(self.clock.now());
            let revision = state.revision;
            match result {
                Ok(changed) => {
                    state.last_success = Some(self.clock.ticks());
                    state.error = None;
                    let outcome = if changed { "updated" } else { "unchanged" };
                    json!({"outcome": outcome, "error": null, "revision": revision})
                }
                Err(fault) => {
                    state.error = Some(fault.clone());
                    json!({"outcome": "failed", "error": error(&fault), "revision": revision})
                }
            }
        })
    }

    fn evaluate<'a>(
        &'a self,
        environment: &'a str,
        request: &'a EvaluateRequest,
    ) -> LocalBoxFuture<'a, Value> {
        Box::pin(async move {
            let (settings, cell) = &self.environments[environment];
            let state = cell.borrow();
            let Some(active) = state.active.get(&request.project) else {
                return json!({"error": {"kind": "notReady", "message": "no release"}});
            };
            let staleness = self.staleness(settings, &state);
            if (settings.policy, staleness) == (Policy::Refuse, "expired") {
                return json!({"error": {"kind": "expired", "message": "too old"}});
            }
            let mut result = request.context.clone();
            for (key, value) in &active.values {
                result[key] = json!(value);
            }
            json!({"result": result, "release": named(environment, active), "age": 0,
                "staleness": staleness})
        })
    }

    fn status(&self) -> Value {
        let mut ready = true;
        let environments = self.environments.iter().map(|(name, (settings, cell))| {
            let state = cell.borrow();
            let staleness = self.staleness(settings, &state);
            let projects = settings.projects.iter().map(|project| {
                let active = state.active.get(project);
                ready &= active.is_some();
                let refused = state.refused.iter().filter(|((of, _), _)| of == project);
                let refused: Vec<_> = refused
                    .map(|((_, digest), (kind, message))| {
                        json!({"digest": digest, "kind": kind, "message": message})
                    })
                    .collect();
                let release = active.map(|active| named(name, active));
                let status =
                    json!({"release": release, "staleness": staleness, "refused": refused});
                (project.clone(), status)
            });
            let projects: serde_json::Map<_, _> = projects.collect();
            let status = json!({"revision": state.revision, "staleness": staleness,
                "source": state.source, "error": state.error.as_ref().map(error),
                "projects": projects});
            (name.clone(), status)
        });
        let environments: serde_json::Map<_, _> = environments.collect();
        json!({"ready": ready, "environments": environments})
    }
}
