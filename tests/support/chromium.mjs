// The browser of all tests.

import { chromium } from 'playwright-core';

/**
 * Launches Chromium, the Debian package's or the one that CHROMIUM names, so that it asks nobody for anything.
 * @param {...string} flags more of them
 */
export const launchChromium = (...flags) =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // The end of a test that hangs ends the browser, too: by the pipe between them.
    handleSIGTERM: false,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', ...flags],
  });
