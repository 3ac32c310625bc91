//! Fetching files: bounded in size and time, and "missing" told apart from "failed".

use std::io::Read as _;
use std::time::Duration;
use ureq::Agent;
use ureq::http::StatusCode;

/// Fetches files below one URL.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
}

/// Why a file was not fetched.
#[derive(Debug, thiserror::Error)]
#[error("cannot fetch {url}")]
pub(crate) struct Error {
    url: String,
    #[source]
    source: Box<ureq::Error>,
}

impl Client {
    pub(crate) fn new() -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(true)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_recv_response(Some(Duration::from_secs(20)))
            .timeout_global(Some(Duration::from_secs(120)))
            .max_redirects(3)
            .build();
        Self {
            agent: config.into(),
        }
    }

    /// The file `name` below `base`, at most one byte more than `max_bytes` of it; none if there is
    /// no such file.
    ///
    /// A store that does not let its files be listed answers 403 for one that does not exist.
    pub(crate) fn get(
        &self,
        base: &str,
        name: &str,
        max_bytes: u64,
    ) -> Result<Option<Vec<u8>>, Error> {
        let url = format!("{}/{name}", base.trim_end_matches('/'));
        let failed = |source| Error {
            url: url.clone(),
            source: Box::new(source),
        };
        let mut response = match self.agent.get(&url).call() {
            Ok(response) => response,
            Err(ureq::Error::StatusCode(code))
                if [
                    StatusCode::NOT_FOUND,
                    StatusCode::FORBIDDEN,
                    StatusCode::GONE,
                ]
                .iter()
                .any(|missing| missing.as_u16() == code) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(failed(error)),
        };
        let mut bytes = Vec::new();
        response
            .body_mut()
            .as_reader()
            .take(max_bytes.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| failed(error.into()))?;
        Ok(Some(bytes))
    }
}
