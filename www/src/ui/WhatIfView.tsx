/** What-if: one input as a line, two as a heat map. */

import { Alert, Button, Empty, Input, InputNumber, Select, Space, Typography } from 'antd';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useStore } from '../state/store';
import { at, evaluateGrid, MAX_CELLS, numberPaths, valuesOf, type Cell, type Range } from '../whatif/grid';

const LineChart = lazy(() => import('../whatif/LineChart'));

interface Grid {
  key: string;
  ranges: Range[];
  output: string;
  cells: Cell[];
}

/** Varies numbers of the selected decision's current input. */
export function WhatIfView() {
  const key = useStore((state) => state.selected);
  const text = useStore((state) => (state.selected === undefined ? undefined : state.inputs[state.selected]));
  const result = useStore((state) => (state.selected === undefined ? undefined : state.runs[state.selected]?.outcome.result));
  const input = useMemo(() => read(text), [text]);
  const paths = useMemo(() => numberPaths(input), [input]);
  const outputs = useMemo(() => numberPaths(result), [result]);
  const [ranges, setRanges] = useState<Range[]>([]);
  const [output, setOutput] = useState<string>();
  const [grid, setGrid] = useState<Grid>();
  const [done, setDone] = useState<number>();
  if (key === undefined || paths.length === 0) {
    return <Empty description="Run a decision first whose input holds a number: it is varied from there" />;
  }
  const cells = ranges.reduce((product, range) => product * valuesOf(range).length, 1);
  const reading = output ?? outputs[0] ?? '';
  const run = async () => {
    setDone(0);
    const found = await evaluateGrid(key, input, ranges, reading, setDone);
    setDone(undefined);
    setGrid({ key, ranges, output: reading, cells: found });
  };
  return (
    <section className="view" aria-label="What if">
      <Space wrap>
        <Select
          mode="multiple"
          maxCount={2}
          aria-label="Inputs to vary"
          placeholder="One input to vary, or two"
          className="wide"
          value={ranges.map(({ path }) => path)}
          options={paths.map((path) => ({ value: path, label: path }))}
          onChange={(chosen: string[]) => setRanges(chosen.map((path) => ranges.find((one) => one.path === path) ?? around(path, input)))}
        />
        <Input
          addonBefore="Output"
          aria-label="Output to read"
          placeholder="path of the output"
          value={reading}
          onChange={(event) => setOutput(event.target.value)}
        />
        <Button
          type="primary"
          loading={done !== undefined}
          disabled={ranges.length === 0 || cells > MAX_CELLS}
          onClick={() => void run()}
        >
          Evaluate {ranges.length > 0 ? cells : 'no'} points
        </Button>
      </Space>
      {ranges.map((range) => (
        <RangeFields
          key={range.path}
          range={range}
          change={(changed) => setRanges(ranges.map((one) => (one.path === range.path ? changed : one)))}
        />
      ))}
      {cells > MAX_CELLS && <Alert type="warning" showIcon message={`At most ${MAX_CELLS} points can be evaluated`} />}
      {grid && <Result grid={grid} />}
    </section>
  );
}

function read(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
}

/** From nothing to twice what is there. */
function around(path: string, input: unknown): Range {
  const value = Number(at(input, path)) || 0;
  const [from, to] = value === 0 ? [0, 10] : [Math.min(0, 2 * value), Math.max(0, 2 * value)];
  return { path, from, to, steps: 11 };
}

function RangeFields({ range, change }: { range: Range; change(range: Range): void }) {
  const field = (name: 'from' | 'to' | 'steps', limits: { min?: number; max?: number }) => (
    <InputNumber
      addonBefore={name}
      aria-label={`${range.path}: ${name}`}
      value={range[name]}
      {...limits}
      onChange={(value) => value !== null && change({ ...range, [name]: value })}
    />
  );
  return (
    <Space wrap>
      <code>{range.path}</code>
      {field('from', {})}
      {field('to', {})}
      {field('steps', { min: 2, max: 200 })}
    </Space>
  );
}

function Result({ grid: { key, ranges, output, cells } }: { grid: Grid }) {
  const [first, second] = ranges;
  const line = useMemo(
    () => ({
      x: cells.map(({ values }) => values[0] ?? 0),
      y: cells.map(({ value }) => (typeof value === 'number' ? value : null)),
    }),
    [cells],
  );
  if (!first) return null;
  const title = `${output || 'Result'} of ${key}`;
  return (
    <>
      <Typography.Title level={4}>{title}</Typography.Title>
      {!second && line.y.some((value) => value !== null) && (
        <Suspense>
          <LineChart x={line.x} y={line.y} label={output || 'result'} />
        </Suspense>
      )}
      <HeatMap first={first} second={second} cells={cells} title={title} />
    </>
  );
}

interface HeatMapProperties {
  first: Range;
  second: Range | undefined;
  cells: readonly Cell[];
  title: string;
}

/** A table: the first input downwards, the second across; numbers are coloured by how large they are. */
function HeatMap({ first, second, cells, title }: HeatMapProperties) {
  const across = second ? valuesOf(second) : [undefined];
  const numbers = cells.map(({ value }) => value).filter((value) => typeof value === 'number');
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={title}>
      <table className="heat">
        <thead>
          <tr>
            <th scope="col">{second ? `${first.path} ↓ ${second.path} →` : first.path}</th>
            {across.map((value, index) => (
              <th key={index} scope="col">
                {value ?? 'value'}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {valuesOf(first).map((value, row) => (
            <tr key={row}>
              <th scope="row">{value}</th>
              {across.map((_, column) => {
                const cell = cells[row * across.length + column];
                return (
                  <td key={column} style={shade(cell?.value, low, high)}>
                    {cell?.failed ? 'failed' : shown(cell?.value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Dark text on a light blue that is the stronger the larger the number: the contrast is never below 7. */
function shade(value: unknown, low: number, high: number) {
  if (typeof value !== 'number') return undefined;
  const share = high === low ? 0.5 : (value - low) / (high - low);
  return { background: `hsl(210 90% ${97 - 30 * share}%)`, color: '#0b1a33' };
}

const shown = (value: unknown): string => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));
