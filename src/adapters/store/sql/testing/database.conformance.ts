/**
 * What each database must prove on which the store is to stand, beside the store's own suite: a test calls it with a way
 * to open an empty one, with the tables of some migrations and closed when the test ends.
 */
import type { TestContext } from 'node:test';
import type { Migration } from '../migration.ts';
import type { OpenDatabase } from '../pglite.ts';
import { candleSizesConformance } from './candle-sizes.conformance.ts';
import { migrationConformance, sharedMigrationConformance } from './migration.conformance.ts';
import { sharedTickPartsConformance, tickPartsConformance } from './tick-parts.conformance.ts';

export type OpenEmpty = (
  t: TestContext,
  migrations?: readonly Migration[],
  connections?: number,
) => Promise<OpenDatabase>;

export function databaseConformance(open: OpenEmpty): void {
  migrationConformance(open);
  tickPartsConformance(open);
  candleSizesConformance(open);
}

/** Of one that several may hold a connection to. */
export function sharedDatabaseConformance(open: OpenEmpty): void {
  sharedMigrationConformance(open);
  sharedTickPartsConformance(open);
}
