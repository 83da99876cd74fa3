"use client";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

const HEIGHT = 64;

interface Props {
  /** Epoch seconds. */
  times: number[];
  requests: (number | null)[];
  failed: (number | null)[];
}

/** Requests (line) and failures (dashes) per second. Decoration: its figure's caption says it in words. */
export default function TrafficChart({ times, requests, failed }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const colour = (name: string) => () => getComputedStyle(element).getPropertyValue(name);
    plot.current = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        padding: [6, 0, 6, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: true }, y: { range: (_, __, max) => [0, Math.max(1, max * 1.15)] } },
        axes: [
          { show: false },
          {
            show: true,
            size: 34,
            gap: 4,
            font: "11px Plex Sans, sans-serif",
            stroke: colour("--chart-text"),
            grid: { stroke: colour("--chart-grid"), width: 1 },
            ticks: { show: false },
            splits: (_, __, ___, max) => [0, Math.floor(max / 1.15)],
          },
        ],
        series: [
          {},
          { stroke: colour("--chart-line"), width: 1.5, points: { show: false } },
          { stroke: colour("--chart-failed"), width: 1.5, dash: [4, 3], points: { show: false } },
        ],
      },
      [[], [], []],
      element,
    );
    const observer = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
    };
  }, []);

  useEffect(() => plot.current?.setData([times, requests, failed]), [times, requests, failed]);

  return <div ref={box} aria-hidden="true" className="traffic-chart h-16 w-full" />;
}
