//! `xtask conformance`: a folder of fixtures, natively and in wasm, n of n each.

use clap::Args as ClapArgs;
use std::path::PathBuf;
use std::process::ExitCode;
use zen_edge_testkit::fixture::{Fixtures, Outcome, disagreement};
use zen_edge_testkit::millis;

/// Which fixtures to read.
#[derive(ClapArgs)]
pub(crate) struct CasesArgs {
    /// Folder of fixtures: decisions with their `tests` inside
    folder: PathBuf,
    /// The clock of fixtures that fix none, such as 2026-03-15T09:30:00Z
    #[arg(long)]
    now: Option<String>,
}

/// What to run.
#[derive(ClapArgs)]
pub(crate) struct Args {
    #[command(flatten)]
    fixtures: CasesArgs,
    /// What wasm answered, as `tests/node/fixtures.mjs` writes it; without it only native runs
    #[arg(long)]
    wasm: Option<PathBuf>,
}

impl CasesArgs {
    fn read(&self) -> Result<Fixtures, String> {
        let now = match &self.now {
            Some(text) => Some(millis(text).ok_or_else(|| {
                format!("`{text}` is no time; write it like 2026-03-15T09:30:00Z")
            })?),
            None => None,
        };
        let fixtures = Fixtures::read(&self.folder, now)?;
        if fixtures.cases.is_empty() {
            return Err(format!(
                "{} holds no fixture with tests",
                self.folder.display()
            ));
        }
        Ok(fixtures)
    }
}

/// Prints `{"keys": […], "cases": [{"key", "name", "input", "now"}]}`.
pub(crate) fn cases(args: &CasesArgs) -> Result<ExitCode, String> {
    let fixtures = args.read()?;
    let keys: Vec<_> = fixtures.documents.iter().map(|(key, _)| key).collect();
    println!(
        "{}",
        serde_json::json!({ "keys": keys, "cases": fixtures.cases })
    );
    Ok(ExitCode::SUCCESS)
}

/// Prints `native n/n`, `wasm n/n`, `same answers n/n` and every difference.
pub(crate) fn run(args: &Args) -> Result<ExitCode, String> {
    let fixtures = args.fixtures.read()?;
    let bundle = fixtures.compile()?;
    for failure in &bundle.report().failures {
        println!("not compiled: {}: {}", failure.key, failure.message);
    }
    let native = fixtures.run(&bundle);
    let mut complete = report("native", &fixtures, &native);
    if let Some(path) = &args.wasm {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let wasm: Vec<Outcome> =
            serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        if wasm.len() != native.len() {
            return Err(format!(
                "wasm answered {} cases of {}",
                wasm.len(),
                native.len()
            ));
        }
        complete &= report("wasm", &fixtures, &wasm);
        let differences: Vec<_> = native
            .iter()
            .zip(&wasm)
            .filter_map(|(native, wasm)| {
                disagreement(native, wasm)
                    .map(|found| format!("{} ({}): native, wasm: {found}", native.key, native.name))
            })
            .collect();
        complete &= summary("same answers and traces", native.len(), &differences);
    }
    Ok(if complete {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn report(runtime: &str, fixtures: &Fixtures, outcomes: &[Outcome]) -> bool {
    let faults: Vec<_> = fixtures
        .cases
        .iter()
        .zip(outcomes)
        .filter_map(|(case, outcome)| {
            case.fault(outcome)
                .map(|fault| format!("{} ({}): {fault}", case.key, case.name))
        })
        .collect();
    summary(runtime, outcomes.len(), &faults)
}

fn summary(what: &str, total: usize, faults: &[String]) -> bool {
    println!("{what}: {}/{total}", total - faults.len());
    for fault in faults {
        println!("  {fault}");
    }
    faults.is_empty()
}
