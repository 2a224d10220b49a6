/**
 * A delivery as answers show it.
 */
import type { Delivery } from '#domain/delivery/delivery.ts';
import type { DeliveryView } from '../contract/delivery.ts';

export function deliveryView({ userId: _, ...delivery }: Delivery): DeliveryView {
  return { ...delivery, attempts: delivery.attempts.map((attempt) => ({ ...attempt })) };
}
