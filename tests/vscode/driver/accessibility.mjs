// What axe-core finds wrong with a page for people who use a screen reader, the keyboard or a high contrast:
// roles, names, states, focus order as far as rules can tell, and contrast in the theme as it is.
import { readFileSync } from 'node:fs';

const axe = readFileSync(
  new URL('../../../clients/vscode/node_modules/axe-core/axe.min.js', import.meta.url),
  'utf8',
);

/** Each rule that is broken, with the elements that break it. */
export async function violations(panel) {
  const body = await panel.locator('body').elementHandle();
  const frame = await body.ownerFrame();
  if (!(await frame.evaluate(() => 'axe' in window))) {
    await frame.evaluate(axe);
  }
  return frame.evaluate(async () => {
    const found = await window.axe.run(document, { resultTypes: ['violations'] });
    return found.violations.map(({ id, help, nodes }) => ({
      rule: `${id}: ${help}`,
      elements: nodes.slice(0, 5).map(({ html, any, all, none }) => ({
        html: html.slice(0, 300),
        why: [...any, ...all, ...none].map(({ message }) => message).join('; '),
      })),
    }));
  });
}
