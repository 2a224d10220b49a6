/**
 * PGlite's files on disk, with syncing that reaches the disk. PGlite starts with `-F` (fsync off); and below that,
 * Emscripten's `fdatasync` and NODEFS's `fsync` do nothing at all. So three things are needed together: no `-F`,
 * `wal_sync_method=fsync` (the one call that can be reached), and an `fsync` that really syncs.
 */
import { fsyncSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

type Init = NodeFS['init'];
interface NodeFiles {
  readonly NODEFS: {
    readonly stream_ops: { fsync?: (stream: { readonly nfd: number }) => number };
    /** Turns Node's errors into the ones PostgreSQL sees as errno. */
    tryFSOperation(operation: () => void): void;
  };
}

export const DURABLE_PARAMETERS: readonly string[] = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  '-c',
  'wal_sync_method=fsync',
];

export class DurableFiles extends NodeFS {
  readonly #sync: (fd: number) => void;

  /** `sync` is replaced in tests, which count calls or let them fail. */
  constructor(folder: string, sync: (fd: number) => void = fsyncSync) {
    super(folder);
    this.#sync = sync;
  }

  override async init(...[pg, options]: Parameters<Init>): ReturnType<Init> {
    const { emscriptenOpts } = await super.init(pg, options);
    const patch = (module: unknown): void => {
      const files = (module as NodeFiles).NODEFS;
      files.stream_ops.fsync = ({ nfd }) => {
        files.tryFSOperation(() => this.#sync(nfd));
        return 0;
      };
    };
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...[emscriptenOpts.preRun ?? []].flat(), patch] } };
  }
}
