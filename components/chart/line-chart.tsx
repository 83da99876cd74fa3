"use client";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface Series {
  values: (number | null)[];
  /** Dashes in the colour of what went wrong; the other lines are solid. */
  look?: "line" | "alert" | "second";
}

interface Props {
  /** Ascending; epoch seconds, or any numbers. */
  at: number[];
  /** As many on every rendering. */
  series: Series[];
  /** A value as the axis shows it. */
  figure?(value: number): string;
  /** The scale ends no lower than there, so that nothing is blown up. */
  least?: number;
  /** Pixels. */
  height?: number;
  axisWidth?: number;
  /** Where single values matter. */
  points?: boolean;
}

const HEADROOM = 1.15;

/** Decoration: the caption of its figure says it in words. */
export default function LineChart({
  at,
  series,
  figure = String,
  least = 1,
  height = 64,
  axisWidth = 34,
  points = false,
}: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const shape = useRef({ figure, least, height, axisWidth, points, looks: series.map(({ look }) => look) });

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const { figure, least, height, axisWidth, points, looks } = shape.current;
    const colour = (name: string) => () => getComputedStyle(element).getPropertyValue(name);
    plot.current = new uPlot(
      {
        width: element.clientWidth,
        height,
        padding: [6, points ? 6 : 0, 6, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(least, max * HEADROOM)] } },
        axes: [
          { show: false },
          {
            show: true,
            size: axisWidth,
            gap: 4,
            font: "11px Plex Sans, sans-serif",
            stroke: colour("--chart-text"),
            grid: { stroke: colour("--chart-grid"), width: 1 },
            ticks: { show: false },
            splits: (_, __, ___, max) => [0, Math.floor(max / HEADROOM)],
            values: (_, splits) => splits.map(figure),
          },
        ],
        series: [
          {},
          ...looks.map((look) => ({
            stroke: colour(
              look === "alert" ? "--chart-failed" : look === "second" ? "--chart-text" : "--chart-line",
            ),
            width: 1.5,
            ...(look === "alert" && { dash: [4, 3] }),
            ...(look === "second" && { dash: [1, 3] }),
            points: { show: points, size: 5, fill: colour("--chart-line") },
          })),
        ],
      },
      [[], ...looks.map(() => [])],
      element,
    );
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
    };
  }, []);

  useEffect(() => plot.current?.setData([at, ...series.map(({ values }) => values)]), [at, series]);

  return <div ref={box} aria-hidden="true" className="line-chart w-full" style={{ height }} />;
}
