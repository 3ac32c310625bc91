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
    binary: String,
    folder: TempDir,
    /// Two for each of [`PARTS`], for HTTP and for gRPC.
    ports: Vec<u16>,
}

/// What the server consists of, in the order of its ports.
const PARTS: [&str; 4] = ["master", "volume", "filer", "s3"];

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
        std::fs::write(folder.path().join("s3.json"), text).unwrap();
        let ports = free_ports();
        let mut server = Self {
            process: spawn(binary, folder.path(), &ports),
            binary: binary.to_owned(),
            folder,
            ports,
        };
        server.wait().then_some(server)
    }

    /// Waits until it answers; it does not if it has ended, or after a minute.
    fn wait(&mut self) -> bool {
        for _ in 0..TRIES {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            if request(self.port(), "GET", "/healthz").is_some_and(|status| status == 200) {
                return true;
            }
            thread::sleep(PAUSE);
        }
        false
    }

    /// Stops it in its tracks (SIGSTOP): connections are accepted, and nothing answers.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on (SIGCONT) with what it was doing.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// Ends it on the spot (SIGKILL). Its files stay, and so do its ports.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again with its files on its ports, after [`Self::kill`], and waits until it answers.
    pub fn restart(&mut self) {
        // A port may still be somebody's for a moment.
        for _ in 0..10 {
            self.process = spawn(&self.binary, self.folder.path(), &self.ports);
            if self.wait() {
                return;
            }
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
        panic!("SeaweedFS does not start again");
    }

    fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.process.id());
        let sent = Command::new("sh").args(["-c", &command]).status().unwrap();
        assert!(sent.success(), "{command}");
    }

    /// The port of its S3 interface.
    pub fn port(&self) -> u16 {
        self.ports[6]
    }

    /// The address of its S3 interface.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    /// Where a bucket's objects can be read over plain HTTP.
    pub fn http(&self, bucket: &str) -> String {
        format!("http://127.0.0.1:{}/buckets/{bucket}", self.ports[4])
    }

    /// Makes a bucket.
    pub fn bucket(&self, name: &str) {
        for _ in 0..TRIES {
            let made = request(self.ports[4], "POST", &format!("/buckets/{name}/"));
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

/// Starts the server on what is in a folder, which has its configuration too.
fn spawn(binary: &str, folder: &Path, ports: &[u16]) -> Child {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .unwrap();
    let mut command = Command::new(binary);
    command
        .arg("server")
        .arg(format!("-dir={}", folder.display()))
        .arg(format!("-s3.config={}", folder.join("s3.json").display()))
        .args([
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-filer=true",
            "-s3=true",
        ])
        .args(["-s3.port.iceberg=0", "-s3.port.lance=0", "-metricsPort=0"])
        .args(["-master.volumeSizeLimitMB=64", "-volume.max=500"])
        // A master that starts again waits this long for others before it leads itself.
        .arg("-master.electionTimeout=1s")
        .args(["-master.heartbeatInterval=100ms", "-master.telemetry=false"])
        .stdout(Stdio::null())
        .stderr(log);
    for (name, port) in PARTS.iter().zip(ports.chunks(2)) {
        command.arg(format!("-{name}.port={}", port[0]));
        command.arg(format!("-{name}.port.grpc={}", port[1]));
    }
    command.spawn().unwrap()
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
