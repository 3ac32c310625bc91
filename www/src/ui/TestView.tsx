/** Test cases: run, compared, and what they reach. */

import { Alert, Button, Empty, Progress, Select, Space, Table, Tag, Typography, Upload } from 'antd';
import { useMemo, useState } from 'react';
import { casesByDecision } from '../model/cases';
import { laidOut } from '../model/exact';
import { useStore } from '../state/store';
import { withCases } from '../testing/edit';
import { resultsCsv, resultsJson, save } from '../testing/export';
import { readCases } from '../testing/import';
import { useTests, type CaseResult } from '../testing/tests';
import { CoverageTable } from './CoverageTable';
import { Differences } from './Differences';

/** Everything about test cases. */
export function TestView() {
  const { total, results, running } = useTests();
  const selected = useStore((state) => state.selected);
  const documents = useStore((state) => state.documents);
  const all = useMemo(() => casesByDecision(documents), [documents]);
  const [shown, setShown] = useState<'all' | 'failed'>('all');
  const failed = results.filter(({ fault }) => fault);
  const count = [...all.values()].reduce((sum, cases) => sum + cases.length, 0);
  return (
    <section className="view" aria-label="Tests">
      <Space wrap>
        <Button type="primary" disabled={count === 0} onClick={() => void useTests.getState().run()}>
          Run all {count} cases
        </Button>
        <Button
          disabled={selected === undefined || !all.has(selected)}
          onClick={() => void useTests.getState().run(selected)}
        >
          Run those of {selected ?? 'a document'}
        </Button>
        {running && <Button onClick={() => useTests.getState().stop()}>Stop</Button>}
        <ImportCases />
        <Button disabled={results.length === 0} onClick={() => save('results.csv', resultsCsv(results), 'text/csv')}>
          Export CSV
        </Button>
        <Button disabled={results.length === 0} onClick={() => save('results.json', resultsJson(results), 'application/json')}>
          Export JSON
        </Button>
      </Space>
      {total > 0 && (
        <Progress
          aria-label="Cases that were run"
          percent={Math.round((results.length / total) * 100)}
          status={failed.length > 0 ? 'exception' : running ? 'active' : 'success'}
        />
      )}
      <div aria-live="polite">
        {results.length > 0 && (
          <Typography.Paragraph>
            {results.length - failed.length} passed, {failed.length} failed, of {total}
          </Typography.Paragraph>
        )}
      </div>
      {results.length === 0 ? (
        <Empty description={count === 0 ? 'No document holds test cases' : 'No case was run yet'} />
      ) : (
        <>
          <Select
            aria-label="Cases to show"
            value={shown}
            onChange={setShown}
            options={[
              { value: 'all', label: 'All cases' },
              { value: 'failed', label: 'Failed cases' },
            ]}
          />
          <ResultTable results={shown === 'all' ? results : failed} />
          <CoverageTable />
        </>
      )}
    </section>
  );
}

function ResultTable({ results }: { results: readonly CaseResult[] }) {
  return (
    <Table
      size="small"
      dataSource={results.map((result, index) => ({ ...result, index }))}
      rowKey="index"
      pagination={{ pageSize: 20, showSizeChanger: false, hideOnSinglePage: true }}
      expandable={{
        rowExpandable: ({ fault }) => fault !== undefined,
        expandedRowRender: ({ fault }) => fault && <Differences fault={fault} />,
      }}
      columns={[
        {
          title: 'Result',
          width: 90,
          render: (_, { fault }) => <Tag color={fault ? 'red' : 'green'}>{fault ? 'failed' : 'passed'}</Tag>,
        },
        { title: 'Decision', render: (_, { case: { target } }) => target },
        {
          title: 'Case',
          render: (_, { case: { target, name, input } }) => (
            <Button type="link" size="small" className="wrap" onClick={() => simulate(target, input)}>
              {name}
            </Button>
          ),
        },
        { title: 'Time', width: 90, render: (_, { outcome }) => outcome.performance },
        { title: 'What is wrong', render: (_, { fault }) => fault?.message },
      ]}
    />
  );
}

/** Shows a case in the simulator. */
function simulate(key: string, input: string): void {
  const { select, setInput, setView } = useStore.getState();
  select(key);
  setInput(key, laidOut(input));
  setView('simulate');
}

function ImportCases() {
  const document = useStore((state) => (state.selected === undefined ? undefined : state.documents.get(state.selected)));
  const [said, setSaid] = useState<{ type: 'success' | 'error'; message: string }>();
  const fits = document && ['graph', 'policy', 'test'].includes(document.kind);
  const take = async (file: File) => {
    if (!document) return;
    try {
      const cases = readCases(file.name, await file.text());
      useStore.getState().edit(document.key, withCases(document, cases));
      setSaid({ type: 'success', message: `${cases.length} cases were added to ${document.key}` });
    } catch (error) {
      setSaid({ type: 'error', message: `Nothing was imported: ${error instanceof Error ? error.message : String(error)}` });
    }
  };
  return (
    <>
      <Upload
        accept=".json,.csv"
        showUploadList={false}
        disabled={!fits}
        beforeUpload={(file) => {
          void take(file);
          return false;
        }}
      >
        <Button disabled={!fits}>Import cases…</Button>
      </Upload>
      {said && <Alert {...said} showIcon closable onClose={() => setSaid(undefined)} />}
    </>
  );
}
