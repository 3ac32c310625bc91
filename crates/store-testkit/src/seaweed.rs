//! SeaweedFS, installed and started for a test.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// Access key and secret of who may do everything.
pub const ADMIN: (&str, &str) = ("admin", "admin-secret");

/// Access key and secret of who may only read.
pub const READER: (&str, &str) = ("reader", "reader-secret");

/// A bucket that everybody may read and write, without credentials.
pub const PUBLIC_BUCKET: &str = "public";

/// How often, and how long apart, the server is asked whether it is ready: a minute.
const TRIES: u32 = 600;
const PAUSE: Duration = Duration::from_millis(100);

/// A server of one's own, with nothing in it. It is killed when this is dropped.
#[derive(Debug)]
pub struct Seaweed {
    process: Child,
    _folder: TempDir,
    s3: u16,
    filer: u16,
}

impl Seaweed {
    /// Installs the server if need be, and starts it.
    pub fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/stores/seaweedfs.sh");
        let installed = Command::new(script)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(installed.status.success(), "SeaweedFS cannot be installed");
        let binary = String::from_utf8(installed.stdout).unwrap();
        // Another process may take a port between our look and the server's.
        let started = (0..3).find_map(|_| Self::try_start(binary.trim()));
        started.expect("SeaweedFS starts")
    }

    fn try_start(binary: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("s3.json");
        let identity = |(key, secret): (&str, &str), actions: &str| {
            format!(
                r#"{{"name":"{key}","credentials":[{{"accessKey":"{key}","secretKey":"{secret}"}}],"actions":[{actions}]}}"#
            )
        };
        let anonymous = format!(
            r#"{{"name":"anonymous","actions":["Read:{PUBLIC_BUCKET}","Write:{PUBLIC_BUCKET}"]}}"#
        );
        let identities = [
            anonymous,
            identity(ADMIN, r#""Admin","Read","Write","List","Tagging""#),
            identity(READER, r#""Read","List""#),
        ];
        let text = format!(r#"{{"identities":[{}]}}"#, identities.join(","));
        std::fs::write(&config, text).unwrap();
        let ports = free_ports();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new(binary);
        command
            .arg("server")
            .arg(format!("-dir={}", folder.path().display()))
            .arg(format!("-s3.config={}", config.display()))
            .args([
                "-ip=127.0.0.1",
                "-ip.bind=127.0.0.1",
                "-filer=true",
                "-s3=true",
            ])
            .args(["-s3.port.iceberg=0", "-s3.port.lance=0", "-metricsPort=0"])
            .args(["-master.volumeSizeLimitMB=64", "-volume.max=500"])
            .arg("-master.telemetry=false")
            .stdout(Stdio::null())
            .stderr(log);
        for (name, port) in ["master", "volume", "filer", "s3"]
            .iter()
            .zip(ports.chunks(2))
        {
            command.arg(format!("-{name}.port={}", port[0]));
            command.arg(format!("-{name}.port.grpc={}", port[1]));
        }
        let mut server = Self {
            process: command.spawn().unwrap(),
            _folder: folder,
            filer: ports[4],
            s3: ports[6],
        };
        for _ in 0..TRIES {
            if server.process.try_wait().unwrap().is_some() {
                return None;
            }
            if request(server.s3, "GET", "/healthz").is_some_and(|status| status == 200) {
                return Some(server);
            }
            thread::sleep(PAUSE);
        }
        None
    }

    /// The port of its S3 interface.
    pub fn port(&self) -> u16 {
        self.s3
    }

    /// The address of its S3 interface.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.s3)
    }

    /// Where a bucket's objects can be read over plain HTTP.
    pub fn http(&self, bucket: &str) -> String {
        format!("http://127.0.0.1:{}/buckets/{bucket}", self.filer)
    }

    /// Makes a bucket.
    pub fn bucket(&self, name: &str) {
        for _ in 0..TRIES {
            let made = request(self.filer, "POST", &format!("/buckets/{name}/"));
            if made.is_some_and(|status| (200..300).contains(&status)) {
                return;
            }
            thread::sleep(PAUSE);
        }
        panic!("the bucket {name} cannot be made");
    }
}

impl Drop for Seaweed {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Eight ports that were free a moment ago.
fn free_ports() -> Vec<u16> {
    let listeners: Vec<_> = (0..8)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap())
        .collect();
    let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
    listeners.iter().map(port).collect()
}

/// The status of the answer to a request without a body.
fn request(port: u16, method: &str, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    let timeout = Some(Duration::from_secs(10));
    stream.set_read_timeout(timeout).ok()?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_whitespace().nth(1)?.parse().ok()
}
