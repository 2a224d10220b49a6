/**
 * The bell, made of sine waves: a strike note with the partials of a church bell, each fading at its own pace. A critical
 * alert strikes three times. Browsers keep sound off until the person did something on the page; `bellState` says so.
 */
import { useSyncExternalStore } from 'react';

/** Frequency relative to the strike note, loudness and seconds until silence. Hum, prime, tierce, quint, nominal, upper. */
const PARTIALS = [
  [0.5, 0.35, 3.2],
  [1, 0.5, 2.4],
  [1.19, 0.38, 1.8],
  [1.5, 0.2, 1.3],
  [2, 0.42, 1.4],
  [2.66, 0.14, 0.7],
  [4.1, 0.08, 0.35],
] as const;
const STRIKE_HZ = 523.25;
const LOUDNESS = 0.28;
const CRITICAL_STRIKES = 3;
const BETWEEN_STRIKES_S = 0.55;
const STORED = 'tocsin.sound';

/** off: switched off here. blocked: wanted, but the browser waits for a click. on: it rings. */
type BellState = 'off' | 'blocked' | 'on';

let context: AudioContext | undefined;
let state: BellState = 'blocked';
const watchers = new Set<() => void>();

const wanted = (): boolean => localStorage.getItem(STORED) !== 'off';

function look(): void {
  const next: BellState = !wanted() ? 'off' : context?.state === 'running' ? 'on' : 'blocked';
  if (next === state) return;
  state = next;
  for (const watcher of watchers) watcher();
}

function audio(): AudioContext {
  if (!context) {
    context = new AudioContext();
    context.onstatechange = look;
  }
  return context;
}

/**
 * Finds out whether the browser lets us ring. Someone who enabled sound on an earlier visit need not do it again: their
 * first gesture, whatever it is for, is what the browser waits for.
 */
export function prepareBell(): () => void {
  const gesture = (): void => {
    if (localStorage.getItem(STORED) === 'on') void audio().resume().then(look);
  };
  if (wanted()) audio();
  look();
  addEventListener('pointerdown', gesture);
  addEventListener('keydown', gesture);
  return () => {
    removeEventListener('pointerdown', gesture);
    removeEventListener('keydown', gesture);
  };
}

export function useBell(): BellState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );
}

/** To be called from a click: that is what browsers ask for. Rings once as the proof. */
export async function enableBell(): Promise<void> {
  localStorage.setItem(STORED, 'on');
  await audio().resume();
  look();
  ring('normal');
}

export function silenceBell(): void {
  localStorage.setItem(STORED, 'off');
  look();
}

export function ring(severity: 'normal' | 'critical'): void {
  if (state !== 'on' || !context) return;
  const strikes = severity === 'critical' ? CRITICAL_STRIKES : 1;
  for (let strike = 0; strike < strikes; strike += 1) {
    const from = context.currentTime + strike * BETWEEN_STRIKES_S;
    for (const [ratio, loudness, seconds] of PARTIALS) {
      const wave = context.createOscillator();
      const fade = context.createGain();
      wave.frequency.value = STRIKE_HZ * ratio * (severity === 'critical' ? 1.12 : 1);
      fade.gain.setValueAtTime(0, from);
      fade.gain.linearRampToValueAtTime(loudness * LOUDNESS, from + 0.004);
      fade.gain.exponentialRampToValueAtTime(0.0001, from + seconds);
      wave.connect(fade).connect(context.destination);
      wave.start(from);
      wave.stop(from + seconds);
    }
  }
}
