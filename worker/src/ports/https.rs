//! A web server that has an environment's files.

use super::fetch::{Outgoing, bearer, object};
use super::{key, port};
use crate::configuration::Secret;
use worker::Url;
use zen_edge_sync::{BundleStore, Get, Got, PortFuture, StoreError};

/// A web server below one address. It does not list.
pub(super) struct HttpsStore {
    base: Url,
    authorization: Option<String>,
}

impl HttpsStore {
    /// The server at an address with a `/` at its end.
    pub(super) fn new(base: Url, token: Option<&Secret>) -> Self {
        Self {
            base,
            authorization: token.map(|token| bearer(token.expose())),
        }
    }

    async fn read(&self, get: Get) -> Result<Got, StoreError> {
        key::check(&get.key)?;
        let url = format!("{}{}", self.base, key::encoded(&get.key));
        let outgoing = Outgoing::get(&url, get.if_none_match.as_deref());
        let outgoing = outgoing.authorized(self.authorization.as_deref());
        object(&outgoing, get.max_bytes, &format!("reading `{}`", get.key)).await
    }
}

impl BundleStore for HttpsStore {
    fn get(&self, get: Get) -> PortFuture<'_, Result<Got, StoreError>> {
        port(self.read(get))
    }
}
