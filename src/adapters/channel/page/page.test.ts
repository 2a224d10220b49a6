import { channelConformance } from '#contracts/channel.conformance.ts';
import { createPageChannel } from './page.ts';

channelConformance('page', async () => ({ adapter: createPageChannel(), settings: {}, farEnd: null }));
