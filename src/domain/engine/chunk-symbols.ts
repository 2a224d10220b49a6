/**
 * Whose state a chunk of a checkpoint is part of.
 */
import type { InstrumentSymbol } from '../market/instrument.ts';
import { COMMON } from './chunks.ts';
import { isJointName, membersOf } from './kept-joint.ts';

/** Several where its alerts look at several instruments, none where it is common to all. */
export function symbolsOf(key: string): readonly InstrumentSymbol[] {
  if (key === COMMON) return [];
  const [name = ''] = key.split('/');
  return isJointName(name) ? membersOf(name) : [name as InstrumentSymbol];
}
