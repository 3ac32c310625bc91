//! An HTTP server over the simulated world. It can do what a sound one cannot: leave an answer
//! unfinished, or never finish it.

use crate::world::{Answered, Asked, World};
use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// More than any answer may have.
const ENDLESS: usize = 256 << 20;

/// A server; it ends when this is dropped.
pub(crate) struct Bridge {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
}

impl Bridge {
    pub(crate) fn start(world: World) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let ended = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&ended);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::Relaxed) {
                    return;
                }
                let world = world.clone();
                let Ok(stream) = stream else { continue };
                // Whoever goes away in the middle of it does not want the rest.
                thread::spawn(move || drop(serve(&stream, &world)));
            }
        });
        Self { address, ended }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // It looks at that when somebody comes.
        let _ = TcpStream::connect(self.address);
    }
}

/// Answers one request; the connection ends with it.
fn serve(mut stream: &TcpStream, world: &World) -> io::Result<()> {
    let asked = read(stream)?;
    match world.answer(&asked) {
        Answered::Whole {
            status,
            headers,
            body,
        } => {
            let length = body.len();
            write!(stream, "HTTP/1.1 {status} As Told\r\nconnection: close\r\n")?;
            for (name, value) in headers {
                write!(stream, "{name}: {value}\r\n")?;
            }
            if ![204, 304].contains(&status) {
                write!(stream, "content-length: {length}\r\n")?;
            }
            write!(stream, "\r\n")?;
            stream.write_all(&body)
        }
        Answered::CutOff => write!(
            stream,
            "HTTP/1.1 200 As Told\r\nconnection: close\r\ncontent-length: 8\r\n\r\nhalf"
        ),
        Answered::Endless => {
            write!(stream, "HTTP/1.1 200 As Told\r\nconnection: close\r\n\r\n")?;
            let piece = [b' '; 65536];
            (0..ENDLESS / piece.len()).try_for_each(|_| stream.write_all(&piece))
        }
        Answered::Nothing => Ok(()),
    }
}

fn read(stream: &TcpStream) -> io::Result<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next(), words.next());
    let (method, target) = method.zip(target).ok_or(io::ErrorKind::InvalidData)?;
    let (method, target) = (method.to_owned(), target.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    Ok(Asked {
        method,
        path: decode(path),
        query: pairs
            .map(|(name, value)| (decode(name), decode(value)))
            .collect(),
        if_none_match: headers.remove("if-none-match"),
        body,
    })
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}
