//! Properties that hold for any input: nothing panics, everything ends, and a bundle that has failed
//! an evaluation answers the next one.
//!
//! The number of cases is modest; `PROPTEST_CASES` raises it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests and their helpers"
)]

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, FileFailurePersistence};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::LazyLock;
use support::{NOW, excluding, is_sound, sound};
use zen_edge_eval::{
    Documents, EvaluateOptions, Limits, TraceKind, Variable, api, decode_context,
    evaluate_expression, evaluate_unary, render_template, to_json,
};
use zen_edge_testkit::compare::difference;
use zen_edge_testkit::fixture::Fixtures;

/// Every function of the expression language that is called by name.
const FUNCTIONS: &[&str] = &[
    "len",
    "contains",
    "flatten",
    "merge",
    "mergeDeep",
    "upper",
    "lower",
    "trim",
    "startsWith",
    "endsWith",
    "matches",
    "extract",
    "fuzzyMatch",
    "split",
    "abs",
    "sum",
    "avg",
    "min",
    "max",
    "rand",
    "median",
    "mode",
    "floor",
    "ceil",
    "round",
    "trunc",
    "isNumeric",
    "string",
    "number",
    "bool",
    "type",
    "keys",
    "values",
    "d",
    "date",
    "time",
    "duration",
    "year",
    "dayOfWeek",
    "dayOfMonth",
    "dayOfYear",
    "weekOfYear",
    "monthOfYear",
    "monthString",
    "dateString",
    "weekdayString",
    "startOf",
    "endOf",
];

/// Every function that takes a closure.
const CLOSURES: &[&str] = &[
    "all", "none", "some", "one", "filter", "map", "flatMap", "count",
];

/// Every method of a date.
const METHODS: &[&str] = &[
    "add",
    "sub",
    "set",
    "format",
    "startOf",
    "endOf",
    "diff",
    "tz",
    "isSame",
    "isBefore",
    "isAfter",
    "isSameOrBefore",
    "isSameOrAfter",
    "second",
    "minute",
    "hour",
    "day",
    "dayOfYear",
    "week",
    "weekday",
    "month",
    "quarter",
    "year",
    "timestamp",
    "offsetName",
    "isValid",
    "isYesterday",
    "isToday",
    "isTomorrow",
    "isLeapYear",
];

const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "and", "or", "in", "not in",
    "??",
];

/// Values at the edges of their types, and text that is nearly a date, a format, a pattern or a zone.
const LITERALS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "0.5",
    "-0.5",
    "1.5",
    "31",
    "366",
    "1e28",
    "-1e28",
    "1e-28",
    "0.0000000000000000000000000001",
    "79228162514264337593543950335",
    "-79228162514264337593543950335",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551616",
    "4294967296",
    "2147483648",
    "-2147483649",
    "253402300800",
    "8210266876800",
    "-8334601228801",
    "true",
    "false",
    "null",
    "''",
    "' '",
    "'a'",
    "'abc'",
    "'żółć🦀'",
    "'\u{130}'",
    "'1'",
    "'-0'",
    "'1e999'",
    "'NaN'",
    "'true'",
    "'2024-02-29'",
    "'2023-10-29T02:30:00+02:00'",
    "'2024-03-31 02:30:00'",
    "'0000-01-01'",
    "'-262143-01-01'",
    "'+262142-12-31T23:59:59Z'",
    "'9999-12-31'",
    "'24:00:00'",
    "'23:59:60'",
    "'2024-13-45'",
    "'now'",
    "'Europe/Warsaw'",
    "'America/St_Johns'",
    "'Mars/Base'",
    "'UTC'",
    "'%Y-%m-%d'",
    "'%'",
    "'%Q'",
    "'%9999d'",
    "'%:::z'",
    "'%.99f'",
    "'day'",
    "'month'",
    "'quarter'",
    "'week'",
    "'years'",
    "'s'",
    "'nope'",
    "'1d'",
    "'99999999999999999999y'",
    "'1h 30m'",
    "'-1M'",
    "'9223372036854775807s'",
    "'P1D'",
    "'('",
    "'[a-'",
    "'a{9999}'",
    "'(?i)a'",
    "'^$'",
    "'.*'",
    "[]",
    "[[]]",
    "[null]",
    "[1, 'a', null]",
    "[1, 2, 3]",
    "['b', 'a']",
    "[[1], [2, [3]]]",
    "[{a: 1}, {b: [2]}]",
    "[1e28, 1e28, 79228162514264337593543950335]",
    "[d('2024-01-01'), d('nope')]",
    "{}",
    "{a: 1}",
    "{a: {b: [1]}}",
    "d()",
    "d('2024-02-29')",
    "d('nope')",
    "d('2024-10-27', 'Europe/Warsaw')",
    "d(253402300799)",
    "d(-8334601228800)",
    "[1..3]",
    "(1..3)",
    "[3..1]",
    "]1..3[",
    "[1..5000]",
    "['a'..'b']",
    "[d('2024-01-01')..d('2024-12-31')]",
    "$",
    "$root",
    "#",
    "x",
    "list",
    "text",
    "deep.a.b",
    "deep['a']",
    "nothing.at.all",
];

fn literal() -> impl Strategy<Value = String> {
    select(LITERALS).prop_map(str::to_owned)
}

/// Any expression that the grammar knows, with arguments of any type.
fn expression() -> impl Strategy<Value = String> {
    literal().prop_recursive(4, 24, 4, |inner| {
        let call = (select(FUNCTIONS), vec(inner.clone(), 0..4))
            .prop_map(|(name, arguments)| format!("{name}({})", arguments.join(", ")));
        let method = (inner.clone(), select(METHODS), vec(inner.clone(), 0..3))
            .prop_map(|(this, name, arguments)| format!("{this}.{name}({})", arguments.join(", ")));
        let dates = (literal(), select(METHODS), vec(literal(), 0..3), select(METHODS))
            .prop_map(|(this, name, arguments, last)| {
                format!("d({this}).{name}({}).{last}()", arguments.join(", "))
            });
        let closure = (select(CLOSURES), inner.clone(), inner.clone(), any::<bool>()).prop_map(
            |(name, list, body, alias)| match alias {
                true => format!("{name}({list} as x, {body})"),
                false => format!("{name}({list}, {body})"),
            },
        );
        let binary = (inner.clone(), select(OPERATORS), inner.clone())
            .prop_map(|(left, operator, right)| format!("({left} {operator} {right})"));
        prop_oneof![
            4 => call,
            3 => method,
            3 => dates,
            2 => closure,
            3 => binary,
            1 => inner.clone().prop_map(|value| format!("-{value}")),
            1 => inner.clone().prop_map(|value| format!("not {value}")),
            1 => (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(test, yes, no)| format!("({test} ? {yes} : {no})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(value, at)| format!("{value}[{at}]")),
            1 => (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(value, from, to)| format!("{value}[{from}:{to}]")),
            1 => (inner.clone(), inner.clone()).prop_map(|(from, to)| format!("[{from}..{to}]")),
            1 => vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            1 => (inner.clone(), inner.clone()).prop_map(|(key, value)| format!("{{a: {value}, [{key}]: 1}}")),
            1 => (inner.clone(), inner.clone()).prop_map(|(value, next)| format!("y = {value}; z = {next}; [y, z]")),
            1 => inner.prop_map(|value| format!("`a${{{value}}}b`")),
        ]
    })
}

/// Text made of what the lexers know, in no order.
fn soup() -> impl Strategy<Value = String> {
    const TOKENS: &[&str] = &[
        "(", ")", "[", "]", "{", "}", "${", "{{", "}}", "`", "'", "\"", ",", ";", ":", ".", "..",
        "?", "??", "=", "==", "!", "!=", "<", ">=", "+", "-", "*", "/", "%", "^", "|", "&", "#",
        "$", "$root", "$nodes", "@", "\\", "\n", "\u{0}", " ", "1", "1.", ".5", "1e", "1e5", "1_0",
        "0x1", "and", "or", "not", "in", "not in", "as", "true", "null", "a", "a.b", "map(",
        "len(", "d(", ".add(", "é", "🦀", "\u{202e}",
    ];
    prop_oneof![
        vec(select(TOKENS), 0..40).prop_map(|tokens| tokens.concat()),
        vec(select(TOKENS), 0..20).prop_map(|tokens| tokens.join(" ")),
        ".{0,60}",
    ]
}

/// Any JSON value, with numbers at the edges and names that mean something somewhere.
fn json_value() -> impl Strategy<Value = Value> {
    const NUMBERS: &[&str] = &[
        "0",
        "-0",
        "1",
        "-1",
        "1.5",
        "1e3",
        "1E-5",
        "-1e400",
        "1e400",
        "1e-400",
        "9007199254740993",
        "79228162514264337593543950336",
        "0.12345678901234567890123456789012345",
        "1e28",
        "100000000000000000000000000000",
    ];
    const NAMES: &[&str] = &[
        "",
        "a",
        "a.b",
        "$",
        "$nodes",
        "$root",
        "nodes",
        "edges",
        "id",
        "type",
        "content",
        "key",
        "value",
        "__proto__",
        "constructor",
        "x",
        "list",
        "text",
        "n",
    ];
    let number = select(NUMBERS).prop_map(|text| serde_json::from_str(text).unwrap());
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        number,
        literal().prop_map(Value::String),
        ".{0,12}".prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        let name = prop_oneof![select(NAMES).prop_map(str::to_owned), ".{0,6}"];
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::Array),
            vec((name, inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A context with the names that the expressions use.
fn context() -> impl Strategy<Value = Value> {
    (json_value(), json_value(), json_value(), json_value()).prop_map(|(own, list, text, deep)| {
        let mut context =
            json!({ "x": text, "list": list, "deep": { "a": deep }, "text": "2024-01-01", "$": 1 });
        if let (Value::Object(context), Value::Object(own)) = (&mut context, own) {
            context.extend(own);
        }
        context
    })
}

/// One change to a JSON document; positions are taken modulo what there is.
#[derive(Debug, Clone)]
enum Mutation {
    Delete(Index),
    Replace(Index, Value),
    Copy(Index, Index),
    Text(Index, String),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        any::<Index>().prop_map(Mutation::Delete),
        (any::<Index>(), json_value()).prop_map(|(at, value)| Mutation::Replace(at, value)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Mutation::Copy(from, to)),
        (any::<Index>(), prop_oneof![expression(), soup()])
            .prop_map(|(at, text)| Mutation::Text(at, text)),
    ]
}

/// JSON Pointers to every value but the whole.
fn places(value: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, places: &mut Vec<String>) {
        let mut visit = |name: &str, value: &Value| {
            let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            walk(value, &at, places);
            places.push(at);
        };
        match value {
            Value::Array(items) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(index, item)| visit(&index.to_string(), item));
            }
            Value::Object(members) => members
                .iter()
                .for_each(|(name, member)| visit(name, member)),
            _ => {}
        }
    }
    let mut places_found = Vec::new();
    walk(value, "", &mut places_found);
    places_found
}

fn pick<'a>(at: &Index, places: &'a [String]) -> &'a str {
    at.get::<String>(places)
}

fn mutate(document: &mut Value, mutation: &Mutation) {
    let places = places(document);
    if places.is_empty() {
        return;
    }
    match mutation {
        Mutation::Delete(at) => {
            let (parent, name) = pick(at, &places).rsplit_once('/').unwrap();
            match document.pointer_mut(parent).unwrap() {
                Value::Array(items) => drop(items.remove(name.parse().unwrap())),
                Value::Object(members) => {
                    drop(members.remove(&name.replace("~1", "/").replace("~0", "~")))
                }
                _ => {}
            }
        }
        Mutation::Replace(at, value) => {
            *document.pointer_mut(pick(at, &places)).unwrap() = value.clone()
        }
        Mutation::Copy(from, to) => {
            let copy = document.pointer(pick(from, &places)).unwrap().clone();
            *document.pointer_mut(pick(to, &places)).unwrap() = copy;
        }
        Mutation::Text(at, text) => {
            let mut texts = places;
            texts.retain(|at| document.pointer(at).is_some_and(Value::is_string));
            if !texts.is_empty() {
                *document.pointer_mut(pick(at, &texts)).unwrap() = Value::String(text.clone());
            }
        }
    }
}

/// Documents, and contexts that they were written for.
type Corpus = (Vec<(String, Value)>, Vec<Value>);

static CORPUS: LazyLock<Corpus> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let fixtures = Fixtures::read(&folder, None).unwrap();
    let documents = fixtures.documents.iter().map(|(key, json)| {
        let mut document: Value = serde_json::from_slice(json).unwrap();
        document.as_object_mut().unwrap().remove("tests");
        (key.to_owned(), document)
    });
    let contexts = fixtures
        .cases
        .iter()
        .map(|case| serde_json::from_str(&case.input).unwrap());
    (documents.collect(), contexts.collect())
});

/// Bounds that keep one case short.
fn tight() -> Limits {
    Limits {
        expression_steps: 20_000,
        expression_bytes: 1 << 20,
        function_steps: 5_000_000,
        function_bytes: 8 << 20,
        function_sleep_millis: 0,
        result_bytes: 1 << 20,
        ..Limits::default()
    }
}

fn config(cases: u32) -> Config {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(cases);
    Config {
        cases,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        max_shrink_iters: 2_000,
        ..Config::default()
    }
}

/// Decodes, and compares with serde_json: both refuse, or both read the same value.
///
/// The differences, all documented: nesting beyond 128 has its own error here and the same outcome
/// there; a number that no decimal and no double holds is refused here, while serde_json's
/// `arbitrary_precision` keeps any digits as text.
fn check_decode(json: &[u8]) -> Result<(), TestCaseError> {
    let limits = Limits::default();
    let ours = decode_context(json, &limits);
    let serde = serde_json::from_slice::<Variable>(json);
    match (ours, serde) {
        (Ok(ours), Ok(serde)) => {
            let text = to_json(&ours, &limits).unwrap();
            prop_assert_eq!(
                String::from_utf8_lossy(&text),
                serde_json::to_string(&serde).unwrap()
            );
            let again = to_json(&decode_context(&text, &limits).unwrap(), &limits).unwrap();
            prop_assert_eq!(text, again, "what was written is read back as it was");
        }
        (Err(_), Err(_)) => {}
        (ours, serde) => {
            return Err(TestCaseError::fail(format!(
                "here: {:?}, serde_json: {:?}",
                ours.err(),
                serde.err()
            )));
        }
    }
    Ok(())
}

/// Evaluates `key` and the sound document after it.
fn evaluate_then_sound(
    documents: Documents,
    key: &str,
    context: &Value,
    trace: TraceKind,
) -> Result<(), TestCaseError> {
    let mut documents = documents;
    documents.insert("sound", sound().to_string());
    let bundle = excluding(&documents, tight());
    let options = EvaluateOptions {
        trace,
        now: Some(NOW),
        ..EvaluateOptions::default()
    };
    if let Err(error) = api::evaluate_sync(&bundle, key, context.to_string().as_bytes(), options) {
        let _ = (error.to_string(), error.to_json().to_string());
    }
    prop_assert!(is_sound(&bundle, "sound"));
    Ok(())
}

fn node_kind() -> impl Strategy<Value = &'static str> {
    const KINDS: &[&str] = &[
        "inputNode",
        "outputNode",
        "expressionNode",
        "decisionTableNode",
        "switchNode",
        "decisionNode",
        "functionNode",
        "customNode",
        "nope",
    ];
    select(KINDS)
}

fn trace_kind() -> impl Strategy<Value = TraceKind> {
    select(
        &[
            TraceKind::None,
            TraceKind::Default,
            TraceKind::String,
            TraceKind::Reference,
            TraceKind::ReferenceString,
            TraceKind::Shared,
        ][..],
    )
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn decoding_any_bytes_ends_in_a_value_or_an_error(json in vec(any::<u8>(), 0..200)) {
        let _ = decode_context(&json, &Limits::default());
    }

    #[test]
    fn decoding_damaged_json_agrees_with_serde_json(
        value in json_value(),
        flips in vec((any::<Index>(), any::<u8>()), 0..3),
        cut in proptest::option::of(any::<Index>()),
    ) {
        let mut json = value.to_string().into_bytes();
        for (at, byte) in flips {
            let at = at.index(json.len());
            json[at] = byte;
        }
        if let Some(cut) = cut {
            json.truncate(cut.index(json.len()));
        }
        check_decode(&json)?;
    }

    #[test]
    fn numbers_are_read_like_serde_json_reads_them(number in "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,4})?") {
        check_decode(number.as_bytes())?;
    }

    #[test]
    fn a_value_survives_encoding_and_decoding(value in json_value()) {
        let limits = Limits::default();
        if let Ok(decoded) = decode_context(value.to_string().as_bytes(), &limits) {
            let text = to_json(&decoded, &limits).unwrap();
            let again: Value = serde_json::from_slice(&text).unwrap();
            let once = serde_json::to_value(&decoded).unwrap();
            prop_assert_eq!(difference(&once, &again), None);
        }
    }
}

proptest! {
    #![proptest_config(config(3_000))]

    #[test]
    fn any_expression_gives_a_value_or_an_error(source in expression(), context in context()) {
        let limits = tight();
        let context = decode_context(context.to_string().as_bytes(), &limits).unwrap_or(Variable::Null);
        if let Ok(value) = evaluate_expression(&source, context.clone(), &limits, Some(NOW)) {
            let _ = to_json(&value, &limits);
        }
        let _ = evaluate_unary(&source, context.clone(), &limits, Some(NOW));
        let _ = evaluate_unary(&format!("> {source}, {source}"), context.clone(), &limits, Some(NOW));
        let _ = render_template(&format!("a {{{{ {source} }}}} b"), context, &limits, Some(NOW));
    }

    #[test]
    fn any_text_as_an_expression_gives_a_value_or_an_error(source in soup(), context in context()) {
        let limits = tight();
        let context = decode_context(context.to_string().as_bytes(), &limits).unwrap_or(Variable::Null);
        let _ = evaluate_expression(&source, context.clone(), &limits, Some(NOW));
        let _ = evaluate_unary(&source, context.clone(), &limits, Some(NOW));
        let _ = render_template(&source, context.clone(), &limits, Some(NOW));
        let _ = render_template(&format!("{{{{ {source} }}}} {{{{ {source}"), context, &limits, Some(NOW));
    }
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn any_json_as_a_document_is_compiled_or_refused(document in json_value(), context in json_value()) {
        let documents = Documents::from_iter([("a", document.to_string())]);
        evaluate_then_sound(documents, "a", &context, TraceKind::None)?;
    }

    #[test]
    fn any_nodes_are_compiled_or_refused(
        nodes in vec((node_kind(), json_value()), 0..5),
        edges in vec((0..6_usize, 0..6_usize), 0..6),
        context in context(),
    ) {
        let nodes: Vec<_> = nodes.iter().enumerate().map(|(id, (kind, content))| support::node(&id.to_string(), kind, content.clone())).collect();
        let edges = edges.iter().map(|(from, to)| support::edge(&from.to_string(), &to.to_string())).collect();
        let documents = Documents::from_iter([("a", support::graph(nodes, edges).to_string())]);
        evaluate_then_sound(documents, "a", &context, TraceKind::Default)?;
    }

    #[test]
    fn a_damaged_document_is_compiled_or_refused_and_evaluation_ends(
        which in any::<Index>(),
        mutations in vec(mutation(), 1..4),
        context_of in any::<Index>(),
        context_mutations in vec(mutation(), 0..2),
        trace in trace_kind(),
    ) {
        let (corpus, contexts) = &*CORPUS;
        let (key, document) = which.get(corpus);
        let mut document = document.clone();
        mutations.iter().for_each(|mutation| mutate(&mut document, mutation));
        let mut context = context_of.get(contexts).clone();
        context_mutations.iter().for_each(|mutation| mutate(&mut context, mutation));
        evaluate_then_sound(Documents::from_iter([(key.as_str(), document.to_string())]), key, &context, trace)?;
    }

    #[test]
    fn a_document_with_damaged_bytes_is_compiled_or_refused(
        which in any::<Index>(),
        flips in vec((any::<Index>(), any::<u8>()), 1..4),
        context_of in any::<Index>(),
    ) {
        let (corpus, contexts) = &*CORPUS;
        let (key, document) = which.get(corpus);
        let mut json = document.to_string().into_bytes();
        for (at, byte) in flips {
            let at = at.index(json.len());
            json[at] = byte;
        }
        evaluate_then_sound(Documents::from_iter([(key.as_str(), json)]), key, context_of.get(contexts), TraceKind::None)?;
    }

    #[test]
    fn after_a_failed_evaluation_the_same_bundle_answers_the_next(source in expression(), context in context()) {
        let graph = support::chain(vec![support::expression("e", &source)]);
        evaluate_then_sound(Documents::from_iter([("a", graph.to_string())]), "a", &context, TraceKind::Default)?;
    }
}

#[test]
fn every_name_of_the_grammar_exists() {
    let limits = Limits::default();
    for name in FUNCTIONS.iter().chain(CLOSURES) {
        let unknown = evaluate_expression(
            &format!("{name}(1, 2, 3, 4, 5)"),
            Variable::Null,
            &limits,
            None,
        );
        assert!(
            !unknown.unwrap_err().to_string().contains("not found"),
            "{name}"
        );
    }
}
