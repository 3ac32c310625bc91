//! An evaluator that answers what a test wants.

use crate::truth::value;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::{TcpListener, TcpStream};

/// What an evaluator answers to its `n`-th request.
#[derive(Debug, Clone)]
pub(super) struct Says {
    pub(super) status: u16,
    pub(super) number: u64,
    pub(super) revision: u64,
    pub(super) digest: String,
    pub(super) region: &'static str,
    /// Added to the right value.
    pub(super) off: u64,
}

/// Starts one; its address.
pub(super) async fn start(says: impl Fn(u64) -> Says + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (says, count) = (Arc::new(says), Arc::new(AtomicU64::new(0)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (says, count) = (says.clone(), count.clone());
            tokio::spawn(async move { serve(stream, &*says, &count).await });
        }
    });
    format!("http://{address}")
}

/// One request after another; a client that goes away ends it.
async fn serve(
    stream: TcpStream,
    says: &(dyn Fn(u64) -> Says + Send + Sync),
    count: &AtomicU64,
) -> Option<()> {
    let mut stream = BufStream::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            stream
                .read_line(&mut line)
                .await
                .ok()
                .filter(|read| *read > 0)?;
            let line = line.trim_end().to_lowercase();
            if let Some(text) = line.strip_prefix("content-length: ") {
                length = text.parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let n = body["context"]["n"].as_u64().unwrap();
        let it = says(count.fetch_add(1, Ordering::Relaxed));
        let value = value(it.number, n) + it.off;
        let body = format!(
            r#"{{"result":{{"release":"{}","value":{value}}}}}"#,
            it.number
        );
        let head = format!(
            "HTTP/1.1 {} So\r\nx-release-id: release-{}\r\nx-release-version: {}\r\n\
             x-release-digest: {}\r\nx-release-revision: {}\r\nx-release-source: source eu\r\n\
             x-release-staleness: fresh\r\nx-region: {}\r\ncontent-length: {}\r\n\r\n{body}",
            it.status,
            it.number,
            it.number,
            it.digest,
            it.revision,
            it.region,
            body.len()
        );
        stream.write_all(head.as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
    }
}
