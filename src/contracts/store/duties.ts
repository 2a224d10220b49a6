/**
 * Who runs the price sources, where several processes could: each time somebody begins, the duty gets a higher number.
 */
export interface DutyStore {
  /** Begins a duty, and says its number. Whoever was on duty before no longer is. */
  begin(): Promise<number>;
  /** Nobody has begun one since. */
  isNewest(duty: number): Promise<boolean>;
}
