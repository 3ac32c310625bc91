//! `xtask bench-runtime`: what a native host spends on keeping releases up to date.
//!
//! `tests/bench/runtime.mjs` publishes releases, serves them over HTTP, each stage of the environment
//! under an address of its own, writes one request a line and reads one reply a line.

mod pause;
mod stage;

use self::pause::Window;
use self::stage::{Staged, Timed, Times};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use zen_edge_native::ports;
use zen_edge_runtime::eval::{CompileOptions, EvaluateOptions};
use zen_edge_runtime::sync::{
    Client, ClientOptions, NoCache, Outcome, Report, Source, TrustOptions, TufOptions, When,
};
use zen_edge_runtime::{Active, EnvironmentOptions, Request as Question, ResidencyLimits, Runtime};

/// One line from the benchmark.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Request {
    /// Names the environment, as it is at each stage; later requests are about it.
    Open(Plan),
    /// Brings the runtime to a stage.
    Refresh { stage: usize },
    /// Refreshes where nothing has changed.
    Poll { count: u32 },
    /// Brings a client of its own through all stages, and times each part of it.
    Activate,
    /// Evaluates while nothing happens, while another runtime goes through the stages, and while the
    /// same one does; so many times.
    Pause { rounds: u32 },
}

/// An environment at each of its stages.
#[derive(Clone, Deserialize)]
struct Plan {
    addresses: Vec<String>,
    environment: String,
    root: PathBuf,
    project: String,
    key: String,
    context: String,
}

/// One line to the benchmark. Times are in nanoseconds, memory is in bytes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Reply {
    Opened {
        resident: u64,
    },
    Refreshed {
        nanos: u64,
        resident: u64,
        peak: u64,
    },
    Polled(Vec<u64>),
    Activated(Vec<Times>),
    Paused(Vec<Pauses>),
    Error(String),
}

/// The longest pauses of one round.
#[derive(Serialize)]
struct Pauses {
    quiet: Window,
    other: Window,
    own: Window,
}

/// Serves requests from standard input until it ends.
pub(crate) fn run() -> Result<ExitCode, String> {
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(text)?;
    let mut bench = None;
    let mut stdout = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(text)?;
        let reply = executor.block_on(respond(&line, &mut bench));
        let reply = reply.unwrap_or_else(Reply::Error);
        let reply = serde_json::to_string(&reply).map_err(text)?;
        writeln!(stdout, "{reply}")
            .and_then(|()| stdout.flush())
            .map_err(text)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

async fn respond(line: &str, bench: &mut Option<Bench>) -> Result<Reply, String> {
    let request = serde_json::from_str(line).map_err(|error| format!("not a request: {error}"))?;
    if let Request::Open(plan) = request {
        let resident = memory("VmRSS:")?;
        *bench = Some(Bench::new(plan)?);
        return Ok(Reply::Opened { resident });
    }
    let bench = bench.as_ref().ok_or("nothing was opened")?;
    match request {
        Request::Open(_) => Err("opened twice".to_owned()),
        Request::Refresh { stage } => {
            let nanos = bench.host.bring(stage).await?;
            bench.host.answer(&bench.plan)?;
            Ok(Reply::Refreshed {
                nanos,
                resident: memory("VmRSS:")?,
                peak: memory("VmHWM:")?,
            })
        }
        Request::Poll { count } => bench.host.polls(count).await.map(Reply::Polled),
        Request::Activate => bench.activations().await.map(Reply::Activated),
        Request::Pause { rounds } => bench.pauses(rounds).await.map(Reply::Paused),
    }
}

/// Bytes that the kernel says this process has.
fn memory(field: &str) -> Result<u64, String> {
    let status = std::fs::read_to_string("/proc/self/status").map_err(text)?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes
        .map(|kibibytes| kibibytes * 1024)
        .ok_or_else(|| format!("the kernel does not tell {field}"))
}

#[allow(clippy::disallowed_methods, reason = "the benchmark times native code")]
fn now() -> Instant {
    Instant::now()
}

fn nanos(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

struct Bench {
    plan: Plan,
    host: Host,
}

/// A runtime, and the stage that it is shown.
#[derive(Clone)]
struct Host {
    runtime: Arc<Runtime>,
    staged: Arc<Staged>,
}

impl Plan {
    fn client(&self) -> Result<(ClientOptions, Arc<Staged>), String> {
        let staged = Arc::new(Staged::open(&self.addresses)?);
        let source = Source {
            name: "local".to_owned(),
            store: staged.clone(),
        };
        let root = std::fs::read(&self.root).map_err(text)?;
        let trust = TrustOptions::Tuf(TufOptions {
            trusted_root: root,
            revision_floor: 0,
        });
        let options = ClientOptions::new(&self.environment, trust, vec![source]);
        Ok((options, staged))
    }

    fn host(&self) -> Result<Host, String> {
        let (client, staged) = self.client()?;
        let options = vec![EnvironmentOptions::new(client)];
        let runtime = Runtime::new(options, ports(NoCache)).map_err(text)?;
        Ok(Host {
            runtime: Arc::new(runtime),
            staged,
        })
    }
}

impl Host {
    /// Brings the runtime to a stage: nanoseconds.
    async fn bring(&self, stage: usize) -> Result<u64, String> {
        self.staged.show(stage);
        self.refresh(Outcome::Updated).await
    }

    /// Brings it from the first stage to the last.
    async fn go_through(&self, stages: usize) -> Result<(), String> {
        for stage in 1..stages {
            self.bring(stage).await?;
        }
        Ok(())
    }

    async fn refresh(&self, expected: Outcome) -> Result<u64, String> {
        let start = now();
        let report = self.runtime.refresh(None, When::Now).await.map_err(text)?;
        let nanos = nanos(start);
        check(&report, expected).map(|()| nanos)
    }

    async fn polls(&self, count: u32) -> Result<Vec<u64>, String> {
        let mut polls = Vec::new();
        for _ in 0..count {
            polls.push(self.refresh(Outcome::Unchanged).await?);
        }
        Ok(polls)
    }

    fn answer(&self, plan: &Plan) -> Result<(), String> {
        let question = Question {
            environment: None,
            project: &plan.project,
            pin: None,
            key: &plan.key,
            context: plan.context.as_bytes(),
            options: EvaluateOptions::default(),
        };
        let answer = self.runtime.evaluate_sync(&question).map_err(text)?;
        answer.to_json().map(drop).map_err(text)
    }
}

fn check(report: &Report, expected: Outcome) -> Result<(), String> {
    match report.outcome == expected && report.projects.is_empty() {
        true => Ok(()),
        false => Err(format!("{report:?}, not {expected:?}")),
    }
}

impl Bench {
    fn new(plan: Plan) -> Result<Self, String> {
        let host = plan.host()?;
        Ok(Self { plan, host })
    }

    async fn activations(&self) -> Result<Vec<Times>, String> {
        let (options, staged) = self.plan.client()?;
        let ports = ports(NoCache);
        let active = Active::new(
            CompileOptions::default(),
            ResidencyLimits::default(),
            ports.clock.clone(),
        );
        let client = Client::new(options, ports, Timed::new(active)).map_err(text)?;
        let mut all = Vec::new();
        for stage in 0..self.plan.addresses.len() {
            staged.show(stage);
            staged.take();
            let start = now();
            let report = client.refresh(When::Now).await;
            let total = nanos(start);
            check(&report, Outcome::Updated)?;
            all.push(client.activator().times(total, staged.take()));
        }
        Ok(all)
    }

    async fn pauses(&self, rounds: u32) -> Result<Vec<Pauses>, String> {
        let mut all = Vec::new();
        for _ in 0..rounds {
            let (asked, bystander) = (self.plan.host()?, self.plan.host()?);
            asked.bring(0).await?;
            bystander.bring(0).await?;
            let last = self.plan.addresses.len();
            let other = self.window(&asked, bystander.go_through(last)).await?;
            let own = self.window(&asked, asked.go_through(last)).await?;
            let nothing = async {
                tokio::time::sleep(own.duration()).await;
                Ok(())
            };
            let quiet = self.window(&asked, nothing).await?;
            all.push(Pauses { quiet, other, own });
        }
        Ok(all)
    }

    /// Evaluates on another thread for as long as something lasts.
    async fn window(
        &self,
        asked: &Host,
        meanwhile: impl Future<Output = Result<(), String>>,
    ) -> Result<Window, String> {
        let (host, plan) = (asked.clone(), self.plan.clone());
        let evaluating = pause::start(move || host.answer(&plan))?;
        let result = meanwhile.await;
        let window = evaluating.stop()?;
        result.map(|()| window)
    }
}
