/** What the page shows while nothing is open. */

import { Button, Typography } from 'antd';
import { openTheSample } from '../open/open';
import { useStore } from '../state/store';

/** Says what the page is for, and offers the sample. */
export function Welcome() {
  const opening = useStore((state) => state.opening);
  return (
    <section className="welcome" aria-label="Welcome">
      <Typography.Title level={2}>Try decision models here</Typography.Title>
      <Typography.Paragraph>
        Open a document or a folder with the button above, or drop it on this page. Rules and inputs stay in this
        browser: they are evaluated by WebAssembly in the page, and there is no server.
      </Typography.Paragraph>
      <Button type="primary" size="large" onClick={() => void openTheSample()}>
        Open the sample
      </Button>
      <div aria-live="polite">{opening !== undefined && <Typography.Paragraph className="spaced">Opening {opening}…</Typography.Paragraph>}</div>
    </section>
  );
}
