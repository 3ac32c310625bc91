/** The benchmark's report as Markdown. */

const TABLE_AIM = 3;

/** Three significant digits, and never an exponent. */
const short = (number) =>
  number >= 100 ? number.toFixed(0) : number >= 10 ? number.toFixed(1) : number.toFixed(2);
const kib = (bytes) => (bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KiB`);
const geometricMean = (numbers) => Math.exp(numbers.reduce((sum, n) => sum + Math.log(n), 0) / numbers.length);

const ratios = (times) => ({
  nodeToWasm: times.node.micros / times.wasm.micros,
  wasmToRust: times.wasm.micros / times.rust.micros,
});

function markdownTable(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** `measurements` is `[{ fixture, trace, times: { id: { micros, spread } }, contextBytes, resultBytes }]`. */
function timesTable(measurements) {
  const head = ['fixture', 'in', 'out', 'wasm', 'wasm sync', 'native Node', 'native Rust', 'node/wasm', 'wasm/rust'];
  const rows = measurements.map(({ fixture, times, contextBytes, resultBytes }) => {
    const { nodeToWasm, wasmToRust } = ratios(times);
    const micros = ['wasm', 'wasmSync', 'node', 'rust'].map((id) => short(times[id].micros));
    return [fixture.name, kib(contextBytes), kib(resultBytes), ...micros, short(nodeToWasm), short(wasmToRust)];
  });
  const all = measurements.map(({ times }) => ratios(times));
  const means = ['nodeToWasm', 'wasmToRust'].map((name) => short(geometricMean(all.map((ratio) => ratio[name]))));
  return markdownTable(head, [...rows, ['**geometric mean**', '', '', '', '', '', '', ...means.map((mean) => `**${mean}**`)]]);
}

/** How much dearer the biggest table is than the smallest, by contender. */
function growthLine(measurements) {
  const find = (name) => measurements.find(({ fixture, trace }) => fixture.name === name && !trace)?.times;
  const [small, big] = [find('table-10'), find('table-10000')];
  if (!small || !big) return '';
  const growth = (id) => short(big[id].micros / small[id].micros);
  return `10 000 rows against 10 rows, without trace: wasm ${growth('wasm')} times, wasm sync ${growth('wasmSync')}, native Node ${growth('node')}, native Rust ${growth('rust')} (the aim is ${TABLE_AIM} or less).`;
}

function startupTable(startup) {
  const label = {
    compileModule: 'compile the wasm module',
    instantiate: 'instantiate it',
    loadLibrary: 'load the native library',
    compileDocuments: 'compile the documents',
    firstEvaluation: 'first evaluation',
    secondEvaluation: 'second evaluation',
  };
  const milliseconds = (number) => (number === undefined ? '–' : number.toFixed(1));
  const rows = startup.flatMap(({ fixture, wasm, node }) =>
    Object.keys(label).map((step) => [`${fixture}: ${label[step]}`, milliseconds(wasm[step]), milliseconds(node[step])]),
  );
  return markdownTable(['step', 'wasm', 'native Node'], rows);
}

/** How far rounds lay apart: the quieter the machine, the smaller. */
function noise(measurements) {
  const spreads = measurements.flatMap(({ times }) => Object.values(times).map(({ spread }) => spread));
  const percent = (number) => `${Math.round(number * 100)} %`;
  const sorted = spreads.sort((a, b) => a - b);
  return `The middle half of the rounds lay ${percent(sorted[sorted.length >> 1])} apart in the median case, ${percent(sorted.at(-1))} in the worst.`;
}

/** The whole report. `startup` may be missing. */
export function report({ machine, settings, measurements, startup }) {
  const tables = [false, true].flatMap((trace) => {
    const chosen = measurements.filter((measurement) => measurement.trace === trace);
    return [`## ${trace ? 'With trace' : 'Without trace'}`, timesTable(chosen)];
  });
  const abouts = [...new Map(measurements.map(({ fixture }) => [fixture.name, fixture.about]))];
  const parts = [
    '# Benchmark',
    'Written by `make bench`. Microseconds for one evaluation, one after the other.',
    machine.map((line) => `- ${line}`).join('\n'),
    `- **wasm**: the npm package in Node, \`await bundle.evaluate(key, object)\`; **wasm sync**: \`bundle.evaluateSync\`.
- **native Node**: \`@gorules/zen-engine\`, \`await engine.evaluate(key, object)\`, documents compiled beforehand (static loader).
- **native Rust**: our engine and JSON boundary compiled natively, on one thread, from JSON text to JSON text; the others go from object to object.
- **node/wasm** above 1: wasm is faster than native Node. **wasm/rust**: how many times slower than native Rust.
- All give the same result, checked before timing. They take turns: the median of ${settings.rounds} rounds after ${settings.warmUpRounds} to warm up. ${noise(measurements)}`,
    ...tables,
    growthLine(measurements),
    ...(startup ? ['## Cold start, milliseconds', `Each in a fresh process, median of ${settings.processes}.`, startupTable(startup)] : []),
    '## Fixtures',
    abouts.map(([name, about]) => `- **${name}**: ${about}`).join('\n'),
  ].filter((part) => part !== '');
  return `${parts.join('\n\n')}\n`;
}
