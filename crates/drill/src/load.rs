//! Clients in every region, asking all the time, whatever happens.

use crate::answer::Answer;
use crate::book::{Attempt, Book};
use crate::truth::{KEY, PROJECT};
use reqwest::Client;
use reqwest::header::HeaderMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

/// The token that bundles are packed with.
pub(crate) const TOKEN: &str = "drill-token";

/// How many of a region's requests may be unanswered at a time; another one then fails unsent.
const MOST_UNANSWERED: usize = 128;

/// When a client gives up. Far more than any answer takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The regions' clients. They stop when this is dropped.
#[derive(Debug)]
pub(crate) struct Load(Vec<JoinHandle<()>>);

impl Load {
    /// Sends nothing any more. What was sent goes on until it is answered.
    pub(crate) fn stop(&self) {
        for clients in &self.0 {
            clients.abort();
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop();
    }
}

/// An HTTP client that gives up a request after that long.
pub(crate) fn client(patience: Duration) -> Result<Client, reqwest::Error> {
    // The idle time is shorter than a server's: a connection is not used as it is being closed.
    Client::builder()
        .timeout(patience)
        .pool_idle_timeout(Duration::from_secs(2))
        .no_proxy()
        .build()
}

/// The value of a header, if there is one and it is text.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

impl Load {
    /// Starts clients that send a request each `pause` in every region. `evaluators` are the
    /// addresses (`http://HOST:PORT`), region by region; a client asks its own region's, and the
    /// next region's if the process of its own was killed: what DNS failover does for a client.
    pub(crate) fn start(
        client: &Client,
        book: &Book,
        evaluators: &[String],
        pause: Duration,
    ) -> Self {
        let evaluators: Arc<[String]> = evaluators.into();
        let clients = (0..evaluators.len()).map(|region| {
            let asking = Asking {
                client: client.clone(),
                book: book.clone(),
                evaluators: evaluators.clone(),
                region,
            };
            tokio::spawn(keep_asking(Arc::new(asking), pause))
        });
        Self(clients.collect())
    }
}

struct Asking {
    client: Client,
    book: Book,
    evaluators: Arc<[String]>,
    region: usize,
}

/// Sends at a fixed rhythm, whether earlier requests are answered or not.
async fn keep_asking(asking: Arc<Asking>, pause: Duration) {
    let unanswered = Arc::new(Semaphore::new(MOST_UNANSWERED));
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for n in 0.. {
        ticks.tick().await;
        let fault = asking.book.request();
        let Ok(permit) = unanswered.clone().try_acquire_owned() else {
            asking
                .book
                .failed(fault, "not sent: too many are unanswered");
            continue;
        };
        let asking = asking.clone();
        tokio::spawn(async move {
            asking.ask(fault, n).await;
            drop(permit);
        });
    }
}

impl Asking {
    async fn ask(&self, fault: usize, n: u64) {
        let count = self.evaluators.len();
        for (attempt, evaluator) in (self.region..self.region + count).enumerate() {
            let evaluator = evaluator % count;
            let Some(address) = self.evaluators.get(evaluator) else {
                return;
            };
            if attempt == 1 {
                self.book.rerouted(fault);
            }
            let begun = self.book.begin(fault, evaluator);
            let answer = ask(&self.client, address, n).await;
            match self.book.end(&begun, self.region, n, answer) {
                Attempt::Answered | Attempt::Failed => return,
                Attempt::Down => {}
            }
        }
        self.book.failed(fault, "every evaluator is down");
    }
}

/// Asks for the release's answer to an input.
async fn ask(client: &Client, address: &str, n: u64) -> Result<Answer, String> {
    let address = format!("{address}/api/rules/{PROJECT}/evaluate/{KEY}");
    post(client, &address, format!(r#"{{"context":{{"n":{n}}}}}"#)).await
}

/// Asks an evaluator, with the token, once.
pub(crate) async fn post(client: &Client, address: &str, body: String) -> Result<Answer, String> {
    let sent = client
        .post(address)
        .header("content-type", "application/json")
        .header("x-access-token", TOKEN)
        .body(body)
        .send();
    let words = |error: reqwest::Error| {
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(error) = source {
            text.push_str(&format!(": {error}"));
            source = error.source();
        }
        text
    };
    let response = sent.await.map_err(words)?;
    Ok(Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.bytes().await.map_err(words)?.to_vec(),
    })
}
