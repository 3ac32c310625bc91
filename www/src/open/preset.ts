/** Opening what the settings of the page name. */

import { openRelease, openServed } from '../release/open';
import { ask } from '../regions/status';
import type { Preset } from '../settings/settings';
import { OpenError, type Opened } from './files';

/** What a preset is called. */
export function presetName(preset: Preset): string {
  if ('region' in preset) return `${preset.project} of ${new URL(preset.region).host}`;
  const { host, pathname } = new URL(preset.release);
  return pathname.split('/').pop() || host;
}

/** Opens a preset; of a region, what it serves now. @throws OpenError */
export async function openPreset(preset: Preset): Promise<Opened> {
  if ('release' in preset) return await openRelease(preset.release);
  const region = await ask(preset.region, '');
  if (region.problem) throw new OpenError(`${preset.region}: ${region.problem}`);
  const served = region.served.find(({ project }) => project === preset.project);
  if (!served) throw new OpenError(`${region.name} does not serve \`${preset.project}\``);
  return await openServed(region, served, '');
}
