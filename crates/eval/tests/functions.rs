//! JavaScript in function nodes: what it can do, and what stops it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod one_node;

use one_node::{answer, compiled, function_v1, function_v2, graph, result, single};
use serde_json::{Value, json};
use zen_edge_eval::{
    CompiledBundle, Error, ErrorKind, EvaluateOptions, Host, Limit, Limits, TraceKind,
};

/// Limits low enough for a debug build to reach them soon.
fn small() -> Limits {
    Limits {
        function_steps: 2_000_000,
        function_bytes: 8 * 1024 * 1024,
        ..Limits::default()
    }
}

/// Evaluates a document that must fail, with `good` beside it, which must then still answer.
fn failing(document: Value, limits: Limits) -> Error {
    let good = function_v2("export const handler = (input) => ({ twice: input.n * 2 });");
    let documents = [("d", document), ("good", good)];
    let bundle = compiled(&documents, limits, Host::default());
    let error = result(&bundle, &json!({ "n": 21 })).unwrap_err();
    assert_still_right(&bundle);
    error
}

fn assert_still_right(bundle: &CompiledBundle) {
    let options = EvaluateOptions::default();
    let answer =
        zen_edge_eval::api::evaluate_sync(bundle, "good", br#"{"n":21}"#, options).unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer["result"], json!({ "twice": 42 }));
}

fn exceeded(error: &Error) -> Option<Limit> {
    match error.kind() {
        ErrorKind::LimitExceeded(limit) => Some(limit),
        _ => None,
    }
}

#[test]
fn an_endless_loop_ends_in_an_error() {
    for body in [
        "for (;;) {}",
        "let n = 0; while (true) { n += 1; }",
        "const f = () => f; let g = f; while (g = g()) {}",
        "while (true) { try { while (true) {} } catch (e) {} }",
        "/^(a+)+$/.test('a'.repeat(60) + 'b');",
        "[...Array(20000).keys()].sort((a, b) => { for (let i = 0; i < 1e9; i++); return a - b; });",
        "function* g() { while (true) yield 1; } for (const x of g()) {}",
        "new Proxy({}, { get: () => { for (;;) {} } }).x;",
        "JSON.stringify({ toJSON() { for (;;) {} } });",
    ] {
        let v1 = function_v1(&format!(
            "const handler = (input) => {{ {body} return {{}}; }}"
        ));
        let v2 = function_v2(&format!(
            "export const handler = (input) => {{ {body} return {{}}; }};"
        ));
        for document in [v1, v2] {
            let error = failing(document, small());
            assert_eq!(
                exceeded(&error),
                Some(Limit::FunctionSteps),
                "{body}: {error}"
            );
            assert_eq!(error.node_id(), Some("node"));
            assert_eq!(error.to_json()["type"], "NodeError");
        }
    }
}

#[test]
fn an_endless_loop_outside_the_handler_ends_in_an_error() {
    for document in [
        function_v2("for (;;) {} export const handler = () => ({});"),
        function_v2(
            "await new Promise((resolve) => { for (;;) {} }); export const handler = () => ({});",
        ),
        function_v1("for (;;) {}\nconst handler = () => ({});"),
    ] {
        assert_eq!(
            exceeded(&failing(document, small())),
            Some(Limit::FunctionSteps)
        );
    }
}

#[test]
fn an_endless_chain_of_promises_ends_in_an_error() {
    for body in [
        "while (true) await Promise.resolve();",
        "const f = () => Promise.resolve().then(f); await f();",
        "const f = () => { Promise.resolve().then(f); Promise.resolve().then(f); }; f(); await new Promise(() => {});",
        "const f = async () => { try { await f(); } catch { await f(); } }; await f();",
        "for await (const x of (async function* () { while (true) yield 1; })()) {}",
        "const t = { then(resolve) { resolve(t); } }; await t;",
    ] {
        let source = format!("export const handler = async (input) => {{ {body} return {{}}; }};");
        let error = failing(function_v2(&source), small());
        assert!(
            matches!(
                exceeded(&error),
                Some(Limit::FunctionSteps | Limit::FunctionBytes)
            ) || error.kind() == ErrorKind::NodeFailed,
            "{body}: {error}"
        );
    }
}

#[test]
fn a_promise_that_nobody_settles_is_told_as_such() {
    for source in [
        "export const handler = () => new Promise(() => {});",
        "export const handler = async () => { await new Promise(() => {}); return {}; };",
        "await new Promise(() => {}); export const handler = () => ({});",
        "export const handler = async () => ({ then() {} });",
    ] {
        let error = failing(function_v2(source), Limits::default());
        assert_eq!(error.kind(), ErrorKind::Stalled, "{source}: {error}");
    }
}

#[test]
fn an_allocation_bomb_ends_in_an_error() {
    for body in [
        "const a = []; while (true) a.push(new Array(1000).fill(1));",
        "let s = 'x'; while (true) s += s;",
        "'x'.repeat(2 ** 29);",
        "new ArrayBuffer(2 ** 30);",
        "new Uint8Array(2 ** 31 - 1);",
        "new Array(2 ** 32 - 1).fill(0);",
        "Array.from({ length: 2 ** 32 - 1 }, () => ({}));",
        "let a = []; for (;;) a = [a];",
        "const m = new Map(); for (let i = 0; ; i++) m.set(i, { i });",
        "2n ** 2n ** 40n;",
        "'ab'.padEnd(2 ** 30, 'cd');",
        "const s = 'x'.repeat(1e6); s.split('').map(() => s.split(''));",
    ] {
        let v1 = function_v1(&format!(
            "const handler = (input) => {{ {body} return {{}}; }}"
        ));
        let v2 = function_v2(&format!(
            "export const handler = (input) => {{ {body} return {{}}; }};"
        ));
        for document in [v1, v2] {
            let error = failing(document, small());
            // QuickJS itself refuses lengths beyond its own limits.
            let stopped = matches!(
                exceeded(&error),
                Some(Limit::FunctionBytes | Limit::FunctionSteps)
            );
            let refused = [
                "too large",
                "invalid array length",
                "invalid string length",
                "RangeError",
            ];
            let refused = refused
                .iter()
                .any(|words| error.to_string().contains(words));
            assert!(stopped || refused, "{body}: {error}");
        }
    }
}

#[test]
fn a_function_that_survives_an_allocation_bomb_is_not_believed() {
    let source = "export const handler = () => { try { const a = []; for (;;) a.push(new Array(1000).fill(1)); } catch { return { fine: true }; } };";
    assert_eq!(
        exceeded(&failing(function_v2(source), small())),
        Some(Limit::FunctionBytes)
    );
}

#[test]
fn unbounded_recursion_ends_in_an_error() {
    for body in [
        "const f = () => f() + 1; f();",
        "const f = (...a) => f(...a, 1); f();",
        "const o = { get x() { return this.x; } }; o.x;",
        "const o = { toString() { return `${this}`; } }; `${o}`;",
        "class A { constructor() { new A(); } } new A();",
        "const p = new Proxy({}, { get: (t, k) => p[k] }); p.x;",
        "const f = () => [1].map(f); f();",
        "const f = () => { try { f(); } finally { f(); } }; f();",
        "const f = () => 'a'.replace(/a/, f); f();",
        "const f = () => JSON.stringify({ toJSON: f }); f();",
        "let a = []; for (let i = 0; i < 50000; i++) a = [a]; JSON.stringify(a);",
        "let a = []; for (let i = 0; i < 50000; i++) a = [a]; String(a);",
        "eval('['.repeat(50000));",
        "JSON.parse('['.repeat(50000));",
        "new RegExp('('.repeat(50000) + ')'.repeat(50000));",
        "const f = () => eval('f()'); f();",
        "const f = () => new Function('g', 'return g()')(f); f();",
        "const f = () => Reflect.apply(f, null, []); f();",
        "const f = f2 => [3, 2, 1].sort(f); f();",
    ] {
        let v1 = function_v1(&format!(
            "const handler = (input) => {{ {body} return {{}}; }}"
        ));
        let v2 = function_v2(&format!(
            "export const handler = (input) => {{ {body} return {{}}; }};"
        ));
        for document in [v1, v2] {
            let error = failing(document, small());
            assert!(
                matches!(
                    error.kind(),
                    ErrorKind::NodeFailed | ErrorKind::LimitExceeded(_)
                ),
                "{body}: {error}"
            );
        }
    }
}

#[test]
fn a_value_that_nests_too_deeply_or_contains_itself_ends_in_an_error() {
    for body in [
        "const a = {}; a.a = a; return a;",
        "const a = []; a.push(a); return { a };",
        "let a = {}; for (let i = 0; i < 100000; i++) a = { a }; return a;",
        "let a = []; for (let i = 0; i < 200; i++) a = [a]; return { a };",
        "const a = { b: {} }; a.b.c = { a }; return a;",
    ] {
        let source = format!("export const handler = (input) => {{ {body} }};");
        let error = failing(function_v2(&source), Limits::default());
        assert_eq!(exceeded(&error), Some(Limit::JsonDepth), "{body}: {error}");
        let source = format!("const handler = (input) => {{ {body} }}");
        failing(function_v1(&source), Limits::default());
    }
}

#[test]
fn hostile_values_become_plain_errors_or_values() {
    for body in [
        "return NaN;",
        "return { n: Infinity };",
        "return { n: -0 };",
        "return { n: 1e400 };",
        "return { n: 123456789012345678901234567890n };",
        "return { s: '\\ud800' };",
        "return Symbol('x');",
        "return { get x() { throw new Error('no'); } };",
        "return new Proxy({}, { ownKeys() { throw new Error('no'); } });",
        "return new Date(NaN);",
        "return new Map([[1, 2]]);",
        "return function () {};",
        "throw null;",
        "throw { get message() { throw 1; } };",
        "throw new Proxy({}, { get() { throw 2; } });",
        "return undefined;",
        "return { then: 1 };",
        "globalThis.console = null; return {};",
        "delete globalThis.config; console.log(1); return {};",
        "globalThis.config = { get trace() { throw 3; } }; console.log(1); return {};",
        "Object.prototype.toJSON = () => { throw 4; }; return {};",
        "Array.prototype.map = null; return {};",
        "globalThis.JSON = null; return {};",
        "Promise.prototype.then = null; return {};",
        "globalThis.Promise = null; return {};",
    ] {
        for document in [
            function_v2(&format!("export const handler = (input) => {{ {body} }};")),
            function_v2(&format!(
                "export const handler = async (input) => {{ {body} }};"
            )),
            function_v1(&format!("const handler = (input) => {{ {body} }}")),
        ] {
            let good = function_v2("export const handler = (input) => ({ twice: input.n * 2 });");
            let documents = [("d", document), ("good", good)];
            let bundle = compiled(&documents, Limits::default(), Host::default());
            let options = EvaluateOptions {
                trace: TraceKind::Default,
                ..EvaluateOptions::default()
            };
            let _ = answer(&bundle, &json!({ "n": 1 }), options);
            assert_still_right(&bundle);
        }
    }
}

#[test]
fn every_size_of_memory_ends_in_an_answer_or_an_error() {
    let source = "import dayjs from 'dayjs'; import { z } from 'zod'; import zen from 'zen';
        export const handler = async (input) => {
            const parts = Array.from({ length: 200 }, (_, i) => `${i}-${dayjs('2026-01-01').add(i, 'day').format()}`);
            return { parts, ok: z.string().safeParse(input.s).success, sum: zen.evaluateExpression('sum(a)', { a: [1, 2] }) };
        };";
    let v1 = "const handler = (input, { dayjs, Big }) => ({ n: new Big(1).plus(2), at: dayjs('2026-01-01').format() })";
    let mut answered = 0;
    for kib in (0..640).step_by(7).chain([1_000, 2_000, 4_000]) {
        let limits = Limits {
            function_bytes: kib * 1024,
            ..Limits::default()
        };
        let documents = [("d", function_v2(source)), ("v1", function_v1(v1))];
        let bundle = compiled(&documents, limits, Host::default());
        match result(&bundle, &json!({ "s": "x" })) {
            Ok(result) => {
                answered += 1;
                assert_eq!(result["sum"], json!(3));
            }
            Err(error) => assert_eq!(
                exceeded(&error),
                Some(Limit::FunctionBytes),
                "{kib} KiB: {error}"
            ),
        }
        let options = EvaluateOptions::default();
        let _ = zen_edge_eval::api::evaluate_sync(&bundle, "v1", b"{}", options);
    }
    assert!(answered > 0);
}

#[test]
fn a_step_limit_is_reached_at_the_same_step_every_time() {
    let source = "export const handler = (input) => { let n = 0; for (; n < input.turns; n++); return { n }; };";
    let limits = Limits {
        function_steps: 3_000_000,
        ..Limits::default()
    };
    let bundle = compiled(&[("d", function_v2(source))], limits, Host::default());
    let turns_at_the_limit = |bundle: &CompiledBundle| {
        let (mut good, mut bad) = (0, 10_000_000);
        while bad - good > 1 {
            let middle = (good + bad) / 2;
            match result(bundle, &json!({ "turns": middle })) {
                Ok(_) => good = middle,
                Err(_) => bad = middle,
            }
        }
        good
    };
    let first = turns_at_the_limit(&bundle);
    assert!(first > 1_000_000);
    assert_eq!(turns_at_the_limit(&bundle), first);
}

#[test]
fn a_pinned_clock_is_what_functions_see() {
    let options = EvaluateOptions {
        now: Some(1_767_225_600_000),
        ..EvaluateOptions::default()
    };
    let expected = json!({ "now": 1_767_225_600_000_i64, "iso": "2026-01-01T00:00:00.000Z", "day": "2026-01-01", "other": 5 });
    let v2 = "import dayjs from 'dayjs'; export const handler = () => ({ now: Date.now(), iso: new Date().toISOString(), day: dayjs().format('YYYY-MM-DD'), other: new Date(5).getTime() });";
    let v1 = "const handler = (input, { dayjs }) => ({ now: Date.now(), iso: new Date().toISOString(), day: dayjs().format('YYYY-MM-DD'), other: new Date(5).getTime() })";
    for document in [function_v2(v2), function_v1(v1)] {
        let answer = answer(&single(document), &json!({}), options).unwrap();
        assert_eq!(answer["result"], expected);
    }
}

#[test]
fn functions_log_into_the_trace() {
    let options = EvaluateOptions {
        trace: TraceKind::Default,
        ..EvaluateOptions::default()
    };
    let v2 =
        "export const handler = (input) => { console.log('seen', { n: input.n }); return {}; };";
    let v1 = "const handler = (input) => { console.log('seen', { n: input.n }); return {}; }";
    for document in [function_v2(v2), function_v1(v1)] {
        let answer = answer(&single(document), &json!({ "n": 3 }), options).unwrap();
        assert_eq!(
            answer["trace"]["node"]["traceData"]["log"][0]["lines"],
            json!(["\"seen\"", "{\"n\":3}"])
        );
    }
}

#[test]
fn memory_and_work_are_shared_by_the_decisions_that_call_each_other() {
    let child = function_v2(
        "export const handler = () => { for (let i = 0; i < 500000; i++); return {}; };",
    );
    let parent = function_v2(
        "import zen from 'zen'; export const handler = async () => { for (;;) await zen.evaluate('child', {}); };",
    );
    let bundle = compiled(&[("d", parent), ("child", child)], small(), Host::default());
    let error = result(&bundle, &json!({})).unwrap_err();
    assert_eq!(exceeded(&error), Some(Limit::FunctionSteps), "{error}");
}

#[test]
fn a_loop_of_function_nodes_shares_one_budget() {
    let source = "export const handler = () => { for (let i = 0; i < 500000; i++); return {}; };";
    let child = function_v2(source);
    let parent = graph(
        "decisionNode",
        &json!({ "key": "child", "executionMode": "loop", "inputField": "items" }),
    );
    let bundle = compiled(&[("d", parent), ("child", child)], small(), Host::default());
    let error = result(&bundle, &json!({ "items": vec![json!({}); 50] })).unwrap_err();
    assert_eq!(exceeded(&error), Some(Limit::FunctionSteps), "{error}");
}
