/** How one figure went over the snapshots of a process: a line with a point for each. */
import { h, svg } from './dom.ts';
import { timelinePoints } from './timeline-model.ts';

const width = 520;
const height = 84;

export interface ChartPoint {
  /** Milliseconds since the epoch: points stand as far apart as the snapshots are. */
  time: number;
  snapshot: string;
  value: number;
  text: string;
  /** One of those that are compared. */
  chosen: boolean;
}

export function timelineChart(title: string, points: readonly ChartPoint[]): HTMLElement {
  const places = timelinePoints(points, width, height);
  const spoken = points.map(({ snapshot, text }) => `${snapshot} ${text}`).join(', ');
  const dots = points.map((point, index) => {
    const { x = 0, y = 0 } = places[index] ?? {};
    const dot = svg('circle', {
      cx: x.toFixed(1),
      cy: y.toFixed(1),
      r: point.chosen ? 4.5 : 3,
      class: point.chosen ? 'dot chosen' : 'dot',
    });
    const label = svg('title');
    label.textContent = `${point.snapshot}: ${point.text}`;
    dot.append(label);
    return dot;
  });
  const line = places.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const first = points[0];
  const last = points.at(-1);
  return h(
    'figure',
    {},
    h('figcaption', {}, title),
    svg(
      'svg',
      { viewBox: `-8 -8 ${width + 16} ${height + 16}`, role: 'img', 'aria-label': spoken },
      svg('polyline', { points: line, class: 'line' }),
      ...dots,
    ),
    h(
      'div',
      { class: 'chart-ends quiet', 'aria-hidden': 'true' },
      h('span', {}, first === undefined ? '' : `${first.snapshot} ${first.text}`),
      h('span', {}, last === undefined ? '' : `${last.snapshot} ${last.text}`),
    ),
  );
}
