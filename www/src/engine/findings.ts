/** What compilation has to say, as findings in documents. */

import type { CompileReport } from 'zen-edge';
import { isObject } from '../model/document';
import type { Finding } from './protocol';

/** Most findings that are told. */
const MOST = 200;

/**
 * The findings of a report: those in the decision itself first. Of the documents that it needs only
 * errors are told: each of them has a page of its own for the rest.
 */
export function findings({ failures, warnings }: CompileReport, key: string): Finding[] {
  const own = ({ key: other }: { key: string }) => other.toLowerCase() === key.toLowerCase();
  const errors = failures.flatMap(ofFailure);
  const doubts = warnings.map(ofWarning);
  return [...errors.filter(own), ...doubts.filter(own), ...errors.filter((found) => !own(found))].slice(0, MOST);
}

/** The finding that nothing could be compiled at all. */
export const compilationFailed = (key: string, message: string): Finding => ({ severity: 'error', key, message });

function ofWarning({ key, nodeId, message }: CompileReport['warnings'][number]): Finding {
  return { severity: 'warning', key, message, ...(nodeId !== undefined && { nodeId }) };
}

/** Policies fail for as many reasons as they have faults, each at its block. */
function ofFailure({ key, message, diagnostics = [] }: CompileReport['failures'][number]): Finding[] {
  const each = diagnostics.filter(isObject).map((found): Finding => {
    const location = isObject(found['location']) ? found['location'] : {};
    const { policyPath, blockId } = location;
    return {
      severity: 'error',
      key: typeof policyPath === 'string' ? policyPath : key,
      message: typeof found['message'] === 'string' ? found['message'] : message,
      ...(typeof blockId === 'string' && { nodeId: blockId }),
    };
  });
  return each.length > 0 ? each : [{ severity: 'error', key, message }];
}
