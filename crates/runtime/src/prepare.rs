//! Step 7: compiles a verified bundle and lets it answer its own smoke cases.

use crate::release::{CompiledRelease, Said};
use futures_util::FutureExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use zen_edge_bundle::{Bundle, TestCase, TestDocument};
use zen_edge_eval::{CompileOptions, CompiledBundle, Documents, TraceKind, compile, run_case};
use zen_edge_sync::{Error, ErrorKind, VerifiedBundle};

/// Bytes that a compiled bundle takes per byte of its documents, and in any case: what a large
/// decision table takes, which is the most (`tests/memory.rs`).
const BYTES_PER_BYTE: u64 = 16;
const BYTES_AT_LEAST: u64 = 64 * 1024;

/// Compiles a bundle and runs its smoke cases at `now`, milliseconds since 1970, unless they fix
/// their clock themselves. A panic on the way is a refusal like any other.
///
/// # Errors
/// [`ErrorKind::NotCompiled`] and [`ErrorKind::SmokeFailed`].
pub(crate) fn prepare(
    bundle: VerifiedBundle,
    options: CompileOptions,
    now: i64,
) -> Result<CompiledRelease, Error> {
    let packed = bundle.packed().clone();
    let (release, bundle) = bundle.into_parts();
    let tests = smoke_tests(&bundle)?;
    let said = Said::of(&bundle);
    let documents = Documents::from(bundle);
    let text: usize = documents.iter().map(|(_, json)| json.len()).sum();
    let compiled = catch_unwind(AssertUnwindSafe(|| compile(&documents, options)))
        .map_err(|_| Error::new(ErrorKind::NotCompiled, "compiling it panicked"))?
        .map_err(|error| Error::new(ErrorKind::NotCompiled, error.to_string()))?;
    for (document, case) in &tests {
        run(&compiled, document, case, now)?;
    }
    let bytes = BYTES_AT_LEAST + BYTES_PER_BYTE * u64::try_from(text).unwrap_or(u64::MAX / 32);
    Ok(CompiledRelease::new(release, compiled, said, packed, bytes))
}

/// The cases that every region runs. If they cannot be read, nobody knows that they pass.
fn smoke_tests(bundle: &Bundle) -> Result<Vec<(TestDocument, TestCase)>, Error> {
    let tests = bundle
        .tests()
        .map_err(|error| Error::new(ErrorKind::SmokeFailed, error.to_string()))?;
    let mut smoke = Vec::new();
    for mut document in tests.into_iter().filter(|document| !document.disabled) {
        let cases = std::mem::take(&mut document.cases);
        let cases = cases
            .into_iter()
            .filter(|case| case.smoke && !case.disabled);
        smoke.extend(cases.map(|case| (document.clone(), case)));
    }
    Ok(smoke)
}

fn run(
    compiled: &CompiledBundle,
    document: &TestDocument,
    case: &TestCase,
    now: i64,
) -> Result<(), Error> {
    let run = || run_case(compiled, document, case, TraceKind::None, Some(now)).now_or_never();
    let fault = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Some(outcome)) => outcome.fault,
        Ok(None) => Some("it waits for the host; a smoke case must be answered at once".to_owned()),
        Err(_) => Some("it panicked".to_owned()),
    };
    let Some(fault) = fault else {
        return Ok(());
    };
    let name = [&case.name, &case.id].into_iter().flatten().next();
    let name = name.map_or_else(String::new, |name| format!(" `{name}`"));
    let message = format!(
        "the smoke case{name} of `{}` in `{}`: {fault}",
        document.file_path, document.path
    );
    Err(Error::new(ErrorKind::SmokeFailed, message))
}
