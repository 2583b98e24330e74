/** Elements without innerHTML: text from a foreign heap is only ever text. */

type Child = Node | string | undefined | false;
type Properties = Record<string, unknown>;

/** `h('button', { class: 'link', onclick }, 'text')`: functions listen, the rest are attributes. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on') && typeof value === 'function') {
      element.addEventListener(name.slice(2), value as EventListener);
    } else if (typeof value === 'string' || typeof value === 'number') {
      element.setAttribute(name, `${value}`);
    }
  }
  element.append(
    ...children.filter((child): child is Node | string => child !== undefined && child !== false),
  );
  return element;
}

/** The same for SVG, whose elements live in a namespace of their own. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  properties: Record<string, string | number> = {},
  ...children: Node[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(properties)) {
    element.setAttribute(name, `${value}`);
  }
  element.append(...children);
  return element;
}
