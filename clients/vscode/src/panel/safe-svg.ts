/**
 * The server's SVG as elements, with nothing in it but shapes and text: its labels come from a foreign heap.
 * What is not on the list is dropped with all that is in it.
 */
const tags = new Set([
  'svg',
  'g',
  'title',
  'path',
  'polygon',
  'polyline',
  'ellipse',
  'circle',
  'rect',
  'line',
  'text',
  'tspan',
  'defs',
  'linearGradient',
  'stop',
]);
const attributes = new Set(
  (
    'id class viewBox width height transform fill fill-opacity stroke stroke-width stroke-opacity ' +
    'stroke-dasharray points d cx cy rx ry r x y x1 y1 x2 y2 text-anchor font-family font-size ' +
    'font-weight font-style offset stop-color gradientUnits xml:space'
  ).split(' '),
);

export function safeSvg(text: string): SVGSVGElement | undefined {
  const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
  const root = parsed.documentElement;
  if (!(root instanceof SVGSVGElement) || parsed.querySelector('parsererror') !== null) {
    return undefined;
  }
  clean(root);
  return document.importNode(root, true);
}

function clean(root: Element): void {
  for (const element of [root, ...root.querySelectorAll('*')]) {
    if (element.localName === 'a') {
      unwrap(element);
      continue;
    }
    if (!tags.has(element.localName)) {
      element.remove();
      continue;
    }
    for (const { name } of [...element.attributes]) {
      if (!attributes.has(name)) {
        element.removeAttribute(name);
      }
    }
  }
}

/** Graphviz puts what has a tooltip into a link: the tooltip stays, the link goes. */
function unwrap(link: Element): void {
  const tooltip = link.getAttribute('xlink:title');
  const title = link.closest('.node, .edge')?.querySelector('title');
  if (tooltip !== null && title) {
    title.textContent = tooltip;
  }
  link.replaceWith(...link.childNodes);
}
