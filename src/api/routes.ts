/**
 * Every route of the API.
 */
import type { ApiDeps } from './deps.ts';
import type { Api } from './http/api.ts';
import { addAlertRoutes } from './routes/alerts.ts';
import { addApiKeyRoutes } from './routes/api-keys.ts';
import { addBacktestRoute } from './routes/backtests.ts';
import { addChannelRoutes } from './routes/channels.ts';
import { addConditionRoutes } from './routes/conditions.ts';
import { addDeliveryRoutes } from './routes/deliveries.ts';
import { addInstrumentRoutes } from './routes/instruments.ts';
import { addOperationRoutes } from './routes/operations.ts';
import { addPriceRoutes } from './routes/prices.ts';
import { addPushRoute } from './routes/push.ts';
import { addSessionRoutes } from './routes/session.ts';
import { addSocketRoute } from './routes/socket.ts';
import { addStreamRoute } from './routes/stream.ts';
import { addTriggerRoutes } from './routes/triggers.ts';
import { addWatchlistRoutes } from './routes/watchlists.ts';

export function addRoutes(app: Api, deps: ApiDeps): void {
  addAlertRoutes(app, deps);
  addConditionRoutes(app, deps);
  addBacktestRoute(app, deps);
  addTriggerRoutes(app, deps);
  addDeliveryRoutes(app, deps);
  addChannelRoutes(app, deps);
  addWatchlistRoutes(app, deps);
  addInstrumentRoutes(app, deps);
  addPriceRoutes(app, deps);
  addPushRoute(app, deps);
  addStreamRoute(app);
  addSocketRoute(app);
  addSessionRoutes(app, deps);
  addApiKeyRoutes(app, deps);
  addOperationRoutes(app, deps);
}
