/** Style sheets made at run time: marks on what GoRules' editor draws itself. */

import { useEffect } from 'react';

/** Applies a style sheet as long as the component is shown. */
export function useSheet(css: string): void {
  useEffect(() => {
    if (css === '') return;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets.push(sheet);
    return () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
    };
  }, [css]);
}
