//! SeaweedFS, installed and started for a test.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
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

/// A server of one's own, with nothing in it. It is killed when this is dropped, and when the thread
/// that started it ends, however that ends.
#[derive(Debug)]
pub struct Seaweed {
    process: Child,
    binary: String,
    address: Ipv4Addr,
    folder: TempDir,
    /// Two for each of [`PARTS`], for HTTP and for gRPC: [`PORTS`].
    ports: Vec<u16>,
}

/// What the server consists of, in the order of its ports.
const PARTS: [&str; 4] = ["master", "volume", "filer", "s3"];
const PORTS: usize = 2 * PARTS.len();

impl Seaweed {
    /// Installs the server if need be, and starts it.
    pub fn start() -> Self {
        Self::start_on(&[Ipv4Addr::LOCALHOST]).remove(0)
    }

    /// Installs the server if need be, and starts one on each of these addresses of this machine, all
    /// at once. Their ports differ, as they must even on different addresses.
    pub fn start_on(addresses: &[Ipv4Addr]) -> Vec<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/stores/seaweedfs.sh");
        let installed = Command::new(script)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(installed.status.success(), "SeaweedFS cannot be installed");
        let binary = String::from_utf8(installed.stdout).unwrap();
        let ports = free_ports(PORTS * addresses.len());
        let mut servers: Vec<Self> = addresses
            .iter()
            .zip(ports.chunks(PORTS))
            .map(|(address, ports)| Self::launch(binary.trim(), *address, ports.to_vec()))
            .collect();
        for server in &mut servers {
            // Another process may take a port between our look and the server's.
            for _ in 0..2 {
                if server.wait() {
                    break;
                }
                *server = Self::launch(binary.trim(), server.address, free_ports(PORTS));
            }
            assert!(server.wait(), "SeaweedFS does not start");
        }
        servers
    }

    fn launch(binary: &str, address: Ipv4Addr, ports: Vec<u16>) -> Self {
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
        Self {
            process: spawn(binary, folder.path(), address, &ports),
            binary: binary.to_owned(),
            address,
            folder,
            ports,
        }
    }

    /// Waits until it answers; it does not if it has ended, or after a minute.
    fn wait(&mut self) -> bool {
        for _ in 0..TRIES {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            if request(self.address, self.port(), "GET", "/healthz")
                .is_some_and(|status| status == 200)
            {
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
        Self::restart_all([self]);
    }

    /// As [`Self::restart`], several at once.
    pub fn restart_all<'a>(servers: impl IntoIterator<Item = &'a mut Self>) {
        let again = |server: &mut Self| {
            server.process = spawn(
                &server.binary,
                server.folder.path(),
                server.address,
                &server.ports,
            );
        };
        let mut servers: Vec<_> = servers.into_iter().collect();
        for server in &mut servers {
            again(server);
        }
        for server in servers {
            // A port may still be somebody's for a moment.
            for _ in 0..10 {
                if server.wait() {
                    break;
                }
                let _ = server.process.kill();
                let _ = server.process.wait();
                again(server);
            }
            assert!(server.wait(), "SeaweedFS does not start again");
        }
    }

    /// A process of the server's own tools, to be given its verb and its arguments. It ends with the
    /// thread that starts it.
    pub fn tool(&self) -> Command {
        weed(&self.binary)
    }

    /// The filer's address as the server's own tools want it: host, port, and the port for gRPC.
    pub fn filer(&self) -> String {
        format!("{}:{}.{}", self.address, self.ports[4], self.ports[5])
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
        format!("http://{}:{}", self.address, self.port())
    }

    /// Where a bucket's objects can be read over plain HTTP.
    pub fn http(&self, bucket: &str) -> String {
        format!("http://{}:{}/buckets/{bucket}", self.address, self.ports[4])
    }

    /// Makes a bucket.
    pub fn bucket(&self, name: &str) {
        for _ in 0..TRIES {
            let path = format!("/buckets/{name}/");
            let made = request(self.address, self.ports[4], "POST", &path);
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
        for (name, ports) in PARTS.iter().zip(self.ports.chunks(2)) {
            // Where it puts these cannot be chosen.
            let _ = std::fs::remove_file(format!("/tmp/seaweedfs-{name}-grpc-{}.sock", ports[1]));
        }
    }
}

/// Starts the server on what is in a folder, which has its configuration too.
fn spawn(binary: &str, folder: &Path, address: Ipv4Addr, ports: &[u16]) -> Child {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .unwrap();
    let mut command = weed(binary);
    command
        .arg("server")
        .arg(format!("-dir={}", folder.display()))
        .arg(format!("-s3.config={}", folder.join("s3.json").display()))
        .arg(format!("-ip={address}"))
        .arg(format!("-ip.bind={address}"))
        .args(["-filer=true", "-s3=true"])
        // By default beside each other in /tmp, named by their ports alone.
        .arg(format!("-filer.localSocket={}/f.sock", folder.display()))
        .arg(format!("-s3.localSocket={}/s.sock", folder.display()))
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

/// The server's program, which would write its log into files in /tmp.
fn weed(binary: &str) -> Command {
    let mut command = tied(binary);
    command.arg("-logtostderr");
    command
}

/// A program that ends when the thread that starts it does, however that ends, and that is left alone
/// by an interrupt from the keyboard.
pub fn tied(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "--"])
        .arg(program)
        .process_group(0)
        .stdin(Stdio::null());
    command
}

/// Ports that were free on every address a moment ago.
pub fn free_ports(count: usize) -> Vec<u16> {
    let listeners: Vec<_> = (0..count)
        .map(|_| TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap())
        .collect();
    let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
    listeners.iter().map(port).collect()
}

/// The status of the answer to a request without a body.
fn request(address: Ipv4Addr, port: u16, method: &str, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect((address, port)).ok()?;
    let timeout = Some(Duration::from_secs(10));
    stream.set_read_timeout(timeout).ok()?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_whitespace().nth(1)?.parse().ok()
}
