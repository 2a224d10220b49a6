/** The ledger that tests use in place of the store's keeps the same promises. */
import { dutiesConformance } from '#contracts/store/duties.conformance.ts';
import { SimulatedClock } from '../../../../test/support/simulated-clock.ts';
import { MemoryDuties } from './duties.ts';

dutiesConformance(async () => ({ duties: new MemoryDuties(new SimulatedClock()), close: async () => {} }));
