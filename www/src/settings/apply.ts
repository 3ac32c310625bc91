/** Takes over the settings, once the page is shown. */

import { tell } from '../open/open';
import { openPreset, presetName } from '../open/preset';
import { useStore } from '../state/store';
import { readSettings, type Preset } from './settings';

/**
 * Reads the settings beside the page, and opens what they name if nothing is open.
 * @param link whether a link was followed: what it holds, or why it holds nothing, is what its user came for
 */
export async function applySettings(link: boolean): Promise<void> {
  const { configure, fail } = useStore.getState();
  try {
    const settings = await readSettings(document.baseURI);
    configure(settings);
    if (settings.open && !link && isEmpty()) await openFirst(settings.open);
  } catch (error) {
    fail(`settings.json of this page is not used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Nothing is open, neither from an earlier visit nor by the user meanwhile. */
const isEmpty = (): boolean => useStore.getState().documents.size === 0;

async function openFirst(preset: Preset): Promise<void> {
  useStore.setState({ opening: presetName(preset) });
  try {
    const opened = await openPreset(preset);
    if (isEmpty()) useStore.getState().open(opened);
  } catch (error) {
    if (isEmpty()) tell(error);
  } finally {
    useStore.setState({ opening: undefined });
  }
}
