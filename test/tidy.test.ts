/**
 * The architecture as data, held against the tree: who may import whom, no cycles, short files, no dead files, and
 * each file's opening words.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { PLANTED_BUGS } from './simulation/planted-bugs.ts';
import { ROOT } from './support/need.ts';

/** A room, what it may import of ours, and which npm packages and node: modules (`*`: any). Longest path first. */
const ROOMS: readonly {
  readonly room: string;
  readonly may: readonly string[];
  readonly npm: readonly string[];
  readonly node: boolean;
}[] = [
  { room: 'src/domain/', may: [], npm: [], node: false },
  { room: 'src/contracts/', may: ['src/domain/', 'src/errors.ts'], npm: [], node: false },
  { room: 'src/adapters/bus/memory/', may: ['src/contracts/', 'src/domain/', 'src/errors.ts'], npm: [], node: true },
  // What buses share whose broker has no groups of readers that own partitions.
  { room: 'src/adapters/bus/leased/', may: ['src/contracts/', 'src/domain/', 'src/errors.ts'], npm: [], node: false },
  // The connection that all who use Redis share.
  { room: 'src/adapters/redis/', may: ['src/contracts/', 'src/errors.ts'], npm: ['@redis/client'], node: true },
  ...['bus/redis', 'bus/rabbit', 'shared/redis'].map((name) => ({
    room: `src/adapters/${name}/`,
    may: ['src/adapters/bus/leased/', 'src/adapters/redis/', 'src/contracts/', 'src/domain/', 'src/errors.ts'],
    ...{ npm: ['*'], node: true },
  })),
  { room: 'src/adapters/', may: ['src/contracts/', 'src/domain/', 'src/errors.ts'], npm: ['*'], node: true },
  {
    room: 'src/roles/gateway/',
    // What counts on the log is the same for all who read it.
    may: ['src/contracts/', 'src/domain/', 'src/errors.ts', 'src/api/', 'src/roles/duty-fence.ts'],
    npm: ['fastify'],
    node: true,
  },
  { room: 'src/roles/', may: ['src/contracts/', 'src/domain/', 'src/errors.ts'], npm: [], node: false },
  { room: 'src/api/contract/', may: ['src/domain/', 'src/errors.ts'], npm: ['zod'], node: false },
  { room: 'src/api/', may: ['src/contracts/', 'src/domain/', 'src/errors.ts'], npm: ['*'], node: true },
  { room: 'src/errors.ts', may: [], npm: [], node: false },
  { room: 'src/config.ts', may: ['src/domain/'], npm: [], node: true },
  { room: 'src/', may: ['src/'], npm: ['*'], node: true },
  { room: 'web/', may: ['src/domain/', 'src/api/contract/'], npm: ['*'], node: false },
];
const MAX_LINES = 400;
/** Half of the files are to stay below this. */
const SHORT_LINES = 120;

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const isTest = (path: string): boolean => /\.(test|conformance)\.tsx?$/.test(path) || path.includes('/testing/');
const files: readonly SourceFile[] = globSync(
  ['src/**/*.ts', 'web/**/*.{ts,tsx}', 'scripts/*.ts', 'test/**/*.ts', 'bench/**/*.ts'],
  {
    cwd: ROOT,
    exclude: ['**/node_modules/**', 'web/dist/**'],
  },
).map((path) => {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const imports = [
    ...text.matchAll(
      /(?:^|\n)(?:import|export)\s[^'";]*?from\s+'([^']+)'|(?:^|\n)import\s+'([^']+)'|\bimport\('([^']+)'\)|\bnew URL\('(\.[^']+\.ts)', import\.meta\.url\)/g,
    ),
  ].map((match) => (match[1] ?? match[2] ?? match[3] ?? match[4]) as string);
  return { path, text, imports };
});
const byPath = new Map(files.map((file) => [file.path, file]));
const own = (file: SourceFile, specifier: string): string | null => {
  if (specifier.startsWith('#')) return `src/${specifier.slice(1)}`;
  if (specifier.startsWith('.')) return relative(ROOT, resolve(ROOT, dirname(file.path), specifier));
  return null;
};
const roomOf = (path: string) => ROOMS.find(({ room }) => path.startsWith(room));
const adapterOf = (path: string): string => path.split('/').slice(0, 4).join('/');

test('imports point inward: each room imports only what the table allows', () => {
  const wrong: string[] = [];
  for (const file of files) {
    const room = roomOf(file.path);
    if (!room || isTest(file.path) || file.path.endsWith('.config.ts')) continue;
    for (const specifier of file.imports) {
      const target = own(file, specifier);
      if (target !== null) {
        const inside =
          target.startsWith(room.room) &&
          (!room.room.startsWith('src/adapters/') || adapterOf(target) === adapterOf(file.path));
        if (!inside && !room.may.some((may) => may !== room.room && target.startsWith(may)))
          wrong.push(`${file.path} imports ${target}`);
      } else if (specifier.startsWith('node:')) {
        if (!room.node) wrong.push(`${file.path} imports ${specifier}`);
      } else {
        const name = specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/');
        if (!room.npm.includes('*') && !room.npm.includes(name)) wrong.push(`${file.path} imports ${name}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test('the domain and the roles have no clock, no chance and no environment of their own', () => {
  const wrong = files
    .filter((file) => /^src\/(domain|roles)\//.test(file.path) && !isTest(file.path))
    .flatMap((file) => file.text.split('\n').map((line, index) => ({ at: `${file.path}:${index + 1}`, line })))
    .filter(
      ({ line }) =>
        !/^\s*(\*|\/\/|\/\*)/.test(line) &&
        /\b(Date\.now|Math\.random|setTimeout|setInterval|process\.env|performance\.now)\b|new Date\(\)/.test(line),
    )
    .map(({ at, line }) => `${at}: ${line.trim()}`);
  assert.deepEqual(wrong, []);
});

test('there is no import cycle', () => {
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      return;
    }
    const file = byPath.get(path);
    if (!file || done.has(path)) return;
    // A type import is gone when the program runs; it still shows in the tree, so it counts too, save within one folder.
    for (const specifier of file.imports) {
      const target = own(file, specifier);
      if (target !== null && dirname(target) !== dirname(path)) walk(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const file of files) walk(file.path, []);
  assert.deepEqual(cycles, []);
});

test('every file is imported by another, started by a script, or a test', () => {
  const imported = new Set(
    files.flatMap((file) => file.imports.map((specifier) => own(file, specifier)).filter((path) => path !== null)),
  );
  const scripts =
    readFileSync(join(ROOT, 'package.json'), 'utf8') +
    readFileSync(join(ROOT, 'web/index.html'), 'utf8') +
    files.map((file) => (file.path.startsWith('scripts/') || file.path.startsWith('test/') ? file.text : '')).join('');
  const dead = files
    .map((file) => file.path)
    .filter(
      (path) =>
        !imported.has(path) &&
        !isTest(path) &&
        !path.startsWith('bench/') &&
        !path.endsWith('.config.ts') &&
        !path.endsWith('.d.ts'),
    )
    .filter((path) => !scripts.includes(path.replace(/^web\//, '')));
  assert.deepEqual(dead, []);
});

test(`files are at most ${MAX_LINES} lines, half of them below ${SHORT_LINES}`, () => {
  const lengths = files.map((file) => ({ path: file.path, lines: file.text.split('\n').length - 1 }));
  assert.deepEqual(
    lengths.filter(({ lines }) => lines > MAX_LINES),
    [],
  );
  const short = lengths.filter(({ lines }) => lines < SHORT_LINES).length;
  assert.ok(short * 2 >= lengths.length, `${short} of ${lengths.length} files are below ${SHORT_LINES} lines`);
});

test('every file of src opens with what it is', () => {
  const bare = files
    .filter((file) => file.path.startsWith('src/') && !isTest(file.path) && !file.text.startsWith('/**'))
    .map((file) => file.path);
  assert.deepEqual(bare, []);
});

test('file names are kebab-case nouns, and nothing is called utils, helpers, manager or impl', () => {
  const names = files
    .map((file) => file.path)
    .filter(
      (path) =>
        !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|conformance|config|d))?\.tsx?$/.test(path.split('/').at(-1) as string) ||
        /\b(utils?|helpers?|manager|impl)\b/i.test(path),
    );
  assert.deepEqual(names, []);
});

test('every planted bug of the simulation still finds the text it changes, once', () => {
  const lost = PLANTED_BUGS.flatMap(({ name, file, edits }) =>
    edits
      .filter(([from]) => readFileSync(join(ROOT, file), 'utf8').split(from).length !== 2)
      .map(([from]) => `${name}: ${file} has not exactly once: ${from}`),
  );
  assert.deepEqual(lost, []);
});
