//! `run`: the drill.

use crate::drill::{ALL, COUNT, Drill, HOME};
use crate::error::DrillError;
use crate::output::{BAD, DIM, GOOD, HEAD, note, paint, say};
use crate::report::{Report, Row};
use crate::script::{Outcome, STEPS};
use crate::site::Programs;
use crate::truth::PROJECT;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::Instant;

/// Run the disaster-recovery drill: faults under load, and a table of what became of them.
///
/// Exits with 1 if an answer was wrong, a release or revision went backwards, a request failed while
/// the evaluator that it asked ran, a published release was lost, or something that must come did not.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    programs: Programs,
    /// Let faults last only as long as it takes to see them.
    #[arg(long)]
    short: bool,
    /// How many requests a second the clients of each region send.
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
    rate: u32,
    /// Write the result to standard output as JSON.
    #[arg(long)]
    json: bool,
    /// Write the table to this file too.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, DrillError> {
    let start = Instant::now();
    let pause = Duration::from_secs(1) / arguments.rate;
    note(paint(
        HEAD,
        "starting three regions: buckets, replication, evaluators, clients",
    ));
    let mut drill = Drill::start(&arguments.programs, arguments.short, pause)?;
    note(paint(
        DIM,
        format!("{:.0} s", start.elapsed().as_secs_f64()),
    ));

    let mut faults = Vec::new();
    let mut ended = None;
    let steps = STEPS.iter().filter(|step| !(arguments.short && step.long));
    for step in steps {
        drill.book.next_fault();
        note(paint(HEAD, step.name));
        let began = Instant::now();
        let outcome = (step.run)(&mut drill);
        if matches!(outcome, Err(DrillError::Interrupted)) {
            return Err(DrillError::Interrupted);
        }
        if let Err(error) = &outcome {
            ended = Some(format!("{}: {error}\n{}", step.name, drill.site.logs()));
        }
        let tally = drill.book.tally(drill.book.fault());
        let row = Row::new(
            step.name,
            began.elapsed(),
            &tally,
            outcome.unwrap_or_default(),
        );
        note(paint(if row.good() { DIM } else { BAD }, row.line()));
        faults.push(row);
        if ended.is_some() {
            break;
        }
    }
    finish(arguments, drill, start, faults, ended)
}

fn finish(
    arguments: &Arguments,
    mut drill: Drill,
    start: Instant,
    mut faults: Vec<Row>,
    mut ended: Option<String>,
) -> Result<ExitCode, DrillError> {
    let mut lost = 0;
    if ended.is_none() {
        drill.book.next_fault();
        let began = Instant::now();
        match last(&mut drill) {
            Ok((outcome, missing)) => {
                lost = missing;
                let tally = drill.book.tally(drill.book.fault());
                faults.push(Row::new("afterwards", began.elapsed(), &tally, outcome));
            }
            Err(DrillError::Interrupted) => return Err(DrillError::Interrupted),
            Err(error) => ended = Some(error.to_string()),
        }
        drill.book.check_revisions();
    }
    let published = drill.book.truth(|truth| truth.digests().len());
    let report = Report {
        passed: false,
        regions: COUNT,
        published,
        lost,
        copied: drill.site.copied.get(),
        overwritten: drill.site.overwritten.get(),
        repeated: drill.repeated,
        faults,
        problems: drill.book.problems(),
        ended,
        seconds: start.elapsed().as_secs_f64(),
    }
    .judged();
    drop(drill);
    let text = report.text();
    if let Some(path) = &arguments.report {
        std::fs::write(path, &text)
            .map_err(DrillError::io(format!("writing {}", path.display())))?;
    }
    if arguments.json {
        say(serde_json::to_string_pretty(&report).unwrap_or_default());
    } else {
        say(&text);
    }
    let (style, verdict) = match report.passed {
        true => (GOOD, "everything was as promised"),
        false => (BAD, "not as promised"),
    };
    note(paint(style, verdict));
    Ok(report.exit().into())
}

/// A last release, and how many of all that were published no bucket has.
fn last(drill: &mut Drill) -> Result<(Outcome, usize), DrillError> {
    drill.strike();
    let published = drill.publish(HOME)?;
    let everywhere = drill.everywhere(published)?;
    drill.site.settle()?;
    drill.stop_load()?;
    let mut lost = 0;
    for digest in drill.book.truth(|truth| truth.digests()) {
        let path = format!("targets/{digest}.{PROJECT}");
        let missing = |region: &usize| drill.read(*region, &path).is_err();
        lost += usize::from(ALL.iter().all(missing));
    }
    let outcome = Outcome {
        everywhere: Some(everywhere),
        ..Outcome::default()
    };
    Ok((outcome, lost))
}
