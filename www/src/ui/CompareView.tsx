/** The open release beside another one. */

import { Button, Empty, Progress, Space, Table, Tag, Typography } from 'antd';
import { useMemo, useRef } from 'react';
import { useCompare, type Answered, type Change } from '../compare/compare';
import { chosen } from '../open/files';
import { read } from '../open/open';
import { useStore } from '../state/store';
import { Differences } from './Differences';

const COLOURS: Record<Change, string> = { added: 'green', removed: 'red', changed: 'orange' };

/** Changed documents, and decisions that answer differently. */
export function CompareView() {
  const { other, changes, total, answers, running } = useCompare();
  const name = useStore((state) => state.name);
  const input = useRef<HTMLInputElement>(null);
  const different = answers.filter(({ differences }) => differences.length > 0);
  const take = async (files: FileList) => {
    const opened = await read(chosen(files));
    if (opened) useCompare.getState().with(opened);
  };
  return (
    <section className="view" aria-label="Compare">
      <Space wrap>
        <Button onClick={() => input.current?.click()}>Compare with a release zip or files…</Button>
        <Button type="primary" disabled={!other} loading={running} onClick={() => void useCompare.getState().run()}>
          Run all inputs on both
        </Button>
      </Space>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        aria-label="Release to compare with"
        onChange={(event) => {
          const { files } = event.target;
          if (files && files.length > 0) void take(files).finally(() => (event.target.value = ''));
        }}
      />
      {!other ? (
        <Empty description="Choose an earlier or later release of the same project" />
      ) : (
        <>
          <Typography.Paragraph>
            {name}, compared with {other.name}: {changes.length} documents differ
          </Typography.Paragraph>
          <Table
            size="small"
            rowKey="key"
            dataSource={[...changes]}
            pagination={{ pageSize: 20, showSizeChanger: false, hideOnSinglePage: true }}
            columns={[
              { title: 'Document', dataIndex: 'key' },
              {
                title: 'Change',
                dataIndex: 'change',
                render: (change: Change) => <Tag color={COLOURS[change]}>{change}</Tag>,
              },
            ]}
          />
        </>
      )}
      <div aria-live="polite">
        {answers.length > 0 && (
          <Typography.Paragraph>
            {different.length} of {answers.length} answers differ{running && ` (${total} inputs)`}
          </Typography.Paragraph>
        )}
      </div>
      {answers.length > 0 && <ByDecision answers={answers} />}
    </section>
  );
}

interface Line {
  key: string;
  answers: Answered[];
  different: Answered[];
}

/** How many answers of each decision differ; opened, which and where. */
function ByDecision({ answers }: { answers: readonly Answered[] }) {
  const lines = useMemo(() => {
    const found = new Map<string, Line>();
    for (const answer of answers) {
      const { target } = answer.case;
      const line = found.get(target) ?? { key: target, answers: [], different: [] };
      line.answers.push(answer);
      if (answer.differences.length > 0) line.different.push(answer);
      found.set(target, line);
    }
    return [...found.values()].sort((a, b) => b.different.length - a.different.length);
  }, [answers]);
  return (
    <Table
      size="small"
      dataSource={lines}
      pagination={{ pageSize: 20, showSizeChanger: false, hideOnSinglePage: true }}
      expandable={{
        rowExpandable: ({ different }) => different.length > 0,
        expandedRowRender: ({ different }) =>
          different.map((answer, index) => (
            <section key={index}>
              <h4>{answer.case.name}</h4>
              <Differences fault={{ message: '', differences: answer.differences }} titles={['Other', 'Open']} />
            </section>
          )),
      }}
      columns={[
        { title: 'Decision', dataIndex: 'key' },
        {
          title: 'Answers that differ',
          render: (_, { different, answers: all }) => (
            <Progress
              size="small"
              strokeColor="#ad4e00"
              percent={(different.length / all.length) * 100}
              format={() => `${different.length}/${all.length}`}
              aria-label={`${different.length} of ${all.length} answers differ`}
            />
          ),
        },
      ]}
    />
  );
}
