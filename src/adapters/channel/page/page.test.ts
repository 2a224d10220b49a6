import { channelConformance } from '#contracts/channel.conformance.ts';
import { createPageChannel } from './page.ts';

channelConformance('page', { hasFarEnd: false }, async () => ({
  adapter: createPageChannel(),
  settings: {},
  farEnd: null,
}));
