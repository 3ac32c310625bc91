/** The height of an element, as it changes. */

import { useLayoutEffect, useState, type RefObject } from 'react';

/** Pixels; 0 until it is known. */
export function useHeight(element: RefObject<HTMLElement | null>): number {
  const [height, setHeight] = useState(0);
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    const observer = new ResizeObserver(() => setHeight(target.clientHeight));
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return height;
}
