/** One block of a policy, as people read it. */

import { Tag } from 'antd';
import type { ReactNode } from 'react';
import { isObject, objects } from '../model/document';
import { matchedArms, matchedRows, values, type Execution } from './trace';

interface Properties {
  block: Record<string, unknown>;
  runs: readonly Execution[];
}

/** A block, marked with what it did. Kinds that we do not know are text, as they are to the engine. */
export function Block({ block, runs }: Properties) {
  const props = isObject(block['props']) ? block['props'] : {};
  const data = isObject(props['data']) ? props['data'] : {};
  const body = content(String(block['type']), block, data, runs);
  const result = values(runs);
  return (
    <section className={runs.length > 0 ? 'block ran' : 'block'} data-block={String(block['id'])} tabIndex={-1}>
      {body}
      {result && <p className="gave">= {result}</p>}
      {runs.length > 1 && <Tag>{runs.length} times</Tag>}
    </section>
  );
}

function content(type: string, block: Record<string, unknown>, data: Record<string, unknown>, runs: readonly Execution[]): ReactNode {
  switch (type) {
    case 'dataModel':
      return <Model data={data} />;
    case 'dictionary':
      return <Dictionary data={data} />;
    case 'expression':
      return (
        <p>
          <b>{text(data['key'])}</b> is <code>{text(data['value'])}</code>
        </p>
      );
    case 'match':
      return <Match data={data} taken={matchedArms(runs)} />;
    case 'assertion':
      return <Assertion data={data} />;
    case 'decisionTable':
      return <RulesTable data={data} matched={matchedRows(runs)} />;
    case 'heading':
      return <h3>{words(block['content'])}</h3>;
    default:
      return <p>{words(block['content'])}</p>;
  }
}

function Model({ data }: { data: Record<string, unknown> }) {
  return (
    <>
      <h4>{text(data['name'])} has</h4>
      <ul>
        {objects(data['properties']).map((property, index) => (
          <li key={index}>
            <b>{text(property['name'])}</b>: {text(property['type'])}
            {property['array'] === true && ' list'}
            {property['optional'] === true && ', optional'}
            {Array.isArray(property['enum']) && `, one of ${property['enum'].map(text).join(', ')}`}
          </li>
        ))}
      </ul>
    </>
  );
}

function Dictionary({ data }: { data: Record<string, unknown> }) {
  return (
    <>
      <h4>{text(data['name'])} is one of</h4>
      <ul>
        {objects(data['entries']).map((entry, index) => (
          <li key={index}>
            <code>{text(entry['value'])}</code> {text(entry['label'])}
          </li>
        ))}
      </ul>
    </>
  );
}

function Match({ data, taken }: { data: Record<string, unknown>; taken: ReadonlySet<string> }) {
  return (
    <>
      <h4>{text(data['key'])} is</h4>
      <ol>
        {objects(data['arms']).map((arm, index) => (
          <li key={index} className={taken.has(text(arm['id'])) ? 'taken' : undefined}>
            <code>{text(arm['value'])}</code> {arm['condition'] ? 'if ' : 'otherwise'}
            {Boolean(arm['condition']) && <code>{text(arm['condition'])}</code>}
          </li>
        ))}
      </ol>
    </>
  );
}

function Assertion({ data }: { data: Record<string, unknown> }) {
  return (
    <>
      <h4>{text(data['output'])} holds if</h4>
      <ul>
        {objects(data['conditions']).map((condition, index) => (
          <li key={index}>
            {index > 0 && `${text(condition['operator'])} `}
            <code>{text(condition['expression'])}</code>
          </li>
        ))}
      </ul>
    </>
  );
}

function RulesTable({ data, matched }: { data: Record<string, unknown>; matched: ReadonlySet<number> }) {
  const columns = [...objects(data['inputs']), ...objects(data['outputs'])];
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label="Decision table">
      <table>
        <thead>
          <tr>
            {columns.map((column, index) => (
              <th key={index} scope="col">
                {text(column['name']) || text(column['field'])}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {objects(data['rules']).map((rule, index) => (
            <tr key={index} className={matched.has(index) ? 'taken' : undefined}>
              {columns.map((column, cell) => (
                <td key={cell}>
                  <code>{text(rule[text(column['id'])])}</code>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The text of a rich-text block. */
function words(parts: unknown): string {
  return objects(parts)
    .map((part) => (Array.isArray(part['content']) ? words(part['content']) : text(part['text'])))
    .join('');
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
