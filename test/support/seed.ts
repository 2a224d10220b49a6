/**
 * Loaded before each test file where TOCSIN_SEED is set (scripts/test.ts): every property is tried with the cases of that
 * seed, the same ones each time.
 */
import fc from 'fast-check';
import { chosenSeed } from './random.ts';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: chosenSeed() });
