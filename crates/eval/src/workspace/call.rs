//! One method of the workspace by its name in `@gorules/zen-engine`, arguments and answer as JSON.

use super::Workspace;
use super::answer::{
    diagnostic, evaluation, outsized, plain, read_type, text, upstream_type, value,
};
use crate::error::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use zen_edge_host::script;
use zen_engine::Workspace as Engine;
use zen_engine::policy::{EvaluateRequest, ScopeRequest};
use zen_engine::workspace::{Cursor, GraphTraceMap, RenameTarget};
use zen_expression::variable::Variable;

/// Findings that are answered if nobody says how many; zero is all of them.
const DIAGNOSTICS: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Scope {
    policy_path: Arc<str>,
    goals: Option<Vec<Arc<str>>>,
}

impl From<Scope> for ScopeRequest {
    fn from(scope: Scope) -> Self {
        Self {
            policy_path: scope.policy_path,
            goals: scope.goals.unwrap_or_default(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Evaluate {
    policy_path: Arc<str>,
    #[serde(default)]
    input: Value,
    goals: Option<Vec<Arc<str>>>,
    trace: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rename {
    target: RenameTarget,
    new_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateBlock {
    policy_path: String,
    block: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RemoveBlock {
    policy_path: String,
    block_id: String,
}

impl Workspace {
    /// Calls a method by its name with its arguments, a JSON array in which `null` is an argument left
    /// out; the answer is JSON text, `null` where upstream answers nothing.
    ///
    /// # Errors
    /// `Invalid` for a method that does not exist and for arguments that are not what they must be;
    /// `PolicyFailed`; `LimitExceeded`.
    pub fn call(&mut self, method: &str, arguments: &str) -> Result<Vec<u8>> {
        self.settle();
        let answer = self.answer(method, arguments)?;
        text(&answer, &self.limits)
    }

    fn answer(&mut self, method: &str, arguments: &str) -> Result<Value> {
        let limits = &self.limits;
        Ok(match method {
            "paths" => {
                let paths = self.documents.0.values();
                paths.map(|entry| entry.key.to_string()).collect()
            }
            "isGraph" => {
                let (path,): (String,) = read(arguments)?;
                let entry = self.entry(&path);
                entry
                    .is_some_and(|entry| entry.content.as_graph().is_some())
                    .into()
            }
            "updateBlock" => {
                let (request,): (UpdateBlock,) = read(arguments)?;
                self.update_block(&request.policy_path, request.block)?;
                Value::Null
            }
            "removeBlock" => {
                let (request,): (RemoveBlock,) = read(arguments)?;
                self.remove_block(&request.policy_path, &request.block_id)?
                    .into()
            }
            "uncheckedNodes" => {
                let (path,): (String,) = read(arguments)?;
                self.typed(|engine| engine.unchecked_nodes(&path))?
            }
            "diagnostics" => self.diagnostics(arguments)?,
            "allDiagnostics" => self.all_diagnostics(arguments)?,
            "entities" => self.scoped(arguments, |engine, scope| engine.entities(scope))?,
            "globals" => self.scoped(arguments, |engine, scope| engine.globals(scope))?,
            "dictionaries" => self.scoped(arguments, |engine, scope| engine.dictionaries(scope))?,
            "inputs" => self.scoped(arguments, |engine, scope| engine.inputs(scope))?,
            "outputs" => self.scoped(arguments, |engine, scope| engine.outputs(scope))?,
            "conditionalSchema" => {
                self.scoped(arguments, |engine, scope| engine.conditional_schema(scope))?
            }
            "inputSkeleton" => {
                let scope = scope(arguments)?;
                self.plain(|engine| engine.input_skeleton(&scope))?
            }
            "inspect" => {
                let (cursor,): (Cursor,) = read(arguments)?;
                let mut found = self.plain(|engine| engine.inspect(&cursor))?;
                if let Some(kind) = found.get_mut("kind") {
                    *kind = upstream_type(kind.take());
                }
                found
            }
            "completions" => {
                let (cursor,): (Cursor,) = read(arguments)?;
                let mut found = self.plain(|engine| engine.completions(&cursor))?;
                // Upstream's class leaves these two out.
                for completion in found.as_array_mut().into_iter().flatten() {
                    if let Some(members) = completion.as_object_mut() {
                        members.remove("boost");
                        members.remove("methodFor");
                    }
                }
                found
            }
            "slot" => {
                let (cursor, source): (Cursor, String) = read(arguments)?;
                zen_edge_host::expression::check(&source)
                    .map_err(|error| Error::invalid(error.to_string()))?;
                let mut found = self.typed(|engine| engine.slot(&cursor, &source))?;
                let locals = found.pointer_mut("/slot/locals");
                for local in locals.and_then(Value::as_array_mut).into_iter().flatten() {
                    if let Some(kind) = local.get_mut("type") {
                        *kind = upstream_type(kind.take());
                    }
                }
                found
            }
            "facts" => {
                let (path,): (String,) = read(arguments)?;
                self.typed(|engine| engine.facts(&path))?
            }
            "prepareRename" => {
                let (cursor,): (Cursor,) = read(arguments)?;
                self.plain(|engine| engine.prepare_rename(&cursor))?
            }
            "rename" => {
                let (request,): (Rename,) = read(arguments)?;
                self.plain(|engine| engine.rename(&request.target, &request.new_name))?
            }
            "references" => {
                let (target,): (RenameTarget,) = read(arguments)?;
                self.plain(|engine| engine.references(&target))?
            }
            "search" => {
                let (query, limit): (String, Option<u32>) = read(arguments)?;
                self.plain(|engine| engine.search(&query, limit))?
            }
            "dependencies" => {
                let (target, document): (String, Option<String>) = read(arguments)?;
                self.typed(|engine| engine.dependencies_scoped(&target, document.as_deref()))?
            }
            "evaluate" => {
                let request = evaluate(arguments, false)?;
                evaluation(self.within(|engine| engine.evaluate(&request))?, limits)?
            }
            "enhanceTrace" => {
                let request = evaluate(arguments, true)?;
                evaluation(
                    self.within(|engine| engine.enhance_trace(&request))?,
                    limits,
                )?
            }
            "enhanceGraphTrace" => {
                let (path, trace): (Arc<str>, GraphTraceMap) = read(arguments)?;
                let trace = self.within(|engine| engine.enhance_graph_trace(&path, &trace))?;
                let trace = trace
                    .map_err(|error| Error::new(ErrorKind::PolicyFailed, error.to_string()))?;
                plain(&trace, limits)?
            }
            "componentMembers" => {
                let (policy,): (String,) = read(arguments)?;
                self.plain(|engine| engine.component_members(&policy))?
            }
            "crossComponentWriteConflicts" => {
                self.plain(|engine| engine.cross_component_write_conflicts())?
            }
            "functionResolutionRequests" => {
                let requests = self.within(|engine| engine.function_resolution_requests())?;
                let requests = requests.iter().map(|request| {
                    let input = upstream_type(plain(&request.input, limits)?);
                    Ok(json!({ "source": request.source, "inputType": input }))
                });
                requests.collect::<Result<Vec<_>>>()?.into()
            }
            "setFunctionType" => {
                let (source, input, written): (String, Value, Option<String>) = read(arguments)?;
                if let Some(written) = &written {
                    script::check(written).map_err(|error| Error::invalid(error.to_string()))?;
                }
                let input = read_type(&input);
                self.within(|engine| {
                    engine.set_function_type(&source, &input, written.as_deref());
                })?;
                Value::Null
            }
            other => {
                return Err(Error::invalid(format!(
                    "the workspace has no method `{other}`"
                )));
            }
        })
    }

    /// What the engine says of a scope, which is the only argument.
    fn scoped<T: Serialize>(
        &self,
        arguments: &str,
        ask: impl FnOnce(&Engine, &ScopeRequest) -> T,
    ) -> Result<Value> {
        let scope = scope(arguments)?;
        self.typed(|engine| ask(engine, &scope))
    }

    /// What the engine says, types in upstream's form.
    fn typed<T: Serialize>(&self, ask: impl FnOnce(&Engine) -> T) -> Result<Value> {
        value(&self.within(ask)?, &self.limits)
    }

    /// What the engine says.
    fn plain<T: Serialize>(&self, ask: impl FnOnce(&Engine) -> T) -> Result<Value> {
        plain(&self.within(ask)?, &self.limits)
    }

    fn diagnostics(&self, arguments: &str) -> Result<Value> {
        let (path, most): (String, Option<usize>) = read(arguments)?;
        if self.is_outsized(&path) {
            return Ok(vec![outsized(&path)].into());
        }
        let found = self.within(|engine| engine.diagnostics(&path))?;
        let found = found.iter().take(cap(most));
        let found = found.map(|found| diagnostic(found, &self.limits));
        Ok(found.collect::<Result<Vec<_>>>()?.into())
    }

    fn all_diagnostics(&self, arguments: &str) -> Result<Value> {
        let (most,): (Option<usize>,) = read(arguments)?;
        let paths = self.documents.0.values().map(|entry| &*entry.key);
        let outsized = paths
            .filter(|path| self.is_outsized(path))
            .map(|path| Ok(outsized(path)));
        let found = self.within(|engine| engine.all_diagnostics())?;
        let found = found.iter().map(|found| diagnostic(found, &self.limits));
        let found = outsized.chain(found).take(cap(most));
        Ok(found.collect::<Result<Vec<_>>>()?.into())
    }
}

fn cap(most: Option<usize>) -> usize {
    match most {
        None => DIAGNOSTICS,
        Some(0) => usize::MAX,
        Some(most) => most,
    }
}

fn read<T: DeserializeOwned>(arguments: &str) -> Result<T> {
    serde_json::from_str(arguments)
        .map_err(|error| Error::invalid(format!("the arguments are not valid: {error}")))
}

fn scope(arguments: &str) -> Result<ScopeRequest> {
    let (scope,): (Scope,) = read(arguments)?;
    Ok(scope.into())
}

fn evaluate(arguments: &str, trace: bool) -> Result<EvaluateRequest> {
    let (request,): (Evaluate,) = read(arguments)?;
    Ok(EvaluateRequest {
        policy_path: request.policy_path,
        input: Variable::from(request.input),
        goals: request.goals.unwrap_or_default(),
        trace: trace || request.trace.unwrap_or_default(),
    })
}
