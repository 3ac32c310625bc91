//! What documents, contexts and evaluations may use.

use crate::config::function_steps;
use serde::{Deserialize, Serialize};
use std::fmt;
use zen_edge_host::budget::{Allowance, Exhausted};

/// Bounds on everything that comes from outside, each with the attack it stops.
///
/// A bound is checked before the work or the allocation it guards. The defaults suit a Cloudflare
/// Worker (128 MB for everything, see <https://developers.cloudflare.com/workers/platform/limits/>).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Limits {
    /// Documents in one bundle.
    pub documents: usize,
    /// Bytes of one document.
    pub document_bytes: usize,
    /// Nodes of one graph, or blocks of one policy.
    pub nodes: usize,
    /// Rows of all decision tables in one document.
    pub table_rows: usize,
    /// Bytes of a context. The GoRules Agent's body limit is the default, 16 MiB.
    pub context_bytes: usize,
    /// Nesting of a context, of a result, and of a value that a function returns. serde_json's
    /// limit is the default, 128, and applies to documents in any case.
    pub json_depth: usize,
    /// Bytes of a result as JSON text, its trace included.
    pub result_bytes: usize,
    /// Decisions that may call each other, one inside the other; the GoRules Agent's is 10, which is
    /// also what an evaluation asks for by default. Every level takes stack.
    pub call_depth: u8,
    /// Work of expressions and tables per evaluation: 4 steps per iteration of a closure (`map`,
    /// `filter`, …) and per element of a range, one per row of a decision table, 16 per node.
    pub expression_steps: u64,
    /// Bytes of text that expressions may build per evaluation.
    pub expression_bytes: u64,
    /// Work of JavaScript functions per evaluation: one step per loop turn, call and backtracking
    /// step of a regular expression, two per allocation and one per 16 bytes of it. A step takes
    /// some 10 to 40 ns.
    pub function_steps: u64,
    /// Bytes that JavaScript functions may hold at once. A runtime with nothing in it takes 0.2 MiB.
    pub function_bytes: usize,
    /// Bytes that one value inside an evaluation may take once everything it shares is written out: a
    /// value may hold another one many times.
    pub value_bytes: u64,
    /// Milliseconds that functions may sleep (`console.sleep`) per evaluation, in all.
    pub function_sleep_millis: u64,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self {
            documents: 10_000,
            document_bytes: 16 * MIB,
            nodes: 2_000,
            table_rows: 100_000,
            context_bytes: 16 * MIB,
            json_depth: 128,
            result_bytes: 32 * MIB,
            call_depth: 32,
            expression_steps: 5_000_000,
            expression_bytes: 64 * MIB as u64,
            function_steps: 50_000_000,
            function_bytes: 32 * MIB,
            value_bytes: 64 * MIB as u64,
            function_sleep_millis: 5_000,
        }
    }
}

impl Limits {
    pub(crate) fn allowance(&self) -> Allowance {
        Allowance {
            expression_steps: self.expression_steps,
            expression_bytes: self.expression_bytes,
            function_steps: function_steps(self.function_steps),
            function_bytes: self.function_bytes,
            function_sleep_millis: self.function_sleep_millis,
            value_depth: u32::try_from(self.json_depth).unwrap_or(u32::MAX),
            value_bytes: self.value_bytes,
        }
    }
}

/// The name of a field of [`Limits`], for errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(
    missing_docs,
    reason = "each is documented on the field of the same name"
)]
pub enum Limit {
    Documents,
    DocumentBytes,
    Nodes,
    TableRows,
    ContextBytes,
    JsonDepth,
    ResultBytes,
    CallDepth,
    ExpressionNesting,
    ExpressionSteps,
    ExpressionBytes,
    FunctionSteps,
    FunctionBytes,
    FunctionSleepMillis,
    ValueBytes,
}

impl Limit {
    /// The field's name as it is written in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::DocumentBytes => "documentBytes",
            Self::Nodes => "nodes",
            Self::TableRows => "tableRows",
            Self::ContextBytes => "contextBytes",
            Self::JsonDepth => "jsonDepth",
            Self::ResultBytes => "resultBytes",
            Self::CallDepth => "callDepth",
            Self::ExpressionNesting => "expressionNesting",
            Self::ExpressionSteps => "expressionSteps",
            Self::ExpressionBytes => "expressionBytes",
            Self::FunctionSteps => "functionSteps",
            Self::FunctionBytes => "functionBytes",
            Self::FunctionSleepMillis => "functionSleepMillis",
            Self::ValueBytes => "valueBytes",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Exhausted> for Limit {
    fn from(exhausted: Exhausted) -> Self {
        match exhausted {
            Exhausted::ExpressionSteps => Self::ExpressionSteps,
            Exhausted::ExpressionBytes => Self::ExpressionBytes,
            Exhausted::FunctionSteps => Self::FunctionSteps,
            Exhausted::FunctionBytes => Self::FunctionBytes,
            Exhausted::FunctionSleep => Self::FunctionSleepMillis,
            Exhausted::ValueDepth => Self::JsonDepth,
            Exhausted::ValueBytes => Self::ValueBytes,
            Exhausted::Chain => Self::CallDepth,
        }
    }
}
