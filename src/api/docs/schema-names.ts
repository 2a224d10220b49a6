/**
 * Tidies the schemas of the description: the generator lists each twice (as it is sent and as it is answered); here only
 * those stay that something refers to, under their plain names.
 */

/** What the live routes speak of in words: their messages are no answers a description could point at. */
const SPOKEN_OF = ['BacktestLine', 'ClientMessage', 'StreamEvent'];

type Schemas = Record<string, unknown>;

const REFERENCE = /"#\/components\/schemas\/(\w+)"/g;

function referencesIn(part: unknown): string[] {
  return [...JSON.stringify(part).matchAll(REFERENCE)].map(([, name]) => name as string);
}

export function tidySchemas<D extends object>(document: D): D {
  const { paths, components } = document as { paths?: unknown; components?: { schemas?: Schemas } };
  const schemas = components?.schemas ?? {};
  const kept = new Set<string>();
  const wanted = [...SPOKEN_OF, ...referencesIn(paths ?? {})];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (kept.has(name)) continue;
    kept.add(name);
    wanted.push(...referencesIn(schemas[name] ?? {}));
  }
  const plain = (name: string): string => {
    const base = name.replace(/Input$/, '');
    return kept.has(base) ? name : base;
  };
  const tidy = { ...document, components: { ...components, schemas: pick(schemas, kept, plain) } };
  const text = JSON.stringify(tidy).replace(REFERENCE, (_, name: string) => `"#/components/schemas/${plain(name)}"`);
  return JSON.parse(text) as D;
}

function pick(schemas: Schemas, kept: ReadonlySet<string>, plain: (name: string) => string): Schemas {
  const names = Object.keys(schemas).filter((name) => kept.has(name));
  const entries = names.map((name): [string, unknown] => [plain(name), schemas[name]]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
