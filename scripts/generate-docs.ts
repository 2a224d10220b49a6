/**
 * Writes the documents that are made from the code's own tables: docs/config.md, docs/errors.md,
 * docs/indicators.md, docs/metrics.md, a list in docs/conditions.md, and openapi.json.
 * `npm run docs` writes them; test/docs/generated.test.ts fails where one is not what the code says.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { openApiDocument } from '../src/api/openapi.ts';
import { readConfig, SETTINGS } from '../src/config.ts';
import { FAILURES } from '../src/errors.ts';
import { indicatorsPage } from './indicators-page.ts';
import { metricsPage } from './metrics-page.ts';

const ROOT = resolve(import.meta.dirname, '..');
const MADE = '<!-- Made by `npm run docs`; change the table in the code, not this page. -->';

function configPage(): string {
  const read = readConfig({});
  if ('problems' in read) throw new Error(read.problems.join('\n'));
  const rows = Object.entries(SETTINGS).map(([name, setting]) => {
    const value = read.config[name as keyof typeof SETTINGS];
    const shown = setting.print === undefined ? String(value) : (setting.print as (value: unknown) => string)(value);
    return `| \`${name}\` | ${shown === '' ? '' : `\`${shown}\``} | ${setting.form}${setting.secret ? '; secret' : ''} | ${setting.help} |`;
  });
  return `# Settings

${MADE}

Every setting is an environment variable. A secret can come from a file instead: \`NAME_FILE=/path\`. All mistakes are
reported together before anything starts.

\`\`\`sh
npm start -- --print-config   # what is in force; secrets only as (set)
npm start -- --check-config   # mistakes, if any, and an exit code
\`\`\`

| name | default | form | what it does |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

const RETRY = { now: 'at once', later: 'after a wait', never: 'not as it is' } as const;

function errorsPage(): string {
  const rows = Object.entries(FAILURES).map(
    ([code, { status, retry, title, advice }]) =>
      `| <a id="${code}"></a>\`${code}\` | ${status} | ${title} | ${RETRY[retry]} | ${advice} |`,
  );
  return `# Errors

${MADE}

Every error of the API is \`application/problem+json\` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)): \`type\` ends
in the code below, \`detail\` says what happened this time, \`errors\` lists fields that are wrong (for a condition with
the character \`at\` which and what was \`expected\` there), and \`instance\` is the request's id, as in the log.

| code | status | what it means | try again? | what to do |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

/** Path under the project's root, and what should stand there. */
export async function generatedDocuments(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/config.md', configPage()],
    ['docs/errors.md', errorsPage()],
    ['docs/indicators.md', indicatorsPage(MADE)],
    ['docs/metrics.md', metricsPage(MADE)],
    ['openapi.json', `${JSON.stringify(await openApiDocument(), null, 2)}\n`],
  ]);
}

if (import.meta.main) {
  for (const [path, text] of await generatedDocuments()) {
    writeFileSync(resolve(ROOT, path), text);
    console.log(`wrote ${path}`);
  }
}
