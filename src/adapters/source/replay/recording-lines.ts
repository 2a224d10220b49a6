/**
 * The lines of a file, plain or gzip (seen from its first bytes), a chunk's worth at a time: memory stays bounded
 * however long the file is. A line longer than the limit is a failure, never a full memory.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Failure } from '#errors.ts';

/** Far above any row or frame; a file without line ends is not a recording. */
const MAX_LINE_CHARS = 1_048_576;
/** Read ahead this much: fewer turns of the event loop for each megabyte. */
const CHUNK_BYTES = 262_144;

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(new Uint8Array(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

/** Whole lines, without their ends, as they come; empty lines too, so that counting them gives line numbers. */
export async function* recordingLines(path: string, signal: AbortSignal): AsyncGenerator<readonly string[]> {
  const gzip = await isGzip(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES, signal });
  // The error of the pipe also ends the loop below, which reports it.
  const chunks: Readable = gzip ? pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => {}) : file;
  chunks.setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of chunks as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() as string;
      if (rest.length > MAX_LINE_CHARS) throw new Failure('source-unavailable', `${path} has no line ends`);
      if (lines.length > 0) yield lines;
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error instanceof Failure ? error : unreadable(path, error);
  } finally {
    chunks.destroy();
  }
  if (rest !== '') yield [rest];
}

function unreadable(path: string, error: unknown): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  return new Failure('source-unavailable', `the recording ${path} cannot be read: ${reason}`, { cause: error });
}
