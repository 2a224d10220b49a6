/**
 * A role: one long-running duty. It is started by a function that takes its dependencies and resolves when it works.
 */
export interface Role {
  readonly name: string;
  /** Null while it works; else what is wrong, in a sentence. */
  health(): string | null;
  /** Finishes what is in hand, commits, lets go. Never throws. */
  stop(): Promise<void>;
}

/** How a role reports that it cannot go on (a bug, a store that is gone for good): the program then exits. */
export type Crash = (role: string, error: unknown) => void;
