/**
 * Keeps secrets of channels unreadable in the store and its backups.
 */
export interface Seal {
  seal(plain: string): string;
  /** Throws where the text was not sealed by this key. */
  open(sealed: string): string;
}
