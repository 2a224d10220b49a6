/**
 * The states of an alert's life by the small numbers that the table keeps.
 */
import type { AlertStatus } from '../alert/alert.ts';
import { ARMED, COOLING, DONE, EXPIRED, PAUSED } from './alert-table.ts';

const STATUS: Readonly<Record<number, AlertStatus>> = {
  [ARMED]: 'armed',
  [COOLING]: 'cooling',
  [PAUSED]: 'paused',
  [DONE]: 'done',
  [EXPIRED]: 'expired',
};

export function statusOf(code: number): AlertStatus {
  return STATUS[code] as AlertStatus;
}

/** Armed, cooling or paused: it may fire again. */
export function isAlive(code: number): boolean {
  return code === ARMED || code === COOLING || code === PAUSED;
}
