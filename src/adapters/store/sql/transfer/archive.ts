/**
 * A backup: the contents of a database in one compressed file, a JSON value a line. The first says what follows, the last
 * that it is whole. Written beside and then renamed, so that a file of that name is always whole; readable by its owner
 * alone, for it holds addresses and hashes of passwords. Never written over.
 */
import { createReadStream, existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { pipeline as piped } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { Failure } from '#errors.ts';
import type { Contents, Page } from './contents.ts';

const FORMAT = 'tocsin backup 1';
const END = 'end';

export async function writeArchive(path: string, contents: Contents): Promise<void> {
  if (existsSync(path)) throw new Failure('conflict', `${path} is there already`);
  const unfinished = `${path}.new`;
  const { migrations, tables, sequences } = contents;
  async function* lines(): AsyncGenerator<string> {
    yield `${JSON.stringify({ format: FORMAT, migrations, tables, sequences })}\n`;
    for await (const page of contents.pages()) yield `${JSON.stringify(page)}\n`;
    yield `${JSON.stringify(END)}\n`;
  }
  const file = await open(unfinished, 'w', 0o600);
  try {
    await piped(Readable.from(lines()), createGzip(), file.createWriteStream({ flush: true }));
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

type Header = Omit<Contents, 'pages'> & { readonly format: string };

/** What a backup holds; `pages` can be read once. */
export async function readArchive(path: string): Promise<Contents> {
  const lines = readLines(path);
  const first = await lines.next();
  const { format, migrations, tables, sequences } = parsed<Header>(first.done ? 'null' : first.value, path) ?? {};
  if (format !== FORMAT || !migrations || !tables || !sequences)
    throw new Failure('bad-request', `${path} is not a backup that this version can read`);
  return {
    migrations,
    tables,
    sequences,
    async *pages() {
      for await (const line of lines) {
        const page = parsed<Page | typeof END>(line, path);
        if (page === END) return;
        if (page !== null) yield page;
      }
      throw new Failure('bad-request', `${path} is cut short`);
    },
  };
}

async function* readLines(path: string): AsyncGenerator<string> {
  const plain = createGunzip().setEncoding('utf8');
  pipeline(createReadStream(path), plain, () => {});
  let begun: string[] = [];
  try {
    for await (const chunk of plain as AsyncIterable<string>) {
      const [head = '', ...others] = chunk.split('\n');
      begun.push(head);
      for (const line of others) {
        yield begun.join('');
        begun = [line];
      }
    }
  } catch (error) {
    throw new Failure('bad-request', `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function parsed<T>(line: string, path: string): T | null {
  try {
    return JSON.parse(line) as T;
  } catch (error) {
    throw new Failure('bad-request', `${path} is damaged`, { cause: error });
  }
}
