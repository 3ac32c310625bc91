//! `demo`: what zen-edge is for, in a minute.

use crate::error::DrillError;
use crate::load::{self, TOKEN, header};
use crate::output::{DIM, GOOD, HEAD, paint, say};
use crate::page::{Page, Simulator};
use crate::publisher::ENVIRONMENT;
use crate::region::Region;
use crate::site::{Programs, Site};
use crate::stop;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::Instant;

/// When a region that does not switch is given up. Far more than it takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The project, its decision, and what is asked of it.
const PROJECT: &str = "pricing";
const KEY: &str = "volume-discount.json";

/// When answers call themselves stale. A region here polls when it is asked something, and then
/// answers first.
const STALE_AFTER: &str = "1h";

/// What the change changes: the discount of large wholesale orders.
const CHANGE: (&str, &str) = (
    r#""out-discount-rate": "0.25""#,
    r#""out-discount-rate": "0.30""#,
);

/// What that changes in the release's own tests, which have to agree.
const TEST: (&str, &str) = (
    r#""discountAmount": 2497.5, "net": 7492.5"#,
    r#""discountAmount": 2997, "net": 6993"#,
);

/// Set up two regions, publish a signed release and a change of it, and show both regions follow.
///
/// Stays up afterwards, until Ctrl-C, for requests of your own, with the simulator beside it: a page
/// that opens the release and watches the regions.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    programs: Programs,
    #[command(flatten)]
    simulator: Simulator,
    /// A folder of decisions that has volume-discount.json.
    #[arg(long, value_name = "FOLDER", default_value = "tests/corpus/pricing")]
    rules: PathBuf,
    /// End instead of staying up.
    #[arg(long, env = "DEMO_EXIT", value_parser = clap::builder::FalseyValueParser::new())]
    exit: bool,
}

/// An answer of a region.
struct Answer {
    version: String,
    headers: HeaderMap,
    result: Value,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, DrillError> {
    let start = Instant::now();
    let built = arguments.simulator.find()?;
    let mut site = step(
        "two regions, eu and us: a bucket in each, the one in us a replica",
        || Site::start(&arguments.programs, 2, STALE_AFTER),
    )?;
    let home = site.environment(0)?;
    step(
        "tests/corpus/pricing packed, signed and published in eu as release 1.0.0",
        || {
            publish(&site, &arguments.rules, &[], "1.0.0", &home)?;
            site.settle()
        },
    )?;
    let mut page = Page::copy(&built, site.folder())?;
    site.open_to_page(&page.origin());
    step("an evaluator in each region, on workerd", || {
        for region in 0..site.regions.len() {
            site.start_evaluator(region)?;
        }
        switched(&site, "1.0.0", |_, _| {})
    })?;

    say(format!(
        "\n{}",
        paint(HEAD, format!("the same request in both: {}", context()))
    ));
    let first = switched(&site, "1.0.0", |region, answer| show(region, answer, ""))?;

    say("");
    step(
        "a change, 30 % instead of 25 % for it, is refused: the release's own tests disagree",
        || match publish(&site, &arguments.rules, &[CHANGE], "1.1.0", &home) {
            Err(DrillError::Command { .. }) => Ok(()),
            Err(error) => Err(error),
            Ok(()) => Err(DrillError::Accepted(
                "failing tests were published".to_owned(),
            )),
        },
    )?;
    let since = Instant::now();
    step(
        "the change and its test, published in eu as release 1.1.0",
        || publish(&site, &arguments.rules, &[CHANGE, TEST], "1.1.0", &home),
    )?;
    let second = switched(&site, "1.1.0", |region, answer| {
        let after = format!(
            ", {:.1} s after `publish` was started",
            since.elapsed().as_secs_f64()
        );
        show(region, answer, &after);
    })?;
    if first == second {
        return Err(DrillError::Accepted(
            "the change changed nothing".to_owned(),
        ));
    }

    say(format!("\n{}", paint(HEAD, "what /api/status says")));
    for region in &site.regions {
        say(format!(
            "  {}  {}",
            paint(GOOD, region.name),
            status(&site, region)?
        ));
    }
    say("");
    step("the simulator, with this release and both regions", || {
        page.serve(&site, PROJECT)?;
        page.check(&site, PROJECT)
    })?;
    if arguments.exit {
        let took = start.elapsed().as_secs_f64();
        drop(page);
        drop(site);
        say(paint(
            GOOD,
            format!(
                "two regions followed a signed release and a change of it, and the simulator is served with it; {took:.0} s, all taken down again"
            ),
        ));
        return Ok(ExitCode::SUCCESS);
    }
    stay(&site, &page)
}

/// Says what is done, does it, and says how long it took.
fn step<T>(what: &str, does: impl FnOnce() -> Result<T, DrillError>) -> Result<T, DrillError> {
    let start = Instant::now();
    let done = does()?;
    let took = paint(DIM, format!("{:.1} s", start.elapsed().as_secs_f64()));
    say(format!("{}  {took}", paint(HEAD, what)));
    Ok(done)
}

/// Packs the folder with these changes, and publishes it.
fn publish(
    site: &Site,
    rules: &Path,
    changes: &[(&str, &str)],
    version: &str,
    home: &str,
) -> Result<(), DrillError> {
    let publisher = &site.publisher;
    let listed = std::fs::read_dir(rules);
    let listed = listed.map_err(DrillError::io(format!("reading {}", rules.display())))?;
    for entry in listed {
        let path = entry.map_err(DrillError::io("reading the rules"))?.path();
        let text = std::fs::read_to_string(&path);
        let text = text.map_err(DrillError::io(format!("reading {}", path.display())))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let change = |text: String, (before, after): &(&str, &str)| text.replacen(before, after, 1);
        let text = changes.iter().fold(text, change);
        publisher.write(&format!("{version}/{name}"), text)?;
    }
    let bundle = publisher.pack(version, PROJECT, version)?;
    publisher.publish(&bundle, home)?;
    Ok(())
}

fn context() -> Value {
    json!({"quantity": 1000, "unitPrice": 9.99, "customer": {"tier": "wholesale"}})
}

/// Asks every region again and again until each answers with a release; tells of each as it does.
/// Answers the results.
fn switched(
    site: &Site,
    version: &str,
    mut tell: impl FnMut(&Region, &Answer),
) -> Result<Vec<Value>, DrillError> {
    let mut results = Vec::new();
    let mut waiting: Vec<&Region> = site.regions.iter().collect();
    let last = RefCell::new(String::new());
    let what = format!("release {version} in every region");
    let state = || format!("{}\n{}", last.borrow(), site.logs());
    stop::until(&what, PATIENCE, state, || {
        waiting.retain(|region| match ask(site, region) {
            Ok(answer) if answer.version == version => {
                tell(region, &answer);
                results.push(answer.result);
                false
            }
            Ok(answer) => {
                last.replace(format!(
                    "{} answers release {}",
                    region.name, answer.version
                ));
                true
            }
            Err(error) => {
                last.replace(format!("{}: {error}", region.name));
                true
            }
        });
        Ok(waiting.is_empty())
    })?;
    Ok(results)
}

fn ask(site: &Site, region: &Region) -> Result<Answer, String> {
    let body = json!({"context": context()}).to_string();
    let address = address(region);
    let asked = load::post(&site.client, &address, body);
    let answer = site.runtime.block_on(asked)?;
    if answer.status != 200 {
        return Err(format!(
            "{}: {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        ));
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    Ok(Answer {
        version: header(&answer.headers, "x-release-version")
            .unwrap_or_default()
            .to_owned(),
        result: body.get("result").cloned().unwrap_or_default(),
        headers: answer.headers,
    })
}

fn address(region: &Region) -> String {
    format!("{}/api/rules/{PROJECT}/evaluate/{KEY}", region.evaluator())
}

fn show(region: &Region, answer: &Answer, after: &str) {
    let header = |name| header(&answer.headers, name).unwrap_or("–");
    say(format!(
        "  {}  {}\n      {}",
        paint(GOOD, region.name),
        answer.result,
        paint(
            DIM,
            format!(
                "release {}, revision {}, {}, from {}{after}",
                answer.version,
                header("x-release-revision"),
                header("x-release-staleness"),
                header("x-release-source"),
            )
        )
    ));
}

/// The gist of a region's status.
fn status(site: &Site, region: &Region) -> Result<String, DrillError> {
    let status = site.status(region)?;
    let text = |path: &str| match status.pointer(path) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "–".to_owned(),
    };
    let sync = format!("/environments/{ENVIRONMENT}");
    Ok(format!(
        "ready {}, revision {}, {}, last poll {}, source {}, signed until {}",
        text("/ready"),
        text(&format!("{sync}/revision")),
        text(&format!("{sync}/staleness")),
        text(&format!("{sync}/lastPoll")),
        text(&format!("{sync}/source")),
        text(&format!("{sync}/timestampExpires")),
    ))
}

/// How curl is told what it sends.
const JSON: &str = "-H 'content-type: application/json'";

/// Until somebody has seen enough.
fn stay(site: &Site, page: &Page) -> Result<ExitCode, DrillError> {
    let open = "open it in a browser; it and the regions are up until you press Ctrl-C";
    say(format!("\n{}\n  {}/", paint(HEAD, open), page.origin()));
    say(paint(HEAD, "or ask the regions yourself"));
    for region in &site.regions {
        let body = json!({"context": context()});
        say(format!(
            "  curl -s {} -H 'x-access-token: {TOKEN}' {JSON} -d '{body}'",
            address(region)
        ));
        say(format!("  curl -s {}/api/status", region.evaluator()));
    }
    loop {
        match stop::sleep(Duration::from_secs(3_600)) {
            Ok(()) => {}
            Err(DrillError::Interrupted) => return Ok(ExitCode::SUCCESS),
            Err(error) => return Err(error),
        }
    }
}
