/** Opening, whatever it is that was given; what goes wrong is told to the user. */

import { openRelease } from '../release/open';
import { useStore } from '../state/store';
import type { Preset } from '../settings/settings';
import { openFiles, type FileAt, type Opened } from './files';
import { openPreset } from './preset';

/** Opens a release zip if it is one, else loose files. */
export const open = (files: readonly FileAt[]): Promise<void> => opening(() => openAny(files));

/** Reads the same without opening it; nothing, and the user is told, if it cannot be read. */
export async function read(files: readonly FileAt[]): Promise<Opened | undefined> {
  try {
    return await openAny(files);
  } catch (error) {
    tell(error);
    return undefined;
  }
}

/** Opens the release zip at an address. */
export const openAddress = (address: string, digest?: string): Promise<void> =>
  opening(() => openRelease(address, digest));

/** Opens what the settings of the page name. */
export const openThePreset = (preset: Preset): Promise<void> => opening(() => openPreset(preset));

/** Opens the built-in sample. */
export const openTheSample = (): Promise<void> => opening(async () => (await import('./sample')).openSample());

async function openAny(files: readonly FileAt[]): Promise<Opened> {
  const only = files.length === 1 ? files[0]?.file : undefined;
  if (!only || !(await isZip(only))) return await openFiles(files);
  return await openRelease(new Uint8Array(await only.arrayBuffer()));
}

/** By its first bytes: release zips have no extension in GoRules' own layout. */
async function isZip(file: File): Promise<boolean> {
  const start = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return start[0] === 0x50 && start[1] === 0x4b;
}

/** Opens something, and tells the user if it cannot be. */
export async function opening(make: () => Promise<Opened>): Promise<void> {
  try {
    useStore.getState().open(await make());
  } catch (error) {
    tell(error);
  }
}

/** Tells the user why nothing was opened. */
export function tell(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  useStore.getState().fail(`Nothing was opened: ${message}`);
}
