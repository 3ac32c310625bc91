//! The table of a drill.

use crate::script::Outcome;
use crate::tally::{Problem, Tally};
use serde::Serialize;
use std::time::Duration;

/// A fault and what became of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// What happened.
    fault: String,
    /// How long it took, until all was well again, in seconds.
    seconds: f64,
    /// Requests of clients.
    requests: u64,
    /// Those that failed although an evaluator's process ran.
    failed: u64,
    /// Those answered wrongly, or from an older release or revision than before.
    wrong: u64,
    /// Those that met a killed evaluator and were answered by the next region.
    rerouted: u64,
    /// From the fault until every region's clients had a right answer, in seconds (RTO).
    answered_after: Option<f64>,
    /// From the publisher's start until every running evaluator answered with the release, in seconds.
    everywhere_after: Option<f64>,
    /// Published releases that no reachable bucket had meanwhile (RPO while it lasts).
    out_of_reach: usize,
    /// For how long, at most, answers named an older release than one that was out, in seconds.
    longest_behind: f64,
    /// What answers called themselves.
    staleness: Vec<String>,
    /// What else is to be said.
    note: String,
}

/// A drill's result.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// Whether everything was as promised.
    pub(crate) passed: bool,
    /// Regions, each with a bucket, an evaluator and clients.
    pub(crate) regions: usize,
    /// Releases that were published.
    pub(crate) published: usize,
    /// Published releases that no bucket has in the end (RPO).
    pub(crate) lost: usize,
    /// How often a bucket had to be copied to, because replication had left it behind.
    pub(crate) copied: usize,
    /// How often replication had left a broken pointer, which was overwritten.
    pub(crate) overwritten: usize,
    /// How often something had to be published twice for that.
    pub(crate) repeated: usize,
    /// The faults.
    pub(crate) faults: Vec<Row>,
    /// What must not be.
    pub(crate) problems: Vec<Problem>,
    /// Why it ended early.
    pub(crate) ended: Option<String>,
    /// How long it took, in seconds.
    pub(crate) seconds: f64,
}

impl Row {
    /// Of a fault.
    pub(crate) fn new(name: &str, took: Duration, tally: &Tally, outcome: Outcome) -> Self {
        Self {
            fault: name.to_owned(),
            seconds: took.as_secs_f64(),
            requests: tally.requests,
            failed: tally.failed,
            wrong: tally.wrong,
            rerouted: tally.rerouted,
            answered_after: tally.answers_after().map(|after| after.as_secs_f64()),
            everywhere_after: outcome.everywhere.map(|after| after.as_secs_f64()),
            out_of_reach: outcome.out_of_reach,
            longest_behind: tally.behind.as_secs_f64(),
            staleness: tally.staleness.iter().cloned().collect(),
            note: outcome.note,
        }
    }

    /// Whether no request failed and none was answered wrongly.
    pub(crate) fn good(&self) -> bool {
        self.failed == 0 && self.wrong == 0
    }

    /// A line while the drill runs.
    pub(crate) fn line(&self) -> String {
        format!(
            "{:>6} requests, {} failed, {} wrong, {:.0} s",
            self.requests, self.failed, self.wrong, self.seconds
        )
    }
}

const HEADS: [&str; 9] = [
    "fault",
    "requests",
    "failed",
    "wrong",
    "rerouted",
    "right answer after (RTO)",
    "release everywhere after",
    "out of reach (RPO)",
    "longest behind",
];

impl Report {
    /// With the verdict: it passed if it came to its end, nothing was lost, and nothing happened that
    /// must not.
    pub(crate) fn judged(self) -> Self {
        let nothing = self.problems.is_empty() && self.lost == 0 && self.ended.is_none();
        Self {
            passed: nothing && self.faults.iter().all(Row::good),
            ..self
        }
    }

    /// The exit code: 0 if it passed, else 1.
    pub(crate) fn exit(&self) -> u8 {
        u8::from(!self.passed)
    }

    /// As a Markdown table and what is to be said with it.
    pub(crate) fn text(&self) -> String {
        let seconds =
            |after: Option<f64>| after.map_or("–".to_owned(), |after| format!("{after:.2} s"));
        let mut lines: Vec<Vec<String>> = vec![HEADS.map(str::to_owned).to_vec()];
        for row in &self.faults {
            lines.push(vec![
                row.fault.clone(),
                row.requests.to_string(),
                row.failed.to_string(),
                row.wrong.to_string(),
                row.rerouted.to_string(),
                seconds(row.answered_after),
                seconds(row.everywhere_after),
                row.out_of_reach.to_string(),
                format!("{:.1} s, {}", row.longest_behind, row.staleness.join("/")),
            ]);
        }
        let mut text = table(&lines);
        text.push('\n');
        for row in self.faults.iter().filter(|row| !row.note.is_empty()) {
            text.push_str(&format!("{}: {}\n", row.fault, row.note));
        }
        let total = |count: fn(&Row) -> u64| self.faults.iter().map(count).sum::<u64>();
        text.push_str(&format!(
            "\n{} regions, {} faults, {:.0} s: {} requests, {} failed, {} wrong, {} rerouted\n{} releases published, {} lost\nreconciled after replication: {} copies to buckets left behind, {} broken pointers overwritten, {} publishes repeated\n",
            self.regions,
            self.faults.len(),
            self.seconds,
            total(|row| row.requests),
            total(|row| row.failed),
            total(|row| row.wrong),
            total(|row| row.rerouted),
            self.published,
            self.lost,
            self.copied,
            self.overwritten,
            self.repeated
        ));
        for problem in &self.problems {
            let fault = problem
                .fault
                .checked_sub(1)
                .and_then(|at| self.faults.get(at));
            let fault = fault.map_or("at the beginning or end", |row| &row.fault);
            text.push_str(&format!("problem ({fault}): {}\n", problem.what));
        }
        if let Some(ended) = &self.ended {
            text.push_str(&format!("ended early: {ended}\n"));
        }
        text
    }
}

/// Aligned columns, in Markdown.
fn table(lines: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    let row = |cells: &[String]| {
        let cells = cells.iter().zip(&widths);
        let cells = cells.map(|(cell, width)| format!(" {cell:<width$} |"));
        format!("|{}\n", cells.collect::<String>())
    };
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        text.push_str(&row(line));
        if index == 0 {
            text.push_str(&row(&rule));
        }
    }
    text
}
