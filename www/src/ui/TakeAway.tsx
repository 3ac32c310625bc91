/** What the user takes away: the documents as a zip, the scenario as a link. */

import { DownloadOutlined, LinkOutlined } from '@ant-design/icons';
import { App, Button, Input, Modal } from 'antd';
import { useState } from 'react';
import { fragment } from '../share/link';
import { packed } from '../share/zip';
import { useStore } from '../state/store';
import { save } from '../testing/export';

/** Two buttons of the header. */
export function TakeAway() {
  const selected = useStore((state) => state.selected);
  const [link, setLink] = useState<string>();
  const { message } = App.useApp();
  const download = () => {
    const { documents, release, name } = useStore.getState();
    const file = `${(release?.project ?? name).replace(/[^\w.-]+/g, '-') || 'rules'}.zip`;
    save(file, packed(documents.values(), release), 'application/zip');
  };
  const share = async () => {
    const { texts, inputs } = useStore.getState();
    if (selected === undefined) return;
    const hash = await fragment(selected, inputs[selected] ?? '{}', texts);
    if (hash === undefined) void message.error('This decision and what it needs are too long for a link');
    else setLink(new URL(hash, location.href).href);
  };
  return (
    <>
      <Button icon={<DownloadOutlined />} aria-label="Download the documents as a zip" title="Download as a zip" onClick={download} />
      <Button icon={<LinkOutlined />} aria-label="Share as a link" title="Share as a link" onClick={() => void share()} />
      <Modal title="Link to this scenario" open={link !== undefined} onCancel={() => setLink(undefined)} footer={null}>
        <p>It holds the decision, what it calls, and the input, behind the `#`: browsers do not send that to any server.</p>
        <Input.TextArea aria-label="Link" readOnly rows={4} value={link ?? ''} onFocus={(event) => event.target.select()} />
      </Modal>
    </>
  );
}
