/**
 * The ways a user wants to be told. Settings are stored as given by the caller, secrets
 * already sealed (`contracts/channel-settings.ts`).
 */
import type { ChannelId, UserId } from '#domain/alert/alert.ts';

export interface Channel {
  readonly id: ChannelId;
  readonly userId: UserId;
  /** `page`, `email`, `webhook` … */
  readonly kind: string;
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly enabled: boolean;
  /** Order in which channels stand in for a dead one, lowest first. */
  readonly fallbackOrder: number | null;
  /** What the last attempt or test said; null before the first. */
  readonly lastResult: {
    readonly at: number;
    readonly outcome: 'accepted' | 'refused' | 'failed';
    readonly code: number | null;
    readonly detail: string;
  } | null;
  readonly createdAt: number;
}

export interface ChannelStore {
  create(channel: Channel, limit: number): Promise<'created' | 'limit-reached'>;
  get(userId: UserId, id: ChannelId): Promise<Channel | undefined>;
  /** For roles: by id alone. */
  getMany(ids: readonly ChannelId[]): Promise<readonly Channel[]>;
  /** All of a user's channels (their number is limited), oldest first. */
  list(userId: UserId): Promise<readonly Channel[]>;
  update(channel: Channel): Promise<'updated' | 'not-found'>;
  /** Takes it off the user's alerts too; its deliveries stay. */
  remove(userId: UserId, id: ChannelId): Promise<'removed' | 'not-found'>;
  setLastResults(results: ReadonlyMap<ChannelId, NonNullable<Channel['lastResult']>>): Promise<void>;
  reassign(from: UserId, to: UserId): Promise<void>;
}
