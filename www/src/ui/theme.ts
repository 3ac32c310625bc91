/** Light or dark: what the user chose, else what the system says. */

import { useSyncExternalStore } from 'react';
import { useStore } from '../state/store';

const query = matchMedia('(prefers-color-scheme: dark)');

function subscribe(changed: () => void): () => void {
  query.addEventListener('change', changed);
  return () => query.removeEventListener('change', changed);
}

/** Whether the page is dark. */
export function useDark(): boolean {
  const system = useSyncExternalStore(subscribe, () => query.matches);
  return useStore((state) => state.dark) ?? system;
}
