/**
 * A visitor becomes a user by the first request that needs one. Two such requests at the same moment would make two users,
 * and what the one made would be lost to the other: so whatever makes something waits until the stream, which comes first,
 * has its user.
 */

/** A stream that takes longer than this is in trouble of its own; what a person wants to save does not wait for it. */
const PATIENCE_MS = 5000;

let settle: () => void = () => undefined;
const known = new Promise<void>((resolve) => {
  settle = resolve;
});

export function visitorIsKnown(): void {
  settle();
}

export function untilVisitorIsKnown(): Promise<void> {
  return Promise.race([known, new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS))]);
}
