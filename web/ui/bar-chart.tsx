import { useElementSize } from "@mantine/hooks";

interface Bar {
  label: string;
  value: number;
  /** "3 Mar: 12 events" */
  title: string;
}

const height = 140;
const bottom = 20;
const left = 34;

/** Bars over days, with a text that tells the same; nothing but SVG. */
export function BarChart({ label, bars, formatValue }: { label: string; bars: readonly Bar[]; formatValue: (value: number) => string }) {
  // Drawn in the pixels there are, so that the text has its size on a phone and on a desk alike.
  const { ref, width } = useElementSize();
  const top = niceMaximum(Math.max(1, ...bars.map(({ value }) => value)));
  const step = Math.max(0, width - left) / Math.max(1, bars.length);
  const plot = height - bottom - 8;
  const y = (value: number) => 8 + plot - (value / top) * plot;
  return (
    <div ref={ref}>
      <svg viewBox={`0 0 ${Math.max(width, 1)} ${height}`} width="100%" height={height} role="img" aria-label={label}>
        {[0, top / 2, top].map((value) => (
          <g key={value}>
            <line className="chart-axis" x1={left} x2={width} y1={y(value)} y2={y(value)} />
            <text className="chart-text" x={left - 6} y={y(value) + 4} textAnchor="end">
              {formatValue(value)}
            </text>
          </g>
        ))}
        {bars.map((bar, index) => (
          <g key={bar.label}>
            <rect
              className="chart-bar"
              x={left + index * step + step * 0.15}
              width={step * 0.7}
              y={y(bar.value)}
              height={height - bottom - y(bar.value)}
              rx={1.5}
            >
              <title>{bar.title}</title>
            </rect>
            {index % 7 === (bars.length - 1) % 7 && (
              <text
                className="chart-text"
                x={left + (index + 0.5) * step}
                y={height - 5}
                textAnchor={index === bars.length - 1 ? "end" : "middle"}
              >
                {bar.label}
              </text>
            )}
          </g>
        ))}
      </svg>
    </div>
  );
}

/** The next of 2, 4, …, 10, 20, 30, …, 100, 200, …: its half is a round number too. */
function niceMaximum(value: number): number {
  const step = Math.max(2, 10 ** Math.floor(Math.log10(value)));
  return Math.ceil(value / step) * step;
}
