/** Where the boxes of a flame graph go. No DOM. */
import type { FlameNode } from '../wire.ts';

export interface Box {
  /** Position in the answer's nodes. */
  index: number;
  depth: number;
  /** Shares of the whole width. */
  left: number;
  width: number;
}

/** Boxes narrower than `narrowest` (a share of the width) are left out, with all above them. */
export function flameBoxes(nodes: readonly FlameNode[], narrowest: number): Box[] {
  const whole = nodes[0]?.totalSize ?? 0;
  const boxes: (Box | undefined)[] = [];
  const nextLeft: number[] = [];
  // Parents come first, so one pass will do.
  nodes.forEach(({ parent, totalSize }, index) => {
    const under = parent === undefined ? undefined : boxes[parent];
    const width = whole === 0 ? 0 : totalSize / whole;
    const isBottom = parent === undefined;
    if (width < narrowest || (!isBottom && under === undefined)) {
      return;
    }
    const left = isBottom ? 0 : (nextLeft[parent] ?? 0);
    boxes[index] = { index, depth: under === undefined ? 0 : under.depth + 1, left, width };
    nextLeft[index] = left;
    if (!isBottom) {
      nextLeft[parent] = left + width;
    }
  });
  return boxes.filter((box) => box !== undefined);
}

/** The box a key leads to from this one; undefined: none. */
export function boxAfterKey(key: string, boxes: readonly Box[], at: Box): Box | undefined {
  const over = (it: Box): boolean => it.left < at.left + at.width && it.left + it.width > at.left;
  const row = (depth: number): Box[] => boxes.filter((it) => it.depth === depth);
  switch (key) {
    case 'ArrowUp':
      return row(at.depth + 1).find(over);
    case 'ArrowDown':
      return row(at.depth - 1).find(over);
    case 'ArrowRight':
      return row(at.depth).find((it) => it.left > at.left);
    case 'ArrowLeft':
      return row(at.depth).findLast((it) => it.left < at.left);
    default:
      return undefined;
  }
}
