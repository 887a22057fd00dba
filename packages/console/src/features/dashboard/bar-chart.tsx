import { scaleLinear } from "d3-scale";
import { type KeyboardEvent, type PointerEvent, type RefCallback, useCallback, useState } from "react";

/** One bar: its place on the axis, and the value of each series. */
export interface Bar {
  /** The whole name of the hour or day, for the reading below the chart and the table. */
  readonly name: string;
  /** What stands on the axis; empty for most bars, since there is no room for all. */
  readonly tick: string;
  readonly values: readonly number[];
}

export interface Series {
  readonly name: string;
  readonly color: "good" | "bad";
}

const HEIGHT = 200;
const AXIS = { left: 48, right: 24, bottom: 22, top: 8 } as const;
const GAP = 0.2;
const TICKS = 4;
const NUMBER = new Intl.NumberFormat("en");
const SHORT_NUMBER = new Intl.NumberFormat("en", { notation: "compact" });

/**
 * Stacked bars with both axes. One bar at a time is read out: the pointer or the arrow keys choose it. The
 * same numbers stand in a table below.
 */
export function BarChart({
  label,
  bars,
  series,
}: {
  readonly label: string;
  readonly bars: readonly Bar[];
  readonly series: readonly Series[];
}) {
  const [chosen, setChosen] = useState(bars.length - 1);
  const [measure, width] = useWidth();
  const index = Math.min(chosen, bars.length - 1);
  const plotWidth = Math.max(0, width - AXIS.left - AXIS.right);
  const step = plotWidth / bars.length;
  const most = Math.max(1, ...bars.map(({ values }) => values.reduce((sum, value) => sum + value, 0)));
  const y = scaleLinear()
    .domain([0, most])
    .nice(TICKS)
    .range([HEIGHT - AXIS.bottom, AXIS.top]);
  const ticks = y.ticks(TICKS).filter(Number.isInteger);
  const bar = bars[index];
  return (
    <figure className="mm-figure">
      <figcaption>
        {label}{" "}
        {series.map(({ name, color }) => (
          <span key={name} className={`mm-legend mm-legend-${color}`}>
            {name}
          </span>
        ))}
      </figcaption>
      <div
        ref={measure}
        className="mm-plot"
        role="slider"
        tabIndex={0}
        aria-label={`${label}. Arrow keys read one bar at a time.`}
        aria-valuemin={0}
        aria-valuemax={bars.length - 1}
        aria-valuenow={index}
        aria-valuetext={bar ? reading(bar, series) : ""}
        onKeyDown={(event) => chooseByKey(event, index, bars.length, setChosen)}
        onPointerMove={(event) => setChosen(barAt(event, step, bars.length))}
        onPointerDown={(event) => setChosen(barAt(event, step, bars.length))}
      >
        <svg width={width} height={HEIGHT} aria-hidden="true">
          {ticks.map((tick) => (
            <g key={tick} transform={`translate(0,${y(tick)})`}>
              <line className="mm-grid" x1={AXIS.left} x2={width - AXIS.right} />
              <text x={AXIS.left - 6} dy="0.32em" textAnchor="end">
                {SHORT_NUMBER.format(tick)}
              </text>
            </g>
          ))}
          {bars.map((each, place) => (
            <g key={each.name} transform={`translate(${AXIS.left + place * step},0)`}>
              {place === index ? (
                <rect
                  className="mm-chosen"
                  y={AXIS.top}
                  width={step}
                  height={HEIGHT - AXIS.bottom - AXIS.top}
                />
              ) : null}
              {stack(each.values).map(({ from, to, key }) => (
                <rect
                  key={key}
                  className={`mm-bar-${series[key]?.color}`}
                  x={(step * GAP) / 2}
                  width={Math.max(1, step * (1 - GAP))}
                  y={y(to)}
                  height={Math.max(0, y(from) - y(to))}
                />
              ))}
              {each.tick === "" ? null : (
                <text y={HEIGHT - 6} x={step / 2} textAnchor="middle">
                  {each.tick}
                </text>
              )}
            </g>
          ))}
        </svg>
      </div>
      <p className="mm-said" aria-hidden="true">
        {bar ? reading(bar, series) : ""}
      </p>
      <NumbersTable label={label} bars={bars} series={series} />
    </figure>
  );
}

function NumbersTable({
  label,
  bars,
  series,
}: {
  readonly label: string;
  readonly bars: readonly Bar[];
  readonly series: readonly Series[];
}) {
  return (
    <details>
      <summary>Show as a table</summary>
      <table className="mm-numbers-table">
        <caption className="pf-v6-u-screen-reader">{label}</caption>
        <thead>
          <tr>
            <th scope="col">Time (UTC)</th>
            {series.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {bars.toReversed().map(({ name, values }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {series.map(({ name: column }, place) => (
                <td key={column}>{NUMBER.format(values[place] ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** From where to where each series reaches, one on top of the other. */
function stack(values: readonly number[]) {
  let from = 0;
  return values.map((value, key) => {
    const piece = { from, to: from + value, key };
    from += value;
    return piece;
  });
}

function reading({ name, values }: Bar, series: readonly Series[]): string {
  return `${name}: ${series
    .map(({ name: what }, place) => `${NUMBER.format(values[place] ?? 0)} ${what.toLowerCase()}`)
    .join(", ")}`;
}

function chooseByKey(
  event: KeyboardEvent,
  index: number,
  count: number,
  choose: (index: number) => void,
): void {
  const next = {
    ArrowLeft: index - 1,
    ArrowDown: index - 1,
    ArrowRight: index + 1,
    ArrowUp: index + 1,
    Home: 0,
    End: count - 1,
  }[event.key];
  if (next !== undefined) {
    event.preventDefault();
    choose(Math.min(count - 1, Math.max(0, next)));
  }
}

function barAt(event: PointerEvent, step: number, count: number): number {
  const x = event.clientX - event.currentTarget.getBoundingClientRect().left - AXIS.left;
  return Math.min(count - 1, Math.max(0, Math.floor(x / Math.max(1, step))));
}

/** The width of an element, as it changes. */
function useWidth(): readonly [RefCallback<HTMLElement>, number] {
  const [width, setWidth] = useState(0);
  const measure = useCallback((element: HTMLElement | null) => {
    if (!element) {
      return;
    }
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [measure, width];
}
