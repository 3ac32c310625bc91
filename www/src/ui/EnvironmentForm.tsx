/** Opening a release out of an environment whose signatures are checked here. */

import { Alert, Button, Form, Input, List } from 'antd';
import { useState } from 'react';
import type { AnnouncedRelease, Inspection } from 'zen-edge';
import { opening } from '../open/open';
import { inspect, openAnnounced } from '../release/open';
import { useStore } from '../state/store';
import { WEB } from './forms';
import { TrustTable } from './TrustTable';

interface Found {
  address: string;
  inspection: Inspection;
}

/** Asks for an environment and the root to trust, then for one of the releases that it announces. */
export function EnvironmentForm({ close }: { close(): void }) {
  const [found, setFound] = useState<Found>();
  const [problem, setProblem] = useState<string>();
  const submit = async ({ address, root }: { address: string; root: string }) => {
    setFound(undefined);
    setProblem(undefined);
    try {
      setFound({ address, inspection: await inspect({ address, root }) });
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <Form name="environment" layout="vertical" onFinish={(values: { address: string; root: string }) => void submit(values)}>
        <Form.Item name="address" label="Address of the environment" rules={[{ required: true }, WEB]}>
          <Input type="url" placeholder="https://…/production" />
        </Form.Item>
        <Form.Item name="root" label="Trusted root, the JSON that zen-edge init wrote" rules={[{ required: true }]}>
          <Input.TextArea rows={4} />
        </Form.Item>
        <Button type="primary" htmlType="submit">
          Verify
        </Button>
      </Form>
      {problem && <Alert className="spaced" type="error" showIcon message="Refused" description={problem} />}
      {found && <Findings found={found} close={close} />}
    </>
  );
}

function Findings({ found: { address, inspection }, close }: { found: Found; close(): void }) {
  const { refusal, roles, projects, environment } = inspection;
  const take = async (project: string, announced: AnnouncedRelease) => {
    await opening(() => openAnnounced(address, inspection, project, announced));
    if (!useStore.getState().problem) close();
  };
  return (
    <>
      {refusal ? (
        <Alert className="spaced" type="error" showIcon message={`Refused: ${refusal.kind}`} description={refusal.message} />
      ) : (
        <Alert className="spaced" type="success" showIcon message={`The metadata of ${environment} is verified`} />
      )}
      <TrustTable roles={roles} />
      <List
        size="small"
        header="Projects"
        dataSource={Object.entries(projects)}
        renderItem={([project, announced]) =>
          'error' in announced ? (
            <List.Item>{`${project}: ${announced.error.message}`}</List.Item>
          ) : (
            <List.Item
              actions={[
                <Button key="open" disabled={refusal !== null} onClick={() => void take(project, announced)}>
                  Open {project}
                </Button>,
              ]}
            >
              {project} {announced.version ?? ''} <code>{announced.digest.slice(0, 12)}</code>
            </List.Item>
          )
        }
      />
    </>
  );
}
