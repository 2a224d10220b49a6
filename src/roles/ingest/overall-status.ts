/**
 * How each source is, where its instruments are fetched in several parts: as badly as the worst of them. A part in which
 * it has nothing to do says nothing about it.
 */
import type { SourceStatus } from '#contracts/intake.ts';

/** The worst first. */
const STATES: readonly SourceStatus['state'][] = ['failed', 'stalled', 'connecting', 'live', 'waiting', 'ended'];

export function overall(parts: readonly (readonly SourceStatus[])[]): readonly SourceStatus[] {
  const found = new Map<string, SourceStatus>();
  for (const status of parts.flat()) {
    const other = found.get(status.name);
    if (other === undefined) {
      found.set(status.name, status);
      continue;
    }
    const worse = STATES.indexOf(status.state) < STATES.indexOf(other.state) ? status : other;
    const times = [status.lastTickAt, other.lastTickAt].filter((at) => at !== null);
    found.set(status.name, { ...worse, lastTickAt: times.length === 0 ? null : Math.max(...times) });
  }
  return [...found.values()];
}
