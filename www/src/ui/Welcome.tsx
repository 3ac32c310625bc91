/** What the page shows while nothing is open. */

import { Button, Typography } from 'antd';
import { openTheSample } from '../open/open';

/** Says what the page is for, and offers the sample. */
export function Welcome() {
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
    </section>
  );
}
