import { storeConformance } from '#contracts/store/store.conformance.ts';
import { openTestStore } from '../../../../test/support/store.ts';

storeConformance(() => openTestStore());
