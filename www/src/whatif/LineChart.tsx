/** A line over one input. The table beside it says the same to those who do not see it. */

import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useDark } from '../ui/theme';

interface Properties {
  x: number[];
  y: (number | null)[];
  label: string;
}

/** Draws `y` over `x`. */
export default function LineChart({ x, y, label }: Properties) {
  const box = useRef<HTMLDivElement>(null);
  const dark = useDark();
  useEffect(() => {
    const target = box.current;
    if (!target) return;
    const ink = dark ? '#e8e8e8' : '#1f1f1f';
    const axis = { stroke: ink, grid: { stroke: dark ? '#424242' : '#d9d9d9' } };
    const series = [{}, { label, stroke: dark ? '#69b1ff' : '#1f4b99', width: 2, points: { show: true } }];
    const options = { width: target.clientWidth, height: 280, scales: { x: { time: false } }, axes: [axis, axis], series };
    const chart = new uPlot(options, [x, y], target);
    const observer = new ResizeObserver(() => chart.setSize({ width: target.clientWidth, height: 280 }));
    observer.observe(target);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [x, y, label, dark]);
  return <div ref={box} role="img" aria-label={`Chart of ${label}`} />;
}
