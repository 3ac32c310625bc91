/** Something is on its way. */

import { Spin } from 'antd';

/** A spinner that says what for. */
export function Waiting({ what, centre = false }: { what: string; centre?: boolean }) {
  return (
    <div role="status" aria-label={what} className={centre ? 'centre' : undefined}>
      <Spin size={centre ? 'default' : 'small'} />
    </div>
  );
}
