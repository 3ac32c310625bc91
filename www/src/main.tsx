/** Starts the page: the scenario of a link, what an earlier visit left, what the settings name, or the welcome. */

import { createRoot } from 'react-dom/client';
import { keep } from './offline/offline';
import { scenario } from './share/link';
import { takeOver } from './state/handover';
import { persist } from './state/persist';
import { engine, useStore } from './state/store';
import { App } from './ui/App';
import './ui/style.css';

/** Opens what a link holds. Such a visit is not kept: it must not replace what an earlier one left. */
async function openLink(): Promise<boolean> {
  try {
    const found = await scenario(location.hash);
    if (!found) return false;
    const { open, select, setInput } = useStore.getState();
    open({ name: 'Shared', documents: found.documents });
    select(found.key);
    setInput(found.key, found.input);
  } catch (error) {
    useStore.getState().fail(`The link cannot be opened: ${error instanceof Error ? error.message : String(error)}`);
  }
  return true;
}

const root = document.getElementById('root');
if (root) {
  const link = await openLink();
  if (!link) await persist();
  await takeOver();
  createRoot(root).render(<App />);
  // Not sooner: what the page needs first is not to share the line.
  if (import.meta.env.PROD) void engine.versions().catch(() => undefined).finally(() => void keep());
  const { applySettings } = await import('./settings/apply');
  await applySettings(link);
}
