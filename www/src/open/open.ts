/** Opening, whatever it is that was given; what goes wrong is told to the user. */

import { useStore } from '../state/store';
import { openFiles, type FileAt, type Opened } from './files';

/** Opens files. */
export const open = (files: readonly FileAt[]): Promise<void> => opening(() => openFiles(files));

/** Opens the built-in sample. */
export const openTheSample = (): Promise<void> => opening(async () => (await import('./sample')).openSample());

async function opening(read: () => Promise<Opened>): Promise<void> {
  const { open: take, fail } = useStore.getState();
  try {
    take(await read());
  } catch (error) {
    fail(`Nothing was opened: ${error instanceof Error ? error.message : String(error)}`);
  }
}
