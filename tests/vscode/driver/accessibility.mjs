// What axe-core finds wrong with a page for people who use a screen reader, the keyboard or a high contrast:
// roles, names, states, focus order as far as rules can tell, and contrast in the theme as it is.
import { readFileSync } from 'node:fs';

const axe = readFileSync(
  new URL('../../../clients/vscode/node_modules/axe-core/axe.min.js', import.meta.url),
  'utf8',
);

/** Each rule that is broken, with the elements that break it; of all rules, or of those named. */
export async function violations(panel, ...rules) {
  const body = await panel.locator('body').elementHandle();
  const frame = await body.ownerFrame();
  if (!(await frame.evaluate(() => 'axe' in window))) {
    await frame.evaluate(axe);
  }
  return frame.evaluate(async (runOnly) => {
    const options = { resultTypes: ['violations'], ...(runOnly.length > 0 && { runOnly }) };
    const found = await window.axe.run(document, options);
    return found.violations.map(({ id, help, nodes }) => ({
      rule: `${id}: ${help}`,
      elements: nodes.slice(0, 5).map(({ html, any, all, none }) => ({
        html: html.slice(0, 300),
        why: [...any, ...all, ...none].map(({ message }) => message).join('; '),
      })),
    }));
  }, rules);
}
