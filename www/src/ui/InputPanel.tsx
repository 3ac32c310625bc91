/** The input of a decision: typed, or taken from one of its cases; and the button that runs it. */

import { CaretRightOutlined, PlusOutlined } from '@ant-design/icons';
import { Alert, Button, Checkbox, Select } from 'antd';
import { lazy, Suspense, useEffect, useMemo } from 'react';
import { casesByDecision, casesIn } from '../model/cases';
import type { Document } from '../model/document';
import { exact, laidOut } from '../model/exact';
import { useStore } from '../state/store';
import { caseOf, withCases } from '../testing/edit';
import { NodeLink } from './Findings';
import { useDark } from './theme';
import { useInputSchema } from './useInputSchema';

const JsonEditor = lazy(() => import('../editor/JsonEditor'));

/** Milliseconds without a change before a run on change. */
const QUIET = 300;

/** Runs a decision when it, another document or its input changed, if the user wants that. */
function useRunOnChange(key: string): void {
  const { run } = useStore.getState();
  const input = useStore((state) => state.inputs[key]);
  const texts = useStore((state) => state.texts);
  const stubs = useStore((state) => state.stubs);
  const on = useStore((state) => state.runOnChange);
  useEffect(() => {
    if (!on || input === undefined) return;
    const timer = setTimeout(() => void run(key), QUIET);
    return () => clearTimeout(timer);
  }, [key, input, texts, stubs, on, run]);
}

/** The input of a document, and what went wrong with it. */
export function InputPanel({ document }: { document: Document }) {
  const { key } = document;
  const dark = useDark();
  const { setInput, setRunOnChange, run } = useStore.getState();
  const documents = useStore((state) => state.documents);
  const input = useStore((state) => state.inputs[key]);
  const on = useStore((state) => state.runOnChange);
  const running = useStore((state) => state.running);
  const failure = useStore((state) => state.runs[key]?.outcome.failure);
  const schema = useInputSchema(document);
  const cases = useMemo(() => casesByDecision(documents).get(key) ?? [], [documents, key]);
  useRunOnChange(key);
  useEffect(() => {
    if (input === undefined) setInput(key, laidOut(cases[0]?.input ?? '{}'));
  }, [key, input, cases, setInput]);
  const notJson = useMemo(() => input !== undefined && !isJson(input), [input]);
  return (
    <section className="input-panel" aria-label="Input">
      <div className="bar">
        <Button
          type="primary"
          size="small"
          icon={<CaretRightOutlined />}
          loading={running}
          onClick={() => void run(key)}
        >
          Run
        </Button>
        <Checkbox checked={on} onChange={(event) => setRunOnChange(event.target.checked)}>
          on change
        </Checkbox>
        {cases.length > 0 && (
          <Select
            size="small"
            className="grow"
            aria-label="Take the input of a test case"
            placeholder={`${cases.length} test cases`}
            value={null}
            options={cases.map(({ name }, value) => ({ value, label: name }))}
            onChange={(index: number | null) => {
              const chosen = index === null ? undefined : cases[index];
              if (chosen) setInput(key, laidOut(chosen.input));
            }}
          />
        )}
        <AddCase document={document} input={input} />
      </div>
      {notJson && <Alert type="warning" banner message="The input is not JSON" />}
      {failure && !notJson && (
        <Alert
          type="error"
          banner
          message={failure.message}
          description={failure.nodeId !== undefined && <NodeLink documentKey={key} nodeId={failure.nodeId} />}
        />
      )}
      <div className="fill">
        <Suspense>
          <JsonEditor
            path={`input/${key}`}
            label="Input as JSON"
            value={input ?? ''}
            dark={dark}
            schema={schema}
            onChange={(changed) => setInput(key, changed)}
          />
        </Suspense>
      </div>
    </section>
  );
}

/** Keeps the current input as a test case of the document, and the answer as what is expected. */
function AddCase({ document, input }: { document: Document; input: string | undefined }) {
  const run = useStore((state) => state.runs[document.key]);
  const fresh = run && run.document === document && run.input === input;
  return (
    <Button
      size="small"
      icon={<PlusOutlined />}
      aria-label="Add the input as a test case"
      title="Add the input as a test case"
      disabled={!fresh}
      onClick={() => {
        if (!run) return;
        const count = casesIn(document).length;
        const added = caseOf(`case ${count + 1}`, exact(run.input), run.outcome);
        useStore.getState().edit(document.key, withCases(document, [added]));
      }}
    />
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
