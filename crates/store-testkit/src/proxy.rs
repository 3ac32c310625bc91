//! An HTTP/1.1 proxy before one server. One request per connection; everything is passed on as it
//! is, `Host` included, so that signatures over it hold.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// What a client asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    headers: Vec<String>,
}

impl Request {
    /// Whether it writes.
    pub fn is_write(&self) -> bool {
        self.method == "PUT"
    }
}

/// What to do with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Pass it on.
    Forward,
    /// Pass it on without these headers, given in lower case.
    ForwardWithout(&'static [&'static str]),
    /// Pass it on, and cut the connection instead of answering.
    ForwardAndCut,
    /// Cut the connection.
    Cut,
    /// Answer with this status and no body.
    Answer(u16),
}

/// A proxy. It ends with the process.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
}

impl Proxy {
    /// Starts a proxy before the server on this port of this machine; `decide` sees every request.
    pub fn start(port: u16, decide: impl Fn(&Request) -> Action + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let decide = Arc::new(decide);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let decide = Arc::clone(&decide);
                // A connection that breaks is the other side's business.
                thread::spawn(move || drop(serve(client, port, &*decide)));
            }
        });
        Self { address }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn serve(client: TcpStream, port: u16, decide: &dyn Fn(&Request) -> Action) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(());
    };
    let mut request = Request {
        method,
        path,
        headers: Vec::new(),
    };
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim_end();
        if header.is_empty() {
            break;
        }
        if let Some(("content-length", value)) = name_and_value(header)
            .as_ref()
            .map(|(name, value)| (name.as_str(), value))
        {
            length = value.parse().unwrap();
        }
        request.headers.push(header.to_owned());
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let without: &[&str] = match decide(&request) {
        Action::Forward => &[],
        Action::ForwardWithout(headers) => headers,
        Action::ForwardAndCut => {
            forward(&request, &body, &[], port)?;
            return client.shutdown(Shutdown::Both);
        }
        Action::Cut => return client.shutdown(Shutdown::Both),
        Action::Answer(status) => {
            return write!(
                &client,
                "HTTP/1.1 {status} Told So\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
        }
    };
    (&client).write_all(&forward(&request, &body, without, port)?)
}

/// The server's whole answer.
fn forward(
    request: &Request,
    body: &[u8],
    without: &[&str],
    port: u16,
) -> std::io::Result<Vec<u8>> {
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.path);
    for header in &request.headers {
        let name = name_and_value(header).map(|(name, _)| name);
        let dropped =
            name.is_some_and(|name| name == "connection" || without.contains(&name.as_str()));
        if !dropped {
            head.push_str(header);
            head.push_str("\r\n");
        }
    }
    head.push_str("connection: close\r\n\r\n");
    server.write_all(head.as_bytes())?;
    server.write_all(body)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    Ok(answer)
}

fn name_and_value(header: &str) -> Option<(String, String)> {
    let (name, value) = header.split_once(':')?;
    Some((name.to_lowercase(), value.trim().to_owned()))
}
